//! A run over the list: what is left to do, and the calls that do it.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use mantago::{Client, ErrorCode, ErrorKind, RetryPolicy};
use tokio::sync::Notify;

use crate::journal::{History, Job, Journal, State};
use crate::list::{List, Row};
use crate::progress::Progress;
use crate::summary::Summary;

/// After so many failures in a row that every other call would share, such as 401, no more calls are begun.
const SHARED_FAILURES: usize = 20;

/// How many uncertain clients are named.
const NAMED: usize = 20;

/// What the list and the journal come to.
pub struct Plan {
    pub list: List,
    history: History,
}

impl Plan {
    pub fn new(list: List, job: &Job) -> Result<Self, String> {
        let history = History::read(&journal_of(&list), job)?;
        Ok(Self { list, history })
    }

    fn to_do(&self) -> impl Iterator<Item = &Row> {
        self.list.rows.iter().filter(|row| !self.history.is_removed(&row.client))
    }

    /// How many clients earlier runs have done.
    pub fn removed(&self) -> usize {
        self.list.rows.len() - self.to_do().count()
    }

    fn is_uncertain(&self, row: &Row) -> bool {
        self.history.is_uncertain(&row.client)
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (all, removed) = (self.list.rows.len(), self.removed());
        write!(f, "{}: {all} clients, {removed} done by earlier runs, {} to do.", self.list.name, all - removed)?;
        if self.list.repeated > 0 {
            write!(f, "\nRows that name a client of an earlier row, and are skipped: {}.", self.list.repeated)?;
        }
        let uncertain: Vec<_> = self.to_do().filter(|row| self.is_uncertain(row)).collect();
        for row in uncertain.iter().take(NAMED) {
            write!(f, "\nuncertain: line {}: an earlier call may have removed the tag; it is retried", row.line)?;
        }
        if uncertain.len() > NAMED {
            write!(f, "\nuncertain: {} more clients", uncertain.len() - NAMED)?;
        }
        Ok(())
    }
}

pub struct Run {
    client: Client,
    bot_id: String,
    plan: Plan,
    journal: Journal,
    concurrency: usize,
    /// Notified when no more calls are to be begun.
    pub stop: Arc<Notify>,
}

/// A call that failed.
pub struct Failure<'a> {
    pub row: &'a Row,
    pub error: mantago::Error,
    /// Whether the tag may have been removed, by this call or an earlier one.
    pub is_uncertain: bool,
}

impl Run {
    /// A list has time: it retries more often than the default policy.
    pub fn policy() -> RetryPolicy {
        RetryPolicy::default().max_attempts(5)
    }

    pub fn new(client: Client, job: Job, list: List, concurrency: usize) -> Result<Self, Box<dyn Error>> {
        let plan = Plan::new(list, &job)?;
        let journal = Journal::open(&journal_of(&plan.list), &job, &plan.history)?;
        Ok(Self { client, bot_id: job.bot_id, plan, journal, concurrency, stop: Arc::default() })
    }

    /// Whether the tag was removed from all clients. The error is that of a file that could not be written.
    pub async fn execute(&self) -> Result<bool, Box<dyn Error>> {
        println!("{}", self.plan);
        let mut summary = Summary::new(&self.plan);
        let mut progress = Progress::new(self.plan.to_do().count());
        let mut shared_failures = 0;
        let begun = stream::iter(self.plan.to_do()).take_until(self.stop.notified());
        let mut calls = std::pin::pin!(begun.map(|row| self.remove(row)).buffer_unordered(self.concurrency));
        while let Some(outcome) = calls.next().await {
            let failure = outcome?;
            progress.count(failure.is_some());
            shared_failures = if failure.as_ref().is_some_and(Failure::is_shared) { shared_failures + 1 } else { 0 };
            if let Some(Failure { error, .. }) = &failure
                && shared_failures == SHARED_FAILURES
            {
                eprintln!("\nNo more calls are begun, because the last {shared_failures} failed alike: {error}");
                self.stop.notify_one();
            }
            summary.add(failure);
        }
        progress.finish();
        summary.finish()
    }

    /// Makes a call, between its two lines in the journal.
    async fn remove<'a>(&self, row: &'a Row) -> Result<Option<Failure<'a>>, String> {
        self.journal.write(State::Sending, &row.request, None)?;
        let call = self.client.personal_tag_mapping_delete().bot_id(&*self.bot_id).body(row.request.clone());
        let Err(error) = call.send().await else {
            self.journal.write(State::Removed, &row.request, None)?;
            return Ok(None);
        };
        let is_uncertain = error.may_have_taken_effect() || self.plan.is_uncertain(row);
        let state = if is_uncertain { State::Uncertain } else { State::Failed };
        self.journal.write(state, &row.request, Some(&error))?;
        Ok(Some(Failure { row, error, is_uncertain }))
    }
}

impl Failure<'_> {
    /// Whether it is no matter of this one client.
    fn is_shared(&self) -> bool {
        let bot = self.error.code() == Some(ErrorCode::BotNotFound);
        let kind = matches!(self.error.kind(), ErrorKind::Unauthorized | ErrorKind::Redirect);
        bot || kind || self.error.is_retryable()
    }
}

fn journal_of(list: &List) -> String {
    format!("{}.journal", list.name)
}
