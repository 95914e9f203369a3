//! JSON as servers send it: with a byte order mark before it, or with a text in it that is not Unicode. Neither may hide what
//! is said: the mark is skipped, and what is not Unicode costs that character, not the status of a client.

use serde::de::DeserializeOwned;
use serde_json::Error;

pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let body = unmarked(body);
    let read = serde_json::from_slice(body);
    if read.as_ref().is_err_and(Error::is_syntax) { serde_json::from_str(&repaired(body)) } else { read }
}

pub(crate) fn is_object(body: &[u8]) -> bool {
    unmarked(body).trim_ascii_start().starts_with(b"{")
}

pub(crate) fn is_blank(body: &[u8]) -> bool {
    unmarked(body).trim_ascii().is_empty()
}

fn unmarked(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// The same text with U+FFFD in place of bytes that are not Unicode, and of an escaped surrogate without its other half.
fn repaired(json: &[u8]) -> String {
    let text = String::from_utf8_lossy(json);
    let (mut repaired, mut rest) = (String::with_capacity(text.len()), &*text);
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
