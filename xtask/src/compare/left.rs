//! What differs in two documents as they are written, and not in what they mean.

use serde_json::Value;

use super::place::{At, keys};
use super::{Comparison, Level};

type Difference<'v> = (Option<At<'v>>, Option<At<'v>>);

impl Comparison<'_> {
    /// Reports each difference that no finding is about: no effect on the wire.
    pub fn what_is_left(&mut self) {
        let mut left = Vec::new();
        differences(Some(self.old.root()), Some(self.new.root()), &mut left);
        left.retain(|(old, new)| !new.as_ref().or(old.as_ref()).is_some_and(|at| self.is_covered(&at.pointer)));
        for (old, new) in left {
            let rule = match (&old, &new) {
                (Some(old), Some(new)) if new.pointer == "/info/version" && is_lower(text(new), text(old)) => {
                    ("api-version-lowered", Level::Metadata, "the published version is lower than the vendored one")
                }
                _ => ("no-effect", Level::Metadata, "no effect on the client"),
            };
            self.report(rule, old.as_ref(), new.as_ref());
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

fn text<'v>(at: &At<'v>) -> &'v str {
    at.value.as_str().unwrap_or_default()
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
            for key in keys(&before.members(), &after.members()) {
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

/// Whether a version is lower than another, by the numbers in it.
#[must_use]
pub fn is_lower(version: &str, other: &str) -> bool {
    let numbers = |version: &str| -> Vec<u64> {
        version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    numbers(version) < numbers(other)
}
