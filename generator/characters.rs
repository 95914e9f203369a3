//! Refuses names that hold what no name needs: a page's names become code, and lines of reports.
//!
//! Whatever is not prose, nor an example, counts as a name. What else a name must be is said where it is used.

use serde_json::Value;

use super::operations::METHODS;
use super::prose::{self, is_hidden};
use super::spec::{is_map_by_name, step};

/// Members that are shown as prose or as JSON, and so may hold anything.
const FREE: [&str; 12] = [
    "contact",
    "default",
    "description",
    "example",
    "examples",
    "externalDocs",
    "license",
    "pattern",
    "scopes",
    "summary",
    "termsOfService",
    "title",
];

/// The place of the first name that is refused, or of what has it, and why.
type Refusal = (String, String);

/// Checks all names of a document.
pub fn check(document: &Value) -> Result<(), Refusal> {
    names(document, "", false)
}

/// Checks what is found at a key. If it is a map by name, its own keys are no keywords. The pointer grows on the way back,
/// so that it costs nothing where nothing is refused.
fn names(value: &Value, key: &str, is_map: bool) -> Result<(), Refusal> {
    let inside =
        |step: &str, found: Result<(), Refusal>| found.map_err(|(pointer, why)| (format!("/{step}{pointer}"), why));
    match value {
        Value::String(name) => {
            check_name(name, is_hidden, "a text without control, line-break or bidirectional characters")
        }
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| inside(&index.to_string(), names(item, key, false)))
        }
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            check_name(name, is_hidden, "a name without control, line-break or bidirectional characters")?;
            let is_extension = name.starts_with("x-");
            if is_map && key == "paths" && !is_extension {
                let is_wrong = |c: char| c.is_whitespace() || "`\"<>\\^|".contains(c);
                check_name(name, is_wrong, "a path of characters that a URL may have")?;
            }
            if is_map && key == "statuses" && !is_extension && !is_status(name) {
                return refused(name, "a status: three digits, 1XX to 5XX, or default");
            }
            if !is_map && (is_extension || FREE.contains(&name.as_str())) {
                return Ok(());
            }
            let is_statuses = name == "responses" && METHODS.contains(&key);
            let inner = if is_map {
                ""
            } else if is_statuses {
                "statuses"
            } else {
                name
            };
            inside(&step(name), names(member, inner, !is_map && is_map_by_name(name)))
        }),
        _ => Ok(()),
    }
}

fn check_name(name: &str, is_wrong: impl Fn(char) -> bool, expected: &str) -> Result<(), Refusal> {
    if name.chars().any(is_wrong) { refused(name, expected) } else { Ok(()) }
}

fn refused(name: &str, expected: &str) -> Result<(), Refusal> {
    const LONGEST: usize = 120;
    let name: String = prose::json(&name.into()).chars().take(LONGEST).collect();
    Err((String::new(), format!("{name}: expected {expected}")))
}

fn is_status(name: &str) -> bool {
    let is_class = name.starts_with(|first| ('1'..='5').contains(&first));
    let rest = name.get(1..).unwrap_or_default();
    name == "default"
        || (is_class && (rest == "XX" || (rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_digit()))))
}
