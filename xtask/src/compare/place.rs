//! Places in a document.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::generator::step;

/// A value of a document, with its JSON pointer (RFC 6901).
#[derive(Clone, Debug)]
pub struct At<'v> {
    pub pointer: String,
    pub value: &'v Value,
}

impl<'v> At<'v> {
    pub fn member(&self, key: &str) -> Option<At<'v>> {
        Some(At { pointer: child(&self.pointer, key), value: self.value.as_object()?.get(key)? })
    }

    pub fn members(&self) -> BTreeMap<&'v str, At<'v>> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(|(key, value)| (key.as_str(), At { pointer: child(&self.pointer, key), value })).collect()
    }

    /// The members of a member; none if it is not there.
    pub fn members_of(&self, key: &str) -> BTreeMap<&'v str, At<'v>> {
        self.member(key).map(|member| member.members()).unwrap_or_default()
    }

    pub fn items(&self) -> Vec<At<'v>> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| At { pointer: child(&self.pointer, &index.to_string()), value }).collect()
    }

    /// The items of a list whose order is without meaning, by their text, each with the list's pointer.
    pub fn values(&self) -> BTreeMap<String, At<'v>> {
        let items = self.value.as_array().into_iter().flatten();
        items.map(|value| (text_of(value), At { pointer: self.pointer.clone(), value })).collect()
    }
}

/// A value as text: a string without its quotes.
pub fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The pointer of a member.
pub fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", step(key))
}

/// The operation or the component that a pointer leads into.
pub fn part_of(pointer: &str) -> String {
    pointer.split('/').take(4).collect::<Vec<_>>().join("/")
}
