//! Lowers OpenAPI 3.1 to 3.0, which is what progenitor reads: what has an equal there is written so, and what has none is
//! refused. What only limits a value is left for [`simplify`](super::simplify), which has the description say it.

use serde_json::{Map, Value, json};

use super::Error;
use super::spec::{objects, reference, step};

/// Keywords that say what no 3.0 schema can.
const UNKNOWN: [&str; 13] = [
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "contains",
    "dependentSchemas",
    "else",
    "if",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
];

/// What is of no effect on a client: webhooks are calls of the server's.
const IDLE: [&str; 6] = ["webhooks", "jsonSchemaDialect", "$schema", "$comment", "$defs", "contentSchema"];

/// Changes a document in place.
pub fn lower(file: &str, document: &mut Value) -> Result<(), Error> {
    document["openapi"] = json!("3.0.3");
    if document.get("paths").is_none() {
        document["paths"] = json!({});
    }
    // From the innermost on, for a variant may become a part of its owner.
    for place in objects(document, "").into_iter().rev() {
        let Some(Value::Object(object)) = document.pointer_mut(&place) else { continue };
        let wrong = |key: &str, message: &str| Error::at(file, &format!("{place}/{key}"), message);
        object.retain(|key, _| !IDLE.contains(&key.as_str()));
        if let Some(key) = UNKNOWN.iter().find(|key| object.contains_key(**key)) {
            return Err(wrong(key, "it has no equal in OpenAPI 3.0, which the generator reads"));
        }
        match object.remove("unevaluatedProperties") {
            None | Some(Value::Bool(_)) => {}
            Some(_) => return Err(wrong("unevaluatedProperties", "expected true or false")),
        }
        booleans(object).map_err(|key| wrong(&key, "a schema that allows nothing"))?;
        types(object).map_err(|message| wrong("type", message))?;
        constant(object).map_err(|message| wrong("const", message))?;
        variants(object);
        siblings(object);
    }
    Ok(())
}

/// `true` is the schema of anything. `false` is one of nothing, and its place is returned.
fn booleans(object: &mut Map<String, Value>) -> Result<(), String> {
    let is_schema = |key: &str| ["items", "schema"].contains(&key);
    for (key, value) in object.iter_mut() {
        let schemas: Vec<(String, &mut Value)> = match value {
            Value::Object(properties) if key == "properties" => {
                properties.iter_mut().map(|(name, schema)| (format!("{key}/{}", step(name)), schema)).collect()
            }
            schema => vec![(key.clone(), schema)],
        };
        for (place, schema) in schemas.into_iter().filter(|(place, _)| key == "properties" || is_schema(place)) {
            match schema {
                Value::Bool(true) => *schema = json!({}),
                Value::Bool(false) => return Err(place),
                _ => {}
            }
        }
    }
    Ok(())
}

/// A list of types may have one beside `null`.
fn types(object: &mut Map<String, Value>) -> Result<(), &'static str> {
    let Some(Value::Array(types)) = object.get("type") else { return Ok(()) };
    let real: Vec<_> = types.iter().filter(|kind| *kind != "null").cloned().collect();
    let is_nullable = real.len() < types.len();
    let [only] = &real[..] else { return Err("expected one type, or one and \"null\"") };
    object.insert("type".to_owned(), only.clone());
    if is_nullable {
        object.insert("nullable".to_owned(), json!(true));
        if let Some(Value::Array(values)) = object.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
    }
    Ok(())
}

/// A constant is an enumeration of one.
fn constant(object: &mut Map<String, Value>) -> Result<(), &'static str> {
    let Some(value) = object.get("const").cloned() else { return Ok(()) };
    let kind = match &value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        _ => return Err("expected a string, a number or a boolean"),
    };
    object.remove("const");
    object.entry("type").or_insert(json!(kind));
    object.insert("enum".to_owned(), json!([value]));
    Ok(())
}

/// `null` as one of several variants makes the others nullable. One that is left is the schema itself.
fn variants(object: &mut Map<String, Value>) {
    for key in ["oneOf", "anyOf"] {
        let Some(Value::Array(variants)) = object.get_mut(key) else { continue };
        let count = variants.len();
        variants.retain(|variant| variant["type"] != "null");
        if variants.len() == count {
            continue;
        }
        if let [_] = &variants[..] {
            let only = object.remove(key).unwrap_or_default();
            object.insert("allOf".to_owned(), only);
        }
        object.insert("nullable".to_owned(), json!(true));
    }
}

/// Beside a reference to a schema there may be more; what is said beside any other is a summary or a description.
fn siblings(object: &mut Map<String, Value>) {
    let Some(target) = object.get("$ref").filter(|_| object.len() > 1).cloned() else { return };
    if reference(&json!({ "$ref": target })).is_some_and(|place| place.starts_with("/components/schemas/")) {
        object.remove("$ref");
        object.insert("allOf".to_owned(), json!([{ "$ref": target }]));
    } else {
        object.retain(|key, _| key == "$ref");
    }
}
