//! Unites the documents of several pages into one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::json;
use super::{Document, Error, FOLDER};

/// The members of a path item that are operations.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The united document, and which file each part of it is from.
pub struct Merged {
    pub document: Value,
    /// JSON pointers of operations and components, and the file that each is from.
    origins: BTreeMap<String, String>,
    /// The file of what is not in `origins`.
    rest: String,
}

impl Merged {
    /// The file that the part at a JSON pointer is from.
    pub fn file(&self, pointer: &str) -> &str {
        let mut part = pointer;
        loop {
            match (self.origins.get(part), part.rfind('/')) {
                (Some(file), _) => return file,
                (None, Some(end)) => part = &part[..end],
                (None, None) => return &self.rest,
            }
        }
    }

    /// An error at a JSON pointer, with the file that it is from.
    pub fn error(&self, pointer: &str, message: impl std::fmt::Display) -> Error {
        Error::at(self.file(pointer), pointer, message)
    }

    /// Each operation with its path and method, in the document's order.
    pub fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        operations(&self.document)
    }

    /// What is at a JSON pointer; null if nothing is.
    pub fn at(&self, pointer: &str) -> &Value {
        self.document.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The JSON pointer of what stands at one: the target of its `$ref`s, or itself.
    pub fn resolve(&self, pointer: String) -> String {
        match reference(self.at(&pointer)) {
            Some(target) => self.resolve(target.to_owned()),
            None => pointer,
        }
    }

    /// The JSON pointers of an operation's parameters, those that its whole path has included.
    pub fn parameters(&self, path: &str, method: &str) -> Vec<String> {
        let path = format!("/paths/{}", step(path));
        let owners = [format!("{path}/parameters"), format!("{path}/{method}/parameters")];
        let all = owners.iter().flat_map(|owner| {
            let count = self.at(owner).as_array().map_or(0, Vec::len);
            (0..count).map(move |index| format!("{owner}/{index}"))
        });
        all.collect()
    }
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    members(&document["paths"]).flat_map(|(path, item)| {
        members(item)
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// The JSON pointers of a document's operations and components.
fn parts(document: &Value) -> Vec<String> {
    let operations = operations(document).map(|(path, method, _)| operation_pointer(path, method));
    let components = members(&document["components"]).flat_map(|(section, items)| {
        members(items).map(move |(name, _)| format!("/components/{}/{}", step(section), step(name)))
    });
    operations.chain(components).collect()
}

/// The JSON pointer of an operation.
pub fn operation_pointer(path: &str, method: &str) -> String {
    format!("/paths/{}/{method}", step(path))
}

/// The JSON pointer of a `$ref` within the document.
pub fn reference(value: &Value) -> Option<&str> {
    value["$ref"].as_str()?.strip_prefix('#')
}

/// One step of a JSON pointer (RFC 6901), escaped.
pub fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The members of a JSON object; none of anything else.
pub fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Unites paths and components. What two documents say differently of one thing is an error that names both.
pub fn merge(documents: &[Document]) -> Result<Merged, Error> {
    let mut all = documents.iter();
    let Some(first) = all.next() else {
        return Err(Error::at(FOLDER, "", "there is no document: expected at least one *.json"));
    };
    let document = parse(first)?;
    let origins = parts(&document).into_iter().map(|part| (part, first.file.clone())).collect();
    let mut merged = Merged { document, origins, rest: first.file.clone() };
    for document in all {
        merged.add(document)?;
    }
    if documents.len() > 1 {
        FOLDER.clone_into(&mut merged.rest);
    }
    Ok(merged)
}

/// A document as JSON, if it is OpenAPI 3.0.
fn parse(Document { file, text }: &Document) -> Result<Value, Error> {
    let document = json::parse(file, text)?;
    let version = |key: &str| match &document[key] {
        Value::Null => None,
        Value::String(version) => Some(version.clone()),
        other => Some(other.to_string()),
    };
    match (version("openapi"), version("swagger")) {
        (Some(version), _) if version.starts_with("3.0.") => {}
        (Some(version), _) => {
            return Err(Error::at(file, "/openapi", format_args!("OpenAPI {version}: expected OpenAPI 3.0.x")));
        }
        (None, Some(version)) => {
            return Err(Error::at(file, "/swagger", format_args!("Swagger {version}: expected OpenAPI 3.0.x")));
        }
        (None, None) => return Err(Error::at(file, "", "not an OpenAPI document: it has no \"openapi\" member")),
    }
    let object = |pointer: &str, value: Option<&Value>| match value {
        Some(Value::Object(_)) | None => Ok(()),
        Some(_) => Err(Error::at(file, pointer, "not an object")),
    };
    for section in ["info", "paths", "components"] {
        object(&format!("/{section}"), document.get(section))?;
        let items = members(&document[section]).filter(|(name, _)| section != "info" && !name.starts_with("x-"));
        for (name, item) in items {
            object(&format!("/{section}/{}", step(name)), Some(item))?;
        }
    }
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in members(item).filter(|(method, _)| METHODS.contains(&method.as_str())) {
            object(&operation_pointer(path, method), Some(operation))?;
        }
    }
    Ok(document)
}

impl Merged {
    fn add(&mut self, document: &Document) -> Result<(), Error> {
        let mut addition = parse(document)?;
        let new = parts(&addition);
        let conflict = |mine: &str, pointer: &str, what: &str| {
            Err(Error::at(&format!("{mine} and {}", document.file), pointer, what))
        };
        for (pointer, what) in [
            ("/info/version", "the API's version differs"),
            ("/servers", "the servers differ"),
            ("/security", "the security requirements differ"),
        ] {
            if self.document.pointer(pointer) != addition.pointer(pointer) {
                return conflict(&self.rest, pointer, what);
            }
        }

        for (section, items) in take(&mut addition, "components").into_iter().filter(|(key, _)| !key.starts_with("x-"))
        {
            for (name, item) in items.as_object().cloned().unwrap_or_default() {
                let pointer = format!("/components/{}/{}", step(&section), step(&name));
                match self.document.pointer(&pointer) {
                    Some(mine) if *mine != item => {
                        return conflict(self.file(&pointer), &pointer, "the component differs");
                    }
                    _ => child(child(&mut self.document, "components"), &section)[name] = item,
                }
            }
        }

        for (path, mut item) in take(&mut addition, "paths") {
            let pointer = format!("/paths/{}", step(&path));
            if let Some(mine) = self.document.pointer(&pointer) {
                let twice = METHODS.iter().find(|method| mine.get(method).is_some() && item.get(method).is_some());
                if let Some(method) = twice {
                    let pointer = operation_pointer(&path, method);
                    return conflict(self.file(&pointer), &pointer, "the operation is in both documents");
                }
                if shared(mine) != shared(&item) {
                    let method = members(mine).map(|(key, _)| key.as_str()).find(|key| METHODS.contains(key));
                    let owner = self.file(&operation_pointer(&path, method.unwrap_or_default()));
                    return conflict(owner, &pointer, "what the operations of the path share differs");
                }
            }
            let mine = child(child(&mut self.document, "paths"), &path);
            for (key, value) in item.as_object_mut().map(std::mem::take).into_iter().flatten() {
                mine[key] = value;
            }
        }

        // What is not known of a document is kept, and must not differ; what has no effect may.
        let known = ["openapi", "info", "servers", "security", "tags", "externalDocs", "paths", "components"];
        let unknown = |key: &str| !known.contains(&key) && !key.starts_with("x-");
        for (key, value) in addition.as_object().into_iter().flatten().filter(|(key, _)| unknown(key)) {
            match self.document.get(key) {
                Some(mine) if mine != value => return conflict(&self.rest, &format!("/{}", step(key)), "it differs"),
                _ => self.document[key] = value.clone(),
            }
        }

        // Two documents may describe one tag; the first description stands, for nothing is made of it.
        if let Some(tags) = self.document.get_mut("tags").and_then(Value::as_array_mut) {
            let news = addition["tags"].as_array().cloned().unwrap_or_default();
            for tag in news {
                if !tags.iter().any(|mine| mine["name"] == tag["name"]) {
                    tags.push(tag);
                }
            }
        }
        for part in new {
            self.origins.entry(part).or_insert_with(|| document.file.clone());
        }
        Ok(())
    }
}

/// The members of a path item that hold for all its operations.
fn shared(item: &Value) -> Map<String, Value> {
    let shared = members(item).filter(|(key, _)| !METHODS.contains(&key.as_str()));
    shared.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// A member of a JSON object, which is made if it is not there.
fn child<'a>(value: &'a mut Value, key: &str) -> &'a mut Value {
    let member = &mut value[key];
    if member.is_null() {
        *member = Value::Object(Map::new());
    }
    member
}

fn take(document: &mut Value, key: &str) -> Map<String, Value> {
    document.get_mut(key).and_then(Value::as_object_mut).map(std::mem::take).unwrap_or_default()
}
