//! How a client is set up: what the generated one has no way to say.

use std::env::{self, VarError};
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use zeroize::Zeroizing;

use crate::generated::operation::Urls;
use crate::hooks::AGENT;
use crate::{ApiError, Client, DEFAULT_BASE_URL, RetryPolicy, Secret};

/// The environment variable of the API token.
const TOKEN_VARIABLE: &str = "MANTAGO_TOKEN";

/// The environment variable of the base URL.
const BASE_URL_VARIABLE: &str = "MANTAGO_BASE_URL";

/// Sets up a [`Client`].
///
/// ```
/// # fn main() -> Result<(), mantago::ApiError> {
/// use std::time::Duration;
/// use mantago::ClientBuilder;
///
/// let client = ClientBuilder::new("token").timeout(Duration::from_secs(5)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct ClientBuilder {
    token: Secret,
    base_url: String,
    allow_http: bool,
    connect_timeout: Duration,
    timeout: Duration,
    deadline: Duration,
    retry: RetryPolicy,
    http_client: Option<reqwest::Client>,
}

impl ClientBuilder {
    /// Starts with a bot's API token, which is sent as the bearer token of each request, and the defaults.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self {
            token: token.into(),
            base_url: DEFAULT_BASE_URL.to_owned(),
            allow_http: false,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(120),
            retry: RetryPolicy::default(),
            http_client: None,
        }
    }

    /// Starts with the token in `MANTAGO_TOKEN` and, where it is set, the base URL in `MANTAGO_BASE_URL`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if `MANTAGO_TOKEN` is not set, or one of the two is not
    /// Unicode.
    pub fn from_env() -> Result<Self, ApiError> {
        let token = variable(TOKEN_VARIABLE)?;
        let token = token.ok_or_else(|| ApiError::configuration(format!("{TOKEN_VARIABLE} is not set")))?;
        let builder = Self::new(token);
        Ok(match variable(BASE_URL_VARIABLE)? {
            Some(base_url) => builder.base_url(base_url),
            None => builder,
        })
    }

    /// Sets the base URL, with or without a slash at its end. Default: [`DEFAULT_BASE_URL`].
    ///
    /// Only `https` is taken, except to this machine (`localhost`, `127.0.0.0/8`, `[::1]`): the token and the secret
    /// travel in every request.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Takes a base URL with plain `http` to another machine too. Default: `false`.
    ///
    /// Whoever can read the traffic then has the token and the secret.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Limits the time to connect. Default: 10 s.
    ///
    /// It has no effect on a [client of your own](Self::http_client), which brings its own limit.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Limits the time of each attempt, from its start to the last byte of the answer. Default: 30 s.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Limits the time of a whole call: its attempts, and the waits between them. Default: 2 min.
    ///
    /// A wait that would last longer is not begun: the call ends at once with the error of its last attempt.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = limit;
        self
    }

    /// Sets when a request is sent again. Default: [`RetryPolicy::default`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sends with an existing [`reqwest::Client`]: its connections, its TLS, its proxy, its default headers.
    ///
    /// Its redirect policy must be [`Policy::none`]: redirects are an error here. If it follows them all the same, the
    /// secret is not carried on, for its bodies cannot be sent twice, and a call that ends at another URL is a
    /// [`Redirect`](crate::ErrorKind::Redirect) error; one that is redirected to its own URL is not noticed.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the token is blank or cannot be a header's value, if the
    /// base URL is not one that may be used, or if no TLS is there to use it with.
    pub fn build(self) -> Result<Client, ApiError> {
        let authorization = authorization(&self.token)?;
        let base_url = base_url(&self.base_url, self.allow_http)?;
        let http_client = match &self.http_client {
            Some(client) => client.clone(),
            None => http_client(&base_url, self.connect_timeout, self.timeout)?,
        };
        let base_url = base_url.as_str().trim_end_matches('/');
        let urls = Urls::new(base_url).map_err(|error| ApiError::configuration(format!("base URL: {error}")))?;
        let Self { timeout, deadline, retry, http_client: brought, .. } = self;
        let urls = Arc::new(urls);
        let inner = Inner { authorization, urls, is_brought: brought.is_some(), timeout, deadline, retry };
        Ok(Client::new_with_client(base_url, http_client, inner))
    }
}

