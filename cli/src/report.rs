//! What is printed on standard output: for people, or as lines of JSON for other programs.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, IsTerminal, Write, stdout};
use std::path::Path;

use mantago::types::{BasicSuccessResponse, PersonalTagMappingRequest};
use mantago::{ClientIdentity, ErrorKind};
use serde::Serialize;

use crate::complain;
use crate::list::{List, State};
use crate::tally::{Failure, Tally};

/// How many uncertain clients are named.
const NAMED: usize = 20;

pub struct Report {
    is_json: bool,
}

/// The lines of JSON.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Line<'a> {
    Plan {
        list: &'a str,
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
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
    },
    Summary {
        removed: usize,
        failed: usize,
        uncertain: usize,
        not_begun: usize,
        interrupted: bool,
    },
}

impl Report {
    pub fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// Whether a bar on standard error would not stand between the lines of JSON.
    pub fn has_bar(&self) -> bool {
        !(self.is_json && stdout().is_terminal())
    }

    /// What came of the only client.
    pub fn one(
        &self,
        request: &PersonalTagMappingRequest,
        outcome: Result<mantago::Response<BasicSuccessResponse>, mantago::Error>,
    ) -> io::Result<()> {
        let state = match &outcome {
            Ok(_) => State::Removed,
            Err(error) if error.may_have_taken_effect() => State::Uncertain,
            Err(_) => State::Failed,
        };
        if self.is_json {
            let error = outcome.err().map(|error| error.to_string());
            return print(&Line::Client { line: None, state: state.name(), request, error: error.as_deref() });
        }
        match outcome {
            Ok(reply) => writeln!(stdout(), "{}", reply.message),
            Err(error) => {
                complain(error);
                Ok(())
            }
        }
    }

    /// What is about to be done, and what earlier runs have left.
    pub fn plan(&self, list: &List, last_outcome: Option<&str>, tag_id: &str) -> io::Result<()> {
        let (name, clients, repeated) = (&list.name, list.rows.len(), list.repeated);
        if list.is_windows_1252 {
            complain(format_args!("{name} is neither UTF-8 nor UTF-16: it is read as Windows-1252"));
        }
        let to_do = list.to_do().count();
        let removed_earlier = clients - to_do;
        let uncertain: Vec<_> = list.rows.values().filter(|row| row.is_uncertain()).collect();
        if self.is_json {
            print(&Line::Plan { list: name, clients, to_do, removed_earlier, uncertain: uncertain.len(), repeated })?;
            let mut removed = list.rows.iter().filter(|(_, row)| row.state == Some(State::Removed));
            return removed.try_for_each(|(client, row)| row_of(row.line, "removedEarlier", client, tag_id));
        }
        let mut out = stdout().lock();
        writeln!(out, "{name}: {clients} clients, {removed_earlier} done by earlier runs, {to_do} to do.")?;
        if repeated > 0 {
            writeln!(out, "Rows that name a client of an earlier row, and are skipped: {repeated}.")?;
        }
        for row in uncertain.iter().take(NAMED) {
            writeln!(
                out,
                "uncertain: line {}: an earlier call may have removed the tag; it is called again",
                row.line
            )?;
        }
        if uncertain.len() > NAMED {
            writeln!(out, "uncertain: {} more clients", uncertain.len() - NAMED)?;
        }
        if let (0, Some(time)) = (to_do, last_outcome) {
            writeln!(out, "Everything was done by {time}. To begin again with all clients: --fresh.")?;
        }
        Ok(())
    }

    pub fn dry_run(&self) -> io::Result<()> {
        if self.is_json { Ok(()) } else { writeln!(stdout(), "This is a dry run: nothing was sent.") }
    }

    /// A call that has ended.
    pub fn call(
        &self,
        request: &PersonalTagMappingRequest,
        line: u64,
        state: State,
        error: Option<&str>,
    ) -> io::Result<()> {
        if self.is_json {
            print(&Line::Client { line: Some(line), state: state.name(), request, error })
        } else {
            Ok(())
        }
    }

    /// How the run ended. Whether the tag is removed from all clients.
    pub fn summary(&self, list: &List, tally: &Tally, failed_rows: &Path, tag_id: &str) -> io::Result<()> {
        let uncertain = tally.failures.iter().filter(|failure| failure.is_uncertain).count() + tally.in_flight();
        let failed = tally.failures.len() + tally.in_flight() - uncertain;
        let not_begun = list.to_do().count() - tally.begun;
        let Tally { removed, is_interrupted, .. } = *tally;
        if self.is_json {
            for (client, row) in list.to_do().skip(tally.begun) {
                row_of(row.line, "notBegun", client, tag_id)?;
            }
            return print(&Line::Summary { removed, failed, uncertain, not_begun, interrupted: is_interrupted });
        }
        let mut out = stdout().lock();
        writeln!(out, "{removed} removed, {failed} failed, {uncertain} uncertain, {not_begun} not begun.")?;
        print_kinds(&mut out, &tally.failures)?;
        if uncertain > 0 {
            writeln!(out, "Uncertain: the tag may have been removed. The next run calls these clients again.")?;
        }
        if !tally.failures.is_empty() {
            writeln!(out, "The rows that failed or are uncertain are in {}.", failed_rows.display())?;
        }
        if not_begun > 0 || tally.in_flight() > 0 {
            writeln!(out, "To go on, run the same command again: it skips what is done.")?;
        }
        Ok(())
    }
}

fn print(line: &Line) -> io::Result<()> {
    let mut out = stdout().lock();
    serde_json::to_writer(&mut out, line)?;
    writeln!(out)
}

/// A client that this run does not call.
fn row_of(line: u64, state: &str, client: &ClientIdentity, tag_id: &str) -> io::Result<()> {
    let request = &PersonalTagMappingRequest::for_client(client.clone(), tag_id);
    print(&Line::Client { line: Some(line), state, request, error: None })
}

fn print_kinds(out: &mut impl Write, failures: &[Failure]) -> io::Result<()> {
    let mut kinds: HashMap<ErrorKind, Vec<&Failure>> = HashMap::new();
    for failure in failures {
        kinds.entry(failure.kind).or_default().push(failure);
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, failures)| (Reverse(failures.len()), failures[0].line));
    for (kind, failures) in kinds {
        writeln!(out, "{kind:?}, {} times: {}", failures.len(), advice(kind))?;
        writeln!(out, "  first: line {}: {}", failures[0].line, failures[0].error)?;
    }
    Ok(())
}

fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthorized => "refresh the token and the secret; each refresh replaces both",
        ErrorKind::PermissionDenied => "the client may not have the tag, or the bot's plan does not allow it",
        ErrorKind::NotFound => "check the bot and the IDs of the clients; it does not prove that the tag is gone",
        ErrorKind::RateLimited => "run it again later, with a lower --concurrency",
        ErrorKind::Server | ErrorKind::Timeout | ErrorKind::Connection => "run it again later",
        ErrorKind::Refused => "read the server's message",
        ErrorKind::Redirect => "correct MANTAGO_BASE_URL",
        _ => "read the message; a newer version of this program may know what it means",
    }
}
