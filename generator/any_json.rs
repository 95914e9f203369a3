//! Schemas that the model cannot express become any JSON, unless they hide a credential or the identification of a client.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::Error;
use super::cursor::At;
use super::keywords::{self, CREDENTIALS};
use super::model::{Json, Reason, Shape, Unmodelled};
use super::schemas::Schemas;
use super::tree::{Tree, new};

/// Keywords that have no effect on the wire.
const NOTES: [&str; 10] = [
    "title",
    "description",
    "example",
    "examples",
    "deprecated",
    "externalDocs",
    "xml",
    "readOnly",
    "writeOnly",
    "$comment",
];

impl<'d> Schemas<'d> {
    /// Any JSON in place of a schema. Fails if the schema hides a credential.
    pub fn unmodelled(&mut self, at: &At<'d>, reason: Reason) -> Result<Tree, Error> {
        self.refuse_hidden_credentials(at)?;
        Ok(any_json(at, reason))
    }

    /// Any JSON in place of two contradictory schemas. Fails if one of them hides a credential.
    pub fn contradicting(&mut self, one: &Tree, other: &Tree, reason: Reason) -> Result<Tree, Error> {
        let mut unmodelled = Unmodelled::new(reason);
        let mut wire = Vec::new();
        for Tree { place, .. } in [one, other] {
            let at = self.root.target(&format!("#{}", place.pointer))?;
            self.refuse_hidden_credentials(&at)?;
            wire.push(without_notes(&at, &mut unmodelled));
        }
        unmodelled.wire = wire.into();
        Ok(Tree { shape: Shape::Json(Json::Unmodelled(Box::new(unmodelled))), ..other.clone() })
    }

    fn refuse_hidden_credentials(&mut self, at: &At<'d>) -> Result<(), Error> {
        match hidden_property(at, &CREDENTIALS, &mut self.searched) {
            Some(name) => {
                let message = "is inside a schema that becomes any JSON: it cannot be kept from logs";
                Err(at.error(format_args!("{name} {message}")))
            }
            None => Ok(()),
        }
    }
}

/// Any JSON in place of a schema, without the search for credentials. Bodies of errors may have some: the client reads them
/// without a type.
pub fn any_json(at: &At, reason: Reason) -> Tree {
    let mut unmodelled = Unmodelled::new(reason);
    unmodelled.wire = without_notes(at, &mut unmodelled);
    let mut tree = new(at, Shape::Json(Json::Unmodelled(Box::new(unmodelled))));
    at.text_of("description").clone_into(&mut tree.description);
    tree.is_nullable = keywords::is_nullable(at);
    tree
}

impl Unmodelled {
    fn new(reason: Reason) -> Self {
        Self { reason, wire: Value::Null, descriptions: Vec::new(), references: BTreeSet::new() }
    }
}

/// The first of `names` that a property has, inside a schema or the schemas that it refers to. `searched` are targets of
/// references to skip.
pub fn hidden_property<'d>(
    at: &At<'d>,
    names: &[&'static str],
    searched: &mut HashSet<&'d str>,
) -> Option<&'static str> {
    let mut ahead = vec![at.clone()];
    while let Some(at) = ahead.pop() {
        if let Some(properties) = at.get("properties")
            && let Some(name) = names.iter().find(|name| properties.has(name))
        {
            return Some(name);
        }
        if let Some(target) = at.reference() {
            if searched.insert(target) {
                ahead.extend(at.followed().ok());
            }
            continue;
        }
        ahead.extend(at.members().map(|(_, member)| member));
        ahead.extend(at.items());
    }
    None
}

/// The names of all properties in an unmodelled schema.
pub fn property_names(wire: &Value) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut ahead = vec![wire];
    while let Some(value) = ahead.pop() {
        if let Some(Value::Object(properties)) = value.get("properties") {
            names.extend(properties.keys().map(String::as_str));
        }
        match value {
            Value::Object(members) => ahead.extend(members.values()),
            Value::Array(items) => ahead.extend(items),
            _ => {}
        }
    }
    names
}

/// A schema without [`NOTES`]. Collects their descriptions, and the components that the schema refers to.
fn without_notes(at: &At, found: &mut Unmodelled) -> Value {
    found.references.extend(at.component_type());
    match at.value {
        Value::Object(_) => {
            let mut kept = Map::new();
            for (keyword, member) in at.members() {
                if keyword == "description" {
                    found.descriptions.extend(member.value.as_str().map(|text| (member.place(), text.to_owned())));
                }
                if NOTES.contains(&keyword) || keyword.starts_with("x-") {
                    continue;
                }
                let value = if ["properties", "patternProperties"].contains(&keyword) {
                    named_schemas(&member, found)
                } else {
                    without_notes(&member, found)
                };
                kept.insert(keyword.to_owned(), value);
            }
            kept.into()
        }
        Value::Array(_) => at.items().map(|item| without_notes(&item, found)).collect(),
        value => value.clone(),
    }
}

/// The schemas in a map whose keys are names rather than keywords.
fn named_schemas(at: &At, found: &mut Unmodelled) -> Value {
    let schemas = at.members().map(|(name, schema)| (name.to_owned(), without_notes(&schema, found)));
    schemas.collect::<Map<_, _>>().into()
}
