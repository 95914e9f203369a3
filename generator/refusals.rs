//! Refuses what no client can be made of, or only one that does less than the document says.
//!
//! It is what progenitor 0.15.1 does not notice (security, servers), never ends on (a reference to itself), or refuses
//! without saying why.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::operations::{Operation, Parameter};
use super::spec::{Spec, objects, step};
use super::{Error, composition, responses, secrets};

/// How deep an object may be in the document. In real documents it is 20 at most, and the stack has an end.
const INNERMOST: usize = 40;

/// An error for the first thing that is refused.
pub fn check(spec: &Spec, operations: &[Operation]) -> Result<(), Error> {
    let mut known = HashMap::new();
    for pointer in objects(&spec.value, "") {
        let object = spec.at(&pointer);
        if pointer.matches('/').count() > INNERMOST {
            return Err(spec.error(&pointer, format_args!("it is more than {INNERMOST} steps deep in the document")));
        }
        composition::count(spec, &pointer, 0, &mut known)?;
        if object.get("security").is_some() || pointer.is_empty() {
            security(spec, &format!("{pointer}/security"))?;
        }
        if object.get("servers").is_some() && !pointer.is_empty() {
            let message = "servers of its own: expected the document's for all operations";
            return Err(spec.error(&format!("{pointer}/servers"), message));
        }
    }
    let url = spec.value["servers"][0]["url"].as_str().unwrap_or_default();
    if !url.to_lowercase().starts_with("https://") || url.contains('{') {
        return Err(spec.error("/servers/0/url", "expected an https URL without variables"));
    }
    for operation in operations {
        if ["options", "trace"].contains(&operation.method.as_str()) {
            return Err(spec.error(&operation.pointer, "a method that the HTTP client has not"));
        }
        parameters(spec, operation)?;
        let body = format!("{}/requestBody", operation.pointer);
        if !spec.at(&body).is_null() && responses::content(spec, &body)?.is_none() {
            return Err(spec.error(&body, "expected content of application/json"));
        }
        responses::check(spec, &format!("{}/responses", operation.pointer))?;
    }
    Ok(())
}

/// One of the alternatives must be a bearer token and nothing else: the client sends one, and progenitor ignores schemes.
fn security(spec: &Spec, pointer: &str) -> Result<(), Error> {
    let is_bearer = |scheme: &str| {
        let scheme = spec.at(&format!("/components/securitySchemes/{}", step(scheme)));
        scheme["type"] == "http" && scheme["scheme"].as_str().is_some_and(|name| name.eq_ignore_ascii_case("bearer"))
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
    let mut in_path = 0;
    for Parameter { pointer, wire, place, is_required, .. } in operation.parameters(spec) {
        let parameter = spec.at(&pointer);
        let schema = spec.resolve(&format!("{pointer}/schema"));
        let items = spec.resolve(&format!("{schema}/items"));
        let (schema, items) = (spec.at(&schema), spec.at(&items));
        let is_scalar =
            |schema: &Value| ["string", "integer", "number", "boolean"].iter().any(|kind| schema["type"] == *kind);
        let is_list = schema["type"] == "array" && place == "query" && is_scalar(items) && items["nullable"] != true;
        let style = if ["query", "cookie"].contains(&place.as_str()) { "form" } else { "simple" };
        let is_secret = secrets::NAMES.contains(&wire.as_str()) || schema["format"] == "password";
        let is_token = wire.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
        let times = operation.path.matches(&format!("{{{wire}}}")).count();
        let message = if is_secret || wire.eq_ignore_ascii_case("authorization") {
            "a credential as a parameter: in a URL or header it cannot be kept from logs"
        } else if !["path", "query", "header"].contains(&place.as_str()) {
            "expected a parameter in the path, in the query or in a header"
        } else if (!is_scalar(schema) && !is_list) || (schema["nullable"] == true && place != "query") {
            "expected a parameter that is a string, a number or a boolean, or in the query a list of them"
        } else if !parameter["style"].is_null() && parameter["style"] != style {
            "expected the style form in the query, and simple elsewhere"
        } else if is_list && parameter["explode"] == false {
            "a list with commas: expected one that repeats the parameter (explode)"
        } else if place == "path" && times != 1 {
            if times == 0 { "it is not in the path" } else { "it is in the path more than once" }
        } else if place == "path" && !is_required {
            "it is in the path: expected required: true"
        } else if place == "header" && !is_token {
            "its name cannot be that of a header"
        } else if !names.insert(wire) {
            "a second parameter of its name"
        } else {
            in_path += usize::from(place == "path");
            continue;
        };
        return Err(spec.error(&pointer, message));
    }
    if operation.path.matches('{').count() != in_path {
        return Err(spec.error(&operation.pointer, "its path has a parameter that is not among its parameters"));
    }
    Ok(())
}
