//! Schemas while they are parsed, before their objects and enumerations have names.

use super::Error;
use super::cursor::At;
use super::model::{EnumValue, Facts, Object, Reason, Schema, Shape, TypeName};

/// A schema whose objects and enumerations may have no name yet.
pub type Tree = Schema<Node>;

/// An object or enumeration.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Named(TypeName),
    Object(Object<Node>),
    Enum(Vec<EnumValue>),
}

/// Why there is no tree.
pub enum Failure {
    /// The generator refuses the document.
    Refused(Error),
    /// The model cannot express the schema.
    Unmodelled(Reason),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Self {
        Self::Unmodelled(reason)
    }
}

/// A tree without description and facts.
pub fn new(at: &At, shape: Shape<Node>) -> Tree {
    Tree { shape, description: String::new(), is_nullable: false, facts: Facts::default(), place: at.place() }
}
