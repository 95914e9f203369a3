//! The document that the client is made of: all pages united, and ways through it.
//!
//! A place in it is a JSON pointer (RFC 6901), so that an error can name it, and the file that it is from.

use std::collections::HashSet;
use std::fmt::Display;

use serde_json::Value;

use super::{Error, FOLDER};

/// The names of properties and parameters that hold a credential.
pub const CREDENTIALS: [&str; 6] = ["secret", "secretKey", "apiSecret", "token", "apiToken", "password"];

/// The document of all pages.
pub struct Spec {
    pub value: Value,
    /// The documents that it was united of, with their files.
    pub sources: Vec<(String, Value)>,
}

impl Spec {
    /// What is at a place; null if nothing is.
    pub fn at(&self, pointer: &str) -> &Value {
        self.value.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// An error at a place, with the first file that has something there.
    pub fn error(&self, pointer: &str, message: impl Display) -> Error {
        Error::at(self.file(pointer), pointer, message)
    }

    pub fn file(&self, pointer: &str) -> &str {
        let mut place = pointer;
        while let Some((owner, _)) = place.rsplit_once('/') {
            if let Some((file, _)) = self.sources.iter().find(|(_, document)| document.pointer(place).is_some()) {
                return file;
            }
            place = owner;
        }
        match &self.sources[..] {
            [(only, _)] => only,
            _ => FOLDER,
        }
    }

    /// The place of what is meant at one: where its `$ref`s lead, those in an `allOf` of nothing else too; or itself.
    pub fn resolve(&self, pointer: &str) -> String {
        let mut pointer = pointer.to_owned();
        loop {
            let value = self.at(&pointer);
            let says = |key: &&str| !value[*key].is_null();
            let is_more = ["properties", "required", "additionalProperties", "oneOf", "anyOf"].iter().any(says);
            pointer = match reference(value) {
                Some(target) => target.to_owned(),
                None if !is_more && value["allOf"].as_array().is_some_and(|parts| parts.len() == 1) => {
                    format!("{pointer}/allOf/0")
                }
                None => return pointer,
            };
        }
    }

    /// What a `$ref` leads to; null for anything else.
    pub fn at_reference(&self, value: &Value) -> &Value {
        reference(value).map_or(&Value::Null, |target| self.at(&self.resolve(target)))
    }

    /// The places of all that a schema consists of: itself, what it refers to, and its variants and parts. Its properties
    /// and items are not among them.
    pub fn parts(&self, pointer: &str) -> Vec<String> {
        self.reached(pointer, is_part)
    }

    /// The places of all that is further inside a schema's part, but for those seen before: its properties, its items, and
    /// all that is reached from them.
    pub fn inner(&self, part: &str, seen: &mut HashSet<String>) -> Vec<String> {
        let steps = children(self.at(part)).map(|(step, _)| step).filter(|step| !is_part(step));
        steps.flat_map(|step| self.reached_anew(&format!("{part}/{step}"), |_| true, seen)).collect()
    }

    /// The places of all that is reached from one, by keys that pass and by `$ref`.
    pub fn reached(&self, pointer: &str, passes: impl Fn(&str) -> bool) -> Vec<String> {
        self.reached_anew(pointer, passes, &mut HashSet::new())
    }

    fn reached_anew(&self, pointer: &str, passes: impl Fn(&str) -> bool, seen: &mut HashSet<String>) -> Vec<String> {
        let mut found = Vec::new();
        let mut ahead = vec![pointer.to_owned()];
        while let Some(pointer) = ahead.pop() {
            if seen.insert(pointer.clone()) {
                let value = self.at(&pointer);
                ahead.extend(reference(value).map(str::to_owned));
                let inner = children(value).filter(|(key, _)| passes(key));
                ahead.extend(inner.map(|(key, _)| format!("{pointer}/{key}")));
                found.push(pointer);
            }
        }
        found
    }
}

/// Whether a step leads from a schema to a part of it.
fn is_part(step: &str) -> bool {
    ["allOf", "oneOf", "anyOf", "not"].contains(&step) || step.starts_with(|first: char| first.is_ascii_digit())
}

/// Whether a member's value is a map by name: `description` in it is a name too.
pub fn is_map_by_name(key: &str) -> bool {
    let of_document = ["paths", "schemas", "parameters", "responses", "requestBodies", "links", "callbacks"];
    of_document.contains(&key) || ["properties", "headers", "content", "securitySchemes"].contains(&key)
}

/// Whether a member of an object is a value, in which nothing is a part of the document.
fn is_value(key: &str) -> bool {
    key.starts_with("x-") || ["example", "examples", "default", "enum", "const"].contains(&key)
}

/// How many objects there may be where the references of a document with so many are written out: more are several times
/// the document.
pub fn most_objects(objects: usize) -> usize {
    1000 + 2 * objects
}

/// The places of all objects in the value at a place, but for those that are maps by name.
pub fn objects(value: &Value, pointer: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut ahead = vec![(pointer.to_owned(), value, false)];
    while let Some((pointer, value, is_map)) = ahead.pop() {
        for (key, child) in children(value).filter(|(key, _)| is_map || !is_value(key)) {
            let is_map = !is_map && is_map_by_name(&key);
            ahead.push((format!("{pointer}/{key}"), child, is_map));
        }
        if value.is_object() && !is_map {
            found.push(pointer);
        }
    }
    found
}

/// What is in an object or array, with the step of a JSON pointer that leads to it.
fn children(value: &Value) -> impl Iterator<Item = (String, &Value)> {
    let items = value.as_array().into_iter().flatten().enumerate();
    members(value).map(|(key, member)| (step(key), member)).chain(items.map(|(index, item)| (index.to_string(), item)))
}

/// The members of a JSON object; none of anything else.
pub fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// A key as a step of a JSON pointer.
pub fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The steps of a JSON pointer, as the keys that they are.
pub fn steps(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// The place of the component that a `$ref` is to.
pub fn reference(value: &Value) -> Option<&str> {
    let pointer = value["$ref"].as_str()?.strip_prefix('#')?;
    (pointer.starts_with("/components/") && pointer.matches('/').count() == 3).then_some(pointer)
}
