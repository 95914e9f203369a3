//! The header of a list: its delimiter and the columns that identify a client.

use std::borrow::Cow;
use std::cmp::Reverse;

use mantago::ClientIdentity;
use mantago::types::PersonalTagMappingRequest;

use crate::console::{count, shorten};
use crate::encoding::unicode;
use crate::identifier::{self, SEPARATORS, id, simplify};
use crate::records::{DELIMITERS, Record, Records};

/// The column that a file of failed rows has at its end.
pub const ERROR_COLUMN: &str = "error";

const NAMES: [&str; 3] = ["clientId", "platform", "platformClientId"];

pub struct Header<'t> {
    pub record: Record<'t>,
    /// `None` if the header is a single field and so doesn't show the list's delimiter.
    pub delimiter: Option<u8>,
    columns: Columns,
}

/// The places of the columns that identify a client.
struct Columns {
    client_id: Option<usize>,
    platform: Option<usize>,
    platform_client_id: Option<usize>,
}

/// The header, split at one of the delimiters.
struct Reading<'t> {
    delimiter: u8,
    record: Record<'t>,
    columns: Result<Columns, String>,
}

impl<'t> Header<'t> {
    /// Finds the delimiter that the header is written with. A header that could be read in two ways is an error.
    pub fn find(text: &'t [u8]) -> Result<Self, String> {
        let named = delimiter_line(text)?;
        let candidates = named.map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
        let (mut readings, mut flaw) = (Vec::new(), None);
        for delimiter in candidates {
            let mut records = Records::new(text, Some(delimiter)).skip(usize::from(named.is_some()));
            match records.find(|record| !record.as_ref().is_ok_and(Record::is_blank)) {
                Some(Ok(record)) => readings.push(Reading { delimiter, columns: Columns::find(&record), record }),
                Some(Err(found)) => flaw = Some(found),
                None => return Err(": expected a header and a row for each client, found nothing".to_owned()),
            }
        }
        // Without the right delimiter, the header is a single column.
        readings.sort_by_key(|reading| Reverse((reading.columns.is_ok(), reading.record.len())));
        let is_best = |best: &Reading| flaw.is_none() || best.columns.is_ok() || best.record.len() > 1;
        let Some(Reading { delimiter, record, columns }) = readings.into_iter().next().filter(is_best) else {
            return Err(format!(", {}", flaw.unwrap_or_default()));
        };
        let line = record.line;
        if let Some(other) = second_reading(&record) {
            let this = quote(names(&record));
            return Err(format!(", line {line}: the header can be read in two ways, as {this} or as {other}"));
        }
        let columns = columns.map_err(|error| format!(", line {line}: {error}"))?;
        let is_known = named.is_some() || record.len() > 1;
        Ok(Self { record, delimiter: is_known.then_some(delimiter), columns })
    }

    pub fn has_error_column(&self) -> bool {
        let last = self.record.len() - 1;
        last > 0 && self.record.get(last).is_some_and(|name| *name == *ERROR_COLUMN.as_bytes())
    }

    /// The client that a row identifies. Spreadsheets omit empty cells at the end of a row, and sometimes add some.
    pub fn client(&self, row: &Record) -> Result<ClientIdentity, String> {
        let (expected, found) = (self.record.len(), row.len());
        if row.iter().skip(expected).any(|field| !field.trim_ascii().is_empty()) {
            return Err(format!("expected {}, as in the header, found {found}", count(expected, "field")));
        }
        let client = self.columns.client(|index| row.get(index))?;
        if found < expected && id(&client).contains(' ') {
            return Err("can be read in two ways: as a row, or as a line of the row before it".to_owned());
        }
        Ok(client)
    }

    /// Whether each line of a record could also be a row of its own, in which quotation marks are ordinary text.
    pub fn could_be_rows(&self, record: &Record) -> bool {
        let lines = split(record.written(record.len()), self.record.line_break());
        let Some(delimiter) = self.delimiter.filter(|_| self.record.len() > 1 && lines.len() > 1) else { return false };
        let is_row = |line: &[u8]| {
            let fields: Vec<_> = line.split(|byte| *byte == delimiter).collect();
            fields.len() == self.record.len()
                && !line.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
                && !fields.iter().any(|field| field.starts_with(b" "))
                && self.columns.client(|index| fields.get(index).map(|field| Cow::Borrowed(*field))).is_ok()
        };
        lines.into_iter().all(is_row)
    }
}

