//! A call: the only place where a request is sent, retried and judged.

use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout};

use crate::credentials::{CurrentPair, Pair};
use crate::error::Verdict;
use crate::response::{End, Received};
use crate::retry::Manners;
use crate::{Credentials, Error, ErrorKind, Response, RetryPolicy};

/// What a client knows beside its HTTP client and its base URL.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) current: Arc<CurrentPair>,
    pub(crate) manners: Arc<Manners>,
    pub(crate) retry: RetryPolicy,
    pub(crate) connect_timeout: Duration,
    /// The limit of an attempt.
    pub(crate) timeout: Duration,
    /// The limit of a call.
    pub(crate) deadline: Duration,
    /// The host of the base URL.
    pub(crate) server: Arc<str>,
    /// The proxy from the environment, for the text of an error.
    pub(crate) proxy: Option<Arc<str>>,
}

impl Settings {
    /// The server, and how it is reached.
    fn via(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("{} via the proxy {proxy}", self.server),
            None => self.server.to_string(),
        }
    }
}

/// What the document says of an operation.
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    /// With the names of its parameters in braces.
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "a name in the span"))]
    pub(crate) path: &'static str,
}

/// Makes a call. `make` makes its request, anew for each attempt, with the credentials of that moment.
pub(crate) async fn send<T: DeserializeOwned>(
    settings: &Settings,
    operation: &Operation,
    make: impl Fn(&Credentials) -> RequestBuilder,
) -> Result<Response<T>, Error> {
    #[cfg(feature = "tracing")]
    {
        use tracing::Instrument;

        let span = crate::span::begin(operation.method, operation.path, &settings.server);
        let outcome = repeat(settings, operation, make).instrument(span.clone()).await;
        crate::span::end(&span, &outcome);
        outcome
    }
    #[cfg(not(feature = "tracing"))]
    repeat(settings, operation, make).await
}

/// Makes attempts until one succeeds, or nothing allows another.
async fn repeat<T: DeserializeOwned>(
    settings: &Settings,
    operation: &Operation,
    make: impl Fn(&Credentials) -> RequestBuilder,
) -> Result<Response<T>, Error> {
    let start = Instant::now();
    let left = || settings.deadline.saturating_sub(start.elapsed());
    let is_safe = matches!(operation.method, "GET" | "HEAD");
    let (mut attempts, mut retries) = (0, 0);
    let mut is_refreshed = false;
    let mut last = None;
    settings.manners.deposit();
    loop {
        let pause = settings.manners.pause();
        if !pause.is_zero() {
            if pause >= left() || !settings.retry.allows(pause) {
                return Err(last.unwrap_or_else(|| Error::paused(pause)));
            }
            wait(pause).await;
            continue;
        }

        let pair = settings.current.get();
        attempts += 1;
        let mut error = match attempt(settings, &pair, &make, left()).await {
            Ok(response) => return Ok(Response { attempts, ..response }),
            Err(error) => error.after(attempts, start.elapsed()),
        };
        settings.manners.observe(&error);

        if error.kind() == ErrorKind::Unauthorized && !is_refreshed {
            is_refreshed = true;
            match timeout(left(), settings.current.replace(&pair)).await {
                Ok(Ok(true)) => {
                    last = Some(error);
                    continue;
                }
                Ok(Err(failure)) => error = error.caused_by(failure),
                Ok(Ok(false)) | Err(_) => {}
            }
        }
        match settings.retry.wait(&error, retries, is_safe) {
            Some(backoff) if backoff < left() && settings.manners.allow_retry(&error) => {
                last = Some(error);
                retries += 1;
                wait(backoff).await;
            }
            _ => return Err(error),
        }
    }
}

async fn wait(duration: Duration) {
    #[cfg(feature = "tracing")]
    tracing::debug!(wait_ms = duration.as_millis(), "waiting before the next attempt");
    sleep(duration).await;
}

/// Sends the request once, and judges the response.
async fn attempt<T: DeserializeOwned>(
    settings: &Settings,
    pair: &Pair,
    make: impl Fn(&Credentials) -> RequestBuilder,
    left: Duration,
) -> Result<Response<T>, Error> {
    let limit = settings.timeout.min(left);
    let request = make(&pair.credentials).header(AUTHORIZATION, pair.authorization.clone()).timeout(limit);
    let response = request
        .send()
        .await
        .map_err(|error| Error::transport(error, limit, settings.connect_timeout, &settings.via()))?;
    judge(Received::read(response).await, pair)
}

/// A success is any 2xx whose body is the documented one and does not say `success: false`.
fn judge<T: DeserializeOwned>(received: Received, pair: &Pair) -> Result<Response<T>, Error> {
    let verdict = match (received.status.is_success(), &received.end) {
        (false, _) => Verdict::ErrorStatus,
        (true, _) if is_refusal(&received.body) => Verdict::Refusal,
        (true, End::Complete) => match serde_json::from_slice(&received.body) {
            Ok(body) => return Ok(Response { body, status: received.status, headers: received.headers, attempts: 1 }),
            Err(failure) => Verdict::NoSuccess(Some(failure)),
        },
        (true, _) => Verdict::NoSuccess(None),
    };
    Err(Error::response(received, verdict, &pair.credentials.redaction()))
}

fn is_refusal(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Outcome {
        success: bool,
    }
    serde_json::from_slice(body).is_ok_and(|Outcome { success }| !success)
}

/// Refuses an ID that cannot be meant: a blank one, or one with white space around it.
pub(crate) fn check_id(name: &str, id: &str) -> Result<(), Error> {
    match id.trim() {
        "" => Err(Error::invalid_request(format_args!("{name} is blank: expected an ID"))),
        trimmed if trimmed != id => Err(Error::invalid_request(format_args!("{name} has white space around it"))),
        _ => Ok(()),
    }
}

/// Refuses a path parameter that a URL cannot hold: progenitor escapes what RFC 3986 asks for, and the URL parser
/// then takes these for parts of the path all the same.
#[allow(dead_code, reason = "no vendored operation has a path parameter yet")]
pub(crate) fn check_segment(name: &str, segment: &str) -> Result<(), Error> {
    if matches!(segment, "" | "." | "..") || segment.contains('\\') {
        let why = "cannot be part of a URL's path: it is empty, \".\" or \"..\", or has a backslash";
        return Err(Error::invalid_request(format_args!("{name} {why}")));
    }
    Ok(())
}
