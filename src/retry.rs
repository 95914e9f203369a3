//! When a request is sent again, and when a call has lasted long enough.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Request, Response, StatusCode};
use tokio::time::{Instant, sleep};

use crate::client::Inner;
use crate::response::Captured;

/// When a request is sent again.
///
/// A POST is not assumed to be harmless when it is repeated, and MantaGO publishes nothing about it. So by default only
/// what the server did not act on is sent again: status 429 and 503, and failures to connect. With
/// [`repeat_harmless`](Self::repeat_harmless), so are time-outs, connections that broke, and status 500, 502 and 504. A
/// GET, whose meaning in HTTP is that it changes nothing, is always taken to be harmless.
///
/// The wait before an attempt is random, from nothing to a bound: at first 500 ms, doubled each time up to 8 s. It is
/// never shorter than the server's `Retry-After`. A wait of more than 60 s is not begun, nor one that would overrun
/// the [deadline](crate::ClientBuilder::deadline): the call ends at once with its last error.
///
/// ```
/// use std::time::Duration;
/// use mantago::RetryPolicy;
///
/// let policy = RetryPolicy::default().attempts(5).longest_wait(Duration::from_secs(10));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    attempts: u32,
    first_backoff: Duration,
    largest_backoff: Duration,
    longest_wait: Duration,
    repeat_harmless: bool,
}

/// At most 3 attempts, and only what the server did not act on is sent again.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_backoff: Duration::from_millis(500),
            largest_backoff: Duration::from_secs(8),
            longest_wait: Duration::from_secs(60),
            repeat_harmless: false,
        }
    }
}

impl RetryPolicy {
    /// Sends nothing again.
    pub fn none() -> Self {
        Self::default().attempts(1)
    }

    /// Sets how many attempts are made at most, the first one included. Default: 3. 0 is taken as 1.
    pub fn attempts(mut self, most: u32) -> Self {
        self.attempts = most.max(1);
        self
    }

    /// Sets the bounds of the random wait: before the second attempt, and that up to which it doubles. Default: 500 ms
    /// and 8 s.
    pub fn backoff(mut self, first: Duration, largest: Duration) -> Self {
        self.first_backoff = first;
        self.largest_backoff = largest.max(first);
        self
    }

    /// Sets the longest wait that is begun. Default: 60 s. If the server's `Retry-After` asks for more, the call ends at
    /// once.
    pub fn longest_wait(mut self, limit: Duration) -> Self {
        self.longest_wait = limit;
        self
    }

    /// Says that a request which may have been carried out can be sent again all the same. Default: `false`.
    ///
    /// It is so where the second of two equal requests changes nothing, and where its answer is not taken for the
    /// outcome: a repeated removal may find nothing to remove, and be answered with an error.
    pub fn repeat_harmless(mut self, harmless: bool) -> Self {
        self.repeat_harmless = harmless;
        self
    }

    /// Whether what came of an attempt is a reason to send again.
    fn covers(&self, Attempt { outcome, unsent }: &Attempt, method: &Method) -> bool {
        let harmless = self.repeat_harmless || method.is_safe();
        match outcome {
            Err(error) => *unsent || (harmless && !error.is_builder() && !error.is_redirect()),
            // The answer to a redirect says nothing of the request.
            Ok(response) if Captured::of(response).is_some_and(Captured::is_redirected) => false,
            Ok(response) => match response.status() {
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => true,
                StatusCode::INTERNAL_SERVER_ERROR | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => harmless,
                // Another error's status has said what happened, even if its body breaks off.
                status => harmless && status.is_success() && Captured::of(response).is_some_and(Captured::broke_off),
            },
        }
    }

    /// How long to wait, if there is time for it: `left` is what remains of the deadline.
    fn wait(&self, outcome: &reqwest::Result<Response>, bound: Duration, left: Duration) -> Option<Duration> {
        let asked = outcome.as_ref().ok().and_then(|response| retry_after(response.headers()));
        let wait = bound.mul_f64(fastrand::f64()).max(asked.unwrap_or_default());
        (wait <= self.longest_wait && wait < left).then_some(wait)
    }

    /// The bounds of the waits: one fewer than attempts.
    fn bounds(&self) -> impl Iterator<Item = Duration> {
        let bounds = ExponentialBuilder::new().with_min_delay(self.first_backoff).with_max_delay(self.largest_backoff);
        bounds.without_max_times().build().take(self.attempts as usize - 1)
    }
}

/// What came of an attempt.
pub(crate) struct Attempt {
    pub(crate) outcome: reqwest::Result<Response>,
    /// Whether nothing of the request was sent, so that the server cannot have acted on it.
    pub(crate) unsent: bool,
}

