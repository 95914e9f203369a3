//! Reads responses, and defines the one that a successful call returns.

use std::borrow::Cow;
use std::fmt::{self, Debug, Formatter};
use std::ops::Deref;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use crate::redaction::Redaction;

/// The longest body of a success.
pub(crate) const SUCCESS_BODY_LIMIT: usize = 16 * 1024 * 1024;

/// The longest body that an error keeps.
pub(crate) const ERROR_BODY_LIMIT: usize = 64 * 1024;

/// Errors read this much beyond the limit, so that a credential across the limit is found.
pub(crate) const BEYOND_LIMIT: usize = 16 * 1024;

/// A successful response: the documented body, its status and its headers.
///
/// A response derefs to its body: `response.message` reads one of the body's fields. The body is data and stays as the server
/// sent it. The headers and the `Debug` output do not show the token or the secret, even if the server repeats one of them.
#[derive(Clone)]
pub struct Response<T> {
    pub(crate) body: T,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) attempts: u32,
    pub(crate) redaction: Redaction,
}

impl<T> Response<T> {
    /// The status: any 2xx, because the body decides whether the operation succeeded.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers. Credentials in them are replaced.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The number of attempts: more than one after retries (see [`RetryPolicy`](crate::RetryPolicy)) or a refresh of the
    /// credentials.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The body.
    pub fn into_inner(self) -> T {
        self.body
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T: Debug> Debug for Response<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { body, status, headers, attempts, .. } = self;
        let shown = format!("{{ body: {body:?}, status: {status}, headers: {headers:?}, attempts: {attempts} }}");
        write!(f, "Response {}", self.redaction.text(&shown))
    }
}

/// The kind of body that the API documents for a success.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "the vendored operations do not have each of them")]
pub(crate) enum Success {
    /// A JSON object.
    Object,
    /// Any other JSON value: a boolean, a number, an array, or one that may be null.
    Value,
    /// Undocumented: the caller chooses the type. An empty body is `null`.
    Any,
    /// No content: a `Response<()>`, whatever the body.
    Nothing,
}

/// A response after its body was read.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    /// The headers, without credentials.
    pub(crate) headers: HeaderMap,
    /// The body, up to its limit.
    pub(crate) body: Bytes,
    /// The error that broke the body off, if any.
    pub(crate) broken: Option<reqwest::Error>,
}

impl Received {
    pub(crate) async fn read(mut response: reqwest::Response, redaction: &Redaction) -> Self {
        let status = response.status();
        let limit = if status.is_success() { SUCCESS_BODY_LIMIT } else { ERROR_BODY_LIMIT + BEYOND_LIMIT };
        let mut headers = std::mem::take(response.headers_mut());
        for value in headers.values_mut() {
            if let Cow::Owned(shown) = redaction.bytes(value.as_bytes()) {
                *value = HeaderValue::from_bytes(&shown).unwrap_or(HeaderValue::from_static(""));
            }
        }
        let mut body = BytesMut::new();
        let mut broken = None;
        while body.len() <= limit && broken.is_none() {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => broken = Some(error),
            }
        }
        Self { status, headers, body: body.freeze(), broken }
    }

    pub(crate) fn header(&self, name: HeaderName) -> Option<Cow<'_, str>> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// The longest wait in all `Retry-After` headers, each of which may have several values.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        if !self.headers.contains_key(RETRY_AFTER) {
            return None;
        }
        // A date is relative to the server's clock, which may differ from this machine's.
        let date = self.header(DATE).and_then(|date| httpdate::parse_http_date(&date).ok());
        let now = date.unwrap_or_else(SystemTime::now);
        let values = self.headers.get_all(RETRY_AFTER).iter().filter_map(|value| value.to_str().ok());
        // A comma separates values, or is part of a date.
        values.flat_map(|value| value.split(',').chain([value])).filter_map(|value| wait(value.trim(), now)).max()
    }
}

/// Parses seconds, rounded up, or a date. A date that has passed means no wait.
fn wait(value: &str, now: SystemTime) -> Option<Duration> {
    if value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let seconds: f64 = value.parse().ok()?;
        return Some(Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(Duration::MAX));
    }
    Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default())
}
