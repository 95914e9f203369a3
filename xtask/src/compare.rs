//! Compares two OpenAPI documents as they are meant on the wire: what of an API can today's client no longer talk to?
//!
//! Both are brought into a normal form, and their parts are compared. A difference that no rule knows is breaking: it fails
//! closed. What is not in the normal form, because the wire does not show it, is listed at the end as metadata. Whether
//! code still compiles is not judged here: see [`surface`](crate::surface).

mod left;
mod normal;
mod place;
mod rules;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::finding::{Direction, Finding, Level, Reached};
use crate::generator::prose::shown;
use normal::{Key, Node, REQUIRED, TYPE};
use place::At;
pub use place::{child, steps};
use rules::{Change, Rule};

/// Every difference between two documents, worst first.
pub fn compare(old: &Value, new: &Value) -> Vec<Finding> {
    let mut comparison = Comparison::default();
    let way = Way { operation: None, direction: Direction::Request, must: true };
    comparison.parts(Some(&normal::of(old)), Some(&normal::of(new)), &way);
    comparison.what_is_left(old, new);
    let mut findings = comparison.findings;
    findings.sort_by_key(|finding| Reverse(finding.level));
    findings
}

#[derive(Default)]
struct Comparison {
    findings: Vec<Finding>,
    /// The position of each finding in the list, by pointer and values.
    index: BTreeMap<String, usize>,
    /// The pointers that findings are about, in either document.
    covered: BTreeSet<String>,
}

/// What matters of the way to a part.
#[derive(Clone)]
struct Way {
    operation: Option<String>,
    direction: Direction,
    /// Whether the part is required.
    must: bool,
}

type Side<'a, 'v> = Option<&'a Node<'v>>;

impl Comparison {
    fn parts(&mut self, old: Side, new: Side, way: &Way) {
        let none = BTreeMap::new();
        let [old, new] = [old, new].map(|side| side.map_or(&none, |node| &node.parts));
        for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            self.part(key, old.get(key), new.get(key), way.clone());
        }
    }

    fn part(&mut self, key: &Key, old: Side, new: Side, mut way: Way) {
        match key {
            Key::Components | Key::Path(_) => return self.parts(old, new, &way),
            Key::Operation(method, path) => way.operation = Some(format!("{} {path}", method.to_uppercase())),
            Key::Status(_) => way.direction = Direction::Response,
            Key::Property(_) => way.must = old.or(new).is_some_and(Node::is_required),
            Key::Parameter(_) => way.must = new.or(old).is_some_and(Node::is_required),
            Key::Schema | Key::Variant(_) | Key::Member("items" | "additionalProperties") => way.must = true,
            _ => {}
        }
        let kinds = [old, new].map(|side| side.and_then(|node| node.parts.get(&TYPE)));
        match (rules::change(key, old, new), kinds) {
            (Some(change), _) => self.judge(key, change, old, new, &way),
            // Of another type, nothing else needs to be said.
            (None, [Some(one), Some(other)]) if one.value != other.value => {
                self.cover(old, new);
                self.judge(&TYPE, Change::Changed, Some(one), Some(other), &way);
            }
            _ => self.parts(old, new, &way),
        }
    }

    fn judge(&mut self, key: &Key, change: Change, old: Side, new: Side, way: &Way) {
        let rule = match key {
            Key::Member("description") => prose(old, new, way.direction),
            _ => rules::judge(key, change, way.direction, way.must),
        };
        let Some((mut id, mut level, meaning)) = rule else { return };
        let mut meaning = match (key, new.or(old).and_then(|node| node.at.value.as_str())) {
            // The pointer to an item of a list does not name it.
            (Key::Value(_) | &REQUIRED, Some(item)) => format!("{}: {meaning}", shown(item)),
            _ => meaning.to_owned(),
        };
        let description = new.and_then(|new| new.parts.get(&Key::Member("description")));
        if ["optional-parameter-added", "optional-property-added"].contains(&id)
            && way.direction == Direction::Request
            && description.is_some_and(|description| identifies(&description.value))
        {
            (id, level) = ("identification-added", Level::Rule);
            "requests may set it, and it is about which client is meant: read its description".clone_into(&mut meaning);
        }
        let required = [old, new].map(|side| side.and_then(|node| node.parts.get(&REQUIRED)));
        self.cover(required[0], required[1]);
        let [old, new] = [old, new].map(|side| side.map(|node| &node.at));
        let reached = way.operation.clone().map(|operation| Reached { operation, direction: way.direction });
        self.report((id, level, &meaning), old, new, reached);
    }

    fn cover(&mut self, old: Side, new: Side) {
        self.covered.extend([old, new].into_iter().flatten().map(|node| node.at.pointer.clone()));
    }

    fn report(&mut self, rule: (&str, Level, &str), old: Option<&At>, new: Option<&At>, reached: Option<Reached>) {
        let Some(at) = new.or(old) else { return };
        let (id, level, meaning) = rule;
        self.covered.extend([old, new].into_iter().flatten().map(|at| at.pointer.clone()));
        let [old, new] = [old, new].map(|side| side.map(|at| at.value.clone()));
        let key = format!("{} {old:?} {new:?}", at.pointer);
        let index = *self.index.entry(key).or_insert(self.findings.len());
        if index == self.findings.len() {
            self.findings.push(Finding { old, new, ..Finding::new(id, level, at.pointer.clone(), meaning) });
        }
        let finding = &mut self.findings[index];
        finding.raise(level, id, meaning);
        finding.operations.extend(reached);
    }
}

/// A description in a request: where it is about which client is meant, a person must read it.
fn prose(old: Side, new: Side, direction: Direction) -> Option<Rule> {
    let meaning = "it is about which client is meant: read it, and whether src/identity.rs still follows it";
    let is_rule = [old, new].into_iter().flatten().any(|node| identifies(&node.value));
    (direction == Direction::Request && is_rule).then_some(("identification-prose-changed", Level::Rule, meaning))
}

/// Whether a text is about which client is meant.
fn identifies(text: &Value) -> bool {
    let text = text.as_str().unwrap_or_default().to_lowercase();
    ["clientid", "client id", "platform", "identif"].iter().any(|word| text.contains(word))
}
