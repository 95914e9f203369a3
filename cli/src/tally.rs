//! What came of a run, for all who tell of it.

use mantago::{ClientIdentity, ErrorKind};

/// What came of a run.
#[derive(Default)]
pub struct Tally<'a> {
    pub removed: usize,
    pub failures: Vec<Failure<'a>>,
    /// How many requests were sent. After a second Ctrl-C, not all of these calls have ended.
    pub begun: usize,
    pub is_interrupted: bool,
    /// What could not be written.
    pub broken: Option<String>,
}

impl Tally<'_> {
    /// How many calls were given up.
    pub fn in_flight(&self) -> usize {
        self.begun - self.removed - self.failures.len()
    }
}

/// A client whose tag is not known to be removed.
pub struct Failure<'a> {
    pub client: &'a ClientIdentity,
    pub line: u64,
    pub kind: ErrorKind,
    /// One line.
    pub error: Box<str>,
    /// Whether the tag may have been removed, by this call or an earlier one.
    pub is_uncertain: bool,
    /// Whether the next client may well fare better.
    pub is_about_client: bool,
}
