//! Turns typed differences into findings for people and machines.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Difference, Kind, Sides};
use crate::finding::{Finding, Level};
use crate::generator::model::Place;
use crate::generator::prose::shown;

/// A finding about a place, with the places of the Rust items that it may change.
#[derive(Clone, Debug)]
pub struct Found {
    pub finding: Finding,
    pub part: Sides,
    pub owner: Sides,
    /// Whether the difference may change the generated code.
    pub affects_code: bool,
}

/// One finding for each difference. If a difference occurs in several directions, its finding has the worst level.
pub fn findings(differences: Vec<Difference>, old: &Value, new: &Value) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for difference in differences {
        let finding = finding(&difference, old, new);
        let affects_code = !matches!(difference.kind, Kind::Prose(_) | Kind::IdentificationProse(_));
        let Difference { kind, place, part, owner, .. } = difference;
        let index = *known.entry(format!("{kind:?} {place:?}")).or_insert(all.len());
        match all.get_mut(index) {
            Some(found) => found.finding.raise(finding),
            None => all.push(Found { finding, part, owner, affects_code }),
        }
    }
    all
}

fn finding(difference: &Difference, old: &Value, new: &Value) -> Finding {
    let Difference { kind, way, place, operations, .. } = difference;
    let judgement = kind.judge(*way);
    let item = match kind {
        Kind::ValueAdded(value) | Kind::ValueRemoved(value) => Some(value),
        _ => None,
    };
    let meaning = match item {
        Some(item) if judgement.level > Level::Metadata => {
            let item = item.as_str().map_or_else(|| item.to_string(), shown);
            format!("{item}: {}", judgement.meaning)
        }
        _ => judgement.meaning,
    };
    let at = |document: &Value, place: &Option<Place>| document.pointer(&place.as_ref()?.pointer).cloned();
    let text = |text: &String| (!text.is_empty()).then(|| json!(text));
    let (old, new) = match kind {
        Kind::TypeChanged(["any JSON", _] | [_, "any JSON"]) => (at(old, &place.old), at(new, &place.new)),
        Kind::TypeChanged([old, new]) => (Some(json!(old)), Some(json!(new))),
        Kind::TypeRenamed([old, new]) | Kind::Prose([old, new]) | Kind::IdentificationProse([old, new]) => {
            (text(old), text(new))
        }
        Kind::ValueAdded(value) => (None, Some(value.clone())),
        Kind::ValueRemoved(value) => (Some(value.clone()), None),
        Kind::BecameRequired | Kind::BecameOptional => (None, None),
        _ => (at(old, &place.old), at(new, &place.new)),
    };
    let pointer = place.current().map(|place| place.pointer.clone()).unwrap_or_default();
    // The pointer omits the position in a list, which changes with other items.
    let pointer = if item.is_some() { without_index(pointer) } else { pointer };
    let found = Finding::new(judgement.id, judgement.level, meaning);
    Finding { pointer, old, new, operations: Arc::clone(operations), ..found }
}

fn without_index(pointer: String) -> String {
    match pointer.rsplit_once('/') {
        Some((list, index)) if index.parse::<usize>().is_ok() => list.to_owned(),
        _ => pointer,
    }
}
