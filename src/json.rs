//! Reads JSON leniently: skips a byte order mark and replaces invalid Unicode, because malformed text must not hide a
//! response's status.

use std::borrow::Cow;

/// A body as text that can be read as JSON.
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    let bytes = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // Faster than `from_utf8_lossy` if the text is valid.
    let text = str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    if text.contains("\\u") { repaired(&text).into() } else { text }
}

pub(crate) fn is_object(text: &str) -> bool {
    text.trim_ascii_start().starts_with('{')
}

/// Replaces unpaired escaped surrogates with U+FFFD.
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

/// The UTF-16 code unit of the `\u` escape that a text starts with.
fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}
