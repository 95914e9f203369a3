//! Compares two OpenAPI documents as they are meant on the wire: what of an API can today's client no longer talk to?
//!
//! Each operation is walked with its references followed, so that equal things are equal however they are written. What
//! the walk does not know is breaking: it fails closed. What it passes over, because the wire does not show it, is listed
//! in the end as metadata. Whether code still compiles is not judged here: see [`surface`](crate::surface).

mod left;
mod place;
mod schema;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Serialize;
use serde_json::Value;

pub use left::is_lower;
use place::{At, Document, Shape, names};
pub use place::{child, steps};

/// The properties by which a request says which client it means: `src/identity.rs` was written from their descriptions,
/// and from that of their schema.
pub const RULE_PROPERTIES: [&str; 3] = ["clientId", "platform", "platformClientId"];

/// The members of a path item that are operations.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

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

/// The direction in which a part of a document travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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

/// A difference between two documents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The rule that judged it: stable, for machines.
    pub id: String,
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
    /// How the generated code changes by it: `item: old -> new`.
    pub code: Vec<String>,
    /// The operations that it reaches, and in which direction.
    pub operations: BTreeSet<Reached>,
}

impl Finding {
    /// The same for the same finding on another day: of its rule, place and values.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let sides = [&self.old, &self.new].map(|side| {
            let mut side = side.clone().unwrap_or_default();
            side.sort_all_objects();
            side
        });
        let text = format!("{}\n{}\n{}\n{}", self.id, self.pointer, sides[0], sides[1]);
        // FNV-1a: short, and the same on every machine and in every version of Rust.
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("{hash:016x}")
    }
}

/// Every difference between two documents, worst first.
#[must_use]
pub fn compare(old: &Value, new: &Value) -> Vec<Finding> {
    let mut comparison = Comparison::new(old, new);
    comparison.document();
    comparison.what_is_left();
    let mut findings = comparison.findings;
    findings.sort_by_key(|finding| Reverse(finding.level));
    findings
}

type Side<'a, 'v> = Option<&'a At<'v>>;

struct Comparison<'v> {
    old: Document<'v>,
    new: Document<'v>,
    findings: Vec<Finding>,
    /// The place of each finding in the list, by pointer and values.
    told: HashMap<String, usize>,
    /// The pointers that the findings speak of, in either document.
    covered: BTreeSet<String>,
    /// Where the walk is: the operation and the direction.
    operation: String,
    direction: Direction,
    /// Inside of `oneOf` or `anyOf`.
    variant: bool,
    /// The schemas of this operation that were compared already: circles end there.
    seen: HashSet<(String, String, Direction, bool)>,
    /// The operations that each component reaches.
    reach: BTreeMap<String, BTreeSet<Reached>>,
}

fn value<'v>(side: Side<'_, 'v>) -> Option<&'v Value> {
    side.map(|at| at.value)
}

fn text<'v>(side: Side<'_, 'v>) -> Option<&'v str> {
    value(side).and_then(Value::as_str)
}

/// A switch, for which absent and `false` are one; `None` if it is none.
fn switch(side: Side) -> Option<bool> {
    value(side).map_or(Some(false), Value::as_bool)
}

impl<'v> Comparison<'v> {
    fn new(old: &'v Value, new: &'v Value) -> Self {
        Self {
            old: Document(old),
            new: Document(new),
            findings: Vec::new(),
            told: HashMap::new(),
            covered: BTreeSet::new(),
            operation: String::new(),
            direction: Direction::Request,
            variant: false,
            seen: HashSet::new(),
            reach: BTreeMap::new(),
        }
    }

