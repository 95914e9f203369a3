//! The parts of schemas that the model cannot express: properties inside, and the JSON that matters on the wire.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::cursor::At;
use super::model::{Reason, Unmodelled};

/// Keywords without an effect on the wire.
const NOTES: [&str; 10] = [
    "title",
    "description",
    "example",
    "examples",
    "deprecated",
    "externalDocs",
    "xml",
    "readOnly",
    "writeOnly",
    "$comment",
];

/// The first property with one of some names inside a schema, or in one that it refers to. `searched` are the targets of
/// references that need not be searched again.
pub fn hidden_property<'d>(
    at: &At<'d>,
    names: &[&'static str],
    searched: &mut HashSet<&'d str>,
) -> Option<&'static str> {
    let mut ahead = vec![at.clone()];
    while let Some(at) = ahead.pop() {
        if let Some(properties) = at.get("properties")
            && let Some(name) = names.iter().find(|name| properties.has(name))
        {
            return Some(name);
        }
        if let Some(target) = at.reference() {
            if searched.insert(target) {
                ahead.extend(at.followed().ok());
            }
            continue;
        }
        ahead.extend(at.members().map(|(_, member)| member));
        ahead.extend(at.items());
    }
    None
}

/// The names of all properties in a schema that the model cannot express.
pub fn property_names(wire: &Value) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut ahead = vec![wire];
    while let Some(value) = ahead.pop() {
        if let Some(Value::Object(properties)) = value.get("properties") {
            names.extend(properties.keys().map(String::as_str));
        }
        match value {
            Value::Object(members) => ahead.extend(members.values()),
            Value::Array(items) => ahead.extend(items),
            _ => {}
        }
    }
    names
}

/// A schema that the model cannot express.
pub fn wire_form(at: &At, reason: Reason) -> Unmodelled {
    let mut unmodelled =
        Unmodelled { reason, wire: Value::Null, descriptions: Vec::new(), references: BTreeSet::new() };
    unmodelled.wire = without_notes(at, &mut unmodelled);
    unmodelled
}

fn without_notes(at: &At, found: &mut Unmodelled) -> Value {
    found.references.extend(at.component_type());
    match at.value {
        Value::Object(_) => {
            let mut kept = Map::new();
            for (keyword, member) in at.members() {
                if keyword == "description" {
                    found.descriptions.extend(member.value.as_str().map(|text| (member.place(), text.to_owned())));
                }
                if NOTES.contains(&keyword) || keyword.starts_with("x-") {
                    continue;
                }
                let value = if ["properties", "patternProperties"].contains(&keyword) {
                    named_schemas(&member, found)
                } else {
                    without_notes(&member, found)
                };
                kept.insert(keyword.to_owned(), value);
            }
            kept.into()
        }
        Value::Array(_) => at.items().map(|item| without_notes(&item, found)).collect(),
        value => value.clone(),
    }
}

/// Schemas by name: none of the names is a keyword.
fn named_schemas(at: &At, found: &mut Unmodelled) -> Value {
    let schemas = at.members().map(|(name, schema)| (name.to_owned(), without_notes(&schema, found)));
    schemas.collect::<Map<_, _>>().into()
}
