//! Prepares the united document for progenitor: it gives each operation its name, keeps secrets out of Debug, and
//! finds what the document says only in prose or by convention.
//!
//! A step that no longer finds what it prepares is an error: silence would be a client without the guard.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::{Value, json};

use super::Error;
use super::merge::{METHODS, Merged, members, operation_pointer};
use super::step;

/// The schema whose description states which client a request means: `src/identity.rs` enforces it.
const IDENTIFYING_SCHEMA: &str = "PersonalTagMappingRequest";

/// The properties of that schema that the rule is about.
const IDENTIFYING_PROPERTIES: [&str; 3] = ["clientId", "platform", "platformClientId"];

/// The other properties that `for_client` in `src/identity.rs` sets.
const GIVEN_PROPERTIES: [&str; 2] = ["secret", "tagId"];

/// How the name of a property that holds a credential ends, in lower case: the document calls them strings. It is better
/// to take one too many for a secret than one too few.
const SECRETS: [&str; 4] = ["secret", "secretkey", "token", "password"];

/// An operation as the generated client calls it.
pub struct Operation {
    /// Its method on the client, and its `operation_id` in the hooks.
    pub name: String,
    pub path: String,
    /// The statuses that the document has for it, as it spells them.
    pub statuses: Vec<String>,
    /// Whether its body must identify one client.
    pub identifies: bool,
}

/// What was found while the document was prepared.
pub struct Prepared {
    /// In the document's order.
    pub operations: Vec<Operation>,
    /// The names of the properties that hold a credential.
    pub secrets: BTreeSet<String>,
}

/// Prepares the document in place.
pub fn prepare(merged: &mut Merged) -> Result<Prepared, Error> {
    check_security(merged)?;
    check_servers(merged)?;
    check_cycles(merged)?;
    quote_code(&mut merged.document);
    let identifying = identifying_operations(merged)?;
    let secrets = keep_secrets(merged)?;
    let names = name_operations(merged)?;
    let operations = names.into_iter().map(|(name, path, method)| {
        let identifies = identifying.contains(&operation_pointer(&path, &method));
        let responses = &merged.document["paths"][&path][&method]["responses"];
        let statuses = members(responses).map(|(status, _)| status.clone()).collect();
        Operation { name, path, statuses, identifies }
    });
    Ok(Prepared { operations: operations.collect(), secrets })
}

/// The token is sent as a bearer, whatever progenitor makes of the security schemes (it ignores them).
fn check_security(merged: &Merged) -> Result<(), Error> {
    let schemes = &merged.document["components"]["securitySchemes"];
    let is_bearer = |scheme: &str| schemes[scheme]["type"] == "http" && schemes[scheme]["scheme"] == "bearer";
    // One of the alternatives must be a bearer token and nothing else.
    let suffices = |security: &Value| {
        let mut alternatives = security.as_array().into_iter().flatten();
        alternatives.any(|needed| {
            let mut schemes = members(needed).map(|(scheme, _)| scheme);
            schemes.next().is_some_and(|scheme| is_bearer(scheme)) && schemes.next().is_none()
        })
    };
    let refused = |pointer: &str| {
        let message = "no HTTP bearer scheme is required, or not that alone: the client sends a bearer token";
        Err(merged.error(pointer, message))
    };
    if !suffices(&merged.document["security"]) {
        return refused("/security");
    }
    for (path, method, operation) in merged.operations() {
        if operation.get("security").is_some_and(|security| !suffices(security)) {
            return refused(&format!("{}/security", operation_pointer(path, method)));
        }
    }
    Ok(())
}

/// A reference that comes back to itself is no type, and progenitor does not end on it.
fn check_cycles(merged: &Merged) -> Result<(), Error> {
    /// The references that a value is, or is a part of: not those in properties or items, which may well come back.
    fn is<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        found.extend(value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')));
        for key in ["allOf", "oneOf", "anyOf"] {
            value[key].as_array().into_iter().flatten().for_each(|part| is(part, found));
        }
        if value["not"].is_object() {
            is(&value["not"], found);
        }
    }
    for (section, items) in members(&merged.document["components"]) {
        for (name, item) in members(items) {
            let start = format!("/components/{}/{}", step(section), step(name));
            let mut seen = Vec::new();
            let mut ahead = Vec::new();
            is(item, &mut ahead);
            while let Some(pointer) = ahead.pop() {
                if pointer == start {
                    return Err(merged.error(&start, "it refers to itself: no type can be made of it"));
                }
                if !seen.contains(&pointer) {
                    seen.push(pointer);
                    is(merged.document.pointer(pointer).unwrap_or(&Value::Null), &mut ahead);
                }
            }
        }
    }
    Ok(())
}

