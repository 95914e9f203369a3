//! Changes the united document to what progenitor takes, and finds what hand-written code must be called for.
//!
//! What is done, in this order: each operation gets its name, and knows whether its body has a secret and whether it must
//! name one client; the enumerations of platforms become one component; the secrets leave the bodies; and each schema
//! is made plain.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase, ToTitleCase};
use serde_json::{Map, Value, json};

use super::Error;
use super::check::SECRETS;
use super::merge::{METHODS, Merged, members, operation_pointer, reference, step};

/// The properties that the rule on who is meant is about.
pub const IDENTIFYING: [&str; 3] = ["clientId", "platform", "platformClientId"];

const PLATFORM: &str = "/components/schemas/Platform";

/// An operation as the client calls it.
pub struct Operation {
    /// Its method on the client.
    pub name: String,
    pub path: String,
    pub method: String,
    /// Whether the secret goes in its body.
    pub has_secret: bool,
    /// Whether its body must name one client.
    pub names_client: bool,
    /// The required properties of its body, in the document's order.
    pub required: Vec<String>,
}

impl Operation {
    pub fn pointer(&self) -> String {
        operation_pointer(&self.path, &self.method)
    }

    /// The type of its builder, as progenitor spells it.
    pub fn builder(&self) -> String {
        identifier(self.name.to_pascal_case())
    }
}

/// Prepares the document in place.
pub fn prepare(merged: &mut Merged) -> Result<Vec<Operation>, Error> {
    let mut operations = names(merged)?;
    let mut bodies = Vec::new();
    let mut platforms = Vec::new();
    for operation in &mut operations {
        let pointer = operation.pointer();
        merged.document.pointer_mut(&pointer).expect("an operation")["operationId"] = json!(operation.name);
        let Some(body) = body(merged, &pointer) else { continue };
        operation.has_secret = body.property(merged, "secret").is_some();
        operation.required = body.required(merged);
        if body.names_client(merged)? {
            operation.names_client = true;
            platforms.extend(body.property(merged, "platform"));
        }
        refuse_within(merged, &body, &format!("{pointer}/requestBody"))?;
        bodies.push(body);
    }
    unite_platforms(merged, &platforms)?;
    take_secrets(merged, &bodies)?;
    let tidied = each_object(&mut merged.document, "", false, &mut |pointer, object| {
        tidy(object).map_err(|message| (pointer.to_owned(), message))
    });
    match tidied {
        Ok(()) => Ok(operations),
        Err((pointer, message)) => Err(merged.error(&pointer, message)),
    }
}

