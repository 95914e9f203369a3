//! A run over the list: the calls, some of them at a time, and when no more of them are begun.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::pin::pin;

use futures_util::{StreamExt, stream};
use mantago::types::PersonalTagMappingRequest;
use mantago::{Client, ClientIdentity, Error, ErrorCode, ErrorKind};
use tokio::signal::ctrl_c;
use tokio::sync::Notify;
use tokio::time::{Instant, interval_at};

use crate::journal::{Job, NotWritten, Writer};
use crate::list::{List, Row, State};
use crate::progress::Progress;
use crate::report::Report;
use crate::tally::{Failure, Tally};

/// After so many failures in a row that have nothing to do with their clients, no more calls are begun.
const POINTLESS: usize = 20;

pub struct Run<'a> {
    api: &'a Client,
    job: &'a Job,
    report: &'a Report,
    keep_going: bool,
    progress: Progress,
    begun: Cell<usize>,
    broken: RefCell<Option<String>>,
    /// Notified when no more calls are to be begun.
    stop: Notify,
}

impl<'a> Run<'a> {
    pub fn new(api: &'a Client, job: &'a Job, report: &'a Report, keep_going: bool, calls: usize) -> Self {
        let progress = Progress::new(calls, report.has_bar());
        Self {
            api,
            job,
            report,
            keep_going,
            progress,
            begun: Cell::default(),
            broken: RefCell::default(),
            stop: Notify::new(),
        }
    }

    pub async fn execute(self, list: &List, journal: Writer, concurrency: usize) -> Tally<'_> {
        let mut tally = self.call_all(list, &journal, concurrency).await;
        self.progress.finish();
        tally.begun = self.begun.get();
        tally.broken = journal.close().err().or(self.broken.take());
        tally.failures.sort_by_key(|failure| failure.line);
        tally
    }

    async fn call_all<'l>(&self, list: &'l List, journal: &Writer, concurrency: usize) -> Tally<'l> {
        let (mut tally, mut pointless) = (Tally::default(), 0);
        let to_do = stream::iter(list.to_do()).take_until(self.stop.notified());
        let calls = to_do.map(|(client, row)| self.remove(client, row, journal));
        let mut calls = pin!(calls.buffer_unordered(concurrency));
        let mut interrupt = pin!(interrupt());
        let mut lines = interval_at(Instant::now() + Progress::INTERVAL, Progress::INTERVAL);
        loop {
            tokio::select! {
                call = calls.next() => match call {
                    Some(Ok(None)) => (tally.removed, pointless) = (tally.removed + 1, 0),
                    Some(Ok(Some(failure))) => {
                        pointless = if failure.is_about_client { 0 } else { pointless + 1 };
                        if pointless == POINTLESS && !self.keep_going {
                            self.stop_at(&failure);
                        }
                        tally.failures.push(failure);
                    }
                    Some(Err(NotWritten)) => self.stop.notify_one(),
                    None => return tally,
                },
                () = &mut interrupt => {
                    if tally.is_interrupted {
                        return tally;
                    }
                    tally.is_interrupted = true;
                    interrupt.set(self::interrupt());
                    self.stop.notify_one();
                    self.progress.say("no more calls are begun; a second Ctrl-C does not wait for those in flight");
                }
                _ = lines.tick() => self.progress.print_line(),
            }
        }
    }

    /// Makes a call, between its two lines in the journal.
    async fn remove<'l>(
        &self,
        client: &'l ClientIdentity,
        row: &Row,
        journal: &Writer,
    ) -> Result<Option<Failure<'l>>, NotWritten> {
        let request = PersonalTagMappingRequest::for_client(client.clone(), &*self.job.tag_id);
        journal.announce(&request).await?;
        self.begun.set(self.begun.get() + 1);
        let call = self.api.personal_tag_mapping_delete().bot_id(&*self.job.bot_id).body(request.clone());
        let failure = call.send().await.err().map(|error| Failure {
            client,
            line: row.line,
            kind: error.kind(),
            error: error.to_string().into(),
            is_uncertain: error.may_have_taken_effect() || row.is_uncertain(),
            is_about_client: is_about_client(&error),
        });
        let state = match &failure {
            None => State::Removed,
            Some(failure) if failure.is_uncertain => State::Uncertain,
            Some(_) => State::Failed,
        };
        let error = failure.as_ref().map(|failure| &*failure.error);
        journal.record(state, &request, error);
        self.progress.count(state);
        if let Err(error) = self.report.call(&request, row.line, state, error) {
            self.broken.replace(Some(format!("standard output: {error}")));
            self.stop.notify_one();
        }
        Ok(failure)
    }

    fn stop_at(&self, failure: &Failure) {
        self.stop.notify_one();
        self.progress.say(&format!(
            "stopped, because the last {POINTLESS} calls failed for reasons that are not their clients: {}. \
            To go on, run the same command again; with --keep-going, it does not stop",
            failure.error
        ));
    }
}

/// The next Ctrl-C.
async fn interrupt() {
    if ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}

fn is_about_client(error: &Error) -> bool {
    match (error.kind(), error.code()) {
        (_, Some(ErrorCode::BotNotFound)) => false,
        (_, Some(ErrorCode::ClientNotFound))
        | (ErrorKind::NotFound | ErrorKind::Refused | ErrorKind::InvalidRequest, _) => true,
        // MantaGO itself says so, and not something on the way to it.
        (ErrorKind::UnexpectedResponse, code) => code.is_some(),
        _ => false,
    }
}
