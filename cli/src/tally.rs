//! The outcome of a run.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use mantago::{Error, ErrorCode, ErrorKind};
use serde::Serialize;

use crate::console::{duration, one_line};
use crate::list::State;

#[derive(Default)]
pub struct Tally {
    pub removed: usize,
    /// By line.
    pub failures: BTreeMap<u64, Failure>,
    /// The lines of the clients that the journal announces. After a second Ctrl-C, not all of these calls have ended.
    pub started: HashSet<u64>,
    /// The reason, if the run ended early.
    pub stop: Option<Stop>,
}

impl Tally {
    /// The number of calls that were abandoned.
    pub fn abandoned(&self) -> usize {
        self.started.len() - self.removed - self.failures.len()
    }

    pub fn is_interrupted(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.reason == Reason::Interrupted)
    }
}

/// A client whose tag isn't known to be removed.
pub struct Failure {
    pub kind: ErrorKind,
    /// The HTTP status of the last attempt.
    pub status: Option<u16>,
    /// MantaGO's code in the last attempt.
    pub code: Option<i64>,
    pub attempts: u32,
    /// One line about the last attempt.
    pub error: Box<str>,
    /// Whether the tag may have been removed, by this call or an earlier one.
    pub is_uncertain: bool,
}

impl Failure {
    pub fn new(error: &Error, attempts: u32, is_uncertain: bool) -> Self {
        let text = one_line(&error.to_string());
        Self {
            kind: error.kind(),
            status: error.status().map(|status| status.as_u16()),
            code: error.code().map(ErrorCode::number),
            attempts,
            error: if attempts > 1 { format!("{text} ({attempts} attempts)") } else { text }.into(),
            is_uncertain,
        }
    }
}

impl State {
    /// The state of a client after a call.
    pub fn after(failure: Option<&Failure>) -> Self {
        match failure {
            None => Self::Removed,
            Some(failure) if failure.is_uncertain => Self::Uncertain,
            Some(_) => Self::Failed,
        }
    }
}

/// Why no more calls are started.
#[derive(Clone, Debug, Serialize)]
pub struct Stop {
    pub reason: Reason,
    pub message: String,
    /// The next step for the user, as a sentence.
    #[serde(skip)]
    pub advice: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    Interrupted,
    Credentials,
    Bot,
    Wait,
    Failures,
    Output,
    Journal,
}

const RESUME: &str = "To continue, run the same command again: it skips the clients that are done.";

impl Stop {
    fn new(reason: Reason, message: impl Into<String>, advice: &'static str) -> Self {
        Self { reason, message: message.into(), advice }
    }

    pub fn interrupted() -> Self {
        Self::new(Reason::Interrupted, "interrupted", RESUME)
    }

    pub fn credentials(error: &Error) -> Self {
        let advice = "To continue, set MANTAGO_TOKEN and MANTAGO_SECRET to the bot's current token and secret, and run the \
            same command again: it skips the clients that are done.";
        Self::new(Reason::Credentials, one_line(&error.to_string()), advice)
    }

    pub fn bot(error: &Error) -> Self {
        let advice = "To continue, correct the bot's ID in --bot-id or MANTAGO_BOT_ID: it is the text after /chatbot/ in the \
            dashboard's address. Then run the command again with --fresh.";
        Self::new(Reason::Bot, one_line(&error.to_string()), advice)
    }

    pub fn wait(wait: Duration, status: u16) -> Self {
        let advice = "To continue, wait that long and run the same command again: it skips the clients that are done.";
        Self::new(Reason::Wait, asks_to_wait(wait, status), advice)
    }

    pub fn failures(number: usize, error: &Error) -> Self {
        let error = one_line(&error.to_string());
        let message = format!("the last {number} attempts failed for reasons unrelated to their clients: {error}");
        let advice = "To continue, solve this or ignore it with --keep-going, and run the same command again: it skips the \
            clients that are done.";
        Self::new(Reason::Failures, message, advice)
    }

    pub fn output(error: String) -> Self {
        Self::new(Reason::Output, error, RESUME)
    }

    pub fn journal(error: String) -> Self {
        Self::new(Reason::Journal, error, RESUME)
    }
}

pub fn asks_to_wait(wait: Duration, status: u16) -> String {
    format!("MantaGO asks to wait {} ({status})", duration(wait))
}
