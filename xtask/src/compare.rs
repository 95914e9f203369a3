//! Compares two OpenAPI documents: every difference is a finding, and what is not known here is breaking.
//!
//! The levels are for users of the SDK: what of their code no longer works against the API, or no longer compiles after
//! the client was generated anew.

mod reach;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::generator::{self, Document};
pub use reach::{Direction, Reached};
use reach::{Reach, Way};

/// The schema that states which client a request means, and the properties that it is about: the hand-written rule in
/// `src/identity.rs` was written from their descriptions.
const RULE_SCHEMA: &str = "/components/schemas/PersonalTagMappingRequest";
const RULE_PROPERTIES: [&str; 3] = ["clientId", "platform", "platformClientId"];

/// The members of a path item that are operations.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The extensions that progenitor and typify read.
const EXTENSIONS_OF_THE_GENERATOR: [&str; 3] = ["x-rust-type", "x-dropshot-pagination", "x-dropshot-websocket"];

/// How much a difference matters, from the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// No effect on the client.
    Metadata,
    /// New, and nobody breaks.
    Additive,
    /// Hand-written code was written from it: a person must read it.
    Rule,
    /// Today's SDK cannot talk to that API, or today's users' code does not compile after the client is generated anew.
    Breaking,
}

/// A difference between two documents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// Where it is: a JSON pointer (RFC 6901) into the new document, or into the old one for what is gone.
    pub pointer: String,
    /// What was there; `None` if nothing was.
    pub old: Option<Value>,
    /// What is there; `None` if nothing is.
    pub new: Option<Value>,
    /// What it means for a user of the SDK.
    pub meaning: String,
    /// The operations that it reaches, and in which direction.
    pub operations: Vec<Reached>,
}

/// Every difference between two documents, worst first.
#[must_use]
pub fn compare(old: &Value, new: &Value) -> Vec<Finding> {
    let mut comparison = Comparison { reach: Reach::of(old, new), old, new, findings: Vec::new() };
    comparison.inside("", Some(old), Some(new), Comparison::document);
    comparison.method_names();
    let mut findings = comparison.findings;
    findings.sort_by_key(|finding| Reverse(finding.level));
    findings
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    reach: Reach,
    findings: Vec<Finding>,
}

type Side<'v> = Option<&'v Value>;

/// The members that differ, each with its two sides.
fn differing<'v>(old: &'v Value, new: &'v Value) -> impl Iterator<Item = (&'v str, Side<'v>, Side<'v>)> {
    let members = |value: &'v Value| value.as_object().into_iter().flat_map(Map::keys);
    let added = members(new).filter(|key| old.get(key).is_none());
    let keys = members(old).chain(added);
    keys.map(|key| (key.as_str(), old.get(key), new.get(key))).filter(|(_, old, new)| old != new)
}

fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

