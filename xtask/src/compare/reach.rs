//! Which operations a part of a document reaches, and in which direction: a schema of a request is judged otherwise than
//! one of a response.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::{METHODS, child};

/// The direction in which a part of a document travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the client to the server.
    Request,
    /// From the server to the client.
    Response,
}

/// An operation that a difference reaches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reached {
    /// Method and path, like `POST /openapi/client`.
    pub operation: String,
    /// In which direction.
    pub direction: Direction,
}

/// Both directions in which a schema may travel.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub request: bool,
    pub response: bool,
}

impl Way {
    /// Only in requests.
    pub const REQUEST: Self = Self { request: true, response: false };
    /// Only in answers.
    pub const RESPONSE: Self = Self { request: false, response: true };
}

/// The operations that each shared component reaches, in either of two documents.
pub struct Reach {
    components: BTreeMap<String, BTreeSet<Reached>>,
    operations: BTreeSet<String>,
}

impl Reach {
    pub fn of(old: &Value, new: &Value) -> Self {
        let mut reach = Self { components: BTreeMap::new(), operations: BTreeSet::new() };
        for document in [old, new] {
            reach.add(document);
        }
        reach
    }

    fn add(&mut self, document: &Value) {
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                if !METHODS.contains(&method.as_str()) {
                    continue;
                }
                let name = format!("{} {path}", method.to_uppercase());
                self.operations.insert(name.clone());
                let request = [&item["parameters"], &operation["parameters"], &operation["requestBody"]];
                for (parts, direction) in
                    [(&request[..], Direction::Request), (&[&operation["responses"]], Direction::Response)]
                {
                    let reached = Reached { operation: name.clone(), direction };
                    let mut seen = BTreeSet::new();
                    for part in parts {
                        follow(document, part, &mut seen);
                    }
                    for component in seen {
                        self.components.entry(component).or_default().insert(reached.clone());
                    }
                }
            }
        }
    }

    /// The ways of a shared schema. One that no operation has is judged in both: its type is there all the same.
    pub fn way(&self, component: &str) -> Way {
        match self.components.get(component) {
            None => Way { request: true, response: true },
            Some(reached) => {
                let travels = |direction| reached.iter().any(|reached| reached.direction == direction);
                Way { request: travels(Direction::Request), response: travels(Direction::Response) }
            }
        }
    }

    /// The operations that the part at a pointer reaches.
    pub fn operations(&self, pointer: &str) -> Vec<Reached> {
        let steps: Vec<_> = pointer.split('/').skip(1).collect();
        match steps[..] {
            ["components", section, name, ..] => {
                let component = format!("/components/{section}/{name}");
                self.components.get(&component).into_iter().flatten().cloned().collect()
            }
            ["paths", path, method, ref rest @ ..] if METHODS.contains(&method) => {
                let path = path.replace("~1", "/").replace("~0", "~");
                let operation = format!("{} {path}", method.to_uppercase());
                let directions = match rest.first() {
                    Some(&"responses") => vec![Direction::Response],
                    Some(&("parameters" | "requestBody")) => vec![Direction::Request],
                    _ => vec![Direction::Request, Direction::Response],
                };
                directions.into_iter().map(|direction| Reached { operation: operation.clone(), direction }).collect()
            }
            // What all operations of a path share is of their requests.
            ["paths", path, ..] => {
                let path = format!(" {}", path.replace("~1", "/").replace("~0", "~"));
                let of_path = self.operations.iter().filter(|operation| operation.ends_with(&path));
                let reached =
                    |operation: &String| Reached { operation: operation.clone(), direction: Direction::Request };
                of_path.map(reached).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Follows each `$ref` into the components, once.
fn follow(document: &Value, value: &Value, seen: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                let steps: Vec<_> = reference.split('/').collect();
                if let ["#", "components", section, name] = steps[..] {
                    let component =
                        child(&format!("/components/{section}"), &name.replace("~1", "/").replace("~0", "~"));
                    if seen.insert(component.clone()) {
                        follow(document, document.pointer(&component).unwrap_or(&Value::Null), seen);
                    }
                }
            }
            object.values().for_each(|member| follow(document, member, seen));
        }
        Value::Array(items) => items.iter().for_each(|item| follow(document, item, seen)),
        _ => {}
    }
}
