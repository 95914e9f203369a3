//! The levels of differences.
//!
//! They are about the wire only. Comparing the generated code shows whether users' code still compiles.

#![allow(clippy::match_same_arms, reason = "a table, one row a line")]

use serde_json::Value;

use super::Kind;
use super::Presence::{Optional, Required};
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
const GONE: &str = "removed, so code that uses it breaks";
const REFUSED: &str = "a request without it is refused";
const UNREADABLE: &str = "today's SDK cannot read it in a response";
const IDENTIFICATION: &str = "about identifying the client: check that src/identity.rs still follows it";
const OTHER_FORM: &str = "values have another type or form";
const FEWER_VALUES: &str = "the API accepts fewer values";
const OTHER_VALUES: &str = "requests may have other values";

impl Kind {
    pub fn judge(&self, way: Way) -> Judgement {
        let (id, level, meaning) = match (self, way) {
            (Self::Prose([old, new]), _) => return judge_prose(old, new, way),
            (Self::IdentificationProse([old, new]), Parameter | Request) if prose::differ(old, new) => {
                ("identification-prose-changed", Rule, IDENTIFICATION)
            }
            (Self::IdentificationProse(_), _) => IDLE,
            (Self::Fact(keyword, change), _) => judge_fact(keyword, *change, way),

            (Self::BaseUrlChanged, _) => {
                ("server-changed", Breaking, "the API moved: today's SDK calls the old address")
            }
            (Self::OperationAdded, _) => ("operation-added", Additive, "a new operation"),
            (Self::OperationRemoved, _) => ("operation-removed", Breaking, GONE),
            (Self::BodyAdded(Required), _) => ("request-body-added", Breaking, "the operation requires a body now"),
            (Self::BodyAdded(Optional), _) => ("request-body-added", Additive, "requests may have a body"),
            (Self::BodyRemoved, _) => ("request-body-removed", Breaking, GONE),
            (Self::SecretAdded, _) => ("secret-added", Breaking, "today's SDK doesn't send the secret"),
            (Self::SecretRemoved, _) => ("secret-removed", Breaking, "today's SDK sends the secret"),
            (Self::StatusAdded, _) => ("status-added", Additive, "the status is now documented"),
            (Self::StatusRemoved, _) => ("status-removed", Breaking, GONE),
            (Self::ContentAdded, Error) => ("media-type-added", Additive, "errors may have this body"),
            (Self::ContentAdded, _) => ("media-type-added", Breaking, UNREADABLE),
            (Self::ContentRemoved, _) => ("media-type-removed", Breaking, GONE),

            (Self::ParameterAdded(Required), _) => ("required-parameter-added", Breaking, REFUSED),
            (Self::ParameterAdded(Optional), _) => ("optional-parameter-added", Additive, "requests may set it"),
            (Self::ParameterRemoved, _) => ("parameter-removed", Breaking, GONE),
            (Self::PropertyAdded(Required), Parameter | Request) => ("required-property-added", Breaking, REFUSED),
            (Self::PropertyAdded(Required), Success | Error) => {
                ("required-property-added", Breaking, "users' mocks and stored responses don't have it")
            }
            (Self::PropertyAdded(Optional), Parameter | Request) => {
                ("optional-property-added", Additive, "requests may set it")
            }
            (Self::PropertyAdded(Optional), Success | Error) => {
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
            (Self::BecameNullable(_) | Self::NoLongerNullable(_), Parameter) => IDLE,
            (Self::BecameNullable(_), Request) => ("became-nullable", Additive, "requests may send null"),
            (Self::BecameNullable(Required), _) => ("became-nullable", Breaking, "today's SDK cannot read null there"),
            (Self::NoLongerNullable(Required), Request) => {
                ("no-longer-nullable", Breaking, "a request with null is refused")
            }
            (Self::BecameNullable(_) | Self::NoLongerNullable(_), _) => IDLE,

            (Self::TypeChanged(_), _) => ("type-changed", Breaking, OTHER_FORM),
            (Self::TypeRenamed(_), _) => IDLE,
            (Self::JsonGainedVariants, Parameter | Request) => {
                ("variants-changed", Additive, "requests may use further variants")
            }
            (Self::JsonGainedVariants, Error) => ("variants-changed", Additive, "errors may have further variants"),
            (Self::JsonGainedVariants | Self::JsonChanged, _) => {
                ("variants-changed", Breaking, "the variants of the schema differ")
            }

            (Self::EnumBecameString, Parameter | Request) => ("enum-changed", Additive, OTHER_VALUES),
            (Self::EnumBecameString, _) => ("enum-changed", Additive, "responses may have other values"),
            (Self::StringBecameEnum, Parameter | Request) => ("enum-changed", Breaking, FEWER_VALUES),
            (Self::StringBecameEnum, _) => ("enum-changed", Additive, "responses have fewer values"),
            (Self::ValueAdded(_), Parameter | Request) => ("enum-value-added", Additive, "requests may use it"),
            // The enumerations of successes are open, and errors are read without the generated types.
            (Self::ValueAdded(_), _) => ("enum-value-added", Additive, "responses may have it"),
            (Self::ValueRemoved(_), Parameter | Request) => {
                ("enum-value-removed", Breaking, "a request with it is refused")
            }
            (Self::ValueRemoved(_), _) => ("enum-value-removed", Breaking, GONE),

            (Self::FurtherPropertiesChanged, _) => ("additionalProperties-changed", Breaking, OTHER_FORM),
            (Self::ClosednessChanged, _) => IDLE,
        };
        Judgement { id, level, meaning: meaning.to_owned() }
    }
}

fn judge_fact(keyword: &str, change: Change, way: Way) -> Row {
    let is_request = matches!(way, Parameter | Request);
    match (keyword, change) {
        (_, Change::Idle) => IDLE,
        ("deprecated", Change::Tightened) => ("deprecated", Additive, "a later version may remove it"),
        ("deprecated", _) => IDLE,
        ("default", Change::Changed) if is_request => {
            ("default-changed", Rule, "a request that omits it means something else now")
        }
        ("default", _) => IDLE,

        // The client accepts any text, and values beyond limits.
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
        ("enum", _) => ("enum-changed", Breaking, FEWER_VALUES),
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

/// The level of a change in prose. Prose about a response is never a rule.
fn judge_prose(old: &str, new: &str, way: Way) -> Judgement {
    let conditions = if matches!(way, Parameter | Request) { prose::conditions(old, new) } else { Vec::new() };
    let (id, level, meaning) =
        if conditions.is_empty() { IDLE } else { ("rule-in-prose", Rule, "no code checks this: ") };
    let quoted: Vec<_> = conditions.into_iter().map(|sentence| Value::from(sentence).to_string()).collect();
    Judgement { id, level, meaning: meaning.to_owned() + &quoted.join(", ") }
}
