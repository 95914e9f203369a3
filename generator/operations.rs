//! The operations of the document, and their names.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use super::Error;
use super::merge::{METHODS, Merged, members, operation_pointer};

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

/// The operations with their names. Two of one name are an error that names both.
pub fn operations(merged: &Merged) -> Result<Vec<Operation>, Error> {
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