    fn report(&mut self, id: impl Into<String>, level: Level, old: Side, new: Side, meaning: impl Into<String>) {
        let Some(at) = new.or(old) else { return };
        for side in [old, new].into_iter().flatten() {
            self.covered.insert(side.pointer.clone());
        }
        let (old, new) = (value(old).cloned(), value(new).cloned());
        let key = format!("{} {old:?} {new:?}", at.pointer);
        let index = *self.told.entry(key).or_insert(self.findings.len());
        if index == self.findings.len() {
            self.findings.push(Finding {
                id: id.into(),
                level,
                pointer: at.pointer.clone(),
                old,
                new,
                meaning: meaning.into(),
                code: Vec::new(),
                operations: BTreeSet::new(),
            });
        } else if level > self.findings[index].level {
            let finding = &mut self.findings[index];
            (finding.id, finding.level, finding.meaning) = (id.into(), level, meaning.into());
        }
        if !self.operation.is_empty() {
            let reached = Reached { operation: self.operation.clone(), direction: self.direction };
            self.findings[index].operations.insert(reached);
        }
    }

    /// A finding whose rule is one of requests or of responses.
    fn directed(&mut self, id: &str, level: Level, old: Side, new: Side, meaning: impl Into<String>) {
        let direction = if self.is_request() { "request" } else { "response" };
        self.report(format!("{direction}-{id}"), level, old, new, meaning);
    }

    fn is_request(&self) -> bool {
        self.direction == Direction::Request
    }

    /// A difference that nothing is known of: breaking.
    fn unknown(&mut self, old: Side, new: Side) {
        if value(old) != value(new) {
            let meaning = "a difference that the comparison does not know: taken as breaking";
            self.report("unknown-difference", Level::Breaking, old, new, meaning);
        }
    }

    /// A member that nothing is known of but its name. An extension matters only if the generated code shows it.
    fn other(&mut self, key: &str, old: Side, new: Side) {
        if !key.starts_with("x-") {
            self.unknown(old, new);
        }
    }

    /// The members that either side has. What is no object has none, and is not known.
    fn members(&mut self, old: Side<'_, 'v>, new: Side<'_, 'v>) -> Vec<(&'v str, Option<At<'v>>, Option<At<'v>>)> {
        if [old, new].into_iter().flatten().any(|side| !side.value.is_object()) {
            self.unknown(old, new);
            return Vec::new();
        }
        let keys =
            |side: Side<'_, 'v>| side.into_iter().flat_map(|at| at.keys().collect::<Vec<_>>()).collect::<Vec<_>>();
        let member = |side: Side<'_, 'v>, key: &str| side.and_then(|at| at.member(key));
        names(keys(old), keys(new)).into_iter().map(|key| (key, member(old, key), member(new, key))).collect()
    }

    fn document(&mut self) {
        let (old, new) = (self.old.root(), self.new.root());
        for (key, old, new) in self.members(Some(&old), Some(&new)) {
            let (old, new) = (old.as_ref(), new.as_ref());
            match key {
                "openapi" if value(old) != value(new) && !text(new).is_some_and(|new| new.starts_with("3.0.")) => {
                    let meaning = "the generator reads OpenAPI 3.0.x only";
                    self.report("openapi-version-unsupported", Level::Breaking, old, new, meaning);
                }
                "openapi" | "info" | "tags" | "externalDocs" | "servers" | "security" => {}
                "components" => {
                    for (section, old, new) in self.members(old, new) {
                        match section {
                            "schemas" | "responses" | "parameters" | "requestBodies" | "headers" | "examples"
                            | "securitySchemes" | "links" | "callbacks" => {}
                            _ => self.other(section, old.as_ref(), new.as_ref()),
                        }
                    }
                }
                "paths" => self.paths(old, new),
                _ => self.other(key, old, new),
            }
        }
        self.operation.clear();
        self.servers(old.member("servers").as_ref(), new.member("servers").as_ref());
    }

