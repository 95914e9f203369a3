//! The bodies and responses of operations, and what progenitor is told of them.
//!
//! progenitor 0.15.1 takes `default` for a success, and panics on several types of error and on content without a schema.
//! `Error` reads whatever comes: only the mock has a use for documented errors, and only for their type. This is why less
//! is told.

use serde_json::{Value, json};

use super::spec::{Spec, members};
use super::{Error, one_line};

/// The schema of a body or response as progenitor is told of it, from there.
pub const SCHEMA: &str = "/content/application~1json/schema";

const NOT_JSON: &str = "expected content of application/json";

/// A documented response.
pub struct Response {
    pub status: String,
    pub description: String,
    /// Whether it is JSON.
    pub has_content: bool,
}

pub fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// What progenitor is told of a body: it is always sent.
pub fn body(spec: &Spec, pointer: &str) -> Result<Option<Value>, Error> {
    if spec.at(pointer).is_null() {
        return Ok(None);
    }
    let schema = content(spec, pointer)?.ok_or_else(|| spec.error(pointer, NOT_JSON))?;
    let mut schema = schema.clone();
    schema.as_object_mut().map(|schema| schema.remove("nullable"));
    let part = spec.at(&spec.resolve(pointer));
    let mut body = json_content(&part["description"], Some(&schema));
    body["required"] = (part["required"] == true).into();
    Ok(Some(body))
}

/// The responses of an operation, and what progenitor is told: its success, and the type of its errors, if that is one.
/// `Error` reads whatever comes: only the mock has a use for the others.
pub fn read(spec: &Spec, method: &str, pointer: &str) -> Result<(Vec<Response>, Value), Error> {
    let mut responses = Vec::new();
    let (mut success, mut errors) = (None, Vec::new());
    for (status, _) in members(spec.at(pointer)).filter(|(status, _)| !status.starts_with("x-")) {
        let place = format!("{pointer}/{status}");
        let part = spec.at(&spec.resolve(&place));
        let is_success = is_success(status);
        let schema = match content(spec, &place) {
            Err(error) if is_success => return Err(error),
            // A response to HEAD has no body, whatever is documented.
            _ if is_success && method == "head" => None,
            schema => schema.ok().flatten(),
        };
        if is_success {
            if success.get_or_insert((status, schema)).1 != schema {
                return Err(spec.error(&place, "several types of success: expected one for an operation"));
            }
        } else {
            errors.extend(schema.map(|schema| (status, schema)));
        }
        let description = one_line(part["description"].as_str().unwrap_or_default());
        responses.push(Response { status: status.clone(), description, has_content: schema.is_some() });
    }
    let (status, schema) = success.ok_or_else(|| spec.error(pointer, "no response of a success (2xx)"))?;
    let mut told = json!({ status: json_content(&Value::Null, schema) });
    if let Some((status, schema)) = errors.first().filter(|first| errors.iter().all(|error| error.1 == first.1)) {
        let status = if status.starts_with(['4', '5']) { status } else { "4XX" };
        told[status] = json_content(&Value::Null, Some(schema));
    }
    Ok((responses, told))
}

/// The schema of a body or response; none if it has no content. Beside JSON, it may have other content, which the client
/// neither sends nor reads.
fn content<'s>(spec: &'s Spec, pointer: &str) -> Result<Option<&'s Value>, Error> {
    let content = &spec.at(&spec.resolve(pointer))["content"];
    let mut json = members(content).filter(|(media_type, _)| media_type.split(';').next() == Some("application/json"));
    match json.next() {
        Some((_, media)) if !media["schema"].is_object() => Err(spec.error(pointer, "content without a schema")),
        None if members(content).next().is_some() => Err(spec.error(pointer, NOT_JSON)),
        json => Ok(json.map(|(_, media)| &media["schema"])),
    }
}

fn json_content(description: &Value, schema: Option<&Value>) -> Value {
    let mut told = json!({ "description": description.as_str().unwrap_or_default() });
    if let Some(schema) = schema {
        told["content"] = json!({ "application/json": { "schema": schema } });
    }
    told
}
