//! What differs in two documents as they are written, and not in what they mean.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Comparison;
use super::place::At;
use crate::finding::{Finding, Level, NO_EFFECT};

type Difference<'v> = (Option<At<'v>>, Option<At<'v>>);

impl Comparison<'_> {
    /// Reports each difference that no finding is about: no effect on the wire.
    pub fn what_is_left(&mut self, old: &Value, new: &Value) {
        let mut left = Vec::new();
        let [old, new] = [old, new].map(|value| Some(At { pointer: String::new(), value }));
        differences(old, new, &mut left);
        for (old, new) in left {
            if new.as_ref().or(old.as_ref()).is_some_and(|at| !self.is_covered(&at.pointer)) {
                let finding = Finding::new(NO_EFFECT, Level::Metadata, "no effect on the client");
                self.report(finding, old.as_ref(), new.as_ref());
            }
        }
    }

    /// Whether a finding is about that place, about what it is in, or about something in it.
    fn is_covered(&self, pointer: &str) -> bool {
        let inside = format!("{pointer}/");
        let mut ends = pointer.match_indices('/').map(|(end, _)| end).chain([pointer.len()]);
        ends.any(|end| self.covered.contains(&pointer[..end]))
            || self.covered.range(inside.clone()..).next().is_some_and(|first| first.starts_with(&inside))
    }
}

/// The smallest parts that differ.
fn differences<'v>(old: Option<At<'v>>, new: Option<At<'v>>, all: &mut Vec<Difference<'v>>) {
    let (Some(before), Some(after)) = (&old, &new) else { return all.push((old, new)) };
    match (before.value, after.value) {
        (one, other) if one == other => {}
        // What was written out and is now referred to is one difference, and not one for each of its members.
        (Value::Object(one), Value::Object(other))
            if one.get("$ref") == other.get("$ref") && one.contains_key("allOf") == other.contains_key("allOf") =>
        {
            for key in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
                differences(before.member(key), after.member(key), all);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            let (mine, theirs) = (before.values(), after.values());
            let is_plain = one.iter().chain(other).all(|item| !item.is_object() && !item.is_array());
            if is_plain && !mine.keys().eq(theirs.keys()) {
                let gone = mine.iter().filter(|(name, _)| !theirs.contains_key(*name));
                all.extend(gone.map(|(_, item)| (Some(item.clone()), None)));
                let new = theirs.iter().filter(|(name, _)| !mine.contains_key(*name));
                all.extend(new.map(|(_, item)| (None, Some(item.clone()))));
            } else if one.len() == other.len() && !mine.keys().eq(theirs.keys()) {
                for (old, new) in before.items().into_iter().zip(after.items()) {
                    differences(Some(old), Some(new), all);
                }
            } else {
                all.push((old, new));
            }
        }
        _ => all.push((old, new)),
    }
}
