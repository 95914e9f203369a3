//! What was done, a line of JSON a step, beside the list. A line is written before a request is sent and after its outcome
//! is known, so that whatever ends the program, the next run knows what was done, what was not, and what may have been.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};

use mantago::types::PersonalTagMappingRequest;
use mantago::{ClientIdentity, Error};
use serde::{Deserialize, Serialize};

/// The first line: what is done to every client.
#[derive(Clone, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub bot_id: String,
    pub tag_id: String,
}

/// The other lines.
#[derive(Serialize, Deserialize)]
struct Entry {
    state: State,
    #[serde(flatten)]
    request: PersonalTagMappingRequest,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// The request is sent next. If nothing follows, the program ended before the outcome was known.
    Sending,
    Removed,
    /// It failed, and surely nothing was done.
    Failed,
    /// It failed, and the tag may have been removed.
    Uncertain,
}

/// What earlier runs have left.
#[derive(Default)]
pub struct History {
    states: HashMap<ClientIdentity, State>,
    /// The length of its complete lines in bytes.
    length: u64,
}

impl History {
    pub fn read(path: &str, job: &Job) -> Result<Self, String> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(format!("{path}: {error}")),
        };
        // The last line is incomplete if the program was killed while it wrote. What it announced was not sent, and what
        // it reported is uncertain: as if the line were not there.
        let length = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut history = Self { states: HashMap::new(), length: length as u64 };
        for (index, line) in bytes[..length].split_inclusive(|byte| *byte == b'\n').enumerate() {
            let wrong = |error: &dyn Display| format!("{path}, line {}: {error}", index + 1);
            if index == 0 {
                let Job { bot_id, tag_id } = serde_json::from_slice(line).map_err(|error| wrong(&error))?;
                if (&bot_id, &tag_id) != (&job.bot_id, &job.tag_id) {
                    return Err(wrong(&format_args!("this journal is of --bot-id {bot_id} --tag-id {tag_id}")));
                }
                continue;
            }
            let entry: Entry = serde_json::from_slice(line).map_err(|error| wrong(&error))?;
            history.states.insert(entry.request.identity().map_err(|error| wrong(&error))?, entry.state);
        }
        Ok(history)
    }

    pub fn is_removed(&self, client: &ClientIdentity) -> bool {
        self.states.get(client) == Some(&State::Removed)
    }

    /// Whether an earlier call may have removed the tag.
    pub fn is_uncertain(&self, client: &ClientIdentity) -> bool {
        matches!(self.states.get(client), Some(State::Sending | State::Uncertain))
    }
}

pub struct Journal {
    file: File,
    path: String,
}

impl Journal {
    pub fn open(path: &str, job: &Job, history: &History) -> Result<Self, String> {
        let wrong = |error: io::Error| format!("{path}: {error}");
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(wrong)?;
        file.set_len(history.length).map_err(wrong)?;
        let journal = Self { file, path: path.to_owned() };
        if history.length == 0 {
            journal.append(job)?;
        }
        Ok(journal)
    }

    pub fn write(
        &self,
        state: State,
        request: &PersonalTagMappingRequest,
        error: Option<&Error>,
    ) -> Result<(), String> {
        self.append(&Entry { state, request: request.clone(), error: error.map(Error::to_string) })
    }

    /// Hands the whole line to the system at once, which keeps it even if the program is killed.
    fn append(&self, line: &impl Serialize) -> Result<(), String> {
        let mut line = serde_json::to_vec(line).map_err(|error| format!("{}: {error}", self.path))?;
        line.push(b'\n');
        (&self.file).write_all(&line).map_err(|error| format!("{}: {error}", self.path))
    }
}
