//! Limits the load that a client and its clones put on a server in trouble.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tower::retry::budget::{Budget, TpsBudget};

use crate::{Error, ErrorKind, RetryPolicy};

/// Each waiting call widens the spread by this much.
const SPREAD: Duration = Duration::from_millis(10);

/// The longest pause: adding an arbitrary duration to an `Instant` may overflow.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The retry budget and the pause of a client and its clones.
#[derive(Debug)]
pub(crate) struct Throttle {
    budget: TpsBudget,
    pause: watch::Sender<Option<Pause>>,
}

/// A pause after a 429 that asked to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pause {
    end: Instant,
    /// The end of the wait that the server asked for, even if the policy doesn't allow so long a wait.
    asked_end: Instant,
}

impl Pause {
    pub(crate) fn left(&self, now: Instant) -> Duration {
        self.end.saturating_duration_since(now)
    }

    pub(crate) fn asked_left(&self, now: Instant) -> Duration {
        self.asked_end.saturating_duration_since(now)
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self { budget: TpsBudget::new(Duration::from_secs(10), 1, 0.1), pause: watch::Sender::new(None) }
    }
}

impl Throttle {
    /// Adds a tenth of a retry to the budget, at the start of a call.
    pub(crate) fn deposit(&self) {
        self.budget.deposit();
    }

    /// Takes a retry from the budget. `false` if none is left. Retries after a 429 that asked to wait are free.
    pub(crate) fn allow_retry(&self, error: &Error) -> bool {
        asked_wait(error).is_some() || self.budget.withdraw()
    }

    /// Starts or extends the pause if a 429 asked to wait, up to the policy's longest wait.
    pub(crate) fn observe(&self, error: &Error, policy: &RetryPolicy, now: Instant) {
        let Some(asked) = asked_wait(error).map(|wait| wait.min(A_YEAR)) else { return };
        let next = Pause { end: now + asked.min(policy.longest_wait()), asked_end: now + asked };
        self.pause.send_modify(|pause| {
            if pause.is_none_or(|pause| pause.end < next.end) {
                *pause = Some(next);
            }
        });
    }

    /// The pause, unless it is over.
    pub(crate) fn pause(&self, now: Instant) -> Option<Pause> {
        self.pause.borrow().filter(|pause| pause.end > now)
    }

    /// Waits, and a little longer if other calls are waiting, too, so that they are not all sent at once. The extra wait is at
    /// most half of the call's remaining time.
    pub(crate) async fn wait(&self, duration: Duration, left: Duration) {
        let waiting = self.pause.subscribe();
        sleep(duration).await;
        let others = u32::try_from(self.pause.receiver_count()).unwrap_or(u32::MAX).saturating_sub(1);
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
