//! Prints the model's types: for progenitor, as the simplest OpenAPI 3.0 document that declares them; for templates, as Rust
//! types.

use std::fmt::Write;

use quote::format_ident;
use serde_json::{Map, Value, json};
use syn::{Type, parse_quote};

use super::model::{
    Additional, Api, Definition, Enum, Facts, Json, NamedType, Object, Reason, Schema, Shape, TypeName, Width,
};
use super::prose::{self, code, prose, shown};

/// Formats that the Rust type expresses already.
const PLAIN_FORMATS: [&str; 4] = ["int32", "int64", "double", "password"];

/// The document for progenitor. It has no operations: the client is a template over the model.
pub fn document(api: &Api) -> Value {
    let schemas = api.types.iter().map(|(TypeName(name), named)| (name.clone(), named_type(named)));
    json!({
        "openapi": "3.0.3",
        "info": { "title": "", "version": "" },
        "paths": {},
        "components": { "schemas": schemas.collect::<Map<_, _>>() },
    })
}

fn named_type(named: &NamedType) -> Value {
    let (mut printed, description) = match &named.definition {
        Definition::Object(object) => {
            (self::object(object, named.is_request_only), description(&named.description, &named.facts))
        }
        Definition::Enum(Enum { values, .. }) => {
            let texts: Vec<_> = values.iter().map(|value| &value.text).collect();
            (json!({ "type": "string", "enum": texts }), description(&named.description, &named.facts))
        }
        Definition::Alias(target) => return schema(target),
    };
    if !description.is_empty() {
        printed["description"] = description.into();
    }
    printed
}

fn object(object: &Object, is_closed: bool) -> Value {
    let properties = object.properties.iter().map(|(name, property)| (name.clone(), schema(property)));
    let mut printed = json!({ "type": "object", "properties": properties.collect::<Map<_, _>>() });
    if !object.required.is_empty() {
        printed["required"] = json!(object.required);
    }
    if let Additional::Typed(values) = &object.additional {
        printed["additionalProperties"] = schema(values);
    } else if is_closed || object.properties.is_empty() {
        // typify would turn an open object without properties into a map.
        printed["additionalProperties"] = json!(false);
    }
    printed
}

fn schema(schema: &Schema) -> Value {
    let mut printed = shape(&schema.shape);
    let description = schema_description(schema);
    let is_nullable = schema.is_nullable && !matches!(schema.shape, Shape::Json(_));
    if matches!(schema.shape, Shape::Ref(_)) && (is_nullable || !description.is_empty()) {
        printed = json!({ "allOf": [printed] });
    }
    if is_nullable {
        printed["nullable"] = json!(true);
    }
    if !description.is_empty() {
        printed["description"] = description.into();
    }
    printed
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Map(values) => json!({ "type": "object", "additionalProperties": schema(values) }),
        Shape::Array(items) => json!({ "type": "array", "items": schema(items) }),
        Shape::String => json!({ "type": "string" }),
        Shape::Secret => json!({ "type": "string", "format": "password" }),
        Shape::Integer(Width::I32) => json!({ "type": "integer", "format": "int32" }),
        Shape::Integer(Width::I64) => json!({ "type": "integer", "format": "int64" }),
        Shape::Number => json!({ "type": "number", "format": "double" }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Ref(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
        Shape::Json(_) => json!({}),
    }
}

/// A schema's documentation.
fn schema_description(schema: &Schema) -> String {
    let text = description(&schema.description, &schema.facts);
    match why_any_json(schema) {
        Some(why) => format!("{text}\n\n{why}").trim_start().to_owned(),
        None => text,
    }
}

/// Why a schema is any JSON, if the model cannot express it.
pub fn why_any_json(schema: &Schema) -> Option<String> {
    match &schema.shape {
        Shape::Json(Json::Unmodelled(unmodelled)) => Some(format!("Any JSON: {}.", reason(&unmodelled.reason))),
        _ => None,
    }
}

/// A description, followed by the facts that limit the value.
fn description(text: &str, facts: &Facts) -> String {
    let mut description = prose(text);
    for (keyword, fact) in facts.0.iter().filter(|(keyword, fact)| is_limit(keyword, &fact.value)) {
        let _ = write!(description, "\n\n{}: {}", code(&shown(keyword)), code(&prose::json(&fact.value)));
    }
    description.trim_start().to_owned()
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Keyword(keyword) => format!("its schema has `{keyword}`"),
        Reason::Contradiction => "the parts of its `allOf` contradict each other".to_owned(),
        Reason::Cycle => "its schema is a part of itself".to_owned(),
        Reason::SeveralTypes => "its values have several types".to_owned(),
        Reason::Enumeration => "its values are not all strings".to_owned(),
        Reason::TooLarge => "the parts of its `allOf` are too large to merge".to_owned(),
    }
}

fn is_limit(keyword: &str, value: &Value) -> bool {
    let is_range = ["min", "max", "exclusive"].iter().any(|range| keyword.starts_with(range));
    match keyword {
        "format" => !PLAIN_FORMATS.iter().any(|format| value == format),
        "enum" | "pattern" | "multipleOf" | "contentEncoding" | "contentMediaType" | "dependentRequired"
        // As facts, these state only which properties are required.
        | "oneOf" | "anyOf" | "not" => true,
        _ => is_range,
    }
}

/// A schema's Rust type, as named next to the module `types`.
pub fn rust_type(schema: &Schema) -> Type {
    let ty: Type = match &schema.shape {
        Shape::Ref(TypeName(name)) => {
            let name = format_ident!("{name}");
            parse_quote!(types::#name)
        }
        Shape::Map(values) if values.shape == Shape::Json(Json::Anything) => {
            parse_quote!(::serde_json::Map<::std::string::String, ::serde_json::Value>)
        }
        Shape::Map(values) => {
            let values = rust_type(values);
            parse_quote!(::std::collections::HashMap<::std::string::String, #values>)
        }
        Shape::Array(items) => {
            let items = rust_type(items);
            parse_quote!(::std::vec::Vec<#items>)
        }
        Shape::String => parse_quote!(::std::string::String),
        Shape::Secret => parse_quote!(crate::Secret),
        Shape::Integer(Width::I32) => parse_quote!(i32),
        Shape::Integer(Width::I64) => parse_quote!(i64),
        Shape::Number => parse_quote!(f64),
        Shape::Boolean => parse_quote!(bool),
        Shape::Json(_) => return parse_quote!(::serde_json::Value),
    };
    if schema.is_nullable { parse_quote!(::std::option::Option<#ty>) } else { ty }
}
