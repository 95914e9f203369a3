//! What `tracing` is told: which operation, which attempt, what came of it, and how long it took. No body, no header,
//! no URL.

use std::time::Duration;

use reqwest::Response;
use tracing::debug;

pub(crate) fn attempt_ended(operation: &str, attempt: u32, elapsed: Duration, outcome: &reqwest::Result<Response>) {
    let (status, failure) = (status(outcome), failure(outcome));
    debug!(target: "mantago", operation, attempt, status, failure, duration_ms = millis(elapsed), "attempt ended");
}

pub(crate) fn waiting(operation: &str, attempt: u32, wait: Duration) {
    debug!(target: "mantago", operation, attempt, wait_ms = millis(wait), "waiting before the next attempt");
}

pub(crate) fn call_ended(operation: &str, attempts: u32, elapsed: Duration, outcome: &reqwest::Result<Response>) {
    let (status, failure) = (status(outcome), failure(outcome));
    debug!(target: "mantago", operation, attempts, status, failure, duration_ms = millis(elapsed), "call ended");
}

fn status(outcome: &reqwest::Result<Response>) -> Option<u16> {
    outcome.as_ref().ok().map(|response| response.status().as_u16())
}

/// What kept an answer from coming. reqwest's own text has the URL in it, and so the bot's ID.
fn failure(outcome: &reqwest::Result<Response>) -> Option<&'static str> {
    let error = outcome.as_ref().err()?;
    Some(match (error.is_connect(), error.is_timeout()) {
        (true, true) => "connecting timed out",
        (true, false) => "no connection",
        (false, true) => "timed out",
        (false, false) => "connection lost",
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
