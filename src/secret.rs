//! A credential that is sent but never shown.

use std::fmt::{self, Debug, Formatter};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Shown instead of a credential.
pub(crate) const REDACTED: &str = "[redacted]";

/// An API token or secret key. `Debug` does not show it, and its memory is cleared on drop.
///
/// A secret has no `Display`, so that it is not printed by accident.
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

/// Converts without a copy if the text is a `String`.
impl<T: Into<String>> From<T> for Secret {
    fn from(text: T) -> Self {
        Self(Zeroizing::new(text.into()))
    }
}
