//! The `tracing` span of a call, with OpenTelemetry's names for an HTTP client. No body, query or header is recorded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::field::Empty;
use tracing::{Instrument, debug, info_span, warn};

use crate::credentials::Pair;
use crate::error::{Cause, chain};
use crate::operation::{Operation, Target};
use crate::{Error, Response};

/// Runs a call within its span.
pub(crate) async fn record<T>(
    operation: &Operation<'_>,
    target: &Target<'_>,
    call: impl Future<Output = Result<Response<T>, Error>>,
) -> Result<Response<T>, Error> {
    let start = Instant::now();
    let span = info_span!(
        target: "mantago",
        "mantago",
        otel.kind = "client",
        otel.name = %format_args!("{} {}", operation.method, operation.path),
        otel.status_code = Empty,
        http.request.method = operation.method.as_str(),
        server.address = target.url.host_str(),
        server.port = target.url.port_or_known_default(),
        mantago.bot_id = target.bot_id,
        http.response.status_code = Empty,
        http.request.resend_count = Empty,
        error.type = Empty,
    );
    let result = call.instrument(span.clone()).await;
    let (status, attempts) = match &result {
        Ok(response) => (Some(response.status()), response.attempts()),
        Err(error) => (error.status(), error.attempts()),
    };
    span.record("http.response.status_code", status.map(|status| status.as_u16()));
    span.record("http.request.resend_count", (attempts > 1).then(|| attempts - 1));
    let elapsed_ms = start.elapsed().as_millis();
    span.in_scope(|| match &result {
        Ok(response) => {
            let outcome = response.status().as_u16();
            debug!(target: "mantago", outcome, attempts, elapsed_ms, "the call succeeded");
        }
        Err(error) => {
            let outcome = error_type(error);
            span.record("otel.status_code", "ERROR");
            span.record("error.type", &outcome);
            debug!(target: "mantago", outcome, attempts, elapsed_ms, "the call failed");
        }
    });
    result
}

/// Logs that a call waits before it sends anything.
pub(crate) fn pause(wait: Duration) {
    debug!(target: "mantago", wait_ms = wait.as_millis(), "pausing after a 429");
}

/// Logs a failed attempt that is retried.
pub(crate) fn retry(attempt: u32, error: &Error, wait: Duration) {
    debug!(target: "mantago", attempt, reason = error_type(error), wait_ms = wait.as_millis(), "retrying after a wait");
}

/// Logs the end of a refresh.
pub(crate) fn refreshed(pair: &Result<Arc<Pair>, Cause>, refused: &Pair) {
    match pair {
        Ok(_) => debug!(target: "mantago", "refreshed the credentials"),
        Err(cause) => {
            let reason = refused.redaction.text(&chain(&**cause));
            warn!(target: "mantago", reason, "refreshing the credentials failed");
        }
    }
}

/// The `error.type` that OpenTelemetry specifies: the status of an error response, otherwise the kind of failure.
fn error_type(error: &Error) -> String {
    match error.status().filter(|status| !status.is_success()) {
        Some(status) => status.as_str().to_owned(),
        None => format!("{:?}", error.kind()),
    }
}
