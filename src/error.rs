//! The error that people read and match, made from what an operation returns.

use std::error::Error as StdError;
use std::fmt::{self, Debug, Display, Formatter};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::response::{Captured, Fault, REDACTED};
use crate::retry::{Attempts, retry_after};
use crate::types::ErrorResponse;
use crate::{Error, ErrorCode, IdentityError};

/// How much of a server's message is shown, in characters.
const SHOWN_MESSAGE: usize = 300;

/// Why a call failed, in one line: made by `?` from the [`Error`](crate::Error) that an operation returns.
///
/// [`kind`](Self::kind) is what to match, [`code`](Self::code) is what MantaGO says beside the status, and `Display`
/// is one line for a person. It never shows the token or the secret, even if the server repeats one of them.
///
/// ```
/// use mantago::{ApiError, ErrorCode, ErrorKind};
///
/// fn advice(error: &ApiError) -> &'static str {
///     match (error.kind(), error.code()) {
///         (_, Some(ErrorCode::ExpiredCredentials | ErrorCode::SupersededCredentials)) => "take the newest token and secret",
///         (ErrorKind::RateLimited, _) => "wait",
///         (ErrorKind::Timeout | ErrorKind::Connection, _) if !error.is_retryable() => "look whether it was done",
///         _ => "read the message",
///     }
/// }
/// ```
pub struct ApiError(Box<Facts>);

struct Facts {
    kind: ErrorKind,
    /// What `Display` says after the kind or the status.
    detail: String,
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Bytes,
    code: Option<ErrorCode>,
    message: Option<String>,
    retry_after: Option<Duration>,
    /// Whether it is sure that nothing of the request was sent.
    unsent: bool,
    /// Only where there was more than one, or it is said otherwise than reqwest does whether the request was sent.
    attempts: Option<Attempts>,
    source: Option<Source>,
}

type Source = Arc<dyn StdError + Send + Sync>;

/// What kind of failure an [`ApiError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client could not be set up. Nothing was sent.
    Configuration,
    /// The request breaks a rule of the API, or lacks a required value. Nothing was sent.
    InvalidRequest,
    /// Status 401: the token is not accepted.
    Unauthorized,
    /// Status 403: the token may not do this, or the operation failed (the document names both).
    PermissionDenied,
    /// Status 404: no such bot configuration or client. It does not prove that the tag is gone: on a sibling
    /// operation missing fields are answered with 404 too.
    NotFound,
    /// Status 429: too many requests.
    RateLimited,
    /// A status from 500 to 599. Unless [`is_retryable`](ApiError::is_retryable), the request may have been carried out.
    Server,
    /// The status is a success, and the body says `success: false`.
    Refused,
    /// A redirect. It is not followed, for the token and the secret would go to its target; or the `reqwest::Client` that
    /// was brought did follow it.
    Redirect,
    /// An answer that the document does not describe: another status, or another body with a success.
    UnexpectedResponse,
    /// No whole answer within the time limit. Unless [`is_retryable`](ApiError::is_retryable), the request may have
    /// been carried out.
    Timeout,
    /// No connection, or one that broke before the whole answer was there. Unless
    /// [`is_retryable`](ApiError::is_retryable), the request may have been carried out.
    Connection,
}

