//! A document in a normal form, as a tree: equal things are equal in it, however they are written.
//!
//! Each operation has what it refers to in it. What the wire does not show, or the generator refuses, is left out; what is
//! not known is in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::place::At;
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
const SCHEMA: &str = "type title default example externalDocs xml readOnly writeOnly properties required";

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
    MediaType(&'v str),
    Status(&'v str),
    /// A schema that must be there.
    Schema,
    Property(String),
    /// A value of an enumeration.
    Value(String),
    /// One of several schemas.
    Variant(usize),
    /// Any other member.
    Member(&'v str),
}

pub const REQUIRED: Key<'static> = Key::Member("required");
pub const TYPE: Key<'static> = Key::Member("type");

/// A part of a document.
pub struct Node<'v> {
    pub at: At<'v>,
    /// What differs if the node itself does: its value if it is a leaf, and null if it can only be there or not.
    pub value: Value,
    pub parts: BTreeMap<Key<'v>, Node<'v>>,
}

impl<'v> Node<'v> {
    fn place(at: At<'v>) -> Self {
        Self { at, value: Value::Null, parts: BTreeMap::new() }
    }

    fn leaf(at: At<'v>) -> Self {
        Self { value: at.value.clone(), ..Self::place(at) }
    }

    /// A node with a leaf for each member that is not left out. What is `false` is as if it were not there.
    fn with_leaves(at: &At<'v>, left_out: &str) -> Self {
        let is_left_out = |name: &str| name.starts_with("x-") || left_out.split(' ').any(|other| other == name);
        let members = at.members().into_iter();
        let members = members.filter(|(name, member)| !is_left_out(name) && *member.value != false);
        let parts = members.map(|(name, member)| (Key::Member(name), Self::leaf(member))).collect();
        Self { parts, ..Self::place(at.clone()) }
    }

    pub fn is_required(&self) -> bool {
        self.parts.contains_key(&REQUIRED)
    }
}

/// The normal form of a document.
pub fn of(document: &Value) -> Node<'_> {
    Builder { document, open: Vec::new() }.document()
}

struct Builder<'v> {
    document: &'v Value,
    /// The pointers of the schemas that are being built: one that contains itself ends there.
    open: Vec<String>,
}

