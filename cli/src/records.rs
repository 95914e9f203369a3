//! Splits a CSV text into records. Readers of CSV are usually lenient: they take any text after a closing quotation mark,
//! and a stray mark swallows the rows up to the next one. Here, each of these is an error.

use std::borrow::Cow;
use std::ops::Range;

/// The delimiters that spreadsheets write.
pub const DELIMITERS: [u8; 4] = *b",;\t|";

pub struct Records<'t> {
    text: &'t [u8],
    /// `None` if each line is one field.
    delimiter: Option<u8>,
    position: usize,
    line: u64,
    /// Whether lines end with CR alone, as soon as one has ended.
    ends_with_cr: Option<bool>,
}

pub struct Record<'t> {
    text: &'t [u8],
    /// The line on which it begins.
    pub line: u64,
    /// Each with its quotation marks.
    fields: Vec<Range<usize>>,
}

impl<'t> Records<'t> {
    pub fn new(text: &'t [u8], delimiter: Option<u8>) -> Self {
        Self { text, delimiter, position: 0, line: 1, ends_with_cr: None }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.position).copied()
    }

    fn read(&mut self) -> Result<Record<'t>, String> {
        let mut record = Record { text: self.text, line: self.line, fields: Vec::new() };
        loop {
            let start = self.position;
            self.skip_field()?;
            record.fields.push(start..self.position);
            if self.peek().is_none() || self.peek() != self.delimiter {
                return self.end_line().map(|()| record);
            }
            self.position += 1;
        }
    }

    fn skip_field(&mut self) -> Result<(), String> {
        if self.peek() == Some(b'"') {
            return self.skip_quoted();
        }
        while self.peek().is_some_and(|byte| !self.is_end_of_field(byte)) {
            self.position += 1;
        }
        Ok(())
    }

    fn skip_quoted(&mut self) -> Result<(), String> {
        let first_line = self.line;
        self.position += 1;
        loop {
            match self.peek() {
                None => return Err(format!("line {first_line}: expected a quotation mark that ends the field")),
                Some(b'"') if self.text.get(self.position + 1) == Some(&b'"') => self.position += 2,
                Some(b'"') => break,
                Some(b'\r' | b'\n') => self.skip_line_break(),
                Some(_) => self.position += 1,
            }
        }
        self.position += 1;
        match self.peek() {
            Some(byte) if !self.is_end_of_field(byte) => Err(format!(
                "line {}: text follows the quotation mark that ends a field (the field begins on line {first_line})",
                self.line
            )),
            _ => Ok(()),
        }
    }

    fn is_end_of_field(&self, byte: u8) -> bool {
        matches!(byte, b'\r' | b'\n') || Some(byte) == self.delimiter
    }

    /// A CR between lines that end with LF could also be part of a field.
    fn end_line(&mut self) -> Result<(), String> {
        let line_break = line_break(&self.text[self.position..]);
        let ends_with_cr = line_break == b"\r";
        if !line_break.is_empty() && *self.ends_with_cr.get_or_insert(ends_with_cr) != ends_with_cr {
            return Err(format!(
                "line {}: ends with another line break than the lines before it: expected CR, or LF, but not both",
                self.line
            ));
        }
        self.skip_line_break();
        Ok(())
    }

    fn skip_line_break(&mut self) {
        let length = line_break(&self.text[self.position..]).len();
        self.position += length;
        self.line += u64::from(length > 0);
    }
}

impl<'t> Iterator for Records<'t> {
    type Item = Result<Record<'t>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        self.peek().is_some().then(|| self.read())
    }
}

impl<'t> Record<'t> {
    pub fn start(&self) -> usize {
        self.fields[0].start
    }

    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field without its quotation marks, if the record has it.
    pub fn get(&self, index: usize) -> Option<Cow<'t, [u8]>> {
        let field = &self.text[self.fields.get(index)?.clone()];
        Some(match field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\"")) {
            Some(quoted) => unescape(quoted),
            None => Cow::Borrowed(field),
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = Cow<'t, [u8]>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The first fields as they are written in the text, at most `count` of them.
    pub fn written(&self, count: usize) -> &'t [u8] {
        match self.fields[..count.min(self.len())].last() {
            Some(last) => &self.text[self.start()..last.end],
            None => &[],
        }
    }

    pub fn line_break(&self) -> &'t [u8] {
        line_break(&self.text[self.fields[self.len() - 1].end..])
    }

    /// Whether it consists of delimiters and white space. Spreadsheets write such rows below a list.
    pub fn is_blank(&self) -> bool {
        self.iter().all(|field| field.iter().all(|byte| byte.is_ascii_whitespace() || DELIMITERS.contains(byte)))
    }
}

/// The line break at the beginning of a text, if any. A program that converts line breaks twice writes CR CR LF.
fn line_break(text: &[u8]) -> &[u8] {
    match text {
        [b'\r', b'\r', b'\n', ..] => &text[..3],
        [b'\r', b'\n', ..] => &text[..2],
        [b'\r' | b'\n', ..] => &text[..1],
        _ => &[],
    }
}

/// Halves doubled quotation marks.
fn unescape(quoted: &[u8]) -> Cow<'_, [u8]> {
    if !quoted.contains(&b'"') {
        return Cow::Borrowed(quoted);
    }
    let mut text = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter();
    while let Some(byte) = bytes.next() {
        text.push(*byte);
        if *byte == b'"' {
            bytes.next();
        }
    }
    Cow::Owned(text)
}
