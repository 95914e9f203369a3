//! The rows that have to be called again, as a list of their own.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use mantago::ClientIdentity;

use crate::tally::Failure;

/// Puts the rows in a file, in place of those of an earlier run, which are done now or were not begun.
pub fn write(path: &Path, failures: &[Failure]) -> Result<(), String> {
    let written = if failures.is_empty() { remove(path) } else { replace(path, failures) };
    written.map_err(|error| format!("{}: {error}", path.display()))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// At once: a list of which a part is missing would look like a complete one.
fn replace(path: &Path, failures: &[Failure]) -> io::Result<()> {
    let new = path.with_extension("csv.new");
    let written = write_all(&new, failures).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        remove(&new)?;
    }
    written
}

fn write_all(path: &Path, failures: &[Failure]) -> io::Result<()> {
    let file = File::create(path)?;
    let mut csv = csv::Writer::from_writer(&file);
    csv.write_record(["clientId", "platform", "platformClientId", "error"])?;
    for Failure { client, error, .. } in failures {
        match client {
            ClientIdentity::ClientId(id) => csv.write_record([id.as_str(), "", "", error])?,
            ClientIdentity::Platform { platform, platform_client_id } => {
                csv.write_record(["", &platform.to_string(), platform_client_id.as_str(), error])?;
            }
        }
    }
    csv.flush()?;
    file.sync_all()
}
