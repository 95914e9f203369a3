//! The policy for retries.

use std::time::Duration;

use crate::Error;

/// Decides whether and when a request is retried.
///
/// MantaGO publishes nothing about idempotency, so a POST is not assumed to be idempotent. By default, only status 429 and 503
/// and failures to connect are retried. (A 503 usually means that the server did nothing, but a gateway may send one after the
/// request was carried out; [`none`](Self::none) turns off that retry, too.) A GET always counts as idempotent.
///
/// The wait before a retry is random, but at least the server's `Retry-After`. If it would overrun the
/// [deadline](crate::ClientBuilder::deadline), the call ends at once with its last error.
///
/// A client and its clones are throttled together:
/// - A budget limits retries to one for every ten calls, and ten more in each 10 s, so that clients do not make an outage
///   worse. Without budget, a call ends with its last error. A retry after a 429 that asked to wait is free.
/// - After a 429 that asked to wait, nothing is sent until that wait or the [longest wait](Self::max_wait) is over. A call that
///   may not wait that long ends at once with [`RateLimited`](crate::ErrorKind::RateLimited) and 0 attempts; its `retry_after`
///   is the rest of the wait that the server asked for.
/// - Calls that waited at the same time are spread out, to about 100 a second.
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
    /// No retries and no waits: while an earlier response asks to wait, a call ends at once with
    /// [`RateLimited`](crate::ErrorKind::RateLimited).
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// Limits the attempts, including the first one. Default: 3. With 1, the policy is [`none`](Self::none); 0 means 1.
    pub fn max_attempts(mut self, limit: u32) -> Self {
        self.max_attempts = limit;
        self
    }

    /// Limits the random wait before the first retry. The limit doubles with each further retry. Default: 500 ms.
    pub fn base_backoff(mut self, bound: Duration) -> Self {
        self.base_backoff = bound;
        self
    }

    /// Caps the limit of the random wait, however often it doubles. Default: 8 s.
    pub fn max_backoff(mut self, bound: Duration) -> Self {
        self.max_backoff = bound;
        self
    }

    /// Limits a single wait. Default: 60 s. If the server asks for a longer one, the call ends at once, and other calls pause
    /// for this time only: a wrong `Retry-After` cannot stop a client for a day.
    pub fn max_wait(mut self, limit: Duration) -> Self {
        self.max_wait = limit;
        self
    }

    /// Also retries requests that may have been carried out: after timeouts, lost connections, and status 408 and 500 to
    /// 599. Default: `false`.
    ///
    /// Use this if repeating a request does no harm. The repetition may still return an error, for example because an earlier
    /// attempt has already removed the tag.
    pub fn assume_idempotent(mut self, idempotent: bool) -> Self {
        self.assume_idempotent = idempotent;
        self
    }

    /// The wait before the next retry, or `None` if this error must not be retried after this many retries.
    pub(crate) fn wait(&self, error: &Error, retries: u32, is_safe: bool) -> Option<Duration> {
        let idempotent = self.assume_idempotent || is_safe;
        if retries + 1 >= self.max_attempts || !(error.is_retryable() || idempotent && error.is_transient()) {
            return None;
        }
        let doubled = self.base_backoff.saturating_mul(2_u32.saturating_pow(retries));
        let backoff = doubled.min(self.max_backoff).mul_f64(fastrand::f64());
        Some(backoff.max(error.retry_after().unwrap_or_default())).filter(|wait| self.allows(*wait))
    }

    /// Whether a call may wait this long, for a retry or before it is sent.
    pub(crate) fn allows(&self, wait: Duration) -> bool {
        wait.is_zero() || self.max_attempts > 1 && wait <= self.max_wait
    }

    pub(crate) fn longest_wait(&self) -> Duration {
        self.max_wait
    }
}
