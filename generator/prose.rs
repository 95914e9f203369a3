//! Escapes text from a page for documentation and reports.
//!
//! The project doesn't control the pages. Unescaped, their Markdown and HTML would take effect: rustdoc would compile their
//! code blocks as examples, and their links could lead anywhere.

use std::fmt::Write;

use serde_json::Value;

/// Characters at which an editor or compiler may end a line.
const LINE_BREAKS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// Markdown that displays a text. Only paragraphs and lists keep their Markdown meaning: other special characters are
/// escaped, and invisible ones are shown like `U+202E`.
pub fn prose(text: &str) -> String {
    let mut prose = String::new();
    // The indentation of each open list, and the last number of a numbered list.
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

/// Escapes every character in a line that Markdown, HTML or rustdoc would act on.
fn escaped(line: &str) -> String {
    let mut escaped = String::new();
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        let after = line[at + c.len_utf8()..].chars().next().unwrap_or(' ');
        let is_marked = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '~' | '|' => true,
            // Inside a word an underscore has no effect, and many names have one.
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            '#' | '-' | '+' | '=' => at == 0,
            // Begins a definition, or follows a URL's scheme.
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

/// A Markdown code span from which the text cannot escape.
pub fn code(text: &str) -> String {
    let text = visible(text);
    let fence = fence(&text, 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A fence that the text cannot close: more backticks than it has in a row, and at least `least`.
pub fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(least.max(longest + 1))
}

/// A plain name unchanged, any other name as a JSON string.
pub fn shown(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./~{}".contains(c);
    let is_plain = !name.is_empty() && name.chars().all(is_plain);
    if is_plain { name.to_owned() } else { json(&name.into()) }
}

/// A value as JSON on one line, without hidden characters.
pub fn json(value: &Value) -> String {
    visible(&value.to_string())
}

/// Text on one line, with hidden characters as JSON escapes.
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
    // GitHub's runner treats this as the start of a command, anywhere on a line of a log.
    visible.replace("##[", "#\\u0023[")
}

/// Whether a character is a control character, breaks a line, is invisible, or changes the direction of text. Joiners don't
/// count: Persian and emoji need them.
pub fn is_hidden(c: char) -> bool {
    let is_format = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || is_format
}
