//! The report on standard output: for people, or as lines of JSON for other programs.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{IsTerminal, stdout};
use std::path::Path;

use indexmap::IndexMap;
use mantago::types::{BasicSuccessResponse, PersonalTagMappingRequest};
use mantago::{ClientIdentity, ErrorKind, Response};
use serde::Serialize;

use crate::console::{complain, count, escape_json, one_line, print, write_out};
use crate::list::{List, State};
use crate::tally::{Failure, Reason, Stop, Tally};

/// How many uncertain clients are listed.
const LISTED: usize = 20;

pub struct Report {
    is_json: bool,
}

/// The lines of JSON.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Line<'a> {
    Plan {
        list: Option<&'a str>,
        clients: usize,
        to_do: usize,
        removed_earlier: usize,
        uncertain: usize,
        repeated: usize,
    },
    Client {
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<u64>,
        state: &'a str,
        #[serde(flatten)]
        request: &'a PersonalTagMappingRequest,
        #[serde(flatten)]
        failure: Option<FailureFields<'a>>,
    },
    Summary {
        removed: usize,
        failed: usize,
        uncertain: usize,
        not_begun: usize,
        interrupted: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        stopped: Option<&'a Stop>,
    },
}

#[derive(Serialize)]
struct FailureFields<'a> {
    error: &'a str,
    status: Option<u16>,
    code: Option<i64>,
    kind: String,
    attempts: u32,
}

impl<'a> From<&'a Failure> for FailureFields<'a> {
    fn from(failure: &'a Failure) -> Self {
        let Failure { status, code, attempts, .. } = *failure;
        let mut kind = format!("{:?}", failure.kind);
        kind[..1].make_ascii_lowercase();
        Self { error: &failure.error, status, code, kind, attempts }
    }
}

impl Report {
    pub fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// Whether a bar on standard error would not come between the lines of JSON.
    pub fn has_bar(&self) -> bool {
        !(self.is_json && stdout().is_terminal())
    }

    /// The outcome of a call without a list.
    pub fn one(
        &self,
        request: &PersonalTagMappingRequest,
        outcome: &Result<Response<BasicSuccessResponse>, Failure>,
        stop: Option<&Stop>,
    ) -> Result<(), String> {
        if let Some(stop) = stop.filter(|stop| stop.reason == Reason::Wait) {
            complain(&stop.message);
        }
        match outcome {
            _ if self.is_json => print_json(&client(None, request, outcome.as_ref().err())),
            Ok(response) => print(one_line(&response.message)),
            Err(failure) => {
                complain(&failure.error);
                Ok(())
            }
        }
    }

    /// The call that a dry run doesn't make.
    pub fn plan_one(&self, client: &ClientIdentity, tag_id: &str, bot_id: &str) -> Result<(), String> {
        if self.is_json {
            return print_json(&Line::Plan {
                list: None,
                clients: 1,
                to_do: 1,
                removed_earlier: 0,
                uncertain: 0,
                repeated: 0,
            });
        }
        print(format_args!("{client}: the tag {tag_id} of bot {bot_id} is to be removed."))
    }

    /// The calls that are to be made, and the outcome of earlier runs.
    pub fn plan(&self, list: &List, last_outcome: Option<&str>, tag_id: &str) -> Result<(), String> {
        for warning in &list.warnings {
            complain(warning);
        }
        let (name, clients, repeated) = (&*list.name, list.rows.len(), list.repeated);
        let to_do = list.to_do().count();
        let removed_earlier = clients - to_do;
        let uncertain: Vec<_> = list.rows.values().filter(|row| row.is_uncertain()).collect();
        if self.is_json {
            let uncertain = uncertain.len();
            print_json(&Line::Plan { list: Some(name), clients, to_do, removed_earlier, uncertain, repeated })?;
            let mut removed = list.rows.iter().filter(|(_, row)| row.state == Some(State::Removed));
            return removed
                .try_for_each(|(client, row)| print_without_call(row.line, "removedEarlier", client, tag_id));
        }
        print(format_args!(
            "{name}: {}, {removed_earlier} done by earlier runs, {to_do} to do.",
            count(clients, "client")
        ))?;
        if repeated > 0 {
            let verb = if repeated == 1 { "repeats" } else { "repeat" };
            print(format_args!("{} {verb} an earlier client and will be skipped.", count(repeated, "row")))?;
        }
        for row in uncertain.iter().take(LISTED) {
            let line = row.line;
            print(format_args!(
                "uncertain: line {line}: an earlier call may have removed the tag; it is called again"
            ))?;
        }
        if uncertain.len() > LISTED {
            print(format_args!("uncertain: {} more", count(uncertain.len() - LISTED, "client")))?;
        }
        if let (0, Some(time)) = (to_do, last_outcome) {
            print(format_args!("Everything was done by {time}. To start again with all clients: --fresh."))?;
        }
        Ok(())
    }

