//! Makes the module `client`: the client, its operations and their builders.
//!
//! They are written here and not taken from progenitor, which has no place for the status of a response that it cannot
//! decode, nor for attempts. A builder keeps what it is given; its `send` checks that and hands a function that makes the
//! request over to `call`, which does the rest.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, File, Ident, ImplItemFn, Type, parse_quote};

use super::call::{Call, Field, Success};
use super::operations::Operation;
use super::parameters::Parameter;
use super::rule;
use super::rust::{Property, is_std};
use super::spec::Spec;

/// What the module is made of, with the documentation of each operation.
pub fn client(spec: &Spec, calls: &[Call], documentation: &[String]) -> File {
    let methods = calls.iter().zip(documentation).map(|(call, documentation)| call.method(documentation));
    let builders = calls.iter().map(Call::builder);
    let requests: BTreeMap<_, _> = calls.iter().filter_map(Call::naming_client).collect();
    let requests = requests.iter().map(|(name, properties)| rule::naming_client(name, properties));
    let (version, url) = (&spec.value["info"]["version"], &spec.value["servers"][0]["url"]);
    let version = version.as_str().unwrap_or_default();
    let url = url.as_str().unwrap_or_default().trim_end_matches('/');
    // An example that begins with `no_run` alone is an operation's, and compiled by the maintainer's commands.
    parse_quote! {
        use crate::{Client, types};

        /// The version of the API that this crate is made for: `info.version` of its document.
        pub const API_VERSION: &str = #version;

        /// The base URL of the API: the first of `servers` in its document.
        pub const DEFAULT_BASE_URL: &str = #url;

        impl Client {
            #(#methods)*
        }

        #(#requests)*

        /// A builder for each operation: it takes the parameters and the body, and sends the request.
        pub mod builder {
            use crate::types;

            #(#builders)*
        }
    }
}

/// What an error says of a field that was not given.
pub fn missing(name: &Ident) -> String {
    format!("{name} is missing: set it with {name}(…)")
}

