//! The list of clients, as spreadsheets and other programs write it. Every row is checked before anything is sent: a
//! removal that went to a wrong client cannot be taken back.

use std::borrow::Cow;
use std::str;

use csv::{ByteRecord, Reader, ReaderBuilder};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use indexmap::IndexMap;
use indexmap::map::Entry;
use mantago::ClientIdentity;
use mantago::types::PersonalTagMappingRequest;
use serde::{Deserialize, Serialize};

use crate::identifier;
use crate::source::Source;

/// How many wrong rows are listed.
const LISTED: usize = 20;

const DELIMITERS: [u8; 3] = *b",;\t";

pub struct List {
    /// As it is called in messages.
    pub name: String,
    pub rows: Rows,
    /// How many rows name a client that an earlier row names.
    pub repeated: usize,
    /// Whether it is in no Unicode encoding.
    pub is_windows_1252: bool,
}

pub type Rows = IndexMap<ClientIdentity, Row>;

pub struct Row {
    pub line: u64,
    /// What earlier runs have left.
    pub state: Option<State>,
}

/// How far a row has come, in the words of the journal.
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

impl State {
    /// As it is called in front of people and programs.
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

/// Where the columns are that count.
struct Columns {
    count: usize,
    client_id: Option<usize>,
    platform: Option<usize>,
    platform_client_id: Option<usize>,
}

impl List {
    /// The error has a line for each wrong row, up to [`LISTED`] of them.
    pub fn read(source: Source) -> Result<Self, String> {
        let name = source.name.clone();
        let text = decode(source.read()?);
        let is_windows_1252 = str::from_utf8(&text).is_err();
        let mut list = Self { name, rows: Rows::new(), repeated: 0, is_windows_1252 };
        list.parse(&text).map_err(|error| format!("{}{error}", list.name))?;
        Ok(list)
    }

    /// The rows that earlier runs have not done.
    pub fn to_do(&self) -> impl Iterator<Item = (&ClientIdentity, &Row)> {
        self.rows.iter().filter(|(_, row)| row.state != Some(State::Removed))
    }

    fn parse(&mut self, text: &[u8]) -> Result<(), String> {
        let (delimiter, columns) = Columns::find(text)?;
        let (mut reader, mut record) = (reader(text, delimiter), ByteRecord::new());
        let (mut count, mut wrong, mut listed, mut start, mut line) = (0, 0, Vec::new(), 0, 1);
        while reader.read_byte_record(&mut record).map_err(|error| format!(": {error}"))? {
            if is_blank(&record) {
                continue;
            }
            count += 1;
            (start, line) = begin(text, &record);
            match columns.client(&record) {
                // The header.
                _ if count == 1 => {}
                Ok(client) => self.add(client, line),
                Err(error) => {
                    wrong += 1;
                    if wrong <= LISTED {
                        listed.push(format!("\n  line {line}: {error}"));
                    }
                }
            }
        }
        if has_open_quote(&text[start..]) {
            return Err(format!(", line {line}: expected a quotation mark that ends the field; nothing was sent"));
        }
        if wrong == 0 {
            return Ok(());
        }
        if wrong > LISTED {
            listed.push(format!("\n  and {} more", wrong - LISTED));
        }
        Err(format!(": {wrong} of {} rows are wrong, and nothing was sent:{}", count - 1, listed.concat()))
    }

    fn add(&mut self, client: ClientIdentity, line: u64) {
        match self.rows.entry(client) {
            Entry::Occupied(_) => self.repeated += 1,
            Entry::Vacant(place) => {
                place.insert(Row { line, state: None });
            }
        }
    }
}

impl Columns {
    /// The header, with the delimiter that it is separated by.
    fn find(text: &[u8]) -> Result<(u8, Self), String> {
        let mut failure = (0, ": expected a header and a row for each client, found nothing".to_owned());
        for delimiter in DELIMITERS {
            let mut records = reader(text, delimiter).into_byte_records();
            let Some(header) = records.find(|record| !record.as_ref().is_ok_and(is_blank)) else { continue };
            let header = header.map_err(|error| format!(": {error}"))?;
            match Self::of(&header) {
                Ok(columns) => return Ok((delimiter, columns)),
                // That delimiter is most likely the right one which makes the most of the header.
                Err(error) if header.len() > failure.0 => {
                    failure = (header.len(), format!(", line {}: {error}", begin(text, &header).1));
                }
                Err(_) => {}
            }
        }
        Err(failure.1)
    }

