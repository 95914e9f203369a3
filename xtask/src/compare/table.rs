//! What the parts of a document are, and what a change of each means.
//!
//! Only the wire is judged: what the generator refuses, and what no longer compiles, the generated code shows.

#![allow(clippy::match_same_arms, clippy::enum_glob_use, reason = "tables, one row a line")]

use std::cmp::Ordering;

use serde_json::Value;

use super::Direction::{Request, Response};
use super::Level::{self, Additive, Breaking};
use super::Place;

/// The members of a path item that are operations.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// A part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Without effect on the wire, or judged elsewhere.
    Silent,
    /// Nothing is known of it.
    Unknown,
    Document,
    Components,
    Servers,
    Paths,
    PathItem,
    Operation,
    Parameters,
    Parameter,
    Style,
    Body,
    Content,
    MediaType,
    Responses,
    Status,
    Headers,
    Header,
    /// A schema that must be there.
    Schema,
    Properties,
    Property,
    /// A required property, or that a parameter is required.
    Required,
    Format,
    Nullable,
    Enum,
    EnumValue,
    Extra,
    Variants,
    Limit,
    Prose,
    Deprecated,
}

use Part::*;

/// What a member of a part is.
pub fn part(parent: Part, key: &str) -> Part {
    match (parent, key) {
        (Paths, path) if path.starts_with('/') => PathItem,
        (Parameters, _) => Parameter,
        (Content, _) => MediaType,
        (Headers, _) => Header,
        (Properties, _) => Property,
        (Required, _) => Required,
        (Enum, _) => EnumValue,
        // They matter only if the generated code shows them.
        (_, key) if key.starts_with("x-") => Silent,
        (Responses, _) => Status,

        (Document, "servers") => Servers,
        (Document, "paths") => Paths,
        (Document, "components") => Components,
        (Document, "openapi" | "info" | "tags" | "externalDocs" | "security") => Silent,
        (Components, "schemas" | "responses" | "parameters" | "requestBodies" | "headers") => Silent,
        (Components, "examples" | "securitySchemes" | "links" | "callbacks") => Silent,

        (PathItem, method) if METHODS.contains(&method) => Operation,
        (PathItem, "summary" | "description" | "parameters" | "servers" | "$ref") => Silent,
        (Operation, "requestBody") => Body,
        (Operation, "responses") => Responses,
        (Operation, "tags" | "summary" | "externalDocs" | "operationId" | "callbacks") => Silent,
        (Operation, "security" | "servers" | "parameters") => Silent,

        (Parameter, "required") => Required,
        (Parameter, "style" | "allowReserved") => Style,
        // The generator takes parameters of one value only.
        (Parameter, "name" | "in" | "explode" | "allowEmptyValue") => Silent,
        // The client sends a body whether it must or not.
        (Body, "required") => Silent,
        (Parameter | Body | Status, "content") => Content,
        (Parameter | Header | MediaType, "schema") => Schema,
        (Parameter | Header | MediaType, "example" | "examples") => Silent,
        (Status, "headers") => Headers,
        (Status, "description" | "links") | (Header, "description" | "deprecated") => Silent,

        (Schema, "format") => Format,
        (Schema, "nullable") => Nullable,
        (Schema, "items") => Schema,
        (Schema, "enum") => Enum,
        (Schema, "additionalProperties") => Extra,
        (Schema, "oneOf" | "anyOf" | "allOf") => Variants,
        (Schema, "type" | "title" | "default" | "example" | "externalDocs" | "xml" | "readOnly" | "writeOnly") => {
            Silent
        }
        (Schema, "maximum" | "maxLength" | "maxItems" | "maxProperties" | "exclusiveMaximum") => Limit,
        (Schema, "minimum" | "minLength" | "minItems" | "minProperties" | "exclusiveMinimum") => Limit,
        (Schema, "uniqueItems" | "pattern" | "multipleOf") => Limit,

        (Operation | Parameter | Body | Schema, "description") => Prose,
        (Operation | Parameter | Schema, "deprecated") => Deprecated,
        _ => Unknown,
    }
}

/// How a part differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is there now, it is so now, or a limit is tighter.
    Added,
    /// It is no longer there, it is no longer so, or a limit is looser.
    Removed,
    Changed,
}

use Change::*;

/// How a part differs; `None` if both are the same, said or not.
pub fn change(part: Part, key: &str, old: Option<&Value>, new: Option<&Value>) -> Option<Change> {
    if part == Limit {
        return limit(key, old, new);
    }
    let is_default = |value: &Value| value == false || (part == Style && (value == "form" || value == "simple"));
    let said = |value: Option<&'_ Value>| value.filter(|value| !is_default(value)).cloned();
    match (said(old), said(new)) {
        (None, Some(_)) => Some(Added),
        (Some(_), None) => Some(Removed),
        (old, new) => (old != new).then_some(Changed),
    }
}

