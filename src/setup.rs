//! The builder of a client.

use std::fmt::{self, Debug, Formatter};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;

use crate::client::{Limits, Settings, checked_bot_id};
use crate::credential_store::{CredentialStore, Fetch, boxed};
use crate::credentials::variable;
use crate::error::root;
use crate::{Client, Credentials, DEFAULT_BASE_URL, Error, RetryPolicy};

/// The name of the SDK in `User-Agent`.
const USER_AGENT: &str = concat!("mantago/", env!("CARGO_PKG_VERSION"));

/// Idle connections are closed after this time. Most servers and load balancers close them after a minute or more, and a request
/// on a connection that is being closed may be lost.
const IDLE_LIMIT: Duration = Duration::from_secs(25);

impl Client {
    /// [`ClientBuilder::new`]: starts with a bot's credentials and the defaults.
    pub fn builder(credentials: Credentials) -> ClientBuilder {
        ClientBuilder::new(credentials)
    }

    /// A client with the settings of [`ClientBuilder::from_env`].
    ///
    /// # Errors
    /// Those of [`ClientBuilder::from_env`] and [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }
}

/// Builds a [`Client`].
#[must_use]
pub struct ClientBuilder {
    credentials: Credentials,
    fetch: Option<Fetch>,
    bot_id: Option<String>,
    base_url: String,
    /// Names the base URL in errors: the variable, if it came from the environment.
    base_url_name: &'static str,
    allow_http: bool,
    limits: Limits,
    retry: RetryPolicy,
    user_agent: String,
    http: Option<reqwest::ClientBuilder>,
}

impl ClientBuilder {
    /// Starts with a bot's credentials and the defaults.
    pub fn new(credentials: Credentials) -> Self {
        let [connect, attempt, call] = [10, 30, 120].map(Duration::from_secs);
        Self {
            credentials,
            fetch: None,
            bot_id: None,
            base_url: DEFAULT_BASE_URL.to_owned(),
            base_url_name: "base URL",
            allow_http: false,
            limits: Limits { connect, attempt, call, http: attempt },
            retry: RetryPolicy::default(),
            user_agent: USER_AGENT.to_owned(),
            http: None,
        }
    }

    /// Starts with [`Credentials::from_env`], the bot in `MANTAGO_BOT_ID` and the base URL in `MANTAGO_BASE_URL`. The last two
    /// are optional.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if `MANTAGO_TOKEN` or `MANTAGO_SECRET` is not set, or one of the
    /// four is blank, has white space around it or is not Unicode. The message names the variable.
    pub fn from_env() -> Result<Self, Error> {
        let mut builder = Self::new(Credentials::from_env()?);
        builder.bot_id = variable("MANTAGO_BOT_ID")?;
        if let Some(base_url) = variable("MANTAGO_BASE_URL")? {
            builder = Self { base_url, base_url_name: "MANTAGO_BASE_URL", ..builder };
        }
        Ok(builder)
    }

    /// Sets the bot that the credentials belong to: the text after `/chatbot/` in the dashboard's address (from MantaGO's public
    /// documentation). It is the default of each operation's own `bot_id(…)`. Default: none.
    pub fn bot_id(mut self, bot_id: impl Into<String>) -> Self {
        self.bot_id = Some(bot_id.into());
        self
    }

