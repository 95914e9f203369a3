//! Makes a call: sends the request, refreshes refused credentials, and retries.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::AUTHORIZATION;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout};

use crate::client::{Client, Settings};
use crate::credentials::Pair;
use crate::error::Cause;
use crate::identity::check_text;
pub(crate) use crate::operation::{Operation, Target};
use crate::response::Received;
pub(crate) use crate::response::Success;
use crate::throttle::Pause;
use crate::{Credentials, Error, ErrorKind, Response, outcome};

/// The time that a call has spent and has left. `tick` reads the clock, once after each attempt or wait.
struct Clock {
    start: Instant,
    now: Instant,
    limit: Duration,
}

impl Clock {
    fn start(limit: Duration) -> Self {
        let now = Instant::now();
        Self { start: now, now, limit }
    }

    fn tick(&mut self) {
        self.now = Instant::now();
    }

    fn elapsed(&self) -> Duration {
        self.now.saturating_duration_since(self.start)
    }

    fn left(&self) -> Duration {
        self.limit.saturating_sub(self.elapsed())
    }
}

/// Makes a call. `complete` adds the query and the body to each attempt's request; the body needs the current secret.
pub(crate) async fn send<T: DeserializeOwned>(
    client: &Client,
    operation: &Operation<'_>,
    target: Target<'_>,
    complete: impl Fn(RequestBuilder, &Credentials) -> RequestBuilder,
) -> Result<Response<T>, Error> {
    let make = |credentials: &Credentials| {
        complete(client.0.http.request(operation.method.clone(), target.url.clone()), credentials)
    };
    let call = repeat(&client.0, operation, make);
    #[cfg(feature = "tracing")]
    let call = crate::span::record(operation, &target, call);
    call.await
}

/// Makes attempts until one succeeds, or until the error, the policy or the deadline rules out another.
async fn repeat<T: DeserializeOwned>(
    settings: &Settings,
    operation: &Operation<'_>,
    make: impl Fn(&Credentials) -> RequestBuilder,
) -> Result<Response<T>, Error> {
    let mut clock = Clock::start(settings.limits.call);
    let is_safe = operation.method.is_safe();
    let (mut attempts, mut retries) = (0, 0);
    let mut last: Option<Error> = None;
    settings.throttle.deposit();
    let error = loop {
        if let Err(pause) = wait_out_pause(settings, &mut clock).await {
            break last.unwrap_or_else(|| Error::paused(pause.asked_left(clock.now)));
        }
        if clock.left().is_zero() {
            break last.unwrap_or_else(Error::too_late);
        }

        let pair = settings.credentials.get();
        attempts += 1;
        let mut error = match attempt(settings, operation.success, &pair, &make, &clock).await {
            Ok(response) => return Ok(Response { attempts, ..response }),
            Err(error) => error.after(last.as_ref(), attempts),
        };
        clock.tick();
        settings.throttle.observe(&error, &settings.retry, clock.now);

        if error.kind() == ErrorKind::Unauthorized {
            match refresh(settings, &pair, &mut clock).await {
                Ok(true) => {
                    last = Some(error);
                    continue;
                }
                Ok(false) => {}
                Err(cause) => error = error.not_refreshed(cause, &pair.redaction),
            }
        }
        match settings.retry.wait(&error, retries, is_safe) {
            Some(backoff) if backoff < clock.left() && settings.throttle.allow_retry(&error) => {
                #[cfg(feature = "tracing")]
                crate::span::retry(attempts, &error, backoff);
                settings.throttle.wait(backoff, clock.left()).await;
                clock.tick();
                last = Some(error);
                retries += 1;
            }
            _ => break error,
        }
    };
    Err(error.took(clock.elapsed()))
}

/// Waits while the client is paused. Fails with the pause if it is longer than the call may wait.
async fn wait_out_pause(settings: &Settings, clock: &mut Clock) -> Result<(), Pause> {
    while let Some(pause) = settings.throttle.pause(clock.now) {
        let wait = pause.left(clock.now);
        if wait >= clock.left() || !settings.retry.allows(wait) {
            return Err(pause);
        }
        #[cfg(feature = "tracing")]
        crate::span::pause(wait);
        settings.throttle.wait(wait, clock.left()).await;
        clock.tick();
    }
    Ok(())
}

/// Replaces a refused pair. `false` if the client has neither a different pair nor a function that fetches one.
async fn refresh(settings: &Settings, refused: &Arc<Pair>, clock: &mut Clock) -> Result<bool, Cause> {
    let replaced = timeout(clock.left(), settings.credentials.replace(refused)).await;
    clock.tick();
    match replaced {
        Ok(Ok(true)) if clock.left().is_zero() => Err(TOO_LATE.into()),
        Ok(replaced) => Ok(replaced?),
        Err(_) => Err(TOO_LATE.into()),
    }
}

const TOO_LATE: &str = "the deadline ended the call before a refresh did";

/// Sends the request once.
async fn attempt<T: DeserializeOwned>(
    settings: &Settings,
    documented: Success,
    pair: &Arc<Pair>,
    make: impl Fn(&Credentials) -> RequestBuilder,
    clock: &Clock,
) -> Result<Response<T>, Error> {
    let limit = settings.limits.attempt.min(clock.left());
    let mut request = make(&pair.credentials).header(AUTHORIZATION, pair.authorization.clone());
    if limit != settings.limits.http {
        request = request.timeout(limit);
    }
    if !settings.headers.is_empty() {
        request = request.headers(settings.headers.clone());
    }
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) => return Err(outcome::no_response(error, clock.now.elapsed(), &settings.server)),
    };
    // The response may also repeat a pair that was set during the attempt.
    let redaction = pair.redaction.merge(&settings.credentials.get().redaction);
    let received = Received::read(response, &redaction).await;
    let success = outcome::judge(received, documented, redaction)?;
    settings.credentials.accept(pair);
    Ok(success)
}

/// The client's bot, for an operation whose `bot_id` is not set.
pub(crate) fn default_bot(client: &Client) -> Result<String, Cow<'static, str>> {
    let missing = "bot_id is missing: set it with bot_id(…), or for all calls with ClientBuilder::bot_id";
    client.bot_id().map(str::to_owned).ok_or(missing.into())
}

/// Rejects an ID that is blank or has white space around it.
pub(crate) fn check_id(name: &str, id: &str) -> Result<(), Error> {
    check_text(id).map_err(|why| Error::invalid_request(format_args!("{name} {why}")))
}

/// Rejects a path parameter that a URL parser would resolve (`..`) or split (a backslash), even if it is escaped.
pub(crate) fn check_segment(name: &str, segment: &str) -> Result<(), Error> {
    if matches!(segment, "" | "." | "..") || segment.contains('\\') {
        let why = "cannot be part of a URL's path: it is empty, \".\" or \"..\", or has a backslash";
        return Err(Error::invalid_request(format_args!("{name} {why}")));
    }
    Ok(())
}