/// Without the base URL: it may hold a password, which [`build`](ClientBuilder::build) refuses.
impl Debug for ClientBuilder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("token", &self.token)
            .field("allow_http", &self.allow_http)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("deadline", &self.deadline)
            .field("retry", &self.retry)
            .field("http_client", &self.http_client)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for another token over the same connections: a rotated token, or another bot's.
    ///
    /// This client stays as it is, and so do the calls that it has in flight.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the token is blank or cannot be a header's value.
    pub fn with_token(&self, token: impl Into<Secret>) -> Result<Self, ApiError> {
        let mut client = self.clone();
        client.inner.authorization = authorization(&token.into())?;
        Ok(client)
    }

    /// A client with another policy over the same connections: for a call, or a kind of calls, that may be repeated.
    ///
    /// ```
    /// # async fn untag(client: mantago::Client, request: mantago::types::PersonalTagMappingRequest) -> Result<(), mantago::ApiError> {
    /// use mantago::RetryPolicy;
    ///
    /// let patient = client.with_retry(RetryPolicy::default().attempts(5).repeat_harmless(true));
    /// patient.personal_tag_mapping_delete().bot_id("bot-7").body(request).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        let mut client = self.clone();
        client.inner.retry = policy;
        client
    }
}

/// What the hooks know of a client. Only [`ClientBuilder`] makes one.
#[derive(Clone, Debug)]
pub struct Inner {
    /// Marked as sensitive: it does not show in `Debug`.
    pub(crate) authorization: HeaderValue,
    pub(crate) urls: Arc<Urls>,
    /// Whether the `reqwest::Client` is the caller's: it may follow redirects, and has limits of its own.
    pub(crate) is_brought: bool,
    /// The limit of an attempt.
    pub(crate) timeout: Duration,
    /// The limit of a call.
    pub(crate) deadline: Duration,
    pub(crate) retry: RetryPolicy,
}

/// An environment variable; `None` if it is not set.
fn variable(name: &str) -> Result<Option<String>, ApiError> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(ApiError::configuration(format!("{name} is not Unicode"))),
    }
}

/// The `Authorization` header, made once. Its memory is cleared when its last user is gone.
fn authorization(token: &Secret) -> Result<HeaderValue, ApiError> {
    match token.expose_secret().trim() {
        "" => return Err(ApiError::configuration("the token is blank")),
        trimmed if trimmed != token.expose_secret() => {
            return Err(ApiError::configuration("the token has white space around it"));
        }
        _ => {}
    }
    let value = Zeroizing::new(format!("Bearer {}", token.expose_secret()).into_bytes());
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(value))
        .map_err(|_| ApiError::configuration("the token has a character that no HTTP header can carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Checks a base URL. Messages do not repeat it: it may hold a password.
fn base_url(text: &str, allow_http: bool) -> Result<Url, ApiError> {
    let refused = |why: &str| Err(ApiError::configuration(format!("base URL: {why}")));
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return refused(&format!("{error}: expected an https URL")),
    };
    match url.scheme() {
        "https" => {}
        "http" if allow_http || is_loopback(&url) => {}
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

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn http_client(base_url: &Url, connect_timeout: Duration, timeout: Duration) -> Result<reqwest::Client, ApiError> {
    if base_url.scheme() == "https" && !cfg!(any(feature = "rustls-no-provider", feature = "native-tls")) {
        return Err(ApiError::configuration(
            "https needs TLS: expected the feature \"rustls\" or \"native-tls\", or a reqwest::Client that has it",
        ));
    }
    let mut builder = reqwest::Client::builder()
        .user_agent(AGENT)
        .redirect(Policy::none())
        .connect_timeout(connect_timeout)
        .timeout(timeout);
    if base_url.scheme() == "http" && is_loopback(base_url) {
        // A proxy from the environment would be sent the secret in plain text.
        builder = builder.no_proxy();
    }
    let client = tls(builder)?.build();
    client.map_err(|error| ApiError::configuration(format!("the HTTP client: {}", crate::error::root(&error))))
}

#[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
#[expect(clippy::unnecessary_wraps, reason = "with TLS it may fail")]
fn tls(builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, ApiError> {
    Ok(builder)
}

/// Who turns on both means the one that is not on by default.
#[cfg(feature = "native-tls")]
#[expect(clippy::unnecessary_wraps, reason = "with rustls it may fail")]
fn tls(builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, ApiError> {
    Ok(builder.tls_backend_native())
}

/// With the application's default provider of cryptography or, if it has set none, with ring.
#[cfg(all(feature = "rustls-no-provider", not(feature = "native-tls")))]
fn tls(builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, ApiError> {
    if rustls::crypto::CryptoProvider::get_default().is_some() {
        return Ok(builder.tls_backend_rustls());
    }
    #[cfg(feature = "rustls")]
    {
        use rustls_platform_verifier::BuilderVerifierExt;

        // Not as the default of the process: that is the application's to choose.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|error| ApiError::configuration(format!("TLS: {error}")))?;
        Ok(builder.tls_backend_preconfigured(config.with_no_client_auth()))
    }
    #[cfg(not(feature = "rustls"))]
    Err(ApiError::configuration(
        "TLS has no CryptoProvider: expected the feature \"rustls\", or a default that is installed before",
    ))
}
