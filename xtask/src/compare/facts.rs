//! Compares keywords that don't affect a type.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::flat::AllFacts;
use super::pairs::by_key;
use super::{Comparison, Kind, Sides, Way};
use crate::generator::model::Place;

/// How a keyword's value differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The keyword is new, or a limit is tighter.
    Tightened,
    /// The keyword is gone, or a limit is looser.
    Loosened,
    Changed,
    /// The client doesn't notice.
    Idle,
}

/// Keywords that no client notices, or that the parser checks.
const IDLE: &str = "title tags example examples externalDocs xml discriminator readOnly writeOnly style explode \
    allowEmptyValue callbacks links headers encoding security servers info webhooks jsonSchemaDialect propertyNames \
    $comment $schema $id $anchor $defs definitions";

/// A keyword's value, with its place.
type Noted<'a> = (Cow<'a, Value>, &'a Place);

impl<'a> Comparison<'a> {
    /// Compares the keywords of two schemas or parts. `is_string`: whether the schema is a string.
    pub fn facts(&mut self, old: &AllFacts<'a>, new: &AllFacts<'a>, way: Way, is_string: bool) {
        for (keyword, old, new) in by_key(noted(old), noted(new)) {
            if let (Some((one, old_place)), Some((other, new_place))) = (&old, &new)
                && keyword == "enum"
            {
                self.values(one, other, way, (old_place, new_place));
                continue;
            }
            let [one, other] = [&old, &new].map(|side| side.as_ref().map(|(value, _)| &**value));
            if one == other {
                continue;
            }
            let change = if keyword == "format" && !is_string { Change::Idle } else { change(keyword, one, other) };
            let place = Sides::of(old.as_ref().map(|(_, place)| *place), new.as_ref().map(|(_, place)| *place));
            self.fact(keyword, change, way, one, other, place);
        }
    }

    /// Reports a keyword that differs. For an object without effect on the client, reports each member that differs.
    fn fact(
        &mut self,
        keyword: &str,
        change: Change,
        way: Way,
        old: Option<&Value>,
        new: Option<&Value>,
        place: Sides,
    ) {
        if let (Change::Idle, Some(Value::Object(one)), Some(Value::Object(other))) = (change, old, new) {
            for (key, old, new) in by_key(one.iter(), other.iter()) {
                let member = Sides {
                    old: place.old.as_ref().filter(|_| old.is_some()).map(|place| place.member(key)),
                    new: place.new.as_ref().filter(|_| new.is_some()).map(|place| place.member(key)),
                };
                if old != new {
                    self.fact(keyword, change, way, old, new, member);
                }
            }
            return;
        }
        self.report_at(Kind::Fact(keyword.to_owned(), change), way, place);
    }

    /// Compares enumerations of numbers or booleans.
    fn values(&mut self, old: &Value, new: &Value, way: Way, (old_place, new_place): (&Place, &Place)) {
        let items = |list: &Value| list.as_array().cloned().unwrap_or_default();
        let (old, new) = (items(old), items(new));
        for value in old.iter().filter(|value| !new.contains(value)) {
            self.report(Kind::ValueRemoved(value.clone()), way, old_place, None);
        }
        for value in new.iter().filter(|value| !old.contains(value)) {
            self.report(Kind::ValueAdded(value.clone()), way, None, new_place);
        }
    }
}

/// Facts with exclusive limits in OpenAPI 3.0's form, a flag beside the limit. OpenAPI 3.1 has a number instead.
fn noted<'a>(facts: &AllFacts<'a>) -> BTreeMap<&'a str, Noted<'a>> {
    let mut noted: BTreeMap<&str, Noted> = BTreeMap::new();
    for (keyword, fact) in facts {
        let limit = match *keyword {
            "exclusiveMinimum" if fact.value.is_number() => "minimum",
            "exclusiveMaximum" if fact.value.is_number() => "maximum",
            _ => {
                noted.entry(keyword).or_insert((Cow::Borrowed(&fact.value), &fact.place));
                continue;
            }
        };
        noted.insert(limit, (Cow::Borrowed(&fact.value), &fact.place));
        noted.insert(keyword, (Cow::Owned(json!(true)), &fact.place));
    }
    noted
}

fn change(keyword: &str, old: Option<&Value>, new: Option<&Value>) -> Change {
    if keyword.starts_with("x-") || IDLE.split(' ').any(|idle| idle == keyword) {
        return Change::Idle;
    }
    let is_stated = |value: &&Value| !is_default(keyword, value);
    match (old.filter(is_stated), new.filter(is_stated)) {
        (None, None) => Change::Idle,
        (None, Some(_)) => Change::Tightened,
        (Some(_), None) => Change::Loosened,
        (Some(old), Some(new)) => match old.as_f64().zip(new.as_f64()).and_then(|(old, new)| new.partial_cmp(&old)) {
            Some(Ordering::Equal) => Change::Idle,
            Some(Ordering::Less) if keyword.starts_with("min") => Change::Loosened,
            Some(Ordering::Greater) if keyword.starts_with("max") => Change::Loosened,
            _ => Change::Changed,
        },
    }
}

/// Whether a value means the same as no value.
fn is_default(keyword: &str, value: &Value) -> bool {
    match keyword {
        "default" => false,
        "minLength" | "minItems" | "minProperties" => *value == 0,
        "format" => value == "password",
        _ => *value == false,
    }
}

/// Whether a keyword limits the values of a type.
pub fn is_limit(keyword: &str) -> bool {
    let others = ["exclusiveMinimum", "exclusiveMaximum", "pattern", "multipleOf", "uniqueItems", "dependentRequired"];
    keyword.starts_with("max") || keyword.starts_with("min") || others.contains(&keyword)
}
