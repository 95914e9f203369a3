//! Schemas merged with the description and facts of the types that they refer to.

use std::collections::BTreeMap;

use super::Way;
use crate::generator::model::{Api, Definition, Fact, Facts, Json, NamedType, Place, Schema, Shape, TypeName, Width};

pub type AllFacts<'a> = BTreeMap<&'a str, &'a Fact>;

#[derive(Clone)]
pub struct Flat<'a> {
    pub form: Form<'a>,
    pub description: &'a str,
    /// The place of the schema or type to which the description belongs.
    pub described: &'a Place,
    pub facts: AllFacts<'a>,
    pub is_nullable: bool,
    pub place: &'a Place,
}

/// A shape without aliases.
#[derive(Clone, Copy)]
pub enum Form<'a> {
    Object(&'a TypeName),
    Enum(&'a TypeName),
    Other(&'a Shape),
}

impl<'a> Flat<'a> {
    pub fn of(api: &'a Api, schema: &'a Schema) -> Self {
        let Schema { shape, description, is_nullable, facts, place } = schema;
        let form = Form::Other(shape);
        let flat = Self { form, description, described: place, facts: all(facts), is_nullable: *is_nullable, place };
        flat.followed(api)
    }

    /// A type by its name, rather than by a reference.
    pub fn of_type(api: &'a Api, name: &'a TypeName) -> Option<Self> {
        let NamedType { definition, description, facts, place, .. } = api.types.get(name)?;
        let form = match definition {
            Definition::Object(_) => Form::Object(name),
            Definition::Enum(_) => Form::Enum(name),
            Definition::Alias(target) => return Some(Self::of(api, target)),
        };
        Some(Self { form, description, described: place, facts: all(facts), is_nullable: false, place })
    }

    fn followed(mut self, api: &'a Api) -> Self {
        if let Form::Other(Shape::Ref(name)) = self.form
            && let Some(target) = Self::of_type(api, name)
        {
            self.form = target.form;
            self.is_nullable |= target.is_nullable;
            // A description or fact at the reference takes precedence.
            if self.description.is_empty() {
                (self.description, self.described) = (target.description, target.described);
            }
            for (keyword, fact) in target.facts {
                self.facts.entry(keyword).or_insert(fact);
            }
        }
        self
    }

    /// Whether a property is absent from this part of a call.
    pub fn is_hidden(&self, way: Way) -> bool {
        let keyword = match way {
            Way::Parameter | Way::Request => "readOnly",
            Way::Success | Way::Error => "writeOnly",
        };
        self.facts.get(keyword).is_some_and(|fact| fact.value == true)
    }

    /// The client reads null wherever it reads any JSON.
    pub fn allows_null(&self, way: Way) -> bool {
        match self.form {
            Form::Other(Shape::Json(Json::Anything)) => true,
            Form::Other(Shape::Json(_)) if matches!(way, Way::Success | Way::Error) => true,
            _ => self.is_nullable,
        }
    }

    pub fn is_string(&self) -> bool {
        matches!(self.form, Form::Other(Shape::String | Shape::Secret))
    }

    /// The type of the values, in messages.
    pub fn type_name(&self) -> &'static str {
        let is_uint64 = self.facts.get("format").is_some_and(|format| format.value == "uint64");
        match self.form {
            Form::Object(_) => "object",
            Form::Enum(_) => "enumeration",
            Form::Other(shape) => match shape {
                Shape::Ref(_) => "unknown",
                Shape::Map(_) => "map",
                Shape::Array(_) => "array",
                Shape::String | Shape::Secret => "string",
                Shape::Integer(_) if is_uint64 => "uint64",
                Shape::Integer(Width::I32) => "int32",
                Shape::Integer(Width::I64) => "integer",
                Shape::Number => "number",
                Shape::Boolean => "boolean",
                Shape::Json(Json::Anything) => "anything",
                Shape::Json(_) => "any JSON",
            },
        }
    }
}

pub fn all(facts: &Facts) -> AllFacts<'_> {
    facts.0.iter().map(|(keyword, fact)| (keyword.as_str(), fact)).collect()
}
