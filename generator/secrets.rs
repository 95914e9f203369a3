//! Credentials in the document: the secret in bodies is the client's to put there, and the others must not show in logs.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::Error;
use super::operations::Operation;
use super::spec::{CREDENTIALS, Spec, members, objects, reference};

/// Gives credentials the format of a password, of which [`rust`](super::rust) makes a `Secret`.
pub fn mark(spec: &mut Spec) -> Result<(), Error> {
    for place in objects(&spec.value, "") {
        let properties = members(&spec.at(&place)["properties"]);
        let named: Vec<_> =
            properties.map(|(name, _)| name).filter(|name| CREDENTIALS.contains(&name.as_str())).collect();
        for place in named.into_iter().map(|name| format!("{place}/properties/{name}")).collect::<Vec<_>>() {
            let marked = marked(spec, &place)?;
            if let Some(credential) = spec.value.pointer_mut(&place) {
                *credential = marked;
            }
        }
    }
    Ok(())
}

/// A credential, written out where it is: of a schema that others refer to too, not all need be one.
fn marked(spec: &Spec, place: &str) -> Result<Value, Error> {
    let parts = spec.parts(place);
    let is_said = |key: &str| parts.iter().map(|part| &spec.at(part)[key]).find(|said| !said.is_null());
    let is_string = parts.iter().all(|part| {
        let schema = spec.at(part);
        let is_string = schema["type"].is_null() || schema["type"] == "string";
        is_string && ["oneOf", "anyOf", "not"].iter().all(|key| schema[*key].is_null())
    });
    if !is_string || is_said("type").is_none() {
        return Err(spec.error(place, "a credential that is not a plain string cannot be kept from logs"));
    }
    let mut marked = json!({ "type": "string", "format": "password" });
    for (key, said) in ["nullable", "description"].into_iter().filter_map(|key| Some((key, is_said(key)?))) {
        marked[key] = said.clone();
    }
    Ok(marked)
}

/// Takes the property `secret` out of bodies: the client puts it there, with the token that belongs to it.
pub fn take(spec: &mut Spec, operations: &mut [Operation]) -> Result<(), Error> {
    let (mut parts, mut roots) = (HashSet::new(), HashSet::new());
    for operation in operations {
        let body = operation.body(spec);
        operation.has_secret = body.iter().any(|part| !spec.at(part)["properties"]["secret"].is_null());
        roots.extend(body.first().map(|body| spec.resolve(body)));
        parts.extend(body);
    }
    let mut taken = HashSet::new();
    for part in &parts {
        let Some(schema) = spec.value.pointer_mut(part) else { continue };
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.retain(|name| name != "secret");
        }
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        if properties.remove("secret").is_none() {
            continue;
        }
        // Of an object without properties typify makes a map, unless it can have no others: then a struct. A base must be
        // left open.
        if properties.is_empty() && roots.contains(part) {
            schema["additionalProperties"] = json!(false);
        }
        taken.insert(part.as_str());
    }
    for place in objects(&spec.value, "").into_iter().filter(|place| !parts.contains(place)) {
        if let Some(target) = reference(spec.at(&place)).filter(|target| taken.contains(target)) {
            let message = "is a request's body too, and its secret is not the caller's: expected two schemas";
            return Err(spec.error(&place, format_args!("{target} {message}")));
        }
    }
    Ok(())
}
