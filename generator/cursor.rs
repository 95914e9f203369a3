//! A JSON value that knows its place in a document.
//!
//! The parser doesn't use the `openapiv3` crate, whose types lose places, unknown keywords and most of OpenAPI 3.1.

use std::fmt::Display;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Error;
use super::model::{Fact, Facts, Place, TypeName};
use super::spelling::type_identifier;

/// The longest chain of references.
const LONGEST_CHAIN: usize = 100;

/// A document whose objects have their members sorted by name.
pub struct Source {
    pub file: Arc<str>,
    pub value: Value,
}

/// A value in a document.
#[derive(Clone)]
pub struct At<'d> {
    source: &'d Source,
    pub value: &'d Value,
    pointer: String,
}

impl<'d> At<'d> {
    pub fn root(source: &'d Source) -> Self {
        Self { source, value: &source.value, pointer: String::new() }
    }

    pub fn place(&self) -> Place {
        Place { file: Arc::clone(&self.source.file), pointer: self.pointer.clone() }
    }

    pub fn error(&self, message: impl Display) -> Error {
        self.place().error(message)
    }

    fn child(&self, key: &str, value: &'d Value) -> Self {
        Self { source: self.source, value, pointer: format!("{}/{}", self.pointer, step(key)) }
    }

    /// A member, unless it is absent or null.
    pub fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(self.child(key, value))
    }

    pub fn has(&self, key: &str) -> bool {
        self.value.get(key).is_some_and(|value| !value.is_null())
    }

    /// The members of an object.
    pub fn members(&self) -> impl Iterator<Item = (&'d str, Self)> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(|(key, value)| (key.as_str(), self.child(key, value)))
    }

    /// The members of the object at a key; none if the key is absent.
    pub fn members_of(&self, key: &str) -> Result<Vec<(&'d str, Self)>, Error> {
        match self.get(key) {
            Some(at) => at.checked().map(|object| object.members().collect()),
            None => Ok(Vec::new()),
        }
    }

    /// Fails unless the value is an object.
    pub fn checked(self) -> Result<Self, Error> {
        if self.value.is_object() { Ok(self) } else { Err(self.error("expected an object")) }
    }

    /// The items of an array.
    pub fn items(&self) -> impl Iterator<Item = Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, item)| self.child(&index.to_string(), item))
    }

    /// The items of the array at a key.
    pub fn items_of(&self, key: &str) -> Vec<Self> {
        self.get(key).map(|array| array.items().collect()).unwrap_or_default()
    }

    /// The string at a key; empty if absent.
    pub fn text_of(&self, key: &str) -> &'d str {
        self.value.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn is_true(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }

    pub fn object(&self) -> Option<&'d Map<String, Value>> {
        self.value.as_object()
    }

    /// The members for which `is_modelled` is false, as facts.
    pub fn facts(&self, is_modelled: impl Fn(&str) -> bool) -> Facts {
        let others = self.members().filter(|(key, _)| !is_modelled(key));
        Facts(others.map(|(key, at)| (key.to_owned(), at.fact())).collect())
    }

    pub fn fact(&self) -> Fact {
        Fact { value: self.value.clone(), place: self.place() }
    }

    /// The target of a `$ref`, as written.
    pub fn reference(&self) -> Option<&'d str> {
        self.value.get("$ref").and_then(Value::as_str)
    }

    /// Follows a chain of `$ref`s to its end; without a `$ref`, the value itself.
    pub fn followed(&self) -> Result<Self, Error> {
        let mut at = self.clone();
        for _ in 0..LONGEST_CHAIN {
            let Some(target) = at.reference() else { return Ok(at) };
            at = at.target(target)?;
        }
        Err(self.error("its references lead back to themselves"))
    }

    /// The value at the target of a `$ref`.
    pub fn target(&self, target: &str) -> Result<Self, Error> {
        let found = target.strip_prefix('#').and_then(|pointer| Some((pointer, self.source.value.pointer(pointer)?)));
        let (pointer, value) =
            found.ok_or_else(|| self.error(format_args!("it refers to {target}, which is not there")))?;
        Ok(Self { source: self.source, value, pointer: pointer.to_owned() })
    }

    /// Whether the value is a component, to which other places may refer.
    pub fn is_in_components(&self) -> bool {
        self.pointer.starts_with("/components/")
    }

    /// The component that a `$ref` refers to.
    pub fn component(&self) -> Option<String> {
        let name = self.reference()?.strip_prefix("#/components/schemas/")?;
        (!name.contains('/')).then(|| name.replace("~1", "/").replace("~0", "~"))
    }

    /// The type of the component that a `$ref` refers to.
    pub fn component_type(&self) -> Option<TypeName> {
        self.component().and_then(|name| type_identifier(&name)).map(TypeName)
    }
}

/// A key as a step of a JSON pointer.
pub fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

impl Place {
    pub fn error(&self, message: impl Display) -> Error {
        Error::at(&self.file, &self.pointer, message)
    }
}
