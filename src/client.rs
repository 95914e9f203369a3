//! How a client is made.

use std::fmt::{self, Debug, Formatter};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;
use reqwest::redirect::Policy;

use crate::call::Settings;
use crate::credentials::{CurrentPair, Fetch, variable};
use crate::error::root;
use crate::{Client, Credentials, DEFAULT_BASE_URL, Error, RetryPolicy};

/// What the SDK calls itself in `User-Agent`.
const USER_AGENT: &str = concat!("mantago/", env!("CARGO_PKG_VERSION"));

/// Makes a [`Client`].
///
/// ```
/// # fn main() -> Result<(), mantago::Error> {
/// use std::time::Duration;
/// use mantago::{ClientBuilder, Credentials};
///
/// let client = ClientBuilder::new(Credentials::new("token", "secret"))
///     .timeout(Duration::from_secs(5))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct ClientBuilder {
    credentials: Credentials,
    fetch: Option<Fetch>,
    base_url: String,
    allow_http: bool,
    connect_timeout: Duration,
    timeout: Duration,
    deadline: Duration,
    retry: RetryPolicy,
    user_agent: String,
    http: Option<reqwest::ClientBuilder>,
}

impl ClientBuilder {
    /// Starts with a bot's credentials and the defaults.
    pub fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            fetch: None,
            base_url: DEFAULT_BASE_URL.to_owned(),
            allow_http: false,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(120),
            retry: RetryPolicy::default(),
            user_agent: USER_AGENT.to_owned(),
            http: None,
        }
    }

    /// Starts with [`Credentials::from_env`] and, where it is set, the base URL in `MANTAGO_BASE_URL`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if `MANTAGO_TOKEN` or `MANTAGO_SECRET` is not set, or one of
    /// the three is not Unicode.
    pub fn from_env() -> Result<Self, Error> {
        let builder = Self::new(Credentials::from_env()?);
        Ok(match variable("MANTAGO_BASE_URL")? {
            Some(base_url) => builder.base_url(base_url),
            None => builder,
        })
    }

    /// Sets the base URL, with or without a slash at its end. Default: [`DEFAULT_BASE_URL`].
    ///
    /// It must be `https`, except to this machine (`localhost`, `127.0.0.0/8`, `[::1]`), which is never reached through
    /// a proxy: the token and the secret travel in every request.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Allows a base URL with plain `http` to another machine. Default: `false`.
    ///
    /// Whoever can read the traffic then has the token and the secret.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Limits the time to connect. Default: 10 s, and never more than nine tenths of the attempt's [limit](Self::timeout),
    /// so that an attempt which could not connect is known to have sent nothing.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Limits the time of each attempt, from its start to the last byte of the response. Default: 30 s.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Limits the time of a whole call: its attempts, and the waits between them. Default: 2 min.
    ///
    /// A wait that would last longer is not begun: the call ends at once with its last error.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = limit;
        self
    }

    /// Sets when a request is retried. Default: [`RetryPolicy::default`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Puts an application's own name before this crate's in `User-Agent`, such as `billing/1.4`.
    pub fn user_agent(mut self, application: impl AsRef<str>) -> Self {
        self.user_agent = format!("{} {USER_AGENT}", application.as_ref());
        self
    }

    /// Sets the HTTP client up as an application needs it: proxies, TLS, DNS, default headers.
    ///
    /// [`mantago::reqwest`](crate::reqwest) is the version to use. What this builder has a method for replaces what the
    /// other one says: the `User-Agent`, the time to connect, and the redirect policy, which is always "none", because
    /// the token and the secret would go to a redirect's target.
    pub fn http(mut self, http: reqwest::ClientBuilder) -> Self {
        self.http = Some(http);
        self
    }

    /// Sets an async function that fetches the current credentials, from a vault, a file or a database.
    ///
    /// It is called when MantaGO responds with status 401: by one call for all. If it returns another pair than the one
    /// that was refused, every refused call is retried once with the new pair, whatever the [`RetryPolicy`] says,
    /// because a request that was refused has done nothing. If it fails or returns the same pair, the 401 is the error,
    /// and its `source` says so; the function is not called again for that pair within 30 s.
    ///
    /// ```
    /// # fn main() -> Result<(), mantago::Error> {
    /// use mantago::{ClientBuilder, Credentials};
    ///
    /// async fn read() -> std::io::Result<Credentials> {
    ///     let token = std::fs::read_to_string("/run/secrets/token")?;
    ///     let secret = std::fs::read_to_string("/run/secrets/secret")?;
    ///     Ok(Credentials::new(token.trim(), secret.trim()))
    /// }
    ///
    /// let first = Credentials::new("token", "secret");
    /// let client = ClientBuilder::new(first).refresh_with(read).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn refresh_with<F, R, E>(mut self, fetch: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<Credentials, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.fetch = Some(Arc::new(move || {
            let fetched = fetch();
            Box::pin(async { fetched.await.map_err(E::into) })
        }));
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the token or the secret cannot be sent, if the base URL
    /// cannot be used, or if there is no TLS to use it with.
    pub fn build(self) -> Result<Client, Error> {
        let base_url = base_url(&self.base_url, self.allow_http)?;
        let current = Arc::new(CurrentPair::new(self.credentials, self.fetch)?);
        let has_tls = cfg!(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"));
        if base_url.scheme() == "https" && self.http.is_none() && !has_tls {
            return Err(Error::configuration(
                "https needs TLS: expected the feature \"rustls\" or \"native-tls\", or a reqwest::ClientBuilder that has it",
            ));
        }
        let proxy = if self.http.is_none() { proxy(&base_url) } else { None };
        let mut http = self.http.unwrap_or_default();
        if is_plain_loopback(&base_url) {
            // A proxy would get the secret in plain text.
            http = http.no_proxy();
        }
        let connect_timeout = self.connect_timeout.min(self.timeout.mul_f32(0.9));
        let http = http.user_agent(self.user_agent).redirect(Policy::none()).connect_timeout(connect_timeout);
        Ok(Client {
            baseurl: base_url.as_str().trim_end_matches('/').to_owned(),
            client: build(http)?,
            inner: Settings {
                current,
                manners: Arc::default(),
                retry: self.retry,
                connect_timeout,
                timeout: self.timeout,
                deadline: self.deadline,
                server: base_url.host_str().unwrap_or_default().into(),
                proxy,
            },
        })
    }
}