/// Marks code in descriptions as text: they become documentation, where code that is not marked is Rust to be tested.
fn quote_code(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        for (key, member) in object {
            match member {
                Value::String(text) if key == "description" || key == "summary" => *text = quoted(text),
                member => quote_code(member),
            }
        }
    } else if let Some(items) = value.as_array_mut() {
        items.iter_mut().for_each(quote_code);
    }
}

/// A description with its fences marked as text, and without the indentation that makes code of a line.
fn quoted(text: &str) -> String {
    let mut fence = None;
    let lines = text.split('\n').map(|line| {
        let words = line.trim_start();
        let mark = words.chars().next().filter(|c| ['`', '~'].contains(c));
        let run = mark.map_or(0, |mark| words.chars().take_while(|c| *c == mark).count());
        match (fence, mark) {
            (None, Some(mark)) if run >= 3 => {
                fence = Some((mark, run));
                format!("{}text", &words[..run])
            }
            (Some((open, length)), Some(mark)) if mark == open && run >= length => {
                fence = None;
                words[..run].to_owned()
            }
            (Some(_), _) => line.to_owned(),
            // Four columns make code, and a tab is four.
            (None, _) => format!("{}{words}", &"   "[..3.min(line.len() - words.len())]),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// All operations go to one base URL, for a generated client has one.
fn check_servers(merged: &Merged) -> Result<(), Error> {
    let own =
        |pointer: &str| Err(merged.error(pointer, "servers of its own: expected the document's for all operations"));
    for (path, item) in members(&merged.document["paths"]) {
        if item.get("servers").is_some() {
            return own(&format!("/paths/{}/servers", step(path)));
        }
    }
    for (path, method, operation) in merged.operations() {
        if operation.get("servers").is_some() {
            return own(&format!("{}/servers", operation_pointer(path, method)));
        }
    }
    match merged.document["servers"][0]["url"].as_str() {
        Some(url) if url.starts_with("https://") && !url.contains('{') => Ok(()),
        _ => Err(merged.error("/servers/0/url", "expected an https URL without variables")),
    }
}

/// Gives each credential `format: password`, from which progenitor's settings make `crate::Secret`; lists their names.
fn keep_secrets(merged: &mut Merged) -> Result<BTreeSet<String>, Error> {
    for (path, item) in members(&merged.document["paths"]) {
        let operations = members(item)
            .map(|(key, value)| (format!("/paths/{}/{}/parameters", step(path), step(key)), &value["parameters"]));
        let shared = (format!("/paths/{}/parameters", step(path)), &item["parameters"]);
        for (pointer, parameters) in operations.chain([shared]) {
            for (index, parameter) in parameters.as_array().into_iter().flatten().enumerate() {
                if is_secret(resolve(merged, parameter)["name"].as_str().unwrap_or_default()) {
                    let pointer = format!("{pointer}/{index}");
                    return Err(merged.error(
                        &pointer,
                        "a credential as a parameter: in a URL or header it cannot be kept from logs",
                    ));
                }
            }
        }
    }

    for (path, method, operation) in merged.operations() {
        let body = resolve(merged, &operation["requestBody"]);
        let mut json = members(&body["content"]).filter(|(media_type, _)| media_type.starts_with("application/json"));
        if json.any(|(_, content)| !has_secret(merged, &content["schema"], &mut Vec::new())) {
            let pointer = format!("{}/requestBody", operation_pointer(path, method));
            return Err(merged.error(&pointer, "no property \"secret\" in it: expected one in each request"));
        }
    }
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    find_secrets(&merged.document, "", &mut |pointer, name| {
        names.insert(name.to_owned());
        found.push(pointer);
    });
    for pointer in found {
        let Some(schema) = merged.document.pointer_mut(&pointer) else { continue };
        if schema["type"] != "string" {
            return Err(merged.error(&pointer, "a credential that is not a plain string cannot be kept from logs"));
        }
        // What else the schema may say (a length, a pattern) is the server's to check: with it, typify would take
        // the property for a type of its own.
        let mut secret = json!({ "type": "string", "format": "password" });
        for key in ["nullable", "description"] {
            if let Some(value) = schema.get(key) {
                secret[key] = value.clone();
            }
        }
        *schema = secret;
    }
    Ok(names)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRETS.iter().any(|end| name.ends_with(end))
}

/// Whether a schema has a credential, over whatever references.
fn has_secret(merged: &Merged, schema: &Value, seen: &mut Vec<String>) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        if seen.iter().any(|name| name == reference) {
            return false;
        }
        seen.push(reference.to_owned());
        return has_secret(merged, resolve(merged, schema), seen);
    }
    let parts = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    members(&schema["properties"]).any(|(name, _)| is_secret(name))
        || parts.into_iter().any(|part| has_secret(merged, part, seen))
}

/// The JSON pointer and the name of each property that holds a credential, inline schemas included.
fn find_secrets(value: &Value, pointer: &str, found: &mut impl FnMut(String, &str)) {
    for (name, _) in members(&value["properties"]).filter(|(name, _)| is_secret(name)) {
        found(format!("{pointer}/properties/{}", step(name)), name);
    }
    for (key, member) in members(value) {
        find_secrets(member, &format!("{pointer}/{}", step(key)), found);
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        find_secrets(item, &format!("{pointer}/{index}"), found);
    }
}

/// The JSON pointers of the operations whose body must identify one client: those whose body is the schema that
/// states the rule.
fn identifying_operations(merged: &Merged) -> Result<BTreeSet<String>, Error> {
    let schema = format!("/components/schemas/{IDENTIFYING_SCHEMA}");
    let Some(stated) = merged.document.pointer(&schema) else {
        return Err(merged.error(&schema, "not found: src/identity.rs enforces the rule that it states"));
    };
    for (index, required) in stated["required"].as_array().into_iter().flatten().enumerate() {
        let set = required
            .as_str()
            .is_some_and(|name| GIVEN_PROPERTIES.contains(&name) || IDENTIFYING_PROPERTIES.contains(&name));
        if !set {
            let pointer = format!("{schema}/required/{index}");
            return Err(merged.error(
                &pointer,
                format_args!("{required} is required: for_client in src/identity.rs does not set it"),
            ));
        }
    }
    for property in IDENTIFYING_PROPERTIES {
        let pointer = format!("{schema}/properties/{property}");
        if stated["properties"][property]["type"] != "string" {
            return Err(merged.error(&pointer, "not a string property: src/identity.rs is written for one"));
        }
        if requires(stated, property) {
            return Err(merged.error(&pointer, "required: src/identity.rs is written for an optional property"));
        }
    }

    let mut found = BTreeSet::new();
    for (path, method, operation) in merged.operations() {
        let pointer = operation_pointer(path, method);
        let body = resolve(merged, &operation["requestBody"]);
        for (media_type, content) in members(&body["content"]) {
            match position(merged, &content["schema"], &mut Vec::new()) {
                Position::Absent if identifies(merged, &content["schema"]) => {
                    let message = format!(
                        "it has the properties of {IDENTIFYING_SCHEMA} and is not it: src/identity.rs would not check it"
                    );
                    return Err(merged.error(&format!("{pointer}/requestBody"), message));
                }
                Position::Absent => {}
                Position::Whole if media_type.starts_with("application/json") => {
                    found.insert(pointer.clone());
                }
                Position::Whole | Position::Within => {
                    let message = format!(
                        "{IDENTIFYING_SCHEMA} is within the body: src/identity.rs checks only a JSON body that is one"
                    );
                    return Err(merged.error(&format!("{pointer}/requestBody"), message));
                }
            }
        }
    }
    if found.is_empty() {
        return Err(merged.error(
            "/paths",
            format_args!("no operation's body is {IDENTIFYING_SCHEMA}: src/identity.rs would check none"),
        ));
    }
    Ok(found)
}

/// Whether a schema has the optional properties that the rule is about.
fn identifies(merged: &Merged, schema: &Value) -> bool {
    let schema = resolve(merged, schema);
    let has = |property: &str| schema["properties"].get(property).is_some();
    IDENTIFYING_PROPERTIES.iter().all(|property| has(property) && !requires(schema, property))
}

fn requires(schema: &Value, property: &str) -> bool {
    schema["required"].as_array().into_iter().flatten().any(|name| name == property)
}

/// Where a schema has the one that states the rule.
#[derive(PartialEq)]
enum Position {
    Absent,
    /// It is that schema, or all of it and more (`allOf`).
    Whole,
    /// In a property, an item, a variant.
    Within,
}

fn position(merged: &Merged, schema: &Value, seen: &mut Vec<String>) -> Position {
    if let Some(reference) = schema["$ref"].as_str() {
        if reference == format!("#/components/schemas/{IDENTIFYING_SCHEMA}") {
            return Position::Whole;
        }
        if seen.iter().any(|name| name == reference) {
            return Position::Absent;
        }
        seen.push(reference.to_owned());
        return position(merged, resolve(merged, schema), seen);
    }
    let mut parts = schema["allOf"].as_array().into_iter().flatten();
    if parts.any(|part| position(merged, part, &mut seen.clone()) == Position::Whole) {
        return Position::Whole;
    }
    let within = match schema {
        Value::Object(object) => object.values().any(|member| position(merged, member, seen) != Position::Absent),
        Value::Array(items) => items.iter().any(|item| position(merged, item, seen) != Position::Absent),
        _ => false,
    };
    if within { Position::Within } else { Position::Absent }
}

/// What a value stands for: the target of its `$ref`, or itself.
fn resolve<'a>(merged: &'a Merged, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| merged.document.pointer(pointer)).unwrap_or(value)
}

