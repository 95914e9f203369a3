//! An operation as it is called: what the document says of it, and the types that progenitor has for it.
//!
//! It is what the templates of the other modules are filled from.

use std::rc::Rc;

use quote::format_ident;
use syn::{Ident, Type};

use super::Error;
use super::operations::Operation;
use super::parameters::Parameter;
use super::responses::{SCHEMA, is_success};
use super::rust::{Property, Rust, Signature, argument, name_of};
use super::spec::{Spec, members};

/// Where progenitor's builder is not read as it is expected: better no client than one that does not compile.
const UNEXPECTED: &str = "its builder is not as progenitor 0.15.1 makes it";

/// An operation as it is called.
pub struct Call<'a> {
    pub operation: &'a Operation,
    pub fields: Vec<Field<'a>>,
    /// The properties of the body; none if it has none, or is no object.
    pub properties: Rc<[Property]>,
    pub signature: &'a Signature,
    pub success: Success,
}

/// What a builder is given.
pub struct Field<'a> {
    pub name: Ident,
    /// The type of its value, where it has one.
    pub ty: Type,
    pub is_optional: bool,
    /// `None` is the body.
    pub parameter: Option<&'a Parameter>,
    /// Whether it may be left out, though it is not optional: a body that can only be empty.
    pub is_empty: bool,
}

impl Field<'_> {
    /// Whether it is the bot, which the client may have.
    pub fn is_bot(&self) -> bool {
        let is_bot = |parameter: &Parameter| parameter.wire == "botId" && parameter.place == "query";
        self.parameter.is_some_and(|parameter| parameter.is_string && is_bot(parameter))
    }
}

/// What a success is, as `call` reads it.
#[derive(Clone, Copy, PartialEq)]
pub enum Success {
    Object,
    Value,
    Nothing,
}

impl<'a> Call<'a> {
    pub fn new(spec: &Spec, operation: &'a Operation, rust: &'a Rust) -> Result<Self, Error> {
        let wrong = || spec.error(&operation.pointer, UNEXPECTED);
        let signature = rust.operations.get(&operation.name).ok_or_else(wrong)?;
        let mut parameters: Vec<_> = operation.parameters.iter().collect();
        let mut body: Rc<[Property]> = Rc::new([]);
        let fields = signature.fields.iter().map(|(name, given)| {
            let parameter = parameters.iter().position(|parameter| *name == parameter.name);
            let parameter = parameter.map(|index| parameters.swap_remove(index));
            let optional = argument(given, "Option").filter(|_| parameter.is_some());
            let ty = optional.unwrap_or(given).clone();
            let mut is_empty = false;
            if parameter.is_none() {
                let known = name_of(&ty).and_then(|body| rust.properties.get(&body.to_string()));
                is_empty = known.is_some_and(|properties| properties.is_empty());
                body = known.cloned().unwrap_or(Rc::new([]));
            }
            Field { name: name.clone(), ty, is_optional: optional.is_some(), parameter, is_empty }
        });
        let fields = fields.collect();
        let success = success(spec, operation, &signature.success);
        if !parameters.is_empty() {
            return Err(wrong());
        }
        Ok(Self { operation, fields, properties: body, signature, success })
    }

    /// The body, if it must name one client, with its properties.
    pub fn naming_client(&self) -> Option<(&Ident, &[Property])> {
        self.operation.names_client.then_some((self.body()?, &self.properties))
    }

    /// The name of the body's type.
    pub fn body(&self) -> Option<&Ident> {
        self.fields.iter().find(|field| field.parameter.is_none()).and_then(|field| name_of(&field.ty))
    }

    /// A name for a variable that no parameter has.
    pub fn free(&self, name: &str) -> Ident {
        let is_taken = self.fields.iter().any(|field| field.name == name);
        format_ident!("{}{name}", if is_taken { "_" } else { "" })
    }

    /// The parameters of a place: the path, the query or the headers.
    pub fn parameters(&self, place: &str) -> impl Iterator<Item = (&Ident, &Parameter)> {
        let parameters = self.fields.iter().filter_map(|field| Some((&field.name, field.parameter?)));
        parameters.filter(move |(_, parameter)| parameter.place == place)
    }
}

/// An operation's success by its schema: an object, another value, or none.
fn success(spec: &Spec, operation: &Operation, ty: &Type) -> Success {
    if matches!(ty, Type::Tuple(_)) {
        return Success::Nothing;
    }
    let responses = format!("{}/responses", operation.pointer);
    let mut success = members(spec.at(&responses)).map(|(status, _)| status).filter(|status| is_success(status));
    if success.any(|status| is_object(spec, &format!("{responses}/{status}{SCHEMA}"))) {
        Success::Object
    } else {
        Success::Value
    }
}

fn is_object(spec: &Spec, pointer: &str) -> bool {
    let pointer = spec.resolve(pointer);
    let schema = spec.at(&pointer);
    let parts = |key: &str| {
        let count = schema[key].as_array().map_or(0, Vec::len);
        (0..count).map(|index| is_object(spec, &format!("{pointer}/{key}/{index}"))).collect::<Vec<_>>()
    };
    let is_one = |key: &str| !parts(key).is_empty() && parts(key).iter().all(|part| *part);
    let is_itself = schema["type"] == "object" || schema["properties"].is_object();
    schema["nullable"] != true && (is_itself || parts("allOf").contains(&true) || is_one("oneOf") || is_one("anyOf"))
}
