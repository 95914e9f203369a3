//! A bot's token and secret key: one pair, how it is put on a request, and where a newer one comes from.

use std::env;
use std::ffi::OsString;
use std::fmt::{self, Debug, Formatter};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderValue;
use serde::Serialize;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::error::Cause;
use crate::secret::Redaction;
use crate::{Error, Secret};

/// How long a pair that could not be refreshed is not refreshed again.
const REFRESH_INTERVAL: Duration = Duration::from_secs(30);

/// A bot's API token and secret key.
///
/// MantaGO issues them as a pair: both expire after 30 days, refreshing replaces both, and the old pair then gets code
/// 120000 (from its public documentation). The token is sent as each request's bearer token, the secret key in its body.
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
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// The secret key.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// A request's body as it is sent: with the secret key.
    pub(crate) fn with<'a, T>(&'a self, body: &'a T) -> WithSecret<'a, T> {
        WithSecret { body, secret: &self.secret }
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
    let value = env::var_os(name).map(OsString::into_string);
    value.transpose().map_err(|_| Error::configuration(format!("{name} is not Unicode")))
}

/// Says what is wrong with a text that cannot be meant as an ID or a credential.
pub(crate) fn check_text(text: &str) -> Result<(), &'static str> {
    match text.trim() {
        "" => Err("is blank"),
        trimmed if trimmed != text => Err("has white space around it"),
        _ => Ok(()),
    }
}

/// Credentials that can be sent.
pub(crate) struct Pair {
    pub(crate) credentials: Credentials,
    /// The `Authorization` header. It is marked as sensitive, and its memory is cleared when its last user is gone.
    pub(crate) authorization: HeaderValue,
    /// What hides them where a server repeats them.
    pub(crate) redaction: Redaction,
}

impl Pair {
    fn new(credentials: Credentials) -> Result<Arc<Self>, Error> {
        for (name, text) in [("token", &credentials.token), ("secret", &credentials.secret)] {
            let checked = check_text(text.expose_secret());
            checked.map_err(|why| Error::configuration(format!("the {name} {why}")))?;
        }
        let header = Zeroizing::new(format!("Bearer {}", credentials.token.expose_secret()).into_bytes());
        let mut authorization = HeaderValue::from_maybe_shared(Bytes::from_owner(header))
            .map_err(|_| Error::configuration("the token has a character that no HTTP header can carry"))?;
        authorization.set_sensitive(true);
        let redaction = Redaction::of([&credentials.token, &credentials.secret]);
        Ok(Arc::new(Self { credentials, authorization, redaction }))
    }
}

/// The function that fetches the current pair.
pub(crate) type Fetch = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Credentials, Cause>> + Send>> + Send + Sync>;

/// The pair that could not be refreshed, when, and why.
type Failure = (Arc<Pair>, Instant, Arc<Error>);

/// The pair that a client and its clones use now.
pub(crate) struct Current {
    pair: watch::Sender<Arc<Pair>>,
    fetch: Option<Fetch>,
    /// It is locked during a refresh, so that one call refreshes for all.
    last_failure: Mutex<Option<Failure>>,
}

impl Current {
    pub(crate) fn new(credentials: Credentials, fetch: Option<Fetch>) -> Result<Arc<Self>, Error> {
        let pair = watch::Sender::new(Pair::new(credentials)?);
        Ok(Arc::new(Self { pair, fetch, last_failure: Mutex::default() }))
    }

    pub(crate) fn get(&self) -> Arc<Pair> {
        self.pair.borrow().clone()
    }

    pub(crate) fn set(&self, credentials: Credentials) -> Result<(), Error> {
        self.pair.send_replace(Pair::new(credentials)?);
        Ok(())
    }

    /// Makes sure that the current pair is another than the one that MantaGO refused. `false` if it is the same, and
    /// there is no function that could fetch another.
    pub(crate) async fn replace(&self, refused: Arc<Pair>) -> Result<bool, Arc<Error>> {
        let is_replaced = || self.get().credentials != refused.credentials;
        let Some(fetch) = &self.fetch else { return Ok(is_replaced()) };
        let mut last_failure = self.last_failure.lock().await;
        if is_replaced() {
            return Ok(true);
        }
        if let Some((pair, at, error)) = &*last_failure
            && pair.credentials == refused.credentials
            && at.elapsed() < REFRESH_INTERVAL
        {
            return Err(error.clone());
        }
        let fetched = fetch().await;
        if is_replaced() {
            // By `set`, in the meantime.
            return Ok(true);
        }
        let cause = match fetched.and_then(|credentials| Ok(self.set(credentials)?)) {
            Ok(()) if is_replaced() => return Ok(true),
            Ok(()) => "it returned the pair that was refused".into(),
            Err(cause) => cause,
        };
        let error = Arc::new(Error::configuration("refreshing the credentials failed").caused_by(cause));
        *last_failure = Some((refused, Instant::now(), error.clone()));
        Err(error)
    }
}

impl Debug for Current {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.get().credentials, f)
    }
}
