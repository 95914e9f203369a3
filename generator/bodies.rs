//! Finds the bodies that must name one client, and takes the secrets out of all.
//!
//! Both are what the API says only by convention: hand-written code does them, and is called where they are found.

use serde_json::{Value, json};

use super::Error;
use super::merge::{Merged, members, reference, step};
use super::operations::Operation;

/// The properties that the rule on who is meant is about.
pub const IDENTIFYING: [&str; 3] = ["clientId", "platform", "platformClientId"];

const PLATFORM: &str = "/components/schemas/Platform";

/// Names the operations, and changes their bodies in place.
pub fn prepare(merged: &mut Merged, operations: &mut [Operation]) -> Result<(), Error> {
    let mut bodies = Vec::new();
    let mut platforms = Vec::new();
    for operation in operations {
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
    take_secrets(merged, &bodies)
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
        let has_variants = |part: &&String| ["oneOf", "anyOf", "not"].iter().any(|key| !merged.at(part)[key].is_null());
        match self.0.iter().find(has_variants) {
            Some(part) => {
                let message = "variants beside clientId, platform and platformClientId: expected a plain object";
                Err(merged.error(part, message))
            }
            None => Ok(true),
        }
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
        if values(merged, PLATFORM).is_some() {
            return Ok(());
        }
        let message = "no request has the optional properties clientId, platform and platformClientId: \
                       src/identity.rs needs their enumeration of platforms";
        return Err(merged.error("/paths", message));
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
        if let Some(Value::Array(required)) = schema.get_mut("required") {
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
