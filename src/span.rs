//! The `tracing` span of a call, with OpenTelemetry's names for an HTTP client. It has no body, no query and no header.

use std::time::Duration;

use tracing::field::Empty;
use tracing::{Instrument, debug, info_span};

use crate::{Error, Response};

/// Makes a call within its span.
pub(crate) async fn record<T>(
    method: &str,
    path: &str,
    server: &str,
    call: impl Future<Output = Result<Response<T>, Error>>,
) -> Result<Response<T>, Error> {
    let span = info_span!(
        "mantago",
        otel.kind = "client",
        otel.name = format!("{method} {path}"),
        http.request.method = method,
        url.template = path,
        server.address = server,
        http.response.status_code = Empty,
        http.request.resend_count = Empty,
        error.type = Empty,
    );
    let outcome = call.instrument(span.clone()).await;
    let (status, attempts) = match &outcome {
        Ok(response) => (Some(response.status()), response.attempts()),
        Err(error) => (error.status(), error.attempts()),
    };
    span.record("http.response.status_code", status.map(|status| status.as_u16()));
    span.record("http.request.resend_count", (attempts > 1).then(|| attempts - 1));
    span.record("error.type", outcome.as_ref().err().map(error_type));
    outcome
}

/// Tells of an attempt that is followed by another.
pub(crate) fn retry(attempt: u32, error: &Error, wait: Duration) {
    debug!(attempt, reason = error_type(error), wait_ms = wait.as_millis(), "retrying after a wait");
}

/// As OpenTelemetry asks: the status of an error response, otherwise the kind of failure.
fn error_type(error: &Error) -> String {
    match error.status().filter(|status| !status.is_success()) {
        Some(status) => status.as_str().to_owned(),
        None => format!("{:?}", error.kind()),
    }
}
