//! Compares two OpenAPI documents as they are meant on the wire: what of an API can today's client no longer talk to?
//!
//! Each operation is walked with its references followed, so that equal things are equal however they are written. What
//! the walk does not know is breaking: it fails closed. What it passes over, because the wire does not show it, is listed
//! at the end as metadata. Whether code still compiles is not judged here: see [`surface`](crate::surface).

mod left;
mod place;
mod table;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;
use serde_json::Value;

pub use left::is_lower;
use place::{At, Document, Members, Shape, keys};
pub use place::{child, steps};
pub use table::METHODS;
use table::Part;

/// The properties by which a request says which client it means: `src/identity.rs` was written from their descriptions,
/// and from that of their schema.
pub const RULE_PROPERTIES: [&str; 3] = ["clientId", "platform", "platformClientId"];

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
    /// A finding about what is gone, or new, or neither.
    #[must_use]
    pub fn new(id: &str, level: Level, pointer: String, meaning: &str) -> Self {
        let (id, meaning) = (id.to_owned(), meaning.to_owned());
        Self { id, level, pointer, old: None, new: None, meaning, code: Vec::new(), operations: BTreeSet::new() }
    }

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
    let mut comparison = Comparison {
        old: Document(old),
        new: Document(new),
        findings: Vec::new(),
        index: HashMap::new(),
        covered: BTreeSet::new(),
        operation: None,
        place: Place { direction: Direction::Request, must: true },
        seen: HashSet::new(),
    };
    let (old, new) = (comparison.old.root(), comparison.new.root());
    comparison.each(Part::Document, &old.members(), &new.members());
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
    /// The position of each finding in the list, by pointer and values.
    index: HashMap<String, usize>,
    /// The pointers that findings are about, in either document.
    covered: BTreeSet<String>,
    /// The operation that is being compared.
    operation: Option<String>,
    place: Place,
    /// The schemas of this operation that were compared already: cycles end there.
    seen: HashSet<(String, String, Place)>,
}

/// What matters of the way to a part.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    direction: Direction,
    /// Whether the part is required. Today's client has no place for a null there.
    must: bool,
}

fn value<'v>(side: Side<'_, 'v>) -> Option<&'v Value> {
    side.map(|at| at.value)
}

fn members<'v>(side: Side<'_, 'v>) -> Members<'v> {
    side.map(At::members).unwrap_or_default()
}

impl<'v> Comparison<'v> {
    fn report(&mut self, (id, level, meaning): (&str, Level, &str), old: Side, new: Side) {
        let Some(at) = new.or(old) else { return };
        for side in [old, new].into_iter().flatten() {
            self.covered.insert(side.pointer.clone());
        }
        let (old, new) = (value(old).cloned(), value(new).cloned());
        let key = format!("{} {old:?} {new:?}", at.pointer);
        let index = *self.index.entry(key).or_insert(self.findings.len());
        if index == self.findings.len() {
            let pointer = at.pointer.clone();
            self.findings.push(Finding { old, new, ..Finding::new(id, level, pointer, meaning) });
        }
        let finding = &mut self.findings[index];
        if level > finding.level {
            (finding.id, finding.level, finding.meaning) = (id.to_owned(), level, meaning.to_owned());
        }
        if let Some(operation) = &self.operation {
            let reached = Reached { operation: operation.clone(), direction: self.place.direction };
            finding.operations.insert(reached);
        }
    }

    /// Compares the members of a part.
    fn each(&mut self, parent: Part, old: &Members<'v>, new: &Members<'v>) {
        for key in keys(old, new) {
            self.member(parent, key, old.get(key), new.get(key));
        }
    }

    fn member(&mut self, parent: Part, key: &str, old: Side<'_, 'v>, new: Side<'_, 'v>) {
        let part = table::part(parent, key);
        let (old, new) = (old.map(|at| self.old.follow(at)), new.map(|at| self.new.follow(at)));
        let (old, new) = (old.as_ref(), new.as_ref());
        let outside = self.place;
        match (part, old, new) {
            (Part::Servers, ..) => self.servers(old, new),
            (Part::Prose, ..) => self.prose(old, new),
            (Part::PathItem, ..) => self.path_item(key, &members(old), &members(new)),
            (Part::Responses, ..) => {
                self.place.direction = Direction::Response;
                self.each(part, &members(old), &members(new));
            }
            (Part::Components | Part::Paths | Part::Content | Part::Headers, ..) => {
                self.each(part, &members(old), &members(new));
            }
            (
                Part::Operation | Part::Parameter | Part::Body | Part::MediaType | Part::Status | Part::Header,
                Some(old),
                Some(new),
            ) => self.each(part, &old.members(), &new.members()),
            (Part::Property, Some(old), Some(new)) => self.schema(old, new),
            (Part::Schema | Part::Extra, Some(old), Some(new)) => {
                self.place.must = true;
                self.schema(old, new);
            }
            (Part::Enum, Some(old), Some(new)) => self.each(part, &old.values(), &new.values()),
            (Part::Variants, Some(old), Some(new)) if old.items().len() == new.items().len() => {
                self.place.must = true;
                for (old, new) in old.items().iter().zip(&new.items()) {
                    self.schema(old, new);
                }
            }
            _ => self.judge(part, key, old, new),
        }
        self.place = outside;
    }

