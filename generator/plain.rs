//! Makes the schemas of the document plain: no types of other crates, no constraints, no defaults, documentation that
//! rustdoc can take, and credentials that are marked as such.

use heck::ToTitleCase;
use serde_json::{Map, Value, json};

use super::Error;
use super::check::SECRETS;
use super::merge::{Merged, step};

/// Changes the document in place.
pub fn plain(merged: &mut Merged) -> Result<(), Error> {
    let tidied = each_object(&mut merged.document, "", false, &mut |pointer, object| {
        tidy(object).map_err(|message| (pointer.to_owned(), message))
    });
    tidied.map_err(|(pointer, message)| merged.error(&pointer, message))
}

/// Members whose value is a map by name: `description` in it is a name too.
const MAPS: [&str; 8] =
    ["properties", "schemas", "responses", "requestBodies", "headers", "content", "paths", "securitySchemes"];

type Change<'a, E> = &'a mut dyn FnMut(&str, &mut Map<String, Value>) -> Result<(), E>;

/// Changes each object of the document that is not a map by name.
fn each_object<E>(value: &mut Value, pointer: &str, is_map: bool, change: Change<'_, E>) -> Result<(), E> {
    match value {
        Value::Object(object) => {
            if !is_map {
                change(pointer, object)?;
            }
            for (key, member) in object {
                let is_map = !is_map && MAPS.contains(&key.as_str());
                each_object(member, &format!("{pointer}/{}", step(key)), is_map, change)?;
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                each_object(item, &format!("{pointer}/{index}"), false, change)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// What typify makes a type of its own of, or another crate's; it goes, and the documentation says it.
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

/// Makes an object of the document plain: no types of other crates, no defaults, its credentials marked.
fn tidy(object: &mut Map<String, Value>) -> Result<(), &'static str> {
    object.retain(|key, _| {
        !key.starts_with("x-") && !["example", "examples", "default", "uniqueItems"].contains(&key.as_str())
    });
    // With it, typify would refuse what a later version of the API adds.
    let is_empty = object.get("properties").is_some_and(|properties| *properties == json!({}));
    object.retain(|key, value| key != "additionalProperties" || *value != false || is_empty);
    if object.get("type").is_some_and(|kind| kind != "string") {
        object.remove("enum");
    }
    let mut notes = Vec::new();
    for key in CONSTRAINTS {
        let is_plain = |format: &Value| ["int32", "int64", "double", "password"].iter().any(|plain| format == plain);
        if object.get(key).is_none_or(|value| key == "format" && is_plain(value)) {
            continue;
        }
        let value = object.remove(key).unwrap_or_default();
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        notes.push(format!("{}: `{value}`.", key.to_title_case()));
    }
    if !notes.is_empty() && object.contains_key("type") {
        let old = object.get("description").and_then(Value::as_str).unwrap_or_default();
        let new = if old.is_empty() { notes.join(" ") } else { format!("{old}\n\n{}", notes.join(" ")) };
        object.insert("description".to_owned(), json!(new));
    }
    for key in ["description", "summary"] {
        if let Some(Value::String(text)) = object.get_mut(key) {
            *text = documentation(text);
        }
    }
    let properties = object.get_mut("properties").and_then(Value::as_object_mut);
    for (_, property) in properties.into_iter().flatten().filter(|(name, _)| SECRETS.contains(&name.as_str())) {
        if property["type"] != "string" {
            return Err("a credential in it that is not a plain string cannot be kept from logs");
        }
        let mut secret = json!({ "type": "string", "format": "password" });
        for key in ["nullable", "description"] {
            if let Some(value) = property.get(key) {
                secret[key] = value.clone();
            }
        }
        *property = secret;
    }
    Ok(())
}

/// A description as documentation: its code is marked as text, for other code is taken for Rust, and tested.
fn documentation(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.replace(|c: char| c.is_control() && c != '\n' && c != '\t', " ");
    let mut fence = None;
    let lines = text.split('\n').map(|line| {
        let words = line.trim_start();
        let mark = words.chars().next().filter(|c| ['`', '~'].contains(c));
        let run = mark.map_or(0, |mark| words.chars().take_while(|c| *c == mark).count());
        match (fence, mark) {
            (None, Some(mark)) if run >= 3 => {
                fence = Some((mark, run));
                format!("{}text", &words[..run])
            }
            (Some((open, length)), Some(mark)) if mark == open && run >= length => {
                fence = None;
                words[..run].to_owned()
            }
            (Some(_), _) => line.to_owned(),
            // Four columns make code, and a tab is four.
            (None, _) => format!("{}{words}", &"   "[..3.min(line.len() - words.len())]),
        }
    });
    let mut lines: Vec<_> = lines.collect();
    if let Some((mark, length)) = fence {
        lines.push(mark.to_string().repeat(length));
    }
    lines.join("\n")
}
