//! Properties that hold a credential and must stay out of logs.

use super::Error;
use super::cursor::At;
use super::model::Shape;
use super::schemas::Schemas;
use super::tree::{Node, Tree};

impl<'d> Schemas<'d> {
    /// Makes a property a secret string. A reference is replaced by its target's content, because other properties that refer
    /// to the same component need not be credentials.
    pub fn credential(&mut self, at: &At<'d>, tree: Tree) -> Result<Tree, Error> {
        let resolved = self.value(&tree)?;
        match resolved.shape {
            Shape::String | Shape::Secret | Shape::Ref(Node::Enum(_)) => {
                let mut secret = Tree { shape: Shape::Secret, ..tree };
                if secret.description.is_empty() {
                    secret.description = resolved.description;
                }
                secret.is_nullable |= resolved.is_nullable;
                for (keyword, fact) in resolved.facts.0 {
                    secret.facts.0.entry(keyword).or_insert(fact);
                }
                Ok(secret)
            }
            _ => Err(at.error("a credential that is not a plain string cannot be kept from logs")),
        }
    }
}
