//! Refuses what no client can be made of, or only one that does less than the document says.
//!
//! It is what progenitor 0.15.1 does not notice (security, servers), never ends on (a reference to itself), or refuses
//! without saying why.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::operations::{Operation, Parameter};
use super::spec::{Spec, members, objects, reference, step};
use super::{Error, secrets};

/// An error for the first thing that is refused.
pub fn check(spec: &Spec, operations: &[Operation]) -> Result<(), Error> {
    for pointer in objects(&spec.value, "") {
        let object = spec.at(&pointer);
        target(spec, &pointer, object)?;
        if object.get("security").is_some() || pointer.is_empty() {
            security(spec, &format!("{pointer}/security"))?;
        }
        if object.get("servers").is_some() && !pointer.is_empty() {
            let message = "servers of its own: expected the document's for all operations";
            return Err(spec.error(&format!("{pointer}/servers"), message));
        }
    }
    if !spec.value["servers"][0]["url"].as_str().is_some_and(|url| url.starts_with("https://") && !url.contains('{')) {
        return Err(spec.error("/servers/0/url", "expected an https URL without variables"));
    }
    for operation in operations {
        parameters(spec, operation)?;
        let body = format!("{}/requestBody", operation.pointer);
        if !spec.at(&body).is_null() {
            json(spec, &body)?;
        }
        responses(spec, &format!("{}/responses", operation.pointer))?;
    }
    Ok(())
}

/// A `$ref` must be to a component that is there, and must not come back to itself: no type can be made of that. One in a
/// property or an item may, as in a tree.
fn target(spec: &Spec, pointer: &str, object: &Value) -> Result<(), Error> {
    let Some(target) = object["$ref"].as_str() else { return Ok(()) };
    match reference(object).filter(|place| spec.value.pointer(place).is_some()) {
        None => Err(spec.error(pointer, format_args!("it refers to {target}, which is not there"))),
        Some(place) if spec.parts(place).iter().any(|part| part == pointer) => {
            Err(spec.error(pointer, format_args!("it refers to {target}, and so to itself: no type can be made of it")))
        }
        Some(_) => Ok(()),
    }
}

/// One of the alternatives must be a bearer token and nothing else: the client sends one, and progenitor ignores schemes.
fn security(spec: &Spec, pointer: &str) -> Result<(), Error> {
    let is_bearer = |scheme: &str| {
        let scheme = spec.at(&format!("/components/securitySchemes/{}", step(scheme)));
        scheme["type"] == "http" && scheme["scheme"] == "bearer"
    };
    let mut alternatives = spec.at(pointer).as_array().into_iter().flatten().filter_map(Value::as_object);
    if alternatives.any(|needed| needed.len() == 1 && needed.keys().all(|scheme| is_bearer(scheme))) {
        return Ok(());
    }
    let message = "no HTTP bearer scheme is required, or not that alone: the client sends a bearer token";
    Err(spec.error(pointer, message))
}

fn parameters(spec: &Spec, operation: &Operation) -> Result<(), Error> {
    let mut names = BTreeSet::new();
    for Parameter { pointer, wire, place, .. } in operation.parameters(spec) {
        let schema = spec.at(&spec.resolve(&format!("{pointer}/schema")));
        let is_scalar = ["string", "integer", "number", "boolean"].iter().any(|kind| schema["type"] == *kind);
        let is_secret = secrets::NAMES.contains(&wire.as_str()) || schema["format"] == "password";
        let is_token = wire.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
        let message = if is_secret || wire.eq_ignore_ascii_case("authorization") {
            "a credential as a parameter: in a URL or header it cannot be kept from logs"
        } else if !is_scalar || (schema["nullable"] == true && place != "query") {
            "expected a parameter that is a string, a number or a boolean"
        } else if place == "path" && !operation.path.contains(&format!("{{{wire}}}")) {
            "it is not in the path"
        } else if place == "header" && !is_token {
            "its name cannot be that of a header"
        } else if !names.insert(wire) {
            "a second parameter of its name"
        } else {
            continue;
        };
        return Err(spec.error(&pointer, message));
    }
    Ok(())
}

/// The place of the schema of a body or response. Other content the client neither sends nor reads.
fn json(spec: &Spec, pointer: &str) -> Result<String, Error> {
    spec.json(pointer).ok_or_else(|| spec.error(pointer, "expected content of application/json"))
}

/// All successes of an operation are of one type, and all errors.
fn responses(spec: &Spec, pointer: &str) -> Result<(), Error> {
    let mut schemas = BTreeMap::new();
    for (status, _) in members(spec.at(pointer)) {
        let pointer = format!("{pointer}/{status}");
        let schema = spec.at(&json(spec, &pointer)?);
        if !status.starts_with(['2', '4', '5']) {
            return Err(spec.error(&pointer, "expected a status of success (2xx) or of an error (4xx, 5xx)"));
        }
        let kind = if status.starts_with('2') { "success" } else { "error" };
        if *schemas.entry(kind).or_insert(schema) != schema {
            return Err(spec.error(&pointer, format_args!("several types of {kind}: expected one for an operation")));
        }
    }
    match schemas.get("success") {
        Some(_) => Ok(()),
        None => Err(spec.error(pointer, "no response of a success (2xx)")),
    }
}
