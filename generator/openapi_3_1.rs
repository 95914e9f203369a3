//! Lowers OpenAPI 3.1 to 3.0, which is what progenitor reads: what has an equal there is written so, and what has none is
//! refused. What only limits a value is left for [`simplify`](super::simplify), which has the description say it.

use serde_json::{Map, Value, json};

use super::Error;
use super::spec::objects;

/// Keywords that say what no 3.0 schema can.
const UNKNOWN: [&str; 14] = [
    "$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "contains", "dependentSchemas", "else", "if", "patternProperties",
    "prefixItems", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
];

/// What is of no effect on a client: webhooks are calls of the server's.
const IDLE: [&str; 6] = ["webhooks", "jsonSchemaDialect", "$schema", "$comment", "$defs", "contentSchema"];

/// Changes a document in place.
pub fn lower(file: &str, document: &mut Value) -> Result<(), Error> {
    document["openapi"] = json!("3.0.3");
    if document.get("paths").is_none() {
        document["paths"] = json!({});
    }
    // From the innermost on, for variants may get another place.
    for place in objects(document, "").into_iter().rev() {
        let Some(Value::Object(object)) = document.pointer_mut(&place) else { continue };
        object.retain(|key, _| !IDLE.contains(&key.as_str()));
        // That there is nothing else is passed over in 3.0 too.
        if let Some(key) = UNKNOWN.iter().find(|key| object.get(**key).is_some_and(|value| *value != false)) {
            let message = "it has no equal in OpenAPI 3.0, which the generator reads";
            return Err(Error::at(file, &format!("{place}/{key}"), message));
        }
        if let Some(types) = object.get("type").and_then(Value::as_array).cloned() {
            one_type(object, &types).ok_or_else(|| {
                Error::at(file, &format!("{place}/type"), "expected one type, or one and \"null\"")
            })?;
        }
        if let Some(Value::String(value)) = object.remove("const") {
            object.extend([("type".to_owned(), json!("string")), ("enum".to_owned(), json!([value]))]);
        }
        without_null(object);
        without_siblings(object);
    }
    Ok(())
}

/// Of a list of types, the one beside `null`.
fn one_type(object: &mut Map<String, Value>, types: &[Value]) -> Option<()> {
    let real: Vec<_> = types.iter().filter(|kind| *kind != "null").collect();
    let [only] = real[..] else { return None };
    object.insert("type".to_owned(), only.clone());
    if types.len() > 1 {
        object.insert("nullable".to_owned(), json!(true));
        if let Some(Value::Array(values)) = object.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
    }
    Some(())
}

/// `null` as one of several variants makes the others nullable.
fn without_null(object: &mut Map<String, Value>) {
    for key in ["oneOf", "anyOf"] {
        let Some(Value::Array(variants)) = object.get_mut(key) else { continue };
        let count = variants.len();
        variants.retain(|variant| variant["type"] != "null");
        let (is_one, is_nullable) = (variants.len() == 1, variants.len() < count);
        if is_nullable {
            object.insert("nullable".to_owned(), json!(true));
        }
        if is_nullable && is_one {
            let only = object.remove(key).unwrap_or_default();
            object.insert("allOf".to_owned(), only);
        }
    }
}

/// Beside a reference to a schema there may be more; beside any other there is a summary or a description.
fn without_siblings(object: &mut Map<String, Value>) {
    let target = object.get("$ref").cloned().unwrap_or_default();
    let is_schema = target.as_str().is_some_and(|target| target.starts_with("#/components/schemas/"));
    if is_schema && object.len() > 1 {
        object.remove("$ref");
        object.insert("allOf".to_owned(), json!([{ "$ref": target }]));
    } else if object.contains_key("$ref") {
        object.retain(|key, _| key == "$ref");
    }
}
