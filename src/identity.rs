//! Identifies a MantaGO client, by the rule that the API's document states in prose.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::types::Platform;

/// A MantaGO client (a bot's user), identified in exactly one of the API's two ways.
///
/// The API's document describes the rule as: "Either provide 'clientId' OR both 'platform' and 'platformClientId'". Both ways
/// at once are rejected, because the operation deletes and the document does not say which ID would win.
///
/// An identity serializes to one or two properties, such as `{"platform":"line","platformClientId":"U4af49806"}`, and no
/// other combination deserializes. In a [request](crate::Client::request) type of your own, use `#[serde(flatten)]`:
///
/// ```
/// #[derive(serde::Serialize)]
/// #[serde(rename_all = "camelCase")]
/// struct AutoTagMapping {
///     #[serde(flatten)]
///     client: mantago::ClientIdentity,
///     auto_tag_id: String,
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = mantago::ClientIdentity::client_id("client-1")?;
/// let request = AutoTagMapping { client, auto_tag_id: "auto-7".to_owned() };
/// assert_eq!(serde_json::to_string(&request)?, r#"{"clientId":"client-1","autoTagId":"auto-7"}"#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Properties", try_from = "Properties")]
pub enum ClientIdentity {
    /// By MantaGO's own ID.
    ClientId(Identifier),
    /// By the client's ID on a messaging platform.
    Platform {
        /// The messaging platform.
        platform: Platform,
        /// The client's ID on that platform.
        platform_client_id: Identifier,
    },
}

impl ClientIdentity {
    /// Identifies a client by MantaGO's own ID.
    ///
    /// # Errors
    /// [`IdentityError::Blank`] if the ID is empty or only white space, [`IdentityError::Padded`] if there is white space
    /// around it.
    pub fn client_id(client_id: impl Into<String>) -> Result<Self, IdentityError> {
        Identifier::new("clientId", client_id).map(Self::ClientId)
    }

    /// Identifies a client by its ID on a messaging platform.
    ///
    /// # Errors
    /// [`IdentityError::Blank`] if the ID is empty or only white space, [`IdentityError::Padded`] if there is white space
    /// around it.
    pub fn platform(platform: Platform, platform_client_id: impl Into<String>) -> Result<Self, IdentityError> {
        let platform_client_id = Identifier::new("platformClientId", platform_client_id)?;
        Ok(Self::Platform { platform, platform_client_id })
    }
}

/// The properties under the API's names, such as `clientId client-1`.
impl Display for ClientIdentity {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientId(id) => write!(f, "clientId {id}"),
            Self::Platform { platform, platform_client_id: id } => {
                write!(f, "platform {platform}, platformClientId {id}")
            }
        }
    }
}

/// The three identifying properties of a request, in any combination.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Properties {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<Platform>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform_client_id: Option<String>,
}

impl From<ClientIdentity> for Properties {
    fn from(identity: ClientIdentity) -> Self {
        match identity {
            ClientIdentity::ClientId(Identifier(id)) => Self { client_id: Some(id), ..Self::default() },
            ClientIdentity::Platform { platform, platform_client_id: Identifier(id) } => {
                Self { client_id: None, platform: Some(platform), platform_client_id: Some(id) }
            }
        }
    }
}

/// Applies the rule: a client is identified in exactly one of the two ways.
pub(crate) fn check(
    client_id: Option<&str>,
    platform: Option<&Platform>,
    platform_client_id: Option<&str>,
) -> Result<(), IdentityError> {
    for (field, id) in [("clientId", client_id), ("platformClientId", platform_client_id)] {
        id.map_or(Ok(()), |id| check_id(field, id))?;
    }
    match (client_id, platform, platform_client_id) {
        (Some(_), None, None) | (None, Some(_), Some(_)) => Ok(()),
        (None, None, None) => Err(IdentityError::Missing),
        (None, None, Some(_)) => Err(IdentityError::PlatformMissing),
        (None, Some(_), None) => Err(IdentityError::PlatformClientIdMissing),
        (Some(_), _, _) => Err(IdentityError::Ambiguous),
    }
}

pub(crate) fn check_id(field: &'static str, id: &str) -> Result<(), IdentityError> {
    match check_text(id) {
        Ok(()) => Ok(()),
        Err(BLANK) => Err(IdentityError::Blank { field }),
        Err(_) => Err(IdentityError::Padded { field }),
    }
}

impl TryFrom<Properties> for ClientIdentity {
    type Error = IdentityError;

    fn try_from(Properties { client_id, platform, platform_client_id }: Properties) -> Result<Self, IdentityError> {
        check(client_id.as_deref(), platform.as_ref(), platform_client_id.as_deref())?;
        if let Some(id) = client_id {
            return Ok(Self::ClientId(Identifier(id)));
        }
        match (platform, platform_client_id.map(Identifier)) {
            (Some(platform), Some(platform_client_id)) => Ok(Self::Platform { platform, platform_client_id }),
            (None, _) => Err(IdentityError::PlatformMissing),
            (_, None) => Err(IdentityError::PlatformClientIdMissing),
        }
    }
}

/// An ID that is not blank and has no white space around it. [`ClientIdentity`] checks and creates it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier(String);

impl Identifier {
    fn new(field: &'static str, id: impl Into<String>) -> Result<Self, IdentityError> {
        let text = id.into();
        check_id(field, &text)?;
        Ok(Self(text))
    }

    /// The ID, unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Identifier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a request does not identify exactly one client, or has an unusable ID. Messages use the API's field names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityError {
    /// Neither `clientId` nor `platform` and `platformClientId`.
    Missing,
    /// `platformClientId` alone.
    PlatformMissing,
    /// `platform` alone.
    PlatformClientIdMissing,
    /// `clientId` together with `platform`, `platformClientId` or both.
    Ambiguous,
    /// An ID that is empty or only white space.
    #[non_exhaustive]
    Blank {
        /// Such as `clientId`, `platformClientId` or `tagId`.
        field: &'static str,
    },
    /// An ID with white space around it, such as a line break from a file. MantaGO does not promise to ignore white space.
    #[non_exhaustive]
    Padded {
        /// Such as `clientId`, `platformClientId` or `tagId`.
        field: &'static str,
    },
}

impl Display for IdentityError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "no client is identified: expected clientId, or both platform and platformClientId",
            Self::PlatformMissing => "platform is missing: platformClientId identifies a client only together with it",
            Self::PlatformClientIdMissing => {
                "platformClientId is missing: platform identifies a client only together with it"
            }
            Self::Ambiguous => {
                "the client is ambiguous: expected clientId, or both platform and platformClientId, but not more"
            }
            Self::Blank { field: field @ ("clientId" | "platformClientId") } => {
                return write!(f, "{field} {BLANK}: expected the client's ID");
            }
            Self::Blank { field } => return write!(f, "{field} {BLANK}"),
            Self::Padded { field } => return write!(f, "{field} {PADDED}"),
        })
    }
}

impl std::error::Error for IdentityError {}

const BLANK: &str = "is blank";
const PADDED: &str = "has white space around it";

/// Rejects text that cannot be an ID or a credential.
pub(crate) fn check_text(text: &str) -> Result<(), &'static str> {
    match text.trim() {
        "" => Err(BLANK),
        trimmed if trimmed != text => Err(PADDED),
        _ => Ok(()),
    }
}
