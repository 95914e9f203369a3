//! Simplifies the document: no types of other crates, no constraints, no defaults, and texts that are documentation.

use serde_json::{Map, Value};

use super::prose::{code, json, prose, shown};
use super::spec::{Spec, objects};

/// Changes the document in place.
pub fn simplify(spec: &mut Spec) {
    for pointer in objects(&spec.value, "") {
        let Some(Value::Object(object)) = spec.value.pointer_mut(&pointer) else { continue };
        object.retain(|key, value| !is_dropped(key, value));
        if object.get("type").is_some_and(|kind| kind != "string") {
            object.remove("enum");
        }
        // typify documents variants with their titles, too.
        for key in ["description", "summary", "title"] {
            if let Some(Value::String(text)) = object.get_mut(key) {
                *text = prose(text);
            }
        }
        describe_constraints(object);
    }
}

fn is_dropped(key: &str, value: &Value) -> bool {
    let has_no_effect = key.starts_with("x-") || ["example", "examples", "default", "uniqueItems"].contains(&key);
    // With it, typify would refuse what a later version of the API adds.
    let is_closed = ["additionalProperties", "unevaluatedProperties"].contains(&key) && *value == false;
    has_no_effect || is_closed
}

/// Whether it is why typify would make a type of its own, or one of another crate.
fn is_constraint(key: &str, value: &Value) -> bool {
    let is_limit = ["min", "max", "exclusive"].iter().any(|limit| key.starts_with(limit));
    let is_plain = ["int32", "int64", "double", "password"].iter().any(|format| value == format);
    let is_other = ["pattern", "multipleOf", "contentEncoding", "contentMediaType", "dependentRequired"].contains(&key);
    is_limit || is_other || (key == "format" && !is_plain)
}

/// Has the description say the constraints instead.
fn describe_constraints(object: &mut Map<String, Value>) {
    let constraints = object.iter().filter(|(key, value)| is_constraint(key, value));
    let constraints: Vec<_> =
        constraints.map(|(key, value)| format!("\n\n{}: {}", code(&shown(key)), code(&json(value)))).collect();
    if !constraints.is_empty() {
        object.retain(|key, value| !is_constraint(key, value));
        let said = object.get("description").and_then(Value::as_str).unwrap_or_default();
        let said = format!("{said}{}", constraints.concat());
        object.insert("description".to_owned(), said.trim_start().into());
    }
}