impl ApiError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The status of the answer, if its head arrived.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// MantaGO's own code, `errResponse.code`, if the answer has one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        self.0.code
    }

    /// The server's message, whole and as it was sent, but for credentials; `None` if the answer has none.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// How long the server asks to wait, from its `Retry-After` header in either form. A date is counted from the
    /// moment at which this error was made. `None` if there is no header, or it can't be read.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether sending the same request again is harmless, for the server did not act on this one: status 429 or
    /// 503, or no connection was made.
    ///
    /// Other failures may be worth another try too, if repeating the operation does no harm: that is the caller's to
    /// know, for MantaGO publishes nothing about it.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        let not_acted_on = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
        let answered =
            self.0.kind != ErrorKind::Redirect && self.0.status.is_some_and(|status| not_acted_on.contains(&status));
        self.0.unsent || answered
    }

    /// How many times the request was sent, or was tried to be sent: more than once only as the
    /// [`RetryPolicy`](crate::RetryPolicy) says. 0 if the error came before that.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        match (self.0.kind, self.0.attempts) {
            (_, Some(attempts)) => attempts.count,
            (ErrorKind::Configuration | ErrorKind::InvalidRequest, None) => 0,
            (_, None) => 1,
        }
    }

    /// How long all attempts took, with the waits between them; `None` where there was one attempt or none.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.0.attempts.filter(|attempts| attempts.count > 1).map(|attempts| attempts.elapsed)
    }

    /// The headers of the answer; empty if there was none.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The body of an answer that is not what the document says of its status (an error page, half a JSON text), or that
    /// refuses. At most 64 KiB of it are kept. Empty if the body was a documented error: then
    /// [`message`](Self::message) and [`code`](Self::code) have what it said.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    pub(crate) fn configuration(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, detail.into())
    }

    fn new(kind: ErrorKind, detail: String) -> Self {
        Self(Box::new(Facts {
            kind,
            detail,
            status: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            code: None,
            message: None,
            retry_after: None,
            unsent: false,
            attempts: None,
            source: None,
        }))
    }
}

/// One line: the kind or the status, the server's message, and its code with what it means.
impl Display for ApiError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Facts { kind, detail, status, code, attempts, .. } = &*self.0;
        match (kind, status) {
            (ErrorKind::Configuration, _) | (ErrorKind::Redirect, None) => {}
            (ErrorKind::InvalidRequest, _) => f.write_str("invalid request: ")?,
            (_, Some(status)) => write!(f, "{status}: ")?,
            (ErrorKind::Timeout, None) => f.write_str("timed out: ")?,
            (ErrorKind::UnexpectedResponse, None) => f.write_str("unexpected answer: ")?,
            (_, None) => f.write_str("connection failed: ")?,
        }
        write!(f, "{}", OneLine(detail))?;
        if let Some(code) = code {
            write!(f, " (code {code})")?;
        }
        match attempts {
            Some(Attempts { count: count @ 2.., elapsed, .. }) => write!(f, " after {count} attempts in {elapsed:.1?}"),
            _ => Ok(()),
        }
    }
}

/// Folds white space and cuts what is long, so that a foreign text stays one line.
struct OneLine<'a>(&'a str);

impl Display for OneLine<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let words = self.0.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        let mut left = SHOWN_MESSAGE;
        for (index, word) in words.enumerate() {
            for c in (index > 0).then_some(' ').into_iter().chain(word.chars()) {
                if left == 0 {
                    return f.write_str("…");
                }
                left -= 1;
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

impl Debug for ApiError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Facts { kind, status, code, source, .. } = &*self.0;
        f.debug_struct("ApiError")
            .field("kind", kind)
            .field("status", status)
            .field("code", code)
            .field("display", &self.to_string())
            .field("source", source)
            .finish_non_exhaustive()
    }
}

impl StdError for ApiError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        Self::new(ErrorKind::InvalidRequest, error.to_string())
    }
}

impl From<Error<ErrorResponse>> for ApiError {
    fn from(error: Error<ErrorResponse>) -> Self {
        match error {
            Error::InvalidRequest(why) | Error::Custom(why) => Self::new(ErrorKind::InvalidRequest, why),
            Error::CommunicationError(error) | Error::InvalidUpgrade(error) | Error::ResponseBodyError(error) => {
                transport(Arc::new(error))
            }
            Error::ErrorResponse(response) => {
                let (status, mut headers) = (response.status(), response.headers().clone());
                let attempts = Attempts::of_headers(&mut headers);
                let error = response.into_inner().err_response;
                let said = Said { message: Some(error.message), code: Some(error.code) };
                answer(status, headers, attempts, said, "")
            }
            Error::InvalidResponsePayload(body, error) => {
                let mut made = Self::new(ErrorKind::UnexpectedResponse, NOT_DOCUMENTED.to_owned());
                made.0.body = body;
                made.0.source = Some(Arc::new(error));
                made
            }
            Error::UnexpectedResponse(response) => unexpected(&response),
        }
    }
}

const NOT_DOCUMENTED: &str = "the answer is not as documented";

