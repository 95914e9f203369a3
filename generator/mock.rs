//! Makes the module `mock`: for each operation, what a mock server is asked and what it responds, in the types of the
//! client.
//!
//! progenitor makes such a module too. It compares the whole body, though the secret is on the wire only, and does not
//! compile where a body or a response is a boolean, a number, an enumeration or a list.

use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{File, Ident, Type, parse_quote};

use super::call::{Call, Field};
use super::rust::{Signature, argument, is_std};
use super::spec::{Spec, members};

/// What the module is made of.
pub fn mock(spec: &Spec, calls: &[Call]) -> File {
    let operations = calls.iter().map(|call| operation(spec, call));
    let methods: Vec<_> = calls
        .iter()
        .map(|call| {
            let (name, [when, then]) = (format_ident!("{}", call.operation.name), names(call));
            quote! {
                fn #name<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
                where
                    F: FnOnce(operations::#when, operations::#then)
            }
        })
        .collect();
    let bodies = calls.iter().map(|call| {
        let [when, then] = names(call);
        quote!(self.mock(|when, then| config_fn(operations::#when::new(when), operations::#then::new(then))))
    });
    parse_quote! {
        pub mod operations {
            //! [`When`](::httpmock::When) and [`Then`](::httpmock::Then)
            //! wrappers for each operation. Each can be converted to
            //! its inner type with a call to `into_inner()`. This can
            //! be used to explicitly deviate from permitted values.
            use crate::types;

            #(#operations)*
        }

        /// An extension trait for [`MockServer`](::httpmock::MockServer) that
        /// adds a method for each operation. These are the equivalent of
        /// type-checked [`mock()`](::httpmock::MockServer::mock) calls.
        pub trait MockServerExt {
            #(#methods;)*
        }

        impl MockServerExt for ::httpmock::MockServer {
            #(#methods { #bodies })*
        }
    }
}

/// The names of what an operation is asked, and of what it responds.
fn names(call: &Call) -> [Ident; 2] {
    ["When", "Then"].map(|role| format_ident!("{}{role}", call.signature.builder))
}

fn operation(spec: &Spec, call: &Call) -> TokenStream {
    let [when, then] = names(call);
    let method = format_ident!("{}", call.operation.method.to_uppercase());
    let path = pattern(&call.operation.path, |_| "[^/]*");
    let given = call.fields.iter().map(|field| asked(call, field));
    let responses = format!("{}/responses", call.operation.pointer);
    let responses = members(spec.at(&responses)).filter(|(status, _)| !status.starts_with("x-")).map(|(status, _)| {
        let schema = spec.json(&format!("{responses}/{status}")).filter(|schema| !spec.at(schema).is_null());
        let ty = match (status.starts_with('2'), &call.signature) {
            // A success of HEAD, or errors of several types.
            (true, Signature { success: Type::Tuple(_), .. }) => None,
            (true, Signature { success, .. }) => Some(quote!(#success)),
            (false, Signature { error: Type::Tuple(_), .. }) => Some(quote!(impl ::serde::Serialize)),
            (false, Signature { error, .. }) => Some(quote!(#error)),
        };
        responded(status, ty.filter(|_| schema.is_some()))
    });
    quote! {
        pub struct #when(::httpmock::When);

        impl #when {
            pub fn new(inner: ::httpmock::When) -> Self {
                let path = ::regex::Regex::new(#path).unwrap();
                Self(inner.method(::httpmock::Method::#method).path_matches(path))
            }

            pub fn into_inner(self) -> ::httpmock::When { self.0 }

            #(#given)*
        }

        pub struct #then(::httpmock::Then);

        impl #then {
            pub fn new(inner: ::httpmock::Then) -> Self { Self(inner) }

            pub fn into_inner(self) -> ::httpmock::Then { self.0 }

            #(#responses)*

            /// Responds with an error as MantaGO words it.
            pub fn error(self, status: u16, code: crate::ErrorCode, message: &str) -> Self {
                let detail = ::serde_json::json!({ "message": message, "code": code.number() });
                let body = ::serde_json::json!({ "success": false, "errResponse": detail });
                Self(self.0.status(status).json_body(body))
            }

            /// Adds a header to the response, such as `Retry-After`.
            pub fn header(self, name: &str, value: &str) -> Self { Self(self.0.header(name, value)) }

            /// Delays the response.
            pub fn delay(self, duration: ::std::time::Duration) -> Self { Self(self.0.delay(duration)) }
        }
    }
}

/// The regular expression of a path, with one for each parameter in it.
fn pattern(path: &str, parameter: impl Fn(&str) -> &'static str) -> String {
    let mut pattern = "^".to_owned();
    for (index, part) in path.split('{').enumerate() {
        let (name, constant) = part.split_once('}').filter(|_| index > 0).unwrap_or(("", part));
        if index > 0 {
            pattern += parameter(name);
        }
        for c in constant.chars() {
            let is_plain = !c.is_ascii_punctuation() || "/-_<>".contains(c);
            pattern.extend((!is_plain).then_some('\\').into_iter().chain([c]));
        }
    }
    pattern + "$"
}

/// Asks for a value of what is given. An optional parameter may be asked for, or asked not to be there.
fn asked(call: &Call, Field { name, ty, is_optional, parameter, .. }: &Field) -> TokenStream {
    let Some(parameter) = parameter else {
        // On the wire the body has the secret too, which the request has not.
        return quote! {
            pub fn #name(self, value: &#ty) -> Self {
                Self(self.0.json_body_includes(::serde_json::to_string(value).expect("a request is JSON")))
            }
        };
    };
    let wire = &parameter.wire;
    let item = argument(ty, "Vec");
    let lifetime = is_optional.then(|| quote!('a));
    let value = match item {
        Some(item) => quote!(&#lifetime [#item]),
        None if is_std(ty, "String") => quote!(&#lifetime str),
        None => quote!(#ty),
    };
    let (present, missing) = match parameter.place.as_str() {
        "path" => {
            let path = pattern(&call.operation.path, |name| if name == wire { "{}" } else { "[^/]*" });
            let matches = quote! {
                let value = ::regex::escape(&::progenitor_client::encode_path(&value.to_string()));
                let path = ::regex::Regex::new(&format!(#path, value)).unwrap();
                Self(self.0.path_matches(path))
            };
            (matches, TokenStream::new())
        }
        "query" if item.is_some() => (
            quote!(Self(value.iter().fold(self.0, |when, value| when.query_param(#wire, value.to_string())))),
            quote!(query_param_missing),
        ),
        "query" => (quote!(Self(self.0.query_param(#wire, value.to_string()))), quote!(query_param_missing)),
        _ => (quote!(Self(self.0.header(#wire, value.to_string()))), quote!(header_missing)),
    };
    if *is_optional {
        return quote! {
            pub fn #name<'a, T>(self, value: T) -> Self
            where
                T: Into<Option<#value>>,
            {
                match value.into() {
                    Some(value) => #present,
                    None => Self(self.0.#missing(#wire)),
                }
            }
        };
    }
    quote! {
        pub fn #name(self, value: #value) -> Self { #present }
    }
}

/// Responds with a documented status, and with its content if it has some.
fn responded(status: &str, ty: Option<TokenStream>) -> TokenStream {
    let value = ty.as_ref().map(|ty| quote!(value: &#ty));
    let content = ty.map(|_| quote!(.header("content-type", "application/json").json_body_obj(value)));
    let (name, class) = match (status, status.parse::<u16>()) {
        (_, Ok(code)) => {
            let known = http::StatusCode::from_u16(code).ok();
            let reason = known.and_then(|status| status.canonical_reason()).map(ToSnakeCase::to_snake_case);
            let name = format_ident!("{}", reason.unwrap_or_else(|| format!("status_{code}")));
            return quote! {
                pub fn #name(self, #value) -> Self { Self(self.0.status(#code)#content) }
            };
        }
        ("1XX", _) => ("informational", 100_u16..=199),
        ("2XX", _) => ("success", 200..=299),
        ("3XX", _) => ("redirect", 300..=399),
        ("4XX", _) => ("client_error", 400..=499),
        ("5XX", _) => ("server_error", 500..=599),
        _ => ("default_response", 100..=599),
    };
    let (name, first, last) = (format_ident!("{name}"), class.start(), class.end());
    quote! {
        pub fn #name(self, status: u16, #value) -> Self {
            assert!((#first..=#last).contains(&status), "{status} is not of {}", #status);
            Self(self.0.status(status)#content)
        }
    }
}
