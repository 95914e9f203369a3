//! The source of a list, and the places of the files that belong to it.

use std::fs::{self, File};
use std::hash::Hasher;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::arguments::STANDARD_INPUT;
use crate::job::Place;

pub struct Source {
    /// The name for messages.
    pub name: String,
    /// The list's real path: files beside it have names that begin with its name.
    path: PathBuf,
    content: Content,
}

enum Content {
    /// Read later, when the journal is locked.
    File(File),
    /// Standard input or a pipe. Its journal is named by its content, so that the same list resumes.
    Stream(Vec<u8>),
}

impl Source {
    pub fn open(path: &Path) -> Result<Self, String> {
        let is_input = path == Path::new(STANDARD_INPUT) || path == Path::new("/dev/stdin");
        let name = if is_input { "standard input".to_owned() } else { path.display().to_string() };
        let failed = |error: io::Error| format!("{name}: {error}");
        if is_input {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map_err(failed)?;
            return Ok(Self::stream(name, bytes));
        }
        let mut file = File::open(path).map_err(failed)?;
        if path.starts_with("/dev/fd") || path.starts_with("/proc") || !file.metadata().map_err(failed)?.is_file() {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(failed)?;
            return Ok(Self::stream(name, bytes));
        }
        // A link in another folder is the same list.
        let path = if path.is_symlink() { fs::canonicalize(path).map_err(failed)? } else { path.to_owned() };
        Ok(Self { name, path, content: Content::File(file) })
    }

    fn stream(name: String, bytes: Vec<u8>) -> Self {
        let mut hasher = SipHasher13::new();
        hasher.write(&bytes);
        let path = format!("stdin-{:032x}.csv", hasher.finish128().as_u128());
        Self { name, path: path.into(), content: Content::Stream(bytes) }
    }

    /// The list's name in a journal, which doesn't depend on the folder.
    pub fn journal_name(&self) -> String {
        match &self.content {
            Content::Stream(_) => STANDARD_INPUT.to_owned(),
            Content::File(_) => self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    /// The place of the journal, beside the list if no other is chosen.
    pub fn journal(&self, chosen: Option<PathBuf>, tag_id: &str) -> Result<Place, String> {
        let Some(chosen) = chosen else {
            let tag = format!(".{}", file_name(tag_id));
            return Ok(Place::Beside { any_tag: self.beside(""), this_tag: self.beside(&tag) });
        };
        for file in [&chosen, &failed_rows(&chosen)] {
            if self.is_same_file(file) {
                return Err(format!("{} is the list: expected another file for --journal", file.display()));
            }
        }
        Ok(Place::Chosen(chosen))
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(suffix);
        name.push(SUFFIX);
        name.into()
    }

    fn is_same_file(&self, path: &Path) -> bool {
        matches!(self.content, Content::File(_)) && same_file::is_same_file(&self.path, path).unwrap_or(false)
    }

    pub fn read(self) -> Result<Vec<u8>, String> {
        match self.content {
            Content::Stream(bytes) => Ok(bytes),
            Content::File(mut file) => {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).map_err(|error| format!("{}: {error}", self.name))?;
                Ok(bytes)
            }
        }
    }
}

const SUFFIX: &str = ".journal";

/// The path of the file of failed rows that belongs to a journal.
pub fn failed_rows(journal: &Path) -> PathBuf {
    let is_named_journal = journal.extension().is_some_and(|extension| extension == "journal");
    let mut path = if is_named_journal { journal.with_extension("") } else { journal.to_owned() }.into_os_string();
    path.push(".failed.csv");
    path.into()
}

/// A tag's ID as a part of a file name.
fn file_name(tag_id: &str) -> String {
    let is_safe = tag_id.len() <= 64
        && tag_id.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'));
    if is_safe {
        return tag_id.to_owned();
    }
    let mut hasher = SipHasher13::new();
    hasher.write(tag_id.as_bytes());
    format!("{:032x}", hasher.finish128().as_u128())
}