impl Comparison<'_> {
    fn report(&mut self, level: Level, pointer: &str, old: Side, new: Side, meaning: impl Into<String>) {
        self.findings.push(Finding {
            level,
            pointer: pointer.to_owned(),
            old: old.cloned(),
            new: new.cloned(),
            meaning: meaning.into(),
            operations: self.reach.operations(pointer),
        });
    }

    fn metadata(&mut self, pointer: &str, old: Side, new: Side) {
        self.report(Level::Metadata, pointer, old, new, "no effect on the client");
    }

    fn unknown(&mut self, pointer: &str, old: Side, new: Side) {
        let meaning = "a difference that the comparison does not know: taken as breaking";
        self.report(Level::Breaking, pointer, old, new, meaning);
    }

    /// A member that nothing is known of but its name: an extension, or a keyword that this code does not read.
    fn other(&mut self, key: &str, pointer: &str, old: Side, new: Side) {
        if key.starts_with("x-") {
            self.extension(key, pointer, old, new);
        } else {
            self.unknown(pointer, old, new);
        }
    }

    fn extension(&mut self, key: &str, pointer: &str, old: Side, new: Side) {
        if EXTENSIONS_OF_THE_GENERATOR.contains(&key) {
            self.report(Level::Breaking, pointer, old, new, "the generator reads this extension: the client changes");
        } else {
            self.metadata(pointer, old, new);
        }
    }

    /// Compares what is inside of two values of one kind. If that finds nothing, the difference is not known.
    fn inside(&mut self, pointer: &str, old: Side, new: Side, within: impl FnOnce(&mut Self, &Value, &Value)) {
        let before = self.findings.len();
        if let (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) = (old, new) {
            within(self, old, new);
        }
        if self.findings.len() == before && old != new {
            self.unknown(pointer, old, new);
        }
    }

    /// Compares two maps from names to things of one kind; one that is not there is empty.
    fn entries(
        &mut self,
        pointer: &str,
        old: Side,
        new: Side,
        mut entry: impl FnMut(&mut Self, &str, &str, Side, Side),
    ) {
        let empty = Value::Object(Map::new());
        self.inside(pointer, Some(old.unwrap_or(&empty)), Some(new.unwrap_or(&empty)), |this, old, new| {
            for (name, old, new) in differing(old, new) {
                entry(this, name, &child(pointer, name), old, new);
            }
        });
        if old.is_none() != new.is_none() && old.or(new) == Some(&empty) {
            self.metadata(pointer, old, new);
        }
    }

    fn document(&mut self, old: &Value, new: &Value) {
        for (key, old, new) in differing(old, new) {
            let pointer = child("", key);
            match key {
                "openapi" if new.and_then(Value::as_str).is_some_and(|version| version.starts_with("3.0.")) => {
                    self.metadata(&pointer, old, new);
                }
                "openapi" => {
                    let meaning = "the generator reads OpenAPI 3.0.x only";
                    self.report(Level::Breaking, &pointer, old, new, meaning);
                }
                "info" => {
                    self.entries(&pointer, old, new, |this, _, pointer, old, new| this.metadata(pointer, old, new));
                }
                "tags" | "externalDocs" => self.metadata(&pointer, old, new),
                "servers" => self.servers(&pointer, old, new),
                "security" => {
                    let meaning = "another authorization is required: the client sends a bearer token";
                    self.report(Level::Breaking, &pointer, old, new, meaning);
                }
                "components" => self.entries(&pointer, old, new, Self::section),
                "paths" => self.entries(&pointer, old, new, Self::path_item),
                _ => self.other(key, &pointer, old, new),
            }
        }
    }

    /// Compares two things of which all but the description is breaking, for one reason.
    fn described(&mut self, pointer: &str, old: Side, new: Side, meaning: &str) {
        self.inside(pointer, old, new, |this, old, new| {
            for (key, old, new) in differing(old, new) {
                let pointer = child(pointer, key);
                match key {
                    "description" => this.metadata(&pointer, old, new),
                    _ if key.starts_with("x-") => this.extension(key, &pointer, old, new),
                    _ => this.report(Level::Breaking, &pointer, old, new, meaning),
                }
            }
        });
    }

    fn servers(&mut self, pointer: &str, old: Side, new: Side) {
        let meaning = "the API is at another address: the default base URL changes";
        match (old, new) {
            (Some(Value::Array(old)), Some(Value::Array(new))) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new).enumerate().filter(|(_, (old, new))| old != new) {
                    let pointer = child(pointer, &index.to_string());
                    self.described(&pointer, Some(old), Some(new), meaning);
                }
            }
            _ => self.report(Level::Breaking, pointer, old, new, meaning),
        }
    }

    /// A section of the components.
    fn section(&mut self, section: &str, pointer: &str, old: Side, new: Side) {
        match section {
            "schemas" => self.entries(pointer, old, new, |this, name, pointer, old, new| match (old, new) {
                (None, _) => this.report(Level::Additive, pointer, old, new, format!("a new type for {name}")),
                (_, None) => {
                    this.report(
                        Level::Breaking,
                        pointer,
                        old,
                        new,
                        format!("code that names the type {name} no longer compiles"),
                    );
                }
                _ => {
                    let way = this.reach.way(pointer);
                    this.schema(pointer, old, new, way);
                }
            }),
            "responses" => self.entries(pointer, old, new, |this, name, pointer, old, new| {
                this.component(name, pointer, old, new, Self::response);
            }),
            "parameters" => self.entries(pointer, old, new, |this, name, pointer, old, new| {
                this.component(name, pointer, old, new, Self::parameter);
            }),
            "requestBodies" => self.entries(pointer, old, new, |this, name, pointer, old, new| {
                this.component(name, pointer, old, new, Self::request_body);
            }),
            "headers" => self.entries(pointer, old, new, Self::header),
            "securitySchemes" => self.entries(pointer, old, new, |this, _, pointer, old, new| {
                this.described(pointer, old, new, "the authorization changes: the client sends a bearer token");
            }),
            "examples" => self.metadata(pointer, old, new),
            _ => self.other(section, pointer, old, new),
        }
    }

    /// A shared component other than a schema: nothing of the client bears its name.
    fn component(
        &mut self,
        name: &str,
        pointer: &str,
        old: Side,
        new: Side,
        compare: impl FnOnce(&mut Self, &str, Side, Side),
    ) {
        match (old, new) {
            (None, _) => self.report(Level::Additive, pointer, old, new, format!("{name} can be referred to")),
            (_, None) => {
                self.report(Level::Breaking, pointer, old, new, format!("{name} can no longer be referred to"));
            }
            _ => compare(self, pointer, old, new),
        }
    }

    fn header(&mut self, name: &str, pointer: &str, old: Side, new: Side) {
        match old {
            None => self.report(Level::Additive, pointer, old, new, format!("answers have a header {name} more")),
            Some(_) => self.unknown(pointer, old, new),
        }
    }

    fn path_item(&mut self, path: &str, pointer: &str, old: Side, new: Side) {
        let is_operation = |key: &str| METHODS.contains(&key);
        let has_operations =
            |side: Side| side.and_then(Value::as_object).is_some_and(|item| item.keys().any(|key| is_operation(key)));
        match (old, new) {
            (None, Some(_)) if !has_operations(new) => {
                return self.report(Level::Additive, pointer, old, new, "a path without operations");
            }
            (Some(_), None) if !has_operations(old) => {
                return self.report(Level::Metadata, pointer, old, new, "a path without operations is gone");
            }
            _ => {}
        }
        let whole = old.is_none() || new.is_none();
        self.entries(pointer, old, new, |this, key, pointer, old, new| match key {
            method if is_operation(method) => match (old, new) {
                (None, _) => {
                    let meaning = format!("a new operation: {} {path}", method.to_uppercase());
                    this.report(Level::Additive, pointer, old, new, meaning);
                }
                (_, None) => {
                    let meaning =
                        format!("{} {path} is gone: code that calls it no longer compiles", method.to_uppercase());
                    this.report(Level::Breaking, pointer, old, new, meaning);
                }
                _ => this.inside(pointer, old, new, |this, old, new| this.operation(pointer, old, new)),
            },
            // Of a path that is new or gone, the operations say all.
            _ if whole => {}
            "summary" | "description" => this.metadata(pointer, old, new),
            "parameters" => this.parameters(pointer, old, new),
            _ => this.other(key, pointer, old, new),
        });
    }

    fn operation(&mut self, pointer: &str, old: &Value, new: &Value) {
        for (key, old, new) in differing(old, new) {
            let pointer = child(pointer, key);
            match key {
                "tags" | "summary" | "description" | "externalDocs" => self.metadata(&pointer, old, new),
                "deprecated" => self.deprecated(&pointer, old, new),
                "operationId" => {
                    let meaning = "the ID of the operation; a change of its method's name is told apart";
                    self.report(Level::Metadata, &pointer, old, new, meaning);
                }
                "parameters" => self.parameters(&pointer, old, new),
                "requestBody" => match (old, new) {
                    (Some(_), Some(_)) => self.request_body(&pointer, old, new),
                    (None, _) => self.report(Level::Breaking, &pointer, old, new, "the operation takes a body now"),
                    _ => self.report(Level::Breaking, &pointer, old, new, "the operation takes no body any more"),
                },
                "responses" => self.responses(&pointer, old, new),
                "security" => {
                    let meaning = "another authorization is required: the client sends a bearer token";
                    self.report(Level::Breaking, &pointer, old, new, meaning);
                }
                _ => self.other(key, &pointer, old, new),
            }
        }
    }

    fn deprecated(&mut self, pointer: &str, old: Side, new: Side) {
        self.report(Level::Additive, pointer, old, new, "what is deprecated may go in a later version");
    }

    fn parameters(&mut self, pointer: &str, old: Side, new: Side) {
        let list = |side: Side| side.and_then(Value::as_array).cloned().unwrap_or_default();
        let (olds, news) = (list(old), list(new));
        let before = self.findings.len();
        for (index, gone) in olds.iter().enumerate() {
            if !news.iter().any(|new| self.key(new) == self.key(gone)) {
                let pointer = child(pointer, &index.to_string());
                let meaning = format!("code that sets the parameter {} no longer compiles", self.key(gone).1);
                self.report(Level::Breaking, &pointer, Some(gone), None, meaning);
            }
        }
        for (index, new) in news.iter().enumerate() {
            let pointer = child(pointer, &index.to_string());
            match olds.iter().find(|old| self.key(old) == self.key(new)) {
                Some(old) if old == new => {}
                Some(old) => self.parameter(&pointer, Some(old), Some(new)),
                None => {
                    let name = self.key(new).1;
                    if self.resolve(new)["required"] == true {
                        let meaning = format!("a request without the parameter {name} is refused");
                        self.report(Level::Breaking, &pointer, None, Some(new), meaning);
                    } else {
                        let meaning = format!("requests may have the parameter {name}");
                        self.report(Level::Additive, &pointer, None, Some(new), meaning);
                    }
                }
            }
        }
        if self.findings.len() == before {
            let keys = |list: &[Value]| {
                let mut keys: Vec<_> = list.iter().map(|parameter| self.key(parameter)).collect();
                keys.sort();
                keys
            };
            let is_list = |side: Side| side.is_none_or(Value::is_array);
            if is_list(old) && is_list(new) && keys(&olds) == keys(&news) {
                self.report(Level::Metadata, pointer, old, new, "only the order of the parameters differs");
            } else {
                self.unknown(pointer, old, new);
            }
        }
    }

    /// Where a parameter is, and its name.
    fn key(&self, parameter: &Value) -> (String, String) {
        let parameter = self.resolve(parameter);
        let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        (text("in"), text("name"))
    }

    /// The target of a `$ref`, in the new document or the old.
    fn resolve<'v>(&'v self, value: &'v Value) -> &'v Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.new.pointer(pointer).or(self.old.pointer(pointer))).unwrap_or(value)
    }

    fn parameter(&mut self, pointer: &str, old: Side, new: Side) {
        self.inside(pointer, old, new, |this, old, new| {
            for (key, old, new) in differing(old, new) {
                let pointer = child(pointer, key);
                match key {
                    "description" | "example" | "examples" => this.metadata(&pointer, old, new),
                    "deprecated" => this.deprecated(&pointer, old, new),
                    "required" => {
                        this.flag(&pointer, old, new, "optional and required change places: its type changes");
                    }
                    "schema" => this.schema(&pointer, old, new, Way::REQUEST),
                    _ => this.other(key, &pointer, old, new),
                }
            }
        });
    }

    /// A switch, for which absent and `false` are one.
    fn flag(&mut self, pointer: &str, old: Side, new: Side, meaning: &str) {
        let on = |side: Side| side.unwrap_or(&Value::Bool(false)) != &Value::Bool(false);
        if on(old) == on(new) && [old, new].into_iter().flatten().all(Value::is_boolean) {
            self.metadata(pointer, old, new);
        } else {
            self.report(Level::Breaking, pointer, old, new, meaning);
        }
    }

    fn request_body(&mut self, pointer: &str, old: Side, new: Side) {
        self.inside(pointer, old, new, |this, old, new| {
            for (key, old, new) in differing(old, new) {
                let pointer = child(pointer, key);
                match key {
                    "description" => this.metadata(&pointer, old, new),
                    "required" => this.flag(&pointer, old, new, "optional and required change places"),
                    "content" => this.content(&pointer, old, new, Way::REQUEST),
                    _ => this.other(key, &pointer, old, new),
                }
            }
        });
    }

    fn content(&mut self, pointer: &str, old: Side, new: Side, way: Way) {
        self.entries(pointer, old, new, |this, media_type, pointer, old, new| match (old, new) {
            (Some(_), Some(_)) => this.inside(pointer, old, new, |this, old, new| {
                for (key, old, new) in differing(old, new) {
                    let pointer = child(pointer, key);
                    match key {
                        "schema" => this.schema(&pointer, old, new, way),
                        "example" | "examples" => this.metadata(&pointer, old, new),
                        _ => this.other(key, &pointer, old, new),
                    }
                }
            }),
            (None, _) => {
                this.report(
                    Level::Breaking,
                    pointer,
                    old,
                    new,
                    format!("a body of {media_type} too: the client has one type"),
                );
            }
            _ => this.report(Level::Breaking, pointer, old, new, format!("no body of {media_type} any more")),
        });
    }

    fn responses(&mut self, pointer: &str, old: Side, new: Side) {
        let error = |status: &str| status.starts_with(['4', '5']);
        // What the body of an error is, for the client has one type for all of them.
        let bodies = |this: &Self, side: Side| -> Vec<Value> {
            let responses = side.and_then(Value::as_object).into_iter().flatten();
            let errors = responses.filter(|(status, _)| error(status));
            errors.map(|(_, response)| this.resolve(response)["content"].clone()).collect()
        };
        let (old_bodies, new_bodies) = (bodies(self, old), bodies(self, new));
        self.entries(pointer, old, new, |this, status, pointer, old, new| match (old, new) {
            (Some(_), Some(_)) => this.response(pointer, old, new),
            (None, Some(response)) if error(status) => {
                if old_bodies.contains(&this.resolve(response)["content"]) {
                    let meaning = format!("status {status} is documented, with the body of the other errors");
                    this.report(Level::Additive, pointer, old, new, meaning);
                } else {
                    let meaning =
                        format!("status {status} has a body unlike the other errors: the client has one error type");
                    this.report(Level::Breaking, pointer, old, new, meaning);
                }
            }
            (Some(response), None) if error(status) => {
                if new_bodies.contains(&this.resolve(response)["content"]) {
                    let meaning = format!("status {status} is no longer documented: it ends as an unexpected response");
                    this.report(Level::Additive, pointer, old, new, meaning);
                } else {
                    let meaning = format!("status {status} is gone, and with it the type of the errors");
                    this.report(Level::Breaking, pointer, old, new, meaning);
                }
            }
            (None, _) => {
                this.report(
                    Level::Breaking,
                    pointer,
                    old,
                    new,
                    format!("status {status}: today's SDK takes it for unexpected"),
                );
            }
            _ => this.report(Level::Breaking, pointer, old, new, format!("status {status} is no outcome any more")),
        });
    }

    fn response(&mut self, pointer: &str, old: Side, new: Side) {
        self.inside(pointer, old, new, |this, old, new| {
            for (key, old, new) in differing(old, new) {
                let pointer = child(pointer, key);
                match key {
                    "description" => this.metadata(&pointer, old, new),
                    "content" => this.content(&pointer, old, new, Way::RESPONSE),
                    "headers" => this.entries(&pointer, old, new, Self::header),
                    _ => this.other(key, &pointer, old, new),
                }
            }
        });
    }

    fn schema(&mut self, pointer: &str, old: Side, new: Side, way: Way) {
        self.inside(pointer, old, new, |this, old_schema, new_schema| {
            for (key, old, new) in differing(old_schema, new_schema) {
                let pointer = child(pointer, key);
                match key {
                    "description" if is_rule_text(&pointer) => {
                        let meaning =
                            "src/identity.rs was written from this text: read it, and whether the rule still holds";
                        this.report(Level::Rule, &pointer, old, new, meaning);
                    }
                    "description" | "example" | "externalDocs" => this.metadata(&pointer, old, new),
                    "deprecated" => this.deprecated(&pointer, old, new),
                    "properties" => this.properties(&pointer, old_schema, new_schema, way),
                    "required" => this.required(&pointer, old_schema, new_schema),
                    "enum" => this.enumeration(&pointer, old, new, way),
                    "items" => this.schema(&pointer, old, new, way),
                    "additionalProperties"
                        if old.is_some_and(Value::is_object) && new.is_some_and(Value::is_object) =>
                    {
                        this.schema(&pointer, old, new, way);
                    }
                    "oneOf" | "anyOf" if old.is_none() && pointer == child(RULE_SCHEMA, key) => {
                        let meaning = "the schema may say now what src/identity.rs does by hand: read it";
                        this.report(Level::Rule, &pointer, old, new, meaning);
                    }
                    "oneOf" | "anyOf" | "allOf" => this.variants(&pointer, old, new, way),
                    "nullable" => this.flag(&pointer, old, new, "null is possible or not: its type changes"),
                    "$ref" => {
                        let meaning = "it refers to another schema: its type changes";
                        this.report(Level::Breaking, &pointer, old, new, meaning);
                    }
                    "type" | "format" | "default" | "title" => {
                        let meaning = format!("the {key} differs: the generated type changes");
                        this.report(Level::Breaking, &pointer, old, new, meaning);
                    }
                    _ if is_limit(key) => this.limit(key, &pointer, old, new, &old_schema["type"], way),
                    _ => this.other(key, &pointer, old, new),
                }
            }
        });
    }

    fn properties(&mut self, pointer: &str, old_schema: &Value, new_schema: &Value, way: Way) {
        // A type that was a map, or that is one of some variants, becomes another type by a property.
        let was_struct = old_schema["properties"].as_object().is_some_and(|properties| !properties.is_empty())
            && old_schema.get("additionalProperties").is_none();
        let is_part = ["oneOf", "anyOf", "allOf"].iter().any(|key| pointer.contains(&format!("/{key}/")));
        let (old, new) = (old_schema.get("properties"), new_schema.get("properties"));
        self.entries(pointer, old, new, |this, name, pointer, old, new| match (old, new) {
            (None, _) if way.request && contains(&new_schema["required"], name) => {
                let meaning = format!("a request without {name} is refused: code that builds one must set it");
                this.report(Level::Breaking, pointer, old, new, meaning);
            }
            (None, _) if is_part || !was_struct => {
                let meaning = format!("with {name} the generated type changes, or today's SDK refuses an answer");
                this.report(Level::Breaking, pointer, old, new, meaning);
            }
            (None, _) => this.report(Level::Additive, pointer, old, new, format!("{name} can be set or read")),
            (_, None) => {
                let meaning = format!("code that sets or reads {name} no longer compiles");
                this.report(Level::Breaking, pointer, old, new, meaning);
            }
            _ => this.schema(pointer, old, new, way),
        });
    }

    /// Which properties are required. Of a property that is new or gone, [`properties`](Self::properties) says it.
    fn required(&mut self, pointer: &str, old: &Value, new: &Value) {
        let (old_list, new_list) = (old.get("required"), new.get("required"));
        let is_list = |list: &Value| list.as_array().is_some_and(|names| names.iter().all(Value::is_string));
        if ![old_list, new_list].into_iter().flatten().all(is_list) {
            return self.unknown(pointer, old_list, new_list);
        }
        let names = |list: Side| -> Vec<String> {
            let names = list.and_then(Value::as_array).into_iter().flatten();
            names.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let has = |schema: &Value, name: &str| schema["properties"].get(name).is_some();
        let (olds, news) = (names(old_list), names(new_list));
        let mut told = false;
        for name in news.iter().filter(|name| !olds.contains(name)) {
            if has(old, name) || !has(new, name) {
                let meaning =
                    format!("{name} is required now: its type changes, and code that leaves it out no longer works");
                self.report(Level::Breaking, pointer, old_list, new_list, meaning);
            }
            told = true;
        }
        for name in olds.iter().filter(|name| !news.contains(name)) {
            if has(new, name) || !has(old, name) {
                let meaning =
                    format!("{name} is optional now: its type changes, and code that reads it no longer compiles");
                self.report(Level::Breaking, pointer, old_list, new_list, meaning);
            }
            told = true;
        }
        if !told {
            self.report(Level::Metadata, pointer, old_list, new_list, "only the order of the names differs");
        }
    }

    fn enumeration(&mut self, pointer: &str, old: Side, new: Side, way: Way) {
        let (Some(Value::Array(olds)), Some(Value::Array(news))) = (old, new) else {
            return self.report(
                Level::Breaking,
                pointer,
                old,
                new,
                "an enumeration or not: the generated type changes",
            );
        };
        let mut told = false;
        for value in news.iter().filter(|value| !olds.contains(value)) {
            let (level, meaning) = if way.response {
                (Level::Breaking, format!("today's SDK cannot read an answer with {value}"))
            } else {
                (Level::Additive, format!("requests may say {value}"))
            };
            self.report(level, pointer, old, new, meaning);
            told = true;
        }
        for value in olds.iter().filter(|value| !news.contains(value)) {
            let meaning = format!("code that names {value} no longer compiles");
            self.report(Level::Breaking, pointer, old, new, meaning);
            told = true;
        }
        if !told {
            self.report(Level::Metadata, pointer, old, new, "only the order of the values differs");
        }
    }

    fn variants(&mut self, pointer: &str, old: Side, new: Side, way: Way) {
        match (old, new) {
            (Some(Value::Array(olds)), Some(Value::Array(news))) if olds.len() == news.len() => {
                for (index, (old, new)) in olds.iter().zip(news).enumerate().filter(|(_, (old, new))| old != new) {
                    self.schema(&child(pointer, &index.to_string()), Some(old), Some(new), way);
                }
            }
            _ => self.report(Level::Breaking, pointer, old, new, "the variants differ: the generated type changes"),
        }
    }

    fn limit(&mut self, key: &str, pointer: &str, old: Side, new: Side, of: &Value, way: Way) {
        let change = tightening(key, old, new);
        // typify makes the type of an integer or a list by its limits, and of a string by whether it has one.
        let types = match key {
            "minLength" | "maxLength" | "pattern" => old.is_some() != new.is_some(),
            _ => of != "number",
        };
        let (level, meaning) = match change {
            _ if way.response => (Level::Breaking, "today's SDK may refuse an answer, or its type changes"),
            Some(true) => (Level::Breaking, "requests that were right are refused"),
            Some(false) if types => {
                (Level::Breaking, "requests that were refused are right, but the generated type may change")
            }
            Some(false) => (Level::Additive, "requests that were refused are right"),
            None => (Level::Breaking, "a limit that may refuse requests that were right"),
        };
        self.report(level, pointer, old, new, meaning);
    }

    /// Methods whose name differs, for whatever reason.
    fn method_names(&mut self) {
        let names = |document: &Value| {
            let document = Document { file: "the document".to_owned(), text: document.to_string() };
            generator::operation_names(&[document]).map(|names| names.into_iter().collect::<BTreeMap<_, _>>())
        };
        // A document that cannot be read at all has been told, by its OpenAPI version.
        let Ok(old) = names(self.old) else { return };
        let new = match names(self.new) {
            Ok(new) => new,
            Err(error) => {
                let told = self
                    .findings
                    .iter()
                    .any(|finding| finding.level == Level::Breaking && finding.pointer == "/openapi");
                if !told {
                    self.report(Level::Breaking, "", None, None, format!("the operations have no names: {error}"));
                }
                return;
            }
        };
        for (pointer, old) in &old {
            if let Some(new) = new.get(pointer).filter(|new| *new != old) {
                let meaning = format!("the method {old} is called {new}: code that calls it no longer compiles");
                let name = |name: &String| Value::String(name.clone());
                self.report(Level::Breaking, pointer, Some(&name(old)), Some(&name(new)), meaning);
            }
        }
    }
}

