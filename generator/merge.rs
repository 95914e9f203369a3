//! Unites the documents of several pages into one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Document, Error, FOLDER, json};

/// The members of a path item that are operations.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The united document, and those that it is made of, with their files.
pub struct Merged {
    pub document: Value,
    sources: Vec<(String, Value)>,
}

/// Unites paths and components. What two documents say differently of one thing is an error that names both.
pub fn merge(documents: &[Document]) -> Result<Merged, Error> {
    let sources = documents.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    if let Some(conflict) = conflicts_of(&sources)?.into_iter().next() {
        return Err(Error(conflict));
    }
    let mut all = sources.iter().map(|(_, document)| document);
    let mut united =
        all.next().ok_or_else(|| Error::at(FOLDER, "", "no document: expected at least one *.json"))?.clone();
    for document in all {
        extend(&mut united, document, 0);
    }
    Ok(Merged { document: united, sources })
}

/// Every place where documents cannot be one.
pub fn conflicts(documents: &[Document]) -> Result<Vec<String>, Error> {
    conflicts_of(&documents.iter().map(parse).collect::<Result<Vec<_>, _>>()?)
}

fn conflicts_of(sources: &[(String, Value)]) -> Result<Vec<String>, Error> {
    let mut known: BTreeMap<String, (&str, Value)> = BTreeMap::new();
    let mut conflicts = Vec::new();
    for (file, document) in sources {
        for (pointer, part) in parts(file, document)? {
            let Some((other, mine)) = known.get(&pointer) else {
                known.insert(pointer, (file, part));
                continue;
            };
            if is_operation(&pointer) {
                conflicts.push(format!("{other} and {file}: {pointer}: the operation is in both documents"));
            } else if *mine != part {
                conflicts.push(format!("{other} and {file}: {pointer}: it differs"));
            }
        }
    }
    Ok(conflicts)
}

/// A document as JSON, if it is OpenAPI 3.0.
fn parse(Document { file, text }: &Document) -> Result<(String, Value), Error> {
    let document = json::parse(file, text)?;
    match &document["openapi"] {
        Value::String(version) if version.starts_with("3.0.") => Ok((file.clone(), document)),
        other => Err(Error::at(file, "/openapi", format_args!("expected OpenAPI 3.0.x, found {other}"))),
    }
}

/// The parts of a document that are compared with another's, each with its JSON pointer.
fn parts(file: &str, document: &Value) -> Result<Vec<(String, Value)>, Error> {
    let object = |pointer: &str| match document.pointer(pointer) {
        None => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(Error::at(file, pointer, "not an object")),
    };
    let common = ["/info/version", "/servers", "/security"];
    let mut parts: Vec<_> =
        common.map(|pointer| (pointer.to_owned(), document.pointer(pointer).cloned().unwrap_or_default())).into();
    for path in object("/paths")?.keys().filter(|path| path.starts_with('/')) {
        let pointer = format!("/paths/{}", step(path));
        let (operations, shared) =
            object(&pointer)?.into_iter().partition::<Map<_, _>, _>(|(key, _)| METHODS.contains(&key.as_str()));
        parts.push((pointer.clone(), shared.into()));
        for (method, _) in operations {
            let pointer = format!("{pointer}/{method}");
            let operation = object(&pointer)?;
            parts.push((pointer, operation.into()));
        }
    }
    for section in object("/components")?.keys().filter(|section| !section.starts_with("x-")) {
        let pointer = format!("/components/{}", step(section));
        let items = object(&pointer)?.into_iter();
        parts.extend(items.map(|(name, item)| (format!("{pointer}/{}", step(&name)), item)));
    }
    // No client is made of the first of these, and extensions mean nothing to it.
    let known = ["openapi", "info", "externalDocs", "tags", "servers", "security", "paths", "components"];
    let others = members(document).filter(|(key, _)| !known.contains(&key.as_str()) && !key.starts_with("x-"));
    parts.extend(others.map(|(key, value)| (format!("/{}", step(key)), value.clone())));
    Ok(parts)
}

fn is_operation(pointer: &str) -> bool {
    METHODS.iter().any(|method| pointer.starts_with("/paths/") && pointer.ends_with(&format!("/{method}")))
}

/// Adds what another document has beside. Of what both have, there is no conflict, and the first stands.
fn extend(mine: &mut Value, theirs: &Value, depth: usize) {
    match (mine, theirs) {
        (Value::Object(mine), Value::Object(theirs)) if depth < 3 => {
            for (key, value) in theirs {
                match mine.get_mut(key) {
                    Some(mine) => extend(mine, value, depth + 1),
                    None => drop(mine.insert(key.clone(), value.clone())),
                }
            }
        }
        // Tags.
        (Value::Array(mine), Value::Array(theirs)) if depth == 1 => {
            let new: Vec<_> = theirs.iter().filter(|item| !mine.contains(item)).cloned().collect();
            mine.extend(new);
        }
        _ => {}
    }
}

impl Merged {
    /// The file that the part at a JSON pointer is from: the first that has something there.
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

    /// The JSON pointers of an operation's parameters: those that its whole path has, unless it has one of the name, and
    /// its own.
    pub fn parameters(&self, path: &str, method: &str) -> Vec<String> {
        let of = |owner: String| -> Vec<String> {
            let count = self.at(&owner).as_array().map_or(0, Vec::len);
            (0..count).map(|index| format!("{owner}/{index}")).collect()
        };
        let name = |pointer: &String| self.at(&self.resolve(pointer.clone()))["name"].clone();
        let own = of(format!("{}/parameters", operation_pointer(path, method)));
        let mut all = of(format!("/paths/{}/parameters", step(path)));
        all.retain(|shared| own.iter().all(|other| name(other) != name(shared)));
        all.extend(own);
        all
    }
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    members(&document["paths"]).flat_map(|(path, item)| {
        members(item)
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// The JSON pointer of an operation.
pub fn operation_pointer(path: &str, method: &str) -> String {
    format!("/paths/{}/{method}", step(path))
}

/// The JSON pointer of the component that a `$ref` is to.
pub fn reference(value: &Value) -> Option<&str> {
    let pointer = value["$ref"].as_str()?.strip_prefix('#')?;
    (pointer.starts_with("/components/") && pointer.matches('/').count() == 3).then_some(pointer)
}

/// One step of a JSON pointer (RFC 6901), escaped.
pub fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The members of a JSON object; none of anything else.
pub fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