    fn paths(&mut self, old: Side<'_, 'v>, new: Side<'_, 'v>) {
        for (path, old, new) in self.members(old, new) {
            if path.starts_with("x-") {
                continue;
            }
            let old = old.map(|at| self.old.follow(&at));
            let new = new.map(|at| self.new.follow(&at));
            for (key, old_part, new_part) in self.members(old.as_ref(), new.as_ref()) {
                let (old_part, new_part) = (old_part.as_ref(), new_part.as_ref());
                if !METHODS.contains(&key) {
                    let is_known = ["summary", "description", "parameters", "servers", "$ref"].contains(&key);
                    // Of a path that is new or gone, the operations say all.
                    if !is_known && old.is_some() && new.is_some() {
                        self.other(key, old_part, new_part);
                    }
                    continue;
                }
                self.operation = format!("{} {path}", key.to_uppercase());
                self.direction = Direction::Request;
                let operation = self.operation.clone();
                match (&old, old_part, &new, new_part) {
                    (Some(old_item), Some(old), Some(new_item), Some(new)) => {
                        self.operation((old_item, old), (new_item, new));
                    }
                    (.., None) => {
                        let meaning = format!("{operation} is gone: code that calls it no longer compiles");
                        self.report("operation-removed", Level::Breaking, old_part, None, meaning);
                    }
                    (_, _, Some(new_item), Some(new)) => {
                        let parameters = Self::parameters_of(self.new, [new_item, new]);
                        let many: Vec<_> = parameters.into_values().filter(|one| self.has_many_values(one)).collect();
                        for parameter in &many {
                            let meaning = format!("a new operation whose mock does not compile: {operation}");
                            self.report(
                                "request-parameter-of-many-values",
                                Level::Breaking,
                                None,
                                Some(parameter),
                                meaning,
                            );
                        }
                        let meaning = format!("a new operation: {operation}");
                        self.report("operation-added", Level::Additive, None, new_part, meaning);
                    }
                    _ => {}
                }
            }
            self.operation.clear();
        }
    }

    /// Compares two operations, each with its path item.
    fn operation(&mut self, old: (&At<'v>, &At<'v>), new: (&At<'v>, &At<'v>)) {
        self.seen.clear();
        let ((old_item, old), (new_item, new)) = (old, new);
        for (key, old, new) in self.members(Some(old), Some(new)) {
            let (old, new) = (old.as_ref(), new.as_ref());
            match key {
                // Without effect, or compared below.
                "tags" | "summary" | "externalDocs" | "operationId" | "callbacks" | "security" | "servers"
                | "parameters" => {}
                "description" => self.prose(old, new),
                "deprecated" => self.deprecated(old, new),
                "requestBody" => self.request_body(old, new),
                "responses" => {
                    self.direction = Direction::Response;
                    self.responses(old, new);
                    self.direction = Direction::Request;
                }
                _ => self.other(key, old, new),
            }
        }
        let parameters = |document, item, operation| Self::parameters_of(document, [item, operation]);
        let parameters = (parameters(self.old, old_item, old), parameters(self.new, new_item, new));
        self.parameters(&parameters.0, &parameters.1);
        self.security(old, new);
        let own = |item: &At<'v>, operation: &At<'v>| operation.member("servers").or_else(|| item.member("servers"));
        let servers = (own(old_item, old), own(new_item, new));
        if servers.0.is_some() || servers.1.is_some() {
            let old = servers.0.or_else(|| self.old.root().member("servers"));
            let new = servers.1.or_else(|| self.new.root().member("servers"));
            self.servers(old.as_ref(), new.as_ref());
        }
    }