/// Makes attempts until one succeeds, the policy has no more, or the time is up.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables, reason = "only events name the operation"))]
pub(crate) async fn send<F>(
    inner: &Inner,
    mut request: Request,
    operation_id: &'static str,
    make_attempt: impl Fn(Request) -> F,
) -> reqwest::Result<Response>
where
    F: Future<Output = Attempt>,
{
    let start = Instant::now();
    let left = || inner.deadline.saturating_sub(start.elapsed());
    let method = request.method().clone();
    let mut bounds = inner.retry.bounds();
    let mut attempts = 0;
    loop {
        attempts += 1;
        // Nothing follows the last attempt, nor one with a body that can be sent only once.
        let again = bounds.next().zip(request.try_clone());
        *request.timeout_mut() = Some(left().min(inner.timeout));
        #[cfg(feature = "tracing")]
        let begun = Instant::now();
        let attempt = make_attempt(request).await;
        #[cfg(feature = "tracing")]
        crate::events::attempt_ended(operation_id, attempts, begun.elapsed(), &attempt.outcome);

        let again = again.filter(|_| inner.retry.covers(&attempt, &method));
        let next = again.and_then(|(bound, again)| Some((inner.retry.wait(&attempt.outcome, bound, left())?, again)));
        let Some((wait, again)) = next else {
            #[cfg(feature = "tracing")]
            crate::events::call_ended(operation_id, attempts, start.elapsed(), &attempt.outcome);
            let Attempt { outcome, unsent } = attempt;
            return Attempts { count: attempts, elapsed: start.elapsed(), unsent }.note(outcome);
        };
        #[cfg(feature = "tracing")]
        crate::events::waiting(operation_id, attempts, wait);
        sleep(wait).await;
        request = again;
    }
}

/// How many attempts a call made, and how long they took with the waits between them.
///
/// progenitor's error has no place for this. It goes in a header of the answer, or, where there is none, in the
/// fragment of the URL in reqwest's error, which is never sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempts {
    pub(crate) count: u32,
    pub(crate) elapsed: Duration,
    /// Whether nothing was sent at the last of them.
    pub(crate) unsent: bool,
}

const NOTE: HeaderName = HeaderName::from_static("mantago-attempts");

impl Attempts {
    fn note(self, mut outcome: reqwest::Result<Response>) -> reqwest::Result<Response> {
        // For one attempt, reqwest's own error mostly says all.
        let told = |error: &reqwest::Error| error.is_connect() == self.unsent;
        let needed = self.count > 1 || outcome.as_ref().is_err_and(|error| !told(error));
        let note =
            needed.then(|| format!("attempts={};ms={};unsent={}", self.count, self.elapsed.as_millis(), self.unsent));
        match &mut outcome {
            Ok(response) => {
                response.headers_mut().remove(NOTE);
                let note = note.filter(|_| {
                    !response.status().is_success() || Captured::of(response).is_some_and(Captured::is_fault)
                });
                if let Some(note) = note.and_then(|note| HeaderValue::from_str(&note).ok()) {
                    response.headers_mut().insert(NOTE, note);
                }
            }
            Err(error) => {
                if let (Some(url), Some(note)) = (error.url_mut(), note) {
                    url.set_fragment(Some(&note));
                }
            }
        }
        outcome
    }

    /// Reads the note out of the headers of an answer, and takes it from them.
    pub(crate) fn of_headers(headers: &mut HeaderMap) -> Option<Self> {
        Self::read(headers.remove(NOTE)?.to_str().ok()?)
    }

    pub(crate) fn of_error(error: &reqwest::Error) -> Option<Self> {
        Self::read(error.url()?.fragment()?)
    }

    fn read(note: &str) -> Option<Self> {
        let mut parts = note.split(';').map(|part| part.split_once('=').map(|(_, value)| value));
        let mut next = || parts.next().flatten();
        Some(Self {
            count: next()?.parse().ok()?,
            elapsed: Duration::from_millis(next()?.parse().ok()?),
            unsent: next()?.parse().ok()?,
        })
    }
}

/// Reads `Retry-After`: a number of seconds, or a date. Of several, the longest counts.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let waits = headers.get_all(RETRY_AFTER).iter().filter_map(|value| {
        let value = value.to_str().ok()?.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            // What does not fit is longer than anyone waits.
            return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
        }
        let date = httpdate::parse_http_date(value).ok()?;
        // A date that is past asks for no wait.
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    });
    waits.max()
}
