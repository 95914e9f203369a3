//! What cannot be meant as an ID, or as a platform. The API would take it for an unknown client, or worse for another
//! one, and whoever looks at the list in a spreadsheet sees nothing wrong.

use mantago::Platform;

/// Says what is wrong with a text that cannot be meant as an ID.
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
    if is_rounded(id) {
        return Err(format!(
            "is {id}, a number that a spreadsheet has rounded: format the column as text, and get the IDs anew"
        ));
    }
    if id.starts_with(['=', '#']) || id.contains('"') {
        return Err(format!("is {id}, a formula or an error of a spreadsheet"));
    }
    Ok(())
}

/// A platform, in any case and with any white space, hyphen or underscore.
pub fn platform(text: &str) -> Result<Platform, String> {
    let same = |platform: &&Platform| simplify(&platform.to_string()) == simplify(text);
    match PLATFORMS.iter().find(same) {
        Some(platform) => Ok(*platform),
        None => text.parse::<Platform>().map_err(|error| error.to_string()),
    }
}

const PLATFORMS: [Platform; 5] =
    [Platform::Line, Platform::Facebook, Platform::Instagram, Platform::LiveChat, Platform::Whatsapp];

/// What "clientId", `client_id` and "Client ID" have in common.
pub fn simplify(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// As 1.23E+15, or with a decimal comma. Without the sign it may be an ID.
fn is_rounded(id: &str) -> bool {
    let Some((digits, exponent)) = id.split_once(['E', 'e']) else { return false };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or_default();
    let is_number = |text: &str, marks: &[char]| {
        text.contains(|character: char| character.is_ascii_digit())
            && text.chars().all(|character| character.is_ascii_digit() || marks.contains(&character))
    };
    is_number(digits, &['.', ',', '-']) && is_number(exponent, &[])
}

/// Control and format characters, blanks other than the space, fillers, and what stands for bytes that were lost.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' | '\u{e0000}'..='\u{e0fff}')
}
