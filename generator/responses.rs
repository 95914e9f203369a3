//! The responses of operations, and what progenitor is told of them.
//!
//! progenitor 0.15.1 takes `default` for a success, and panics on several types of error, on content without a schema and
//! on statuses without a name. `Error` reads whatever comes, so the client has no use for documented errors: only the mock
//! gets them. This is why less is told, and the document itself stays as it is.

use serde_json::{Map, Value, json};

use super::Error;
use super::operations::METHODS;
use super::spec::{Spec, members, reference, step};

/// An error for a status that is none, and for a success that cannot be read.
pub fn check(spec: &Spec, pointer: &str) -> Result<(), Error> {
    let mut success = None;
    for (status, _) in members(spec.at(pointer)).filter(|(status, _)| !status.starts_with("x-")) {
        let pointer = format!("{pointer}/{}", step(status));
        if !is_status(status) {
            return Err(spec.error(&pointer, "expected a status (200), a range of them (2XX), or default"));
        }
        if !status.starts_with('2') {
            continue;
        }
        let schema = match content(spec, &pointer)? {
            Some(schema) if spec.at(&schema)["nullable"] == true => {
                return Err(spec.error(&schema, "a response that may be null: expected a type that is always there"));
            }
            schema => schema.map_or(&Value::Null, |schema| spec.at(&schema)),
        };
        if *success.get_or_insert(schema) != schema {
            return Err(spec.error(&pointer, "several types of success: expected one for an operation"));
        }
    }
    match success {
        Some(_) => Ok(()),
        None => Err(spec.error(pointer, "no response of a success (2xx)")),
    }
}

/// The place of the schema of a body or response; none if it has no content. Beside JSON, it may have other content, which
/// the client neither sends nor reads.
pub fn content(spec: &Spec, pointer: &str) -> Result<Option<String>, Error> {
    let has_content = members(&spec.at(&spec.resolve(pointer))["content"]).next().is_some();
    match spec.json(pointer) {
        Some(schema) if spec.at(&schema).is_null() => Err(spec.error(pointer, "content without a schema")),
        None if has_content => Err(spec.error(pointer, "expected content of application/json")),
        schema => Ok(schema),
    }
}

fn is_status(status: &str) -> bool {
    let [class @ b'1'..=b'5', rest @ ..] = status.as_bytes() else { return status == "default" };
    let _ = class;
    rest == b"XX" || matches!(rest, [b'0'..=b'9', b'0'..=b'9'])
}

/// What progenitor is to make a mock of.
pub fn for_mock(document: &Value) -> Value {
    reduced(document, |_| true)
}

/// What progenitor is to make a client of.
pub fn for_client(document: &Value) -> Value {
    reduced(document, |status| status.starts_with('2'))
}

/// A document in which operations have JSON alone: their body, and responses of the statuses that pass.
fn reduced(document: &Value, passes: impl Fn(&str) -> bool) -> Value {
    let mut reduced = document.clone();
    let items = reduced["paths"].as_object_mut().into_iter().flatten();
    let operations = items.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    for (method, operation) in operations.filter(|(key, _)| METHODS.contains(&key.as_str())) {
        if let Some(body) = operation.get_mut("requestBody") {
            *body = only_json(document, body, true);
            // A body is always sent.
            let schema = body.pointer_mut("/content/application~1json/schema").and_then(Value::as_object_mut);
            schema.map(|schema| schema.remove("nullable"));
        }
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        let Some(responses) = responses else { continue };
        let mut kept = Map::new();
        for (status, response) in responses.iter().filter(|(status, _)| is_status(status) && passes(status)) {
            // A response to HEAD has no body, whatever is documented.
            kept.entry(named(status)).or_insert_with(|| only_json(document, response, method != "head"));
        }
        *responses = kept;
    }
    reduced
}

/// A body or response with its JSON alone.
fn only_json<'v>(document: &'v Value, mut part: &'v Value, has_body: bool) -> Value {
    while let Some(target) = reference(part) {
        part = document.pointer(target).unwrap_or(&Value::Null);
    }
    let mut kept = json!({ "description": part["description"], "required": part["required"] == true });
    if !kept["description"].is_string() {
        kept["description"] = json!("");
    }
    let is_json = |media_type: &str| media_type.split(';').next() == Some("application/json");
    let json = members(&part["content"]).find(|(media_type, media)| is_json(media_type) && media["schema"].is_object());
    if let Some((_, media)) = json.filter(|_| has_body) {
        kept["content"] = json!({ "application/json": { "schema": media["schema"] } });
    }
    kept
}

/// A status for which the mock has a method: that of its class, if it has no name of its own.
fn named(status: &str) -> String {
    let code = status.parse().unwrap_or(200);
    let is_named = matches!(code, 100..=103 | 200..=208 | 226 | 300..=305 | 307..=308 | 400..=418 | 421..=426)
        || matches!(code, 428 | 429 | 431 | 451 | 500..=508 | 510 | 511);
    if is_named { status.to_owned() } else { format!("{}XX", &status[..1]) }
}
