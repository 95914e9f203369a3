//! The rule on which client a request means: the document states it in prose only.
//!
//! The prose is the description of the schema `PersonalTagMappingRequest` and of its properties `clientId`,
//! `platform` and `platformClientId`. `build.rs` finds the operations whose body is that schema, and has each
//! call of them apply the rule.

use std::fmt::{self, Display, Formatter};

use crate::Secret;
use crate::types::{PersonalTagMappingRequest, PersonalTagMappingRequestPlatform as Platform};

/// The client that a request means: by its ID, or by its ID on a platform. Exactly one of the two.
///
/// MantaGO's page says: "Either provide 'clientId' OR both 'platform' and 'platformClientId'". It does not say which
/// of the two would count if both were there, so a request with both is refused: the operation deletes.
///
/// A value always identifies one client. It is made by [`client_id`](Self::client_id), by
/// [`platform`](Self::platform), or from a request:
///
/// ```
/// # use mantago::{ClientIdentity, Platform, types::PersonalTagMappingRequest};
/// # fn main() -> Result<(), mantago::IdentityError> {
/// let identity = ClientIdentity::platform(Platform::Line, "U4af49806")?;
/// let request = PersonalTagMappingRequest::for_client(identity, "tag-42", "secret");
/// match ClientIdentity::try_from(&request)? {
///     ClientIdentity::ClientId(id) => println!("client {id}"),
///     ClientIdentity::Platform { platform, platform_client_id } => println!("{platform_client_id} on {platform}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ClientIdentity {
    /// MantaGO's own ID of the client: `clientId`.
    ClientId(Identifier),
    /// The client's ID on a messaging platform.
    Platform {
        /// The platform: `platform`.
        platform: Platform,
        /// The client's ID there: `platformClientId`.
        platform_client_id: Identifier,
    },
}

impl ClientIdentity {
    /// Identifies a client by MantaGO's own ID of it.
    ///
    /// # Errors
    /// [`IdentityError::Blank`] if the ID is empty or only white space.
    pub fn client_id(client_id: impl Into<String>) -> Result<Self, IdentityError> {
        Ok(Self::ClientId(Identifier::new("clientId", client_id.into())?))
    }

    /// Identifies a client by its ID on a messaging platform.
    ///
    /// # Errors
    /// [`IdentityError::Blank`] if the ID is empty or only white space.
    pub fn platform(platform: Platform, platform_client_id: impl Into<String>) -> Result<Self, IdentityError> {
        let platform_client_id = Identifier::new("platformClientId", platform_client_id.into())?;
        Ok(Self::Platform { platform, platform_client_id })
    }
}

/// Reads the identity out of a request, however it was built.
impl TryFrom<&PersonalTagMappingRequest> for ClientIdentity {
    type Error = IdentityError;

    fn try_from(request: &PersonalTagMappingRequest) -> Result<Self, IdentityError> {
        let owned = |id: &str| Identifier(id.to_owned());
        Ok(match identified(request)? {
            Identified::ClientId(id) => Self::ClientId(owned(id)),
            Identified::Platform(platform, id) => Self::Platform { platform: *platform, platform_client_id: owned(id) },
        })
    }
}

/// A client, as [`ClientIdentity`] has it.
pub(crate) enum Identified<'a, P> {
    ClientId(&'a str),
    Platform(P, &'a str),
}

/// The rule. The generated calls apply it to each body that must identify one client.
pub(crate) fn check<'a, P>(
    client_id: Option<&'a str>,
    platform: Option<P>,
    platform_client_id: Option<&'a str>,
) -> Result<Identified<'a, P>, IdentityError> {
    let id = |field, id: Option<&'a str>| id.map(|id| not_blank(field, id)).transpose();
    let client_id = id("clientId", client_id)?;
    let platform_client_id = id("platformClientId", platform_client_id)?;
    match (client_id, platform, platform_client_id) {
        (Some(client_id), None, None) => Ok(Identified::ClientId(client_id)),
        (None, Some(platform), Some(id)) => Ok(Identified::Platform(platform, id)),
        (None, None, None) => Err(IdentityError::Missing),
        (None, None, Some(_)) => Err(IdentityError::PlatformMissing),
        (None, Some(_), None) => Err(IdentityError::PlatformClientIdMissing),
        (Some(_), _, _) => Err(IdentityError::Ambiguous),
    }
}

fn identified(request: &PersonalTagMappingRequest) -> Result<Identified<'_, &Platform>, IdentityError> {
    check(request.client_id.as_deref(), request.platform.as_ref(), request.platform_client_id.as_deref())
}

fn not_blank<'a>(field: &'static str, id: &'a str) -> Result<&'a str, IdentityError> {
    if id.trim().is_empty() { Err(IdentityError::Blank { field }) } else { Ok(id) }
}

/// The text of an ID, which is neither empty nor only white space. [`ClientIdentity`] makes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier(String);

impl Identifier {
    fn new(field: &'static str, id: String) -> Result<Self, IdentityError> {
        not_blank(field, &id)?;
        Ok(Self(id))
    }

    /// The ID as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Identifier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PersonalTagMappingRequest {
    /// A request on one client's tag, with the bot's secret key.
    ///
    /// Unlike [`builder`](Self::builder), it takes all that the API requires, and cannot identify nobody or two.
    pub fn for_client(client: ClientIdentity, tag_id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        let (client_id, platform, platform_client_id) = match client {
            ClientIdentity::ClientId(id) => (Some(id.0), None, None),
            ClientIdentity::Platform { platform, platform_client_id: id } => (None, Some(platform), Some(id.0)),
        };
        // By the builder, for a version of the API may add a field that is optional.
        let request = Self::builder()
            .client_id(client_id)
            .platform(platform)
            .platform_client_id(platform_client_id)
            .secret(secret.into())
            .tag_id(tag_id.into());
        request.try_into().unwrap_or_else(|error| unreachable!("build.rs refuses a schema that requires more: {error}"))
    }

    /// Checks that the request identifies exactly one client.
    ///
    /// Sending does the same, so this is for those who want to know before. [`ClientIdentity::try_from`] does it too
    /// and says which client.
    ///
    /// # Errors
    /// The [`IdentityError`] that the request would end with.
    pub fn validate(&self) -> Result<(), IdentityError> {
        identified(self).map(drop)
    }
}

/// Why a request does not identify one client.
///
/// The fields have the names that the API gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityError {
    /// Neither `clientId` nor `platform` and `platformClientId`.
    Missing,
    /// `platformClientId` alone.
    PlatformMissing,
    /// `platform` alone.
    PlatformClientIdMissing,
    /// `clientId` beside one or both of the others.
    Ambiguous,
    /// An ID that is empty or only white space: it identifies nobody, and is not taken as absent.
    #[non_exhaustive]
    Blank {
        /// `clientId` or `platformClientId`.
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
            Self::Blank { field } => return write!(f, "{field} is blank: expected the client's ID"),
        })
    }
}

impl std::error::Error for IdentityError {}
