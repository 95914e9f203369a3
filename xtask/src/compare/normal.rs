//! A document in a normal form, as a tree: equal things are equal in it, however they are written.
//!
//! Each operation has what it refers to in it. What the wire does not show, or the generator refuses, is left out; what is
//! not known is in it.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use ureq::http::Uri;

use super::place::{At, text_of};
use crate::finding::Direction;
use crate::generator::METHODS;

/// What is left out as such, of the document and of each part: it is read in another way, or not at all. A body is sent
/// whether it must or not; a response's headers are given to the caller as they come; a parameter has one value.
const DOCUMENT: &str = "openapi info tags externalDocs security paths components";
const COMPONENTS: &str = "schemas responses parameters requestBodies headers examples securitySchemes links callbacks";
const PATH_ITEM: &str = "get put post delete options head patch trace summary description parameters servers $ref";
const OPERATION: &str =
    "tags summary externalDocs operationId callbacks security servers parameters requestBody responses";
const PARAMETER: &str = "name in explode allowEmptyValue example examples content schema";
const BODY: &str = "required content";
const STATUS: &str = "headers description links content";
const MEDIA_TYPE: &str = "example examples schema";
const SCHEMA: &str =
    "type title example examples externalDocs xml readOnly writeOnly discriminator properties required allOf";

/// What a node is of its parent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key<'v> {
    Components,
    Path(&'v str),
    /// Its method and path.
    Operation(&'static str, &'v str),
    /// Its place and name.
    Parameter(String),
    Body,
    MediaType(String),
    Status(&'v str),
    /// A schema that must be there.
    Schema,
    Property(String),
    /// A value of an enumeration.
    Value(String),
    /// One of several schemas: by its reference, or its number.
    Variant(String),
    /// Any other member.
    Member(&'v str),
}

pub const REQUIRED: Key<'static> = Key::Member("required");
pub const TYPE: Key<'static> = Key::Member("type");
const DESCRIPTION: Key<'static> = Key::Member("description");

/// A part of a document. What several parts of an operation refer to is one node.
#[derive(Clone)]
pub struct Node<'v> {
    pub at: At<'v>,
    /// What differs if the node itself does: its value if it is a leaf, and null if it can only be there or not.
    pub value: Value,
    pub parts: BTreeMap<Key<'v>, Rc<Node<'v>>>,
}

impl<'v> Node<'v> {
    fn place(at: At<'v>) -> Self {
        Self { at, value: Value::Null, parts: BTreeMap::new() }
    }

    fn leaf(at: At<'v>) -> Self {
        Self { value: at.value.clone(), ..Self::place(at) }
    }

    fn insert(&mut self, key: Key<'v>, part: impl Into<Rc<Self>>) {
        self.parts.insert(key, part.into());
    }

    /// Adds what another schema says of the same value.
    fn merge(&mut self, other: &Self) {
        // What is only required here is described there.
        if !self.parts.contains_key(&TYPE) && self.value.is_null() {
            self.at = other.at.clone();
        }
        if self.value.is_null() {
            self.value = other.value.clone();
        } else if self.value != other.value && !other.value.is_null() {
            let mut both = [&self.value, &other.value].map(text_of);
            both.sort();
            (self.value, self.at) = (json!(both.join("\n")), other.at.clone());
        }
        for (key, part) in &other.parts {
            match self.parts.get_mut(key) {
                Some(own) => Rc::make_mut(own).merge(part),
                None => self.insert(key.clone(), part.clone()),
            }
        }
    }
}

/// Writes numbers, exclusive limits and line breaks in one way.
pub fn spell_alike(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let shortest = number.as_f64().and_then(|number| number.to_string().parse().ok());
            *number = shortest.unwrap_or(number.clone());
        }
        Value::String(text) => *text = text.replace("\r\n", "\n"),
        Value::Array(items) => items.iter_mut().for_each(spell_alike),
        Value::Object(members) => {
            members.values_mut().for_each(spell_alike);
            // In 3.1, an exclusive limit is the number itself.
            for (limit, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
                if members.get(exclusive).is_some_and(Value::is_number) {
                    let number = members.insert(exclusive.to_owned(), json!(true));
                    members.extend(number.map(|number| (limit.to_owned(), number)));
                }
            }
        }
        _ => {}
    }
}

/// The normal form of a document.
pub fn of(document: &Value) -> Rc<Node<'_>> {
    Builder { document, direction: Direction::Request, known: BTreeMap::new() }.document().into()
}

