//! Turns a response, or the lack of one, into the outcome of an attempt: the documented success or an [`Error`].
//!
//! A 2xx with an unexpected body is not a success: it may come from a gateway, report a failure, break off or never end.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use serde::de::DeserializeOwned;

use crate::envelope::{Details, Envelope};
use crate::error::{Facts, Rounded, root};
use crate::redaction::Redaction;
use crate::response::{BEYOND_LIMIT, ERROR_BODY_LIMIT, Received, SUCCESS_BODY_LIMIT, Success};
use crate::{Error, ErrorCode, ErrorKind, Response, json};

/// The outcome of an attempt with this response.
pub(crate) fn judge<T: DeserializeOwned>(
    received: Received,
    documented: Success,
    redaction: Redaction,
) -> Result<Response<T>, Error> {
    let body = received.body.clone();
    let text = json::text(&body);
    // serde would also accept an array for a struct.
    let is_object = json::is_object(&text);
    let read = serde_json::from_str::<Envelope>(&text);
    let unread = read.as_ref().err().map(ToString::to_string);
    let envelope = read.ok().filter(|_| is_object).unwrap_or_default();
    let failure = match documented {
        _ if !received.status.is_success() || received.broken.is_some() => unread,
        _ if envelope.is_failure() || envelope.has_error() => Some("an error in a success".to_owned()),
        Success::Object if !is_object => unread.or(Some("expected an object".to_owned())),
        _ => {
            let is_null = match documented {
                Success::Nothing => true,
                Success::Any => text.trim_ascii().is_empty(),
                Success::Object | Success::Value => false,
            };
            match serde_json::from_str(if is_null { "null" } else { &text }) {
                Ok(body) => {
                    let Received { status, headers, .. } = received;
                    return Ok(Response { body, status, headers, attempts: 1, redaction });
                }
                Err(failure) => Some(failure.to_string()),
            }
        }
    };
    Err(no_success(received, &envelope, failure, &redaction))
}

/// The error for a response that is not the documented success. `failure` is the reason, if the body isn't enough.
fn no_success(received: Received, envelope: &Envelope, failure: Option<String>, redaction: &Redaction) -> Error {
    let details = envelope.details();
    let kind = kind(&received, envelope, details.is_some());
    let message = details.and_then(Details::message).or(envelope.message());
    let message = message.map(|message| characters(kept(message.to_owned().into(), redaction)));
    // The parser's error may quote a credential.
    let reason = failure.map(|failure| redaction.text(&failure));
    let facts = Facts {
        text: describe(&received, kind, message.as_deref(), reason),
        status: Some(received.status),
        code: details.and_then(Details::code).map(ErrorCode::from),
        message,
        retry_after: received.retry_after(),
        uncertain: kind != ErrorKind::Refused && !matches!(received.status.as_u16(), 300..=407 | 409..=499),
        body: kept(received.body, redaction),
        headers: received.headers,
        source: received.broken.map(Into::into),
        ..Facts::default()
    };
    Error::new(kind, facts)
}

/// The start of a text, up to the length that an error keeps, without credentials.
fn kept(text: Bytes, redaction: &Redaction) -> Bytes {
    match redaction.bytes(&text[..text.len().min(ERROR_BODY_LIMIT + BEYOND_LIMIT)]) {
        Cow::Borrowed(_) if text.len() <= ERROR_BODY_LIMIT => text,
        redacted => Bytes::copy_from_slice(&redacted[..redacted.len().min(ERROR_BODY_LIMIT)]),
    }
}

/// Drops a truncated character at the end of a text.
fn characters(text: Bytes) -> String {
    String::from_utf8(text.into()).unwrap_or_else(|error| {
        let end = error.utf8_error().valid_up_to();
        let mut bytes = error.into_bytes();
        bytes.truncate(end);
        String::from_utf8(bytes).unwrap_or_default()
    })
}

fn kind(received: &Received, envelope: &Envelope, has_details: bool) -> ErrorKind {
    match received.status.as_u16() {
        200..=299 if envelope.is_failure() => ErrorKind::Refused,
        200..=299 => received.broken.as_ref().map_or(ErrorKind::UnexpectedResponse, kind_of_loss),
        300..=399 if received.headers.contains_key(LOCATION) => ErrorKind::Redirect,
        401 => ErrorKind::Unauthorized,
        // Without details, these may come from a firewall or another server.
        403 if has_details => ErrorKind::PermissionDenied,
        404 if has_details => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::UnexpectedResponse,
    }
}

fn kind_of_loss(error: &reqwest::Error) -> ErrorKind {
    if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Connection }
}

/// Describes a response, unless the server's message does.
fn describe(
    received: &Received,
    kind: ErrorKind,
    message: Option<&str>,
    failure: Option<String>,
) -> Option<Cow<'static, str>> {
    let text = match (kind, message, &received.broken) {
        (ErrorKind::Refused, Some(_), _) => return None,
        (ErrorKind::Refused, None, _) => return Some("no message".into()),
        (ErrorKind::Redirect, ..) => {
            let target = received.header(LOCATION).unwrap_or_default();
            format!("redirected to {target}, which is not followed: check the base URL")
        }
        (_, Some(_), _) if !received.status.is_success() => return None,
        (_, _, Some(error)) => format!("the response broke off after {} bytes: {}", received.body.len(), root(error)),
        _ => {
            let content_type = received.header(CONTENT_TYPE).unwrap_or("no content type".into());
            let reason = failure.unwrap_or("no errResponse.message".to_owned());
            let body = match received.body.len() {
                0 => "empty".to_owned(),
                1 => format!("1 byte, {reason}"),
                length if length > SUCCESS_BODY_LIMIT => "more than 16 MiB".to_owned(),
                length if length > ERROR_BODY_LIMIT => format!("more than 64 KiB, {reason}"),
                length => format!("{length} bytes, {reason}"),
            };
            let quoted = message.map(|message| format!("; its message: {message}")).unwrap_or_default();
            format!("the response is not the documented JSON: {content_type}, {body}{quoted}")
        }
    };
    Some(text.into())
}

/// The error of an attempt that ended without a response after this time.
pub(crate) fn no_response(error: reqwest::Error, elapsed: Duration, server: &str) -> Error {
    let cause = root(&error);
    if error.is_builder() {
        return Error::invalid_request(cause);
    }
    let unsent = error.is_connect();
    let limit = Rounded(elapsed);
    let text = match (error.is_timeout(), unsent) {
        (true, true) => format!("timed out: no connection to {server} within {limit}"),
        (true, false) => format!("timed out: no complete response from {server} within {limit}"),
        (false, true) => format!("no connection to {server}: {cause}"),
        (false, false) => format!("connection to {server} lost: {cause}"),
    };
    let (kind, text) = (kind_of_loss(&error), Some(text.into()));
    Error::new(kind, Facts { text, unsent, uncertain: !unsent, source: Some(error.into()), ..Facts::default() })
}
