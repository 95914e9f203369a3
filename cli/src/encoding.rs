//! The encodings in which spreadsheets write lists.

use std::borrow::Cow;
use std::str;

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

#[derive(Clone, Copy, PartialEq)]
pub enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// Not Unicode: columns that the program doesn't read may be in any 8-bit encoding, so their bytes stay as they are.
    Windows1252,
}

/// A list's text: UTF-8, or bytes of an 8-bit encoding.
pub struct Text {
    pub bytes: Vec<u8>,
    pub encoding: Encoding,
    has_byte_order_mark: bool,
}

const BYTE_ORDER_MARK: char = '\u{feff}';

impl Text {
    /// UTF-16 is recognized by its byte order mark, or by a first character below U+0100.
    pub fn decode(mut bytes: Vec<u8>) -> Self {
        let mark = encoding_rs::Encoding::for_bom(&bytes);
        let has = |encoding| mark.is_some_and(|(found, _)| found == encoding);
        let is_little_endian = has(UTF_16LE) || mark.is_none() && matches!(&*bytes, [1..=255, 0, ..]);
        let is_big_endian = has(UTF_16BE) || mark.is_none() && matches!(&*bytes, [0, 1..=255, ..]);
        bytes.drain(..mark.map_or(0, |(_, length)| length));
        let utf_8 = |encoding: &'static encoding_rs::Encoding| {
            encoding.decode_without_bom_handling(&bytes).0.into_owned().into_bytes()
        };
        let (encoding, bytes) = if is_little_endian {
            (Encoding::Utf16Le, utf_8(UTF_16LE))
        } else if is_big_endian {
            (Encoding::Utf16Be, utf_8(UTF_16BE))
        } else if str::from_utf8(&bytes).is_ok() {
            (Encoding::Utf8, bytes)
        } else {
            (Encoding::Windows1252, bytes)
        };
        Self { bytes, encoding, has_byte_order_mark: mark.is_some() }
    }

    /// Encodes text of this program as a part of [`bytes`](Self::bytes). Windows-1252 gets `&#…;` for other characters.
    pub fn part<'a>(&self, text: &'a str) -> Cow<'a, [u8]> {
        match self.encoding {
            Encoding::Windows1252 => WINDOWS_1252.encode(text).0,
            _ => Cow::Borrowed(text.as_bytes()),
        }
    }

    /// Encodes such bytes as the list was encoded.
    pub fn encode(&self, bytes: Vec<u8>) -> Vec<u8> {
        let mark = if self.has_byte_order_mark { BYTE_ORDER_MARK.to_string() } else { String::new() };
        let utf_16 =
            |bytes: Vec<u8>| (mark.clone() + &String::from_utf8_lossy(&bytes)).encode_utf16().collect::<Vec<_>>();
        match self.encoding {
            Encoding::Utf16Le => utf_16(bytes).into_iter().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => utf_16(bytes).into_iter().flat_map(u16::to_be_bytes).collect(),
            Encoding::Utf8 | Encoding::Windows1252 => [mark.as_bytes(), &bytes].concat(),
        }
    }
}

/// Reads a field: UTF-8, or else Windows-1252.
pub fn unicode(field: &[u8]) -> Cow<'_, str> {
    str::from_utf8(field).map_or_else(|_| WINDOWS_1252.decode_without_bom_handling(field).0, Cow::Borrowed)
}
