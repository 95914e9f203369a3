//! Makes the document plain: no types of other crates, no constraints, no defaults, and descriptions that rustdoc
//! can take.

use serde_json::{Map, Value, json};

use super::one_line;
use super::spec::{Spec, objects};

/// Changes the document in place.
pub fn plain(spec: &mut Spec) {
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
    let is_closed = key == "additionalProperties" && *value == false;
    has_no_effect || is_closed
}

/// Of these, typify makes types of their own or of other crates. They go, and the documentation says them.
const CONSTRAINTS: [&str; 13] = [
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
];

fn describe_constraints(object: &mut Map<String, Value>) {
    let is_plain = |format: &Value| ["int32", "int64", "double", "password"].iter().any(|plain| format == plain);
    for key in CONSTRAINTS {
        if let Some(value) = object.get(key).filter(|value| key != "format" || !is_plain(value)) {
            let said = object.get("description").and_then(Value::as_str).unwrap_or_default();
            let said = format!("{said}\n\n`{key}`: {value}");
            object.insert("description".to_owned(), json!(said.trim_start()));
            object.remove(key);
        }
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
