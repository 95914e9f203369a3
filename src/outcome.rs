//! How an attempt ends: as the documented success, or as the one [`Error`], made from a response or from the lack of one.
//!
//! A status alone proves little. A gateway responds in the place of MantaGO, a success may say in its body that it is none, and
//! a body may lie, break off or never end. So a success is nothing but the documented one, and an error says what came.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Facts, root};
use crate::redaction::Redaction;
use crate::response::{BEYOND_LIMIT, ERROR_BODY_LIMIT, Received, SUCCESS_BODY_LIMIT, Success};
use crate::{Error, ErrorCode, ErrorKind, Response, json};

/// What a body says where MantaGO puts it, whatever else is missing or wrong.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct Said {
    success: Value,
    message: Value,
    #[serde(rename = "errResponse")]
    error: Value,
}

/// Makes of a response what the call returns if it is not retried.
pub(crate) fn judge<T: DeserializeOwned>(
    received: Received,
    documented: Success,
    redaction: Redaction,
) -> Result<Response<T>, Error> {
    // serde takes an array for an object, too.
    let is_object = json::is_object(&received.body);
    let said: Result<Said, _> = json::read(&received.body);
    let unread = said.as_ref().err().map(ToString::to_string);
    let said = said.ok().filter(|_| is_object).unwrap_or_default();
    let failure = match documented {
        _ if !received.status.is_success() || received.broken.is_some() => None,
        _ if said.success == false || !said.error.is_null() => Some("an error in a success".to_owned()),
        Success::Object if !is_object => unread.clone().or(Some("expected an object".to_owned())),
        _ => {
            let is_blank = matches!(documented, Success::Any) && json::is_blank(&received.body);
            let is_null = is_blank || matches!(documented, Success::Nothing);
            match json::read(if is_null { b"null" } else { &received.body }) {
                Ok(body) => {
                    let Received { status, headers, .. } = received;
                    return Ok(Response { body, status, headers, attempts: 1, redaction });
                }
                Err(failure) => Some(failure.to_string()),
            }
        }
    };
    Err(no_success(received, &said, failure.or(unread), &redaction))
}

/// A response that is not the documented success: `failure` says why, if it is a complete one.
fn no_success(received: Received, said: &Said, failure: Option<String>, redaction: &Redaction) -> Error {
    let kind = kind_of(&received, said);
    let code = said.error["code"].as_i64().map(ErrorCode::from);
    let message = said.error["message"].as_str().or(said.message.as_str());
    // It may have been cut within a character.
    let message = message.map(|message| shown(message.as_bytes(), redaction));
    let message = message.map(|bytes| bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid()).to_owned());
    // What is quoted there may be a credential; headers and message have none any more.
    let failure = failure.map(|failure| redaction.text(&failure));
    let what = describe(&received, kind, message.as_deref(), failure);
    let refused = if kind == ErrorKind::Refused { "refused with " } else { "" };
    let facts = Facts {
        text: format!("{refused}{}: {what}", received.status),
        status: Some(received.status),
        code,
        message,
        retry_after: received.retry_after(),
        uncertain: kind != ErrorKind::Refused && !matches!(received.status.as_u16(), 300..=407 | 409..=499),
        body: shown(&received.body, redaction).into(),
        headers: received.headers,
        source: received.broken.map(Into::into),
        ..Facts::default()
    };
    Error::new(kind, facts)
}

/// What is kept of a text: as much as is shown, without credentials, and not the memory of the rest.
fn shown(bytes: &[u8], redaction: &Redaction) -> Vec<u8> {
    let bytes = &bytes[..bytes.len().min(ERROR_BODY_LIMIT + BEYOND_LIMIT)];
    let shown = redaction.bytes(bytes);
    shown[..shown.len().min(ERROR_BODY_LIMIT)].to_vec()
}

fn kind_of(received: &Received, said: &Said) -> ErrorKind {
    match received.status.as_u16() {
        200..=299 if said.success == false => ErrorKind::Refused,
        200..=299 => received.broken.as_ref().map_or(ErrorKind::UnexpectedResponse, kind_of_loss),
        300..=399 if received.headers.contains_key(LOCATION) => ErrorKind::Redirect,
        401 => ErrorKind::Unauthorized,
        // A firewall says these, too, and a server that is not MantaGO.
        403 if said.error.is_object() => ErrorKind::PermissionDenied,
        404 if said.error.is_object() => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::UnexpectedResponse,
    }
}

fn kind_of_loss(error: &reqwest::Error) -> ErrorKind {
    if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Connection }
}

/// What a response is instead of the documented success.
fn describe(received: &Received, kind: ErrorKind, message: Option<&str>, failure: Option<String>) -> String {
    match (kind, message, &received.broken) {
        (ErrorKind::Refused, ..) => message.unwrap_or("no message").to_owned(),
        (ErrorKind::Redirect, ..) => {
            let target = received.header(LOCATION).unwrap_or_default();
            format!("redirected to {target}, which is not followed: check the base URL")
        }
        (_, Some(message), _) if !received.status.is_success() => message.to_owned(),
        (_, _, Some(error)) => format!("the response broke off after {} bytes: {}", received.body.len(), root(error)),
        _ => {
            let content_type = received.header(CONTENT_TYPE).unwrap_or("no content type".into());
            let failure = failure.unwrap_or("no errResponse.message".to_owned());
            let body = match received.body.len() {
                0 => "empty".to_owned(),
                length if length > SUCCESS_BODY_LIMIT => "more than 16 MiB".to_owned(),
                length if length > ERROR_BODY_LIMIT => format!("more than 64 KiB, {failure}"),
                length => format!("{length} bytes, {failure}"),
            };
            let said = message.map(|message| format!(", which says: {message}")).unwrap_or_default();
            format!("the response is not the documented JSON: {content_type}, {body}{said}")
        }
    }
}

/// No response in that time, or no connection.
pub(crate) fn no_response(error: reqwest::Error, elapsed: Duration, server: &str) -> Error {
    let cause = root(&error);
    if error.is_builder() {
        return Error::invalid_request(cause);
    }
    let unsent = error.is_connect();
    let text = match (error.is_timeout(), unsent) {
        (true, true) => format!("timed out: no connection to {server} within {elapsed:.1?}"),
        (true, false) => format!("timed out: no complete response from {server} within {elapsed:.1?}"),
        (false, true) => format!("no connection to {server}: {cause}"),
        (false, false) => format!("connection to {server} lost: {cause}"),
    };
    let kind = kind_of_loss(&error);
    Error::new(kind, Facts { text, unsent, uncertain: !unsent, source: Some(error.into()), ..Facts::default() })
}
