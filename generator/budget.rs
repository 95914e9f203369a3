//! Limits the work that a document can cause.
//!
//! Merging the parts of an `allOf` copies properties, and nested references multiply the copies: without a limit, a document
//! of 4.5 kB took 14 s. A schema that exceeds the budget becomes any JSON.

use serde_json::Value;

use super::model::Reason;

/// The number of schemas that may still be copied.
pub struct Budget {
    left: usize,
}

impl Budget {
    /// A document's budget, which grows with its number of values.
    pub fn of(document: &Value) -> Self {
        Self { left: 200 + 2 * count(document) }
    }

    /// Charges for copying schemas.
    pub fn copy(&mut self, schemas: usize) -> Result<(), Reason> {
        self.left = self.left.checked_sub(schemas).ok_or(Reason::TooLarge)?;
        Ok(())
    }
}

/// The number of values in a document.
fn count(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        _ => 1,
    }
}