/// Gives each operation its name as its `operationId`; lists name, path and method.
pub fn name_operations(merged: &mut Merged) -> Result<Vec<(String, String, String)>, Error> {
    let mut named: Vec<(String, String, String)> = Vec::new();
    let mut taken = BTreeMap::new();
    for (path, method, operation) in merged.operations() {
        let pointer = operation_pointer(path, method);
        let name = match &operation["operationId"] {
            Value::Null => {
                let mut methods =
                    members(&merged.document["paths"][path]).filter(|(key, _)| METHODS.contains(&key.as_str()));
                name_of_path(path, method, methods.nth(1).is_some())
            }
            id => method_name(id.as_str().unwrap_or_default()),
        };
        if syn::parse_str::<syn::Ident>(&name).is_err() {
            return Err(merged
                .error(&pointer, "no name can be made for it: expected an operationId, or a path with a word in it"));
        }
        if let Some(other) = taken.insert(name.clone(), pointer.clone()) {
            let file = merged.file(&other);
            return Err(merged.error(&pointer, format_args!("it comes to the name {name}, which {file}: {other} has")));
        }
        named.push((name, path.to_owned(), method.to_owned()));
    }
    for (name, path, method) in &named {
        merged.document["paths"][path][method]["operationId"] = json!(name);
    }
    Ok(named)
}

/// The name of an operation without an `operationId`: its path, without the leading `openapi` and `{parameters}`.
///
/// Where a path has several methods, those other than POST are named too. POST never is: all of MantaGO's operations
/// are POST so far, and a method that comes to one's path must not change its name.
fn name_of_path(path: &str, method: &str, several: bool) -> String {
    let mut segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if segments.first() == Some(&"openapi") {
        segments.remove(0);
    }
    segments.retain(|segment| !segment.contains('{'));
    if several && method != "post" {
        segments.push(method);
    }
    method_name(&segments.join("_"))
}

/// A name as progenitor would spell it, so that it leaves it as it is.
fn method_name(name: &str) -> String {
    let words: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    identifier(words.to_snake_case())
}

/// The type of an operation's builder, as progenitor spells it.
pub fn builder_name(operation: &str) -> String {
    identifier(operation.to_pascal_case())
}

/// Makes an identifier of a word that is a keyword or begins with a digit, as progenitor does.
fn identifier(word: String) -> String {
    if word.is_empty() || syn::parse_str::<syn::Ident>(&word).is_ok() {
        word
    } else if word.starts_with(|first: char| first.is_ascii_digit()) {
        format!("_{word}")
    } else {
        format!("{word}_")
    }
}
