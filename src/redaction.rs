//! Replaces credentials in text that a server sent.
//!
//! A server may repeat a credential within JSON, a URL or HTML, so the search decodes both the text and the credential until
//! neither has an escape left. It takes linear time: the server chooses the text, and no timeout can interrupt the search.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr, memchr3};
use zeroize::Zeroizing;

use crate::Secret;
use crate::secret::REDACTED;

/// Shorter credentials, and shorter parts of one at the end of truncated text, are not replaced: they would match ordinary
/// text.
const SHORTEST: usize = 6;

/// The longest escape that is decoded, such as `&#x0002b;`.
const LONGEST_ESCAPE: usize = 9;

/// A set of credentials to replace in text.
#[derive(Clone)]
pub(crate) struct Redaction(Arc<[Credential]>);

#[derive(Clone)]
struct Credential {
    plain: Pattern,
    /// The decoded credential, if it contains escapes.
    decoded: Option<Pattern>,
}

impl Redaction {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let texts = secrets.into_iter().map(|secret| secret.expose_secret().as_bytes());
        let long = texts.filter(|secret| secret.len() >= SHORTEST);
        let credentials = long.map(|secret| {
            let decoded = Decoded::new(secret).filter(|decoded| decoded.bytes.len() >= SHORTEST);
            Credential { plain: Pattern::new(secret), decoded: decoded.map(|decoded| Pattern::new(&decoded.bytes)) }
        });
        Self(credentials.collect())
    }

    /// A redaction that replaces the credentials of both.
    pub(crate) fn merge(&self, other: &Self) -> Self {
        if Arc::ptr_eq(&self.0, &other.0) {
            return self.clone();
        }
        Self(self.0.iter().chain(&*other.0).cloned().collect())
    }

    pub(crate) fn text(&self, text: &str) -> String {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => text.to_owned(),
            Cow::Owned(redacted) => String::from_utf8_lossy(&redacted).into_owned(),
        }
    }

    pub(crate) fn bytes<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut redacted, mut end) = (Vec::new(), 0);
        for range in found {
            if range.start >= end {
                redacted.extend_from_slice(&text[end..range.start]);
                redacted.extend_from_slice(REDACTED.as_bytes());
            }
            end = end.max(range.end);
        }
        redacted.extend_from_slice(&text[end..]);
        Cow::Owned(redacted)
    }

    /// The ranges of the credentials, ordered by their starts. They may overlap.
    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let decoded_text = Decoded::new(text);
        for Credential { plain, decoded } in &*self.0 {
            plain.find(text, |range| found.push(range));
            match &decoded_text {
                Some(text) => text.find(decoded.as_ref().unwrap_or(plain), |range| found.push(range)),
                None => decoded.iter().for_each(|decoded| decoded.find(text, |range| found.push(range))),
            }
        }
        found.sort_by_key(|range| range.start);
        found
    }
}

/// A text to search for, in linear time (Knuth–Morris–Pratt).
#[derive(Clone)]
struct Pattern {
    bytes: Zeroizing<Vec<u8>>,
    /// For each length of a partial match, the length of the next shorter partial match that ends at the same byte.
    shorter: Vec<usize>,
}

impl Pattern {
    fn new(bytes: &[u8]) -> Self {
        let mut pattern = Self { bytes: Zeroizing::new(bytes.to_vec()), shorter: vec![0; bytes.len() + 1] };
        for length in 2..=bytes.len() {
            pattern.shorter[length] = pattern.extend(pattern.shorter[length - 1], bytes[length - 1]);
        }
        pattern
    }

    /// The length of the partial match after one more byte.
    fn extend(&self, mut matched: usize, byte: u8) -> usize {
        while matched > 0 && self.bytes[matched] != byte {
            matched = self.shorter[matched];
        }
        matched + usize::from(self.bytes[matched] == byte)
    }

    /// Finds each match, including one that the end of the text cuts off.
    fn find(&self, text: &[u8], mut found: impl FnMut(Range<usize>)) {
        let (mut matched, mut at) = (0, 0);
        while at < text.len() {
            if matched == 0 {
                let Some(skipped) = memchr(self.bytes[0], &text[at..]) else { return };
                at += skipped;
            }
            matched = self.extend(matched, text[at]);
            at += 1;
            if matched == self.bytes.len() {
                found(at - matched..at);
                matched = self.shorter[matched];
            }
        }
        if matched >= SHORTEST {
            found(at - matched..at);
        }
    }
}

/// A decoded text, with the places of its bytes in the original.
struct Decoded {
    bytes: Zeroizing<Vec<u8>>,
    /// The place in the original of each decoded byte; the last element is the original's length.
    starts: Vec<usize>,
    /// The decoded bytes that may start an escape that the end of the text cuts off.
    cuts: Vec<usize>,
}

impl Decoded {
    /// `None` if the text has no escapes.
    fn new(text: &[u8]) -> Option<Self> {
        memchr3(b'\\', b'%', b'&', text)?;
        let (mut bytes, mut starts) = (Zeroizing::new(Vec::with_capacity(text.len())), Vec::new());
        for (at, byte) in text.iter().enumerate() {
            bytes.push(*byte);
            starts.push(at);
            // Linear overall, because each decoded escape shortens the text.
            while let Some((length, byte)) = escape_at_end(&bytes) {
                let start = bytes.len() - length;
                bytes.truncate(start);
                bytes.push(byte);
                starts.truncate(start + 1);
            }
        }
        let last = bytes.len().saturating_sub(LONGEST_ESCAPE)..bytes.len();
        let is_unfinished = |text: &[u8]| text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#');
        let cuts = last.filter(|at| begins_escape(bytes[*at]) && is_unfinished(&bytes[at + 1..])).collect();
        starts.push(text.len());
        Some(Self { bytes, starts, cuts })
    }

    fn find(&self, pattern: &Pattern, mut found: impl FnMut(Range<usize>)) {
        pattern.find(&self.bytes, |range| found(self.starts[range.start]..self.starts[range.end]));
        for cut in &self.cuts {
            let start = cut.saturating_sub(pattern.bytes.len() - 1);
            let end = self.starts[self.bytes.len()];
            pattern.find(&self.bytes[start..*cut], |range| found(self.starts[start + range.start]..end));
        }
    }
}

fn begins_escape(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&')
}

/// The length of the escape at the end of a text, and the byte that it stands for. A backslash escapes any character, because
/// text may be quoted several times.
fn escape_at_end(text: &[u8]) -> Option<(usize, u8)> {
    match text {
        [.., b'\\', byte] if *byte != b'u' => Some((2, *byte)),
        [.., b'%', _, _] => Some((3, number(&text[text.len() - 2..], 16)?)),
        [.., b'\\', b'u', _, _, _, _] => Some((6, number(&text[text.len() - 4..], 16).filter(u8::is_ascii)?)),
        [.., b';'] => {
            let end = &text[text.len().saturating_sub(LONGEST_ESCAPE)..];
            let escape = &end[end.iter().rposition(|byte| *byte == b'&')?..];
            Some((escape.len(), entity(&escape[1..escape.len() - 1].to_ascii_lowercase())?))
        }
        _ => None,
    }
}

/// The character of an HTML entity.
fn entity(name: &[u8]) -> Option<u8> {
    match name {
        [b'#', b'x', digits @ ..] => number(digits, 16).filter(u8::is_ascii),
        [b'#', digits @ ..] => number(digits, 10).filter(u8::is_ascii),
        b"amp" => Some(b'&'),
        b"lt" => Some(b'<'),
        b"gt" => Some(b'>'),
        b"quot" => Some(b'"'),
        b"apos" => Some(b'\''),
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}
