//! Writes an `allOf` of objects as the one object that it describes.
//!
//! typify 0.8 merges the parts itself, and of two objects under one property it merges those too, and so on: without an end
//! where each has itself inside, and twice as long with each step of others. And a base that has nothing but the secret
//! could not lose it: of an object without properties typify makes a map.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::Error;
use super::spec::{Spec, members, most_objects, objects, reference, step};

/// In how many ways typify may have to put one schema together. It tries them all.
const WAYS: usize = 200;

/// How deep parts and references may be inside each other. In real documents it is ten or so.
const DEEPEST: usize = 100;

/// How deep an object may be in the document. In real documents it is 20 at most, and the stack has an end.
const INNERMOST: usize = 40;

/// What says nothing of what an object has.
const NOTES: [&str; 8] =
    ["title", "description", "nullable", "deprecated", "discriminator", "externalDocs", "readOnly", "writeOnly"];

/// Changes the document in place. In what is left, no part and no reference leads back to itself.
pub fn flatten(spec: &mut Spec) -> Result<(), Error> {
    let places = objects(&spec.value, "");
    let most = most_objects(places.len());
    let (mut used, mut known) = (0, Counted::new());
    for place in &places {
        if place.matches('/').count() > INNERMOST {
            return Err(spec.error(place, format_args!("it is more than {INNERMOST} steps deep in the document")));
        }
        count(spec, place, 0, &mut known)?;
    }
    for place in places {
        let schema = spec.at(&place);
        let is_composed = ["allOf", "oneOf", "anyOf"].iter().any(|key| schema[*key].is_array());
        if !is_composed || spec.resolve(&place) != place {
            continue;
        }
        let parts = spec.reached(&place, |key| key == "allOf" || key.bytes().all(|byte| byte.is_ascii_digit()));
        let properties = properties(spec, &place, &parts)?;
        let is_plain = parts.iter().all(|part| is_object(spec.at(part)));
        let (size, ways) = if is_plain { (parts.len(), 1) } else { known[&place] };
        used = size.saturating_add(ways).saturating_add(properties.len()).saturating_add(used);
        if ways > WAYS {
            let message = format_args!("its allOf, oneOf and anyOf can be put together in more than {WAYS} ways");
            return Err(spec.error(&place, message));
        }
        if used > most {
            return Err(spec.error(&place, "with all that it is composed of, the document is several times as long"));
        }
        if is_plain {
            let whole = whole(spec, &place, &parts, &properties);
            if let Some(schema) = spec.value.pointer_mut(&place) {
                *schema = whole;
            }
        }
    }
    Ok(())
}

/// Whether a schema is an object that only has properties.
fn is_object(schema: &Value) -> bool {
    members(schema).all(|(key, value)| match key.as_str() {
        "type" => value == "object",
        "additionalProperties" => *value == true,
        "allOf" | "$ref" | "properties" | "required" => true,
        key => NOTES.contains(&key),
    })
}

/// The properties of some parts of a schema together. Those of its variants must not say otherwise: typify merges them.
fn properties(spec: &Spec, place: &str, parts: &[String]) -> Result<Map<String, Value>, Error> {
    let mut all = Map::new();
    let has_variants = |part: &&String| ["oneOf", "anyOf"].iter().any(|key| spec.at(part)[*key].is_array());
    let groups = parts.iter().filter(has_variants).count();
    let variants = if groups == 0 { Vec::new() } else { spec.parts(place) };
    for (index, part) in parts.iter().chain(&variants).enumerate() {
        for (name, property) in members(&spec.at(part)["properties"]) {
            let one = match all.get(name) {
                // Of one `oneOf`, the variants are never merged with each other.
                None if index >= parts.len() && groups == 1 => continue,
                None => Some(property),
                Some(known) => together(spec, known, property),
            };
            let one = one.ok_or_else(|| {
                let place = format!("{part}/properties/{}", step(name));
                spec.error(&place, "another part of an allOf has this property too, and of another type")
            })?;
            if index < parts.len() || groups > 1 {
                all.insert(name.clone(), one.clone());
            }
        }
    }
    Ok(all)
}