/// An error of the HTTP client.
fn transport(error: Arc<reqwest::Error>) -> ApiError {
    let cause = root(&*error);
    let attempts = Attempts::of_error(&error);
    let unsent = attempts.map_or_else(|| error.is_connect(), |attempts| attempts.unsent);
    let (kind, detail) = if error.is_builder() {
        (ErrorKind::InvalidRequest, cause.to_string())
    } else if error.is_redirect() {
        (ErrorKind::Redirect, format!("the reqwest::Client followed redirects: {cause}"))
    } else if error.is_timeout() && unsent {
        (ErrorKind::Timeout, "no connection within the time limit".to_owned())
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "no whole answer within the time limit; the request may have been carried out".to_owned())
    } else if unsent {
        (ErrorKind::Connection, format!("no connection: {cause}"))
    } else {
        (ErrorKind::Connection, format!("{cause}; the request may have been carried out"))
    };
    let mut made = ApiError::new(kind, detail);
    made.0.unsent = unsent && !matches!(kind, ErrorKind::InvalidRequest | ErrorKind::Redirect);
    made.0.attempts = attempts;
    made.0.source = Some(error);
    made
}

/// The cause at the end of an error's chain: the one that says what happened.
pub(crate) fn root<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    error.source().map_or(error, root)
}

/// What MantaGO says of an error.
struct Said {
    message: Option<String>,
    code: Option<i64>,
}

/// An error whose answer has a status.
fn answer(status: StatusCode, headers: HeaderMap, attempts: Option<Attempts>, said: Said, otherwise: &str) -> ApiError {
    let kind = match status.as_u16() {
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::UnexpectedResponse,
    };
    let mut made = ApiError::new(kind, said.message.clone().unwrap_or_else(|| otherwise.to_owned()));
    made.0.status = Some(status);
    made.0.attempts = attempts;
    made.0.retry_after = retry_after(&headers);
    made.0.headers = headers;
    made.0.code = said.code.map(ErrorCode::from);
    made.0.message = said.message;
    made
}

/// An answer that is not as documented, or a refusal.
fn unexpected(response: &Response) -> ApiError {
    let status = response.status();
    let Captured { body, fault, attempts, .. } = Captured::of(response).cloned().unwrap_or_default();
    let wrong = match fault {
        Some(Fault::Refused) => "the server says that it did not succeed",
        Some(Fault::Broken(_)) => "the answer broke off",
        Some(Fault::TooLong) => "the answer has more than 16 MiB",
        _ => NOT_DOCUMENTED,
    };
    let mut made = answer(status, response.headers().clone(), attempts, said(&body), wrong);
    made.0.body = body;

    let target = response.headers().get(LOCATION).filter(|_| status.is_redirection());
    match (&fault, target) {
        (Some(Fault::Redirected), _) => {
            let followed = "the reqwest::Client followed a redirect, which may show the token to its target: expected redirect::Policy::none()";
            (made.0.kind, made.0.detail) = (ErrorKind::Redirect, followed.to_owned());
        }
        (Some(Fault::Refused), _) => made.0.kind = ErrorKind::Refused,
        (Some(Fault::Broken(error)), _) if status.is_success() => {
            made.0.kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Connection };
            made.0.detail = format!("{wrong}; the request may have been carried out");
        }
        // A message that comes with a success would read as if it were one.
        (_, _) if status.is_success() && made.0.message.is_some() => {
            made.0.detail = format!("{wrong}: {}", made.0.detail);
        }
        (_, Some(target)) => {
            let target =
                if target.is_sensitive() { REDACTED.into() } else { String::from_utf8_lossy(target.as_bytes()) };
            made.0.kind = ErrorKind::Redirect;
            made.0.detail = format!("a redirect to {target}, which is not followed: expected the API's own base URL");
        }
        _ => {}
    }
    made.0.source = match fault {
        Some(Fault::Undecodable(error)) => Some(error),
        Some(Fault::Broken(error)) => Some(error),
        _ => None,
    };
    made
}

/// Reads message and code out of any JSON body that has them where MantaGO puts them.
fn said(body: &[u8]) -> Said {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &body["errResponse"];
    let message = error["message"].as_str().or(body["message"].as_str());
    Said { message: message.map(str::to_owned), code: error["code"].as_i64() }
}
