//! The error of a call, or of making a client.

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

/// The number of characters of the server's text in `Display`.
const SHOWN: usize = 300;

/// Why a call failed, or why a client could not be made.
///
/// Match on [`kind`](Self::kind) and on MantaGO's own [`code`](Self::code). `Display` is one line for a person. Neither
/// `Display` nor `Debug` shows the token or the secret, even if the server repeats one of them.
///
/// # In a queue
///
/// A worker that takes jobs from a queue retries some failed jobs later, looks first whether others were carried out, and gives
/// up the rest. It uses [`RetryPolicy::none`](crate::RetryPolicy::none), so that no call waits.
///
/// | `kind()` | `may_have_taken_effect()` | `retry_after()` | the job |
/// |----------|:-------------------------:|-----------------|---------|
/// | `RateLimited` | no | the wait, if the server asked for one | retry later |
/// | `Connection`, `Timeout`: no connection | no | | retry later |
/// | `Unauthorized` | no | | retry later, with other credentials |
/// | `Server` | yes | often with 503 | look first |
/// | `Connection`, `Timeout`: no complete response | yes | | look first |
/// | `UnexpectedResponse`: status 408, or a success that is not as documented | yes | | look first |
/// | any other | no | | give up |
///
/// A 503 is both [retryable](Self::is_retryable) and possibly carried out: it usually means that the server did nothing, but a
/// gateway also sends it when a server took the request and did not respond.
///
/// ```
/// use std::time::Duration;
/// use mantago::{Error, ErrorKind};
///
/// enum Job {
///     RetryAfter(Duration),
///     LookFirst,
///     GiveUp,
/// }
///
/// fn after(error: &Error) -> Job {
///     if error.may_have_taken_effect() {
///         return Job::LookFirst;
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
    /// The description of what happened. Without one, the server's message describes it.
    pub(crate) text: Option<Cow<'static, str>>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) message: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// Whether it is certain that nothing was sent.
    pub(crate) unsent: bool,
    /// Whether this attempt may have been carried out, and whether an earlier one may.
    pub(crate) uncertain: bool,
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
/// | `Configuration` | the client could not be made | no | correct what the message names |
/// | `InvalidRequest` | the request breaks a rule of the API; nothing was sent | no | correct what the message names |
/// | `Unauthorized` | status 401 | after a refresh | refresh the token and the secret |
/// | `PermissionDenied` | status 403, with MantaGO's `errResponse` | no | read the message: not allowed, or the operation failed |
/// | `NotFound` | status 404, with MantaGO's `errResponse` | no | check the bot and the client; it does not prove that the tag is gone |
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
/// "If idempotent" means only after [`RetryPolicy::assume_idempotent`](crate::RetryPolicy::assume_idempotent). An error status
/// keeps its kind whatever its body, except for 403 and 404, which also come from a firewall, a wrong base URL or a mock
/// without a match. A response with more than 100 headers, or more than about 400 KiB of them, counts as not HTTP (limits of
/// hyper).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client could not be made.
    Configuration,
    /// The request breaks a rule of the API, or lacks a required value.
    InvalidRequest,
    /// Status 401: the token or the secret is not accepted.
    Unauthorized,
    /// Status 403 from MantaGO: permission denied, or the operation failed (the document names both).
    PermissionDenied,
    /// Status 404 from MantaGO: no such bot or client. A sibling operation also sends it if fields are missing.
    NotFound,
    /// Status 429. With 0 [`attempts`](Error::attempts), nothing was sent, because an earlier response asked to wait.
    RateLimited,
    /// A status from 500 to 599.
    Server,
    /// A success status with `success: false` in the body.
    Refused,
    /// A redirect. The token and the secret would go to its target.
    Redirect,
    /// Any other status, a 403 or 404 that is not MantaGO's, or a success status without the documented body.
    UnexpectedResponse,
    /// No complete response within the time limit.
    Timeout,
    /// No connection, or one that was lost before the response was complete.
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

    /// How long the server asks to wait, from the `Retry-After` header of the response; of several, the longest.
    ///
    /// The header has seconds, which are rounded up, or a date, which is compared with the response's `Date`, or with this
    /// machine's clock if that is missing. `None` if there is no header, or none that can be read (`3s` cannot). For an error
    /// without a response, because an earlier one asked to wait, it is the rest of that wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.facts.retry_after
    }

    /// Whether a retry is acceptable even if the request is not idempotent: status 429 or 503, or nothing was sent. (Some 503s
    /// hide a request that was carried out: see [above](Self#in-a-queue).)
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
    /// `true` if a request was sent and not plainly refused: no complete response in time, a lost connection, status 408
    /// or 500 to 599, or a success that is not as documented. `false` if nothing was sent, or if each attempt was refused:
    /// no connection, any other status from 300 to 499, or [`Refused`](ErrorKind::Refused).
    pub fn may_have_taken_effect(&self) -> bool {
        self.facts.uncertain || self.facts.uncertain_before
    }

    /// How often the client tried to send the request; 0 if the error came before that.
    pub fn attempts(&self) -> u32 {
        self.facts.attempts
    }

    /// How long the call took, with all attempts and waits. Zero if it was not begun.
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

    /// Nothing was sent, because an earlier response asked to wait for longer than the call may.
    pub(crate) fn paused(left: Duration) -> Self {
        let wait = Rounded(left);
        let text = format!("rate limited: the server asked for a pause, which ends in {wait}; nothing was sent").into();
        let facts = Facts { text: Some(text), unsent: true, retry_after: Some(left), ..Facts::default() };
        Self::new(ErrorKind::RateLimited, facts)
    }

    /// Nothing was sent, because the call had no time left.
    pub(crate) fn too_late() -> Self {
        let text = "timed out: the deadline has passed; nothing was sent".into();
        Self::new(ErrorKind::Timeout, Facts { text: Some(text), unsent: true, ..Facts::default() })
    }

    /// Adds the number of attempts, and the error of the attempt before.
    pub(crate) fn after(mut self, earlier: Option<&Self>, attempts: u32) -> Self {
        self.facts.uncertain_before = earlier.is_some_and(Self::may_have_taken_effect);
        self.facts.attempts = attempts;
        self
    }

    /// Adds the time that the call took.
    pub(crate) fn took(mut self, elapsed: Duration) -> Self {
        self.facts.elapsed = elapsed;
        self
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Cause>) -> Self {
        self.facts.source = Some(source.into());
        self
    }

    /// Adds the reason why the credentials were not refreshed.
    pub(crate) fn not_refreshed(mut self, cause: Cause, redaction: &Redaction) -> Self {
        self.facts.refresh_failure = Some(redaction.text(&chain(&*cause)));
        self.caused_by(cause)
    }
}

/// The last cause of an error, which is the most specific.
pub(crate) fn root<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    error.source().map_or(error, root)
}

/// An error with its causes, in one line.
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
