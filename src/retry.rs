//! When a request is sent again, and when a call has lasted long enough.

use std::fmt::{self, Display, Formatter};
use std::iter::successors;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body::Body as _;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Body, Method, Request, Response, StatusCode, Url};
use tokio::time::{Instant, sleep};
use tower::util::rng::{HasherRng, Rng};

use crate::Client;
use crate::response::{Captured, capture};

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
        let wait = bound.mul_f64(HasherRng::new().next_f64()).max(asked.unwrap_or_default());
        (wait <= self.longest_wait && wait < left).then_some(wait)
    }

    /// The bounds of the waits: one fewer than attempts.
    fn bounds(&self) -> impl Iterator<Item = Duration> {
        let doubled = |bound: &Duration| Some(bound.saturating_mul(2).min(self.largest_backoff));
        successors(Some(self.first_backoff), doubled).take(self.attempts as usize - 1)
    }
}

/// What came of an attempt.
struct Attempt {
    outcome: reqwest::Result<Response>,
    /// Whether nothing of the request was sent, so that the server cannot have acted on it.
    unsent: bool,
}

impl Attempt {
    fn of(outcome: reqwest::Result<Response>, is_sent: Option<&AtomicBool>) -> Self {
        let unsent = outcome.as_ref().is_err_and(|error| match is_sent {
            Some(is_sent) => !error.is_builder() && !is_sent.load(Ordering::Acquire),
            None => error.is_connect(),
        });
        Self { outcome, unsent }
    }

    /// The outcome, with a note of how it came about.
    fn note(self, count: u32, start: Instant) -> reqwest::Result<Response> {
        let Self { mut outcome, unsent } = self;
        // For one attempt, the answer says all, and mostly reqwest's own error does.
        if count > 1 || outcome.as_ref().is_err_and(|error| error.is_connect() != unsent) {
            let attempts = Attempts { count, elapsed: start.elapsed(), unsent };
            match &mut outcome {
                Ok(response) => {
                    if let Some(captured) = response.extensions_mut().get_mut::<Captured>() {
                        captured.attempts = Some(attempts);
                    }
                }
                Err(error) => {
                    if let Some(url) = error.url_mut() {
                        url.set_fragment(Some(&attempts.to_string()));
                    }
                }
            }
        }
        outcome
    }
}

/// Makes attempts until one succeeds, the policy has no more, or the time is up.
///
/// Not an `async fn`: the first attempt is begun before there is a future, which then has no place for a request.
pub(crate) fn send(
    client: &Client,
    mut request: Request,
    operation_id: &'static str,
) -> impl Future<Output = reqwest::Result<Response>> {
    let inner = &client.inner;
    let start = Instant::now();
    let template = Template::of(&mut request, inner.is_brought);
    let begin = |mut request: Request, template: &Template, left: Duration| {
        // Otherwise it is the client's own limit.
        if inner.is_brought || left < inner.timeout {
            *request.timeout_mut() = Some(left.min(inner.timeout));
        }
        client.begin(request, &template.body)
    };
    let (mut answer, mut is_sent) = begin(request, &template, inner.deadline);
    async move {
        #[cfg(feature = "tracing")]
        let mut last_start = start;
        let mut bounds = inner.retry.bounds();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut outcome = answer.await;
            if let Ok(response) = &mut outcome {
                // While its status and headers are still there to keep.
                let redirected = template.url.as_deref().is_some_and(|url| response.url() != url);
                capture(response, operation_id, redirected, &inner.authorization, &template.body).await;
            }
            let attempt = Attempt::of(outcome, is_sent.as_deref());
            #[cfg(feature = "tracing")]
            crate::events::attempt_ended(operation_id, attempts, last_start.elapsed(), &attempt.outcome);

            // Nothing follows the last attempt, nor one with a body that can be sent only once.
            let left = || inner.deadline.saturating_sub(start.elapsed());
            let bound = bounds.next().filter(|_| inner.retry.covers(&attempt, &template.method));
            let wait = bound.and_then(|bound| inner.retry.wait(&attempt.outcome, bound, left()));
            let again = wait.and_then(|wait| Some((wait, Box::new(template.again(&attempt.outcome)?))));
            let Some((wait, again)) = again else {
                #[cfg(feature = "tracing")]
                crate::events::call_ended(operation_id, attempts, start.elapsed(), &attempt.outcome);
                return attempt.note(attempts, start);
            };
            drop(attempt);
            #[cfg(feature = "tracing")]
            crate::events::waiting(operation_id, attempts, wait);
            // In boxes, for most calls do not come here: their futures have no place for it.
            Box::pin(sleep(wait)).await;
            #[cfg(feature = "tracing")]
            (last_start = Instant::now());
            (answer, is_sent) = begin(*again, &template, left());
        }
    }
}

