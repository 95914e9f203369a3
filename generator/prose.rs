//! Puts the text of a page into documentation and reports, as text.
//!
//! Others write the pages. In documentation and reports, their Markdown and HTML would be ours: rustdoc compiles code blocks
//! as examples, and a link leads wherever they want. This module escapes every text from a page before it is shown.

use std::fmt::Write;

use serde_json::Value;

/// Where a line of a page ends. A text editor or a compiler may end one at any of them.
const LINE_BREAKS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// Text as Markdown that shows it. Of its own Markdown, only paragraphs and lists are kept: every character that would
/// begin something else is escaped, and one that cannot be seen is shown as `U+202E`.
pub fn prose(text: &str) -> String {
    let mut prose = String::new();
    // The indentation of each list that is open, and the last number in one.
    let (mut lists, mut number, mut is_new) = (Vec::new(), 0, true);
    for line in text.replace("\r\n", "\n").split(LINE_BREAKS) {
        let words = line.trim();
        let indent = line.len() - line.trim_start().len();
        if words.is_empty() {
            is_new = true;
        } else if let Some((marker, words)) = item(words, &mut number) {
            lists.retain(|open| *open <= indent);
            if lists.last().is_none_or(|open| open + 2 <= indent) {
                lists.push(indent);
            }
            let gap = if is_new { "\n\n" } else { "\n" };
            let _ = write!(prose, "{gap}{}{marker} {}", "    ".repeat(lists.len() - 1), escaped(words));
            is_new = false;
        } else if is_new {
            lists.clear();
            let _ = write!(prose, "\n\n{}", escaped(words));
            is_new = false;
        } else {
            prose += if lists.is_empty() { "\n" } else { " " };
            prose += &escaped(words);
        }
    }
    prose.trim_start().to_owned()
}

/// The marker and the text of a list item. A number is a marker only if it continues the list: 2 after 1.
fn item<'t>(line: &'t str, number: &mut u8) -> Option<(String, &'t str)> {
    let (marker, words) = line.split_once([' ', '\t'])?;
    if ["-", "*", "+", "•"].contains(&marker) {
        return Some(("-".to_owned(), words.trim_start()));
    }
    let counted = marker.strip_suffix(['.', ')'])?.parse().ok()?;
    (counted == 1 || (counted == *number + 1 && counted < 100)).then(|| {
        *number = counted;
        (format!("{counted}."), words.trim_start())
    })
}

/// A line with every character escaped that Markdown, HTML or rustdoc would act on.
fn escaped(line: &str) -> String {
    let mut escaped = String::new();
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        let after = line[at + c.len_utf8()..].chars().next().unwrap_or(' ');
        let is_marked = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '~' | '|' => true,
            // Within a word it is only itself, and names have many.
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            '#' | '-' | '+' | '=' => at == 0,
            // Of a URL, or a definition.
            ':' => at == 0 || after == '/',
            '.' | ')' => (1..10).contains(&at) && line[..at].bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        };
        if c.is_whitespace() && !is_hidden(c) || c == '\t' {
            escaped += if before == ' ' { "" } else { " " };
            before = ' ';
            continue;
        }
        let _ = match c {
            _ if is_hidden(c) => write!(escaped, "`U+{:04X}`", u32::from(c)),
            _ if is_marked => write!(escaped, "\\{c}"),
            _ => write!(escaped, "{c}"),
        };
        before = c;
    }
    escaped
}

/// Text as a code span of Markdown that it cannot leave.
pub fn code(text: &str) -> String {
    let text = visible(text);
    let fence = fence(&text, 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Backticks that a text cannot close: more than it has in a row, and at least so many.
pub fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(least.max(longest + 1))
}

/// A name as it is, if it is plain, or as JSON.
pub fn shown(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./~{}".contains(c);
    let is_plain = !name.is_empty() && name.chars().all(is_plain);
    if is_plain { name.to_owned() } else { json(&name.into()) }
}

/// A value as JSON on one line, without hidden characters.
pub fn json(value: &Value) -> String {
    visible(&value.to_string())
}

/// Text on one line: a hidden character becomes its JSON escape.
pub fn visible(text: &str) -> String {
    let mut visible = String::new();
    for c in text.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(visible, "\\u{unit:04x}");
            }
        } else {
            visible.push(c);
        }
    }
    // GitHub's runner reads a command from it, anywhere on a line of a log.
    visible.replace("##[", "#\\u0023[")
}

/// Whether a character is a control, breaks a line, is invisible, or changes the direction of the text. Joiners are not
/// hidden: Persian and emoji need them.
pub fn is_hidden(c: char) -> bool {
    let is_format = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || is_format
}
