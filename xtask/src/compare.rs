//! Compares two OpenAPI documents as they are meant on the wire: what of an API can today's client no longer talk to?
//!
//! Both are brought into a normal form, and their parts are compared. A difference that no rule knows is breaking: it fails
//! closed. What is not in the normal form, because the wire does not show it, is listed at the end as metadata. Whether
//! code still compiles is not judged here: see [`surface`](crate::surface).

mod left;
mod normal;
mod place;
mod prose;
mod rules;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use crate::finding::{Direction, Finding, Reached};
use crate::generator::{self, prose::shown};
use normal::{Key, Node, REQUIRED, TYPE};
use place::At;
pub use place::{child, part_of};
pub use prose::texts;
use rules::Change;

/// Every difference between two documents, worst first. What their descriptions say is nothing new where a person has read
/// it, wherever that was.
pub fn compare(old: &Value, new: &Value, read: &BTreeSet<&str>) -> Vec<Finding> {
    let (findings, index) = (Vec::new(), BTreeMap::new());
    let mut comparison = Comparison { read, findings, index, covered: BTreeSet::new(), done: BTreeSet::new() };
    let way = Way { operation: None, is_new: false, direction: Direction::Request, must: true };
    let alike = [old, new].map(|document| {
        let mut alike = document.clone();
        normal::spell_alike(&mut alike);
        // The generator refuses what has no equal in 3.0.
        if document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")) {
            let _ = generator::lower("", &mut alike);
        }
        alike
    });
    let [before, after] = alike.each_ref().map(normal::of);
    comparison.parts(Some(&before), Some(&after), &way);
    comparison.what_is_left(old, new);
    let mut findings = comparison.findings;
    // A property that only the other side sends from now on is there still, and its value says so.
    for finding in findings.iter_mut().filter(|finding| finding.id.contains("property-")) {
        let [before, after] = [old, new].map(|document| document.pointer(&finding.pointer).cloned());
        if before != after {
            (finding.old, finding.new) = (finding.old.take().or(before), finding.new.take().or(after));
        }
    }
    findings.sort_by_key(|finding| Reverse(finding.level));
    findings
}

struct Comparison<'v> {
    read: &'v BTreeSet<&'v str>,
    findings: Vec<Finding>,
    /// The position of each finding in the list, by pointer and values.
    index: BTreeMap<String, usize>,
    /// The pointers that findings are about, in either document.
    covered: BTreeSet<String>,
    /// The pairs of nodes of the operation that are compared, and whether as required.
    done: BTreeSet<(*const (), *const (), bool)>,
}

/// What matters of the way to a part.
#[derive(Clone)]
struct Way {
    operation: Option<String>,
    /// Whether the operation is.
    is_new: bool,
    direction: Direction,
    /// Whether the part is required.
    must: bool,
}

type Side<'a, 'v> = Option<&'a Rc<Node<'v>>>;

impl Comparison<'_> {
    fn parts(&mut self, old: Side, new: Side, way: &Way) {
        let address = |side: Side| side.map_or(std::ptr::null(), |node| Rc::as_ptr(node).cast());
        if !self.done.insert((address(old), address(new), way.must)) {
            return;
        }
        let none = BTreeMap::new();
        let [old, new] = [old, new].map(|side| side.map_or(&none, |node| &node.parts));
        for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            self.part(key, old.get(key), new.get(key), way.clone());
        }
    }

    fn part(&mut self, key: &Key, old: Side, new: Side, mut way: Way) {
        match key {
            Key::Components | Key::Path(_) => return self.parts(old, new, &way),
            Key::Operation(method, path) => {
                way.operation = Some(format!("{} {path}", method.to_uppercase()));
                way.is_new = old.is_none();
                self.done.clear();
            }
            Key::Status(_) => way.direction = Direction::Response,
            Key::Property(_) => way.must = old.or(new).is_some_and(|node| node.parts.contains_key(&REQUIRED)),
            Key::Parameter(_) => way.must = new.or(old).is_some_and(|node| node.parts.contains_key(&REQUIRED)),
            Key::Schema | Key::Variant(_) | Key::Member("items" | "additionalProperties") => way.must = true,
            _ => {}
        }
        let kinds = [old, new].map(|side| side.and_then(|node| node.parts.get(&TYPE)));
        match (rules::change(key, old.map(Rc::as_ref), new.map(Rc::as_ref)), kinds) {
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
        let text = |side: Side| side.map(|node| node.value.clone()).unwrap_or_default();
        let finding = match key {
            Key::Member("description") if way.direction == Direction::Response => None,
            Key::Member("description") => prose::judge(&text(old), &text(new), way.is_new),
            _ => rules::judge(key, change, way.direction, way.must),
        };
        let Some(mut finding) = finding else { return };
        // The pointer to an item of a list does not name it.
        if let (Key::Value(_) | &REQUIRED, Some(item)) = (key, new.or(old).and_then(|node| node.at.value.as_str())) {
            finding.meaning = format!("{}: {}", shown(item), finding.meaning);
        }
        let required = [old, new].map(|side| side.and_then(|node| node.parts.get(&REQUIRED)));
        self.cover(required[0], required[1]);
        let direction = way.direction;
        finding.operations.extend(way.operation.clone().map(|operation| Reached { operation, direction }));
        self.report(finding, old.map(|node| &node.at), new.map(|node| &node.at));
        if let (None, Some(new)) = (old, new) {
            self.prose_of_new(new, way);
        }
    }

    /// Reports the rules in the prose of something new, but for those that were read elsewhere.
    fn prose_of_new(&mut self, node: &Rc<Node>, way: &Way) {
        if way.direction == Direction::Response || !self.done.insert((Rc::as_ptr(node).cast(), std::ptr::null(), false))
        {
            return;
        }
        for (key, part) in &node.parts {
            match key {
                Key::Status(_) => {}
                Key::Member("description") if !self.read.contains(part.value.as_str().unwrap_or_default()) => {
                    self.judge(key, Change::Added, None, Some(part), way);
                }
                _ => self.prose_of_new(part, way),
            }
        }
    }

    fn cover(&mut self, old: Side, new: Side) {
        self.covered.extend([old, new].into_iter().flatten().map(|node| node.at.pointer.clone()));
    }

    /// Takes up what is found of a place in both documents or in one.
    fn report(&mut self, found: Finding, old: Option<&At>, new: Option<&At>) {
        let Some(at) = new.or(old) else { return };
        self.covered.extend([old, new].into_iter().flatten().map(|at| at.pointer.clone()));
        let [old, new] = [old, new].map(|side| side.map(|at| at.value.clone()));
        let index = *self.index.entry(format!("{} {old:?} {new:?}", at.pointer)).or_insert(self.findings.len());
        match self.findings.get_mut(index) {
            Some(finding) => finding.raise(found),
            None => self.findings.push(Finding { old, new, pointer: at.pointer.clone(), ..found }),
        }
    }
}
