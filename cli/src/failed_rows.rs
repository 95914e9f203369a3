//! The rows that have to be called again, as a list that opens where the original opened.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::iter::repeat_n;
use std::path::{Path, PathBuf};

use crate::header::{ERROR_COLUMN, Header};
use crate::identifier::SEPARATORS;
use crate::list::List;
use crate::records::Records;
use crate::tally::Failure;

/// Replaces the file of an earlier run, or deletes it if nothing failed.
pub fn write(path: &Path, list: &List, failures: &BTreeMap<u64, Failure>) -> Result<(), String> {
    let written = if failures.is_empty() {
        remove(path)
    } else {
        let rows = rows(list, failures)?;
        replace(path, &list.text.encode(rows))
    };
    written.map_err(|error| format!("{}: {error}", path.display()))
}

/// The list's header and the failed rows as they are written there, with one more column.
fn rows(list: &List, failures: &BTreeMap<u64, Failure>) -> Result<Vec<u8>, String> {
    let text = &list.text;
    let header = Header::find(&text.bytes)?;
    // A list of failed rows has the column already.
    let columns = header.record.len() - usize::from(header.has_error_column());
    let delimiter = header.delimiter.unwrap_or(b',');
    let line_break = match header.record.line_break() {
        [] => b"\n",
        line_break => line_break,
    };
    let mut rows = text.bytes[..header.record.start()].to_vec();
    for record in Records::new(&text.bytes, header.delimiter) {
        let record = record?;
        let error = match failures.get(&record.line) {
            Some(failure) => format!("\"{}\"", neutralize(&failure.error).replace('"', "\"\"")),
            None if record.line == header.record.line => ERROR_COLUMN.to_owned(),
            None => continue,
        };
        rows.extend_from_slice(record.written(columns));
        rows.extend(repeat_n(delimiter, columns - record.len().min(columns) + 1));
        rows.extend_from_slice(&text.part(&error));
        rows.extend_from_slice(line_break);
    }
    Ok(rows)
}

/// Puts an apostrophe before anything that a spreadsheet would run as a formula, also if it splits the text at another
/// delimiter than the list's.
fn neutralize(error: &str) -> String {
    let mut neutral = String::with_capacity(error.len());
    let mut is_start = true;
    for character in error.chars() {
        if is_start && matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
            neutral.push('\'');
        }
        neutral.push(character);
        let keeps_start = is_start && (character.is_whitespace() || character == '"');
        is_start = keeps_start || SEPARATORS.contains(&character);
    }
    neutral
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Replaces the file in one step: a list without some of its rows would look complete.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    // An existing file is removed instead of opened: it may be a link to another file.
    remove(&new)?;
    let mut file = File::create_new(&new)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        remove(&new)?;
    }
    written
}
