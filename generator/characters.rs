//! Refuses names with control, line-break or bidirectional characters: names become code and lines of reports.
//!
//! All text except prose and examples counts as a name. Further requirements are checked where a name is used.

use serde_json::Value;

use super::cursor::step;
use super::prose::{self, is_hidden};

/// The members of a path item that are operations.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Members with user-defined keys.
#[rustfmt::skip]
const KEYED: [&str; 11] = [
    "paths", "schemas", "parameters", "responses", "requestBodies", "links", "callbacks", "properties", "headers",
    "content", "securitySchemes",
];

/// The place of the first refused name, or of its owner, and the reason.
type Refusal = (String, String);

/// Checks all names of a document.
pub fn check(document: &Value) -> Result<(), Refusal> {
    names(document, "", false)
}

/// Checks the value at a key. `is_map`: its keys are user-defined, not keywords. The pointer is built only for a refusal, on
/// the way back up.
fn names(value: &Value, key: &str, is_map: bool) -> Result<(), Refusal> {
    let inside =
        |step: &str, found: Result<(), Refusal>| found.map_err(|(pointer, why)| (format!("/{step}{pointer}"), why));
    match value {
        Value::String(text) if text.contains(is_hidden) => {
            refused(text, "a text without control, line-break or bidirectional characters")
        }
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| inside(&index.to_string(), names(item, key, false)))
        }
        Value::Object(members) => members.iter().try_for_each(|(name, member)| match (key, name.as_str()) {
            _ if name.contains(is_hidden) => {
                refused(name, "a name without control, line-break or bidirectional characters")
            }
            ("paths" | "statuses", _) if name.starts_with("x-") => Ok(()),
            ("paths", _) if name.contains(|c: char| c.is_whitespace() || "`\"<>\\^|".contains(c)) => {
                refused(name, "a path of characters that a URL may have")
            }
            ("statuses", _) if !is_status(name) => refused(name, "a status: three digits, 1XX to 5XX, or default"),
            _ if is_map => inside(&step(name), names(member, "", false)),
            _ if is_free(name) => Ok(()),
            (method, "responses") if METHODS.contains(&method) => inside(name, names(member, "statuses", true)),
            _ => inside(&step(name), names(member, name, KEYED.contains(&name.as_str()))),
        }),
        _ => Ok(()),
    }
}

/// Whether a member is shown only as prose or JSON, and may contain any character.
fn is_free(name: &str) -> bool {
    let is_prose = matches!(name, "description" | "summary" | "title" | "contact" | "license" | "termsOfService");
    let is_data = matches!(name, "default" | "example" | "examples" | "externalDocs" | "pattern" | "scopes");
    is_prose || is_data || name.starts_with("x-")
}

fn is_status(name: &str) -> bool {
    let class = name.strip_prefix(['1', '2', '3', '4', '5']).unwrap_or_default();
    name == "default" || class == "XX" || (class.len() == 2 && class.bytes().all(|byte| byte.is_ascii_digit()))
}

fn refused(name: &str, expected: &str) -> Result<(), Refusal> {
    const LONGEST: usize = 120;
    let name: String = prose::json(&name.into()).chars().take(LONGEST).collect();
    Err((String::new(), format!("{name}: expected {expected}")))
}
