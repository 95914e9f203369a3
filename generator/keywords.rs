//! The keywords of JSON Schema and OpenAPI 3.0 and 3.1.

use serde_json::Value;

use super::Error;
use super::cursor::At;
use super::model::{EnumValue, Fact};

/// Keywords that the model cannot express: a schema with one becomes any JSON.
const UNMODELLED: [&str; 14] = [
    "oneOf",
    "anyOf",
    "not",
    "if",
    "then",
    "else",
    "prefixItems",
    "contains",
    "patternProperties",
    "propertyNames",
    "dependentSchemas",
    "unevaluatedItems",
    "$dynamicRef",
    "$dynamicAnchor",
];

/// Keywords that the model expresses.
const MODELLED: [&str; 12] = [
    "type",
    "properties",
    "required",
    "items",
    "additionalProperties",
    "unevaluatedProperties",
    "allOf",
    "enum",
    "const",
    "nullable",
    "description",
    "$ref",
];

/// Keywords that limit a schema's values in addition to its `oneOf` or `anyOf`.
const LIMITING: [&str; 8] =
    ["type", "properties", "required", "items", "additionalProperties", "allOf", "enum", "const"];

/// Names of properties and parameters that hold a credential.
pub const CREDENTIALS: [&str; 6] = ["secret", "secretKey", "apiSecret", "token", "apiToken", "password"];

const KINDS: [&str; 6] = ["object", "array", "string", "integer", "number", "boolean"];

pub fn is_modelled(keyword: &str) -> bool {
    MODELLED.contains(&keyword)
}

pub fn is_unmodelled(keyword: &str) -> bool {
    UNMODELLED.contains(&keyword)
}

/// The first keyword in a schema that the model cannot express.
pub fn unmodelled(at: &At) -> Option<&'static str> {
    UNMODELLED.into_iter().find(|keyword| at.has(keyword) && !is_fact(at, keyword))
}

/// The only variant in `oneOf` or `anyOf`, apart from null.
pub struct OnlyVariant<'d> {
    pub schema: At<'d>,
    pub is_nullable: bool,
}

/// The variant that a schema stands for, if `keyword` lists only one and the schema has no other limits.
pub fn only_variant<'d>(at: &At<'d>, keyword: &str) -> Option<OnlyVariant<'d>> {
    let is_limited = LIMITING.iter().any(|keyword| at.has(keyword));
    let has_other_variants = UNMODELLED.iter().any(|other| *other != keyword && at.has(other));
    if !["oneOf", "anyOf"].contains(&keyword) || is_limited || has_other_variants {
        return None;
    }
    let (nulls, mut others): (Vec<_>, Vec<_>) = at.items_of(keyword).into_iter().partition(is_null);
    let schema = others.pop().filter(|_| others.is_empty())?;
    Some(OnlyVariant { schema, is_nullable: !nulls.is_empty() })
}

fn is_null(variant: &At) -> bool {
    variant.text_of("type") == "null" || variant.value.get("enum").is_some_and(|values| *values == Value::from([()]))
}

/// The types that a schema names, without null.
pub fn kinds<'d>(at: &At<'d>) -> Result<Vec<&'d str>, Error> {
    let Some(named) = at.get("type") else { return Ok(Vec::new()) };
    let kinds: Vec<&str> = match named.value {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let is_known = |kind: &&str| KINDS.contains(kind) || *kind == "null";
    if kinds.is_empty() || !kinds.iter().all(is_known) {
        return Err(named.error(format_args!("expected a type of JSON, found {}", named.value)));
    }
    Ok(kinds.into_iter().filter(|kind| *kind != "null").collect())
}

/// Whether a schema itself allows null.
pub fn is_nullable(at: &At) -> bool {
    let is_listed = match at.value.get("type") {
        Some(Value::Array(kinds)) => kinds.contains(&"null".into()),
        kind => kind.is_some_and(|kind| kind == "null"),
    };
    let is_value = at.value.get("enum").and_then(Value::as_array).is_some_and(|values| values.contains(&Value::Null));
    at.is_true("nullable") || is_listed || is_value
}

/// The type of a schema without `type`, inferred from its other keywords.
pub fn implied_kind(at: &At) -> &'static str {
    if at.has("properties") || at.has("required") || at.value.get("additionalProperties").is_some_and(Value::is_object)
    {
        "object"
    } else if at.has("items") {
        "array"
    } else if enumeration(at).is_some_and(|values| strings(&values).is_some()) {
        "string"
    } else {
        ""
    }
}

/// The values of an enumeration, without null. A constant is one value.
pub fn enumeration<'d>(at: &At<'d>) -> Option<Vec<At<'d>>> {
    let values = match at.get("enum") {
        Some(values) => values.items().filter(|value| !value.value.is_null()).collect(),
        None => vec![at.get("const")?],
    };
    Some(values)
}

/// The values of an enumeration as a fact. A constant counts as an enumeration of one value.
pub fn values(at: &At) -> Option<Fact> {
    match at.get("enum") {
        Some(values) => Some(values.fact()),
        None => {
            at.get("const").map(|constant| Fact { value: vec![constant.value.clone()].into(), place: constant.place() })
        }
    }
}

/// The values as strings, without duplicates; `None` unless all are strings.
pub fn strings(values: &[At]) -> Option<Vec<EnumValue>> {
    let mut strings: Vec<EnumValue> = Vec::new();
    for at in values {
        let text = at.value.as_str()?;
        if strings.iter().all(|known| known.text != text) {
            strings.push(EnumValue { text: text.to_owned(), place: at.place() });
        }
    }
    (!strings.is_empty()).then_some(strings)
}

/// Whether an unmodelled keyword states only a fact here, such as which properties are required, and leaves the type alone.
pub fn is_fact(at: &At, keyword: &str) -> bool {
    let is_object = at.has("properties") || at.has("allOf") || at.text_of("type") == "object";
    match keyword {
        "oneOf" | "anyOf" => is_object && at.items_of(keyword).iter().all(states_required),
        "not" => at.get("not").is_some_and(|not| states_required(&not)),
        "propertyNames" => at.get(keyword).is_some_and(|names| {
            names.members().all(|(key, value)| key == "description" || (key == "type" && *value.value == "string"))
        }),
        _ => false,
    }
}

/// Whether a schema only states which properties are required, or which are not allowed together.
fn states_required(at: &At) -> bool {
    at.members().all(|(keyword, value)| match keyword {
        "required" | "title" | "description" => true,
        "type" => *value.value == "object",
        "not" => states_required(&value),
        "anyOf" | "oneOf" | "allOf" => value.items().all(|item| states_required(&item)),
        _ => false,
    })
}
