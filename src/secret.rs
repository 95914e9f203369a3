//! A credential that is sent, and never shown.

use std::fmt::{self, Debug, Formatter};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// An API token or secret key: it is sent as it is, it never shows in `Debug`, and its memory is cleared on drop.
///
/// It has no `Display`, so that it cannot be printed by accident. Where its text is needed, [`expose_secret`] says so
/// in the code.
///
/// Each bot has one pair of API token and secret key. Both expire after 30 days, and refreshing replaces both (from
/// MantaGO's public documentation).
///
/// ```
/// # use mantago::Secret;
/// let secret = Secret::from("sk-live-1");
/// assert_eq!(format!("{secret:?}"), "Secret(redacted)");
/// assert_eq!(secret.expose_secret(), "sk-live-1");
/// ```
///
/// [`expose_secret`]: Secret::expose_secret
#[derive(Clone)]
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
        f.write_str("Secret(redacted)")
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

/// As the plain string that the API expects in a request's body.
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
