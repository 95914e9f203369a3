//! A bot's token and secret key: one pair, how it is put on a request, and where a newer one comes from.

use std::env::{self, VarError};
use std::error::Error as StdError;
use std::fmt::{self, Debug, Display, Formatter};
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderValue;
use serde::Serialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::secret::Redaction;
use crate::{Error, Secret};

/// How long a pair that could not be refreshed is not refreshed again.
const REFRESH_INTERVAL: Duration = Duration::from_secs(30);

/// A bot's API token and secret key.
///
/// MantaGO issues them as a pair: both expire after 30 days, refreshing replaces both, and the old pair then gets code
/// 120000 (from its public documentation). So they are one value. The token is sent as the bearer token of each
/// request, and the secret key in its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    token: Secret,
    secret: Secret,
}

impl Credentials {
    /// A pair of API token and secret key. The client that it is given to checks them.
    pub fn new(token: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        Self { token: token.into(), secret: secret.into() }
    }

    /// The pair in the environment variables `MANTAGO_TOKEN` and `MANTAGO_SECRET`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if one of them is not set or not Unicode.
    pub fn from_env() -> Result<Self, Error> {
        let required = |name| variable(name)?.ok_or_else(|| Error::configuration(format!("{name} is not set")));
        Ok(Self::new(required("MANTAGO_TOKEN")?, required("MANTAGO_SECRET")?))
    }

    /// The API token.
    #[must_use]
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// The secret key.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// A request's body as it is sent: with the secret key.
    pub(crate) fn with<'a, T>(&'a self, body: &'a T) -> WithSecret<'a, T> {
        WithSecret { body, secret: &self.secret }
    }

    pub(crate) fn redaction(&self) -> Redaction<'_> {
        Redaction::of(&self.token, &self.secret)
    }
}

/// A body and the secret key in one JSON object.
#[derive(Serialize)]
pub(crate) struct WithSecret<'a, T> {
    #[serde(flatten)]
    body: &'a T,
    secret: &'a Secret,
}

/// An environment variable; `None` if it is not set.
pub(crate) fn variable(name: &str) -> Result<Option<String>, Error> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Error::configuration(format!("{name} is not Unicode"))),
    }
}

/// Credentials that can be sent.
pub(crate) struct Pair {
    pub(crate) credentials: Credentials,
    /// The `Authorization` header. It is marked as sensitive, and its memory is cleared when its last user is gone.
    pub(crate) authorization: HeaderValue,
}

impl Pair {
    fn new(credentials: Credentials) -> Result<Arc<Self>, Error> {
        for (name, text) in [("token", &credentials.token), ("secret", &credentials.secret)] {
            match text.expose_secret().trim() {
                "" => return Err(Error::configuration(format!("the {name} is blank"))),
                trimmed if trimmed != text.expose_secret() => {
                    return Err(Error::configuration(format!("the {name} has white space around it")));
                }
                _ => {}
            }
        }
        let header = Zeroizing::new(format!("Bearer {}", credentials.token.expose_secret()).into_bytes());
        let mut authorization = HeaderValue::from_maybe_shared(Bytes::from_owner(header))
            .map_err(|_| Error::configuration("the token has a character that no HTTP header can carry"))?;
        authorization.set_sensitive(true);
        Ok(Arc::new(Self { credentials, authorization }))
    }
}

/// The function that fetches the current pair.
pub(crate) type Fetch = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Credentials, Cause>> + Send>> + Send + Sync>;

/// Why a fetch failed.
pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

/// The pair that a client and its clones use now.
pub(crate) struct CurrentPair {
    pair: RwLock<Arc<Pair>>,
    fetch: Option<Fetch>,
    /// Held during a fetch, so that one call fetches for all.
    last_failure: tokio::sync::Mutex<Option<Failure>>,
}

/// A refresh that failed.
struct Failure {
    refused: Arc<Pair>,
    at: Instant,
    error: RefreshError,
}

impl CurrentPair {
    pub(crate) fn new(credentials: Credentials, fetch: Option<Fetch>) -> Result<Self, Error> {
        let pair = RwLock::new(Pair::new(credentials)?);
        Ok(Self { pair, fetch, last_failure: tokio::sync::Mutex::default() })
    }

    pub(crate) fn get(&self) -> Arc<Pair> {
        self.pair.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set(&self, credentials: Credentials) -> Result<(), Error> {
        let pair = Pair::new(credentials)?;
        *self.pair.write().unwrap_or_else(PoisonError::into_inner) = pair;
        Ok(())
    }

    /// Makes sure that the current pair is another than the one that MantaGO refused. `false` if it is the same, and there
    /// is no function that could fetch another.
    pub(crate) async fn replace(&self, refused: &Arc<Pair>) -> Result<bool, RefreshError> {
        let is_replaced = || !Arc::ptr_eq(&self.get(), refused);
        let Some(fetch) = &self.fetch else { return Ok(is_replaced()) };
        let mut last_failure = self.last_failure.lock().await;
        if is_replaced() {
            return Ok(true);
        }
        if let Some(Failure { refused: known, at, error }) = &*last_failure
            && Arc::ptr_eq(known, refused)
            && at.elapsed() < REFRESH_INTERVAL
        {
            return Err(error.clone());
        }
        let fetched = fetch().await;
        if is_replaced() {
            // By `set`, in the meantime.
            return Ok(true);
        }
        let replaced = match fetched {
            Ok(credentials) if credentials == refused.credentials => Err(RefreshError(None)),
            Ok(credentials) => self.set(credentials).map_err(|error| RefreshError(Some(Arc::new(error)))),
            Err(cause) => Err(RefreshError(Some(cause.into()))),
        };
        if let Err(error) = &replaced {
            *last_failure = Some(Failure { refused: refused.clone(), at: Instant::now(), error: error.clone() });
        }
        replaced.map(|()| true)
    }
}

impl Debug for CurrentPair {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.get().credentials, f)
    }
}

/// The source of an [`Unauthorized`](crate::ErrorKind::Unauthorized) error: no other pair could be fetched.
#[derive(Clone, Debug)]
pub(crate) struct RefreshError(Option<Arc<dyn StdError + Send + Sync>>);

impl Display for RefreshError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "refreshing the credentials failed",
            None => "refreshing the credentials returned the pair that was refused",
        })
    }
}

impl StdError for RefreshError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.as_deref().map(|cause| cause as _)
    }
}