    /// The first server is the one that the client calls.
    fn servers(&mut self, old: Side<'_, 'v>, new: Side<'_, 'v>) {
        fn url(server: &At) -> String {
            server.value["url"].as_str().unwrap_or_default().trim_end_matches('/').to_owned()
        }
        let (olds, news) = (old.map(At::items).unwrap_or_default(), new.map(At::items).unwrap_or_default());
        let first = olds.first().map(url).unwrap_or_default();
        let variables = |servers: &[At<'v>]| servers.first().and_then(|server| server.member("variables"));
        let (old_variables, new_variables) = (variables(&olds), variables(&news));
        self.unknown(old_variables.as_ref(), new_variables.as_ref());
        if first != news.first().map(url).unwrap_or_default() {
            let place =
                |list: &[At<'v>], whole: Side<'_, 'v>| list.first().and_then(|at| at.member("url")).or(whole.cloned());
            let (old, new) = (place(&olds, old), place(&news, new));
            if news.iter().any(|server| url(server) == first) {
                let meaning = "another server is the default; the old one is still there";
                self.report("default-server-changed", Level::Additive, old.as_ref(), new.as_ref(), meaning);
            } else {
                let meaning = "the API is at another address: today's SDK calls the old one";
                self.report("server-changed", Level::Breaking, old.as_ref(), new.as_ref(), meaning);
            }
        }
    }

    /// The client sends a bearer token: one of the alternatives must be content with that.
    fn security(&mut self, old: &At<'v>, new: &At<'v>) {
        let list = |document: Document<'v>, operation: &At<'v>| {
            operation.member("security").or_else(|| document.root().member("security"))
        };
        let (olds, news) = (list(self.old, old), list(self.new, new));
        let alternatives = |document, list: &Option<At<'v>>| alternatives(document, list.as_ref());
        let (had, has) = (alternatives(self.old, &olds), alternatives(self.new, &news));
        let suits = |alternatives: &BTreeSet<String>| ["", "bearer"].iter().any(|one| alternatives.contains(*one));
        if suits(&has) || (!suits(&had) && had.intersection(&has).next().is_some()) {
            return;
        }
        let schemes = |document: Document<'v>| document.root().member("components")?.member("securitySchemes");
        let meaning = "another authorization is required: the client sends a bearer token";
        if value(olds.as_ref()) == value(news.as_ref()) {
            let (old, new) = (schemes(self.old), schemes(self.new));
            self.report("security-scheme-changed", Level::Breaking, old.as_ref(), new.as_ref(), meaning);
        } else {
            self.report("security-changed", Level::Breaking, olds.as_ref(), news.as_ref(), meaning);
        }
    }

    fn deprecated(&mut self, old: Side, new: Side) {
        match (switch(old), switch(new)) {
            (Some(false), Some(true)) => {
                let meaning = "what is deprecated may go in a later version";
                self.report("deprecated", Level::Additive, old, new, meaning);
            }
            (Some(_), Some(_)) => {}
            _ => self.unknown(old, new),
        }
    }

    /// A description in a request: where it speaks of who is meant, a person must read it.
    fn prose(&mut self, old: Side, new: Side) {
        if value(old) != value(new) && self.is_request() && [old, new].into_iter().any(|side| identifies(text(side))) {
            let meaning =
                "it speaks of which client is meant: read it, and whether src/identity.rs still does as it says";
            self.report("identification-prose-changed", Level::Rule, old, new, meaning);
        }
    }

    /// The parameters of a path item and an operation: the operation's own count.
    fn parameters_of(document: Document<'v>, parts: [&At<'v>; 2]) -> BTreeMap<(String, String), At<'v>> {
        let mut parameters = BTreeMap::new();
        for list in parts.into_iter().filter_map(|part| part.member("parameters")) {
            if !list.value.is_array() {
                parameters.insert((String::new(), String::new()), list.clone());
            }
            for parameter in list.items() {
                let parameter = document.follow(&parameter);
                let text = |key: &str| parameter.value[key].as_str().unwrap_or_default().to_owned();
                let name = if text("in") == "header" { text("name").to_lowercase() } else { text("name") };
                parameters.insert((text("in"), name), parameter);
            }
        }
        parameters
    }

