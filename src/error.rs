//! The one error: why a client could not be made, or why a call failed.

use std::error::Error as StdError;
use std::fmt::{self, Debug, Display, Formatter};
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::response::{ERROR_BODY_LIMIT, End, Received};
use crate::secret::Redaction;
use crate::{ErrorCode, IdentityError};

/// What is said where the server may have acted on a request.
const UNCERTAIN: &str = "the request may have been carried out";

/// How much of a server's message `Display` shows, in characters.
const SHOWN_MESSAGE: usize = 300;

/// Why a call failed, or why a client could not be made.
///
/// [`kind`](Self::kind) is what to match, [`code`](Self::code) is what MantaGO says beside the status, and `Display`
/// is one line for a person. Neither `Display` nor `Debug` shows the token or the secret, even if the server repeats
/// one of them.
///
/// ```
/// use mantago::{Error, ErrorCode, ErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match (error.kind(), error.code()) {
///         (_, Some(ErrorCode::ExpiredCredentials)) => "refresh the token and the secret",
///         (ErrorKind::RateLimited, _) => "wait",
///         (ErrorKind::Timeout | ErrorKind::Connection, _) if !error.is_retryable() => "check whether it was done",
///         _ => "read the message",
///     }
/// }
/// ```
pub struct Error {
    kind: ErrorKind,
    facts: Box<Facts>,
}

#[derive(Default)]
struct Facts {
    /// What `Display` says.
    text: String,
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Bytes,
    code: Option<ErrorCode>,
    message: Option<String>,
    retry_after: Option<Duration>,
    /// Whether certainly nothing of the request was sent.
    unsent: bool,
    attempts: u32,
    elapsed: Duration,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of failure an [`Error`] is.
///
/// | kind | what happened | retried | what to do |
/// |------|---------------|:-------:|------------|
/// | `Configuration` | the client could not be made | no | correct what the message names |
/// | `InvalidRequest` | the request breaks a rule of the API; nothing was sent | no | correct what the message names |
/// | `Unauthorized` | status 401 | after a refresh | refresh the token and the secret |
/// | `PermissionDenied` | status 403 | no | read the message: not allowed, or the operation failed |
/// | `NotFound` | status 404 | no | check the bot and the client; it does not prove that the tag is gone |
/// | `RateLimited` | status 429 | yes | send less; wait for `retry_after()` |
/// | `Server` | status 503 | yes | try again later |
/// | `Server` | another status from 500 to 599 | if idempotent | check whether it was done, or try again |
/// | `Refused` | a success whose body says `success: false` | no | read the server's message |
/// | `Redirect` | a redirect, which is not followed | no | correct the base URL |
/// | `UnexpectedResponse` | a response that the document does not describe | if it is 408 and idempotent | look at `status()` and `body()` |
/// | `Timeout` | no connection in time | yes | try again later |
/// | `Timeout` | no complete response in time | if idempotent | check whether it was done, or try again |
/// | `Connection` | no connection | yes | try again later |
/// | `Connection` | a connection that was lost, or a response that is not HTTP | if idempotent | check whether it was done, or try again |
///
/// "if idempotent" means: only after [`RetryPolicy::assume_idempotent`](crate::RetryPolicy::assume_idempotent). An error
/// status keeps its kind whatever body comes with it. A response may have at most 100 headers and about 400 KiB of
/// them (limits of hyper); beyond that it counts as not HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client could not be made. Nothing was sent.
    Configuration,
    /// The request breaks a rule of the API, or lacks a required value. Nothing was sent.
    InvalidRequest,
    /// Status 401: the token or the secret is not accepted.
    Unauthorized,
    /// Status 403: permission denied, or the operation failed (the document names both).
    PermissionDenied,
    /// Status 404: no such bot configuration or client. It does not prove that the tag is gone: a sibling operation
    /// responds with 404 to missing fields too.
    NotFound,
    /// Status 429: too many requests. With 0 [`attempts`](Error::attempts), an earlier response asked to wait, and
    /// nothing was sent.
    RateLimited,
    /// A status from 500 to 599. Unless [`is_retryable`](Error::is_retryable), the request may have been carried out.
    Server,
    /// The status is a success, and the body says `success: false`.
    Refused,
    /// A redirect. It is not followed, because the token and the secret would go to its target.
    Redirect,
    /// A response that the document does not describe: another status, or another body with a success.
    UnexpectedResponse,
    /// No complete response within the time limit. Unless [`is_retryable`](Error::is_retryable), the request may have
    /// been carried out.
    Timeout,
    /// No connection, or one that was lost before the response was complete. Unless
    /// [`is_retryable`](Error::is_retryable), the request may have been carried out.
    Connection,
}