    /// Sets the base URL, with or without a slash at its end. Default: [`DEFAULT_BASE_URL`].
    ///
    /// The URL must be `https`, except to loopback (`localhost`, `127.0.0.0/8`, `[::1]`), for which no proxy is used.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self.base_url_name = "base URL";
        self
    }

    /// Allows plain `http` to other machines. Anyone who can read the traffic then gets the token and the secret. Default: `false`.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Limits the time to connect. Default: 10 s. The limit is at most nine tenths of the attempt's [limit](Self::timeout) and of
    /// the [deadline](Self::deadline), so that an attempt without a connection is known to have sent nothing.
    ///
    /// Only near the deadline may an attempt end before this limit. Such an attempt counts as possibly carried out.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.limits.connect = limit;
        self
    }

    /// Limits each attempt, from its start to the last byte of the response. Default: 30 s.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.limits.attempt = limit;
        self
    }

    /// Limits a whole call, including all attempts and waits. Default: 2 min.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.limits.call = limit;
        self
    }

    /// Sets the retry policy. Default: [`RetryPolicy::default`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Adds your application's name, such as `billing/1.4`, to `User-Agent`, before this crate's.
    pub fn user_agent(mut self, application: impl AsRef<str>) -> Self {
        self.user_agent = format!("{} {USER_AGENT}", application.as_ref());
        self
    }

    /// Sets up the HTTP client: proxies, TLS, DNS, default headers. Create the argument with
    /// [`mantago::reqwest`](crate::reqwest).
    ///
    /// This builder replaces the `User-Agent`, the redirect policy, `timeout` and `connect_timeout`, and for loopback the
    /// proxies. A `read_timeout` applies in addition to this builder's limits. Redirects are never followed, because the token
    /// and the secret would go to their target.
    ///
    /// Idle connections are kept for the `pool_idle_timeout` (reqwest's default is 90 s). Without a setup of your own, this
    /// crate keeps them for 25 s.
    ///
    /// With the feature `rustls-no-provider` but no installed provider, reqwest panics. [`build`](Self::build) then returns an
    /// error, but only after the panic hook has run, and with `panic = "abort"` the program ends. Without a setup of your own,
    /// `build` checks for the provider first.
    pub fn http(mut self, http: reqwest::ClientBuilder) -> Self {
        self.http = Some(http);
        self
    }

    /// Sets an async function that fetches the current credentials, for example from a vault, a file or a database.
    ///
    /// When MantaGO responds with status 401, the function is called once for all calls, in its own task. If it returns a
    /// new pair, each refused call is sent again with it, whatever the [`RetryPolicy`]: a refused request has done nothing.
    /// Otherwise the call fails with the 401, and the error's `Display` and `source` give the reason: the function failed,
    /// panicked or returned the same pair, or the call's [deadline](Self::deadline) passed first. After a deadline, the function
    /// continues for the next calls, but after 30 s it counts as hanging and is called again.
    ///
    /// The function is not called again for 1 s, the next time for 2 s, then 4 s and so on up to 30 s. Calls that are refused in
    /// between fail with the 401 at once. This backoff ends when a call succeeds with the returned pair or
    /// [`Client::set_credentials`] sets one, and starts over at 1 s if 30 s pass without another refresh.
    ///
    /// ```
    /// # fn example(builder: mantago::ClientBuilder) -> mantago::ClientBuilder {
    /// builder.refresh_with(|| async {
    ///     let token = std::fs::read_to_string("/run/secrets/token")?;
    ///     let secret = std::fs::read_to_string("/run/secrets/secret")?;
    ///     std::io::Result::Ok(mantago::Credentials::new(token.trim(), secret.trim()))
    /// })
    /// # }
    /// ```
    pub fn refresh_with<F, R, E>(mut self, fetch: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<Credentials, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.fetch = Some(boxed(fetch));
        self
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the credentials cannot be sent, if the base URL is not allowed or
    /// needs a TLS feature, or if the bot's ID is blank or has white space around it.
    pub fn build(self) -> Result<Client, Error> {
        let refused = |why: String| Error::configuration(format!("{}: {why}", self.base_url_name));
        let base_url = base_url(&self.base_url, self.allow_http).map_err(refused)?;
        let bot_id = self.bot_id.map(checked_bot_id).transpose()?;
        let credentials = CredentialStore::new(self.credentials, self.fetch)?;
        let has_tls = cfg!(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"));
        if base_url.scheme() == "https" && self.http.is_none() && !has_tls {
            return Err(Error::configuration(
                "https needs TLS: expected the feature \"rustls\" or \"native-tls\", or a reqwest::ClientBuilder with TLS",
            ));
        }
        let via = if self.http.is_none() { via(&base_url) } else { None };
        #[cfg(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "native-tls"))))]
        if self.http.is_none() && rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(no_provider());
        }
        let mut setup = self.http.unwrap_or_else(|| reqwest::Client::builder().pool_idle_timeout(IDLE_LIMIT));
        if is_loopback(&base_url) {
            // A proxy cannot reach this machine's loopback, and would get the secret.
            setup = setup.no_proxy();
        }
        let attempt = self.limits.attempt;
        let connect = self.limits.connect.min(attempt.min(self.limits.call).mul_f32(0.9));
        let accept = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let http = setup.user_agent(self.user_agent).default_headers(accept).redirect(Policy::none());
        let port = base_url.port_or_known_default().unwrap_or_default();
        let server = format!("{}:{port}{}", base_url.host_str().unwrap_or_default(), via.unwrap_or_default());
        Ok(Client(Arc::new(Settings {
            http: build(http.connect_timeout(connect).timeout(attempt))?,
            base_url,
            credentials,
            throttle: Arc::default(),
            limits: Limits { http: attempt, ..self.limits },
            retry: self.retry,
            bot_id,
            headers: HeaderMap::new(),
            server: server.into(),
        })))
    }
}

/// Without the base URL and the HTTP client, which may contain passwords.
impl Debug for ClientBuilder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("credentials", &self.credentials)
            .field("limits", &self.limits)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// Parses and checks a base URL. Messages do not repeat the URL, because it may contain a password.
fn base_url(text: &str, allow_http: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{error}: expected an https URL"))?;
    let why = if !matches!(url.scheme(), "http" | "https") {
        "expected an https URL"
    } else if url.scheme() == "http" && !allow_http && !is_loopback(&url) {
        "plain http would show the token and the secret: expected https, or allow_http"
    } else if !url.username().is_empty() || url.password().is_some() {
        "expected no user name or password in it"
    } else if url.query().is_some() || url.fragment().is_some() {
        "expected no query or fragment after it"
    } else {
        return Ok(url);
    };
    Err(why.to_owned())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The proxy that the environment sets for a URL.
fn via(url: &Url) -> Option<String> {
    let proxy = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
    let host = proxy.uri().host().filter(|_| !is_loopback(url))?;
    let port = proxy.uri().port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!(" via the proxy {host}{port}"))
}

/// Builds the HTTP client, and turns the panic of reqwest without a TLS provider into an error. Checking beforehand is not
/// possible: a `reqwest::ClientBuilder` does not show whether it has its own provider.
fn build(http: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    let built = catch_unwind(AssertUnwindSafe(|| http.build())).map_err(|_| no_provider())?;
    built.map_err(|error| Error::configuration(format!("the HTTP client: {}", root(&error))))
}

fn no_provider() -> Error {
    let expected = "the feature \"rustls\", or rustls::crypto::CryptoProvider::install_default before";
    Error::configuration(format!("TLS has no provider: expected {expected}"))
}
