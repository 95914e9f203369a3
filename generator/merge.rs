//! Unites the documents of several pages into one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Document, Error, FOLDER, json};

/// The members of a path item that are operations.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The united document, and which file each part of it is from.
pub struct Merged {
    pub document: Value,
    /// JSON pointers, and the file that each is from.
    origins: BTreeMap<String, String>,
    /// The file of the whole.
    whole: String,
}

impl Merged {
    /// The file that the part at a JSON pointer is from.
    pub fn file(&self, pointer: &str) -> &str {
        let mut part = pointer;
        loop {
            match (self.origins.get(part), part.rfind('/')) {
                (Some(file), _) => return file,
                (None, Some(end)) => part = &part[..end],
                (None, None) => return &self.whole,
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

/// Unites paths and components. What two documents say differently of one thing is an error that names both.
pub fn merge(documents: &[Document]) -> Result<Merged, Error> {
    let whole = match documents {
        [] => return Err(Error::at(FOLDER, "", "there is no document: expected at least one *.json")),
        [only] => only.file.clone(),
        _ => FOLDER.to_owned(),
    };
    let mut merged = Merged { document: Value::Object(Map::new()), origins: BTreeMap::new(), whole };
    for (index, document) in documents.iter().enumerate() {
        let theirs = parse(document)?;
        if index > 0 {
            merged.compare(&theirs, &document.file)?;
        }
        merged.add("", &theirs, &document.file)?;
    }
    Ok(merged)
}

/// A document as JSON, if it is OpenAPI 3.0.
fn parse(Document { file, text }: &Document) -> Result<Value, Error> {
    let document = json::parse(file, text)?;
    let member =
        |key: &str| document.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let other = |pointer: &str, what: &str, version: &str| {
        Err(Error::at(file, pointer, format_args!("{what} {version}: expected OpenAPI 3.0.x")))
    };
    match (member("openapi"), member("swagger")) {
        (Some(version), _) if version.starts_with("3.0.") => {}
        (Some(version), _) => return other("/openapi", "OpenAPI", &version),
        (None, Some(version)) => return other("/swagger", "Swagger", &version),
        (None, None) => return Err(Error::at(file, "", "not an OpenAPI document: it has no \"openapi\" member")),
    }
    let sections =
        ["info", "paths", "components"].into_iter().filter_map(|key| Some((format!("/{key}"), document.get(key)?)));
    let inner = ["paths", "components"].into_iter().flat_map(|key| {
        let named = members(&document[key]).filter(|(name, _)| !name.starts_with("x-"));
        named.map(move |(name, item)| (format!("/{key}/{}", step(name)), item))
    });
    let operations =
        operations(&document).map(|(path, method, operation)| (operation_pointer(path, method), operation));
    let wrong = sections.chain(inner).chain(operations).find(|(_, item)| !item.is_object());
    match wrong.map(|(pointer, _)| pointer) {
        Some(pointer) => Err(Error::at(file, &pointer, "not an object")),
        None => Ok(document),
    }
}

impl Merged {
    /// What holds for several operations must not differ between documents, nor be in one alone.
    fn compare(&self, theirs: &Value, file: &str) -> Result<(), Error> {
        for pointer in ["/info/version", "/servers", "/security"] {
            if self.document.pointer(pointer) != theirs.pointer(pointer) {
                return Err(self.conflict(pointer, file, "it differs"));
            }
        }
        let shared = |item: &Value| -> Map<String, Value> {
            let shared = members(item).filter(|(key, _)| !METHODS.contains(&key.as_str()));
            shared.map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        for (path, item) in members(&theirs["paths"]) {
            let pointer = format!("/paths/{}", step(path));
            let mine = self.at(&pointer);
            if !mine.is_null() && shared(mine) != shared(item) {
                return Err(self.conflict(&pointer, file, "what the operations of the path share differs"));
            }
        }
        Ok(())
    }

    /// Adds what another document has at a JSON pointer.
    fn add(&mut self, pointer: &str, theirs: &Value, file: &str) -> Result<(), Error> {
        for (key, value) in members(theirs) {
            let at = format!("{pointer}/{}", step(key));
            let place: Vec<_> = at.split('/').skip(1).collect();
            let mine = self.document.pointer_mut(&at);
            match (&place[..], mine) {
                (_, None) => {
                    if let Some(Value::Object(owner)) = self.document.pointer_mut(pointer) {
                        owner.insert(key.clone(), value.clone());
                    }
                    self.claim(&at, value, file);
                }
                // No client is made of these. Of two descriptions of a tag the first stands.
                (["openapi" | "info" | "externalDocs"], _) => {}
                (["tags"], Some(Value::Array(mine))) => {
                    let theirs = value.as_array().into_iter().flatten();
                    let new: Vec<_> =
                        theirs.filter(|tag| mine.iter().all(|other| other["name"] != tag["name"])).collect();
                    mine.extend(new.into_iter().cloned());
                }
                _ if key.starts_with("x-") => {}
                (["paths" | "components"] | ["paths" | "components", _], _) => self.add(&at, value, file)?,
                (["paths", _, method], _) if METHODS.contains(method) => {
                    return Err(self.conflict(&at, file, "the operation is in both documents"));
                }
                (_, Some(mine)) if mine == value => {}
                _ => return Err(self.conflict(&at, file, "it differs")),
            }
        }
        Ok(())
    }

    /// Notes which file a new part is from, with the operations and components in it.
    fn claim(&mut self, pointer: &str, value: &Value, file: &str) {
        self.origins.insert(pointer.to_owned(), file.to_owned());
        if pointer.matches('/').count() < 3 {
            members(value).for_each(|(key, value)| self.claim(&format!("{pointer}/{}", step(key)), value, file));
        }
    }

    fn conflict(&self, pointer: &str, file: &str, what: &str) -> Error {
        Error::at(&format!("{} and {file}", self.file(pointer)), pointer, what)
    }
}
