//! A difference between a vendored document and its published version.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

/// The severity of a difference, in ascending order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// No effect on the client.
    #[default]
    Metadata,
    /// New, and doesn't break users.
    Additive,
    /// A person must read it: hand-written code may depend on it.
    Rule,
    /// Today's SDK cannot talk to the new API, or users' code no longer compiles with the new client.
    Breaking,
}

/// The ID of findings that have no effect on the client.
pub const NO_EFFECT: &str = "no-effect";

/// The direction in which a part of a document travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Request,
    Response,
}

/// An operation that a difference affects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reached {
    /// The method and path, like `POST /openapi/client`.
    pub operation: String,
    pub direction: Direction,
}

/// A difference between two documents.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Finding {
    /// The kind of difference, a stable ID for machines.
    pub id: String,
    pub level: Level,
    /// A JSON pointer (RFC 6901) into the new document, or into the old one if the part was removed.
    pub pointer: String,
    pub old: Option<Value>,
    pub new: Option<Value>,
    /// The consequence for users of the SDK.
    pub meaning: String,
    /// The affected Rust item, like `types::PersonalTagMappingRequest.tag_id`.
    pub item: Option<String>,
    /// Changes in the generated code: `item: old -> new`.
    pub code: Vec<String>,
    /// The affected operations, with the direction.
    pub operations: Arc<BTreeSet<Reached>>,
    /// The document's file, relative to the package.
    pub document: String,
    /// A hash of ID, document, pointer and values, stable across runs.
    pub fingerprint: String,
    /// Whether the finding is missing from the earlier report; `None` without an earlier report.
    pub new_since: Option<bool>,
    pub accepted: Option<Accepted>,
}

/// An entry of `openapi/accepted.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accepted {
    #[serde(skip)]
    pub fingerprint: String,
    pub reason: String,
    pub date: String,
}

impl Finding {
    /// A finding without a place.
    pub fn new(id: impl Into<String>, level: Level, meaning: impl Into<String>) -> Self {
        Self { id: id.into(), level, meaning: meaning.into(), ..Self::default() }
    }

    /// Merges another finding about the same place. The worse level wins.
    pub fn raise(&mut self, other: Self) {
        if self.operations != other.operations {
            Arc::make_mut(&mut self.operations).extend(other.operations.iter().cloned());
        }
        if other.level > self.level {
            (self.level, self.id, self.meaning) = (other.level, other.id, other.meaning);
        }
    }

    /// Sets the document and the fingerprint.
    #[must_use]
    pub fn of(mut self, document: &str) -> Self {
        document.clone_into(&mut self.document);
        let sides = [&self.old, &self.new].map(|side| {
            let mut side = side.clone().unwrap_or_default();
            side.sort_all_objects();
            side
        });
        let text = format!("{}\n{document}\n{}\n{}\n{}", self.id, self.pointer, sides[0], sides[1]);
        // FNV-1a: short, and the same on every machine and in every Rust version.
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        self.fingerprint = format!("{hash:016x}");
        self
    }
}

impl Display for Level {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(["metadata", "additive", "rule", "breaking"][*self as usize])
    }
}
