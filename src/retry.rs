//! When a request is retried, and when a client holds back.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tower::retry::budget::{Budget, TpsBudget};

use crate::{Error, ErrorKind};

/// When a request is retried.
///
/// A POST is not assumed to be idempotent, and MantaGO publishes nothing about it. So by default only status 429 and 503
/// and failures to connect are retried. (A gateway's 503 may hide a request that was carried out; [`none`](Self::none)
/// turns that off.) A GET always counts as idempotent.
///
/// The wait before a retry is random, never shorter than the server's `Retry-After`, and not begun if it would overrun
/// the [deadline](crate::ClientBuilder::deadline): then the call ends at once with its last error.
///
/// A client and its clones hold back together:
/// - Retries have a budget: one for each ten calls, and ten more in each 10 s. Beyond it, calls end with their last
///   error, so that an outage is not made worse by its clients. Only a 429 that names a wait takes nothing from it.
/// - When a 429 names a wait, no call is sent before it is over, or before the [longest wait](Self::max_wait) is. A call
///   that may not wait so long ends at once with [`RateLimited`](crate::ErrorKind::RateLimited), 0 attempts, and what is
///   left as its `retry_after`.
/// - Calls that have waited together do not go on at once: about 100 of them do in each second.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    max_attempts: u32,
    base_backoff: Duration,
    max_backoff: Duration,
    max_wait: Duration,
    assume_idempotent: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(8),
            max_wait: Duration::from_secs(60),
            assume_idempotent: false,
        }
    }
}

impl RetryPolicy {
    /// No retries, and no waits: a call that may not be sent because an earlier response asked to wait ends at once, with
    /// [`RateLimited`](crate::ErrorKind::RateLimited) and the rest of that wait as its `retry_after`.
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets how many attempts are made at most, the first one included. Default: 3. 1 is [`none`](Self::none), and 0 means 1.
    pub fn max_attempts(mut self, limit: u32) -> Self {
        self.max_attempts = limit;
        self
    }

    /// Sets the bound of the random wait before the first retry; it doubles with each further one. Default: 500 ms.
    pub fn base_backoff(mut self, bound: Duration) -> Self {
        self.base_backoff = bound;
        self
    }

    /// Sets the bound at which the random wait stops doubling. Default: 8 s.
    pub fn max_backoff(mut self, bound: Duration) -> Self {
        self.max_backoff = bound;
        self
    }

    /// Sets the longest wait that is begun. Default: 60 s. If the server asks for a longer one, the call ends at once, and
    /// other calls are held back only for this long: a wrong `Retry-After` does not stop a client for a day.
    pub fn max_wait(mut self, limit: Duration) -> Self {
        self.max_wait = limit;
        self
    }

    /// Also retries requests that may have been carried out: after timeouts, lost connections, and status 408 and 500 to
    /// 599. Default: `false`.
    ///
    /// Choose it where a repeated request does no harm. Its response may be an error: a repeated removal may find
    /// nothing to remove.
    pub fn assume_idempotent(mut self, idempotent: bool) -> Self {
        self.assume_idempotent = idempotent;
        self
    }

    /// How long to wait before the next retry, if the policy has one for this error after that many.
    pub(crate) fn wait(&self, error: &Error, retries: u32, is_safe: bool) -> Option<Duration> {
        let idempotent = self.assume_idempotent || is_safe;
        if retries + 1 >= self.max_attempts || !(error.is_retryable() || idempotent && error.is_transient()) {
            return None;
        }
        let doubled = self.base_backoff.saturating_mul(2_u32.saturating_pow(retries));
        let backoff = doubled.min(self.max_backoff).mul_f64(fastrand::f64());
        Some(backoff.max(error.retry_after().unwrap_or_default())).filter(|wait| self.allows(*wait))
    }

    /// Whether a call may wait for so long, for a retry or before it is sent.
    pub(crate) fn allows(&self, wait: Duration) -> bool {
        wait.is_zero() || self.max_attempts > 1 && wait <= self.max_wait
    }
}

/// How much time each call that waits adds to the time in which they go on.
const SPREAD: Duration = Duration::from_millis(10);

/// Longer than anyone waits, and not too long for a clock.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Shared by a client and its clones, so that together they do not overload the server.
#[derive(Debug)]
pub(crate) struct Throttle {
    budget: TpsBudget,
    rest: watch::Sender<Option<Rest>>,
}

/// After a 429 that asked to wait, nothing is sent for a while.
#[derive(Clone, Copy, Debug)]
struct Rest {
    end: Instant,
    /// The end of the wait that the response asked for, which may be longer than any policy waits.
    asked_end: Instant,
}

/// The time left of a rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pause {
    pub(crate) left: Duration,
    /// The time left of the wait that the response asked for.
    pub(crate) asked_left: Duration,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { budget: TpsBudget::new(Duration::from_secs(10), 1, 0.1), rest: watch::Sender::new(None) }
    }
}

impl Throttle {
    /// Earns a part of a retry, when a call begins.
    pub(crate) fn deposit(&self) {
        self.budget.deposit();
    }

    /// Takes a retry from the budget, if one is left. After a wait that the server asked for, none is needed.
    pub(crate) fn allow_retry(&self, error: &Error) -> bool {
        asked_wait(error).is_some() || self.budget.withdraw()
    }

    /// Begins or extends a pause if the server asked to wait, but not for longer than a call may wait.
    pub(crate) fn observe(&self, error: &Error, policy: &RetryPolicy, now: Instant) {
        let Some(asked) = asked_wait(error).map(|wait| wait.min(A_YEAR)) else { return };
        let next = Rest { end: now + asked.min(policy.max_wait), asked_end: now + asked };
        self.rest.send_modify(|rest| {
            if rest.is_none_or(|rest| rest.end < next.end) {
                *rest = Some(next);
            }
        });
    }

    /// The pause, if there is one.
    pub(crate) fn pause(&self, now: Instant) -> Option<Pause> {
        let rest = (*self.rest.borrow())?;
        let [left, asked_left] = [rest.end, rest.asked_end].map(|end| end.saturating_duration_since(now));
        (!left.is_zero()).then_some(Pause { left, asked_left })
    }

    /// Waits, and then a little longer where other calls wait, too, so that they do not go on all at once. That takes no
    /// more than a half of the time that the call has left.
    pub(crate) async fn wait(&self, duration: Duration, left: Duration) {
        let waiting = self.rest.subscribe();
        sleep(duration).await;
        let others = u32::try_from(self.rest.receiver_count()).unwrap_or(u32::MAX).saturating_sub(1);
        let spread = SPREAD.saturating_mul(others).min(left.saturating_sub(duration) / 2);
        if !spread.is_zero() {
            sleep(spread.mul_f64(fastrand::f64())).await;
        }
        drop(waiting);
    }
}

/// How long a 429 asked to wait, if it did.
fn asked_wait(error: &Error) -> Option<Duration> {
    error.retry_after().filter(|wait| !wait.is_zero() && error.kind() == ErrorKind::RateLimited)
}
