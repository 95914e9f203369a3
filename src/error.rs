//! The error of a call, or of building a client.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Debug, Display, Formatter};
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use crate::redaction::Redaction;
use crate::{ErrorCode, IdentityError, json};

/// `Display` shows this many characters of the server's message.
const SHOWN: usize = 300;

/// Why a call failed, or why a client could not be built.
///
/// Match on [`kind`](Self::kind) and on MantaGO's own [`code`](Self::code). `Display` is one line for a person. Neither
/// `Display` nor `Debug` shows the token or the secret, even if the server repeats one of them.
///
/// # In a queue
///
/// A worker that takes jobs from a queue uses [`RetryPolicy::none`](crate::RetryPolicy::none), so that no call waits. It retries
/// some failed jobs later, checks first whether others were carried out, and gives up on the rest.
///
/// | `kind()` | `may_have_taken_effect()` | `retry_after()` | the job |
/// |----------|:-------------------------:|-----------------|---------|
/// | `RateLimited` | no | the wait, if the server asked for one | retry later |
/// | `Connection`, `Timeout`: no connection | no | | retry later |
/// | `Unauthorized` | no | | retry later, with other credentials |
/// | `Server` | yes | often with 503 | check first |
/// | `Connection`, `Timeout`: no complete response | yes | | check first |
/// | `UnexpectedResponse`: status 408, or a success that is not as documented | yes | | check first |
/// | any other | no | | give up |
///
/// A request that got a 503 is both [retryable](Self::is_retryable) and possibly carried out: usually the server did nothing,
/// but a gateway may send a 503 when the server behind it accepted the request and did not respond.
///
/// ```
/// use std::time::Duration;
/// use mantago::{Error, ErrorKind};
///
/// enum Job {
///     RetryAfter(Duration),
///     CheckFirst,
///     GiveUp,
/// }
///
/// fn after(error: &Error) -> Job {
///     if error.may_have_taken_effect() {
///         return Job::CheckFirst;
///     }
///     if error.is_retryable() || error.kind() == ErrorKind::Unauthorized {
///         return Job::RetryAfter(error.retry_after().unwrap_or(Duration::from_secs(60)));
///     }
///     Job::GiveUp
/// }
/// ```
pub struct Error {
    kind: ErrorKind,
    facts: Box<Facts>,
}

#[derive(Default)]
pub(crate) struct Facts {
    /// Describes the error, unless the server's message does.
    pub(crate) text: Option<Cow<'static, str>>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) message: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// Whether the request was certainly not sent.
    pub(crate) unsent: bool,
    /// Whether this attempt may have been carried out.
    pub(crate) uncertain: bool,
    /// Whether an earlier attempt may have been carried out.
    pub(crate) uncertain_before: bool,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) source: Option<Cause>,
    /// Why the credentials were not refreshed.
    pub(crate) refresh_failure: Option<String>,
}

pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

