//! JSON as servers send it: with a byte order mark before it, or with text in it that is not Unicode. Malformed text must not
//! hide the status of a client, so it costs only the character.

use std::borrow::Cow;

/// A body as text that can be read as JSON.
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // Faster than `from_utf8_lossy` where nothing is lost.
    let text = str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
    if text.contains("\\u") { repaired(&text).into() } else { text }
}

pub(crate) fn is_object(text: &str) -> bool {
    text.trim_ascii_start().starts_with('{')
}

/// The same text with U+FFFD in place of an escaped surrogate without its other half.
fn repaired(text: &str) -> String {
    let (mut repaired, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        let units = [unit(&rest[at..]), rest.get(at + 6..).and_then(unit)];
        let length = match units {
            [Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)] => 12,
            [Some(0xd800..=0xdfff), _] => 6,
            _ if rest[at..].starts_with("\\\\") => 2,
            _ => 1,
        };
        repaired += &rest[..at];
        repaired += if length == 6 { "\\ufffd" } else { &rest[at..at + length] };
        rest = &rest[at + length..];
    }
    repaired + rest
}

/// The number that is escaped at the start of a text.
fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}
