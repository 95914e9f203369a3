//! The one error: why a client could not be made, or why a call failed.

use std::error::Error as StdError;
use std::fmt::{self, Debug, Display, Formatter};
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::response::{ERROR_BODY_LIMIT, Received, SUCCESS_BODY_LIMIT};
use crate::secret::Redaction;
use crate::{ErrorCode, IdentityError};

/// Why a call failed, or why a client could not be made.
///
/// [`kind`](Self::kind) is what to match, [`code`](Self::code) is what MantaGO says beside the status, and `Display`
/// is one line for a person. Neither `Display` nor `Debug` shows the token or the secret, even if the server repeats
/// one of them.
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
    /// Whether this attempt may have been carried out, and whether an earlier one may.
    uncertain: bool,
    uncertain_before: bool,
    attempts: u32,
    elapsed: Duration,
    source: Option<Cause>,
}

/// What led to an error.
pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

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
    /// The client could not be made.
    Configuration,
    /// The request breaks a rule of the API, or lacks a required value.
    InvalidRequest,
    /// Status 401: the token or the secret is not accepted.
    Unauthorized,
    /// Status 403: permission denied, or the operation failed (the document names both).
    PermissionDenied,
    /// Status 404: no such bot or client. A sibling operation responds so to missing fields too.
    NotFound,
    /// Status 429. With 0 [`attempts`](Error::attempts), an earlier one asked to wait, and nothing was sent.
    RateLimited,
    /// A status from 500 to 599.
    Server,
    /// The status is a success, and the body says `success: false`.
    Refused,
    /// A redirect. The token and the secret would go to its target.
    Redirect,
    /// Another status, or another body with a success.
    UnexpectedResponse,
    /// No complete response within the time limit.
    Timeout,
    /// No connection, or one that was lost before the response was complete.
    Connection,
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The status of the response, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.facts.status
    }

    /// MantaGO's own code, `errResponse.code`, if the response has one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.facts.code
    }

    /// The server's message, complete and as it was sent, except for credentials.
    pub fn message(&self) -> Option<&str> {
        self.facts.message.as_deref()
    }

    /// The headers of the response; empty if there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.facts.headers
    }

    /// The body of the response, at most 64 KiB of it; empty if there was none. Credentials in it are replaced.
    pub fn body(&self) -> &[u8] {
        &self.facts.body
    }

    /// The body as a documented type such as [`ErrorResponse`](crate::types::ErrorResponse); `None` if it is not one.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.facts.body).ok()
    }

    /// How long the server asks to wait: its `Retry-After` header, in seconds or as a date, which is counted from the
    /// moment at which this error was made. `None` if there is no such header, or none that can be read.
    pub fn retry_after(&self) -> Option<Duration> {
        self.facts.retry_after
    }

    /// Whether the request can be retried although it may not be idempotent: status 429 or 503, or nothing was sent. A
    /// gateway's 503 may hide a request that was carried out all the same.
    pub fn is_retryable(&self) -> bool {
        self.facts.unsent || self.has_status(&[429, 503])
    }

    /// Whether a retry may help, for a request that is idempotent.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::Timeout | ErrorKind::Connection) || self.has_status(&[408, 500, 502, 504])
    }

    fn has_status(&self, statuses: &[u16]) -> bool {
        self.facts.status.is_some_and(|status| statuses.contains(&status.as_u16()))
    }

    /// Whether the server may have done what the request asks for, in any attempt of the call.
    ///
    /// `true` if a request was sent and not plainly refused: no complete response in time, a lost connection, a status
    /// from 500 to 599, or a success that is not as documented. `false` if nothing was sent, or if each attempt was
    /// refused: no connection, a status from 300 to 499, or [`Refused`](ErrorKind::Refused).
    pub fn may_have_taken_effect(&self) -> bool {
        self.facts.uncertain || self.facts.uncertain_before
    }

    /// How many times the request was sent, or an attempt was made to send it; 0 if the error came before that.
    pub fn attempts(&self) -> u32 {
        self.facts.attempts
    }

    /// How long the call took: its attempts, and the waits between them. Zero if nothing was sent.
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
        let text = match (error.is_timeout(), unsent) {
            (true, true) => format!("timed out: no connection to {server} within {connect_limit:.1?}"),
            (true, false) => format!("timed out: no complete response from {server} within {limit:.1?}"),
            (false, true) => format!("no connection to {server}: {cause}"),
            (false, false) => format!("connection to {server} lost: {cause}"),
        };
        let kind = kind_of_loss(&error);
        Self::new(kind, Facts { text, unsent, uncertain: !unsent, source: Some(error.into()), ..Facts::default() })
    }

    /// A response that is not the documented success: `failure` says why, if it is a complete one.
    pub(crate) fn response(received: Received, failure: Option<serde_json::Error>, redaction: &Redaction) -> Self {
        let kind = kind_of(&received);
        let (said, failure) = match serde_json::from_slice(&received.body) {
            Ok(said) => (said, failure),
            Err(error) => (Said::default(), failure.or(Some(error))),
        };
        let code = said.error["code"].as_i64().map(ErrorCode::from);
        let message = said.error["message"].as_str().or(said.message.as_str());
        let message = message.map(|message| redaction.text(message));
        let what = describe(&received, kind, message.as_deref(), failure);
        let retry_after = received.retry_after();
        let Received { status, mut headers, mut body, broken, .. } = received;
        for value in headers.values_mut().filter(|value| redaction.is_needed(value.as_bytes())) {
            value.set_sensitive(true);
        }
        if redaction.is_needed(&body) {
            body = redaction.text(&String::from_utf8_lossy(&body)).into();
        }
        body.truncate(ERROR_BODY_LIMIT);
        let refused = if kind == ErrorKind::Refused { "refused with " } else { "" };
        let facts = Facts {
            text: redaction.text(&format!("{refused}{status}: {what}")),
            status: Some(status),
            uncertain: kind != ErrorKind::Refused && !(300..=499).contains(&status.as_u16()),
            headers,
            body,
            code,
            message,
            retry_after,
            source: broken.map(Into::into),
            ..Facts::default()
        };
        Self::new(kind, facts)
    }

    /// The same error, after an earlier one of the same call, and that many attempts.
    pub(crate) fn after(mut self, earlier: Option<&Self>, attempts: u32, elapsed: Duration) -> Self {
        self.facts.uncertain_before = earlier.is_some_and(Self::may_have_taken_effect);
        (self.facts.attempts, self.facts.elapsed) = (attempts, elapsed);
        self
    }

    /// The same error, which something else has led to.
    pub(crate) fn caused_by(mut self, source: impl Into<Cause>) -> Self {
        self.facts.source = Some(source.into());
        self
    }
}