/// The kind of an [`Error`].
///
/// | kind | meaning | retried | remedy |
/// |------|---------|:-------:|--------|
/// | `Configuration` | the client could not be built | no | correct the setting in the message |
/// | `InvalidRequest` | the request breaks a rule of the API; nothing was sent | no | correct the value in the message |
/// | `Unauthorized` | status 401 | after a refresh | refresh the token and the secret |
/// | `PermissionDenied` | status 403, with MantaGO's `errResponse` | no | read the message: the action is not allowed, or it failed |
/// | `NotFound` | status 404, with MantaGO's `errResponse` | no | check the bot and the client; a 404 does not prove that the tag is gone |
/// | `RateLimited` | status 429 | yes | send less; wait for `retry_after()` |
/// | `Server` | status 503 | yes | try again later |
/// | `Server` | any other status from 500 to 599 | if idempotent | check whether it was done, or try again |
/// | `Refused` | a success whose body says `success: false` | no | read the server's message |
/// | `Redirect` | a redirect, which is not followed | no | correct the base URL |
/// | `UnexpectedResponse` | status 408 | if idempotent | check whether it was done, or try again |
/// | `UnexpectedResponse` | any other response that the document does not describe | no | look at `status()` and `body()` |
/// | `Timeout` | no connection in time | yes | try again later |
/// | `Timeout` | no complete response in time | if idempotent | check whether it was done, or try again |
/// | `Connection` | no connection | yes | try again later |
/// | `Connection` | a connection that was lost, or a response that is not HTTP | if idempotent | check whether it was done, or try again |
///
/// "If idempotent": only for a GET, or after [`RetryPolicy::assume_idempotent`](crate::RetryPolicy::assume_idempotent). An error
/// status determines the kind whatever the body, except for 403 and 404: a firewall, a wrong base URL or a mock without a match
/// also sends these. A response with more than 100 headers, or more than about 400 KiB of them, counts as not HTTP (limits of
/// hyper).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client could not be built.
    Configuration,
    /// The request breaks a rule of the API, or lacks a required value.
    InvalidRequest,
    /// Status 401: MantaGO does not accept the token or the secret.
    Unauthorized,
    /// Status 403 from MantaGO: permission denied, or the operation failed (the API's document gives both meanings).
    PermissionDenied,
    /// Status 404 from MantaGO: no such bot or client. Another operation of the API also sends it if fields are missing.
    NotFound,
    /// Status 429. With 0 [`attempts`](Error::attempts), nothing was sent, because an earlier response asked to wait.
    RateLimited,
    /// A status from 500 to 599.
    Server,
    /// A success status with `success: false` in the body.
    Refused,
    /// A redirect. The token and the secret would go to its target.
    Redirect,
    /// Any other status, a 403 or 404 without MantaGO's `errResponse`, or a success status without the documented body.
    UnexpectedResponse,
    /// No complete response within the time limit.
    Timeout,
    /// No connection, or a connection lost before the response was complete.
    Connection,
}

/// The kind in words, such as `rate limited`.
impl Display for ErrorKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, letter) in format!("{self:?}").char_indices() {
            let space = if at > 0 && letter.is_uppercase() { " " } else { "" };
            write!(f, "{space}{}", letter.to_lowercase())?;
        }
        Ok(())
    }
}

