//! A bot's token and secret key, which are one pair because MantaGO replaces both together.

use std::env;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use reqwest::header::HeaderValue;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::identity::check_text;
use crate::redaction::Redaction;
use crate::{Error, Secret};

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
    /// Pairs an API token with its secret key. They are checked when a client is built.
    pub fn new(token: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        Self { token: token.into(), secret: secret.into() }
    }

    /// The pair in the environment variables `MANTAGO_TOKEN` and `MANTAGO_SECRET`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if one of them is not set, is blank, has white
    /// space around it or is not Unicode. The message names the variable.
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

    /// The body with the secret key, as it is sent.
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
    let refused = |why| Error::configuration(format!("{name} {why}"));
    let Some(text) = env::var_os(name) else { return Ok(None) };
    let value = text.into_string().map_err(|_| refused("is not Unicode"))?;
    check_text(&value).map_err(refused)?;
    Ok(Some(value))
}

/// Credentials that can be sent.
pub(crate) struct Pair {
    pub(crate) credentials: Credentials,
    /// The `Authorization` header, marked as sensitive. Its memory is cleared with the last copy.
    pub(crate) authorization: HeaderValue,
    pub(crate) redaction: Redaction,
    /// Whether a call with it has succeeded.
    pub(crate) is_accepted: AtomicBool,
}

impl Pair {
    pub(crate) fn new(credentials: Credentials) -> Result<Arc<Self>, Error> {
        for (name, text) in [("token", &credentials.token), ("secret", &credentials.secret)] {
            let checked = check_text(text.expose_secret());
            checked.map_err(|why| Error::configuration(format!("the {name} {why}")))?;
        }
        let header = Zeroizing::new(format!("Bearer {}", credentials.token.expose_secret()).into_bytes());
        let mut authorization = HeaderValue::from_maybe_shared(Bytes::from_owner(header))
            .map_err(|_| Error::configuration("the token has a character that no HTTP header can carry"))?;
        authorization.set_sensitive(true);
        let redaction = Redaction::new([&credentials.token, &credentials.secret]);
        Ok(Arc::new(Self { credentials, authorization, redaction, is_accepted: AtomicBool::new(false) }))
    }
}
