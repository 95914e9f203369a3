//! The list of clients: CSV, of which every row is checked before anything is sent.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};

use csv::{ErrorKind, Position, StringRecord};
use mantago::types::PersonalTagMappingRequest;
use mantago::{ClientIdentity, Platform};

/// Spreadsheets put it before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub struct List {
    /// As it is called in messages and in the names of the files beside it.
    pub name: String,
    pub rows: Vec<Row>,
    /// How many rows name a client that an earlier row names.
    pub repeated: usize,
}

/// A request, and where it comes from.
pub struct Row {
    pub line: u64,
    pub client: ClientIdentity,
    pub request: PersonalTagMappingRequest,
}

/// Where the columns are that count.
struct Columns {
    client_id: Option<usize>,
    platform: Option<usize>,
    platform_client_id: Option<usize>,
}

impl List {
    /// The error has a line for each wrong row.
    pub fn read(file: &str, tag_id: &str) -> Result<Self, String> {
        let (name, text) = match file {
            "-" => ("stdin.csv", io::stdin().lock().bytes().collect()),
            _ => (file, fs::read(file)),
        };
        let text = text.map_err(|error| format!("{file}: {error}"))?;
        Self::parse(name, &text, tag_id)
    }

    fn parse(name: &str, text: &[u8], tag_id: &str) -> Result<Self, String> {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(text);
        let header = reader.headers().map_err(|error| format!("{name}, line 1: {}", describe(&error)))?;
        let columns = Columns::find(header).map_err(|error| format!("{name}, line 1: {error}"))?;
        let mut list = Self { name: name.to_owned(), rows: Vec::new(), repeated: 0 };
        let (mut wrong, mut known) = (Vec::new(), HashSet::new());
        for record in reader.records() {
            let position = record.as_ref().map_or_else(csv::Error::position, StringRecord::position);
            let line = position.map_or(0, |position| line(text, position));
            let request = record.map_err(|error| describe(&error)).and_then(|record| columns.request(&record, tag_id));
            match request {
                Ok((request, client)) if known.insert(client.clone()) => list.rows.push(Row { line, client, request }),
                Ok(_) => list.repeated += 1,
                Err(error) => wrong.push(format!("{name}, line {line}: {error}")),
            }
        }
        if wrong.is_empty() { Ok(list) } else { Err(wrong.join("\n")) }
    }
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, String> {
        let column = |name| {
            let mut found = header.iter().enumerate().filter(|(_, column)| *column == name).map(|(index, _)| index);
            match (found.next(), found.next()) {
                (_, Some(_)) => Err(format!("the header has {name} twice")),
                (index, None) => Ok(index),
            }
        };
        let columns = Self {
            client_id: column("clientId")?,
            platform: column("platform")?,
            platform_client_id: column("platformClientId")?,
        };
        match columns {
            Self { client_id: Some(_), .. } | Self { platform: Some(_), platform_client_id: Some(_), .. } => {
                Ok(columns)
            }
            _ => {
                let found = header.iter().collect::<Vec<_>>().join(", ");
                Err(format!("the header is {found:?}: expected clientId, or both platform and platformClientId"))
            }
        }
    }

    /// The request for a row, and the client that it names by the rule of the API. An empty field is none.
    fn request(
        &self,
        record: &StringRecord,
        tag_id: &str,
    ) -> Result<(PersonalTagMappingRequest, ClientIdentity), String> {
        let field =
            |column: Option<usize>| column.and_then(|column| record.get(column)).filter(|text| !text.is_empty());
        let platform = field(self.platform).map(str::parse::<Platform>).transpose();
        let request = PersonalTagMappingRequest::builder()
            .client_id(id("clientId", field(self.client_id))?)
            .platform(platform.map_err(|error| format!("platform: {error}"))?)
            .platform_client_id(id("platformClientId", field(self.platform_client_id))?)
            .tag_id(tag_id);
        let request = PersonalTagMappingRequest::try_from(request).map_err(|error| error.to_string())?;
        let client = request.identity().map_err(|error| error.to_string())?;
        Ok((request, client))
    }
}

/// White space beside an ID comes from the spreadsheet, and the API would not find the client.
fn id(name: &str, field: Option<&str>) -> Result<Option<String>, String> {
    match field {
        Some(id) if id.trim() != id && !id.trim().is_empty() => Err(format!("{name} has white space around it")),
        _ => Ok(field.map(str::to_owned)),
    }
}

/// The line on which a record begins. The reader's position may be before line breaks that it skips: the LF after a CR,
/// and blank lines.
fn line(text: &[u8], position: &Position) -> u64 {
    let rest = usize::try_from(position.byte()).ok().and_then(|start| text.get(start..)).unwrap_or_default();
    let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + breaks.map(|byte| u64::from(*byte == b'\n')).sum::<u64>()
}

fn describe(error: &csv::Error) -> String {
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("expected {expected_len} fields, as in the header, found {len}")
        }
        ErrorKind::Utf8 { err, .. } => format!("field {} is not UTF-8", err.field() + 1),
        _ => error.to_string(),
    }
}
