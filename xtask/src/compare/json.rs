//! Compares schemas that the model cannot express.

use serde_json::{Map, Value};

/// Whether a schema allows all values of an older one, judged cautiously: it may differ only in additional variants.
pub fn allows_all(new: &Value, old: &Value) -> bool {
    let (Value::Object(new), Value::Object(old)) = (new, old) else { return new == old };
    are_of_same_keys(new, old) && old.iter().all(|(keyword, old)| keyword_allows_all(keyword, &new[keyword], old))
}

fn keyword_allows_all(keyword: &str, new: &Value, old: &Value) -> bool {
    let has_all = |list: &Value, of: &Value| {
        let (Value::Array(list), Value::Array(of)) = (list, of) else { return list == of };
        of.iter().all(|old| list.iter().any(|new| allows_all(new, old)))
    };
    match (keyword, new, old) {
        ("oneOf" | "anyOf" | "enum" | "type", ..) => has_all(new, old),
        ("allOf" | "required", ..) => has_all(new, old) && has_all(old, new),
        ("items" | "additionalProperties", ..) => allows_all(new, old),
        ("properties", Value::Object(new), Value::Object(old)) => {
            are_of_same_keys(new, old) && old.iter().all(|(name, old)| allows_all(&new[name], old))
        }
        _ => new == old,
    }
}

fn are_of_same_keys(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    one.len() == other.len() && one.keys().all(|key| other.contains_key(key))
}
