//! A call: the only place where a request is sent, retried and judged.

use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout};

use crate::credentials::Pair;
use crate::current::Current;
use crate::identity::check_text;
use crate::response::Received;
pub(crate) use crate::response::Success;
use crate::retry::Throttle;
use crate::{Credentials, Error, ErrorKind, Response, RetryPolicy, outcome};

/// What a client knows beside its HTTP client and its base URL.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) current: Arc<Current>,
    pub(crate) throttle: Arc<Throttle>,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    /// The bot whose credentials they are, where it is known.
    pub(crate) bot_id: Option<Arc<str>>,
    /// What each request has beside its own.
    pub(crate) headers: HeaderMap,
    /// The host of the base URL.
    pub(crate) server: Arc<str>,
    /// What an error says after it: the port, and the proxy that the environment names, if there is one.
    pub(crate) via: Arc<str>,
}

impl Settings {
    /// The bot of an operation that is given none.
    pub(crate) fn bot_id(&self) -> Result<String, String> {
        let missing = "bot_id is missing: set it with bot_id(…), or for all calls with ClientBuilder::bot_id";
        self.bot_id.as_deref().map(str::to_owned).ok_or_else(|| missing.to_owned())
    }
}

/// How long each step may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) attempt: Duration,
    pub(crate) call: Duration,
}

/// What the document says of an operation.
pub(crate) struct Operation<'a> {
    pub(crate) method: &'a str,
    /// With the names of its parameters in braces.
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "a name in the span"))]
    pub(crate) path: &'a str,
    pub(crate) success: Success,
}

/// Makes a call. `make` makes its request, anew for each attempt, with the credentials of that moment.
pub(crate) async fn send<T: DeserializeOwned>(
    settings: &Settings,
    operation: &Operation<'_>,
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
    operation: &Operation<'_>,
    make: impl Fn(&Credentials) -> RequestBuilder,
) -> Result<Response<T>, Error> {
    let start = Instant::now();
    let left = || settings.limits.call.saturating_sub(start.elapsed());
    let is_safe = matches!(operation.method, "GET" | "HEAD");
    let (mut attempts, mut retries) = (0, 0);
    let mut last: Option<Error> = None;
    settings.throttle.deposit();
    let error = loop {
        if let Some(pause) = settings.throttle.pause() {
            if pause.left >= left() || !settings.retry.allows(pause.left) {
                break last.unwrap_or_else(|| Error::paused(pause.asked_left));
            }
            #[cfg(feature = "tracing")]
            tracing::debug!(wait_ms = pause.left.as_millis(), "pausing, as a 429 asked to");
            settings.throttle.wait(pause.left, left()).await;
            continue;
        }
        if left().is_zero() {
            break last.unwrap_or_else(Error::too_late);
        }

        let pair = settings.current.get();
        attempts += 1;
        let mut error = match attempt(settings, operation.success, &pair, &make, left()).await {
            Ok(response) => return Ok(Response { attempts, ..response }),
            Err(error) => error.after(last.as_ref(), attempts),
        };
        settings.throttle.observe(&error, &settings.retry);

        if error.kind() == ErrorKind::Unauthorized {
            let replaced = timeout(left(), settings.current.replace(&pair)).await;
            #[cfg(feature = "tracing")]
            if !matches!(replaced, Ok(Ok(false))) {
                let outcome = if matches!(replaced, Ok(Ok(true))) { "replaced" } else { "failed" };
                tracing::debug!(outcome, "refreshed the credentials");
            }
            match replaced {
                Ok(Ok(true)) if !left().is_zero() => {
                    last = Some(error);
                    continue;
                }
                Ok(Ok(false)) => {}
                Ok(Err(failure)) => error = error.caused_by(failure),
                Ok(Ok(true)) | Err(_) => error = error.caused_by("the deadline ended the call before a refresh did"),
            }
        }
        match settings.retry.wait(&error, retries, is_safe) {
            Some(backoff) if backoff < left() && settings.throttle.allow_retry(&error) => {
                #[cfg(feature = "tracing")]
                crate::span::retry(attempts, &error, backoff);
                settings.throttle.wait(backoff, left()).await;
                last = Some(error);
                retries += 1;
            }
            _ => break error,
        }
    };
    Err(error.took(start.elapsed()))
}

/// Sends the request once.
async fn attempt<T: DeserializeOwned>(
    settings: &Settings,
    documented: Success,
    pair: &Arc<Pair>,
    make: impl Fn(&Credentials) -> RequestBuilder,
    left: Duration,
) -> Result<Response<T>, Error> {
    let start = Instant::now();
    let limit = settings.limits.attempt.min(left);
    let request = make(&pair.credentials).headers(settings.headers.clone());
    let request = request.header(AUTHORIZATION, pair.authorization.clone()).timeout(limit);
    let response = request.send().await.map_err(|error| {
        let server = format!("{}{}", settings.server, settings.via);
        outcome::no_response(error, start.elapsed(), &server)
    })?;
    // By now, there may be another pair, which the server may know.
    let redaction = pair.redaction.merge(&settings.current.get().redaction);
    let received = Received::read(response, &redaction).await;
    let response = outcome::judge(received, documented, redaction)?;
    settings.current.accept(pair);
    Ok(response)
}

/// Refuses an ID that cannot be meant: a blank one, or one with white space around it.
pub(crate) fn check_id(name: &str, id: &str) -> Result<(), Error> {
    check_text(id).map_err(|why| Error::invalid_request(format_args!("{name} {why}")))
}

/// Refuses a path parameter that a URL cannot hold: the URL parser takes these for parts of the path, escaped or not.
pub(crate) fn check_segment(name: &str, segment: &str) -> Result<(), Error> {
    if matches!(segment, "" | "." | "..") || segment.contains('\\') {
        let why = "cannot be part of a URL's path: it is empty, \".\" or \"..\", or has a backslash";
        return Err(Error::invalid_request(format_args!("{name} {why}")));
    }
    Ok(())
}
