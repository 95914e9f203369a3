//! What each change of a part means.
//!
//! Only the wire is judged: what the generator refuses, and what no longer compiles, the generated code shows.

#![allow(clippy::match_same_arms, reason = "a table, one row a line")]

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::normal::Key::{self, Body, MediaType, Member, Operation, Parameter, Property, Status, Value, Variant};
use super::normal::{Node, REQUIRED};
use crate::finding::Direction::{self, Request, Response};
use crate::finding::Level::{self, Additive, Breaking};

/// How a part differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is there now, or a limit is tighter.
    Added,
    /// It is no longer there, or a limit is looser.
    Removed,
    Changed,
}

use Change::{Added, Changed, Removed};

/// How a part differs, if it does.
pub fn change(key: &Key, old: Option<&Node>, new: Option<&Node>) -> Option<Change> {
    match (old, new) {
        (Some(old), Some(new)) if old.value == new.value => None,
        (Some(old), Some(new)) if is_limit(key) => Some(limit(key, &old.value, &new.value)),
        (Some(_), Some(_)) => Some(Changed),
        // No length is less than 0.
        (None, Some(limit)) | (Some(limit), None) if says_nothing(key, limit) => None,
        (None, new) => new.map(|_| Added),
        (Some(_), None) => Some(Removed),
    }
}

fn says_nothing(key: &Key, limit: &Node) -> bool {
    matches!(key, Member("minLength" | "minItems" | "minProperties")) && limit.value == 0
}

fn is_limit(key: &Key) -> bool {
    let others = ["exclusiveMinimum", "exclusiveMaximum", "pattern", "multipleOf", "uniqueItems"];
    matches!(key, Member(name) if name.starts_with("max") || name.starts_with("min") || others.contains(name))
}

/// Whether another limit is tighter or looser. If that is unknown, it is taken as tighter.
fn limit(key: &Key, old: &Json, new: &Json) -> Change {
    let order = new.as_f64().zip(old.as_f64()).and_then(|(new, old)| new.partial_cmp(&old));
    match (key, order) {
        (Member(name), Some(Ordering::Less)) if name.starts_with("min") => Removed,
        (Member(name), Some(Ordering::Greater)) if name.starts_with("max") => Removed,
        _ => Added,
    }
}

/// What a change is called, how much it matters, and what it means.
pub struct Rule {
    pub id: String,
    pub level: Level,
    pub meaning: String,
}

/// The rule for a change; `None` if the wire does not show it.
///
/// `must` says whether the part is required. Today's client has no place for a null there.
pub fn judge(key: &Key, change: Change, direction: Direction, must: bool) -> Option<Rule> {
    const REFUSED: &str = "a request without it is refused";
    let (level, meaning) = match (key, change, direction) {
        (Member("servers"), ..) => (Breaking, "the API has another address: today's SDK calls the old one"),
        (Operation(..), Added, _) => (Additive, "a new operation"),
        (Status(_), Added, _) => (Additive, "the status is now documented"),
        (Body, Added, _) => (Breaking, "the operation now takes a body"),
        (Parameter(_) | Property(_), Added, Request) if must => (Breaking, REFUSED),
        (Parameter(_) | Property(_), Added, Request) => (Additive, "requests may set it"),
        (Property(_), Added, Response) if must => (Breaking, "users' mocks and stored responses do not have it"),
        (Property(_), Added, Response) => (Additive, "responses may have it"),
        (MediaType(_) | Value(_), Added, Request) => (Additive, "requests may use it"),
        (MediaType(_) | Value(_) | Variant(_), Added, Response) => {
            (Breaking, "today's SDK cannot read it in a response")
        }
        (Operation(..) | Parameter(_) | Body | MediaType(_) | Status(_) | Property(_) | Value(_), ..) => {
            (Breaking, "it is gone: code that uses it breaks")
        }

        (&REQUIRED, Added, Request) => (Breaking, REFUSED),
        (&REQUIRED, Added, Response) => (Additive, "responses always have it"),
        (&REQUIRED, _, Request) => (Additive, "requests may leave it out"),
        (&REQUIRED, _, Response) => (Breaking, "today's SDK cannot read a response without it"),
        (Member("nullable"), Added, Request) => (Additive, "requests may send null"),
        (Member("nullable"), Added, Response) if must => (Breaking, "today's SDK cannot read a null there"),
        (Member("nullable"), Removed, Request) if must => (Breaking, "a request with null is refused"),
        (Member("nullable"), ..) => return None,
        (Member("default"), Changed, Request) => (Level::Rule, "a request that leaves it out now means something else"),
        (Member("default" | "discriminator"), ..) => return None,
        (Member("deprecated"), Added, _) => (Additive, "it may go in a later version"),
        (Member("deprecated"), ..) => return None,

        (Member("format" | "enum"), Removed, Request) => (Additive, "requests may have other values"),
        (Member("enum"), Added, Response) => (Additive, "responses have fewer values"),
        // The client reads any text.
        (Member("format"), Added, Response) => return None,
        (Member("type" | "format" | "enum" | "style" | "allowReserved" | "items" | "additionalProperties"), ..) => {
            (Breaking, "values have another type or form")
        }
        (Member("oneOf" | "anyOf") | Variant(_), ..) => (Breaking, "the variants of the schema differ"),
        (_, Removed, Request) if is_limit(key) => (Additive, "the API accepts requests that it refused"),
        (_, _, Request) if is_limit(key) => (Breaking, "the API refuses requests that it accepted"),
        // What keeps to another limit is read all the same.
        (_, _, Response) if is_limit(key) => return None,
        _ => {
            let meaning = "the comparison does not know this difference: taken as breaking".to_owned();
            return Some(Rule { id: "unknown-difference".to_owned(), level: Breaking, meaning });
        }
    };
    Some(Rule { id: id(key, change, must), level, meaning: meaning.to_owned() })
}

/// The name of a rule: what differs, and how. It stays as it is, for people and machines know it.
fn id(key: &Key, change: Change, must: bool) -> String {
    let what = match (key, change) {
        (Member("servers"), _) => return "server-changed".to_owned(),
        (&REQUIRED, Added) => return "became-required".to_owned(),
        (&REQUIRED, _) => return "became-optional".to_owned(),
        (Member("nullable"), Added) => return "became-nullable".to_owned(),
        (Member("nullable"), _) => return "no-longer-nullable".to_owned(),
        (Member("deprecated"), _) => return "deprecated".to_owned(),
        (Member("oneOf" | "anyOf") | Variant(_), _) => return "variants-changed".to_owned(),
        (_, Removed) if is_limit(key) => return "limit-loosened".to_owned(),
        (_, _) if is_limit(key) => return "limit-tightened".to_owned(),
        (Member(name), _) => return format!("{name}-changed"),
        (Parameter(_), Added) => ["optional-parameter", "required-parameter"][usize::from(must)],
        (Property(_), Added) => ["optional-property", "required-property"][usize::from(must)],
        (Parameter(_), _) => "parameter",
        (Property(_), _) => "property",
        (Operation(..), _) => "operation",
        (Body, _) => "request-body",
        (MediaType(_), _) => "media-type",
        (Status(_), _) => "status",
        (Value(_), _) => "enum-value",
        _ => "part",
    };
    format!("{what}-{}", if change == Added { "added" } else { "removed" })
}
