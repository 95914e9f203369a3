//! The levels of differences.
//!
//! Only the wire counts here. Code that no longer compiles is found by comparing the generated code.

#![allow(clippy::match_same_arms, reason = "a table, one row a line")]

use serde_json::Value;

use super::Kind;
use super::Way::{self, Error, Parameter, Request, Success};
use super::facts::{Change, is_limit};
use super::prose;
use crate::finding::Level::{self, Additive, Breaking, Metadata, Rule};
use crate::finding::NO_EFFECT;

/// The verdict on a difference.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Stable, for machines.
    pub id: &'static str,
    pub level: Level,
    /// For people.
    pub meaning: String,
}

type Row = (&'static str, Level, &'static str);

const IDLE: Row = (NO_EFFECT, Metadata, "no effect on the client");
const GONE: &str = "gone: code that uses it breaks";
const REFUSED: &str = "a request without it is refused";
const UNREADABLE: &str = "today's SDK cannot read it in a response";
const OTHER_FORM: &str = "values have another type or form";
const OTHER_VALUES: &str = "requests may have other values";

impl Kind {
    pub fn judge(&self, way: Way) -> Judgement {
        let (id, level, meaning) = match (self, way) {
            (Self::Prose { old, new, is_identification }, _) => return judge_prose(old, new, *is_identification, way),
            (Self::Fact { keyword, change }, _) => judge_fact(keyword, *change, way),

            (Self::BaseUrlChanged, _) => {
                ("server-changed", Breaking, "the API moved: today's SDK calls the old address")
            }
            (Self::OperationAdded, _) => ("operation-added", Additive, "a new operation"),
            (Self::OperationRemoved, _) => ("operation-removed", Breaking, GONE),
            (Self::BodyAdded { is_required: true }, _) => {
                ("request-body-added", Breaking, "the operation requires a body now")
            }
            (Self::BodyAdded { is_required: false }, _) => ("request-body-added", Additive, "requests may have a body"),
            (Self::BodyRemoved, _) => ("request-body-removed", Breaking, GONE),
            (Self::StatusAdded, _) => ("status-added", Additive, "the status is now documented"),
            (Self::StatusRemoved, _) => ("status-removed", Breaking, GONE),
            (Self::ContentAdded, Error) => ("media-type-added", Additive, "errors may have this body"),
            (Self::ContentAdded, _) => ("media-type-added", Breaking, UNREADABLE),
            (Self::ContentRemoved, _) => ("media-type-removed", Breaking, GONE),

            (Self::ParameterAdded { is_required: true }, _) => ("required-parameter-added", Breaking, REFUSED),
            (Self::ParameterAdded { is_required: false }, _) => {
                ("optional-parameter-added", Additive, "requests may set it")
            }
            (Self::ParameterRemoved, _) => ("parameter-removed", Breaking, GONE),
            (Self::PropertyAdded { is_required: true }, Parameter | Request) => {
                ("required-property-added", Breaking, REFUSED)
            }
            (Self::PropertyAdded { is_required: true }, Success | Error) => {
                ("required-property-added", Breaking, "users' mocks and stored responses don't have it")
            }
            (Self::PropertyAdded { .. }, Parameter | Request) => {
                ("optional-property-added", Additive, "requests may set it")
            }
            (Self::PropertyAdded { .. }, Success | Error) => {
                ("optional-property-added", Additive, "responses may have it")
            }
            (Self::PropertyRemoved, _) => ("property-removed", Breaking, GONE),

            (Self::BecameRequired, Parameter | Request) => ("became-required", Breaking, REFUSED),
            (Self::BecameRequired, Success | Error) => ("became-required", Additive, "responses always have it"),
            (Self::BecameOptional, Parameter | Request) => ("became-optional", Additive, "requests may omit it"),
            (Self::BecameOptional, Success | Error) => {
                ("became-optional", Breaking, "today's SDK cannot read a response without it")
            }

            // A parameter that is null is absent.
            (Self::BecameNullable { .. } | Self::NoLongerNullable { .. }, Parameter) => IDLE,
            (Self::BecameNullable { .. }, Request) => ("became-nullable", Additive, "requests may send null"),
            (Self::BecameNullable { is_required: true }, _) => {
                ("became-nullable", Breaking, "today's SDK cannot read null there")
            }
            (Self::NoLongerNullable { is_required: true }, Request) => {
                ("no-longer-nullable", Breaking, "a request with null is refused")
            }
            (Self::BecameNullable { .. } | Self::NoLongerNullable { .. }, _) => IDLE,

            (Self::TypeChanged { .. }, _) => ("type-changed", Breaking, OTHER_FORM),
            (Self::TypeRenamed { .. }, _) => IDLE,
            (Self::JsonChanged { gains_variants: true }, Parameter | Request) => {
                ("variants-changed", Additive, "requests may use further variants")
            }
            (Self::JsonChanged { gains_variants: true }, Error) => {
                ("variants-changed", Additive, "errors may have further variants")
            }
            (Self::JsonChanged { .. }, _) => ("variants-changed", Breaking, "the variants of the schema differ"),

            (Self::EnumBecameString { .. }, Parameter | Request) => ("enum-changed", Additive, OTHER_VALUES),
            (Self::EnumBecameString { is_open: false }, Success) => ("enum-changed", Breaking, OTHER_FORM),
            (Self::EnumBecameString { .. }, _) => ("enum-changed", Additive, "responses may have other values"),
            (Self::StringBecameEnum, Parameter | Request) => ("enum-changed", Breaking, OTHER_FORM),
            (Self::StringBecameEnum, _) => ("enum-changed", Additive, "responses have fewer values"),
            (Self::ValueAdded { .. }, Parameter | Request) => ("enum-value-added", Additive, "requests may use it"),
            (Self::ValueAdded { is_open: false, .. }, Success) => ("enum-value-added", Breaking, UNREADABLE),
            (Self::ValueAdded { .. }, _) => ("enum-value-added", Additive, "responses may have it"),
            (Self::ValueRemoved { .. }, _) => ("enum-value-removed", Breaking, GONE),

            (Self::AdditionalPropertiesChanged { is_typed: true }, _) => {
                ("additionalProperties-changed", Breaking, OTHER_FORM)
            }
            (Self::AdditionalPropertiesChanged { is_typed: false }, _) => IDLE,
        };
        Judgement { id, level, meaning: meaning.to_owned() }
    }
}

