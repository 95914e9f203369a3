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
use super::fields::{argument, is_std};
use super::model::{Location, Status};
use super::print::rust_type;

/// What the module is made of.
pub fn mock(calls: &[Call]) -> File {
    let replies = replies();
    let operations = calls.iter().map(operation);
    let methods: Vec<_> = calls
        .iter()
        .map(|call| {
            let (name, [when, then]) = (format_ident!("{}", call.operation.name), names(call));
            let about = format!("A mock of [`{name}`](crate::Client::{name}).");
            quote! {
                #[doc = #about]
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
        /// For each operation, what a mock is asked and what it responds.
        ///
        /// Where they cannot say it, [`When`](::httpmock::When) and [`Then`](::httpmock::Then) of httpmock can, by
        /// `into_inner()`.
        pub mod operations {
            use crate::types;

            #(#operations)*

            #replies
        }

        /// A mock for each operation, on a [`MockServer`](::httpmock::MockServer): its function says what is asked, and what
        /// the response is.
        ///
        /// A request that no mock matches ends as [`UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse). So that no
        /// test waits for a retry, give the client a [policy](crate::RetryPolicy::base_backoff) whose waits are 0, and a mocked
        /// `Retry-After` the value 0. tokio's paused clock is no help: the server runs in threads of its own.
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
    ["When", "Then"].map(|role| format_ident!("{}{role}", call.builder))
}

fn operation(call: &Call) -> TokenStream {
    let [when, then] = names(call);
    let method = format_ident!("{}", call.operation.method.as_str().to_uppercase());
    let path = pattern(&call.operation.path, |_| "[^/]*");
    let given = call.fields.iter().map(|field| asked(call, field));
    let responses = call.operation.responses.iter().map(|response| {
        let error = call.operation.error.as_ref().map_or_else(|| parse_quote!(()), rust_type);
        let ty = if response.status.is_success() { &call.success_type } else { &error };
        responded(response.status, response.content.as_ref().map(|_| ty))
    });
    let name = &call.operation.name;
    let about = |does: &str| format!("What a mock of [`{name}`](crate::Client::{name}) {does}.");
    let [about_request, about_response] = ["is asked", "responds"].map(about);
    let secret = call.has_secret().then(|| {
        quote! {
            /// Asks for this secret in the body.
            pub fn secret(self, secret: &str) -> Self {
                let body = ::serde_json::json!({ "secret": secret }).to_string();
                Self(self.0.json_body_includes(body))
            }
        }
    });
    quote! {
        #[doc = #about_request]
        pub struct #when(::httpmock::When);

        impl #when {
            /// Asks for the method and the path.
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::#method)
                        .path_matches(::regex::Regex::new(#path).unwrap()),
                )
            }

            /// What can ask for anything.
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }

            #(#given)*

            /// Asks for this bearer token.
            pub fn token(self, token: &str) -> Self {
                Self(self.0.header("authorization", format!("Bearer {token}")))
            }

            #secret
        }

        #[doc = #about_response]
        pub struct #then(Replies);

        impl #then {
            /// Responds with status 200 and nothing else.
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(Replies::new(inner))
            }

            /// What can respond with anything, if nothing else was said here.
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0.inner
            }

            #(#responses)*

            /// Responds with an error as MantaGO words it, with a code or `None`.
            pub fn error(self, status: u16, code: impl Into<Option<crate::ErrorCode>>, message: &str) -> Self {
                let mut detail = ::serde_json::json!({ "message": message });
                if let Some(code) = code.into() {
                    detail["code"] = code.number().into();
                }
                let body = ::serde_json::json!({ "success": false, "errResponse": detail });
                Self(self.0.reply(status, Some(body)))
            }

            /// Adds a header to the response, such as `Retry-After`.
            pub fn header(self, name: &str, value: &str) -> Self {
                Self(self.0.header(name, value))
            }

            /// Ends a response: what follows is the one to the next request. The last one is the response to all further
            /// requests.
            pub fn next(self) -> Self {
                Self(self.0.next())
            }

            /// Delays the response, and where there are several, each of them.
            pub fn delay(mut self, duration: ::std::time::Duration) -> Self {
                self.0.inner = self.0.inner.delay(duration);
                self
            }
        }
    }
}

