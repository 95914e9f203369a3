//! The credentials that a client shares with its clones, and the function that fetches new ones.
//!
//! A refresh runs in its own task, so that it continues if the call that started it is dropped or misses its deadline. All
//! calls with the refused pair wait for the same refresh. After each refresh, the next one is held back for longer (1 s, 2 s
//! and so on up to 30 s), until MantaGO accepts a fetched pair.

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

/// The time from the end of the first refresh to the next one. It doubles with each further refresh, up to the longest
/// interval.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);

/// A refresh that takes longer counts as hanging: the next refused call starts another.
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

/// The earliest start of the next refresh (`None`: at once), and the interval after it.
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
    /// `false` if the refresh hangs, has finished, or was dropped with its runtime.
    fn is_running(&self, now: Instant) -> bool {
        now < self.started + LONGEST_REFRESH && !self.task.is_finished()
    }
}

impl Backoff {
    fn is_over(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| now >= next)
    }

    /// Starts over with the shortest interval if the last refresh was long ago.
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

    /// Ends the backoff when a call succeeds with this pair for the first time.
    pub(crate) fn accept(&self, pair: &Arc<Pair>) {
        if !pair.is_accepted.load(Relaxed) && !pair.is_accepted.swap(true, Relaxed) {
            self.state.send_modify(|state| {
                if Arc::ptr_eq(&state.pair, pair) {
                    *state = State::new(pair.clone(), state.running.take());
                }
            });
        }
    }

    /// Replaces the refused pair: starts or joins a refresh, and waits until it ends or another pair is set. `false` if the
    /// pair stays the same because the client has no function that fetches one.
    ///
    /// # Errors
    /// The failure of this refresh, or of the last one if it is too early for another.
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

    /// Starts a refresh, unless one is running, the backoff is not over, or the pair has already been replaced.
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
            // Outside the lock: a tracing subscriber may call this client.
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
                    // Reported if this pair is refused, too, before the backoff ends.
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
    // In a second task, so that a panic ends as an error.
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

/// Puts the refresh into the span of the call that started it.
#[cfg(feature = "tracing")]
fn in_span<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
    tracing::Instrument::in_current_span(future)
}

#[cfg(not(feature = "tracing"))]
use std::convert::identity as in_span;
