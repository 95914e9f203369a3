//! Text for people: server messages, file names and cells of a list never reach a terminal unfiltered.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::time::Duration;

/// Prints a message on standard error. A failure to print it is ignored: it must not end a run.
pub fn complain(message: impl Display) {
    print_error(format_args!("mantago: {message}"));
}

/// Prints a line on standard error, without the program's name.
pub fn print_error(line: impl Display) {
    let _ = writeln!(stderr(), "{}", printable(&line.to_string()));
}

/// Prints a line on standard output.
pub fn print(line: impl Display) -> Result<(), String> {
    write_out(format!("{}\n", printable(&line.to_string())).as_bytes())
}

/// Ignores a closed pipe: a reader such as `head -1` has read enough.
pub fn write_out(bytes: &[u8]) -> Result<(), String> {
    let mut out = stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

/// Puts untrusted text on one line.
pub fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Removes escape sequences and bidirectional overrides. Line breaks stay.
fn printable(text: &str) -> String {
    let visible = |character: char| match character {
        '\n' => Some('\n'),
        control if control.is_control() => Some(' '),
        invisible if is_invisible(invisible) => None,
        other => Some(other),
    };
    text.chars().filter_map(visible).collect()
}

/// JSON with every invisible character escaped, so that it can be shown in a terminal, too.
pub fn escape_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if is_invisible(character) {
            let mut units = [0; 2];
            escaped.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// The beginning of a text that may be as long as a file.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A count with its noun, such as "1 client" or "2 clients".
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A wait, rounded up, such as "30 s", "5 min" or "1 h".
pub fn duration(wait: Duration) -> Cow<'static, str> {
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    match seconds {
        0..120 => format!("{seconds} s").into(),
        120..3_600 => format!("{} min", seconds.div_ceil(60)).into(),
        3_600..172_800 => format!("{} h", seconds.div_ceil(3_600)).into(),
        172_800..31_536_000 => format!("{} days", seconds.div_ceil(86_400)).into(),
        _ => "more than a year".into(),
    }
}

/// Whether a character is a control or format character, a blank other than the space, a filler, or a replacement for
/// bytes that were lost.
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' | '\u{e0000}'..='\u{e0fff}')
}