impl Error {
    /// The kind of failure, to match on.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The status of the response, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.facts.status
    }

    /// MantaGO's own code (`errResponse.code`), if the response has one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.facts.code
    }

    /// The first 64 KiB of the server's message. Credentials in it are replaced.
    pub fn message(&self) -> Option<&str> {
        self.facts.message.as_deref()
    }

    /// The headers of the response; empty if there was none. Credentials in them are replaced.
    pub fn headers(&self) -> &HeaderMap {
        &self.facts.headers
    }

    /// The first 64 KiB of the response's body; empty if there was none. Credentials in it are replaced.
    pub fn body(&self) -> &[u8] {
        &self.facts.body
    }

    /// The body as a type such as [`ErrorResponse`](crate::types::ErrorResponse), if it can be read as one.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&json::text(&self.facts.body)).ok()
    }

    /// How long the server asks to wait, from the response's `Retry-After` header (the longest, if there are several).
    ///
    /// Seconds are rounded up. A date is compared with the response's `Date` header, or else with this machine's clock. `None`
    /// if the header is missing or unreadable, such as `3s`. If nothing was sent because an earlier response asked to wait, this
    /// is the rest of that wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.facts.retry_after
    }

    /// Whether a retry is acceptable even if the request is not idempotent: status 429 or 503, or nothing was sent. (Rarely, a
    /// request with a 503 was carried out: see [above](Self#in-a-queue).)
    pub fn is_retryable(&self) -> bool {
        self.facts.unsent || self.has_status(&[429, 503])
    }

    /// Whether a retry may help if the request is idempotent.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::Timeout | ErrorKind::Connection | ErrorKind::Server) || self.has_status(&[408])
    }

    fn has_status(&self, statuses: &[u16]) -> bool {
        self.facts.status.is_some_and(|status| statuses.contains(&status.as_u16()))
    }

    /// Whether any attempt of the call may have been carried out.
    ///
    /// `true` if the response to an attempt leaves that open: it was late, broken off or lost, had status 408 or 500 to 599, or
    /// was a success that is not as documented. `false` if every attempt either sent nothing or was refused, with any other
    /// status from 300 to 499 or with [`Refused`](ErrorKind::Refused).
    pub fn may_have_taken_effect(&self) -> bool {
        self.facts.uncertain || self.facts.uncertain_before
    }

    /// The number of attempts to send the request; 0 if the call ended before the first.
    pub fn attempts(&self) -> u32 {
        self.facts.attempts
    }

    /// How long the call took, including all attempts and waits. Zero if it never started.
    pub fn elapsed(&self) -> Duration {
        self.facts.elapsed
    }

    pub(crate) fn new(kind: ErrorKind, facts: Facts) -> Self {
        Self { kind, facts: Box::new(facts) }
    }

    fn with_text(kind: ErrorKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(kind, Facts { text: Some(text.into()), ..Facts::default() })
    }

    pub(crate) fn configuration(text: impl Into<Cow<'static, str>>) -> Self {
        Self::with_text(ErrorKind::Configuration, text)
    }

    pub(crate) fn invalid_request(why: impl Display) -> Self {
        Self::with_text(ErrorKind::InvalidRequest, format!("invalid request: {why}"))
    }

    /// A call that sent nothing: an earlier response asked for a longer wait than the call allows.
    pub(crate) fn paused(left: Duration) -> Self {
        let wait = Rounded(left);
        let text = format!("rate limited: the server asked for a pause, which ends in {wait}; nothing was sent").into();
        let facts = Facts { text: Some(text), unsent: true, retry_after: Some(left), ..Facts::default() };
        Self::new(ErrorKind::RateLimited, facts)
    }

    /// A call that had no time left to send anything.
    pub(crate) fn too_late() -> Self {
        let text = "timed out: the deadline has passed; nothing was sent".into();
        Self::new(ErrorKind::Timeout, Facts { text: Some(text), unsent: true, ..Facts::default() })
    }

    /// Adds the number of attempts, and whether the error before this one left its effect open.
    pub(crate) fn after(mut self, earlier: Option<&Self>, attempts: u32) -> Self {
        self.facts.uncertain_before = earlier.is_some_and(Self::may_have_taken_effect);
        self.facts.attempts = attempts;
        self
    }

    /// Adds the duration of the call.
    pub(crate) fn took(mut self, elapsed: Duration) -> Self {
        self.facts.elapsed = elapsed;
        self
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Cause>) -> Self {
        self.facts.source = Some(source.into());
        self
    }

    /// Adds the reason why the refresh failed.
    pub(crate) fn not_refreshed(mut self, cause: Cause, redaction: &Redaction) -> Self {
        self.facts.refresh_failure = Some(redaction.text(&chain(&*cause)));
        self.caused_by(cause)
    }
}

/// The last cause in the chain, which is the most specific.
pub(crate) fn root<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    error.source().map_or(error, root)
}

/// An error and its causes, on one line.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

/// One line, with at most 300 characters of the server's text.
impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Facts { text, message, status, code, attempts, elapsed, uncertain, uncertain_before, .. } = &*self.facts;
        if let Some(status) = status {
            write!(f, "{}{status}: ", if self.kind == ErrorKind::Refused { "refused with " } else { "" })?;
        }
        f.write_str(&one_line(text.as_deref().or(message.as_deref()).unwrap_or_default()))?;
        if let Some(code) = code {
            write!(f, " (code {code})")?;
        }
        if *attempts > 1 {
            write!(f, " ({attempts} attempts, {})", Rounded(*elapsed))?;
        }
        if let Some(failure) = &self.facts.refresh_failure {
            write!(f, "; {}", one_line(failure))?;
        }
        if *uncertain {
            f.write_str("; the request may have been carried out")?;
        } else if *uncertain_before {
            f.write_str("; the request may have been carried out by an earlier attempt")?;
        }
        Ok(())
    }
}

/// The start of a text, with each run of white space and control characters replaced by a space.
fn one_line(text: &str) -> String {
    let words = text.split(|character: char| character.is_whitespace() || character.is_control());
    let mut line = String::new();
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
        if let Some((end, _)) = line.char_indices().nth(SHOWN) {
            line.replace_range(end.., "…");
            break;
        }
    }
    line
}

/// Displays a time such as `10 ms` or `2.5 s`.
pub(crate) struct Rounded(pub(crate) Duration);

impl Display for Rounded {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            short if short < Duration::from_secs(1) => write!(f, "{} ms", short.as_millis()),
            long => write!(f, "{:.1} s", long.as_secs_f64()),
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
