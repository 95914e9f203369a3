//! Credentials in the document: the secret in bodies is the client's to put there, and the others must not show in logs.

use serde_json::{Value, json};

use super::Error;
use super::operations::Operation;
use super::spec::{Spec, objects, reference};

/// The names of properties that hold a credential.
pub const NAMES: [&str; 6] = ["secret", "secretKey", "apiSecret", "token", "apiToken", "password"];

/// Gives credentials the format of a password, of which [`rust`](super::rust) makes a `Secret`.
pub fn mark(spec: &mut Spec) -> Result<(), Error> {
    for place in objects(&spec.value, "") {
        for name in NAMES {
            let place = format!("{place}/properties/{name}");
            let Some(credential) = spec.value.pointer_mut(&place) else { continue };
            if credential["type"] != "string" {
                return Err(spec.error(&place, "a credential that is not a plain string cannot be kept from logs"));
            }
            if let Some(credential) = credential.as_object_mut() {
                credential.retain(|key, _| ["type", "nullable", "description"].contains(&key.as_str()));
                credential.insert("format".to_owned(), json!("password"));
            }
        }
    }
    Ok(())
}

/// Takes the property `secret` out of bodies: the client puts it there, with the token that belongs to it.
pub fn take(spec: &mut Spec, operations: &mut [Operation]) -> Result<(), Error> {
    let mut parts = Vec::new();
    for operation in operations {
        let body = operation.body(spec);
        operation.has_secret =
            body.iter().any(|part| spec.value.pointer(&format!("{part}/properties/secret")).is_some());
        parts.extend(body);
    }
    let mut taken = Vec::new();
    for part in &parts {
        let Some(schema) = spec.value.pointer_mut(part) else { continue };
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        if properties.remove("secret").is_none() {
            continue;
        }
        // Of an object without properties typify makes a map, unless it can have no others: then a struct.
        if properties.is_empty() {
            schema["additionalProperties"] = json!(false);
        }
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.retain(|name| name != "secret");
        }
        taken.push(part.as_str());
    }
    for place in objects(&spec.value, "").into_iter().filter(|place| !parts.contains(place)) {
        if let Some(target) = reference(spec.at(&place)).filter(|target| taken.contains(target)) {
            let message = "is a request's body too, and its secret is not the caller's: expected two schemas";
            return Err(spec.error(&place, format_args!("{target} {message}")));
        }
    }
    Ok(())
}
