//! Simplifies the document: no types of other crates, no constraints, no defaults, and descriptions that rustdoc
//! can take.

use serde_json::{Map, Value, json};

use super::one_line;
use super::spec::{Spec, objects};

/// Changes the document in place.
pub fn simplify(spec: &mut Spec) {
    for pointer in objects(&spec.value, "") {
        let Some(Value::Object(object)) = spec.value.pointer_mut(&pointer) else { continue };
        object.retain(|key, value| !is_dropped(key, value));
        if object.get("type").is_some_and(|kind| kind != "string") {
            object.remove("enum");
        }
        describe_constraints(object);
        for key in ["description", "summary"] {
            if let Some(Value::String(text)) = object.get_mut(key) {
                *text = documentation(text);
            }
        }
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
    let constraints: Vec<_> = constraints.map(|(key, value)| format!("\n\n`{key}`: {value}")).collect();
    if !constraints.is_empty() {
        object.retain(|key, value| !is_constraint(key, value));
        let said = object.get("description").and_then(Value::as_str).unwrap_or_default();
        let said = format!("{said}{}", constraints.concat());
        object.insert("description".to_owned(), json!(said.trim_start()));
    }
}

/// A description as documentation. Code in it becomes prose: rustdoc would take it for Rust, and test it.
fn documentation(text: &str) -> String {
    let text = text.replace(|c: char| c.is_control() && c != '\n', " ");
    let is_fence = |line: &String| line.starts_with("```") || line.starts_with("~~~");
    let lines: Vec<_> = text.lines().map(one_line).filter(|line| !is_fence(line)).collect();
    // Those in a quotation or in a list.
    lines.join("\n").replace("```", "").replace("~~~", "")
}
