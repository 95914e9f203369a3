//! A client like another that differs in one setting: everything else is shared, so that making one is cheap.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};

use crate::call::Settings;
use crate::current::Current;
use crate::setup::checked_bot_id;
use crate::{Client, ClientBuilder, Credentials, Error, RetryPolicy};

impl Client {
    /// [`ClientBuilder::new`]: starts with a bot's credentials and the defaults.
    pub fn builder(credentials: Credentials) -> ClientBuilder {
        ClientBuilder::new(credentials)
    }

    /// The client that [`ClientBuilder::from_env`] makes without another setting.
    ///
    /// # Errors
    /// Those of [`ClientBuilder::from_env`] and [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// Changes the credentials of this client and of all its clones, from the next attempt of each call.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if they cannot be sent. Then they stay as they were.
    pub fn set_credentials(&self, credentials: Credentials) -> Result<(), Error> {
        self.inner.current.set(credentials)
    }

    /// A client for another bot: with the same settings over the same connections, but without `refresh_with`, and with a
    /// retry budget and pauses of its own.
    ///
    /// A pair of credentials is one bot's. So it has no bot before [`with_bot_id`](Self::with_bot_id), and never that of this
    /// client.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the credentials cannot be sent.
    pub fn with_credentials(&self, credentials: Credentials) -> Result<Self, Error> {
        let current = Current::new(credentials, None)?;
        Ok(self.with(|settings| {
            (settings.current, settings.throttle, settings.bot_id) = (current, Arc::default(), None);
        }))
    }

    /// A client with another [bot](ClientBuilder::bot_id). Like each of the following, it shares all else with this one:
    /// connections, credentials, retry budget and pauses.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the ID is blank or has white space around it.
    pub fn with_bot_id(&self, bot_id: impl Into<String>) -> Result<Self, Error> {
        let bot_id = checked_bot_id(bot_id.into())?;
        Ok(self.with(|settings| settings.bot_id = Some(bot_id)))
    }

    /// A client with another [limit of an attempt](ClientBuilder::timeout).
    ///
    /// The [time to connect](ClientBuilder::connect_timeout) stays as it is, as the connections do: an attempt that ends before
    /// it counts as one that may have been carried out.
    #[must_use]
    pub fn with_timeout(&self, limit: Duration) -> Self {
        self.with(|settings| settings.limits.attempt = limit)
    }

    /// A client with another [limit of a call](ClientBuilder::deadline).
    #[must_use]
    pub fn with_deadline(&self, limit: Duration) -> Self {
        self.with(|settings| settings.limits.call = limit)
    }

    /// A client with another retry policy: for calls that are idempotent, say.
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        self.with(|settings| settings.retry = policy)
    }

    /// A client that sends one more header, such as an ID by which requests are traced. No `Debug` shows its value.
    ///
    /// It takes the place of a header of that name which was set before, even by a parameter of an operation.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if name or value cannot be a header, or if the name is one of those
    /// that are the client's own: `accept`, `accept-encoding`, `authorization`, `connection`, `content-encoding`,
    /// `content-length`, `content-type`, `expect`, `host`, `keep-alive`, `te`, `trailer`, `transfer-encoding`, `upgrade` and
    /// `user-agent`.
    pub fn with_header(&self, name: &str, value: &str) -> Result<Self, Error> {
        let refused = |why| Error::configuration(format!("header {name:?}: {why}"));
        let key =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("expected the name of an HTTP header"))?;
        let value = HeaderValue::from_str(value);
        let mut value = value.map_err(|_| refused("its value has a character that no header can carry"))?;
        if OWN_HEADERS.contains(&key.as_str()) {
            return Err(refused("the client sets it itself"));
        }
        value.set_sensitive(true);
        Ok(self.with(|settings| drop(settings.headers.insert(key, value))))
    }

    fn with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut client = self.clone();
        change(&mut client.inner);
        client
    }
}

/// Without the HTTP client, whose default headers may be secret.
impl Debug for Client {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.baseurl).field("settings", &self.inner).finish_non_exhaustive()
    }
}

/// What no caller may set: it would be sent twice, or what is sent or received would not be what it says.
#[rustfmt::skip]
const OWN_HEADERS: [&str; 15] = [
    "accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type",
    "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
];