    fn parameters(&mut self, old: &BTreeMap<(String, String), At<'v>>, new: &BTreeMap<(String, String), At<'v>>) {
        for (key, gone) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
            let meaning = format!("code that sets the parameter {} no longer compiles", key.1);
            self.report("request-parameter-removed", Level::Breaking, Some(gone), None, meaning);
        }
        for (key @ (_, name), new) in new {
            let is_required = new.value["required"] != Value::Bool(false) && !new.value["required"].is_null();
            match old.get(key) {
                Some(old) => self.parameter(name, old, new),
                None if self.has_many_values(new) => {
                    let meaning = format!("the mock of the parameter {name}, which has many values, does not compile");
                    self.report("request-parameter-of-many-values", Level::Breaking, None, Some(new), meaning);
                }
                None if is_required => {
                    let meaning = format!("a request without the parameter {name} is refused");
                    self.report("new-required-request-parameter", Level::Breaking, None, Some(new), meaning);
                }
                None if identifies(new.value["description"].as_str()) => {
                    let meaning =
                        format!("requests may have the parameter {name}, which speaks of who is meant: read it");
                    self.report("new-identifying-request-parameter", Level::Rule, None, Some(new), meaning);
                }
                None => {
                    let meaning = format!("requests may have the parameter {name}");
                    self.report("new-optional-request-parameter", Level::Additive, None, Some(new), meaning);
                }
            }
        }
    }

    /// Whether a parameter is a list or an object: progenitor's mock of such a one does not compile.
    fn has_many_values(&self, parameter: &At<'v>) -> bool {
        let shape = parameter.member("schema").and_then(|schema| self.new.shape(&schema));
        shape.is_some_and(|shape| ["array", "object"].iter().any(|kind| shape.kind() == *kind))
    }

    fn parameter(&mut self, name: &str, old: &At<'v>, new: &At<'v>) {
        self.touch(old);
        self.touch(new);
        let place = new.value["in"].as_str().unwrap_or_default();
        let usual_style = if ["query", "cookie"].contains(&place) { "form" } else { "simple" };
        let style = |at: &At| at.value["style"].as_str().unwrap_or(usual_style).to_owned();
        let explode = |at: &At<'v>| match at.member("explode") {
            None => Some(style(at) == "form"),
            Some(explode) => explode.value.as_bool(),
        };
        let spelled = (style(old), explode(old)) == (style(new), explode(new));
        for (key, old, new) in self.members(Some(old), Some(new)) {
            let (old, new) = (old.as_ref(), new.as_ref());
            match key {
                "name" | "in" | "example" | "examples" | "allowEmptyValue" => {}
                "description" => self.prose(old, new),
                "deprecated" => self.deprecated(old, new),
                "required" => match (switch(old), switch(new)) {
                    (Some(false), Some(true)) => {
                        let meaning = format!("a request without the parameter {name} is refused");
                        self.report("request-parameter-became-required", Level::Breaking, old, new, meaning);
                    }
                    (Some(true), Some(false)) => {
                        let meaning = format!("requests may leave out the parameter {name}");
                        self.report("request-parameter-became-optional", Level::Additive, old, new, meaning);
                    }
                    (Some(_), Some(_)) => {}
                    _ => self.unknown(old, new),
                },
                "style" | "explode" | "allowReserved" => {
                    let is_same = if key == "allowReserved" { switch(old) == switch(new) } else { spelled };
                    if !is_same {
                        let meaning = format!("the parameter {name} is written otherwise in a request");
                        self.report("request-parameter-style-changed", Level::Breaking, old, new, meaning);
                    }
                }
                "schema" => self.schemas(old, new, true),
                "content" => self.content(old, new),
                _ => self.other(key, old, new),
            }
        }
    }

    fn request_body(&mut self, old: Side<'_, 'v>, new: Side<'_, 'v>) {
        let (old, new) = (old.map(|at| self.old.follow(at)), new.map(|at| self.new.follow(at)));
        let (Some(old), Some(new)) = (&old, &new) else {
            let meaning =
                if old.is_none() { "the operation takes a body now" } else { "the operation takes no body any more" };
            let id = if old.is_none() { "request-body-added" } else { "request-body-removed" };
            return self.report(id, Level::Breaking, old.as_ref(), new.as_ref(), meaning);
        };
        self.touch(old);
        self.touch(new);
        for (key, old, new) in self.members(Some(old), Some(new)) {
            let (old, new) = (old.as_ref(), new.as_ref());
            match key {
                "description" => self.prose(old, new),
                // The client sends a body whether it must or not.
                "required" if switch(old).is_some() && switch(new).is_some() => {}
                "content" => {
                    self.rule(old, new);
                    self.content(old, new);
                }
                _ => self.other(key, old, new),
            }
        }
    }

    /// The four sentences that `src/identity.rs` was written from.
    fn rule(&mut self, old: Side<'_, 'v>, new: Side<'_, 'v>) {
        let shape = |document: Document<'v>, content: Side<'_, 'v>| {
            document.shape(&content?.member("application/json")?.member("schema")?)
        };
        let (Some(old), Some(new)) = (shape(self.old, old), shape(self.new, new)) else { return };
        if !old.states_the_rule() && !new.states_the_rule() {
            return;
        }
        let of_property = |document: Document<'v>, shape: &Shape<'v>, name: &str| {
            document.shape(shape.properties.get(name)?)?.keywords.get("description").cloned()
        };
        let mut sentences = vec![(old.keywords.get("description").cloned(), new.keywords.get("description").cloned())];
        for name in RULE_PROPERTIES
            .iter()
            .filter(|name| old.properties.contains_key(*name) && new.properties.contains_key(*name))
        {
            sentences.push((of_property(self.old, &old, name), of_property(self.new, &new, name)));
        }
        for (old, new) in sentences.iter().filter(|(old, new)| value(old.as_ref()) != value(new.as_ref())) {
            let meaning = "src/identity.rs was written from this text: read it, and whether the rule still holds";
            self.report("identification-rule-changed", Level::Rule, old.as_ref(), new.as_ref(), meaning);
        }
    }

    fn content(&mut self, old: Side<'_, 'v>, new: Side<'_, 'v>) {
        for (media_type, old, new) in self.members(old, new) {
            let (Some(old), Some(new)) = (&old, &new) else {
                let (level, id) = match (&old, self.is_request()) {
                    (Some(_), _) => (Level::Breaking, "media-type-removed"),
                    (None, true) => (Level::Additive, "media-type-added"),
                    // The server chooses.
                    (None, false) => (Level::Breaking, "media-type-added"),
                };
                let meaning = format!("a body of {media_type} {}", if old.is_none() { "too" } else { "no longer" });
                self.directed(id, level, old.as_ref(), new.as_ref(), meaning);
                continue;
            };
            for (key, old, new) in self.members(Some(old), Some(new)) {
                let (old, new) = (old.as_ref(), new.as_ref());
                match key {
                    "schema" => self.schemas(old, new, true),
                    "example" | "examples" => {}
                    _ => self.other(key, old, new),
                }
            }
        }
    }

    /// Whether two contents of the new document are the same on the wire.
    fn alike(&self, one: Side<'_, 'v>, other: Side<'_, 'v>) -> bool {
        let mut trial = Comparison { direction: Direction::Response, ..Comparison::new(self.new.0, self.new.0) };
        trial.content(one, other);
        trial.findings.is_empty()
    }

    fn responses(&mut self, old: Side<'_, 'v>, new: Side<'_, 'v>) {
        let class =
            |status: &str| if status == "default" { '4' } else { status.chars().next().unwrap_or('0').min('4') };
        let responses: Vec<_> = self.members(old, new);
        let responses: Vec<_> = responses
            .into_iter()
            .filter(|(status, ..)| !status.starts_with("x-"))
            .map(|(status, old, new)| (status, old.map(|at| self.old.follow(&at)), new.map(|at| self.new.follow(&at))))
            .collect();
        for (status, old, new) in &responses {
            match (old, new) {
                (Some(old), Some(new)) => self.response(old, new),
                (Some(_), None) => {
                    let meaning = format!("status {status} is no longer documented, and its mock goes with it");
                    self.report("response-status-removed", Level::Breaking, old.as_ref(), None, meaning);
                }
                (None, Some(added)) => {
                    let content = added.member("content");
                    let is_alike = |(other, old, new): &(&str, Option<At<'v>>, Option<At<'v>>)| {
                        let others = new.as_ref().filter(|_| old.is_some() && class(other) == class(status));
                        others.is_some_and(|new| self.alike(new.member("content").as_ref(), content.as_ref()))
                    };
                    let is_known = responses.iter().any(is_alike);
                    // What is neither a success nor an error has no place in the client.
                    let (level, what) = if is_known && ['2', '4'].contains(&class(status)) {
                        (Level::Additive, "like the others")
                    } else {
                        (Level::Breaking, "unlike the others: the client has one type for them")
                    };
                    let meaning = format!("status {status} is documented, with a body {what}");
                    self.report("response-status-added", level, None, Some(added), meaning);
                }
                (None, None) => {}
            }
        }
    }

    fn response(&mut self, old: &At<'v>, new: &At<'v>) {
        self.touch(old);
        self.touch(new);
        for (key, old, new) in self.members(Some(old), Some(new)) {
            let (old, new) = (old.as_ref(), new.as_ref());
            match key {
                "description" | "links" => {}
                "content" => self.content(old, new),
                "headers" => {
                    for (name, old, new) in self.members(old, new) {
                        let old = old.map(|at| self.old.follow(&at));
                        let new = new.map(|at| self.new.follow(&at));
                        self.header(name, old.as_ref(), new.as_ref());
                    }
                }
                _ => self.other(key, old, new),
            }
        }
    }

    fn header(&mut self, name: &str, old: Side<'_, 'v>, new: Side<'_, 'v>) {
        match (old, new) {
            (None, _) => {
                let meaning = format!("responses may have the header {name}");
                self.report("response-header-added", Level::Additive, old, new, meaning);
            }
            (_, None) => {
                let meaning = format!("responses no longer have the header {name}");
                self.report("response-header-removed", Level::Breaking, old, new, meaning);
            }
            _ => {
                for (key, old, new) in self.members(old, new) {
                    match key {
                        "description" | "example" | "examples" | "deprecated" => {}
                        "schema" => self.schemas(old.as_ref(), new.as_ref(), true),
                        _ => self.unknown(old.as_ref(), new.as_ref()),
                    }
                }
            }
        }
    }

    /// Notes that the operation has a component.
    fn touch(&mut self, at: &At) {
        let mut ends = at.pointer.match_indices('/').map(|(index, _)| index).skip(3);
        if at.pointer.starts_with("/components/") && !self.operation.is_empty() {
            let component = &at.pointer[..ends.next().unwrap_or(at.pointer.len())];
            let reached = Reached { operation: self.operation.clone(), direction: self.direction };
            self.reach.entry(component.to_owned()).or_default().insert(reached);
        }
    }
}