impl Columns {
    fn find(header: &Record) -> Result<Self, String> {
        let names: Vec<_> = names(header).map(|name| simplify(&name)).collect();
        let column = |name: &str| {
            let mut found = (0..names.len()).filter(|index| names[*index] == simplify(name));
            match (found.next(), found.next()) {
                (_, Some(_)) => Err(format!("the header has {name} twice")),
                (index, None) => Ok(index),
            }
        };
        let columns =
            Self { client_id: column(NAMES[0])?, platform: column(NAMES[1])?, platform_client_id: column(NAMES[2])? };
        let has_pair = columns.platform.is_some() && columns.platform_client_id.is_some();
        if columns.client_id.is_some() || has_pair {
            return Ok(columns);
        }
        let found = quote(self::names(header));
        Err(format!("the header is {found}: expected clientId, or both platform and platformClientId"))
    }

    /// The client of a row, by the rule of the API. An empty field counts as absent.
    fn client<'a>(&self, get: impl Fn(usize) -> Option<Cow<'a, [u8]>>) -> Result<ClientIdentity, String> {
        let field = |column: Option<usize>| {
            let text = get(column?).map(|bytes| unicode(&bytes).into_owned())?;
            Some(text).filter(|text| !text.is_empty())
        };
        let id = |name: &str, column: Option<usize>| {
            let Some(id) = field(column) else { return Ok(None) };
            let is_unicode = column.and_then(&get).is_some_and(|bytes| str::from_utf8(&bytes).is_ok());
            let checked = if is_unicode { identifier::check_cell(&id) } else { Err(not_unicode(&id)) };
            checked.map(|()| Some(id)).map_err(|flaw| format!("{name} {flaw}"))
        };
        let platform = field(self.platform).map(|platform| identifier::platform(&platform)).transpose();
        let request = PersonalTagMappingRequest::builder()
            .client_id(id("clientId", self.client_id)?)
            .platform(platform.map_err(|error| format!("platform: {error}"))?)
            .platform_client_id(id("platformClientId", self.platform_client_id)?)
            .tag_id("");
        let request = PersonalTagMappingRequest::try_from(request).map_err(|error| error.to_string())?;
        request.identity().map_err(|error| error.to_string())
    }
}

fn not_unicode(id: &str) -> String {
    format!("can be read in several ways, such as {:?} in Windows-1252: save the list as UTF-8", shorten(id))
}

/// The delimiter that a first line such as `sep=;` names, as Excel reads it.
fn delimiter_line(text: &[u8]) -> Result<Option<u8>, String> {
    let line = text.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let unquoted = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match unquoted.split_at_checked(4) {
        Some((name, value)) if name.eq_ignore_ascii_case(b"sep=") => match value {
            [delimiter] if DELIMITERS.contains(delimiter) => Ok(Some(*delimiter)),
            _ => Err(", line 1: expected a comma, semicolon, tab or pipe after sep=".to_owned()),
        },
        _ => Ok(None),
    }
}

/// A reading with another separator that reveals another identifying column.
fn second_reading(header: &Record) -> Option<String> {
    let is_known = |name: &str| NAMES.iter().any(|known| simplify(known) == simplify(name));
    let names: Vec<_> = names(header).collect();
    let is_hidden =
        |separator: &char| names.iter().any(|name| name.contains(*separator) && name.split(*separator).any(is_known));
    let separator = SEPARATORS.into_iter().find(is_hidden)?;
    Some(quote(unicode(header.written(header.len())).split(separator).map(str::to_owned)))
}

/// Splits a text at the line breaks of the list. Excel writes other ones into cells.
fn split<'t>(text: &'t [u8], line_break: &[u8]) -> Vec<&'t [u8]> {
    let (mut lines, mut rest) = (Vec::new(), text);
    while let Some(end) = rest.windows(line_break.len().max(1)).position(|window| window == line_break) {
        lines.push(&rest[..end]);
        rest = &rest[end + line_break.len()..];
    }
    lines.push(rest);
    lines
}

fn names(header: &Record) -> impl Iterator<Item = String> {
    header.iter().map(|name| unicode(&name).into_owned())
}

fn quote(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    shorten(&format!("{names:?}"))
}
