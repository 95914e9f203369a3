//! Places in a document, and schemas as they are meant: with `$ref` followed and plain `allOf` united.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// How far references are followed, and `allOf` inside of `allOf`: a circle ends there.
const DEEPEST: usize = 16;

/// A value of a document, with its JSON pointer (RFC 6901).
#[derive(Clone, Debug)]
pub struct At<'v> {
    pub pointer: String,
    pub value: &'v Value,
}

/// Values by name.
pub type Members<'v> = BTreeMap<String, At<'v>>;

impl<'v> At<'v> {
    pub fn member(&self, key: &str) -> Option<At<'v>> {
        Some(At { pointer: child(&self.pointer, key), value: self.value.as_object()?.get(key)? })
    }

    pub fn members(&self) -> Members<'v> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(|(key, value)| (key.clone(), At { pointer: child(&self.pointer, key), value })).collect()
    }

    pub fn items(&self) -> Vec<At<'v>> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| At { pointer: child(&self.pointer, &index.to_string()), value }).collect()
    }

    /// The items of a list whose order is without meaning, by their text, each with the list's pointer.
    pub fn values(&self) -> Members<'v> {
        let items = self.value.as_array().into_iter().flatten();
        let name = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        items.map(|value| (name(value), At { pointer: self.pointer.clone(), value })).collect()
    }
}

/// The names that either side has.
pub fn keys<'n>(old: &'n Members, new: &'n Members) -> BTreeSet<&'n str> {
    old.keys().chain(new.keys()).map(String::as_str).collect()
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

    /// The parameters of a path item and an operation, by place and name: the operation's own count.
    pub fn parameters(self, lists: [Option<&At<'v>>; 2]) -> Members<'v> {
        let parameters = lists.into_iter().flatten().flat_map(At::items).map(|parameter| {
            let parameter = self.follow(&parameter);
            let text = |key: &str| parameter.value[key].as_str().unwrap_or_default();
            let name = if text("in") == "header" { text("name").to_lowercase() } else { text("name").to_owned() };
            (format!("{} {name}", text("in")), parameter)
        });
        parameters.collect()
    }

    /// A schema as it is meant; `None` if it is none.
    pub fn shape(self, at: &At<'v>) -> Option<Shape<'v>> {
        self.shape_within(at, 0)
    }

    fn shape_within(self, at: &At<'v>, depth: usize) -> Option<Shape<'v>> {
        let at = self.follow(at);
        at.value.as_object()?;
        let mut shape = Shape { keywords: at.members(), ..Shape::default() };
        if let Some(properties) = shape.keywords.remove("properties") {
            shape.properties = properties.value.as_object().map(|_| properties.members())?;
        }
        if let Some(required) = shape.keywords.remove("required") {
            shape.required = required.value.as_array().map(|_| required.values())?;
        }
        match shape.keywords.get("allOf") {
            Some(parts) if depth < DEEPEST => {
                shape = self.united(shape.clone(), &parts.items(), depth).unwrap_or(shape);
            }
            _ => {}
        }
        let kind = shape.kind();
        // These say only what holds without them.
        shape.keywords.retain(|key, at| match key.as_str() {
            "format" => {
                let silent = [("integer", "int64"), ("number", "double"), ("string", "password")];
                !silent.iter().any(|(of, format)| kind == *of && at.value == *format)
            }
            "additionalProperties" => at.value != true && at.value != &json!({}),
            _ => true,
        });
        Some(shape)
    }

    /// A schema with the parts of its `allOf` in it; `None` if they say different things about one matter.
    fn united(self, mut united: Shape<'v>, parts: &[At<'v>], depth: usize) -> Option<Shape<'v>> {
        united.keywords.remove("allOf");
        for part in parts {
            let part = self.shape_within(part, depth + 1)?;
            if part.keywords.contains_key("allOf") || (parts.len() > 1 && part.keywords.contains_key("oneOf")) {
                return None;
            }
            let prose = &["description", "title", "example", "externalDocs"][..];
            let keywords = (&mut united.keywords, part.keywords, prose);
            for (mine, theirs, free) in [keywords, (&mut united.properties, part.properties, &[])] {
                for (key, value) in theirs {
                    let is_same = mine.get(&key).is_none_or(|mine| mine.value == value.value);
                    if !is_same && !free.contains(&key.as_str()) {
                        return None;
                    }
                    mine.entry(key).or_insert(value);
                }
            }
            united.required.extend(part.required);
        }
        Some(united)
    }
}

/// A schema: its properties, which of them are required, and everything else that it says.
#[derive(Clone, Default)]
pub struct Shape<'v> {
    pub keywords: Members<'v>,
    pub properties: Members<'v>,
    pub required: Members<'v>,
}

impl Shape<'_> {
    /// The type; an object's need not be written.
    pub fn kind(&self) -> Value {
        match self.keywords.get("type") {
            Some(kind) => kind.value.clone(),
            None if self.properties.is_empty() && !self.keywords.contains_key("additionalProperties") => Value::Null,
            None => json!("object"),
        }
    }
}
