//! Checks IDs and platforms that people or spreadsheets wrote. The API would take a damaged ID for an unknown client or,
//! worse, for another one, and in a spreadsheet it looks right.

use mantago::{ClientIdentity, Platform};

use crate::console::shorten;

/// Characters that lists use between fields, full-width forms included.
pub const SEPARATORS: [char; 7] = [',', ';', '\t', '|', '，', '；', '｜'];

/// Excel keeps 15 digits of a number and replaces the others by zeros.
const EXCEL_DIGITS: usize = 15;

/// The ID that identifies a client, on whichever platform.
pub fn id(client: &ClientIdentity) -> &str {
    match client {
        ClientIdentity::ClientId(id) => id.as_str(),
        ClientIdentity::Platform { platform_client_id, .. } => platform_client_id.as_str(),
    }
}

/// Checks a text that should be an ID. The error continues a sentence that begins with the name of the field.
pub fn check(id: &str) -> Result<(), String> {
    if id.trim().is_empty() {
        return Err("is blank: expected an ID".to_owned());
    }
    if id.trim() != id {
        return Err("has white space around it".to_owned());
    }
    if let Some(character) = id.chars().find(|character| is_invisible(*character)) {
        return Err(format!("has an invisible or broken character, U+{:04X}", u32::from(character)));
    }
    if is_scientific(id) {
        let id = shorten(id);
        return Err(format!(
            "is {id}, a number rounded by a spreadsheet: format the column as text and export the IDs again"
        ));
    }
    if id.starts_with(['=', '#', '\'']) || id.contains('"') {
        return Err(format!("is {}, a formula or an error of a spreadsheet", shorten(id)));
    }
    Ok(())
}

/// Checks an ID in a list: a separator in it means that the list can be read in two ways.
pub fn check_cell(id: &str) -> Result<(), String> {
    match id.split_once(SEPARATORS) {
        Some((first, rest)) if !is_scientific(id) => {
            let separator = id[first.len()..].chars().next().unwrap_or_default();
            let (id, first, rest) = (shorten(id), shorten(first), shorten(rest));
            Err(format!(
                "can be read in two ways: {id:?}, or {first:?} and {rest:?} if {separator:?} separates the fields"
            ))
        }
        _ => check(id),
    }
}

/// Reads a platform in any case and with any white space, hyphen or underscore.
pub fn platform(text: &str) -> Result<Platform, String> {
    let is_same = |platform: &&Platform| simplify(&platform.to_string()) == simplify(text);
    match PLATFORMS.iter().find(is_same) {
        Some(platform) => Ok(*platform),
        None => shorten(text).parse::<Platform>().map_err(|error| error.to_string()),
    }
}

const PLATFORMS: [Platform; 5] =
    [Platform::Line, Platform::Facebook, Platform::Instagram, Platform::LiveChat, Platform::Whatsapp];

/// Reduces "clientId", `client_id` and "Client ID" to the same text. Separators stay: "clientId;" is another name.
pub fn simplify(name: &str) -> String {
    let is_kept = |character: &char| character.is_alphanumeric() || SEPARATORS.contains(character);
    name.chars().filter(is_kept).flat_map(char::to_lowercase).collect()
}

/// Whether an ID has so many digits that Excel would round it.
pub fn exceeds_excel(id: &str) -> bool {
    id.len() > EXCEL_DIGITS && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether all digits beyond Excel's precision are zeros.
pub fn is_rounded_by_excel(id: &str) -> bool {
    exceeds_excel(id) && id.bytes().skip(EXCEL_DIGITS).all(|byte| byte == b'0')
}

/// Whether it is a number like 1.23E+15 or 1,23E+15. Without the exponent's sign, it may be an ID.
fn is_scientific(id: &str) -> bool {
    let Some((digits, exponent)) = id.split_once(['E', 'e']) else { return false };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or_default();
    let is_number = |text: &str, marks: &[char]| {
        text.contains(|character: char| character.is_ascii_digit())
            && text.chars().all(|character| character.is_ascii_digit() || marks.contains(&character))
    };
    is_number(digits, &['.', ',', '-']) && is_number(exponent, &[])
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
