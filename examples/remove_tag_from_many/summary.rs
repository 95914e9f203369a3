//! How a run ended: the failures by kind, what to do about each, and the rows to run again.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io;

use mantago::{ClientIdentity, ErrorKind};

use crate::run::{Failure, Plan};

pub struct Summary<'a> {
    plan: &'a Plan,
    removed: usize,
    failures: Vec<Failure<'a>>,
}

impl<'a> Summary<'a> {
    pub fn new(plan: &'a Plan) -> Self {
        Self { plan, removed: 0, failures: Vec::new() }
    }

    /// Counts a call that has ended.
    pub fn add(&mut self, failure: Option<Failure<'a>>) {
        match failure {
            None => self.removed += 1,
            Some(failure) => self.failures.push(failure),
        }
    }

    /// Writes the rows that failed, and prints the rest. Whether the tag was removed from all clients.
    pub fn finish(mut self) -> Result<bool, Box<dyn Error>> {
        self.failures.sort_by_key(|failure| failure.row.line);
        let path = format!("{}.failed.csv", self.plan.list.name);
        self.write_failed(&path).map_err(|error| format!("{path}: {error}"))?;

        let left = self.plan.list.rows.len() - self.plan.removed() - self.removed - self.failures.len();
        println!("{} removed, {} failed, {left} not begun.", self.removed, self.failures.len());
        self.print_kinds();
        if !self.failures.is_empty() {
            println!("The rows that failed are in {path}.");
        }
        if left > 0 {
            println!("To go on, run the same command again: it skips what is done.");
        }
        Ok(left == 0 && self.failures.is_empty())
    }

    fn print_kinds(&self) {
        let mut kinds: HashMap<ErrorKind, Vec<&Failure>> = HashMap::new();
        for failure in &self.failures {
            kinds.entry(failure.error.kind()).or_default().push(failure);
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|(_, failures)| (Reverse(failures.len()), failures[0].row.line));
        for (kind, failures) in kinds {
            println!("{kind:?}, {} times: {}", failures.len(), advice(kind));
            println!("  first: line {}: {}", failures[0].row.line, failures[0].error);
        }
        let uncertain = self.failures.iter().filter(|failure| failure.is_uncertain).count();
        if uncertain > 0 {
            println!("Of those that failed, {uncertain} are uncertain: the tag may have been removed.");
        }
    }

    fn write_failed(&self, path: &str) -> Result<(), Box<dyn Error>> {
        if self.failures.is_empty() {
            // What an earlier run wrote is done now, or not begun.
            return match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            };
        }
        let mut csv = csv::Writer::from_path(path)?;
        csv.write_record(["clientId", "platform", "platformClientId", "error"])?;
        for Failure { row, error, .. } in &self.failures {
            let error = error.to_string();
            match &row.client {
                ClientIdentity::ClientId(id) => csv.write_record([id.as_str(), "", "", &error])?,
                ClientIdentity::Platform { platform, platform_client_id } => {
                    csv.write_record(["", &platform.to_string(), platform_client_id.as_str(), &error])?;
                }
            }
        }
        Ok(csv.flush()?)
    }
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