/// Of two schemas of one property, the one that says all that the other does.
fn together<'v>(spec: &Spec, one: &'v Value, other: &'v Value) -> Option<&'v Value> {
    match (refines(spec, one, other), refines(spec, other, one)) {
        // One that is described stands for one that is not.
        (true, true) if one.get("description").is_none() => Some(other),
        (true, _) => Some(one),
        (_, true) => Some(other),
        _ => None,
    }
}

/// Whether a schema says all that another does, but for notes: itself, or one of its parts.
fn refines(spec: &Spec, schema: &Value, other: &Value) -> bool {
    let is_said = |(key, said): (&String, &Value)| match key.as_str() {
        _ if schema.get(key) == Some(said) => true,
        "nullable" => false,
        "type" => spec.at_reference(schema)[key] == *said,
        "items" => refines(spec, &schema[key], said),
        "enum" => schema[key].as_array().is_some_and(|values| {
            values.iter().all(|value| said.as_array().is_some_and(|known| known.contains(value)))
        }),
        key => NOTES.contains(&key),
    };
    let parts = schema["allOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    members(other).all(is_said) || parts.iter().any(|part| refines(spec, part, other))
}

/// The one object that some parts are.
fn whole(spec: &Spec, place: &str, parts: &[String], properties: &Map<String, Value>) -> Value {
    let required = parts.iter().filter_map(|part| spec.at(part)["required"].as_array()).flatten();
    let required: BTreeSet<_> = required.filter_map(Value::as_str).collect();
    let mut whole = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        whole["required"] = json!(required);
    }
    for (key, note) in members(spec.at(place)).filter(|(key, _)| NOTES.contains(&key.as_str())) {
        whole[key] = note.clone();
    }
    whole
}

/// Of how many parts a schema is put together, written out, and in how many ways: of each place that was counted.
type Counted = HashMap<String, (usize, usize)>;

/// Counts it. A `$ref` must be to a component that is there, and must not come back to itself: no type can be made of that.
/// One in a property or an item may, as in a tree.
fn count(spec: &Spec, place: &str, depth: usize, known: &mut Counted) -> Result<(usize, usize), Error> {
    if let Some(counted) = known.get(place) {
        return Ok(*counted);
    }
    if depth > DEEPEST {
        let message = format_args!("more than {DEEPEST} parts and references lead to it, or it is a part of itself");
        return Err(spec.error(place, message));
    }
    let schema = spec.at(place);
    let (mut size, mut ways, mut variants) = (1_usize, 1_usize, 0_usize);
    if let Some(target) = schema["$ref"].as_str() {
        let Some(component) = reference(schema).filter(|place| spec.value.pointer(place).is_some()) else {
            return Err(spec.error(place, format_args!("it refers to {target}, which is not there")));
        };
        (size, ways) = count(spec, component, depth + 1, known)?;
    }
    for key in ["allOf", "oneOf", "anyOf", "not"] {
        let inner = match &schema[key] {
            Value::Array(parts) => (0..parts.len()).map(|index| format!("{place}/{key}/{index}")).collect(),
            Value::Null => Vec::new(),
            _ => vec![format!("{place}/{key}")],
        };
        for inner in inner {
            let inner = count(spec, &inner, depth + 1, known)?;
            size = size.saturating_add(inner.0);
            let is_variant = ["oneOf", "anyOf"].contains(&key);
            if is_variant { variants = variants.saturating_add(inner.1) } else { ways = ways.saturating_mul(inner.1) }
        }
    }
    let counted = (size, ways.saturating_mul(variants.max(1)));
    known.insert(place.to_owned(), counted);
    Ok(counted)
}
