//! Generates the module `mock`: each operation's conditions and replies, with the types of the client.
//!
//! Code that is the same for every operation is in `src/mock.rs`. progenitor's own mocks would also compare the secret in the
//! body, and don't compile if a body or response is a boolean, number, enumeration or list.

use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{File, Ident, Type, parse_quote};

use super::call::{Call, Field};
use super::fields::{argument, is_std};
use super::model::{Location, Parameter, Status};
use super::print::rust_type;
use super::prose::code;

/// Methods of every `When`, and the methods for bodies. A parameter's method with such a name gets a `_` at its end.
pub const RESERVED_PARAMETERS: [&str; 5] = ["and", "body", "body_includes", "secret", "token"];

/// Methods that a mock server has already. An operation's method with such a name gets a `_` at its end.
#[rustfmt::skip]
pub const RESERVED_OPERATIONS: [&str; 20] = [
    "address", "base_url", "forward_to", "forward_to_async", "host", "mock", "mock_async", "operation", "playback",
    "playback_async", "playback_from_yaml", "playback_from_yaml_async", "port", "proxy", "proxy_async", "record",
    "record_async", "reset", "reset_async", "url",
];

pub fn mock(calls: &[Call]) -> File {
    let operations = calls.iter().map(operation);
    let methods = calls.iter().map(method);
    parse_quote! {
        /// The conditions and replies that each operation adds to [`When`](crate::mock::When) and
        /// [`Then`](crate::mock::Then).
        pub mod operations {
            use crate::types;

            #(#operations)*
        }

        /// Mocks of operations on a [`MockServer`](::httpmock::MockServer). The function `mock` sets the conditions and
        /// the replies of each: see the [module](crate::mock).
        pub trait MockServerExt {
            /// A mock of any operation, as [`Client::request`](crate::Client::request) calls it: with the same method, and
            /// the same path with its parameters in braces.
            ///
            /// # Panics
            /// If `Client::request` would refuse the path, or httpmock doesn't know the method.
            fn operation(
                &self,
                method: crate::Method,
                path: &str,
                mock: impl FnOnce(crate::mock::When, crate::mock::Then),
            ) -> crate::mock::Mock<'_>;

            #(#methods)*
        }
    }
}

/// The types of an operation's conditions and replies.
fn types(call: &Call) -> [Ident; 2] {
    ["When", "Then"].map(|role| format_ident!("{}{role}", call.builder))
}

fn method(call: &Call) -> TokenStream {
    let [when, then] = types(call);
    let (name, path) = (format_ident!("{}", call.operation.name), &call.operation.path);
    let about = format!("A mock of [`{name}`](crate::Client::{name}).");
    let name = unreserved(&RESERVED_OPERATIONS, &name);
    let method = format_ident!("{}", call.operation.method.as_str().to_uppercase());
    quote! {
        #[doc = #about]
        fn #name(&self, mock: impl FnOnce(operations::#when, operations::#then)) -> crate::mock::Mock<'_> {
            self.operation(crate::Method::#method, #path, crate::mock::typed(mock))
        }
    }
}

fn operation(call: &Call) -> TokenStream {
    let [when, then] = types(call);
    let builder = &call.builder;
    let name = &call.operation.name;
    let link = format!("[`{name}`](crate::Client::{name})");
    let conditions_of = format!("The conditions of a mock of {link}.");
    let replies_of = format!("The replies of a mock of {link}.");
    let conditions = call.fields.iter().map(|field| match field.parameter {
        Some(parameter) => parameter_condition(field, parameter),
        None => body_condition(&field.ty),
    });
    let secret = call.has_secret().then(|| {
        quote! {
            /// Matches this secret in the body.
            pub fn secret(self, secret: &str) -> Self {
                self.conditions.secret(secret);
                self
            }
        }
    });
    let error = call.operation.error.as_ref().map_or_else(|| parse_quote!(()), rust_type);
    let replies = call.operation.responses.iter().map(|response| {
        let ty = if response.status.is_success() { &call.success_type } else { &error };
        reply(response.status, response.content.as_ref().map(|_| ty))
    });
    quote! {
        #[doc = #conditions_of]
        pub type #when = crate::mock::When<crate::builder::#builder>;

        impl #when {
            #(#conditions)*
            #secret
        }

        #[doc = #replies_of]
        pub type #then = crate::mock::Then<crate::builder::#builder>;

        impl #then {
            #(#replies)*
        }
    }
}

