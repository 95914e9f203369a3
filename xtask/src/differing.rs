//! What of the documents has to be generated to see how two clients differ: of 200 operations, most are the same.
//!
//! That is what differs, what reaches it, what it reaches, and what may come to a name of one of these.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::compare::{child, part_of, within};
use crate::generator::METHODS;

/// Path items and components, by their pointers, with those that they refer to, or those that refer to them.
type Links = BTreeMap<String, BTreeSet<String>>;

/// The pointers of what has to be generated of documents, each old and new; none if they are the same.
pub fn parts(documents: &[[&Value; 2]]) -> BTreeSet<String> {
    let (mut differing, mut named, mut of_rule) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
    let (mut targets, mut users) = (Links::new(), Links::new());
    for [old, new] in documents {
        let differs = rest(old) != rest(new);
        let sides = [old, new].map(|document| parts_of(document));
        for (pointer, part) in sides.iter().flatten() {
            if differs || sides[0].get(pointer) != sides[1].get(pointer) {
                differing.insert(pointer.clone());
            }
            named.extend(names(pointer, part).into_iter().map(|name| (name, pointer.clone())));
            for value in within([*part]) {
                if let Some(target) = value["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
                    targets.entry(pointer.clone()).or_default().insert(part_of(target));
                    users.entry(part_of(target)).or_default().insert(pointer.clone());
                }
                if value.pointer("/properties/platformClientId").is_some() {
                    of_rule.insert(value.to_string(), pointer.clone());
                }
            }
        }
    }
    if differing.is_empty() {
        return differing;
    }
    let mut kept = closure(differing, &users);
    let of_kept: BTreeSet<_> =
        named.iter().filter(|(_, part)| kept.contains(part)).map(|(name, _)| &name[..]).collect();
    let is_like = |name: &str| {
        let longer = of_kept.range(name..).next().is_some_and(|other| other.starts_with(name));
        longer || name.char_indices().any(|(end, _)| of_kept.contains(&name[..end]))
    };
    kept.extend(named.iter().filter(|(name, _)| is_like(name)).map(|(_, part)| part.clone()));
    // All requests with the rule share a type: of equal ones, one stands for the others.
    kept.extend(closure(of_rule.into_values().collect(), &users));
    closure(kept, &targets)
}

/// A document with these parts alone.
pub fn only(document: &Value, parts: &BTreeSet<String>) -> Value {
    let mut document = document.clone();
    for section in sections(&document) {
        if let Some(members) = document.pointer_mut(&section).and_then(Value::as_object_mut) {
            members.retain(|key, _| parts.contains(&child(&section, key)));
        }
    }
    document
}

/// The pointers of what has path items and components as members.
fn sections(document: &Value) -> Vec<String> {
    let components = document["components"].as_object().into_iter().flat_map(Map::keys);
    let components = components.filter(|name| *name != "securitySchemes").map(|name| child("/components", name));
    components.chain(["/paths".to_owned()]).collect()
}

fn parts_of(document: &Value) -> BTreeMap<String, &Value> {
    let sections = sections(document).into_iter();
    let sections = sections.filter_map(|pointer| Some((document.pointer(&pointer)?.as_object()?, pointer)));
    sections
        .flat_map(|(section, pointer)| section.iter().map(move |(key, part)| (child(&pointer, key), part)))
        .collect()
}

/// What is named everywhere, and not by reference, like servers and security schemes.
fn rest(document: &Value) -> (BTreeMap<&String, &Value>, Option<&Value>) {
    let members = document.as_object().into_iter().flatten();
    let members = members.filter(|(key, _)| !["info", "paths", "components", "tags"].contains(&key.as_str()));
    (members.collect(), document.pointer("/components/securitySchemes"))
}

/// What names of Rust in a part begin with, in small letters.
fn names(pointer: &str, part: &Value) -> Vec<String> {
    let letters = |name: &str| name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    match pointer.strip_prefix("/paths/") {
        Some(path) => {
            let path: String = path.split("~1").filter(|step| *step != "openapi" && !step.contains('{')).collect();
            let operations = METHODS.iter().filter_map(|method| part.get(*method));
            operations.map(|operation| letters(operation["operationId"].as_str().unwrap_or(&path))).collect()
        }
        None => pointer.rsplit('/').next().map(letters).into_iter().collect(),
    }
}

/// What is linked with some places, step by step.
fn closure(from: BTreeSet<String>, links: &Links) -> BTreeSet<String> {
    let mut ahead = Vec::from_iter(from);
    let mut reached = BTreeSet::new();
    while let Some(pointer) = ahead.pop() {
        if reached.insert(pointer.clone()) {
            ahead.extend(links.get(&pointer).into_iter().flatten().cloned());
        }
    }
    reached
}
