//! What each change of a part means.
//!
//! Only the wire is judged: what the generator refuses, and what no longer compiles, the generated code shows.

#![allow(clippy::match_same_arms, reason = "a table, one row a line")]

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::normal::Key::{self, Body, MediaType, Member, Operation, Parameter, Property, Status, Value, Variant};
use super::normal::{Node, REQUIRED};
use crate::finding::Direction::{self, Request, Response};
use crate::finding::Finding;
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
        (None, new) => new.map(|_| Added),
        (Some(_), None) => Some(Removed),
    }
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

/// What a change means; `None` if the wire does not show it.
///
/// `must` says whether the part is required. Today's client has no place for a null there.
pub fn judge(key: &Key, change: Change, direction: Direction, must: bool) -> Option<Finding> {
    const REFUSED: &str = "a request without it is refused";
    // The id stays as it is, for people and machines know it: `{}` is the kind of the part.
    let (id, level, meaning) = match (key, change, direction) {
        (Member("servers"), ..) => {
            ("server-changed", Breaking, "the API has another address: today's SDK calls the old one")
        }
        (Operation(..), Added, _) => ("{}-added", Additive, "a new operation"),
        (Status(_), Added, _) => ("{}-added", Additive, "the status is now documented"),
        (Body, Added, _) => ("{}-added", Breaking, "the operation now takes a body"),
        (Parameter(_) | Property(_), Added, Request) if must => ("required-{}-added", Breaking, REFUSED),
        (Parameter(_) | Property(_), Added, Request) => ("optional-{}-added", Additive, "requests may set it"),
        (Property(_), Added, Response) if must => {
            ("required-{}-added", Breaking, "users' mocks and stored responses do not have it")
        }
        (Property(_), Added, Response) => ("optional-{}-added", Additive, "responses may have it"),
        (MediaType(_) | Value(_), Added, Request) => ("{}-added", Additive, "requests may use it"),
        (MediaType(_) | Value(_), Added, Response) => {
            ("{}-added", Breaking, "today's SDK cannot read it in a response")
        }
        (Variant(_), Added, Response) => ("variants-changed", Breaking, "today's SDK cannot read it in a response"),
        (Operation(..) | Parameter(_) | Body | MediaType(_) | Status(_) | Property(_) | Value(_), ..) => {
            ("{}-removed", Breaking, "it is gone: code that uses it breaks")
        }

        (&REQUIRED, Added, Request) => ("became-required", Breaking, REFUSED),
        (&REQUIRED, Added, Response) => ("became-required", Additive, "responses always have it"),
        (&REQUIRED, _, Request) => ("became-optional", Additive, "requests may leave it out"),
        (&REQUIRED, _, Response) => ("became-optional", Breaking, "today's SDK cannot read a response without it"),
        (Member("nullable"), Added, Request) => ("became-nullable", Additive, "requests may send null"),
        (Member("nullable"), Added, Response) if must => {
            ("became-nullable", Breaking, "today's SDK cannot read a null there")
        }
        (Member("nullable"), Removed, Request) if must => {
            ("no-longer-nullable", Breaking, "a request with null is refused")
        }
        (Member("default"), Changed, Request) => {
            ("{}-changed", Level::Rule, "a request that leaves it out now means something else")
        }
        (Member("deprecated"), Added, _) => ("deprecated", Additive, "it may go in a later version"),
        (Member("nullable" | "default" | "discriminator" | "deprecated"), ..) => return None,

        (Member("format" | "enum"), Removed, Request) => ("{}-changed", Additive, "requests may have other values"),
        (Member("enum"), Added, Response) => ("{}-changed", Additive, "responses have fewer values"),
        // The client reads any text.
        (Member("format"), Added, Response) => return None,
        (Member("type" | "format" | "enum" | "style" | "allowReserved" | "items" | "additionalProperties"), ..) => {
            ("{}-changed", Breaking, "values have another type or form")
        }
        (Member("oneOf" | "anyOf") | Variant(_), ..) => {
            ("variants-changed", Breaking, "the variants of the schema differ")
        }
        // What keeps to another limit is read all the same.
        (_, _, Response) if is_limit(key) => return None,
        (_, Removed, _) if is_limit(key) => ("limit-loosened", Additive, "the API accepts requests that it refused"),
        _ if is_limit(key) => ("limit-tightened", Breaking, "the API refuses requests that it accepted"),
        _ => ("unknown-difference", Breaking, "the comparison does not know this difference: taken as breaking"),
    };
    let kind = match key {
        Operation(..) => "operation",
        Parameter(_) => "parameter",
        Property(_) => "property",
        Body => "request-body",
        MediaType(_) => "media-type",
        Status(_) => "status",
        Value(_) => "enum-value",
        Member(name) => name,
        _ => "",
    };
    Some(Finding::new(id.replace("{}", kind), level, meaning))
}