/// Whether a description is one that the hand-written rule was written from.
fn is_rule_text(pointer: &str) -> bool {
    let of = |schema: &str| pointer == child(schema, "description");
    of(RULE_SCHEMA) || RULE_PROPERTIES.iter().any(|property| of(&format!("{RULE_SCHEMA}/properties/{property}")))
}

fn contains(list: &Value, name: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|item| item == name))
}

fn is_limit(key: &str) -> bool {
    ["maximum", "maxLength", "maxItems", "maxProperties"].contains(&key)
        || ["minimum", "minLength", "minItems", "minProperties"].contains(&key)
        || ["exclusiveMaximum", "exclusiveMinimum", "uniqueItems", "pattern", "multipleOf"].contains(&key)
}

/// Whether a limit allows less than before; `None` where that cannot be told.
fn tightening(key: &str, old: Side, new: Side) -> Option<bool> {
    match key {
        "exclusiveMaximum" | "exclusiveMinimum" | "uniqueItems" => {
            let on = |side: Side| side.unwrap_or(&Value::Bool(false)).as_bool();
            Some(on(new)? && !on(old)?)
        }
        _ if new.is_none() => Some(false),
        _ if old.is_none() => Some(true),
        "pattern" | "multipleOf" => None,
        _ => {
            let (old, new) = (old?.as_f64()?, new?.as_f64()?);
            Some(if key.starts_with("max") { new < old } else { new > old })
        }
    }
}