/// The responses of a mock, one after the other.
fn replies() -> TokenStream {
    quote! {
        struct Replies {
            inner: ::httpmock::Then,
            earlier: Vec<::httpmock::HttpMockResponse>,
            last: ::httpmock::HttpMockResponse,
        }

        impl Replies {
            fn new(inner: ::httpmock::Then) -> Self {
                Self { inner, earlier: Vec::new(), last: empty() }
            }

            fn reply(mut self, status: u16, body: Option<::serde_json::Value>) -> Self {
                self.last.status = Some(status);
                let headers = self.last.headers.get_or_insert_default();
                headers.retain(|(name, _)| name != "content-type");
                headers.extend(body.iter().map(|_| ("content-type".to_owned(), "application/json".to_owned())));
                self.last.body = body.map(|body| body.to_string().into());
                self.played()
            }

            fn header(mut self, name: &str, value: &str) -> Self {
                self.last.headers.get_or_insert_default().push((name.to_owned(), value.to_owned()));
                self.played()
            }

            fn next(mut self) -> Self {
                self.earlier.push(::std::mem::replace(&mut self.last, empty()));
                self.played()
            }

            fn played(mut self) -> Self {
                let earlier = ::std::sync::Mutex::new(self.earlier.clone().into_iter());
                let last = self.last.clone();
                self.inner = self.inner.respond_with(move |_| {
                    let next = earlier.lock().ok().and_then(|mut earlier| earlier.next());
                    next.unwrap_or_else(|| last.clone())
                });
                self
            }
        }

        fn empty() -> ::httpmock::HttpMockResponse {
            ::httpmock::HttpMockResponse::builder().status(200).build()
        }

        /// Panics where a test has not said all of a response.
        fn json<T: ::serde::Serialize>(
            value: Result<T, impl ::std::fmt::Display>,
        ) -> Option<::serde_json::Value> {
            let value = value.unwrap_or_else(|error| panic!("a mock's response: {error}"));
            Some(::serde_json::to_value(value).expect("a response is JSON"))
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
fn asked(call: &Call, field: &Field) -> TokenStream {
    let Field { name, ty, parameter, .. } = field;
    let is_optional = &field.is_optional();
    let Some(parameter) = parameter else {
        // On the wire the body has the secret too, which the request has not.
        return quote! {
            /// Asks for this body.
            pub fn #name(self, value: &#ty) -> Self {
                Self(self.0.json_body_includes(::serde_json::to_string(value).expect("a request is JSON")))
            }
        };
    };
    let wire = &parameter.wire;
    let about = format!("Asks for this `{wire}`.");
    let item = argument(ty, "Vec");
    let lifetime = is_optional.then(|| quote!('a));
    let value = match item {
        Some(item) => quote!(&#lifetime [#item]),
        None if is_std(ty, "String") => quote!(&#lifetime str),
        None => quote!(#ty),
    };
    let (present, missing) = match parameter.location {
        Location::Path => {
            let path = pattern(&call.operation.path, |name| if name == wire { "{}" } else { "[^/]*" });
            let matches = quote! {
                let value = ::regex::escape(&::progenitor_client::encode_path(&value.to_string()));
                let path = ::regex::Regex::new(&format!(#path, value)).unwrap();
                Self(self.0.path_matches(path))
            };
            (matches, TokenStream::new())
        }
        Location::Query if item.is_some() => (
            quote!(Self(value.iter().fold(self.0, |when, value| when.query_param(#wire, value.to_string())))),
            quote!(query_param_missing),
        ),
        Location::Query => (quote!(Self(self.0.query_param(#wire, value.to_string()))), quote!(query_param_missing)),
        Location::Header => (quote!(Self(self.0.header(#wire, value.to_string()))), quote!(header_missing)),
    };
    if *is_optional {
        let about = format!("Asks for this `{wire}`, or with `None` for none.");
        return quote! {
            #[doc = #about]
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
        #[doc = #about]
        pub fn #name(self, value: #value) -> Self {
            #present
        }
    }
}

/// Responds with a documented status, and with its content if it has some.
fn responded(status: Status, ty: Option<&Type>) -> TokenStream {
    let (generic, content) = match ty {
        None => (None, quote!(None)),
        Some(Type::Tuple(_)) => {
            (Some(quote!(<V: ::serde::Serialize>)), quote!(json(Ok::<V, ::std::fmt::Error>(value))))
        }
        Some(_) => (Some(quote!(<V>)), quote!(json(value.try_into()))),
    };
    let value = generic.as_ref().map(|_| quote!(value: V));
    let bound = ty.filter(|ty| !matches!(ty, Type::Tuple(_)));
    let bound = bound.map(|ty| quote!(where V: ::std::convert::TryInto<#ty>, V::Error: ::std::fmt::Display));
    let (name, about, given, code) = match status {
        Status::Code(code) => {
            let known = http::StatusCode::from_u16(code).ok();
            let reason = known.and_then(|status| status.canonical_reason()).map(ToSnakeCase::to_snake_case);
            let name = reason.unwrap_or_else(|| format!("status_{code}"));
            (name, format!("Responds with status {code}."), None, quote!(#code))
        }
        Status::Class(_) | Status::Default => {
            let (name, first, last) = class(status);
            let about = format!("Responds with a status from {first} to {last}.");
            let wrong = format!("{{status}} is not of {status}");
            let code = quote!({
                assert!((#first..=#last).contains(&status), #wrong);
                status
            });
            (name.to_owned(), about, Some(quote!(status: u16,)), code)
        }
    };
    let name = format_ident!("{name}");
    quote! {
        #[doc = #about]
        pub fn #name #generic(self, #given #value) -> Self #bound {
            Self(self.0.reply(#code, #content))
        }
    }
}

/// The name of a range of statuses, its first and its last.
fn class(status: Status) -> (&'static str, u16, u16) {
    match status {
        Status::Class(1) => ("informational", 100, 199),
        Status::Class(2) => ("success", 200, 299),
        Status::Class(3) => ("redirect", 300, 399),
        Status::Class(4) => ("client_error", 400, 499),
        Status::Class(_) => ("server_error", 500, 599),
        Status::Code(_) | Status::Default => ("default_response", 100, 599),
    }
}
