//! The responses of operations, and what progenitor is told of them.
//!
//! progenitor 0.15.1 takes `default` for a success, and panics on several types of error and on content without a schema.
//! `Error` reads whatever comes: only the mock has a use for documented errors, and only for their type. This is why less
//! is told, and the document itself stays as it is.

use serde_json::{Map, Value, json};

use super::Error;
use super::operations::METHODS;
use super::spec::{Spec, is_json, members, step};

/// An error for a success that cannot be read.
pub fn check(spec: &Spec, pointer: &str) -> Result<(), Error> {
    let mut success = None;
    for (status, _) in members(spec.at(pointer)).filter(|(status, _)| status.starts_with('2')) {
        let pointer = format!("{pointer}/{}", step(status));
        let schema = content(spec, &pointer)?.map_or(&Value::Null, |schema| spec.at(&schema));
        if *success.get_or_insert(schema) != schema {
            return Err(spec.error(&pointer, "several types of success: expected one for an operation"));
        }
    }
    success.map(drop).ok_or_else(|| spec.error(pointer, "no response of a success (2xx)"))
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

/// The document as progenitor takes it: of each operation, its body, its successes, and the type of its errors, if that is
/// one.
pub fn for_progenitor(document: &Value) -> Value {
    let mut reduced = document.clone();
    let items = reduced["paths"].as_object_mut().into_iter().flatten();
    let operations = items.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    for (method, operation) in operations.filter(|(key, _)| METHODS.contains(&key.as_str())) {
        // A body is always sent.
        let body = operation.pointer_mut("/requestBody/content/application~1json/schema");
        body.and_then(Value::as_object_mut).map(|schema| schema.remove("nullable"));
        let Some(Value::Object(responses)) = operation.get_mut("responses") else { continue };
        responses.retain(|status, _| !status.starts_with("x-"));
        let (mut kept, errors): (Map<_, _>, Map<_, _>) =
            std::mem::take(responses).into_iter().partition(|(status, _)| status.starts_with('2'));
        // A response to HEAD has no body, whatever is documented.
        if method == "head" {
            kept.values_mut().filter_map(Value::as_object_mut).for_each(|response| drop(response.remove("content")));
        }
        let mut errors = errors.into_iter().map(|(_, error)| error).filter(|error| !error["content"].is_null());
        let first = errors.next().filter(|first| errors.all(|other| first["content"] == other["content"]));
        kept.extend(first.map(|error| ("4XX".to_owned(), error)));
        *responses = kept;
    }
    reduced
}

/// A body or response with its JSON alone.
pub fn only_json(part: &Value) -> Value {
    let mut json =
        members(&part["content"]).filter(|(media_type, media)| is_json(media_type) && media["schema"].is_object());
    let description = part["description"].as_str().unwrap_or_default();
    let mut kept = json!({ "description": description, "required": part["required"] == true });
    if let Some((_, media)) = json.next() {
        kept["content"] = json!({ "application/json": { "schema": media["schema"] } });
    }
    kept
}
