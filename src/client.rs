//! The client, its settings, and clients derived from another that differ in one setting.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::credential_store::{CredentialStore, Fetch};
use crate::identity::check_text;
use crate::retry::Throttle;
use crate::{Credentials, Error, RetryPolicy};

/// A client of the MantaGO Open API, made by [`ClientBuilder`](crate::ClientBuilder). It has a method for each operation.
///
/// It is cheap to clone: clones share connections and credentials.
///
/// Calls run on tokio, with its timer and I/O enabled. A synchronous program makes a runtime, and keeps it:
///
/// ```rust,no_run
/// # fn example(client: &mantago::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// let call = client.request(mantago::Method::POST, "/openapi/personalTag");
/// runtime.block_on(call.send::<()>())?;
/// # Ok(())
/// # }
/// ```
///
/// Dropping the future of a call cancels it: nothing more is sent. What was sent may take effect all the same.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Settings>);

#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: Url,
    pub(crate) credentials: Arc<CredentialStore>,
    pub(crate) throttle: Arc<Throttle>,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    /// The bot that the credentials belong to, if it is known.
    pub(crate) bot_id: Option<Arc<str>>,
    /// Sent with each request.
    pub(crate) headers: HeaderMap,
    /// Named in errors: host and port, and the proxy, if the environment has one.
    pub(crate) server: Arc<str>,
}

/// The longest that each step may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) attempt: Duration,
    pub(crate) call: Duration,
    /// The HTTP client's own limit of an attempt, which costs less than one of each request.
    pub(crate) http: Duration,
}

impl Client {
    /// Changes the credentials of this client and all its clones, from the next attempt of each call.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if they cannot be sent. Then they stay as they were.
    pub fn set_credentials(&self, credentials: Credentials) -> Result<(), Error> {
        self.0.credentials.set(credentials)
    }

    /// A client for another bot: with the same settings over the same connections, but without `refresh_with`, and with a
    /// retry budget and pauses of its own.
    ///
    /// A pair of credentials belongs to one bot. So the new client has no bot until [`with_bot_id`](Self::with_bot_id) sets
    /// one.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the credentials cannot be sent.
    pub fn with_credentials(&self, credentials: Credentials) -> Result<Self, Error> {
        self.with_store(credentials, None)
    }

    fn with_store(&self, credentials: Credentials, fetch: Option<Fetch>) -> Result<Self, Error> {
        let store = CredentialStore::new(credentials, fetch)?;
        Ok(self.with(|settings| {
            (settings.credentials, settings.throttle, settings.bot_id) = (store, Arc::default(), None);
        }))
    }

    /// A client with another [bot](crate::ClientBuilder::bot_id). This and the following methods share everything else with
    /// the original: connections, credentials, retry budget and pauses.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the ID is blank or has white space around it.
    pub fn with_bot_id(&self, bot_id: impl Into<String>) -> Result<Self, Error> {
        let bot_id = checked_bot_id(bot_id.into())?;
        Ok(self.with(|settings| settings.bot_id = Some(bot_id)))
    }

    /// A client with another [limit of an attempt](crate::ClientBuilder::timeout).
    ///
    /// The [time to connect](crate::ClientBuilder::connect_timeout) stays as it is, because connections are shared. An attempt
    /// that times out earlier counts as possibly carried out.
    #[must_use]
    pub fn with_timeout(&self, limit: Duration) -> Self {
        self.with(|settings| settings.limits.attempt = limit)
    }

    /// A client with another [limit of a call](crate::ClientBuilder::deadline).
    #[must_use]
    pub fn with_deadline(&self, limit: Duration) -> Self {
        self.with(|settings| settings.limits.call = limit)
    }

    /// A client with another retry policy, for example for calls that are idempotent.
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        self.with(|settings| settings.retry = policy)
    }

    /// A client that sends one more header, such as a trace ID. No `Debug` shows its value.
    ///
    /// It replaces an earlier header of that name, even one that a parameter of an operation sets.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if name or value cannot be a header, or if the client sets this
    /// header itself: `accept`, `accept-encoding`, `authorization`, `connection`, `content-encoding`, `content-length`,
    /// `content-type`, `expect`, `host`, `keep-alive`, `te`, `trailer`, `transfer-encoding`, `upgrade` and `user-agent`.
    pub fn with_header(&self, name: &str, value: &str) -> Result<Self, Error> {
        let refused = |why| Error::configuration(format!("header {name:?}: {why}"));
        let key =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("expected the name of an HTTP header"))?;
        let mut value =
            HeaderValue::from_str(value).map_err(|_| refused("its value has a character that no header can carry"))?;
        if OWN_HEADERS.contains(&key.as_str()) {
            return Err(refused("the client sets it itself"));
        }
        value.set_sensitive(true);
        Ok(self.with(|settings| drop(settings.headers.insert(key, value))))
    }

    fn with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::clone(&self.0);
        change(&mut settings);
        Self(Arc::new(settings))
    }

    /// The bot of calls that name no other, if there is one.
    pub fn bot_id(&self) -> Option<&str> {
        self.0.bot_id.as_deref()
    }

    /// The base URL, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.0.base_url.as_str().trim_end_matches('/')
    }

    /// The URL of a path. The base URL was parsed before, which is most of the work.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.0.base_url.clone();
        url.set_path(&[url.path().trim_end_matches('/'), path].concat());
        url
    }
}

/// Without the HTTP client, whose default headers may be secret.
impl Debug for Client {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Settings { limits, headers, .. } = &*self.0;
        f.debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("bot_id", &self.bot_id())
            .field("timeout", &limits.attempt)
            .field("deadline", &limits.call)
            .field("headers", headers)
            .finish_non_exhaustive()
    }
}

/// A bot's ID that can be sent.
pub(crate) fn checked_bot_id(bot_id: String) -> Result<Arc<str>, Error> {
    check_text(&bot_id).map_err(|why| Error::configuration(format!("the bot's ID {why}")))?;
    Ok(bot_id.into())
}

/// Headers that the client manages. Others would be sent twice, or contradict the request or its response.
#[rustfmt::skip]
const OWN_HEADERS: [&str; 15] = [
    "accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type",
    "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
];
