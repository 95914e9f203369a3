//! The `tracing` span of a call, with OpenTelemetry's names for an HTTP client. It has no body, no query and no header.

use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::{Error, Response};

pub(crate) fn begin(method: &str, path: &str, server: &str) -> Span {
    info_span!(
        "mantago",
        otel.kind = "client",
        otel.name = format!("{method} {path}"),
        http.request.method = method,
        url.template = path,
        server.address = server,
        http.response.status_code = Empty,
        http.request.resend_count = Empty,
        error.type = Empty,
    )
}

pub(crate) fn end<T>(span: &Span, outcome: &Result<Response<T>, Error>) {
    let (status, attempts) = match outcome {
        Ok(response) => (Some(response.status()), response.attempts()),
        Err(error) => (error.status(), error.attempts()),
    };
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    if attempts > 1 {
        span.record("http.request.resend_count", attempts - 1);
    }
    if let Err(error) = outcome {
        span.record("error.type", error_type(error));
    }
}

/// As OpenTelemetry asks: the status of an error response, otherwise the kind of failure.
fn error_type(error: &Error) -> String {
    match error.status().filter(|status| !status.is_success()) {
        Some(status) => status.as_str().to_owned(),
        None => format!("{:?}", error.kind()),
    }
}