/// Whether a limit is tighter or looser than it was. If that is unknown, it is taken as tighter.
fn limit(key: &str, old: Option<&Value>, new: Option<&Value>) -> Option<Change> {
    let strictness = |value: Option<&Value>| match (key, value) {
        ("pattern" | "multipleOf", Some(_)) => None,
        ("minimum" | "pattern" | "multipleOf", None) => Some(f64::NEG_INFINITY),
        (_, Some(Value::Bool(on))) => Some(f64::from(u8::from(*on))),
        (key, value) if key.starts_with("max") => value.map_or(Some(f64::INFINITY), Value::as_f64).map(|most| -most),
        (_, value) => value.map_or(Some(0.0), Value::as_f64),
    };
    let order = strictness(new).zip(strictness(old)).and_then(|(new, old)| new.partial_cmp(&old));
    match order {
        _ if old == new => None,
        Some(Ordering::Equal) => None,
        Some(Ordering::Less) => Some(Removed),
        None if new.is_none() => Some(Removed),
        _ => Some(Added),
    }
}

/// The rule for a change, how much it matters, and what it means; `None` if the wire does not show it.
pub fn judge(part: Part, change: Change, place: Place) -> Option<(&'static str, Level, &'static str)> {
    let must = place.must;
    Some(match (part, change, place.direction) {
        (Operation, Added, _) => ("operation-added", Additive, "a new operation"),
        (Operation, ..) => {
            ("operation-removed", Breaking, "the operation is gone: code that calls it does not compile")
        }

        (Parameter, Added, _) if must => ("required-parameter-added", Breaking, "a request without it is refused"),
        (Parameter, Added, _) => ("optional-parameter-added", Additive, "requests may set it"),
        (Parameter, ..) => ("parameter-removed", Breaking, "code that sets it does not compile"),
        (Style, ..) => ("parameter-style-changed", Breaking, "the parameter is written differently in a request"),
        (Body, Added, _) => ("request-body-added", Breaking, "the operation now takes a body"),
        (Body, ..) => ("request-body-removed", Breaking, "the operation no longer takes a body"),

        (MediaType, Added, Request) => ("media-type-added", Additive, "requests may use this content type"),
        (MediaType, Added, Response) => ("media-type-added", Breaking, "responses may have a type that is not read"),
        (MediaType, ..) => ("media-type-removed", Breaking, "this content type is gone"),
        (Status, Added, _) => ("status-added", Additive, "the status is now documented"),
        (Status, ..) => ("status-removed", Breaking, "the status is no longer documented, and its mock goes with it"),
        (Header, Added, _) => ("header-added", Additive, "responses may have this header"),
        (Header, ..) => ("header-removed", Breaking, "responses no longer have this header"),

        (Property, Added, Request) if must => ("required-property-added", Breaking, "a request without it is refused"),
        (Property, Added, Response) if must => {
            ("required-property-added", Breaking, "users' mocks and stored responses do not have it")
        }
        (Property, Added, Request) => ("optional-property-added", Additive, "requests may set it"),
        (Property, Added, Response) => ("optional-property-added", Additive, "responses may have it"),
        (Property, ..) => ("property-removed", Breaking, "code that sets or reads it does not compile"),
        (Required, Added, Request) => ("became-required", Breaking, "a request without it is refused"),
        (Required, Added, Response) => ("became-required", Additive, "responses always have it"),
        (Required, _, Request) => ("became-optional", Additive, "requests may leave it out"),
        (Required, _, Response) => ("became-optional", Breaking, "today's SDK cannot read a response without it"),

        (Format, Removed, Request) => ("format-changed", Additive, "requests may use any form"),
        // The client reads any text.
        (Format, Added, Response) => return None,
        (Format, ..) => ("format-changed", Breaking, "values have another form"),
        (Nullable, Added, Request) => ("became-nullable", Additive, "requests may send null"),
        (Nullable, Added, Response) if must => ("became-nullable", Breaking, "today's SDK cannot read a null there"),
        (Nullable, Removed, Request) if must => ("no-longer-nullable", Breaking, "a request with null is refused"),
        (Nullable, ..) => return None,

        (EnumValue, Added, Request) => ("enum-value-added", Additive, "requests may use this value"),
        (EnumValue, Added, Response) => ("enum-value-added", Breaking, "today's SDK cannot read this value"),
        (EnumValue, ..) => ("enum-value-removed", Breaking, "code that names this value does not compile"),
        (Enum, Added, Response) | (Enum, Removed, Request) => ("enum-changed", Additive, "the set of values differs"),
        (Enum, ..) => ("enum-changed", Breaking, "the set of values differs"),
        (Extra, ..) => ("additional-properties-changed", Breaking, "other members are allowed"),
        (Variants, ..) => ("variants-changed", Breaking, "the variants of the schema differ"),
        (Limit, Removed, Request) => ("limit-loosened", Additive, "the API accepts requests that it refused"),
        (Limit, _, Request) => ("limit-tightened", Breaking, "the API refuses requests that it accepted"),
        // What keeps to another limit is read all the same.
        (Limit, _, Response) => return None,

        (Deprecated, Added, _) => ("deprecated", Additive, "it may go in a later version"),
        (Silent | Deprecated | Prose, ..) => return None,
        _ => ("unknown-difference", Breaking, "the comparison does not know this difference: taken as breaking"),
    })
}
