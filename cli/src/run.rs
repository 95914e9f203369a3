//! A run over a list: a number of calls at a time, each between its two lines in the journal.

use std::cell::RefCell;
use std::collections::HashSet;
use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use mantago::ClientIdentity;
use mantago::types::PersonalTagMappingRequest;
use tokio::time::{Instant, interval_at};

use crate::job::Job;
use crate::journal::{NotWritten, Writer};
use crate::list::{List, Row, State};
use crate::progress::Progress;
use crate::remover::Remover;
use crate::report::Report;
use crate::signals::Signals;
use crate::tally::{Failure, Stop, Tally};

pub struct Run<'a> {
    pub job: &'a Job,
    pub remover: &'a Remover<'a>,
    pub progress: &'a Progress,
    pub report: &'a Report,
    pub journal: Writer,
}

enum Outcome {
    Removed,
    Failed(u64, Failure),
    NotStarted,
}

impl Run<'_> {
    pub async fn execute(self, list: &List, concurrency: u16) -> Tally {
        let started = RefCell::default();
        let mut tally = self.call_all(list, &started, concurrency).await;
        self.progress.finish();
        tally.started = started.into_inner();
        tally.stop = match self.journal.close() {
            Ok(()) => self.remover.reason(),
            Err(error) => Some(Stop::journal(error)),
        };
        tally
    }

    async fn call_all(&self, list: &List, started: &RefCell<HashSet<u64>>, concurrency: u16) -> Tally {
        let (mut tally, mut is_interrupted) = (Tally::default(), false);
        let to_do = stream::iter(list.to_do()).take_until(self.remover.stopped());
        let calls = to_do.map(|(client, row)| self.remove(client, row, started));
        let mut calls = pin!(calls.buffer_unordered(concurrency.into()));
        let mut signals = Signals::new();
        let mut ticks = interval_at(Instant::now() + self.progress.interval(), self.progress.interval());
        loop {
            tokio::select! {
                outcome = calls.next() => match outcome {
                    Some(Outcome::Removed) => tally.removed += 1,
                    Some(Outcome::Failed(line, failure)) => {
                        tally.failures.insert(line, failure);
                    }
                    Some(Outcome::NotStarted) => {}
                    None => return tally,
                },
                () = signals.next() => {
                    if is_interrupted {
                        return tally;
                    }
                    is_interrupted = true;
                    self.remover.stop(Stop::interrupted());
                    self.progress.say("no more calls are started; press Ctrl-C again to quit without waiting");
                }
                _ = ticks.tick() => self.progress.tick(),
            }
        }
    }

    async fn remove(&self, client: &ClientIdentity, row: &Row, started: &RefCell<HashSet<u64>>) -> Outcome {
        let request = PersonalTagMappingRequest::for_client(client.clone(), &*self.job.tag_id);
        if !self.remover.wait_unless_stopped(Duration::ZERO).await {
            return Outcome::NotStarted;
        }
        started.borrow_mut().insert(row.line);
        if let Err(NotWritten) = self.journal.announce(&request).await {
            started.borrow_mut().remove(&row.line);
            self.remover.stop(Stop::journal(String::new()));
            return Outcome::NotStarted;
        }
        let removed = self.remover.remove(&request).await;
        let failure = removed
            .err()
            .map(|failure| Failure { is_uncertain: failure.is_uncertain || row.is_uncertain(), ..failure });
        let state = State::after(failure.as_ref());
        self.journal.record(state, &request, failure.as_ref().map(|failure| &*failure.error));
        self.progress.count(state);
        if let Err(error) = self.report.call(&request, row.line, failure.as_ref()) {
            self.remover.stop(Stop::output(error));
        }
        failure.map_or(Outcome::Removed, |failure| Outcome::Failed(row.line, failure))
    }
}