/// Without the base URL, which may hold a password, and without the HTTP client, which may hold others.
impl Debug for ClientBuilder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("credentials", &self.credentials)
            .field("allow_http", &self.allow_http)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("deadline", &self.deadline)
            .field("retry", &self.retry)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Changes the credentials of this client and of all its clones.
    ///
    /// Attempts that are on the wire keep theirs; the next attempt of each call has the new ones.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the token or the secret cannot be sent. Then the
    /// credentials stay as they were.
    pub fn set_credentials(&self, credentials: Credentials) -> Result<(), Error> {
        self.inner.current.set(credentials)
    }

    /// A client for another bot over the same connections, with the same settings.
    ///
    /// It shares neither the retry budget nor a pause with this one, and has no function that refreshes its credentials.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the token or the secret cannot be sent.
    pub fn with_credentials(&self, credentials: Credentials) -> Result<Self, Error> {
        let current = Arc::new(CurrentPair::new(credentials, None)?);
        let inner = Settings { current, manners: Arc::default(), ..self.inner.clone() };
        Ok(Self { inner, ..self.clone() })
    }

    /// A client with another policy, otherwise the same: for a kind of calls that can be retried otherwise.
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        Self { inner: Settings { retry: policy, ..self.inner.clone() }, ..self.clone() }
    }
}

/// Checks a base URL. Messages do not repeat it, because it may hold a password.
fn base_url(text: &str, allow_http: bool) -> Result<Url, Error> {
    let refused = |why: &str| Err(Error::configuration(format!("base URL: {why}")));
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return refused(&format!("{error}: expected an https URL")),
    };
    match url.scheme() {
        "https" => {}
        "http" if allow_http || is_plain_loopback(&url) => {}
        "http" => return refused("plain http would show the token and the secret: expected https, or allow_http"),
        _ => return refused("expected an https URL"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("expected no user name or password in it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refused("expected no query or fragment after it");
    }
    Ok(url)
}

fn is_plain_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    url.scheme() == "http" && (host == "localhost" || address.is_ok_and(|address| address.is_loopback()))
}

/// The host and port of the proxy that the environment names for a URL.
fn proxy(url: &Url) -> Option<Arc<str>> {
    let proxy = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
    let uri = proxy.uri();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    (!is_plain_loopback(url)).then(|| format!("{}{port}", uri.host().unwrap_or_default()).into())
}

/// reqwest panics where rustls has no provider, and has no way to ask whether it would.
fn build(http: reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
    match catch_unwind(AssertUnwindSafe(|| http.build())) {
        Ok(built) => built.map_err(|error| Error::configuration(format!("the HTTP client: {}", root(&error)))),
        Err(_) => Err(Error::configuration(
            "TLS has no provider: expected the feature \"rustls\", or rustls::crypto::CryptoProvider::install_default before",
        )),
    }
}
