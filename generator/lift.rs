//! Turns the objects and enumerations inside schemas into types with names.
//!
//! An inline type's name depends only on its place, so that adding a property never renames another type.

use std::collections::BTreeMap;

use super::Error;
use super::cursor::At;
use super::model::{
    Additional, Definition, Enum, Facts, Json, NamedType, Object, Origin, Place, Schema, Shape, TypeName,
};
use super::spelling::{pascal, type_identifier};
use super::tree::{Node, Tree};

type Types = BTreeMap<TypeName, NamedType>;

/// The name for an inline type.
#[derive(Clone)]
pub struct Hint {
    name: String,
    /// The separator before a property's name: `client.tags` and `clientTags` get different names.
    separator: &'static str,
}

impl Hint {
    pub fn new(name: String) -> Self {
        Self { name, separator: "" }
    }

    fn property(&self, name: &str) -> Self {
        Self { name: format!("{}{}{}", self.name, self.separator, pascal(name)), separator: "Inner" }
    }

    fn inside(&self, suffix: &str) -> Self {
        Self { name: format!("{}{suffix}", self.name), separator: "Inner" }
    }
}

/// The name of a component's type.
pub fn type_name(component: &str, at: &At) -> Result<TypeName, Error> {
    match type_identifier(component) {
        Some(name) => Ok(TypeName(name)),
        None => Err(at.error("no name can be made for it: expected a name with a letter in it")),
    }
}

/// Adds a type. Identical types with the same name are one type.
pub fn register(types: &mut Types, name: TypeName, named: NamedType) -> Result<(), Error> {
    match types.get(&name) {
        Some(other) if !other.is_same_as(&named) => {
            let message = format_args!("it resolves to the name types::{name}, which {} has", other.place);
            Err(named.place.error(message))
        }
        Some(_) => Ok(()),
        None => {
            types.insert(name, named);
            Ok(())
        }
    }
}

/// Turns a tree into a schema. The objects and enumerations inside become types.
pub fn lift(types: &mut Types, tree: Tree, hint: &Hint) -> Result<Schema, Error> {
    let Schema { shape, description, is_nullable, facts, place } = tree;
    let shape = match shape {
        Shape::Array(items) => Shape::Array(Box::new(lift(types, *items, &hint.inside("Item"))?)),
        Shape::Map(values) => Shape::Map(Box::new(lift(types, *values, &hint.inside("Value"))?)),
        Shape::Ref(Node::Named(name)) => Shape::Ref(name),
        Shape::Ref(node) => {
            let tree =
                Tree { shape: Shape::Ref(node), description: description.clone(), is_nullable: false, facts, place };
            return lift_node(types, tree, hint, is_nullable);
        }
        Shape::String => Shape::String,
        Shape::Secret => Shape::Secret,
        Shape::Integer(width) => Shape::Integer(width),
        Shape::Number => Shape::Number,
        Shape::Boolean => Shape::Boolean,
        Shape::Json(json) => Shape::Json(json),
    };
    Ok(Schema { shape, description, is_nullable, facts, place })
}

/// Declares a type for an inline object or enumeration and returns a reference to it. An object without properties becomes
/// a map instead.
fn lift_node(types: &mut Types, tree: Tree, hint: &Hint, is_nullable: bool) -> Result<Schema, Error> {
    let name = TypeName(hint.name.clone());
    let named = define_inside(types, tree, hint, Origin::Inline)?;
    let reference = match named.definition {
        Definition::Alias(schema) => return Ok(Schema { is_nullable, ..schema }),
        Definition::Object(_) | Definition::Enum(_) => Schema {
            shape: Shape::Ref(name.clone()),
            description: named.description.clone(),
            is_nullable,
            facts: Facts::default(),
            place: named.place.clone(),
        },
    };
    register(types, name, named)?;
    Ok(reference)
}

/// The type of a component.
pub fn define(types: &mut Types, tree: Tree, name: &TypeName, origin: Origin) -> Result<NamedType, Error> {
    define_inside(types, tree, &Hint::new(name.0.clone()), origin)
}

