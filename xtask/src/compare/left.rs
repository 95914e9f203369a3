//! What differs in two documents as they are written, and not in what they mean.

use std::collections::BTreeSet;

use serde_json::Value;

use super::place::{At, child, names, steps};
use super::{Comparison, Level, METHODS, Reached};
use crate::compare::Direction;

type Difference<'v> = (Option<At<'v>>, Option<At<'v>>);

impl Comparison<'_> {
    /// Reports each difference that no finding speaks of: no effect on the wire.
    pub fn what_is_left(&mut self) {
        let mut left = Vec::new();
        differences(Some(self.old.root()), Some(self.new.root()), &mut left);
        self.operation.clear();
        for (old, new) in left {
            let Some(at) = new.as_ref().or(old.as_ref()) else { continue };
            if self.is_covered(&at.pointer) {
                continue;
            }
            let (id, meaning) = describe(&at.pointer, old.as_ref(), new.as_ref());
            let operations = self.operations(&at.pointer);
            let covered = self.covered.clone();
            self.report(id, Level::Metadata, old.as_ref(), new.as_ref(), meaning);
            self.covered = covered;
            if let Some(finding) = self.findings.last_mut() {
                finding.operations = operations;
            }
        }
    }

    /// Whether a finding speaks of that place, of what it is in, or of something in it.
    fn is_covered(&self, pointer: &str) -> bool {
        let inside = format!("{pointer}/");
        let ends = pointer.match_indices('/').map(|(end, _)| end).chain([pointer.len()]);
        ends.into_iter().any(|end| self.covered.contains(&pointer[..end]))
            || self.covered.range(inside.clone()..).next().is_some_and(|first| first.starts_with(&inside))
    }

    /// The operations that the part at a pointer reaches.
    fn operations(&self, pointer: &str) -> BTreeSet<Reached> {
        let steps: Vec<_> = steps(pointer).collect();
        match &steps.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["components", section, name, ..] => {
                let component = child(&child("/components", section), name);
                self.reach.get(&component).cloned().unwrap_or_default()
            }
            ["paths", path, method, rest @ ..] if METHODS.contains(method) => {
                let is_response = rest.first() == Some(&"responses");
                let direction = if is_response { Direction::Response } else { Direction::Request };
                BTreeSet::from([Reached { operation: format!("{} {path}", method.to_uppercase()), direction }])
            }
            _ => BTreeSet::new(),
        }
    }
}

/// The smallest parts that differ.
fn differences<'v>(old: Option<At<'v>>, new: Option<At<'v>>, all: &mut Vec<Difference<'v>>) {
    let (Some(before), Some(after)) = (&old, &new) else { return all.push((old, new)) };
    match (before.value, after.value) {
        (one, other) if one == other => {}
        // What was written out and is referred to now is one difference, and not one for each of its members.
        (Value::Object(one), Value::Object(other))
            if one.get("$ref") == other.get("$ref") && one.contains_key("allOf") == other.contains_key("allOf") =>
        {
            for key in names(one.keys().map(String::as_str), other.keys().map(String::as_str)) {
                differences(before.member(key), after.member(key), all);
            }
        }
        (Value::Array(one), Value::Array(other))
            if one.len() == other.len() && !one.iter().all(|item| other.contains(item)) =>
        {
            for (old, new) in before.items().into_iter().zip(after.items()) {
                differences(Some(old), Some(new), all);
            }
        }
        _ => all.push((old, new)),
    }
}

/// The rule of a difference without effect, and what it means.
fn describe(pointer: &str, old: Option<&At>, new: Option<&At>) -> (&'static str, &'static str) {
    let text = |side: Option<&At>| side.and_then(|at| at.value.as_str()).unwrap_or_default().to_owned();
    let none = "no effect on the client";
    match pointer.rsplit('/').next().unwrap_or_default() {
        "version" if pointer == "/info/version" && is_lower(&text(new), &text(old)) => {
            ("api-version-lowered", "the published version is lower than the vendored one")
        }
        "version" if pointer == "/info/version" => ("api-version-changed", none),
        "description" | "summary" | "title" => ("text-changed", none),
        "example" | "examples" => ("example-changed", none),
        "operationId" => ("operation-id-changed", none),
        key if key.starts_with("x-") => ("extension-changed", none),
        _ => ("same-on-the-wire", none),
    }
}

/// Whether a version is lower than another, by the numbers in it.
#[must_use]
pub fn is_lower(version: &str, other: &str) -> bool {
    let numbers = |version: &str| -> Vec<u64> {
        version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    numbers(version) < numbers(other)
}