impl Error {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The status of the response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.facts.status
    }

    /// MantaGO's own code, `errResponse.code`, if the response has one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        self.facts.code
    }

    /// The server's message, complete and as it was sent, except for credentials.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.facts.message.as_deref()
    }

    /// The headers of the response; empty if there was none.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.facts.headers
    }

    /// The body of the response, at most 64 KiB of it; empty if there was none. Credentials in it are replaced.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.facts.body
    }

    /// The body as a documented type such as [`ErrorResponse`](crate::types::ErrorResponse); `None` if it is not one.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.facts.body).ok()
    }

    /// How long the server asks to wait: its `Retry-After` header, in seconds or as a date, which is counted from the
    /// moment at which this error was made. `None` if there is no such header, or none that can be read.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.facts.retry_after
    }

    /// Whether the request can be retried although it may not be idempotent: status 429 or 503, or nothing was sent
    /// because there was no connection.
    ///
    /// A gateway's 503 may hide a request that was carried out all the same. Other failures can be retried where
    /// repeating the operation does no harm; MantaGO publishes nothing about that.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.facts.unsent || matches!(self.facts.status.map(|status| status.as_u16()), Some(429 | 503))
    }

    /// Whether a retry may help, for a request that is idempotent.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::Timeout | ErrorKind::Connection)
            || matches!(self.facts.status.map(|status| status.as_u16()), Some(408 | 500 | 502 | 504))
    }

    /// How many times the request was sent, or an attempt was made to send it; 0 if the error came before that.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.facts.attempts
    }

    /// How long the call took: its attempts, and the waits between them. Zero if nothing was sent.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.facts.elapsed
    }

    fn new(kind: ErrorKind, facts: Facts) -> Self {
        Self { kind, facts: Box::new(facts) }
    }

    pub(crate) fn configuration(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, Facts { text: text.into(), ..Facts::default() })
    }

    pub(crate) fn invalid_request(why: impl Display) -> Self {
        let text = format!("invalid request: {why}");
        Self::new(ErrorKind::InvalidRequest, Facts { text, ..Facts::default() })
    }

    /// A call that would have to wait longer than it may, because an earlier response asked to.
    pub(crate) fn paused(left: Duration) -> Self {
        let text = format!("rate limited: the server asked to wait, {left:.1?} are left; nothing was sent");
        let facts = Facts { text, retry_after: Some(left), unsent: true, ..Facts::default() };
        Self::new(ErrorKind::RateLimited, facts)
    }

    /// No response: not within `limit`, the time that the attempt had, or no connection within `connect_limit`.
    pub(crate) fn transport(error: reqwest::Error, limit: Duration, connect_limit: Duration, server: &str) -> Self {
        let cause = root(&error);
        if error.is_builder() {
            return Self::invalid_request(cause);
        }
        let unsent = error.is_connect();
        let (kind, what) = match (error.is_timeout(), unsent) {
            (true, true) => {
                (ErrorKind::Timeout, format!("timed out: no connection to {server} within {:?}", tenths(connect_limit)))
            }
            (true, false) => (
                ErrorKind::Timeout,
                format!("timed out: no complete response from {server} within {:?}; {UNCERTAIN}", tenths(limit)),
            ),
            (false, true) => (ErrorKind::Connection, format!("no connection to {server}: {cause}")),
            (false, false) => (ErrorKind::Connection, format!("connection to {server} lost: {cause}; {UNCERTAIN}")),
        };
        Self::new(kind, Facts { text: what, unsent, source: Some(error.into()), ..Facts::default() })
    }

    /// A response that is not the documented success.
    pub(crate) fn response(received: Received, verdict: Verdict, redaction: &Redaction<'_>) -> Self {
        let said = Said::read(&received.body);
        let message = said.message.map(|message| redaction.text(&message));
        let (kind, what) = match (verdict, &received.end, &message) {
            (Verdict::Refusal, _, message) => (ErrorKind::Refused, message.clone().unwrap_or("no message".to_owned())),
            (Verdict::NoSuccess(_), End::Broken(error), _) => {
                let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Connection };
                (kind, format!("{}; {UNCERTAIN}", broke_off(&received.body, error)))
            }
            (Verdict::NoSuccess(_), End::TooLong, _) => {
                (ErrorKind::UnexpectedResponse, "the response is longer than 16 MiB".to_owned())
            }
            (Verdict::NoSuccess(failure), End::Complete, _) => {
                (ErrorKind::UnexpectedResponse, not_documented(&received, failure))
            }
            (Verdict::ErrorStatus, end, message) => match (received.redirect_target(), message, end) {
                (Some(target), ..) => {
                    (ErrorKind::Redirect, format!("redirected to {target}, which is not followed: check the base URL"))
                }
                (_, Some(message), _) => (kind_of(received.status), message.clone()),
                (_, None, End::Broken(error)) => (kind_of(received.status), broke_off(&received.body, error)),
                (_, None, _) => (kind_of(received.status), not_documented(&received, said.failure)),
            },
        };
        let retry_after = received.retry_after();
        let Received { status, mut headers, mut body, end } = received;
        let refused = if kind == ErrorKind::Refused { "refused with " } else { "" };
        for value in headers.values_mut().filter(|value| redaction.is_needed(value.as_bytes())) {
            value.set_sensitive(true);
        }
        if redaction.is_needed(&body) {
            body = redaction.text(&String::from_utf8_lossy(&body)).into();
        }
        body.truncate(ERROR_BODY_LIMIT);
        let facts = Facts {
            text: redaction.text(&format!("{refused}{status}: {what}")),
            status: Some(status),
            headers,
            body,
            code: said.code,
            message,
            retry_after,
            source: if let End::Broken(cause) = end { Some(cause.into()) } else { None },
            ..Facts::default()
        };
        Self::new(kind, facts)
    }

    /// The same error, after that many attempts.
    pub(crate) fn after(mut self, attempts: u32, elapsed: Duration) -> Self {
        (self.facts.attempts, self.facts.elapsed) = (attempts, elapsed);
        self
    }

    /// The same error, which something else has led to.
    pub(crate) fn caused_by(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.facts.source = Some(Box::new(source));
        self
    }
}

