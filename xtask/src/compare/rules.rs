//! What each change of a part means.
//!
//! Only the wire is judged: what the generator refuses, and what no longer compiles, the generated code shows.

#![allow(clippy::match_same_arms, reason = "a table, one row a line")]

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::normal::Key::{self, Body, MediaType, Member, Operation, Parameter, Property, Status, Value};
use super::normal::Node;
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
        (None, Some(limit)) | (Some(limit), None) if is_limit(key) && limit.value == 0 && *key != Member("minimum") => {
            None
        }
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

/// Its name, how much the change matters, and what it means.
pub type Rule = (&'static str, Level, &'static str);

/// The rule for a change; `None` if the wire does not show it.
///
/// `must` says whether the part is required. Today's client has no place for a null there.
pub fn judge(key: &Key, change: Change, direction: Direction, must: bool) -> Option<Rule> {
    Some(match (key, change, direction) {
        (Member("servers"), ..) => {
            ("server-changed", Breaking, "the API has another address: today's SDK calls the old one")
        }
        (Operation(..), Added, _) => ("operation-added", Additive, "a new operation"),
        (Operation(..), ..) => {
            ("operation-removed", Breaking, "the operation is gone: code that calls it does not compile")
        }

        (Parameter(_), Added, _) if must => ("required-parameter-added", Breaking, "a request without it is refused"),
        (Parameter(_), Added, _) => ("optional-parameter-added", Additive, "requests may set it"),
        (Parameter(_), ..) => ("parameter-removed", Breaking, "code that sets it does not compile"),
        (Member("style" | "allowReserved"), ..) => {
            ("parameter-style-changed", Breaking, "the parameter is written differently in a request")
        }
        (Body, Added, _) => ("request-body-added", Breaking, "the operation now takes a body"),
        (Body, ..) => ("request-body-removed", Breaking, "the operation no longer takes a body"),

        (MediaType(_), Added, Request) => ("media-type-added", Additive, "requests may use this content type"),
        (MediaType(_), Added, Response) => ("media-type-added", Breaking, "responses may have a type that is not read"),
        (MediaType(_), ..) => ("media-type-removed", Breaking, "this content type is gone"),
        (Status(_), Added, _) => ("status-added", Additive, "the status is now documented"),
        (Status(_), ..) => {
            ("status-removed", Breaking, "the status is no longer documented, and its mock goes with it")
        }

        (Property(_), Added, Request) if must => {
            ("required-property-added", Breaking, "a request without it is refused")
        }
        (Property(_), Added, Response) if must => {
            ("required-property-added", Breaking, "users' mocks and stored responses do not have it")
        }
        (Property(_), Added, Request) => ("optional-property-added", Additive, "requests may set it"),
        (Property(_), Added, Response) => ("optional-property-added", Additive, "responses may have it"),
        (Property(_), ..) => ("property-removed", Breaking, "code that sets or reads it does not compile"),
        (Member("required"), Added, Request) => ("became-required", Breaking, "a request without it is refused"),
        (Member("required"), Added, Response) => ("became-required", Additive, "responses always have it"),
        (Member("required"), _, Request) => ("became-optional", Additive, "requests may leave it out"),
        (Member("required"), _, Response) => {
            ("became-optional", Breaking, "today's SDK cannot read a response without it")
        }

        (Member("type"), ..) => ("type-changed", Breaking, "the type differs"),
        (Member("format"), Removed, Request) => ("format-changed", Additive, "requests may use any form"),
        // The client reads any text.
        (Member("format"), Added, Response) => return None,
        (Member("format"), ..) => ("format-changed", Breaking, "values have another form"),
        (Member("nullable"), Added, Request) => ("became-nullable", Additive, "requests may send null"),
        (Member("nullable"), Added, Response) if must => {
            ("became-nullable", Breaking, "today's SDK cannot read a null there")
        }
        (Member("nullable"), Removed, Request) if must => {
            ("no-longer-nullable", Breaking, "a request with null is refused")
        }
        (Member("nullable"), ..) => return None,

        (Value(_), Added, Request) => ("enum-value-added", Additive, "requests may use this value"),
        (Value(_), Added, Response) => ("enum-value-added", Breaking, "today's SDK cannot read this value"),
        (Value(_), ..) => ("enum-value-removed", Breaking, "code that names this value does not compile"),
        (Member("enum"), Added, Response) | (Member("enum"), Removed, Request) => {
            ("enum-changed", Additive, "the set of values differs")
        }
        (Member("enum"), ..) => ("enum-changed", Breaking, "the set of values differs"),
        (Member("additionalProperties"), ..) => {
            ("additional-properties-changed", Breaking, "other members are allowed")
        }
        (Member("oneOf" | "anyOf" | "allOf"), ..) => {
            ("variants-changed", Breaking, "the variants of the schema differ")
        }
        (_, Removed, Request) if is_limit(key) => {
            ("limit-loosened", Additive, "the API accepts requests that it refused")
        }
        (_, _, Request) if is_limit(key) => ("limit-tightened", Breaking, "the API refuses requests that it accepted"),
        // What keeps to another limit is read all the same.
        (_, _, Response) if is_limit(key) => return None,

        (Member("deprecated"), Added, _) => ("deprecated", Additive, "it may go in a later version"),
        (Member("deprecated"), ..) => return None,
        _ => ("unknown-difference", Breaking, "the comparison does not know this difference: taken as breaking"),
    })
}