/// What is kept of a request, to make it again if need be: that is less work for each call than a copy of it.
struct Template {
    method: Method,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Empty if there is none.
    body: Bytes,
    is_stream: bool,
    /// The URL, where the answer or the error may have another: a client that was brought may follow redirects.
    url: Option<Box<Url>>,
}

impl Template {
    /// Takes the body out of a request. A stream has no bytes to take, and an empty body is never read: they stay.
    fn of(request: &mut Request, may_redirect: bool) -> Self {
        let headers = request.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let is_stream = request.body().is_some_and(|body| body.as_bytes().is_none());
        let body = request.body_mut();
        let bytes = body.take_if(|body| body.as_bytes().is_some_and(|bytes| !bytes.is_empty()));
        Self {
            method: request.method().clone(),
            headers,
            body: bytes.and_then(whole).unwrap_or_default(),
            is_stream,
            url: may_redirect.then(|| Box::new(request.url().clone())),
        }
    }

    /// The request once more, after an attempt at it.
    fn again(&self, outcome: &reqwest::Result<Response>) -> Option<Request> {
        if self.is_stream {
            return None;
        }
        let url = match (&self.url, outcome) {
            (Some(url), _) => &**url,
            (None, Ok(response)) => response.url(),
            (None, Err(error)) => error.url()?,
        };
        let mut request = Request::new(self.method.clone(), url.clone());
        for (name, value) in &self.headers {
            request.headers_mut().append(name, value.clone());
        }
        Some(request)
    }
}

/// The one frame of a body that is there already.
fn whole(mut body: Body) -> Option<Bytes> {
    match Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().ok(),
        _ => None,
    }
}

/// How many attempts a call made, and how long they took with the waits between them.
///
/// progenitor's error has no place for this. It goes with what is kept of an answer, in a header of a documented error,
/// or, where there is no answer, in the fragment of the URL in reqwest's error, which is never sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempts {
    pub(crate) count: u32,
    pub(crate) elapsed: Duration,
    /// Whether nothing was sent at the last of them.
    pub(crate) unsent: bool,
}

const NOTE: HeaderName = HeaderName::from_static("mantago-attempts");

impl Attempts {
    /// Writes the note among the headers of an answer, or sees to it that there is none.
    pub(crate) fn put(attempts: Option<Self>, headers: &mut HeaderMap) {
        headers.remove(NOTE);
        if let Some(note) = attempts.and_then(|attempts| HeaderValue::from_str(&attempts.to_string()).ok()) {
            headers.insert(NOTE, note);
        }
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

impl Display for Attempts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "attempts={};ms={};unsent={}", self.count, self.elapsed.as_millis(), self.unsent)
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
        let date = http_date(value)?;
        // A date that is past asks for no wait.
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    });
    waits.max()
}

/// Reads an HTTP date in any of its three forms (RFC 9110, section 5.6.7). The name of the day is not compared with it.
fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    let words: Vec<_> = text.split([' ', ',', '-']).filter(|word| !word.is_empty()).collect();
    let ([_, day, month, year, time, "GMT"] | [_, month, day, time, year]) = words[..] else { return None };
    let number = |word: &str, most: u64| word.parse::<u64>().ok().filter(|number| *number <= most);
    let month = MONTHS.iter().position(|name| *name == month)? as u64;
    let day = number(day, 31)?.checked_sub(1)?;
    let year = match number(year, 9999)? {
        // The two digits of the second form mean 1970 to 2069.
        year @ ..70 => 2000 + year,
        year @ 70..100 => 1900 + year,
        year => year,
    };
    let mut parts = time.split(':');
    let mut part = |most| number(parts.next()?, most);
    let seconds = part(23)? * 3600 + part(59)? * 60 + part(60)?;

    // Counted from March, so that the day of a leap year is the last one.
    let year_from_march = year.checked_sub(u64::from(month < 2))?;
    let months_from_march = (month + 10) % 12;
    let leap_days = year_from_march / 4 - year_from_march / 100 + year_from_march / 400;
    let days = year_from_march * 365 + leap_days + (months_from_march * 153 + 2) / 5 + day;
    // 1970-01-01, counted alike.
    let days = days.checked_sub(719_468)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400 + seconds))
}