impl<'v> Builder<'v> {
    fn document(&mut self) -> Node<'v> {
        let root = At { pointer: String::new(), value: self.document };
        let mut node = Node::with_leaves(&root, DOCUMENT);
        // The client calls the first.
        if let Some(servers) = node.parts.get_mut(&Key::Member("servers")) {
            servers.value = json!(servers.value[0]["url"].as_str().map(|url| url.trim_end_matches('/')));
        }
        if let Some(components) = root.member("components") {
            node.parts.insert(Key::Components, Node::with_leaves(&components, COMPONENTS));
        }
        for (path, item) in root.members_of("paths") {
            if path.starts_with('/') {
                node.parts.insert(Key::Path(path), self.path_item(path, &self.follow(item)));
            } else if !path.starts_with("x-") {
                node.parts.insert(Key::Member(path), Node::leaf(item));
            }
        }
        node
    }

    fn path_item(&mut self, path: &'v str, item: &At<'v>) -> Node<'v> {
        let mut node = Node::with_leaves(item, PATH_ITEM);
        for method in METHODS {
            if let Some(operation) = item.member(method) {
                node.parts.insert(Key::Operation(method, path), self.operation(item, &operation));
            }
        }
        node
    }

    fn operation(&mut self, item: &At<'v>, operation: &At<'v>) -> Node<'v> {
        let mut node = Node::with_leaves(operation, OPERATION);
        // The operation's own parameters count.
        let lists = [item, operation].into_iter().filter_map(|owner| owner.member("parameters"));
        for parameter in lists.flat_map(|list| list.items()) {
            let parameter = self.with_content(parameter, PARAMETER);
            let text = |key: &str| parameter.at.value[key].as_str().unwrap_or_default();
            let name = if text("in") == "header" { text("name").to_lowercase() } else { text("name").to_owned() };
            node.parts.insert(Key::Parameter(format!("{} {name}", text("in"))), parameter);
        }
        if let Some(body) = operation.member("requestBody") {
            node.parts.insert(Key::Body, self.with_content(body, BODY));
        }
        for (status, response) in operation.members_of("responses") {
            if !status.starts_with("x-") {
                node.parts.insert(Key::Status(status), self.with_content(response, STATUS));
            }
        }
        node
    }

    /// A part that has a schema, or one for each content type.
    fn with_content(&mut self, at: At<'v>, left_out: &str) -> Node<'v> {
        let at = self.follow(at);
        let mut node = Node::with_leaves(&at, left_out);
        // These are what a parameter has anyhow.
        let is_default = |style: &Node| style.value == "form" || style.value == "simple";
        node.parts.retain(|key, part| *key != Key::Member("style") || !is_default(part));
        for (media_type, content) in at.members_of("content") {
            node.parts.insert(Key::MediaType(media_type), self.with_content(content, MEDIA_TYPE));
        }
        if let Some(schema) = at.member("schema") {
            node.parts.insert(Key::Schema, self.schema(schema));
        }
        node
    }

    fn schema(&mut self, site: At<'v>) -> Node<'v> {
        let description = site.member("description");
        let at = self.follow(site);
        let mut node = Node::with_leaves(&at, SCHEMA);
        if !at.value.is_object() {
            return Node::leaf(at);
        } else if self.open.contains(&at.pointer) {
            return Node::place(at);
        }
        self.open.push(at.pointer.clone());
        let kind = Node { value: kind(&at), ..Node::place(at.member("type").unwrap_or(at.clone())) };
        node.parts.retain(|key, part| !says_nothing(key, part, &kind.value));
        for (key, part) in &mut node.parts {
            self.keyword(key, part);
        }
        node.parts.insert(TYPE, kind);
        // What is said beside a reference counts.
        node.parts.extend(description.map(|at| (Key::Member("description"), Node::leaf(at))));
        for (name, property) in at.members_of("properties") {
            node.parts.insert(Key::Property(name.to_owned()), self.schema(property));
        }
        for (name, required) in at.member("required").map(|list| list.values()).unwrap_or_default() {
            let property = node.parts.entry(Key::Property(name)).or_insert_with(|| Node::place(at.clone()));
            property.parts.insert(REQUIRED, Node::place(required));
        }
        self.open.pop();
        node
    }

    /// Reads what is in a keyword, if that is more than a value.
    fn keyword(&mut self, key: &Key<'v>, leaf: &mut Node<'v>) {
        let at = leaf.at.clone();
        match key {
            Key::Member("items") => *leaf = self.schema(at),
            Key::Member("additionalProperties") if at.value.is_object() => *leaf = self.schema(at),
            Key::Member("enum") => {
                let values = at.values().into_iter().map(|(name, value)| (Key::Value(name), Node::place(value)));
                *leaf = Node { parts: values.collect(), ..Node::place(at) };
            }
            Key::Member("oneOf" | "anyOf" | "allOf") => {
                let variants = at.items().into_iter().enumerate();
                leaf.parts = variants.map(|(index, variant)| (Key::Variant(index), self.schema(variant))).collect();
                leaf.value = json!(leaf.parts.len());
            }
            _ => {}
        }
    }

    /// What is meant: the target of a `$ref`, or the only schema of an `allOf`; otherwise the value itself. One that leads
    /// nowhere, or to itself, stays as it is.
    fn follow(&self, mut at: At<'v>) -> At<'v> {
        const FARTHEST: usize = 16;
        for _ in 0..FARTHEST {
            let target = at.value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
            let parts = at.member("allOf").map(|all| all.items()).unwrap_or_default();
            let is_alone = at.members().keys().all(|name| ["allOf", "description", "title", "example"].contains(name));
            match (target.and_then(|target| Some((target, self.document.pointer(target)?))), &parts[..]) {
                (Some((target, value)), _) => at = At { pointer: target.to_owned(), value },
                (None, [only]) if is_alone => at = only.clone(),
                _ => break,
            }
        }
        at
    }
}

/// The type; an object's need not be written.
fn kind(schema: &At) -> Value {
    let is_object = ["properties", "additionalProperties"].iter().any(|key| schema.value.get(key).is_some());
    schema.value.get("type").cloned().unwrap_or(if is_object { json!("object") } else { Value::Null })
}

/// Whether a keyword says only what holds without it.
fn says_nothing(key: &Key, part: &Node, kind: &Value) -> bool {
    let silent = [("integer", "int64"), ("number", "double"), ("string", "password")];
    match key {
        Key::Member("format") => silent.iter().any(|(of, format)| kind == *of && part.value == *format),
        Key::Member("additionalProperties") => part.value == true || part.value == json!({}),
        _ => false,
    }
}
