//! Refuses what no client can be made of, or only one that does less than the document says.
//!
//! Much of it progenitor 0.15.1 would not notice (security, servers), would panic on (several success types), or would
//! never end on (a reference to itself).

use serde_json::Value;

use super::Error;
use super::merge::{Merged, members, operation_pointer, reference, step};

/// The names of properties that hold a credential.
pub const SECRETS: [&str; 6] = ["secret", "secretKey", "apiSecret", "token", "apiToken", "password"];

/// An error for the first thing that is refused.
pub fn check(merged: &Merged) -> Result<(), Error> {
    references(merged, &merged.document, "")?;
    cycles(merged)?;
    security(merged, "/security")?;
    servers(merged)?;
    for (path, method, operation) in merged.operations() {
        let pointer = operation_pointer(path, method);
        if operation.get("security").is_some() {
            security(merged, &format!("{pointer}/security"))?;
        }
        parameters(merged, path, method)?;
        body(merged, &pointer)?;
        responses(merged, &pointer)?;
    }
    Ok(())
}

/// Each `$ref` must be to a component that is there.
fn references(merged: &Merged, value: &Value, pointer: &str) -> Result<(), Error> {
    if let Some(target) = value.get("$ref").and_then(Value::as_str)
        && reference(value).is_none_or(|target| merged.document.pointer(target).is_none())
    {
        return Err(merged.error(pointer, format_args!("it refers to {target}, which is not there")));
    }
    for (key, member) in members(value) {
        references(merged, member, &format!("{pointer}/{}", step(key)))?;
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        references(merged, item, &format!("{pointer}/{index}"))?;
    }
    Ok(())
}

/// A reference that comes back to itself is no type. One in a property or an item is, as in a tree.
fn cycles(merged: &Merged) -> Result<(), Error> {
    fn ahead<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        found.extend(reference(value));
        for key in ["allOf", "oneOf", "anyOf"] {
            value[key].as_array().into_iter().flatten().for_each(|part| ahead(part, found));
        }
        if value["not"].is_object() {
            ahead(&value["not"], found);
        }
    }
    for (section, items) in members(&merged.document["components"]) {
        for (name, item) in members(items) {
            let start = format!("/components/{}/{}", step(section), step(name));
            let mut seen = Vec::new();
            let mut next = Vec::new();
            ahead(item, &mut next);
            while let Some(pointer) = next.pop() {
                if pointer == start {
                    return Err(merged.error(&start, "it refers to itself: no type can be made of it"));
                }
                if !seen.contains(&pointer) {
                    seen.push(pointer);
                    ahead(merged.at(pointer), &mut next);
                }
            }
        }
    }
    Ok(())
}

/// One of the alternatives must be a bearer token and nothing else: the client sends one, and progenitor ignores schemes.
fn security(merged: &Merged, pointer: &str) -> Result<(), Error> {
    let schemes = &merged.document["components"]["securitySchemes"];
    let is_bearer = |scheme: &str| schemes[scheme]["type"] == "http" && schemes[scheme]["scheme"] == "bearer";
    let mut alternatives = merged.at(pointer).as_array().into_iter().flatten();
    let suffices = alternatives.any(|needed| {
        let needed: Vec<_> = members(needed).map(|(scheme, _)| scheme.as_str()).collect();
        matches!(needed[..], [scheme] if is_bearer(scheme))
    });
    let message = "no HTTP bearer scheme is required, or not that alone: the client sends a bearer token";
    if suffices { Ok(()) } else { Err(merged.error(pointer, message)) }
}

/// All operations go to one base URL, for a client has one.
fn servers(merged: &Merged) -> Result<(), Error> {
    let paths = members(&merged.document["paths"]).map(|(path, item)| (format!("/paths/{}", step(path)), item));
    let operations = merged.operations().map(|(path, method, operation)| (operation_pointer(path, method), operation));
    if let Some((pointer, _)) = paths.chain(operations).find(|(_, owner)| owner.get("servers").is_some()) {
        let message = "servers of its own: expected the document's for all operations";
        return Err(merged.error(&format!("{pointer}/servers"), message));
    }
    match merged.document["servers"][0]["url"].as_str() {
        Some(url) if url.starts_with("https://") && !url.contains('{') => Ok(()),
        _ => Err(merged.error("/servers/0/url", "expected an https URL without variables")),
    }
}