impl Call<'_> {
    fn method(&self, documentation: &str) -> TokenStream {
        let (name, builder) = (format_ident!("{}", self.operation.name), &self.signature.builder);
        quote! {
            #[doc = #documentation]
            pub fn #name(&self) -> builder::#builder {
                builder::#builder::new(self.clone())
            }
        }
    }

    fn builder(&self) -> TokenStream {
        let (operation, builder, client) = (&self.operation, &self.signature.builder, self.free("client"));
        let method = format!("Client::{}", operation.name);
        let about = format!("Builder for [`{method}`]\n\n[`{method}`]: crate::{method}");
        let names = self.fields.iter().map(|field| &field.name);
        let types = self.fields.iter().map(|Field { ty, is_optional, .. }| match is_optional {
            true => quote!(::std::option::Option<#ty>),
            false => quote!(#ty),
        });
        let first = self.fields.iter().map(|field| {
            let Field { name, is_optional, is_empty, .. } = field;
            let missing = missing(name);
            match (is_optional, is_empty) {
                _ if field.is_bot() => quote!(#name: crate::call::default_bot(&#client)),
                (true, _) => quote!(#name: Ok(None)),
                (false, true) => quote!(#name: Ok(::std::default::Default::default())),
                // A forgotten body could not be told from an empty one.
                (false, false) => quote!(#name: Err(#missing.into())),
            }
        });
        let setters = self.fields.iter().map(|field| {
            let about = field.parameter.map(|parameter| parameter.description.clone());
            let more =
                if field.is_bot() { "\n\nDefault: that of the [client](crate::ClientBuilder::bot_id)." } else { "" };
            let about = attribute(&(about.unwrap_or_else(|| self.about_body()) + more));
            setter(&field.name, &field.ty, field.is_optional, &[about])
        });
        let send = self.send(&client);
        quote! {
            #[doc = #about]
            #[derive(Debug, Clone)]
            pub struct #builder {
                #client: crate::Client,
                #(#names: ::std::result::Result<#types, ::std::borrow::Cow<'static, str>>,)*
            }

            impl #builder {
                pub(super) fn new(#client: crate::Client) -> Self {
                    Self { #(#first,)* #client }
                }

                #(#setters)*

                #send
            }
        }
    }

    fn about_body(&self) -> String {
        let maker = self.body().filter(|_| self.operation.names_client);
        let maker = maker.map(|body| format!(" [`for_client`](types::{body}::for_client) makes one."));
        format!("The body, or a builder of it.{}", maker.unwrap_or_default())
    }

    fn send(&self, client: &Ident) -> TokenStream {
        let Operation { method, path, .. } = self.operation;
        let about = format!(
            "Sends a `{}` request to `{path}`.\n\n# Errors\nSee [`ErrorKind`](crate::ErrorKind).",
            method.to_uppercase()
        );
        let success = &self.signature.success;
        let kind = match self.success {
            Success::Object => quote!(Object),
            Success::Value => quote!(Value),
            Success::Nothing => quote!(Nothing),
        };
        let names: Vec<_> = self.fields.iter().map(|field| &field.name).collect();
        let request = self.free("request");
        let path_and_parameters = self.path();
        let bot = self.fields.iter().find(|field| field.is_bot()).map(|field| &field.name);
        let bot = bot.map_or(quote!(None), |bot| quote!(Some(&#bot)));
        let checks = self.checks();
        let complete = self.complete(&request);
        let method = format_ident!("{}", method.to_uppercase());
        quote! {
            #[doc = #about]
            pub async fn send(self) -> ::std::result::Result<crate::Response<#success>, crate::Error> {
                let Self { #client, #(#names),* } = self;
                #(let #names = #names.map_err(crate::Error::invalid_request)?;)*
                #checks
                crate::call::send(
                    &#client,
                    &crate::call::Operation {
                        method: ::reqwest::Method::#method,
                        path: #path,
                        success: crate::call::Success::#kind,
                    },
                    crate::call::Target { url: #client.url(#path_and_parameters), bot_id: #bot },
                    |#request, _credentials| #complete,
                )
                .await
            }
        }
    }

    /// The path, with the values of its parameters.
    fn path(&self) -> TokenStream {
        let mut parts = self.operation.path.split('{');
        let mut format = parts.next().unwrap_or_default().to_owned();
        let mut segments = Vec::new();
        for part in parts {
            let (wire, rest) = part.split_once('}').unwrap_or((part, ""));
            let given = self.parameters("path").find(|(_, parameter)| parameter.wire == wire);
            segments.extend(given.map(|(name, _)| quote!(::progenitor_client::encode_path(&#name.to_string()))));
            format += "{}";
            format += rest;
        }
        if segments.is_empty() { quote!(#format) } else { quote!(&format!(#format, #(#segments),*)) }
    }

    /// What is checked before anything is sent: IDs, parameters in the path, and who is meant.
    fn checks(&self) -> TokenStream {
        let parameters = self.fields.iter().filter_map(|field| field.parameter);
        let parameters =
            parameters.filter(|parameter| parameter.is_string).map(|Parameter { wire, name, place, .. }| {
                let name = format_ident!("{name}");
                let id = wire.ends_with("Id").then(|| quote!(crate::call::check_id(#wire, &#name)?;));
                let segment = (place == "path").then(|| quote!(crate::call::check_segment(#wire, &#name)?;));
                quote!(#id #segment)
            });
        let properties =
            self.properties.iter().filter(|property| property.wire.ends_with("Id") && is_std(&property.ty, "String"));
        let properties =
            properties.map(|Property { wire, name, .. }| quote!(crate::call::check_id(#wire, &body.#name)?;));
        let body = if self.operation.names_client { quote!(body.validate()?;) } else { quote!(#(#properties)*) };
        quote!(#(#parameters)* #body)
    }

    /// The request of an attempt, with query, body and headers.
    fn complete(&self, request: &Ident) -> TokenStream {
        let body = self.fields.iter().filter(|field| field.parameter.is_none()).map(|Field { name, .. }| {
            if self.operation.has_secret { quote!(&_credentials.with(&#name)) } else { quote!(&#name) }
        });
        let query = self
            .parameters("query")
            .map(|(name, Parameter { wire, .. })| quote!(&::progenitor_client::QueryParam::new(#wire, &#name)));
        let request = quote! {
            #request
                #(.json(#body))*
                #(.query(#query))*
        };
        let headers =
            self.fields.iter().filter(|field| field.parameter.is_some_and(|parameter| parameter.place == "header"));
        headers.fold(request, |request, Field { name, is_optional, parameter, .. }| {
            let wire = parameter.map(|parameter| &parameter.wire);
            let values = if *is_optional { quote!(#name) } else { quote!([&#name]) };
            quote!(#values.iter().fold(#request, |request, value| request.header(#wire, value.to_string())))
        })
    }
}

/// Takes a value, or keeps why it could not be taken.
pub fn setter(name: &Ident, ty: &Type, is_optional: bool, documentation: &[Attribute]) -> ImplItemFn {
    let message = format!("{name}: {{error}}");
    if is_optional {
        return parse_quote! {
            #(#documentation)*
            pub fn #name<V, As>(mut self, value: V) -> Self
            where
                V: crate::types::optional::Optional<#ty, As>,
            {
                self.#name = value.optional().map_err(|error| format!(#message).into());
                self
            }
        };
    }
    parse_quote! {
        #(#documentation)*
        pub fn #name<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<#ty>,
            V::Error: ::std::fmt::Display,
        {
            self.#name = value.try_into().map_err(|error| format!(#message).into());
            self
        }
    }
}

/// A line of documentation.
pub fn attribute(documentation: &str) -> Attribute {
    parse_quote!(#[doc = #documentation])
}