    fn of(header: &ByteRecord) -> Result<Self, String> {
        let names: Vec<_> = header.iter().map(unicode).collect();
        let column = |name: &str| {
            let same = |column: &str| identifier::simplify(column) == identifier::simplify(name);
            let mut found = (0..).zip(&names).filter(|(_, column)| same(column)).map(|(index, _)| index);
            match (found.next(), found.next()) {
                (_, Some(_)) => Err(format!("the header has {name} twice")),
                (index, None) => Ok(index),
            }
        };
        let columns = Self {
            count: header.len(),
            client_id: column("clientId")?,
            platform: column("platform")?,
            platform_client_id: column("platformClientId")?,
        };
        match columns {
            Self { client_id: Some(_), .. } | Self { platform: Some(_), platform_client_id: Some(_), .. } => {
                Ok(columns)
            }
            _ => {
                let found: String = names.join(", ").chars().take(200).collect();
                Err(format!("the header is {found:?}: expected clientId, or both platform and platformClientId"))
            }
        }
    }

    /// The client of a row, by the rule of the API. An empty field is none.
    fn client(&self, record: &ByteRecord) -> Result<ClientIdentity, String> {
        if record.len() != self.count {
            return Err(format!("expected {} fields, as in the header, found {}", self.count, record.len()));
        }
        let field =
            |column: Option<usize>| column.map(|column| unicode(&record[column])).filter(|text| !text.is_empty());
        let id = |name, column| match field(column) {
            Some(id) => identifier::check(&id).map(|()| Some(id.into_owned())).map_err(|why| format!("{name} {why}")),
            None => Ok(None),
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

/// UTF-8 from UTF-16, with a byte order mark or without one. Anything else stays as it is: what is in the columns that
/// nobody asks for may be in any encoding.
fn decode(bytes: Vec<u8>) -> Vec<u8> {
    let encoding = match (Encoding::for_bom(&bytes), &*bytes) {
        (Some((encoding, _)), _) => encoding,
        (None, [0, 1..=255, ..]) => UTF_16BE,
        (None, [1..=255, 0, ..]) => UTF_16LE,
        _ => return bytes,
    };
    if encoding == UTF_8 {
        return bytes[3..].to_vec();
    }
    encoding.decode(&bytes).0.into_owned().into_bytes()
}

fn unicode(field: &[u8]) -> Cow<'_, str> {
    str::from_utf8(field).map_or_else(|_| WINDOWS_1252.decode_without_bom_handling(field).0, Cow::Borrowed)
}

fn reader(text: &[u8], delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text)
}

/// Spreadsheets write the rows below a list as delimiters alone, in a header also those that separate nothing.
fn is_blank(record: &ByteRecord) -> bool {
    record.iter().flatten().all(|byte| byte.is_ascii_whitespace() || DELIMITERS.contains(byte))
}

/// Where a record begins: the byte, and the line. The reader's position may be before line breaks that it skips: the LF
/// after a CR, and blank lines.
fn begin(text: &[u8], record: &ByteRecord) -> (usize, u64) {
    let (byte, line) = record.position().map_or((0, 1), |position| (position.byte(), position.line()));
    let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
    let breaks = text[byte..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let (count, lines) = breaks.fold((0, 0), |(count, lines), byte| (count + 1, lines + u64::from(*byte == b'\n')));
    (byte + count, line + lines)
}

/// Whether the last record goes to the end of the file because a quotation mark is missing. The rows in it would be lost.
fn has_open_quote(record: &[u8]) -> bool {
    let is_odd = record.iter().fold(false, |is_odd, byte| is_odd != (*byte == b'"'));
    is_odd && record.trim_ascii().contains(&b'\n')
}
