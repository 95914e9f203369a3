//! Schemas that the model cannot express: any JSON, which must hide neither a credential nor the identification of a client.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::Error;
use super::credentials::CREDENTIALS;
use super::cursor::At;
use super::keywords;
use super::model::{Json, Reason, Shape, Unmodelled};
use super::schemas::{Schemas, Tree, new};

/// Keywords without an effect on the wire.
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
    /// Any JSON in place of a schema. It must not hide a credential.
    pub fn unmodelled(&mut self, at: &At<'d>, reason: Reason) -> Result<Tree, Error> {
        self.refuse_hidden_credentials(at)?;
        Ok(any_json(at, reason))
    }

    /// Any JSON in place of two schemas that contradict each other.
    pub fn contradiction(&mut self, one: &Tree, other: &Tree, reason: Reason) -> Result<Tree, Error> {
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

/// Any JSON in place of a schema that may hold a credential: the body of an error, which is read without its type.
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

/// The first property with one of some names inside a schema, or in one that it refers to. `searched` are the targets of
/// references that need not be searched again.
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

/// The names of all properties in a schema that the model cannot express.
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

/// A schema without keywords that have no effect on the wire.
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

/// Schemas by name: none of the names is a keyword.
fn named_schemas(at: &At, found: &mut Unmodelled) -> Value {
    let schemas = at.members().map(|(name, schema)| (name.to_owned(), without_notes(&schema, found)));
    schemas.collect::<Map<_, _>>().into()
}