fn judge_fact(keyword: &str, change: Change, way: Way) -> Row {
    let is_request = matches!(way, Parameter | Request);
    match (keyword, change) {
        (_, Change::Idle) => IDLE,
        ("deprecated", Change::Tightened) => ("deprecated", Additive, "a later version may not have it"),
        ("deprecated", _) => IDLE,
        ("default", Change::Changed) if is_request => {
            ("default-changed", Rule, "a request that omits it means something else now")
        }
        ("default", _) => IDLE,

        // The client reads any text, and values beyond limits.
        ("format" | "contentEncoding" | "contentMediaType", Change::Loosened) if !is_request => {
            ("format-changed", Additive, "responses may have other values")
        }
        ("format" | "contentEncoding" | "contentMediaType", _) if !is_request => IDLE,
        ("format" | "contentEncoding" | "contentMediaType", Change::Loosened) => {
            ("format-changed", Additive, OTHER_VALUES)
        }
        ("format" | "contentEncoding" | "contentMediaType", _) => ("format-changed", Breaking, OTHER_FORM),
        ("enum", _) if !is_request => ("enum-changed", Additive, "responses may have other values"),
        ("enum", Change::Loosened) => ("enum-changed", Additive, OTHER_VALUES),
        ("enum", _) => ("enum-changed", Breaking, OTHER_FORM),
        ("oneOf" | "anyOf" | "not", _) if !is_request => IDLE,
        ("oneOf" | "anyOf" | "not", Change::Loosened) => {
            ("variants-changed", Additive, "the API accepts requests that it refused")
        }
        ("oneOf" | "anyOf" | "not", _) => ("variants-changed", Breaking, "the variants of the schema differ"),
        (keyword, _) if is_limit(keyword) && !is_request => IDLE,
        (keyword, Change::Loosened) if is_limit(keyword) => {
            ("limit-loosened", Additive, "the API accepts requests that it refused")
        }
        (keyword, _) if is_limit(keyword) => ("limit-tightened", Breaking, "the API refuses requests that it accepted"),
        _ => ("unknown-difference", Breaking, "an unknown keyword: taken as breaking"),
    }
}

/// Prose in a response is no rule.
fn judge_prose(old: &str, new: &str, is_identification: bool, way: Way) -> Judgement {
    let is_request = matches!(way, Parameter | Request);
    let conditions = if is_request { prose::conditions(old, new) } else { Vec::new() };
    if is_request && is_identification && prose::differ(old, new) {
        let meaning = "about identifying the client: check that src/identity.rs still follows it";
        return Judgement { id: "identification-prose-changed", level: Rule, meaning: meaning.to_owned() };
    }
    if conditions.is_empty() {
        let (id, level, meaning) = IDLE;
        return Judgement { id, level, meaning: meaning.to_owned() };
    }
    let quoted: Vec<_> = conditions.into_iter().map(|sentence| Value::from(sentence).to_string()).collect();
    Judgement { id: "rule-in-prose", level: Rule, meaning: format!("no code checks this: {}", quoted.join(", ")) }
}
