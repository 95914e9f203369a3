//! Merges the parts of an `allOf`: schemas that all apply to the same value.

use std::collections::BTreeMap;

use super::Error;
use super::model::{Additional, EnumValue, Json, Object, Reason, Shape, TypeName, Width};
use super::tree::{Failure, Node, Tree};

/// How deeply mergers of mutually recursive types may nest.
const DEEPEST: usize = 20;

/// The components that merged schemas refer to.
pub trait Components {
    /// Replaces a reference by its target.
    fn resolved(&mut self, tree: &Tree) -> Result<Tree, Failure>;

    /// Any JSON in place of two schemas that contradict each other.
    fn contradiction(&mut self, one: &Tree, other: &Tree, reason: Reason) -> Result<Tree, Error>;

    /// Charges the budget for copying schemas.
    fn copy(&mut self, schemas: usize) -> Result<(), Reason>;
}

/// A merger of a schema's parts.
pub struct Merge<'c, C> {
    components: &'c mut C,
    /// The pairs of types whose mergers have begun and not ended.
    merging: Vec<(TypeName, TypeName)>,
}

impl<'c, C: Components> Merge<'c, C> {
    pub fn new(components: &'c mut C) -> Self {
        Self { components, merging: Vec::new() }
    }

    /// The schema of the values that both schemas allow.
    pub fn intersect(&mut self, one: &Tree, other: &Tree) -> Result<Tree, Failure> {
        let shape = match (&one.shape, &other.shape) {
            (Shape::Json(Json::Anything), shape)
            | (shape, Shape::Json(Json::Anything))
            | (Shape::String, shape @ (Shape::Secret | Shape::Ref(Node::Enum(_))))
            | (shape @ (Shape::Secret | Shape::Ref(Node::Enum(_))), Shape::String)
            | (Shape::Number, shape @ Shape::Integer(_))
            | (shape @ Shape::Integer(_), Shape::Number) => shape.clone(),
            (Shape::Json(Json::Unmodelled(unmodelled)), _) | (_, Shape::Json(Json::Unmodelled(unmodelled))) => {
                return Err(unmodelled.reason.clone().into());
            }
            (Shape::Ref(Node::Named(one)), Shape::Ref(Node::Named(other))) if one == other => {
                Shape::Ref(Node::Named(one.clone()))
            }
            (Shape::Ref(Node::Named(name)), _) | (_, Shape::Ref(Node::Named(name))) => {
                self.intersect_named(&name.clone(), one, other)?
            }
            (Shape::Ref(Node::Object(one)), Shape::Ref(Node::Object(other))) => {
                Shape::Ref(Node::Object(self.merge_objects(one, other)?))
            }
            (Shape::Map(values), Shape::Ref(Node::Object(object)))
            | (Shape::Ref(Node::Object(object)), Shape::Map(values)) => {
                Shape::Ref(Node::Object(with_values(object, values)))
            }
            (Shape::Map(one), Shape::Map(other)) => Shape::Map(Box::new(self.intersect(one, other)?)),
            (Shape::Array(one), Shape::Array(other)) => Shape::Array(Box::new(self.intersect(one, other)?)),
            (Shape::Ref(Node::Enum(one)), Shape::Ref(Node::Enum(other))) => Shape::Ref(Node::Enum(common(one, other)?)),
            (Shape::Integer(one), Shape::Integer(other)) => Shape::Integer(narrower(*one, *other)),
            (one, other) if one == other => one.clone(),
            _ => return Err(Reason::Contradiction.into()),
        };
        Ok(with_notes(shape, one, other))
    }

    /// Keeps a reference if its target allows exactly the values that both schemas allow.
    fn intersect_named(&mut self, name: &TypeName, one: &Tree, other: &Tree) -> Result<Shape<Node>, Failure> {
        let pair = (name.clone(), named(other).unwrap_or(name).clone());
        if self.merging.len() == DEEPEST || self.merging.contains(&pair) && pair.0 != pair.1 {
            return Err(Reason::Cycle.into());
        }
        let (one_target, other_target) = (self.components.resolved(one)?, self.components.resolved(other)?);
        self.merging.push(pair);
        let both = self.intersect(&one_target, &other_target);
        self.merging.pop();
        let both = both?;
        for (reference, target) in [(one, &one_target), (other, &other_target)] {
            if named(reference).is_some() && allows_same(&both, target) {
                return Ok(reference.shape.clone());
            }
        }
        Ok(both.shape)
    }

