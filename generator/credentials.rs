//! Properties that hold a credential, which must not show in logs.

use super::Error;
use super::cursor::At;
use super::model::Shape;
use super::schemas::{Failure, Node, Schemas, Tree};

/// Properties and parameters that hold a credential.
pub const CREDENTIALS: [&str; 6] = ["secret", "secretKey", "apiSecret", "token", "apiToken", "password"];

impl<'d> Schemas<'d> {
    /// A credential, written out: not everything that refers to the same component need be one.
    pub fn credential(&mut self, at: &At<'d>, tree: Tree) -> Result<Tree, Error> {
        let resolved = match self.resolved(&tree) {
            Ok(resolved) => resolved,
            Err(Failure::Refused(error)) => return Err(error),
            Err(Failure::Unmodelled(_)) => tree.clone(),
        };
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
