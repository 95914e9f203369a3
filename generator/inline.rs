//! Gives every inline schema that becomes a type a name that is its own.
//!
//! typify joins the words on the way to such a schema, so that `client.tags[]` and `clientTags[]` have one name, and
//! takes `title`s for names; of two types of one name it keeps the first without a word. Here each becomes a component,
//! under a name that depends on its place alone: the words of a property within a property come after `Inner`. Two places
//! that have one name all the same are an error.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Error;
use super::operations::Operation;
use super::responses::{SCHEMA, is_success};
use super::spec::{Spec, members, objects, reference, step};
use super::spelling::pascal;

/// The place in the document of each name in the generated code.
pub type Places = BTreeMap<String, String>;

/// Makes components of the inline schemas.
pub fn name(spec: &mut Spec, operations: &[Operation]) -> Result<Places, Error> {
    let pointers = objects(&spec.value, "").into_iter().filter(|pointer| pointer.matches('/').count() > 1);
    for pointer in pointers {
        spec.value.pointer_mut(&pointer).and_then(Value::as_object_mut).map(|schema| schema.remove("title"));
    }
    let names = names(spec, operations);
    let mut places = Places::new();
    for (place, name) in names.clone() {
        match places.get(&name) {
            // What is the same is one type.
            Some(other) if spec.at(other) != spec.at(&place) => {
                let owner = format!("{}: {other}", spec.file(other));
                return Err(spec.error(&place, format_args!("it resolves to the name {name}, which {owner} has")));
            }
            Some(_) => {}
            None => drop(places.insert(name, place)),
        }
    }
    let mut inline: Vec<_> = names.into_iter().filter(|(place, _)| !is_component(place)).collect();
    // Those within others first.
    inline.sort_by_key(|(place, _)| std::cmp::Reverse(place.len()));
    for (place, name) in inline {
        lift(spec, &place, name.trim_start_matches("types::"));
    }
    Ok(places)
}

/// Each schema that becomes a type, by its place, with its name.
fn names(spec: &Spec, operations: &[Operation]) -> Vec<(String, String)> {
    let mut walk = Walk { spec, found: Vec::new() };
    let components = members(&spec.value["components"]["schemas"]);
    let components = components.map(|(name, _)| (format!("/components/schemas/{}", step(name)), pascal(name)));
    let components: Vec<_> = components.collect();
    walk.found.clone_from(&components);
    for (pointer, name) in &components {
        if spec.at(pointer)["nullable"] == true {
            // typify makes a type within it.
            walk.found.push((pointer.clone(), format!("{name}Inner")));
        }
        walk.within(pointer, name, "");
    }
    for operation in operations {
        let (name, pointer) = (pascal(&operation.name), &operation.pointer);
        for (index, parameter) in operation.parameters.iter().enumerate() {
            let name = name.clone() + &pascal(&parameter.wire);
            walk.schema(&format!("{pointer}/parameters/{index}/schema"), &name, "");
        }
        walk.schema(&format!("{pointer}/requestBody{SCHEMA}"), &format!("{name}Body"), "");
        for (status, _) in members(&spec.at(pointer)["responses"]) {
            let role = if is_success(status) { "Response" } else { "Error" };
            walk.schema(&format!("{pointer}/responses/{status}{SCHEMA}"), &format!("{name}{role}"), "");
        }
    }
    walk.found.into_iter().map(|(place, name)| (place, format!("types::{name}"))).collect()
}

fn is_component(place: &str) -> bool {
    place.starts_with("/components/schemas/") && place.matches('/').count() == 3
}

struct Walk<'s> {
    spec: &'s Spec,
    found: Vec<(String, String)>,
}

impl Walk<'_> {
    /// Finds the types of a schema: it may be one, or have some within it.
    fn schema(&mut self, pointer: &str, name: &str, inner: &str) {
        let schema = self.spec.at(pointer);
        if schema["$ref"].is_string() {
            return;
        }
        let is_type = is_some(schema, "properties") || is_some(schema, "required") || schema["enum"].is_array();
        let parts = parts(schema, &["allOf", "oneOf", "anyOf"]);
        match &parts[..] {
            // Alone, it is what the whole is.
            [part] if !is_type => return self.schema(&format!("{pointer}{part}"), name, inner),
            [] if !is_type && schema["additionalProperties"] != false => {}
            _ => self.found.push((pointer.to_owned(), name.to_owned())),
        }
        self.within(pointer, name, inner);
    }

    fn within(&mut self, pointer: &str, name: &str, inner: &str) {
        let is_own = |part: &&String| *part == pointer || part.starts_with(&format!("{pointer}/"));
        let parts_of_all =
            self.spec.reached(pointer, |key| key == "allOf" || key.starts_with(|c: char| c.is_ascii_digit()));
        for part in parts_of_all.iter().filter(is_own) {
            let schema = self.spec.at(part);
            for (key, _) in members(&schema["properties"]) {
                let property = format!("properties/{}", step(key));
                let has = |part: &&String| self.spec.value.pointer(&format!("{part}/{property}")).is_some();
                // Of one that several parts have, typify makes one.
                if parts_of_all.iter().filter(has).count() == 1 {
                    self.schema(&format!("{part}/{property}"), &format!("{name}{inner}{}", pascal(key)), "Inner");
                }
            }
            for (key, suffix) in [("items", "Item"), ("additionalProperties", "Value")] {
                if schema[key].is_object() {
                    self.schema(&format!("{part}/{key}"), &format!("{name}{suffix}"), "Inner");
                }
            }
            for (index, variant) in parts(schema, &["oneOf", "anyOf"]).iter().enumerate() {
                let variant = format!("{part}{variant}");
                if reference(self.spec.at(&variant)).is_none() {
                    self.within(&variant, &format!("{name}Variant{index}"), "Inner");
                }
            }
        }
    }
}

fn is_some(schema: &Value, key: &str) -> bool {
    schema[key].as_object().is_some_and(|members| !members.is_empty())
        || schema[key].as_array().is_some_and(|items| !items.is_empty())
}

/// The steps to the parts of a schema.
fn parts(schema: &Value, keys: &[&str]) -> Vec<String> {
    let counts = keys.iter().map(|key| (key, schema[*key].as_array().map_or(0, Vec::len)));
    counts.flat_map(|(key, count)| (0..count).map(move |index| format!("/{key}/{index}"))).collect()
}

/// Makes a component of a schema, and refers to it.
fn lift(spec: &mut Spec, place: &str, name: &str) {
    let Some(schema) = spec.value.pointer_mut(place).and_then(Value::as_object_mut) else { return };
    let mut kept = Map::new();
    kept.extend(schema.remove("nullable").map(|nullable| ("nullable".to_owned(), nullable)));
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        if values.iter().any(Value::is_null) {
            kept.insert("nullable".to_owned(), json!(true));
        }
        values.retain(|value| !value.is_null());
    }
    kept.extend(schema.get("description").map(|text| ("description".to_owned(), text.clone())));
    let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
    let component = Value::Object(std::mem::take(schema));
    if kept.is_empty() {
        schema.insert("$ref".to_owned(), reference["$ref"].clone());
    } else {
        kept.insert("allOf".to_owned(), json!([reference]));
        *schema = kept;
    }
    spec.value["components"]["schemas"][name] = component;
}