/// The ways to be let in, each as a text: `bearer` for what the client sends, nothing where none is needed.
fn alternatives(document: Document, list: Side) -> BTreeSet<String> {
    let Some(list) = list.filter(|list| list.value != &Value::Array(Vec::new())) else {
        return BTreeSet::from([String::new()]);
    };
    let scheme = |name: &str| {
        let scheme = document.follow(&document.root().member("components")?.member("securitySchemes")?.member(name)?);
        let is_bearer = scheme.value["type"] == "http"
            && scheme.value["scheme"].as_str().is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
        Some(if is_bearer { "bearer".to_owned() } else { scheme.value.to_string() })
    };
    let alternative = |one: &At| {
        let schemes = one.keys().map(|name| scheme(name).unwrap_or_else(|| format!("unknown {name}")));
        let schemes: BTreeSet<String> = schemes.collect();
        match one.value {
            Value::Object(_) => schemes.into_iter().collect::<Vec<_>>().join(" and "),
            other => format!("unknown {other}"),
        }
    };
    match list.value {
        Value::Array(_) => list.items().iter().map(alternative).collect(),
        other => BTreeSet::from([format!("unknown {other}")]),
    }
}

/// Whether a text speaks of which client is meant.
fn identifies(text: Option<&str>) -> bool {
    let text = text.unwrap_or_default().to_lowercase();
    ["clientid", "client id", "platform", "identif"].iter().any(|word| text.contains(word))
}