fn body_condition(ty: &Type) -> TokenStream {
    quote! {
        /// Matches exactly this body, with or without the secret that the client adds.
        /// [`body_includes`](crate::mock::When::body_includes) matches a part of one.
        #[track_caller]
        pub fn body(self, value: &#ty) -> Self {
            self.conditions.body(value);
            self
        }
    }
}

/// The condition on a parameter. For an optional parameter, `None` requires its absence.
fn parameter_condition(field: &Field, parameter: &Parameter) -> TokenStream {
    let (wire, ty) = (&parameter.wire, &field.ty);
    let lifetime = field.is_optional().then(|| quote!('a));
    let item = argument(ty, "Vec");
    let required = match item {
        Some(item) => quote!(& #lifetime [#item]),
        None if is_std(ty, "String") => quote!(& #lifetime str),
        None => quote!(#ty),
    };
    let given = if field.is_optional() { quote!(impl Into<Option<#required>>) } else { required };
    let values = match (field.is_optional(), item) {
        (true, Some(_)) => quote!(value.into().unwrap_or_default()),
        (true, None) => quote!(value.into()),
        (false, Some(_)) => quote!(value),
        (false, None) => quote!(Some(value)),
    };
    let condition = match parameter.location {
        Location::Path => quote!(path_parameter(#wire, value)),
        Location::Query => quote!(query(#wire, #values)),
        Location::Header => quote!(header(#wire, #values)),
    };
    let name = unreserved(&RESERVED_PARAMETERS, &field.name);
    let absent = if field.is_optional() { ", or with `None` its absence" } else { "" };
    let about = format!("Matches this {}{absent}.", code(wire));
    let generics = lifetime.map(|lifetime| quote!(<#lifetime>));
    quote! {
        #[doc = #about]
        pub fn #name #generics (self, value: #given) -> Self {
            self.conditions.#condition;
            self
        }
    }
}

/// The method that replies with a documented response. It takes the content, if documented.
fn reply(status: Status, content: Option<&Type>) -> TokenStream {
    let (name, statuses, given, status) = if let Status::Code(code) = status {
        (name_of_status(code), format!("status {code}"), None, quote!(#code))
    } else {
        let (name, first, last) = range(status);
        let given = quote!(status: u16,);
        let status = quote!(crate::mock::status_in(#first..=#last, status));
        (name.to_owned(), format!("a status from {first} to {last}"), Some(given), status)
    };
    let (value, reply) = match content {
        None => (None, quote!(empty(#status))),
        Some(Type::Tuple(_)) => (Some(quote!(value: impl ::serde::Serialize)), quote!(json(#status, value))),
        Some(ty) => {
            let value = quote!(value: impl ::std::convert::TryInto<#ty, Error: ::std::fmt::Display>);
            (Some(value), quote!(built::<#ty>(#status, value)))
        }
    };
    let name = format_ident!("{name}");
    let about = format!("Replies with {statuses}.");
    quote! {
        #[doc = #about]
        #[track_caller]
        pub fn #name(self, #given #value) -> Self {
            self.replies.#reply;
            self
        }
    }
}

/// The name of a status's method, such as `not_found`.
fn name_of_status(code: u16) -> String {
    let status = http::StatusCode::from_u16(code).ok();
    let reason = status.and_then(|status| status.canonical_reason());
    reason.map_or_else(|| format!("status_{code}"), ToSnakeCase::to_snake_case)
}

/// The name of a range's method, and the range's first and last status.
fn range(range: Status) -> (&'static str, u16, u16) {
    match range {
        Status::Class(1) => ("informational", 100, 199),
        Status::Class(2) => ("success", 200, 299),
        Status::Class(3) => ("redirect", 300, 399),
        Status::Class(4) => ("client_error", 400, 499),
        Status::Class(_) => ("server_error", 500, 599),
        Status::Code(_) | Status::Default => ("default_response", 100, 599),
    }
}

/// The name, with a `_` at its end if it is reserved.
fn unreserved(reserved: &[&str], name: &Ident) -> Ident {
    if reserved.iter().any(|other| name == other) { format_ident!("{name}_") } else { name.clone() }
}