    fn judge(&mut self, part: Part, key: &str, old: Side, new: Side) {
        let Some(change) = table::change(part, key, value(old), value(new)) else { return };
        let Some((id, level, meaning)) = table::judge(part, change, self.place) else { return };
        let can_be_set = ["optional-parameter-added", "optional-property-added"].contains(&id);
        let description = new.and_then(|new| new.member("description"));
        if can_be_set && self.place.direction == Direction::Request && identifies(description.as_ref()) {
            let meaning = "requests may set it, and it is about which client is meant: read its description";
            return self.report(("identification-added", Level::Rule, meaning), old, new);
        }
        // The pointer to an item of a list does not name it.
        match new.or(old).map(|at| at.value) {
            Some(Value::String(item)) if [Part::EnumValue, Part::Required].contains(&part) => {
                self.report((id, level, &format!("{item}: {meaning}")), old, new);
            }
            _ => self.report((id, level, meaning), old, new),
        }
    }

    /// The first server is the one that the client calls.
    fn servers(&mut self, old: Side<'_, 'v>, new: Side<'_, 'v>) {
        let urls = |side: Side<'_, 'v>| -> Vec<&str> {
            let servers = value(side).and_then(Value::as_array).into_iter().flatten();
            servers.map(|server| server["url"].as_str().unwrap_or_default().trim_end_matches('/')).collect()
        };
        let (olds, news) = (urls(old), urls(new));
        match olds.first() {
            first if first == news.first() => {}
            Some(first) if news.contains(first) => {
                let meaning = "another server is the default; the old one is still there";
                self.report(("default-server-changed", Level::Additive, meaning), old, new);
            }
            _ => {
                let meaning = "the API has another address: today's SDK calls the old one";
                self.report(("server-changed", Level::Breaking, meaning), old, new);
            }
        }
    }

    fn path_item(&mut self, path: &str, old: &Members<'v>, new: &Members<'v>) {
        for key in keys(old, new) {
            let is_operation = METHODS.contains(&key);
            self.operation = is_operation.then(|| format!("{} {path}", key.to_uppercase()));
            self.seen.clear();
            self.member(Part::PathItem, key, old.get(key), new.get(key));
            if let (true, Some(old_operation), Some(new_operation)) = (is_operation, old.get(key), new.get(key)) {
                let old = self.old.parameters([old.get("parameters"), old_operation.member("parameters").as_ref()]);
                let new = self.new.parameters([new.get("parameters"), new_operation.member("parameters").as_ref()]);
                for key in keys(&old, &new) {
                    self.place.must = new.get(key).is_some_and(|new| new.value["required"] == true);
                    self.member(Part::Parameters, key, old.get(key), new.get(key));
                }
            }
            self.operation = None;
        }
    }

    fn schema(&mut self, old: &At<'v>, new: &At<'v>) {
        let (old, new) = (self.old.follow(old), self.new.follow(new));
        if !self.seen.insert((old.pointer.clone(), new.pointer.clone(), self.place)) {
            return;
        }
        let (Some(before), Some(after)) = (self.old.shape(&old), self.new.shape(&new)) else {
            return self.judge(Part::Unknown, "", Some(&old), Some(&new));
        };
        if before.kind() != after.kind() {
            // Of another type, nothing else needs to be said.
            self.covered.extend([old.pointer.clone(), new.pointer.clone()]);
            let (old, new) = (before.keywords.get("type").unwrap_or(&old), after.keywords.get("type").unwrap_or(&new));
            let rule = ("type-changed", Level::Breaking, "the type differs");
            return self.report(rule, Some(old), Some(new));
        }
        self.rule(&before, &after);
        self.each(Part::Schema, &before.keywords, &after.keywords);
        let outside = self.place;
        for name in keys(&before.properties, &after.properties) {
            let (old, new) = (before.properties.get(name), after.properties.get(name));
            let required = if old.is_some() { &before.required } else { &after.required };
            self.place.must = required.contains_key(name);
            self.member(Part::Properties, name, old, new);
            self.place = outside;
            let (was, is) = (before.required.get(name), after.required.get(name));
            if old.is_some() == new.is_some() {
                self.member(Part::Required, name, was, is);
            } else {
                // The property itself is reported.
                self.covered.extend([was, is].into_iter().flatten().map(|at| at.pointer.clone()));
            }
        }
    }

    /// A description in a request: where it is about which client is meant, a person must read it.
    fn prose(&mut self, old: Side, new: Side) {
        let is_request = self.place.direction == Direction::Request;
        if value(old) != value(new) && is_request && (identifies(old) || identifies(new)) {
            let meaning = "it is about which client is meant: read it, and whether src/identity.rs still follows it";
            self.report(("identification-prose-changed", Level::Rule, meaning), old, new);
        }
    }

    /// The four sentences that `src/identity.rs` was written from.
    fn rule(&mut self, old: &Shape<'v>, new: &Shape<'v>) {
        let states = |shape: &Shape| RULE_PROPERTIES.iter().all(|name| shape.properties.contains_key(*name));
        if self.place.direction == Direction::Response || !states(old) || !states(new) {
            return;
        }
        let sentences = |document: Document<'v>, shape: &Shape<'v>| {
            let of_property = |name: &str| document.shape(&shape.properties[name])?.keywords.remove("description");
            let own = shape.keywords.get("description").cloned();
            [own].into_iter().chain(RULE_PROPERTIES.map(of_property)).collect::<Vec<_>>()
        };
        for (old, new) in sentences(self.old, old).iter().zip(&sentences(self.new, new)) {
            if value(old.as_ref()) != value(new.as_ref()) {
                let meaning = "src/identity.rs was written from this text: read it, and whether the rule still holds";
                self.report(("identification-rule-changed", Level::Rule, meaning), old.as_ref(), new.as_ref());
            }
        }
    }
}

/// Whether a text is about which client is meant.
fn identifies(text: Side) -> bool {
    let text = value(text).and_then(Value::as_str).unwrap_or_default().to_lowercase();
    ["clientid", "client id", "platform", "identif"].iter().any(|word| text.contains(word))
}
