//! The job of a run, and the place of its journal.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The work of a run, and the first line of its journal.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub bot_id: String,
    pub tag_id: String,
    pub base_url: String,
    /// The name of the list's file, or `-`. Its folder may be moved.
    pub list: String,
}

impl Job {
    /// Refuses the journal of another run.
    pub fn check_line(&self, line: &[u8]) -> Result<(), String> {
        let found: Self = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let facts = [
            ("bot", &found.bot_id, &self.bot_id),
            ("tag", &found.tag_id, &self.tag_id),
            ("base URL", &found.base_url, &self.base_url),
            ("list", &found.list, &self.list),
        ];
        let different: Vec<_> = facts
            .iter()
            .filter(|(_, found, expected)| found != expected)
            .map(|(name, found, expected)| format!("{name} {found} instead of {expected}"))
            .collect();
        if different.is_empty() {
            return Ok(());
        }
        Err(format!("this journal belongs to another run ({}); --journal chooses another file", different.join(", ")))
    }

    /// Refuses an incomplete first line, unless it is the beginning of this job's; a power cut may have left zeros behind it.
    pub fn check_start(&self, text: &[u8]) -> Result<(), String> {
        let mut expected = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        expected.push(b'\n');
        let end = text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if expected.starts_with(&text[..end]) { Ok(()) } else { Err("this file is not a journal".to_owned()) }
    }
}

/// The place of a journal.
pub enum Place {
    Chosen(PathBuf),
    /// Beside the list. The first tag's journal has the short name, any other one has the tag in its name.
    Beside {
        any_tag: PathBuf,
        this_tag: PathBuf,
    },
}

impl Place {
    /// The path of the job's journal, which may not exist yet.
    pub fn path(&self, job: &Job) -> &Path {
        match self {
            Self::Chosen(path) => path,
            Self::Beside { any_tag, this_tag } => {
                let is_taken = first_line(any_tag).is_some_and(|found| found.tag_id != job.tag_id);
                if is_taken || this_tag.exists() { this_tag } else { any_tag }
            }
        }
    }
}

/// The job of a journal, if there is one.
pub fn first_line(path: &Path) -> Option<Job> {
    let mut line = Vec::new();
    BufReader::new(File::open(path).ok()?).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}