fn parameters(merged: &Merged, path: &str, method: &str) -> Result<(), Error> {
    let mut left = path.to_owned();
    let mut seen = Vec::new();
    for pointer in merged.parameters(path, method) {
        let resolved = merged.resolve(pointer.clone());
        let parameter = merged.at(&resolved);
        let schema = merged.at(&merged.resolve(format!("{resolved}/schema")));
        let name = parameter["name"].as_str().unwrap_or_default();
        if seen.contains(&name) {
            return Err(merged.error(&pointer, format_args!("a second parameter of the name {name}")));
        }
        seen.push(name);
        let is_secret = SECRETS.contains(&name) || schema["format"] == "password";
        if is_secret || name.eq_ignore_ascii_case("authorization") {
            let message = "a credential as a parameter: in a URL or header it cannot be kept from logs";
            return Err(merged.error(&pointer, message));
        }
        if !["string", "integer", "number", "boolean"].iter().any(|kind| schema["type"] == *kind) {
            return Err(merged.error(&pointer, "expected a parameter that is a string, a number or a boolean"));
        }
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if parameter["in"] == "header" && (name.is_empty() || !name.chars().all(is_token)) {
            return Err(merged.error(&pointer, format_args!("{name:?} cannot be the name of a header")));
        }
        if parameter["in"] == "path" {
            if parameter["required"] != true {
                let message = "a parameter in the path that is not required: expected \"required\": true";
                return Err(merged.error(&pointer, message));
            }
            let place = format!("{{{name}}}");
            if !path.contains(&place) {
                return Err(merged.error(&pointer, format_args!("it is not in the path: expected {place} there")));
            }
            left = left.replace(&place, "");
        }
    }
    if left.contains(['{', '}']) {
        let message = "the path has a {parameter} that is not among its parameters";
        return Err(merged.error(&operation_pointer(path, method), message));
    }
    Ok(())
}

/// The client sends JSON. Each attempt makes its request anew, which other bodies (streams) are not made for.
fn body(merged: &Merged, operation: &str) -> Result<(), Error> {
    let pointer = format!("{operation}/requestBody");
    let content = &merged.at(&merged.resolve(pointer.clone()))["content"];
    let types: Vec<_> = members(content).map(|(media_type, _)| media_type.as_str()).collect();
    match (merged.at(&pointer).is_null(), &types[..]) {
        (true, _) => Ok(()),
        (false, [media_type]) if is_json(media_type) => Ok(()),
        _ => {
            let message = format!("expected a body of application/json alone, found {}", listed(&types));
            Err(merged.error(&pointer, message))
        }
    }
}

/// One type of success, and one of error, both JSON.
fn responses(merged: &Merged, operation: &str) -> Result<(), Error> {
    let (mut success, mut failure) = (None, None);
    for (status, _) in members(merged.at(&format!("{operation}/responses"))) {
        let pointer = format!("{operation}/responses/{status}");
        let content = &merged.at(&merged.resolve(pointer.clone()))["content"];
        let types: Vec<_> = members(content).map(|(media_type, _)| media_type.as_str()).collect();
        let Some(json) = types.iter().find(|media_type| is_json(media_type)) else {
            let message = format!("expected a response of application/json, found {}", listed(&types));
            return Err(merged.error(&pointer, message));
        };
        let schema = &content[json]["schema"];
        let (kind, other) = match status.as_bytes() {
            [b'2', ..] => ("success", &mut success),
            [b'4' | b'5', ..] => ("error", &mut failure),
            _ => return Err(merged.error(&pointer, "expected a status of success (2xx) or of an error (4xx, 5xx)")),
        };
        if *other.get_or_insert(schema) != schema {
            return Err(merged.error(&pointer, format_args!("several types of {kind}: expected one for an operation")));
        }
    }
    match success {
        Some(_) => Ok(()),
        None => Err(merged.error(&format!("{operation}/responses"), "no response of a success (2xx)")),
    }
}

fn is_json(media_type: &str) -> bool {
    media_type.split(';').next() == Some("application/json")
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
