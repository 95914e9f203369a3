//! Refuses what no client can be made of, or only one that does less than the document says.
//!
//! It is what progenitor 0.15.1 does not notice (security, servers). What an operation may not have is refused where it is
//! read.

use serde_json::Value;

use super::Error;
use super::spec::{Spec, objects, step};

/// An error for the first thing that is refused.
pub fn check(spec: &Spec) -> Result<(), Error> {
    for pointer in objects(&spec.value, "") {
        let object = spec.at(&pointer);
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
