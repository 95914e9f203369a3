//! Merges schemas that all hold for one value: the parts of an `allOf`.

use std::collections::BTreeMap;

use super::model::{Additional, EnumValue, Json, Object, Reason, Shape, TypeName, Width};
use super::schemas::{Failure, Node, Schemas, Tree};

/// How many types that have each other inside may be merged within each other.
const DEEPEST: usize = 20;

/// The schema of the values that two schemas allow.
pub fn intersect(schemas: &mut Schemas, one: &Tree, other: &Tree) -> Result<Tree, Failure> {
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
            intersect_named(schemas, &name.clone(), one, other)?
        }
        (Shape::Ref(Node::Object(one)), Shape::Ref(Node::Object(other))) => {
            Shape::Ref(Node::Object(merge_objects(schemas, one, other)?))
        }
        (Shape::Map(values), Shape::Ref(Node::Object(object)))
        | (Shape::Ref(Node::Object(object)), Shape::Map(values)) => {
            Shape::Ref(Node::Object(with_values(object, values)))
        }
        (Shape::Map(one), Shape::Map(other)) => Shape::Map(Box::new(intersect(schemas, one, other)?)),
        (Shape::Array(one), Shape::Array(other)) => Shape::Array(Box::new(intersect(schemas, one, other)?)),
        (Shape::Ref(Node::Enum(one)), Shape::Ref(Node::Enum(other))) => Shape::Ref(Node::Enum(common(one, other)?)),
        (Shape::Integer(one), Shape::Integer(other)) => Shape::Integer(narrower(*one, *other)),
        (one, other) if one == other => one.clone(),
        _ => return Err(Reason::Contradiction.into()),
    };
    Ok(noted(shape, one, other))
}

/// A reference stands for both if its target allows nothing else than both do.
fn intersect_named(schemas: &mut Schemas, name: &TypeName, one: &Tree, other: &Tree) -> Result<Shape<Node>, Failure> {
    let pair = (name.clone(), named(other).unwrap_or(name).clone());
    if schemas.merging.len() == DEEPEST || schemas.merging.contains(&pair) && pair.0 != pair.1 {
        return Err(Reason::Cycle.into());
    }
    let (one_target, other_target) = (schemas.resolved(one)?, schemas.resolved(other)?);
    schemas.merging.push(pair);
    let both = intersect(schemas, &one_target, &other_target);
    schemas.merging.pop();
    let both = both?;
    for (reference, target) in [(one, &one_target), (other, &other_target)] {
        if named(reference).is_some() && allows_same(&both, target) {
            return Ok(reference.shape.clone());
        }
    }
    Ok(both.shape)
}

fn named(tree: &Tree) -> Option<&TypeName> {
    match &tree.shape {
        Shape::Ref(Node::Named(name)) => Some(name),
        _ => None,
    }
}

/// The object with the properties of both.
fn merge_objects(schemas: &mut Schemas, one: &Object<Node>, other: &Object<Node>) -> Result<Object<Node>, Failure> {
    schemas.budget.copy(one.properties.len() + other.properties.len())?;
    let mut merged = one.clone();
    for (name, property) in &other.properties {
        let property = match one.properties.get(name) {
            None => property.clone(),
            Some(known) => match intersect(schemas, known, property) {
                Ok(both) => both,
                Err(Failure::Unmodelled(reason)) => schemas.contradiction(known, property, reason)?,
                Err(refused) => return Err(refused),
            },
        };
        merged.properties.insert(name.clone(), property);
    }
    merged.required.extend(other.required.iter().cloned());
    merged.additional = match (&one.additional, &other.additional) {
        (Additional::Typed(one), Additional::Typed(other)) => {
            Additional::Typed(Box::new(intersect(schemas, one, other)?))
        }
        (typed @ Additional::Typed(_), _) | (_, typed @ Additional::Typed(_)) => typed.clone(),
        (Additional::Denied, _) | (_, Additional::Denied) => Additional::Denied,
        (Additional::Allowed, _) | (_, Additional::Allowed) => Additional::Allowed,
        (Additional::Unstated, Additional::Unstated) => Additional::Unstated,
    };
    Ok(merged)
}

/// An object whose other properties are the values of a map.
fn with_values(object: &Object<Node>, values: &Tree) -> Object<Node> {
    let mut typed = object.clone();
    if !matches!(values.shape, Shape::Json(Json::Anything)) {
        typed.additional = Additional::Typed(Box::new(values.clone()));
    }
    typed
}

/// The values that are in two enumerations.
fn common(one: &[EnumValue], other: &[EnumValue]) -> Result<Vec<EnumValue>, Reason> {
    let is_common = |value: &&EnumValue| other.iter().any(|other| other.text == value.text);
    let common: Vec<_> = one.iter().filter(is_common).cloned().collect();
    if common.is_empty() { Err(Reason::Contradiction) } else { Ok(common) }
}

fn narrower(one: Width, other: Width) -> Width {
    if one == Width::I32 { one } else { other }
}

/// A merged schema. Of the notes, the later part's count.
fn noted(shape: Shape<Node>, one: &Tree, other: &Tree) -> Tree {
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
