//! The pair that a client and its clones use now, and where a newer one comes from.
//!
//! A refresh belongs to the client, not to the call that began it: it runs in a task of its own, so that a call which is
//! dropped or has little time does not end it, and all calls wait for the one. It is believed only as far as MantaGO accepts
//! what it returns: until then, each further one has to wait longer.

use std::fmt::{self, Debug, Formatter};
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

/// The least time from the end of a refresh to the next one, unless a pair was accepted in between. It doubles each time.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);

/// A refresh that takes longer hangs: the next call begins another.
const LONGEST_REFRESH: Duration = Duration::from_secs(30);

/// The function that fetches the current pair.
pub(crate) type Fetch = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Credentials, Cause>> + Send>> + Send + Sync>;

pub(crate) struct Current {
    state: watch::Sender<State>,
    fetch: Option<Fetch>,
}

struct State {
    pair: Arc<Pair>,
    /// When the refresh began that is running, and its task.
    running: Option<(Instant, AbortHandle)>,
    /// A pair that is refused is not refreshed before that: `failure` says why.
    not_before: Instant,
    interval: Duration,
    failure: Option<Arc<Error>>,
}

impl State {
    fn new(pair: Arc<Pair>, running: Option<(Instant, AbortHandle)>) -> Self {
        Self { pair, running, not_before: Instant::now(), interval: SHORTEST_INTERVAL, failure: None }
    }
}

impl Current {
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

    /// A call with that pair has succeeded.
    pub(crate) fn accept(&self, pair: &Arc<Pair>) {
        if !pair.is_accepted.load(Relaxed) && !pair.is_accepted.swap(true, Relaxed) {
            self.state.send_modify(|state| {
                if Arc::ptr_eq(&state.pair, pair) {
                    *state = State::new(pair.clone(), state.running.take());
                }
            });
        }
    }

    /// Makes sure that the current pair is another than the one that MantaGO refused. `false` if it is the same, and
    /// there is no function that could fetch another.
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

    /// Begins a refresh, unless there is one, or it is too early, or the pair is another one by now.
    fn refresh(self: &Arc<Self>, fetch: &Fetch, refused: &Arc<Pair>) {
        let has_begun = self.state.send_if_modified(|state| {
            let now = Instant::now();
            // Not if it hangs, nor if its runtime has ended.
            let lasts = |(since, task): &(Instant, AbortHandle)| now < *since + LONGEST_REFRESH && !task.is_finished();
            if state.running.as_ref().is_some_and(lasts)
                || now < state.not_before
                || state.pair.credentials != refused.credentials
            {
                return false;
            }
            if now >= state.not_before + LONGEST_INTERVAL {
                // What was refused so long ago has passed.
                state.interval = SHORTEST_INTERVAL;
            }
            let (current, fetch, refused) = (self.clone(), fetch.clone(), refused.clone());
            let task = tokio::spawn(async move {
                // In a task of its own, where it may panic.
                let fetched = tokio::spawn(async move { fetch().await }).await;
                current.end(&refused, now, fetched.unwrap_or_else(|panic| Err(panic.into())));
            });
            state.running = Some((now, task.abort_handle()));
            true
        });
        if has_begun {
            // Not within the lock: who listens may ask for the pair.
            #[cfg(feature = "tracing")]
            tracing::debug!("refreshing the credentials");
        }
    }

    /// Ends the refresh that began then.
    fn end(&self, refused: &Pair, since: Instant, fetched: Result<Credentials, Cause>) {
        let fetched = fetched.and_then(|credentials| match Pair::new(credentials)? {
            pair if pair.credentials == refused.credentials => Err("it returned the pair that was refused".into()),
            pair => Ok(pair),
        });
        self.state.send_modify(|state| {
            state.running.take_if(|(other, _)| *other == since);
            if state.pair.credentials != refused.credentials {
                // By `set`, in the meantime.
                return;
            }
            state.not_before = Instant::now() + state.interval;
            state.interval = LONGEST_INTERVAL.min(state.interval * 2);
            let cause = fetched.map(|pair| state.pair = pair).err();
            let cause = cause.unwrap_or_else(|| "it returned a pair that was refused, too".into());
            state.failure = Some(Arc::new(Error::configuration("refreshing the credentials failed").caused_by(cause)));
        });
    }
}

impl Debug for Current {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.get().credentials, f)
    }
}
