//! The list of clients. All rows are checked before anything is sent: removing a tag from a wrong client cannot be undone.

use indexmap::IndexMap;
use indexmap::map::Entry;
use mantago::ClientIdentity;
use serde::{Deserialize, Serialize};

use crate::console::count;
use crate::encoding::{Encoding, Text};
use crate::header::Header;
use crate::identifier;
use crate::records::{Record, Records};

/// How many wrong rows are listed.
const LISTED: usize = 20;

pub struct List {
    /// The name for messages.
    pub name: String,
    pub rows: Rows,
    /// The number of rows whose client an earlier row already identifies.
    pub repeated: usize,
    pub warnings: Vec<String>,
    pub text: Text,
}

pub type Rows = IndexMap<ClientIdentity, Row>;

pub struct Row {
    pub line: u64,
    /// The state that earlier runs left, if any.
    pub state: Option<State>,
}

/// The state of a client, as the journal records it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Written before the request. Without a later outcome, the program ended before it knew one.
    Sending,
    Removed,
    /// The request failed and certainly had no effect.
    Failed,
    /// The request failed, but the tag may have been removed.
    Uncertain,
}

impl State {
    /// The name for people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Failed => "failed",
            Self::Sending | Self::Uncertain => "uncertain",
        }
    }
}

impl Row {
    /// Whether an earlier call may have removed the tag.
    pub fn is_uncertain(&self) -> bool {
        matches!(self.state, Some(State::Sending | State::Uncertain))
    }
}

impl List {
    /// Reads a list. The error has a line for each wrong row, up to [`LISTED`] of them.
    pub fn read(name: String, bytes: Vec<u8>) -> Result<Self, String> {
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(format!("{name} is an Excel workbook: save it as CSV"));
        }
        let mut list = Self { name, rows: Rows::new(), repeated: 0, warnings: Vec::new(), text: Text::decode(bytes) };
        list.add_rows().map_err(|error| format!("{}{error}", list.name))?;
        list.warn();
        Ok(list)
    }

    /// The rows whose clients aren't done.
    pub fn to_do(&self) -> impl Iterator<Item = (&ClientIdentity, &Row)> {
        self.rows.iter().filter(|(_, row)| row.state != Some(State::Removed))
    }

    fn add_rows(&mut self) -> Result<(), String> {
        let header = Header::find(&self.text.bytes)?;
        let (mut rows, mut errors) = (0, Vec::new());
        for record in Records::new(&self.text.bytes, header.delimiter) {
            let record = record.map_err(|flaw| format!(", {flaw}; nothing was sent"))?;
            if record.line <= header.record.line || record.is_blank() {
                continue;
            }
            rows += 1;
            match client(&header, &record) {
                Ok(client) => match self.rows.entry(client) {
                    Entry::Occupied(_) => self.repeated += 1,
                    Entry::Vacant(place) => {
                        place.insert(Row { line: record.line, state: None });
                    }
                },
                Err(error) => errors.push(format!("\n  line {}: {error}", record.line)),
            }
        }
        if errors.is_empty() {
            return Ok(());
        }
        let (wrong, rows) = (errors.len(), count(rows, "row"));
        let more = if wrong > LISTED { format!("\n  and {} more", wrong - LISTED) } else { String::new() };
        errors.truncate(LISTED);
        let verb = if wrong == 1 { "is" } else { "are" };
        Err(format!(": {wrong} of {rows} {verb} wrong, and nothing was sent:{}{more}", errors.concat()))
    }

    fn warn(&mut self) {
        let name = &self.name;
        if self.text.encoding == Encoding::Windows1252 {
            self.warnings.push(format!("{name} is neither UTF-8 nor UTF-16: it is read as Windows-1252"));
        }
        if self.rows.is_empty() {
            self.warnings.push(format!("{name} has a header and no clients"));
        }
        let long: Vec<_> = self.rows.keys().map(identifier::id).filter(|id| identifier::exceeds_excel(id)).collect();
        if !long.is_empty() && long.iter().all(|id| identifier::is_rounded_by_excel(id)) {
            let warning = format!(
                "{name}: all IDs of 16 and more digits end in zeros ({}), as if Excel had rounded them: \
                compare them with MantaGO's",
                long.len()
            );
            self.warnings.push(warning);
        }
    }
}

fn client(header: &Header, record: &Record) -> Result<ClientIdentity, String> {
    if header.could_be_rows(record) {
        let flaw =
            "can be read in two ways: as one row with line breaks between quotation marks, or as a row on each line";
        return Err(flaw.to_owned());
    }
    header.client(record)
}