/// Why a response is not the documented success.
pub(crate) enum Verdict {
    ErrorStatus,
    /// The status is a success, and the body says that it is none.
    Refusal,
    /// The status is a success, and the body is not complete, or not the documented one.
    NoSuccess(Option<serde_json::Error>),
}

fn kind_of(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::UnexpectedResponse,
    }
}

/// What the body of an error says.
struct Said {
    message: Option<String>,
    code: Option<ErrorCode>,
    /// Why it is not the documented body.
    failure: Option<serde_json::Error>,
}

impl Said {
    /// Reads message and code where MantaGO puts them, out of a body that lacks other things too.
    fn read(body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Documented {
            #[serde(rename = "errResponse")]
            error: Detail,
        }
        #[derive(Deserialize)]
        struct Detail {
            message: String,
            code: i64,
        }
        match serde_json::from_slice(body) {
            Ok(Documented { error: Detail { message, code } }) => {
                Self { message: Some(message), code: Some(code.into()), failure: None }
            }
            Err(failure) => {
                let body: Value = serde_json::from_slice(body).unwrap_or_default();
                let error = &body["errResponse"];
                let message = error["message"].as_str().or(body["message"].as_str());
                let code = error["code"].as_i64().map(ErrorCode::from);
                Self { message: message.map(str::to_owned), code, failure: Some(failure) }
            }
        }
    }
}

/// What a body is instead of the documented one.
fn not_documented(received: &Received, failure: Option<serde_json::Error>) -> String {
    let content_type = received.headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let content_type = content_type.as_deref().unwrap_or("no content type");
    let failure = failure.map(|failure| format!(", {failure}")).unwrap_or_default();
    let length = match received.body.len() {
        0 => return format!("the response is not the documented JSON: {content_type}, empty"),
        length if length > ERROR_BODY_LIMIT => "more than 64 KiB".to_owned(),
        length => format!("{length} bytes"),
    };
    format!("the response is not the documented JSON: {content_type}, {length}{failure}")
}

fn broke_off(body: &[u8], error: &reqwest::Error) -> String {
    format!("the response broke off after {} bytes: {}", body.len(), root(error))
}

/// A time without more digits than people read.
fn tenths(time: Duration) -> Duration {
    Duration::new(time.as_secs(), time.subsec_millis() / 100 * 100_000_000)
}

/// The cause at the end of an error's chain, which says what happened.
pub(crate) fn root<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    error.source().map_or(error, root)
}

/// One line.
impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Facts { text, code, attempts, elapsed, .. } = &*self.facts;
        let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        let line = words.collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(SHOWN_MESSAGE) {
            Some((end, _)) => write!(f, "{}…", &line[..end])?,
            None => f.write_str(&line)?,
        }
        if let Some(code) = code {
            write!(f, " (code {code})")?;
        }
        if *attempts > 1 {
            write!(f, " after {attempts} attempts in {elapsed:.1?}")?;
        }
        Ok(())
    }
}

impl Debug for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Facts { status, code, source, .. } = &*self.facts;
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("status", status)
            .field("code", code)
            .field("display", &self.to_string())
            .field("source", source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.facts.source.as_deref().map(|source| source as _)
    }
}

impl From<IdentityError> for Error {
    fn from(error: IdentityError) -> Self {
        Self::invalid_request(error)
    }
}
