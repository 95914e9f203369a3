//! A call: the only place where a request is sent, retried and judged.

use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::AUTHORIZATION;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout};

use crate::credentials::{Current, Pair, check_text};
use crate::response::Received;
use crate::retry::Manners;
use crate::{Credentials, Error, ErrorKind, Response, RetryPolicy};

/// What a client knows beside its HTTP client and its base URL.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) current: Arc<Current>,
    pub(crate) manners: Arc<Manners>,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    /// The host of the base URL.
    pub(crate) server: Arc<str>,
    /// What an error says after it: the proxy that the environment names, if there is one.
    pub(crate) via: Arc<str>,
}

/// How long each step may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) attempt: Duration,
    pub(crate) call: Duration,
}

/// What the document says of an operation.
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    /// With the names of its parameters in braces.
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "a name in the span"))]
    pub(crate) path: &'static str,
    #[allow(dead_code, reason = "it is read when responses are")]
    pub(crate) success: Success,
}

/// What the document says of a success.
#[allow(dead_code, reason = "which of them there are is the document's")]
pub(crate) enum Success {
    Object,
    Value,
    Nothing,
}

/// Makes a call. `make` makes its request, anew for each attempt, with the credentials of that moment.
pub(crate) async fn send<T: DeserializeOwned>(
    settings: &Settings,
    operation: &Operation,
    make: impl Fn(&Credentials) -> RequestBuilder,
) -> Result<Response<T>, Error> {
    let call = repeat(settings, operation, make);
    #[cfg(feature = "tracing")]
    let call = crate::span::record(operation.method, operation.path, &settings.server, call);
    call.await
}

/// Makes attempts until one succeeds, or nothing allows another.
async fn repeat<T: DeserializeOwned>(
    settings: &Settings,
    operation: &Operation,
    make: impl Fn(&Credentials) -> RequestBuilder,
) -> Result<Response<T>, Error> {
    let start = Instant::now();
    let left = || settings.limits.call.saturating_sub(start.elapsed());
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
            match timeout(left(), settings.current.replace(pair)).await {
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

/// Sends the request once. A success is any 2xx whose body is the documented one and does not say `success: false`.
async fn attempt<T: DeserializeOwned>(
    settings: &Settings,
    pair: &Pair,
    make: impl Fn(&Credentials) -> RequestBuilder,
    left: Duration,
) -> Result<Response<T>, Error> {
    let limit = settings.limits.attempt.min(left);
    let request = make(&pair.credentials).header(AUTHORIZATION, pair.authorization.clone()).timeout(limit);
    let response = request.send().await.map_err(|error| {
        let server = format!("{}{}", settings.server, settings.via);
        Error::transport(error, limit, settings.limits.connect, &server)
    })?;
    let received = Received::read(response).await;
    let mut failure = None;
    if received.status.is_success() && !received.is_refusal() && received.broken.is_none() {
        match serde_json::from_slice(&received.body) {
            Ok(body) => return Ok(Response { body, status: received.status, headers: received.headers, attempts: 1 }),
            Err(error) => failure = Some(error),
        }
    }
    Err(Error::response(received, failure, &pair.redaction))
}

/// Refuses an ID that cannot be meant: a blank one, or one with white space around it.
pub(crate) fn check_id(name: &str, id: &str) -> Result<(), Error> {
    check_text(id).map_err(|why| Error::invalid_request(format_args!("{name} {why}")))
}

/// Refuses a path parameter that a URL cannot hold: the URL parser takes these for parts of the path, escaped or not.
#[allow(dead_code, reason = "no vendored operation has a path parameter yet")]
pub(crate) fn check_segment(name: &str, segment: &str) -> Result<(), Error> {
    if matches!(segment, "" | "." | "..") || segment.contains('\\') {
        let why = "cannot be part of a URL's path: it is empty, \".\" or \"..\", or has a backslash";
        return Err(Error::invalid_request(format_args!("{name} {why}")));
    }
    Ok(())
}
