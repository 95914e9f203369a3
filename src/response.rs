//! What the server responds with: as it is read, and as it is given to the caller of a successful operation.

use std::borrow::Cow;
use std::ops::Deref;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, RETRY_AFTER};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny};

/// How much of a success's body is read.
pub(crate) const SUCCESS_BODY_LIMIT: usize = 16 * 1024 * 1024;

/// How much of an error's body is kept. A little more is read, so that a credential at the limit is found whole.
pub(crate) const ERROR_BODY_LIMIT: usize = 64 * 1024;

/// A successful response: the documented body, with the status and the headers that it came with.
///
/// It derefs to the body: `response.message` reads a field of it.
#[derive(Clone, Debug)]
pub struct Response<T> {
    pub(crate) body: T,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) attempts: u32,
}

impl<T> Response<T> {
    /// The status: any 2xx, since only the body decides whether the operation succeeded.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// How many times the request was sent: more than once only as the [`RetryPolicy`](crate::RetryPolicy) says, or
    /// with refreshed credentials.
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

/// What the document says of the body of a success.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "the vendored operations do not have each of them")]
pub(crate) enum Success {
    /// A JSON object.
    Object,
    /// Any other JSON value: a boolean, a number, an array, or one that may be null.
    Value,
    /// No content: a `Response<()>`, whatever the body is.
    Nothing,
}

/// What was read of a response, before anything is made of it.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Up to its limit.
    pub(crate) body: Bytes,
    /// Why the body broke off, if it did.
    pub(crate) broken: Option<reqwest::Error>,
}

impl Received {
    pub(crate) async fn read(mut response: reqwest::Response) -> Self {
        let status = response.status();
        let limit = if status.is_success() { SUCCESS_BODY_LIMIT } else { ERROR_BODY_LIMIT + 16 * 1024 };
        let headers = std::mem::take(response.headers_mut());
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

    /// Whether the status is a success, and the body says that it is none.
    pub(crate) fn is_refusal(&self) -> bool {
        #[derive(Deserialize)]
        struct Outcome {
            success: bool,
        }
        self.status.is_success() && serde_json::from_slice(&self.body).is_ok_and(|Outcome { success }| !success)
    }

    /// The body as the documented one of a success.
    pub(crate) fn success<T: DeserializeOwned>(&self, documented: Success) -> Result<T, serde_json::Error> {
        #[derive(Deserialize)]
        struct Outcome {
            #[serde(rename = "errResponse")]
            error: Option<IgnoredAny>,
        }
        if serde_json::from_slice(&self.body).is_ok_and(|Outcome { error }| error.is_some()) {
            return Err(serde_json::Error::custom("errResponse in a success"));
        }
        match documented {
            // `serde` would take an array for an object, too.
            Success::Object if self.body.trim_ascii_start().first() == Some(&b'[') => {
                Err(serde_json::Error::custom("expected an object, found an array"))
            }
            Success::Object | Success::Value => serde_json::from_slice(&self.body),
            Success::Nothing => serde_json::from_slice(b"null"),
        }
    }

    pub(crate) fn header(&self, name: HeaderName) -> Option<Cow<'_, str>> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// Reads `Retry-After`: seconds or a date, which asks for no wait if it is past. The longest of several counts.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let waits = self.headers.get_all(RETRY_AFTER).iter().filter_map(|value| {
            let value = value.to_str().ok()?.trim();
            if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
                // What does not fit is longer than anyone waits.
                return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
            }
            let date = httpdate::parse_http_date(value).ok()?;
            Some(date.duration_since(SystemTime::now()).unwrap_or_default())
        });
        waits.max()
    }
}
