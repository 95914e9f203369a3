//! Calls MantaGO: each call has its own retries, and all calls pause together. The program retries instead of the SDK, so
//! that people see a wait and can end it.

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use mantago::types::{BasicSuccessResponse, PersonalTagMappingRequest};
use mantago::{Client, Error, ErrorCode, ErrorKind, Response};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::job::Job;
use crate::progress::Progress;
use crate::tally::{Failure, Stop, asks_to_wait};

/// The most attempts for one client, not counting those after which MantaGO asked for a wait.
const ATTEMPTS: u32 = 5;

/// The longest total of consecutive waits before the run stops.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The run stops after this many consecutive failures that are unrelated to their clients.
const FAILURES: usize = 20;

/// The bound of the random wait before the first retry; it doubles with each further one.
const BACKOFF: Duration = Duration::from_millis(500);

/// Calls resume one after another after a pause: each waiting call widens the spread by this much.
const SPREAD: Duration = Duration::from_millis(1);

pub struct Remover<'a> {
    api: &'a Client,
    job: &'a Job,
    progress: &'a Progress,
    keep_going: bool,
    concurrency: u16,
    paused_until: Cell<Instant>,
    failures_in_a_row: Cell<usize>,
    waits_in_a_row: Cell<Duration>,
    stop: watch::Sender<Option<Stop>>,
}

impl<'a> Remover<'a> {
    pub fn new(api: &'a Client, job: &'a Job, progress: &'a Progress, keep_going: bool, concurrency: u16) -> Self {
        Self {
            api,
            job,
            progress,
            keep_going,
            concurrency,
            paused_until: Cell::new(Instant::now()),
            failures_in_a_row: Cell::default(),
            waits_in_a_row: Cell::default(),
            stop: watch::Sender::default(),
        }
    }

    /// Stops the run: no more requests are sent. Only the first reason is kept.
    pub fn stop(&self, stop: Stop) {
        self.stop.send_if_modified(|reason| {
            let is_first = reason.is_none();
            reason.get_or_insert(stop);
            is_first
        });
    }

    pub fn stopped(&self) -> impl Future<Output = ()> + use<> {
        let mut stop = self.stop.subscribe();
        async move {
            // The sender lives as long as the run.
            let _ = stop.wait_for(Option::is_some).await;
        }
    }

    pub fn reason(&self) -> Option<Stop> {
        self.stop.borrow().clone()
    }

    /// Removes the tag from a client, with retries. A request that may have been carried out isn't repeated, except after
    /// a 503, as in the SDK's own policy.
    pub async fn remove(&self, request: &PersonalTagMappingRequest) -> Result<Response<BasicSuccessResponse>, Failure> {
        let (mut failures, mut attempts, mut is_uncertain) = (0, 0, false);
        loop {
            let call = self.api.personal_tag_mapping_delete().bot_id(&*self.job.bot_id).body(request.clone());
            let error = match call.send().await {
                Ok(response) => {
                    self.reset();
                    return Ok(response);
                }
                Err(error) => error,
            };
            attempts += error.attempts();
            is_uncertain |= error.may_have_taken_effect();
            self.observe(&error);
            let backoff = if named_wait(&error).is_some() {
                Duration::ZERO
            } else {
                failures += 1;
                BACKOFF.mul_f64(f64::from(1 << failures) / 2.0 * fastrand::f64())
            };
            if failures == ATTEMPTS || !error.is_retryable() || !self.wait_unless_stopped(backoff).await {
                return Err(Failure::new(&error, attempts, is_uncertain));
            }
        }
    }

    /// Waits for the end of a pause, and at least this long. Returns `false` as soon as the run stops.
    pub async fn wait_unless_stopped(&self, backoff: Duration) -> bool {
        let earliest = Instant::now() + backoff;
        loop {
            let now = Instant::now();
            let end = if self.paused_until.get() > now.max(earliest) {
                self.paused_until.get() + SPREAD.mul_f64(f64::from(self.concurrency) * fastrand::f64())
            } else {
                earliest
            };
            if self.stop.borrow().is_some() {
                return false;
            }
            if end <= now {
                return true;
            }
            tokio::select! {
                () = sleep_until(end) => {}
                () = self.stopped() => return false,
            }
        }
    }

    /// Decides whether a failed attempt ends the run or begins a pause.
    fn observe(&self, error: &Error) {
        use ErrorCode::{BotNotFound, ExpiredCredentials, SupersededCredentials, WrongCredentials};
        match error.code() {
            Some(WrongCredentials | ExpiredCredentials | SupersededCredentials) => {
                return self.stop(Stop::credentials(error));
            }
            Some(BotNotFound) => return self.stop(Stop::bot(error)),
            _ => {}
        }
        if let Some(wait) = named_wait(error) {
            return self.pause(wait, error.status().map_or(429, |status| status.as_u16()));
        }
        if is_about_client(error) {
            return self.reset();
        }
        let failures = self.failures_in_a_row.get() + 1;
        self.failures_in_a_row.set(failures);
        // All calls in flight may meet the same short outage, so that each needs a few attempts.
        let retries = if error.is_retryable() { 3 * usize::from(self.concurrency) } else { 0 };
        if failures >= FAILURES.max(retries) && !self.keep_going {
            self.stop(Stop::failures(failures, error));
        }
    }

    /// Begins a pause for all calls, extends it, or stops the run.
    fn pause(&self, wait: Duration, status: u16) {
        let is_running = self.paused_until.get() > Instant::now();
        let earlier = if is_running { Duration::ZERO } else { self.waits_in_a_row.get() };
        if wait.saturating_add(earlier) > LONGEST_WAIT {
            return self.stop(Stop::wait(wait, status));
        }
        self.paused_until.set(self.paused_until.get().max(Instant::now() + wait));
        self.progress.pause_until(self.paused_until.get());
        if !is_running {
            self.waits_in_a_row.set(earlier + wait);
            self.progress.say_wait(wait, &format!("{}; the run continues then", asks_to_wait(wait, status)));
        }
    }

    fn reset(&self) {
        self.failures_in_a_row.set(0);
        self.waits_in_a_row.set(Duration::ZERO);
    }
}

/// The wait that MantaGO asks for before the same request, if any.
fn named_wait(error: &Error) -> Option<Duration> {
    error.retry_after().filter(|wait| !wait.is_zero() && error.is_retryable())
}

/// Whether an error concerns only its client, so that calls for other clients may succeed.
fn is_about_client(error: &Error) -> bool {
    match (error.kind(), error.code()) {
        (_, Some(ErrorCode::MissingFields)) => false,
        (_, Some(ErrorCode::ClientNotFound))
        | (ErrorKind::NotFound | ErrorKind::Refused | ErrorKind::InvalidRequest, _) => true,
        // The code shows that MantaGO itself responded, not a proxy.
        (ErrorKind::UnexpectedResponse, code) => code.is_some(),
        _ => false,
    }
}
