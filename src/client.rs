//! The client, its settings, and the methods that derive a client with one setting changed.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::credential_store::{CredentialStore, Fetch, boxed};
use crate::identity::check_text;
use crate::throttle::Throttle;
use crate::{Credentials, Error, RetryPolicy};

/// A client for the MantaGO Open API, built by [`ClientBuilder`](crate::ClientBuilder), with a method for each operation.
///
/// Cloning is cheap: clones share connections and credentials.
///
/// Calls run on tokio, with its timer and I/O enabled. Use a client in one runtime only: a connection lives in the runtime that
/// opened it, so while that runtime is idle, a call from another runtime hangs until it
/// [times out](crate::ClientBuilder::timeout). A synchronous program creates one runtime and keeps it:
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
/// Dropping a call's future cancels the call: nothing more is sent. A request already sent may still take effect.
///
/// # Tracing
///
/// With the feature `tracing`, each call is a span `mantago` at level INFO, with OpenTelemetry's names for an HTTP client and
/// the call's bot. Retries, pauses, refreshes and the end of the call are DEBUG events in the span; a failed refresh is a WARN.
/// `attempt` is the number of the failed attempt. A retry's `reason` and the `outcome` are a status or an
/// [`ErrorKind`](crate::ErrorKind). Bodies, queries and headers are never recorded. `tracing_subscriber::fmt()` with
/// `mantago=debug` prints these lines for a failed call (`…` replaces repeated fields):
///
/// ```text
/// DEBUG mantago{otel.kind="client" otel.name=POST /openapi/personalTagMapping/delete http.request.method="POST" server.address="mantago.cc" server.port=443 mantago.bot_id="bot-7"}: mantago: retrying after a wait attempt=1 reason="503" wait_ms=182
/// DEBUG mantago{…}: mantago: refreshing the credentials
///  WARN mantago{…}: mantago: refreshing the credentials failed reason="the vault is sealed"
/// DEBUG mantago{… http.response.status_code=401 http.request.resend_count=1 otel.status_code="ERROR" error.type="401"}: mantago: the call failed outcome="401" attempts=2 elapsed_ms=241
/// ```
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
    /// The bot that the credentials belong to, if set.
    pub(crate) bot_id: Option<Arc<str>>,
    /// Sent with each request.
    pub(crate) headers: HeaderMap,
    /// The host and port, as errors name them, and the proxy that the environment sets, if any.
    pub(crate) server: Arc<str>,
}

/// The time limits of the steps of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) attempt: Duration,
    pub(crate) call: Duration,
    /// The attempt limit that the HTTP client was built with. Using it costs less than a timeout on each request.
    pub(crate) http: Duration,
}

impl Client {
    /// Changes the credentials of this client and all its clones, from the next attempt of each call.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the new credentials cannot be sent. The old ones then stay in use.
    pub fn set_credentials(&self, credentials: Credentials) -> Result<(), Error> {
        self.0.credentials.set(credentials)
    }

    /// A client for another bot, with the same settings and connections, but its own retry budget and pauses, and without
    /// the [refresh function](crate::ClientBuilder::refresh_with).
    ///
    /// Credentials belong to one bot, so the new client has no bot until [`with_bot_id`](Self::with_bot_id) sets one.
    /// [`with_refresh`](Self::with_refresh) sets credentials, bot and refresh function at once.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the credentials cannot be sent.
    pub fn with_credentials(&self, credentials: Credentials) -> Result<Self, Error> {
        self.with_bot(credentials, None, None)
    }

    /// A client for another bot, like [`with_credentials`](Self::with_credentials), but with the bot's ID and a function that
    /// [refreshes](crate::ClientBuilder::refresh_with) the credentials.
    ///
    /// A service with many bots builds one client and derives one for each bot:
    ///
    /// ```
    /// # fn example(client: &mantago::Client, pair: mantago::Credentials) -> Result<(), mantago::Error> {
    /// let bot = client.with_refresh(pair, "bot-8", || async {
    ///     let token = std::fs::read_to_string("/run/secrets/bot-8/token")?;
    ///     let secret = std::fs::read_to_string("/run/secrets/bot-8/secret")?;
    ///     std::io::Result::Ok(mantago::Credentials::new(token.trim(), secret.trim()))
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the credentials cannot be sent, or if the ID is blank or has white
    /// space around it.
    pub fn with_refresh<F, R, E>(
        &self,
        credentials: Credentials,
        bot_id: impl Into<String>,
        fetch: F,
    ) -> Result<Self, Error>
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<Credentials, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.with_bot(credentials, Some(checked_bot_id(bot_id.into())?), Some(boxed(fetch)))
    }

    fn with_bot(&self, pair: Credentials, bot_id: Option<Arc<str>>, fetch: Option<Fetch>) -> Result<Self, Error> {
        let store = CredentialStore::new(pair, fetch)?;
        Ok(self.with(|settings| {
            (settings.credentials, settings.throttle, settings.bot_id) = (store, Arc::default(), bot_id);
        }))
    }

    /// A client with another [bot](crate::ClientBuilder::bot_id). It shares everything else with the original: connections,
    /// credentials, retry budget and pauses. So do the clients from the following methods.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the ID is blank or has white space around it.
    pub fn with_bot_id(&self, bot_id: impl Into<String>) -> Result<Self, Error> {
        let bot_id = checked_bot_id(bot_id.into())?;
        Ok(self.with(|settings| settings.bot_id = Some(bot_id)))
    }

    /// A client with another [time limit for each attempt](crate::ClientBuilder::timeout).
    ///
    /// The [time limit for connecting](crate::ClientBuilder::connect_timeout) doesn't change, because connections are shared.
    /// An attempt that times out before that limit counts as possibly carried out.
    #[must_use]
    pub fn with_timeout(&self, limit: Duration) -> Self {
        self.with(|settings| settings.limits.attempt = limit)
    }

    /// A client with another [deadline for each call](crate::ClientBuilder::deadline).
    #[must_use]
    pub fn with_deadline(&self, limit: Duration) -> Self {
        self.with(|settings| settings.limits.call = limit)
    }

    /// A client with another retry policy, for example for calls that are idempotent.
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        self.with(|settings| settings.retry = policy)
    }

    /// A client that sends one more header, such as a trace ID. `Debug` hides the value.
    ///
    /// The header replaces any other of that name, even one from an operation's parameter.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the name or the value is not valid in HTTP, or if the client sets
    /// this header itself: `accept`, `accept-encoding`, `authorization`, `connection`, `content-encoding`, `content-length`,
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

    /// The default bot of this client's calls, if set.
    pub fn bot_id(&self) -> Option<&str> {
        self.0.bot_id.as_deref()
    }

    /// The base URL, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.0.base_url.as_str().trim_end_matches('/')
    }

    /// The URL of a path below the base URL, which is parsed only once.
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

/// Rejects an unusable bot ID.
pub(crate) fn checked_bot_id(bot_id: String) -> Result<Arc<str>, Error> {
    check_text(&bot_id).map_err(|why| Error::configuration(format!("the bot's ID {why}")))?;
    Ok(bot_id.into())
}

/// Headers that the client manages: a second value would be sent twice, or contradict the request or the response.
#[rustfmt::skip]
const OWN_HEADERS: [&str; 15] = [
    "accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type",
    "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
];