    pub fn dry_run(&self) -> Result<(), String> {
        if self.is_json { Ok(()) } else { print("This is a dry run: nothing was sent.") }
    }

    /// A call that has ended.
    pub fn call(
        &self,
        request: &PersonalTagMappingRequest,
        line: u64,
        failure: Option<&Failure>,
    ) -> Result<(), String> {
        if self.is_json { print_json(&client(Some(line), request, failure)) } else { Ok(()) }
    }

    /// The outcome of the run.
    pub fn summary(&self, list: &List, tally: &Tally, failed_rows: &Path, tag_id: &str) -> Result<(), String> {
        let uncertain = tally.failures.values().filter(|failure| failure.is_uncertain).count() + tally.abandoned();
        let failed = tally.failures.len() + tally.abandoned() - uncertain;
        let not_begun: Vec<_> = list.to_do().filter(|(_, row)| !tally.started.contains(&row.line)).collect();
        let removed = tally.removed;
        if self.is_json {
            for (client, row) in &not_begun {
                print_without_call(row.line, "notBegun", client, tag_id)?;
            }
            let (interrupted, stopped) = (tally.is_interrupted(), tally.stop.as_ref());
            let not_begun = not_begun.len();
            return print_json(&Line::Summary { removed, failed, uncertain, not_begun, interrupted, stopped });
        }
        let not_begun = not_begun.len();
        print(format_args!("{removed} removed, {failed} failed, {uncertain} uncertain, {not_begun} not started."))?;
        print_kinds(&tally.failures)?;
        if uncertain > 0 {
            print("Uncertain: the tag may have been removed. The next run calls these clients again.")?;
        }
        if !tally.failures.is_empty() {
            print(format_args!("The rows that failed or are uncertain are in {}.", failed_rows.display()))?;
        }
        match &tally.stop {
            Some(stop) => print(stop.advice),
            None => Ok(()),
        }
    }
}

fn client<'a>(line: Option<u64>, request: &'a PersonalTagMappingRequest, failure: Option<&'a Failure>) -> Line<'a> {
    let state = State::after(failure).name();
    Line::Client { line, state, request, failure: failure.map(FailureFields::from) }
}

fn print_json(line: &Line) -> Result<(), String> {
    let json = serde_json::to_string(line).map_err(|error| error.to_string())?;
    write_out(format!("{}\n", escape_json(&json)).as_bytes())
}

/// A client that this run doesn't call.
fn print_without_call(line: u64, state: &str, client: &ClientIdentity, tag_id: &str) -> Result<(), String> {
    let request = &PersonalTagMappingRequest::for_client(client.clone(), tag_id);
    print_json(&Line::Client { line: Some(line), state, request, failure: None })
}

/// The number of failures of each kind, the most frequent one first, with the first failure.
fn print_kinds(failures: &BTreeMap<u64, Failure>) -> Result<(), String> {
    let mut kinds: IndexMap<ErrorKind, (usize, u64, &str)> = IndexMap::new();
    for (line, failure) in failures {
        kinds.entry(failure.kind).or_insert((0, *line, &failure.error)).0 += 1;
    }
    kinds.sort_by_key(|_, (count, line, _)| (Reverse(*count), *line));
    for (kind, (count, line, error)) in kinds {
        let noun = if matches!(kind, ErrorKind::Server | ErrorKind::Connection) { " error" } else { "" };
        print(format_args!("{kind}{noun} ({count}): {}", advice(kind)))?;
        print(format_args!("  first: line {line}: {error}"))?;
    }
    Ok(())
}

fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthorized => "refresh the token and the secret; each refresh replaces both",
        ErrorKind::PermissionDenied => "the client may not have the tag, or the bot's plan may not allow it",
        ErrorKind::NotFound => "check the bot and the clients' IDs; this does not prove that the tag is gone",
        ErrorKind::RateLimited => "run it again later, with a lower --concurrency",
        ErrorKind::Server | ErrorKind::Timeout | ErrorKind::Connection => "run it again later",
        ErrorKind::Refused => "read the server's message",
        ErrorKind::Redirect => "correct MANTAGO_BASE_URL",
        _ => "read the message; a newer version of this program may know more about it",
    }
}