struct Builder<'v> {
    document: &'v Value,
    direction: Direction,
    /// The schemas of the operation, by pointer: one that contains itself ends there.
    known: BTreeMap<(String, Direction), Rc<Node<'v>>>,
}

impl<'v> Builder<'v> {
    fn document(&mut self) -> Node<'v> {
        let root = At { pointer: String::new(), value: self.document };
        let mut node = self.node(&root, DOCUMENT);
        if let Some(servers) = root.member("servers") {
            // The client calls the first.
            let url = servers.value[0]["url"].as_str().map(address);
            node.insert(Key::Member("servers"), Node { value: json!(url), ..Node::place(servers) });
        }
        if let Some(components) = root.member("components") {
            node.insert(Key::Components, self.node(&components, COMPONENTS));
        }
        for (path, item) in root.members_of("paths") {
            if path.starts_with('/') {
                node.insert(Key::Path(path), self.path_item(path, &self.follow(item)));
            } else if !path.starts_with("x-") {
                node.insert(Key::Member(path), Node::leaf(item));
            }
        }
        node
    }

    fn path_item(&mut self, path: &'v str, item: &At<'v>) -> Node<'v> {
        let mut node = self.node(item, PATH_ITEM);
        for method in METHODS {
            if let Some(operation) = item.member(method) {
                self.known.clear();
                node.insert(Key::Operation(method, path), self.operation(item, &operation));
            }
        }
        node
    }

    fn operation(&mut self, item: &At<'v>, operation: &At<'v>) -> Node<'v> {
        let mut node = self.node(operation, OPERATION);
        self.direction = Direction::Request;
        // The operation's own parameters count.
        let lists = [item, operation].into_iter().filter_map(|owner| owner.member("parameters"));
        for parameter in lists.flat_map(|list| list.items()) {
            let parameter = self.with_content(parameter, PARAMETER);
            let text = |key: &str| parameter.at.value[key].as_str().unwrap_or_default();
            let name = if text("in") == "header" { text("name").to_lowercase() } else { text("name").to_owned() };
            node.insert(Key::Parameter(format!("{} {name}", text("in"))), parameter);
        }
        if let Some(body) = operation.member("requestBody") {
            node.insert(Key::Body, self.with_content(body, BODY));
        }
        self.direction = Direction::Response;
        for (status, response) in operation.members_of("responses") {
            if !status.starts_with("x-") {
                node.insert(Key::Status(status), self.with_content(response, STATUS));
            }
        }
        node
    }

    /// A part that has a schema, or one for each content type.
    fn with_content(&mut self, at: At<'v>, left_out: &str) -> Node<'v> {
        let at = self.follow(at);
        let mut node = self.node(&at, left_out);
        for (media_type, content) in at.members_of("content") {
            let name = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
            node.insert(Key::MediaType(name), self.with_content(content, MEDIA_TYPE));
        }
        if let Some(schema) = at.member("schema") {
            node.insert(Key::Schema, self.schema(schema));
        }
        node
    }

    fn schema(&mut self, site: At<'v>) -> Rc<Node<'v>> {
        let beside = site.member("description");
        let at = self.follow(site);
        if !at.value.is_object() {
            return Node::leaf(at).into();
        }
        let key = (at.pointer.clone(), self.direction);
        if !self.known.contains_key(&key) {
            self.known.insert(key.clone(), Node::place(at.clone()).into());
            let schema = self.new_schema(&at).into();
            self.known.insert(key.clone(), schema);
        }
        let mut node = self.known[&key].clone();
        // What is said beside a reference counts.
        if let Some(beside) = beside {
            Rc::make_mut(&mut node).insert(DESCRIPTION, Node::leaf(beside));
        }
        node
    }

    fn new_schema(&mut self, at: &At<'v>) -> Node<'v> {
        let mut node = self.node(at, SCHEMA);
        let kind = kind(at);
        let place = at.member(if kind == "uint64" { "format" } else { "type" }).unwrap_or(at.clone());
        node.insert(TYPE, Node { value: kind, ..Node::place(place) });
        for (name, property) in at.members_of("properties") {
            if self.has(&property) {
                node.insert(Key::Property(name.to_owned()), self.schema(property));
            }
        }
        // All of several schemas is one schema, and one of one.
        for combination in ["allOf", "oneOf", "anyOf"] {
            let variants = at.member(combination).map(|all| all.items()).unwrap_or_default();
            if combination == "allOf" || variants.len() == 1 {
                node.parts.remove(&Key::Member(combination));
                let own = node.parts.get(&DESCRIPTION).cloned();
                for variant in variants {
                    node.merge(&self.schema(variant));
                }
                node.parts.extend(own.map(|own| (DESCRIPTION, own)));
            }
        }
        for (name, required) in at.member("required").map(|list| list.values()).unwrap_or_default() {
            if at.member("properties").and_then(|all| all.member(&name)).is_none_or(|property| self.has(&property)) {
                let property = node.parts.entry(Key::Property(name)).or_insert_with(|| Node::place(at.clone()).into());
                Rc::make_mut(property).insert(REQUIRED, Node::place(required));
            }
        }
        node
    }

    /// Whether a property is there in this direction.
    fn has(&self, property: &At<'v>) -> bool {
        let hidden = if self.direction == Direction::Request { "readOnly" } else { "writeOnly" };
        property.value[hidden] != true && self.follow(property.clone()).value[hidden] != true
    }

    /// A node with each member that is not left out and says something.
    fn node(&mut self, at: &At<'v>, left_out: &str) -> Node<'v> {
        let is_left_out = |name: &str| name.starts_with("x-") || left_out.split(' ').any(|other| other == name);
        let (mut node, kind) = (Node::place(at.clone()), kind(at));
        for (name, member) in at.members().into_iter().filter(|(name, _)| !is_left_out(name)) {
            if !says_nothing(name, member.value, &kind) {
                node.insert(Key::Member(name), self.member(name, member, at));
            }
        }
        node
    }

    /// A member: a leaf, unless it is a keyword of a schema with more in it than a value.
    fn member(&mut self, name: &str, at: At<'v>, owner: &At<'v>) -> Rc<Node<'v>> {
        match name {
            "items" => self.schema(at),
            "additionalProperties" if at.value.is_object() => self.schema(at),
            "enum" => {
                let mut node = Node::place(at.clone());
                let is_null = |value: &Value| value.is_null() && owner.value["nullable"] == true;
                for (name, value) in at.values().into_iter().filter(|(_, value)| !is_null(value.value)) {
                    node.insert(Key::Value(name), Node::place(value));
                }
                node.into()
            }
            "oneOf" | "anyOf" => {
                let mut node = Node { value: json!(at.items().len()), ..Node::place(at.clone()) };
                for (number, variant) in at.items().into_iter().enumerate() {
                    let name = variant.value["$ref"].as_str().map_or(number.to_string(), str::to_owned);
                    node.insert(Key::Variant(name), self.schema(variant));
                }
                node.into()
            }
            _ => Node::leaf(at).into(),
        }
    }

    /// The target of a `$ref`; one that leads nowhere, or to itself, stays as it is.
    fn follow(&self, mut at: At<'v>) -> At<'v> {
        const FARTHEST: usize = 16;
        for _ in 0..FARTHEST {
            let target = at.value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
            match target.and_then(|target| Some((target, self.document.pointer(target)?))) {
                Some((target, value)) => at = At { pointer: target.to_owned(), value },
                None => break,
            }
        }
        at
    }
}

/// An address as it is dialled: scheme and host in small letters, without the port that is meant anyhow.
fn address(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let Ok(uri) = url.parse::<Uri>() else { return url.to_owned() };
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map(ToString::to_string).unwrap_or_default().to_lowercase();
    let host = authority.strip_suffix(":443").filter(|_| scheme == "https").unwrap_or(&authority);
    format!("{scheme}://{host}{}", uri.path().trim_end_matches('/'))
}

/// The type; an object's need not be written, and an integer beyond `int64` is of another.
fn kind(schema: &At) -> Value {
    let has = |key: &str| schema.value.get(key).is_some();
    match &schema.value["type"] {
        Value::Null if has("properties") || has("additionalProperties") => json!("object"),
        kind if kind == "integer" && schema.value["format"] == "uint64" => json!("uint64"),
        kind => kind.clone(),
    }
}

/// Whether a member says only what holds without it.
fn says_nothing(name: &str, value: &Value, kind: &Value) -> bool {
    match (name, kind.as_str()) {
        ("default", _) => false,
        _ if *value == false => true,
        // A parameter has one of these anyhow.
        ("style", _) => value == "form" || value == "simple",
        // No length is less than 0.
        ("minLength" | "minItems" | "minProperties", _) => *value == 0,
        ("additionalProperties", _) => *value == true || *value == json!({}),
        ("format", Some("string")) => value == "password",
        ("format", Some("integer")) => value == "int64",
        ("format", kind) => kind.is_some(),
        _ => false,
    }
}
