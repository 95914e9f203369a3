//! A credential that is sent, and never shown.

use std::cmp::Reverse;
use std::fmt::{self, Debug, Formatter};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What stands in place of a credential.
const REDACTED: &str = "[redacted]";

/// A shorter credential is not looked for: it would be found everywhere.
const SHORTEST_REDACTED: usize = 6;

/// An API token or secret key. It is sent as it is, it never shows in `Debug`, and its memory is cleared on drop.
///
/// It has no `Display`, so that it cannot be printed by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text of the credential.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl Debug for Secret {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({REDACTED})")
    }
}

/// A `String` is taken over, without a copy.
impl<T: Into<String>> From<T> for Secret {
    fn from(text: T) -> Self {
        Self(Zeroizing::new(text.into()))
    }
}

/// Replaces the token and the secret key in what is shown of a response.
pub(crate) struct Redaction(Vec<Zeroizing<String>>);

impl Redaction {
    pub(crate) fn of(credentials: [&Secret; 2]) -> Self {
        let texts = credentials.map(Secret::expose_secret).into_iter().filter(|text| text.len() >= SHORTEST_REDACTED);
        // Also as Rust quotes them: so does `serde_json` in its errors.
        let texts = texts.flat_map(|text| [text.escape_debug().to_string(), text.to_owned()]);
        let mut texts: Vec<_> = texts.map(Zeroizing::new).collect();
        // One may be a part of the other.
        texts.sort_by_key(|text| Reverse(text.len()));
        texts.dedup();
        Self(texts)
    }

    pub(crate) fn is_needed(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        self.0.iter().any(|part| text.contains(part.as_str()))
    }

    pub(crate) fn text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, part| {
            if text.contains(part.as_str()) { text.replace(part.as_str(), REDACTED) } else { text }
        })
    }
}
