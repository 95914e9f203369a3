//! Places in a document, and schemas as they are meant: with `$ref` followed and plain `allOf` united.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// How far references are followed, and `allOf` inside of `allOf`: a circle ends there.
const DEEPEST: usize = 16;

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

    pub fn items(&self) -> Vec<At<'v>> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| At { pointer: child(&self.pointer, &index.to_string()), value }).collect()
    }

    pub fn keys(&self) -> impl Iterator<Item = &'v str> + use<'v> {
        self.value.as_object().into_iter().flatten().map(|(key, _)| key.as_str())
    }
}

/// The pointer of a member.
#[must_use]
pub fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The steps of a pointer, unescaped.
pub fn steps(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// One of the two documents.
#[derive(Clone, Copy)]
pub struct Document<'v>(pub &'v Value);

impl<'v> Document<'v> {
    pub fn root(self) -> At<'v> {
        At { pointer: String::new(), value: self.0 }
    }

    /// The target of a `$ref`, or the value itself. A reference that leads nowhere stays as it is.
    pub fn follow(self, at: &At<'v>) -> At<'v> {
        let mut at = at.clone();
        for _ in 0..DEEPEST {
            let target = at.value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
            let Some((target, value)) = target.and_then(|target| Some((target, self.0.pointer(target)?))) else {
                break;
            };
            at = At { pointer: target.to_owned(), value };
        }
        at
    }

    /// A schema as it is meant; `None` if it is none.
    pub fn shape(self, at: &At<'v>) -> Option<Shape<'v>> {
        self.shape_within(at, 0)
    }

    fn shape_within(self, at: &At<'v>, depth: usize) -> Option<Shape<'v>> {
        let at = self.follow(at);
        at.value.as_object()?;
        let mut shape = Shape::default();
        for key in at.keys() {
            let value = at.member(key)?;
            match key {
                "properties" => {
                    value.value.as_object()?;
                    shape.properties.extend(value.keys().filter_map(|name| Some((name, value.member(name)?))));
                }
                "required" => {
                    for name in value.value.as_array()? {
                        shape.required.insert(name.as_str()?, At { pointer: value.pointer.clone(), value: name });
                    }
                }
                _ => drop(shape.keywords.insert(key, value)),
            }
        }
        match shape.keywords.get("allOf") {
            Some(parts) if depth < DEEPEST => {
                let parts = parts.items();
                Some(self.united(shape.clone(), &parts, depth).unwrap_or(shape))
            }
            _ => Some(shape),
        }
    }

    /// A schema with the parts of its `allOf` in it; `None` if they say different things of one matter.
    fn united(self, mut whole: Shape<'v>, parts: &[At<'v>], depth: usize) -> Option<Shape<'v>> {
        whole.keywords.remove("allOf");
        for part in parts {
            let part = self.shape_within(part, depth + 1)?;
            if part.keywords.contains_key("allOf") || (parts.len() > 1 && part.keywords.contains_key("oneOf")) {
                return None;
            }
            for (key, value) in part.keywords {
                let mine = whole.keywords.entry(key).or_insert_with(|| value.clone());
                let is_prose = ["description", "title", "example", "externalDocs"].contains(&key);
                if !is_prose && mine.value != value.value {
                    return None;
                }
            }
            for (name, value) in part.properties {
                if whole.properties.entry(name).or_insert_with(|| value.clone()).value != value.value {
                    return None;
                }
            }
            whole.required.extend(part.required);
        }
        Some(whole)
    }
}

/// A schema: its properties, which of them are required, and all else that it says.
#[derive(Clone, Default)]
pub struct Shape<'v> {
    pub keywords: BTreeMap<&'v str, At<'v>>,
    pub properties: BTreeMap<&'v str, At<'v>>,
    pub required: BTreeMap<&'v str, At<'v>>,
}

impl<'v> Shape<'v> {
    /// The type, which properties tell where it is not said.
    pub fn kind(&self) -> Value {
        match self.keywords.get("type") {
            Some(kind) => kind.value.clone(),
            None if self.properties.is_empty() && !self.keywords.contains_key("additionalProperties") => Value::Null,
            None => Value::from("object"),
        }
    }

    /// The format, without the ones that say nothing: they are what is meant anyhow, or a hint for a form.
    pub fn format(&self) -> Option<&At<'v>> {
        let format = self.keywords.get("format")?;
        let kind = self.kind();
        let silent = [("integer", "int64"), ("number", "double"), ("string", "password")];
        (!silent.iter().any(|(of, name)| kind == *of && format.value == *name)).then_some(format)
    }

    /// Whether it is a request that states the rule on who is meant.
    pub fn states_the_rule(&self) -> bool {
        super::RULE_PROPERTIES.iter().all(|name| self.properties.contains_key(name))
    }
}

/// The names that either side has, each once.
pub fn names<'n>(old: impl IntoIterator<Item = &'n str>, new: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let mut seen = BTreeSet::new();
    old.into_iter().chain(new).filter(|name| seen.insert(*name)).collect()
}