/// The operations with their names. Two of one name are an error that names both.
pub fn names(merged: &Merged) -> Result<Vec<Operation>, Error> {
    let mut operations = Vec::new();
    let mut taken = BTreeMap::new();
    for (path, method, operation) in merged.operations() {
        let pointer = operation_pointer(path, method);
        let name = match &operation["operationId"] {
            Value::Null => {
                let item = members(&merged.document["paths"][path]);
                let methods = item.filter(|(key, _)| METHODS.contains(&key.as_str())).count();
                name_of_path(path, method, methods > 1)
            }
            id => method_name(id.as_str().unwrap_or_default()),
        };
        if syn::parse_str::<syn::Ident>(&name).is_err() {
            let message = "no name can be made for it: expected an operationId, or a path with a word in it";
            return Err(merged.error(&pointer, message));
        }
        if let Some(other) = taken.insert(name.clone(), pointer.clone()) {
            let file = merged.file(&other);
            return Err(merged.error(&pointer, format_args!("it comes to the name {name}, which {file}: {other} has")));
        }
        operations.push(Operation {
            name,
            path: path.to_owned(),
            method: method.to_owned(),
            has_secret: false,
            names_client: false,
            required: Vec::new(),
        });
    }
    Ok(operations)
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

/// A name of a method or parameter as progenitor would spell it, so that it leaves it as it is.
pub fn method_name(name: &str) -> String {
    let words: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    identifier(words.to_snake_case())
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

/// A schema as the JSON pointers of all that it consists of: itself, what it refers to, and the members of its `allOf`.
struct Whole(Vec<String>);

impl Whole {
    fn of(merged: &Merged, pointer: String) -> Self {
        let mut parts = Vec::new();
        let mut ahead = vec![pointer];
        while let Some(pointer) = ahead.pop() {
            let schema = merged.at(&pointer);
            ahead.extend(reference(schema).map(str::to_owned));
            let all = schema["allOf"].as_array().map_or(0, Vec::len);
            ahead.extend((0..all).rev().map(|index| format!("{pointer}/allOf/{index}")));
            parts.push(pointer);
        }
        Self(parts)
    }

    /// The JSON pointer of a property.
    fn property(&self, merged: &Merged, name: &str) -> Option<String> {
        let mut pointers = self.0.iter().map(|part| format!("{part}/properties/{name}"));
        pointers.find(|pointer| !merged.at(pointer).is_null())
    }

    fn required(&self, merged: &Merged) -> Vec<String> {
        let parts = self.0.iter().filter_map(|part| merged.at(part)["required"].as_array());
        parts.flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// Whether it is of the shape that the rule on who is meant is about.
    fn names_client(&self, merged: &Merged) -> Result<bool, Error> {
        let properties: Vec<_> = IDENTIFYING.iter().filter_map(|name| self.property(merged, name)).collect();
        let required = self.required(merged);
        if properties.len() < 3 || IDENTIFYING.iter().any(|name| required.iter().any(|other| other == name)) {
            return Ok(false);
        }
        for (pointer, name) in properties.iter().zip(IDENTIFYING) {
            let is_text = Self::of(merged, pointer.clone()).0.iter().any(|part| merged.at(part)["type"] == "string");
            if !is_text || (name == "platform" && values(merged, pointer).is_none()) {
                let message = "not as the rule on clientId, platform and platformClientId has it: expected strings, \
                               and platform an enumeration";
                return Err(merged.error(pointer, message));
            }
        }
        Ok(true)
    }
}

/// The schema of an operation's JSON body.
fn body(merged: &Merged, operation: &str) -> Option<Whole> {
    let body = merged.resolve(format!("{operation}/requestBody"));
    let (media_type, _) = members(&merged.at(&body)["content"]).next()?;
    Some(Whole::of(merged, format!("{body}/content/{}/schema", step(media_type))))
}

/// A schema of the rule's shape further inside a body would not be checked.
fn refuse_within(merged: &Merged, body: &Whole, pointer: &str) -> Result<(), Error> {
    let mut seen = body.0.clone();
    let mut ahead = body.0.clone();
    while let Some(part) = ahead.pop() {
        for inner in inside(merged.at(&part)) {
            let whole = Whole::of(merged, format!("{part}{inner}"));
            if whole.names_client(merged)? {
                let message = "clientId, platform and platformClientId are further inside the body: \
                               only a body that has them itself is checked";
                return Err(merged.error(pointer, message));
            }
            let new: Vec<_> = whole.0.into_iter().filter(|part| !seen.contains(part)).collect();
            seen.extend(new.iter().cloned());
            ahead.extend(new);
        }
    }
    Ok(())
}

/// The JSON pointers, within a schema, of those inside it.
fn inside(schema: &Value) -> Vec<String> {
    let mut found: Vec<_> =
        members(&schema["properties"]).map(|(name, _)| format!("/properties/{}", step(name))).collect();
    let single = ["items", "additionalProperties", "not"].into_iter().filter(|key| schema[key].is_object());
    found.extend(single.map(|key| format!("/{key}")));
    for key in ["oneOf", "anyOf"] {
        let count = schema[key].as_array().map_or(0, Vec::len);
        found.extend((0..count).map(|index| format!("/{key}/{index}")));
    }
    found
}

/// The values of an enumeration.
fn values<'a>(merged: &'a Merged, pointer: &str) -> Option<&'a Value> {
    let parts = Whole::of(merged, pointer.to_owned()).0;
    parts.iter().find_map(|part| merged.at(part).get("enum"))
}

/// Equal enumerations of platforms become one component.
fn unite_platforms(merged: &mut Merged, pointers: &[String]) -> Result<(), Error> {
    let Some(first) = pointers.first() else {
        return match values(merged, PLATFORM) {
            Some(_) => Ok(()),
            None => {
                let message = "no request has the optional properties clientId, platform and platformClientId: \
                               src/identity.rs needs their enumeration of platforms";
                Err(merged.error("/paths", message))
            }
        };
    };
    let expected = values(merged, first).cloned().unwrap_or_default();
    for pointer in pointers {
        if values(merged, pointer) != Some(&expected) {
            let file = merged.file(first);
            return Err(merged.error(pointer, format_args!("the platforms differ from those at {file}: {first}")));
        }
    }
    match values(merged, PLATFORM) {
        None if merged.at(PLATFORM).is_null() => {}
        Some(values) if *values == expected => {}
        _ => {
            let message = format!("it is not the enumeration at {first}, which gets this name");
            return Err(merged.error(PLATFORM, message));
        }
    }
    for pointer in pointers {
        let schema = merged.document.pointer_mut(pointer).expect("a property");
        if reference(schema).is_none() && schema.get("allOf").is_none() {
            let description = schema["description"].take();
            *schema = json!({ "allOf": [{ "$ref": format!("#{PLATFORM}") }] });
            if description.is_string() {
                schema["description"] = description;
            }
        }
    }
    if merged.at(PLATFORM).is_null() {
        let description = "The platforms that a request may name its client by.";
        merged.document["components"]["schemas"]["Platform"] =
            json!({ "type": "string", "enum": expected, "description": description });
    }
    Ok(())
}

/// Takes the property `secret` out of JSON bodies: the client puts it there, with the token that belongs to it.
fn take_secrets(merged: &mut Merged, bodies: &[Whole]) -> Result<(), Error> {
    let mut taken = Vec::new();
    for part in bodies.iter().flat_map(|body| &body.0) {
        let schema = merged.document.pointer_mut(part).expect("a schema");
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        let Some(property) = properties.remove("secret") else { continue };
        // Of an object without properties typify makes a map, unless it can have no others: then a struct.
        if properties.is_empty() {
            schema["additionalProperties"] = json!(false);
        }
        if let Some(required) = schema["required"].as_array_mut() {
            required.retain(|name| name != "secret");
        }
        if property["type"] != "string" {
            let pointer = format!("{part}/properties/secret");
            return Err(merged.error(&pointer, "a secret that is not a plain string"));
        }
        taken.push(part.as_str());
    }
    // A response that has one of them would lose its secret.
    let of_bodies: Vec<_> = bodies.iter().flat_map(|body| &body.0).collect();
    let mut elsewhere = Vec::new();
    find_references(&merged.document, "", &mut |pointer, target| {
        if taken.contains(&target) && !of_bodies.contains(&&pointer) {
            elsewhere.push((pointer, target.to_owned()));
        }
    });
    match elsewhere.into_iter().next() {
        Some((pointer, target)) => {
            let message =
                format!("{target} is a request's body too, and its secret is not the caller's: expected two schemas");
            Err(merged.error(&pointer, message))
        }
        None => Ok(()),
    }
}

fn find_references<'a>(value: &'a Value, pointer: &str, found: &mut impl FnMut(String, &'a str)) {
    if let Some(target) = reference(value) {
        found(pointer.to_owned(), target);
    }
    for (key, member) in members(value) {
        find_references(member, &format!("{pointer}/{}", step(key)), found);
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        find_references(item, &format!("{pointer}/{index}"), found);
    }
}

/// Members whose value is a map by name: `description` in it is a name too.
const MAPS: [&str; 8] =
    ["properties", "schemas", "responses", "requestBodies", "headers", "content", "paths", "securitySchemes"];

type Change<'a, E> = &'a mut dyn FnMut(&str, &mut Map<String, Value>) -> Result<(), E>;

/// Changes each object of the document that is not a map by name.
fn each_object<E>(value: &mut Value, pointer: &str, is_map: bool, change: Change<'_, E>) -> Result<(), E> {
    match value {
        Value::Object(object) => {
            if !is_map {
                change(pointer, object)?;
            }
            for (key, member) in object {
                let is_map = !is_map && MAPS.contains(&key.as_str());
                each_object(member, &format!("{pointer}/{}", step(key)), is_map, change)?;
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                each_object(item, &format!("{pointer}/{index}"), false, change)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// What typify makes a type of its own of, or another crate's; it goes, and the documentation says it.
const CONSTRAINTS: [&str; 13] = [
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
];

/// Makes an object of the document plain: no types of other crates, no defaults, its credentials marked.
fn tidy(object: &mut Map<String, Value>) -> Result<(), &'static str> {
    object.retain(|key, _| {
        !key.starts_with("x-") && !["example", "examples", "default", "uniqueItems"].contains(&key.as_str())
    });
    // With it, typify would refuse what a later version of the API adds.
    let is_empty = object.get("properties").is_some_and(|properties| *properties == json!({}));
    object.retain(|key, value| key != "additionalProperties" || *value != false || is_empty);
    if object.get("type").is_some_and(|kind| kind != "string") {
        object.remove("enum");
    }
    let mut notes = String::new();
    for key in CONSTRAINTS {
        let is_plain = |format: &Value| ["int32", "int64", "double", "password"].iter().any(|plain| format == plain);
        if object.get(key).is_none_or(|value| key == "format" && is_plain(value)) {
            continue;
        }
        let value = object.remove(key).unwrap_or_default();
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        notes.push_str(&format!("{}: `{value}`. ", key.to_title_case()));
    }
    if !notes.is_empty() && object.contains_key("type") {
        let old = object.get("description").and_then(Value::as_str).unwrap_or_default();
        let new = if old.is_empty() { notes.trim().to_owned() } else { format!("{old}\n\n{}", notes.trim()) };
        object.insert("description".to_owned(), json!(new));
    }
    for key in ["description", "summary"] {
        if let Some(Value::String(text)) = object.get_mut(key) {
            *text = documentation(text);
        }
    }
    let properties = object.get_mut("properties").and_then(Value::as_object_mut);
    for (_, property) in properties.into_iter().flatten().filter(|(name, _)| SECRETS.contains(&name.as_str())) {
        if property["type"] != "string" {
            return Err("a credential in it that is not a plain string cannot be kept from logs");
        }
        let mut secret = json!({ "type": "string", "format": "password" });
        for key in ["nullable", "description"] {
            if let Some(value) = property.get(key) {
                secret[key] = value.clone();
            }
        }
        *property = secret;
    }
    Ok(())
}

/// A description as documentation: its code is marked as text, for other code is taken for Rust, and tested.
pub fn documentation(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.replace(|c: char| c.is_control() && c != '\n' && c != '\t', " ");
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
    let mut lines: Vec<_> = lines.collect();
    if let Some((mark, length)) = fence {
        lines.push(mark.to_string().repeat(length));
    }
    lines.join("\n")
}