/// What a body says where MantaGO puts it, whatever else is missing or wrong.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct Said {
    message: Value,
    #[serde(rename = "errResponse")]
    error: Value,
}

fn kind_of(received: &Received) -> ErrorKind {
    match received.status.as_u16() {
        200..=299 if received.is_refusal() => ErrorKind::Refused,
        200..=299 => received.broken.as_ref().map_or(ErrorKind::UnexpectedResponse, kind_of_loss),
        300..=399 if received.headers.contains_key(LOCATION) => ErrorKind::Redirect,
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::UnexpectedResponse,
    }
}

fn kind_of_loss(error: &reqwest::Error) -> ErrorKind {
    if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Connection }
}

/// What a response is instead of the documented success.
fn describe(received: &Received, kind: ErrorKind, message: Option<&str>, failure: Option<serde_json::Error>) -> String {
    let is_success = received.status.is_success();
    match (kind, message, &received.broken) {
        (ErrorKind::Refused, ..) => message.unwrap_or("no message").to_owned(),
        (ErrorKind::Redirect, ..) => {
            let target = received.header(LOCATION).unwrap_or_default();
            format!("redirected to {target}, which is not followed: check the base URL")
        }
        (_, Some(message), _) if !is_success => message.to_owned(),
        (_, _, Some(error)) => {
            format!("the response broke off after {} bytes: {}", received.body.len(), root(error))
        }
        _ => {
            let content_type = received.header(CONTENT_TYPE).unwrap_or("no content type".into());
            let failure = failure.map_or("no errResponse.message".to_owned(), |failure| failure.to_string());
            let body = match received.body.len() {
                0 => "empty".to_owned(),
                length if length > SUCCESS_BODY_LIMIT => "more than 16 MiB".to_owned(),
                length if length > ERROR_BODY_LIMIT => format!("more than 64 KiB, {failure}"),
                length => format!("{length} bytes, {failure}"),
            };
            format!("the response is not the documented JSON: {content_type}, {body}")
        }
    }
}

/// The cause at the end of an error's chain, which says what happened.
pub(crate) fn root<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    error.source().map_or(error, root)
}

/// One line, with at most 300 characters of what the server says.
impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Facts { text, code, attempts, elapsed, uncertain, uncertain_before, .. } = &*self.facts;
        let text = text.replace(char::is_control, " ");
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(300) {
            Some((end, _)) => write!(f, "{}…", &line[..end])?,
            None => f.write_str(&line)?,
        }
        if let Some(code) = code {
            write!(f, " (code {code})")?;
        }
        if *attempts > 1 {
            write!(f, " after {attempts} attempts in {elapsed:.1?}")?;
        }
        match (uncertain, uncertain_before) {
            (true, _) => f.write_str("; the request may have been carried out"),
            (false, true) => f.write_str("; the request may have been carried out by an earlier attempt"),
            (false, false) => Ok(()),
        }
    }
}

impl Debug for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("display", &self.to_string())
            .field("source", &self.facts.source)
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