fn define_inside(types: &mut Types, tree: Tree, hint: &Hint, origin: Origin) -> Result<NamedType, Error> {
    let Schema { description, facts, place, .. } = tree.clone();
    let definition = match &tree.shape {
        Shape::Ref(Node::Object(object)) => define_object(types, object, hint, &tree)?,
        Shape::Ref(Node::Enum(values)) => Definition::Enum(Enum { values: values.clone(), is_open: false }),
        _ => {
            let schema = lift(types, tree, hint)?;
            Definition::Alias(Schema { is_nullable: false, ..schema })
        }
    };
    Ok(NamedType { definition, description, origin, is_request_only: false, facts, place })
}

fn define_object(types: &mut Types, object: &Object<Node>, hint: &Hint, tree: &Tree) -> Result<Definition, Error> {
    let mut lifted = Object { required: object.required.clone(), ..Object::default() };
    for (name, property) in &object.properties {
        let property = lift(types, property.clone(), &hint.property(name))?;
        lifted.properties.insert(name.clone(), property);
    }
    lifted.additional = match &object.additional {
        Additional::Unstated => Additional::Unstated,
        Additional::Allowed => Additional::Allowed,
        Additional::Denied => Additional::Denied,
        Additional::Typed(values) => {
            Additional::Typed(Box::new(lift(types, (**values).clone(), &hint.inside("Value"))?))
        }
    };
    for name in &lifted.required {
        lifted.properties.entry(name.clone()).or_insert_with(|| anything(&tree.place));
    }
    if !lifted.properties.is_empty() {
        return Ok(Definition::Object(lifted));
    }
    let values = match lifted.additional {
        Additional::Typed(values) => values,
        Additional::Unstated | Additional::Allowed | Additional::Denied => Box::new(anything(&tree.place)),
    };
    let Tree { description, facts, place, .. } = tree.clone();
    Ok(Definition::Alias(Schema { shape: Shape::Map(values), description, is_nullable: false, facts, place }))
}

/// A schema that allows everything.
pub fn anything(place: &Place) -> Schema {
    let (shape, description) = (Shape::Json(Json::Anything), String::new());
    Schema { shape, description, is_nullable: false, facts: Facts::default(), place: place.clone() }
}

/// A type's tree, for merging with others.
pub fn tree(named: &NamedType) -> Tree {
    let shape = match &named.definition {
        Definition::Object(object) => Shape::Ref(Node::Object(object_tree(object))),
        Definition::Enum(Enum { values, .. }) => Shape::Ref(Node::Enum(values.clone())),
        Definition::Alias(schema) => schema_tree(schema).shape,
    };
    let is_nullable = match &named.definition {
        Definition::Alias(schema) => schema.is_nullable,
        Definition::Object(_) | Definition::Enum(_) => false,
    };
    let NamedType { description, facts, place, .. } = named.clone();
    Tree { shape, description, is_nullable, facts, place }
}

fn object_tree(object: &Object) -> Object<Node> {
    let properties = object.properties.iter().map(|(name, property)| (name.clone(), schema_tree(property)));
    let additional = match &object.additional {
        Additional::Unstated => Additional::Unstated,
        Additional::Allowed => Additional::Allowed,
        Additional::Denied => Additional::Denied,
        Additional::Typed(values) => Additional::Typed(Box::new(schema_tree(values))),
    };
    Object { properties: properties.collect(), required: object.required.clone(), additional }
}

fn schema_tree(schema: &Schema) -> Tree {
    let shape = match &schema.shape {
        Shape::Map(values) => Shape::Map(Box::new(schema_tree(values))),
        Shape::Array(items) => Shape::Array(Box::new(schema_tree(items))),
        Shape::Ref(name) => Shape::Ref(Node::Named(name.clone())),
        Shape::String => Shape::String,
        Shape::Secret => Shape::Secret,
        Shape::Integer(width) => Shape::Integer(*width),
        Shape::Number => Shape::Number,
        Shape::Boolean => Shape::Boolean,
        Shape::Json(json) => Shape::Json(json.clone()),
    };
    let Schema { description, is_nullable, facts, place, .. } = schema.clone();
    Tree { shape, description, is_nullable, facts, place }
}
