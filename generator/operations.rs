//! The operations of the document, and their names.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};
use syn::Ident;

use super::Error;
use super::parameters::{self, Parameter};
use super::responses::{self, Response, SCHEMA};
use super::spec::{Spec, members, most_objects, objects, reference, step};
use super::spelling::identifier;

/// The members of a path item that are operations, in the order of the client's methods.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Names that the client has for something else.
#[rustfmt::skip]
const TAKEN: [&str; 17] = [
    "base_url", "bot_id", "builder", "clone", "from_env", "request", "set_credentials", "url", "with", "with_bot",
    "with_bot_id", "with_credentials", "with_deadline", "with_header", "with_refresh", "with_retry", "with_timeout",
];

/// An operation as the client calls it.
pub struct Operation {
    /// Its method on the client.
    pub name: String,
    pub path: String,
    pub method: String,
    /// Its place in the document.
    pub pointer: String,
    pub parameters: Vec<Parameter>,
    /// All that are documented.
    pub responses: Vec<Response>,
    /// Whether the secret goes in its body.
    pub has_secret: bool,
    /// Whether its body must name one client.
    pub names_client: bool,
}

impl Operation {
    /// The places of what its JSON body consists of; none if it has no body.
    pub fn body(&self, spec: &Spec) -> Vec<String> {
        let schema = format!("{}/requestBody{SCHEMA}", self.pointer);
        if spec.at(&schema).is_null() { Vec::new() } else { spec.parts(&schema) }
    }
}

/// Reads the operations, in the order of their paths, and leaves in the document what progenitor is told.
pub fn read(spec: &mut Spec) -> Result<Vec<Operation>, Error> {
    let mut operations = Vec::new();
    let mut names = BTreeMap::new();
    let mut paths = json!({});
    let (mut size, most) = (0, most_objects(objects(&spec.value, "").len()));
    for (path, item) in members(&spec.value["paths"]).filter(|(path, _)| path.starts_with('/')) {
        let methods: Vec<_> = METHODS.into_iter().filter(|method| item.get(method).is_some()).collect();
        for method in &methods {
            let pointer = format!("/paths/{}/{method}", step(path));
            let name = name(spec, &pointer, path, method, methods.len() > 1)?;
            let owner = match names.insert(name.clone(), pointer.clone()) {
                Some(other) => Some(format!("{}: {other} has", spec.file(&other))),
                None => TAKEN.contains(&name.as_str()).then(|| "the client has for something else".to_owned()),
            };
            if let Some(owner) = owner {
                return Err(spec.error(&pointer, format_args!("it comes to the name {name}, which {owner}")));
            }
            let (parameters, schemas) = parameters::read(spec, path, &pointer)?;
            let body = responses::body(spec, &format!("{pointer}/requestBody"))?;
            let (responses, told) = responses::read(spec, method, &format!("{pointer}/responses"))?;
            let [summary, description] = ["summary", "description"].map(|key| &item[method][key]);
            paths[path][method] = json!({
                "operationId": name,
                "summary": summary,
                "description": description,
                "parameters": schemas,
                "requestBody": body,
                "responses": told,
            });
            size += objects(&paths[path][method], "").len();
            if size > most {
                return Err(spec.error(&pointer, "with all that it refers to, the document is several times as long"));
            }
            let (path, method) = (path.clone(), method.to_string());
            operations.push(Operation {
                name,
                path,
                method,
                pointer,
                parameters,
                responses,
                has_secret: false,
                names_client: false,
            });
        }
    }
    spec.value["paths"] = paths;
    if let Value::Object(components) = &mut spec.value["components"] {
        components.retain(|section, _| section == "schemas");
    }
    Ok(operations)
}

/// The name of an operation on the client.
fn name(spec: &Spec, pointer: &str, path: &str, method: &str, several: bool) -> Result<String, Error> {
    let id = spec.at(pointer)["operationId"].as_str();
    let name = id.map_or_else(|| name_of_path(path, method, several), identifier);
    let message = if ["options", "trace"].contains(&method) {
        "a method that the HTTP client has not"
    } else if syn::parse_str::<Ident>(&name).is_err() {
        "no name can be made for it: expected an operationId, or a path with a word in it"
    } else {
        return Ok(name);
    };
    Err(spec.error(pointer, message))
}

/// The name of an operation without an `operationId`: its path, without the leading `openapi` and `{parameters}`. Where it
/// ends in a parameter, `by` and that follow, so that a list which is added later cannot change the name of one.
///
/// Where a path has several methods, those other than POST are named too. POST never is: all of MantaGO's operations
/// are POST so far, and a method that comes to one's path must not change its name.
fn name_of_path(path: &str, method: &str, several: bool) -> String {
    let mut segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if segments.first() == Some(&"openapi") {
        segments.remove(0);
    }
    segments.retain(|segment| !segment.contains('{'));
    if let Some((_, last)) = path.strip_suffix('}').and_then(|path| path.rsplit_once('{')) {
        segments.extend(["by", last]);
    }
    if several && method != "post" {
        segments.push(method);
    }
    identifier(&segments.join("_"))
}

/// Closes what is a body and nothing else: a stored request with a misspelt property is refused, and not sent without it.
/// A response stays open, because a later version of the API may add to it.
pub fn close_requests(spec: &mut Spec, operations: &[Operation]) {
    let elsewhere = objects(&spec.value, "").into_iter().filter(|place| !place.contains("/requestBod"));
    let elsewhere: HashSet<_> = elsewhere.filter_map(|place| reference(spec.at(&place)).map(str::to_owned)).collect();
    for operation in operations {
        let Some(body) = operation.body(spec).first().map(|body| spec.resolve(body)) else { continue };
        let Some(schema) = spec.value.pointer_mut(&body).filter(|_| !elsewhere.contains(&body)) else { continue };
        let is_open = ["additionalProperties", "allOf", "anyOf", "oneOf"].iter().all(|key| schema[*key].is_null());
        if is_open && schema["properties"].is_object() {
            schema["additionalProperties"] = json!(false);
        }
    }
}
