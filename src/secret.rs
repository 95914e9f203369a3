//! A credential that is sent, and never shown.

use std::cmp::Reverse;
use std::fmt::{self, Debug, Formatter};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// What stands in place of a credential.
const REDACTED: &str = "[redacted]";

/// A shorter credential is not looked for: it would be found everywhere.
const SHORTEST_REDACTED: usize = 6;

/// An API token or secret key. It is sent as it is, it never shows in `Debug`, and its memory is cleared on drop.
///
/// It has no `Display`, so that it cannot be printed by accident. Where its text is needed, [`expose_secret`] says so
/// in the code.
///
/// ```
/// # use mantago::Secret;
/// let secret = Secret::from("sk-live-1");
/// assert_eq!(format!("{secret:?}"), "Secret([redacted])");
/// assert_eq!(secret.expose_secret(), "sk-live-1");
/// ```
///
/// [`expose_secret`]: Secret::expose_secret
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text of the credential.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl Debug for Secret {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({REDACTED})")
    }
}

/// Takes the text over, without a copy.
impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

/// As the plain string that the API expects.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose_secret())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// Replaces the token and the secret key of a request in what is shown of its response.
pub(crate) struct Redaction<'a>([&'a str; 2]);

impl<'a> Redaction<'a> {
    pub(crate) fn of(token: &'a Secret, secret: &'a Secret) -> Self {
        let mut texts = [token.expose_secret(), secret.expose_secret()];
        // One may be a part of the other.
        texts.sort_by_key(|text| Reverse(text.len()));
        Self(texts)
    }

    pub(crate) fn is_needed(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        self.texts().any(|part| text.contains(part))
    }

    /// Replaces them in a text, also as Rust quotes them: so does `serde_json` in its errors.
    pub(crate) fn text(&self, text: &str) -> String {
        self.texts().fold(text.to_owned(), |text, part| {
            text.replace(&part.escape_debug().to_string(), REDACTED).replace(part, REDACTED)
        })
    }

    fn texts(&self) -> impl Iterator<Item = &'a str> {
        self.0.into_iter().filter(|text| text.len() >= SHORTEST_REDACTED)
    }
}