    /// An object with the properties of both.
    fn merge_objects(&mut self, one: &Object<Node>, other: &Object<Node>) -> Result<Object<Node>, Failure> {
        self.components.copy(one.properties.len() + other.properties.len())?;
        let mut merged = one.clone();
        for (name, property) in &other.properties {
            let property = match one.properties.get(name) {
                None => property.clone(),
                Some(known) => match self.intersect(known, property) {
                    Ok(both) => both,
                    Err(Failure::Unmodelled(reason)) => self.components.contradiction(known, property, reason)?,
                    Err(refused) => return Err(refused),
                },
            };
            merged.properties.insert(name.clone(), property);
        }
        merged.required.extend(other.required.iter().cloned());
        merged.additional = match (&one.additional, &other.additional) {
            (Additional::Typed(one), Additional::Typed(other)) => {
                Additional::Typed(Box::new(self.intersect(one, other)?))
            }
            (typed @ Additional::Typed(_), _) | (_, typed @ Additional::Typed(_)) => typed.clone(),
            (Additional::Denied, _) | (_, Additional::Denied) => Additional::Denied,
            (Additional::Allowed, _) | (_, Additional::Allowed) => Additional::Allowed,
            (Additional::Unstated, Additional::Unstated) => Additional::Unstated,
        };
        Ok(merged)
    }
}

fn named(tree: &Tree) -> Option<&TypeName> {
    match &tree.shape {
        Shape::Ref(Node::Named(name)) => Some(name),
        _ => None,
    }
}

/// An object whose unlisted properties have the schema of a map's values.
fn with_values(object: &Object<Node>, values: &Tree) -> Object<Node> {
    let mut typed = object.clone();
    if !matches!(values.shape, Shape::Json(Json::Anything)) {
        typed.additional = Additional::Typed(Box::new(values.clone()));
    }
    typed
}

/// The values that two enumerations have in common.
fn common(one: &[EnumValue], other: &[EnumValue]) -> Result<Vec<EnumValue>, Reason> {
    let is_common = |value: &&EnumValue| other.iter().any(|other| other.text == value.text);
    let common: Vec<_> = one.iter().filter(is_common).cloned().collect();
    if common.is_empty() { Err(Reason::Contradiction) } else { Ok(common) }
}

fn narrower(one: Width, other: Width) -> Width {
    if one == Width::I32 { one } else { other }
}

/// A merged schema. If both parts have a description or the same fact, the later part's is kept.
fn with_notes(shape: Shape<Node>, one: &Tree, other: &Tree) -> Tree {
    let mut facts = one.facts.clone();
    facts.0.extend(other.facts.0.clone());
    let described = if other.description.is_empty() { one } else { other };
    let placed = if matches!(other.shape, Shape::Json(Json::Anything)) { one } else { other };
    Tree {
        shape,
        description: described.description.clone(),
        is_nullable: one.is_nullable && other.is_nullable,
        facts,
        place: placed.place.clone(),
    }
}

/// Whether two schemas allow the same values.
fn allows_same(one: &Tree, other: &Tree) -> bool {
    let is_same_shape = match (&one.shape, &other.shape) {
        (Shape::Map(one), Shape::Map(other)) | (Shape::Array(one), Shape::Array(other)) => allows_same(one, other),
        (Shape::Ref(Node::Object(one)), Shape::Ref(Node::Object(other))) => is_same_object(one, other),
        (Shape::Ref(Node::Enum(one)), Shape::Ref(Node::Enum(other))) => {
            one.iter().map(|value| &value.text).eq(other.iter().map(|value| &value.text))
        }
        (Shape::Json(Json::Unmodelled(one)), Shape::Json(Json::Unmodelled(other))) => one.wire == other.wire,
        (one, other) => one == other,
    };
    is_same_shape && one.is_nullable == other.is_nullable
}

fn is_same_object(one: &Object<Node>, other: &Object<Node>) -> bool {
    let is_same_additional = match (&one.additional, &other.additional) {
        (Additional::Typed(one), Additional::Typed(other)) => allows_same(one, other),
        (one, other) => one == other,
    };
    is_same_additional && one.required == other.required && are_same(&one.properties, &other.properties)
}

fn are_same(one: &BTreeMap<String, Tree>, other: &BTreeMap<String, Tree>) -> bool {
    one.keys().eq(other.keys()) && one.values().zip(other.values()).all(|(one, other)| allows_same(one, other))
}
