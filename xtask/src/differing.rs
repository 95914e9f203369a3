//! What of the documents has to be generated to see how two clients differ: of 200 operations, most are the same.
//!
//! That is what differs, what reaches it, what it reaches, and what may come to a name of one of these.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::compare::child;
use crate::generator::METHODS;

/// A path item or a component, by its pointer.
#[derive(Default)]
struct Part {
    differs: bool,
    /// The components that it refers to.
    targets: BTreeSet<String>,
    /// What names of Rust in it begin with, in small letters.
    names: BTreeSet<String>,
    /// The schemas in it that state the rule on who is meant.
    rules: BTreeSet<String>,
}

/// The pointers of what has to be generated of documents, each old and new; `None` if that is all.
pub fn parts<'d>(documents: &[[&'d Value; 2]]) -> Option<BTreeSet<String>> {
    let mut all: BTreeMap<String, Part> = BTreeMap::new();
    for sides in documents {
        let [old, new] = sides.map(|document| parts_of(document).collect::<BTreeMap<_, _>>());
        for (pointer, value) in old.iter().chain(&new) {
            let part = all.entry(pointer.clone()).or_default();
            part.differs |= old.get(pointer) != new.get(pointer);
            part.read(pointer, value);
        }
        // Servers and security schemes are named everywhere, and not by reference.
        let rest = |document: &'d Value| {
            let members = document.as_object().into_iter().flatten();
            let members = members.filter(|(key, _)| !["info", "paths", "components", "tags"].contains(&key.as_str()));
            (members.collect::<BTreeMap<_, _>>(), document.pointer("/components/securitySchemes"))
        };
        if rest(sides[0]) != rest(sides[1]) {
            return None;
        }
    }
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (pointer, part) in &all {
        for target in &part.targets {
            users.entry(target).or_default().push(pointer);
        }
    }
    let users = |pointer: &str| users.get(pointer).cloned().unwrap_or_default();
    let targets = |pointer: &str| {
        all.get(pointer).map(|part| part.targets.iter().map(String::as_str).collect()).unwrap_or_default()
    };
    let differing = all.iter().filter(|(_, part)| part.differs).map(|(pointer, _)| pointer.as_str());
    let mut kept = closure(differing, users);
    if kept.is_empty() {
        return Some(BTreeSet::new());
    }
    let names: BTreeSet<&str> = kept.iter().flat_map(|pointer| &all[*pointer].names).map(String::as_str).collect();
    let is_like = |name: &str| {
        let longer = names.range(name..).next().is_some_and(|other| other.starts_with(name));
        longer || name.char_indices().any(|(end, _)| names.contains(&name[..end]))
    };
    kept.extend(
        all.iter().filter(|(_, part)| part.names.iter().any(|name| is_like(name))).map(|(pointer, _)| pointer.as_str()),
    );
    // All requests with the rule share a type: of equal ones, one stands for the others.
    let of_rule = all.iter().flat_map(|(pointer, part)| part.rules.iter().map(move |rule| (rule, pointer.as_str())));
    kept.extend(closure(of_rule.collect::<BTreeMap<_, _>>().into_values(), users));
    Some(closure(kept, targets).into_iter().map(str::to_owned).collect())
}

/// A document with these parts alone.
pub fn only(document: &Value, parts: &BTreeSet<String>) -> Value {
    let mut document = document.clone();
    let owners: BTreeSet<_> =
        parts_of(&document).filter_map(|(part, _)| Some(part.rsplit_once('/')?.0.to_owned())).collect();
    for owner in owners {
        if let Some(members) = document.pointer_mut(&owner).and_then(Value::as_object_mut) {
            members.retain(|key, _| parts.contains(&child(&owner, key)));
        }
    }
    document
}

fn parts_of(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let sections = document["components"].as_object().into_iter().flatten();
    let sections = sections.filter(|(name, _)| *name != "securitySchemes");
    let sections = sections.map(|(name, section)| (child("/components", name), section));
    let sections = [("/paths".to_owned(), &document["paths"])].into_iter().chain(sections);
    sections.flat_map(|(pointer, section)| {
        let members = section.as_object().into_iter().flatten();
        members.map(move |(key, value)| (child(&pointer, key), value))
    })
}

/// What is reached from some places, step by step.
fn closure<'p>(from: impl IntoIterator<Item = &'p str>, next: impl Fn(&str) -> Vec<&'p str>) -> BTreeSet<&'p str> {
    let mut ahead: Vec<_> = from.into_iter().collect();
    let mut reached = BTreeSet::new();
    while let Some(pointer) = ahead.pop() {
        if reached.insert(pointer) {
            ahead.extend(next(pointer));
        }
    }
    reached
}

impl Part {
    fn read(&mut self, pointer: &str, value: &Value) {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
        if let Some(path) = pointer.strip_prefix("/paths/") {
            let path: String = path.split("~1").filter(|step| *step != "openapi" && !step.contains('{')).collect();
            for operation in METHODS.iter().filter_map(|method| value.get(*method)) {
                self.names.insert(letters(operation["operationId"].as_str().unwrap_or(&path)));
            }
        } else {
            self.names.extend(pointer.rsplit('/').next().map(letters));
        }
        let mut ahead = vec![value];
        while let Some(value) = ahead.pop() {
            if value.pointer("/properties/platformClientId").is_some() {
                self.rules.insert(value.to_string());
            }
            self.names.extend(value["title"].as_str().map(letters));
            let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
            self.targets.extend(target.map(|target| target.split('/').take(4).collect::<Vec<_>>().join("/")));
            ahead.extend(value.as_object().into_iter().flatten().map(|(_, member)| member));
            ahead.extend(value.as_array().into_iter().flatten());
        }
    }
}
