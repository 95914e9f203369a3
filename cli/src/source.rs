//! Where a list comes from, and what the files beside it are called.

use std::fs::File;
use std::hash::Hasher;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::arguments::STANDARD_INPUT;

pub struct Source {
    /// As it is called in messages.
    pub name: String,
    /// What the names of the files beside it begin with.
    path: PathBuf,
    content: Content,
}

enum Content {
    /// Not read yet: that waits for the lock.
    File(File),
    /// Its journal is known by its content, so that the same list goes on and another one does not.
    StandardInput(Vec<u8>),
}

impl Source {
    pub fn open(path: &Path) -> Result<Self, String> {
        if path == Path::new(STANDARD_INPUT) {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map_err(|error| format!("standard input: {error}"))?;
            let mut hasher = SipHasher13::new();
            hasher.write(&bytes);
            let path = format!("stdin-{:032x}.csv", hasher.finish128().as_u128());
            return Ok(Self { name: path.clone(), path: path.into(), content: Content::StandardInput(bytes) });
        }
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name, path: path.to_owned(), content: Content::File(file) })
    }

    pub fn beside(&self, suffix: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(suffix);
        path.into()
    }

    pub fn read(self) -> Result<Vec<u8>, String> {
        match self.content {
            Content::StandardInput(bytes) => Ok(bytes),
            Content::File(mut file) => {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).map_err(|error| format!("{}: {error}", self.name))?;
                Ok(bytes)
            }
        }
    }
}
