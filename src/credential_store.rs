//! The current pair of a client and its clones, and the function that fetches a newer one.
//!
//! A refresh belongs to the client, not to the call that began it: it runs in its own task, so that it survives a call
//! that is dropped or out of time, and all calls wait for the same one. Until MantaGO accepts a fetched pair, the next
//! refreshes wait longer and longer.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::credentials::Pair;
use crate::error::Cause;
use crate::{Credentials, Error};

/// The shortest time from the end of a refresh to the next one, unless a pair was accepted in between. It doubles each time.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);

/// A refresh that takes longer counts as hanging, and the next call begins another.
const LONGEST_REFRESH: Duration = Duration::from_secs(30);

/// The function that fetches the current pair.
pub(crate) type Fetch = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Credentials, Cause>> + Send>> + Send + Sync>;

pub(crate) fn boxed<F, R, E>(fetch: F) -> Fetch
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<Credentials, E>> + Send + 'static,
    E: Into<Cause>,
{
    Arc::new(move || {
        let fetched = fetch();
        Box::pin(async { fetched.await.map_err(E::into) })
    })
}

pub(crate) struct CredentialStore {
    state: watch::Sender<State>,
    fetch: Option<Fetch>,
}

struct State {
    pair: Arc<Pair>,
    running: Option<Refresh>,
    backoff: Backoff,
    /// Why the last refresh failed.
    failure: Option<Arc<Error>>,
}

/// A running refresh and its task.
struct Refresh {
    started: Instant,
    task: AbortHandle,
}

/// When the next refresh may begin: at once, or after failures.
#[derive(Clone, Copy)]
struct Backoff {
    next: Option<Instant>,
    interval: Duration,
}

impl State {
    fn new(pair: Arc<Pair>, running: Option<Refresh>) -> Self {
        Self { pair, running, backoff: Backoff { next: None, interval: SHORTEST_INTERVAL }, failure: None }
    }
}

impl Refresh {
    /// `false` if it hangs, or if its runtime has ended.
    fn is_running(&self, now: Instant) -> bool {
        now < self.started + LONGEST_REFRESH && !self.task.is_finished()
    }
}

impl Backoff {
    fn is_over(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| now >= next)
    }

    /// Forgets old failures.
    fn forget(&mut self, now: Instant) {
        if self.next.is_some_and(|next| now >= next + LONGEST_INTERVAL) {
            self.interval = SHORTEST_INTERVAL;
        }
    }

    fn extend(&mut self, now: Instant) {
        self.next = Some(now + self.interval);
        self.interval = LONGEST_INTERVAL.min(self.interval * 2);
    }
}

impl CredentialStore {
    pub(crate) fn new(credentials: Credentials, fetch: Option<Fetch>) -> Result<Arc<Self>, Error> {
        let state = watch::Sender::new(State::new(Pair::new(credentials)?, None));
        Ok(Arc::new(Self { state, fetch }))
    }

    pub(crate) fn get(&self) -> Arc<Pair> {
        self.state.borrow().pair.clone()
    }

    pub(crate) fn set(&self, credentials: Credentials) -> Result<(), Error> {
        let pair = Pair::new(credentials)?;
        self.state.send_modify(|state| *state = State::new(pair, state.running.take()));
        Ok(())
    }

    /// Ends the backoff, because a call with this pair has succeeded.
    pub(crate) fn accept(&self, pair: &Arc<Pair>) {
        if !pair.is_accepted.load(Relaxed) && !pair.is_accepted.swap(true, Relaxed) {
            self.state.send_modify(|state| {
                if Arc::ptr_eq(&state.pair, pair) {
                    *state = State::new(pair.clone(), state.running.take());
                }
            });
        }
    }

    /// Waits until the current pair differs from the refused one. `false` if it does not, and no function can fetch another.
    pub(crate) async fn replace(self: &Arc<Self>, refused: &Arc<Pair>) -> Result<bool, Arc<Error>> {
        if let Some(fetch) = &self.fetch {
            self.refresh(fetch, refused);
        }
        let is_replaced = |state: &State| state.pair.credentials != refused.credentials;
        let mut changes = self.state.subscribe();
        let waited = changes.wait_for(|state| state.running.is_none() || is_replaced(state)).await;
        match waited {
            Ok(state) if !is_replaced(&state) => state.failure.clone().map_or(Ok(false), Err),
            _ => Ok(true),
        }
    }

    /// Begins a refresh, unless one is running, it is too early, or the pair has been replaced.
    fn refresh(self: &Arc<Self>, fetch: &Fetch, refused: &Arc<Pair>) {
        let has_begun = self.state.send_if_modified(|state| {
            let now = Instant::now();
            let is_running = state.running.as_ref().is_some_and(|refresh| refresh.is_running(now));
            let is_replaced = state.pair.credentials != refused.credentials;
            if is_running || is_replaced || !state.backoff.is_over(now) {
                return false;
            }
            state.backoff.forget(now);
            let task = tokio::spawn(in_span(run(self.clone(), fetch.clone(), refused.clone(), now)));
            state.running = Some(Refresh { started: now, task: task.abort_handle() });
            true
        });
        if has_begun {
            // Outside the lock, because a subscriber may ask for the pair.
            #[cfg(feature = "tracing")]
            tracing::debug!(target: "mantago", "refreshing the credentials");
        }
    }

    fn finish(&self, refused: &Pair, started: Instant, fetched: Result<Credentials, Cause>) {
        let pair = fetched.and_then(|credentials| different_pair(credentials, refused));
        #[cfg(feature = "tracing")]
        crate::span::refreshed(&pair, refused);
        self.state.send_modify(|state| {
            state.running.take_if(|refresh| refresh.started == started);
            if state.pair.credentials != refused.credentials {
                return; // `set` won the race.
            }
            let cause = match pair {
                Ok(pair) => {
                    state.pair = pair;
                    // Shown if this pair is refused before the next refresh may begin.
                    "it returned a pair that was also refused".into()
                }
                Err(cause) => cause,
            };
            state.failure = Some(Arc::new(Error::configuration("refreshing the credentials failed").caused_by(cause)));
            state.backoff.extend(Instant::now());
        });
    }
}

async fn run(store: Arc<CredentialStore>, fetch: Fetch, refused: Arc<Pair>, started: Instant) {
    // In its own task, which contains a panic.
    let fetched = tokio::spawn(in_span(async move { fetch().await })).await;
    store.finish(&refused, started, fetched.unwrap_or_else(|panic| Err(panic.into())));
}

fn different_pair(credentials: Credentials, refused: &Pair) -> Result<Arc<Pair>, Cause> {
    let pair = Pair::new(credentials)?;
    if pair.credentials == refused.credentials {
        return Err("it returned the pair that was refused".into());
    }
    Ok(pair)
}

/// Logs within the span of the call that began the refresh.
#[cfg(feature = "tracing")]
fn in_span<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
    tracing::Instrument::in_current_span(future)
}

#[cfg(not(feature = "tracing"))]
use std::convert::identity as in_span;
