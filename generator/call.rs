//! An operation prepared for the templates: its builder's fields with their Rust types, and the type of its success.

use quote::format_ident;
use syn::{Ident, Type, parse_quote};

use super::fields::{Properties, Property};
use super::model::{Api, Location, Operation, Parameter, Schema, Shape};
use super::print::rust_type;
use super::spelling;

/// An operation and the Rust names and types of its call.
pub struct Call<'a> {
    pub operation: &'a Operation,
    /// The name of the builder's type.
    pub builder: Ident,
    pub fields: Vec<Field<'a>>,
    /// The properties of the body, if it is an object.
    pub properties: &'a [Property],
    /// The name of the body's type, if it is an object.
    pub body_type: Option<Ident>,
    pub success: Success,
    pub success_type: Type,
}

/// A field of the builder.
pub struct Field<'a> {
    pub name: Ident,
    /// The type of a value that is present.
    pub ty: Type,
    pub default: FieldDefault,
    /// `None` if the field is the body.
    pub parameter: Option<&'a Parameter>,
    /// Whether the field is a required string parameter.
    pub is_required_string: bool,
}

/// How a builder treats a missing value.
#[derive(Clone, Copy, PartialEq)]
pub enum FieldDefault {
    /// The request has no such value.
    Absent,
    /// The type's default is sent, for a body without properties.
    Empty,
    /// The client's bot ID is sent.
    Bot,
    /// The call fails.
    Missing,
}

impl Field<'_> {
    pub fn is_optional(&self) -> bool {
        self.default == FieldDefault::Absent
    }
}

/// How `src/call.rs` reads a success.
#[derive(Clone, Copy, PartialEq)]
pub enum Success {
    Object,
    Value,
    Nothing,
}

impl<'a> Call<'a> {
    pub fn new(api: &'a Api, operation: &'a Operation, properties: &'a Properties) -> Self {
        let body_type = operation.body.as_ref().and_then(|body| api.object(&body.schema)).map(|(name, _)| name);
        let properties = body_type.and_then(|name| properties.get(&name.0)).map(Vec::as_slice).unwrap_or_default();
        let mut parameters: Vec<_> = operation.parameters.iter().collect();
        parameters.sort_by_key(|parameter| {
            let in_path = operation.path.find(&format!("{{{}}}", parameter.wire));
            (parameter.location, in_path.filter(|_| parameter.location == Location::Path), &parameter.name)
        });
        let mut fields: Vec<_> = parameters.into_iter().map(|parameter| parameter_field(api, parameter)).collect();
        fields.extend(operation.body.as_ref().map(|body| {
            let is_empty = body_type.is_some() && properties.is_empty();
            let is_required = body.is_required || body.identifies_client;
            let default = match (is_empty, is_required) {
                (true, _) => FieldDefault::Empty,
                (false, true) => FieldDefault::Missing,
                (false, false) => FieldDefault::Absent,
            };
            let (name, ty) = (format_ident!("body"), rust_type(&body.schema));
            Field { name, ty, default, parameter: None, is_required_string: false }
        }));
        Self {
            operation,
            builder: spelling::builder(&operation.name),
            fields,
            properties,
            body_type: body_type.map(|name| format_ident!("{}", name.0)),
            success: success(api, operation.success.as_ref()),
            success_type: operation.success.as_ref().map_or_else(|| parse_quote!(()), rust_type),
        }
    }

    /// The body's type, if the body must identify a client.
    pub fn identifying_body(&self) -> Option<&Ident> {
        let identifies_client = self.operation.body.as_ref().is_some_and(|body| body.identifies_client);
        self.body_type.as_ref().filter(|_| identifies_client)
    }

    pub fn has_secret(&self) -> bool {
        self.operation.body.as_ref().is_some_and(|body| body.has_secret)
    }

    /// A name for a variable that differs from all fields' names.
    pub fn free(&self, name: &str) -> Ident {
        let is_taken = self.fields.iter().any(|field| field.name == name);
        format_ident!("{}{name}", if is_taken { "_" } else { "" })
    }

    /// The fields of a location's parameters.
    pub fn fields_in(&self, location: Location) -> impl Iterator<Item = (&Field<'a>, &'a Parameter)> {
        let parameters = self.fields.iter().filter_map(|field| Some((field, field.parameter?)));
        parameters.filter(move |(_, parameter)| parameter.location == location)
    }
}

fn parameter_field<'a>(api: &Api, parameter: &'a Parameter) -> Field<'a> {
    let schema = Schema { is_nullable: false, ..parameter.schema.clone() };
    let is_required = parameter.is_required && !parameter.schema.is_nullable;
    let is_required_string = is_required && api.resolve(&parameter.schema).shape == Shape::String;
    let default = if !is_required {
        FieldDefault::Absent
    } else if is_required_string && parameter.wire == "botId" && parameter.location == Location::Query {
        FieldDefault::Bot
    } else {
        FieldDefault::Missing
    };
    let (name, ty) = (format_ident!("{}", parameter.name), rust_type(&schema));
    Field { name, ty, default, parameter: Some(parameter), is_required_string }
}

fn success(api: &Api, schema: Option<&Schema>) -> Success {
    let Some(schema) = schema else { return Success::Nothing };
    let is_object = api.object(schema).is_some() || matches!(api.resolve(schema).shape, Shape::Map(_));
    if is_object && !schema.is_nullable { Success::Object } else { Success::Value }
}
