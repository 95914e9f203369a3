//! Generates the module `client`: the client's operations and their builders.
//!
//! progenitor's own builders lose the status of a response that cannot be decoded, and cannot retry. Here, a builder collects
//! values; `send` checks them and passes `call` a function that completes the request for each attempt.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, File, Ident, ImplItemFn, Type, parse_quote};

use super::call::{Call, Field, FieldDefault, Success};
use super::fields::Property;
use super::identification;
use super::model::{Api, Location, Parameter};
use super::prose::prose;

/// The items of the module.
pub fn client(api: &Api, calls: &[Call], documentation: &[String]) -> File {
    let methods = calls.iter().zip(documentation).map(|(call, documentation)| call.method(documentation));
    let builders = calls.iter().map(Call::builder);
    let mut requests = BTreeMap::new();
    for call in calls {
        if let Some(name) = call.identifying_body() {
            requests.insert(name, identification::template(name, call.properties));
        }
    }
    let requests = requests.values();
    let Api { version, base_url, .. } = api;
    parse_quote! {
        use crate::{Client, types};

        /// The version of the API that this crate is made for: `info.version` of its document.
        pub const API_VERSION: &str = #version;

        /// The base URL of the API: the first of `servers` in its document.
        pub const DEFAULT_BASE_URL: &str = #base_url;

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

/// The message about a field that wasn't set.
pub fn missing(name: &Ident) -> String {
    format!("{name} is missing: set it with {name}(…)")
}

impl Call<'_> {
    fn method(&self, documentation: &str) -> TokenStream {
        let (name, builder) = (format_ident!("{}", self.operation.name), &self.builder);
        quote! {
            #[doc = #documentation]
            pub fn #name(&self) -> builder::#builder {
                builder::#builder::new(self.clone())
            }
        }
    }

    fn builder(&self) -> TokenStream {
        let (operation, builder, client) = (&self.operation, &self.builder, self.free("client"));
        let method = format!("Client::{}", operation.name);
        let about = format!("Builder for [`{method}`]\n\n[`{method}`]: crate::{method}");
        let names = self.fields.iter().map(|field| &field.name);
        let types = self.fields.iter().map(|field| {
            let ty = &field.ty;
            if field.is_optional() { quote!(::std::option::Option<#ty>) } else { quote!(#ty) }
        });
        let first = self.fields.iter().map(|Field { name, default, .. }| {
            let missing = missing(name);
            match default {
                FieldDefault::Bot => quote!(#name: crate::call::default_bot(&#client)),
                FieldDefault::Absent => quote!(#name: Ok(None)),
                FieldDefault::Empty => quote!(#name: Ok(::std::default::Default::default())),
                FieldDefault::Missing => quote!(#name: Err(#missing.into())),
            }
        });
        let setters = self.fields.iter().map(|field| {
            let mut about = match field.parameter {
                Some(parameter) => prose(&parameter.description),
                None => self.about_body(),
            };
            if field.default == FieldDefault::Bot {
                about += "\n\nDefault: that of the [client](crate::ClientBuilder::bot_id).";
            }
            setter(&field.name, &field.ty, field.is_optional(), &[attribute(&about)])
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
        let maker =
            self.identifying_body().map(|body| format!(" [`for_client`](types::{body}::for_client) makes one."));
        format!("The body, or a builder of it.{}", maker.unwrap_or_default())
    }

    fn send(&self, client: &Ident) -> TokenStream {
        let path = &self.operation.path;
        let method = self.operation.method.as_str().to_uppercase();
        let about =
            format!("Sends a `{method}` request to `{path}`.\n\n# Errors\nSee [`ErrorKind`](crate::ErrorKind).");
        let success = &self.success_type;
        let kind = match self.success {
            Success::Object => quote!(Object),
            Success::Value => quote!(Value),
            Success::Nothing => quote!(Nothing),
        };
        let names: Vec<_> = self.fields.iter().map(|field| &field.name).collect();
        let request = self.free("request");
        let path_with_values = self.path();
        let bot_field = self.fields.iter().find(|field| field.default == FieldDefault::Bot);
        let bot = bot_field.map_or(quote!(None), |Field { name, .. }| quote!(Some(&#name)));
        let checks = self.checks();
        let complete = self.complete(&request);
        let method = format_ident!("{method}");
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
                    crate::call::Target { url: #client.url(#path_with_values), bot_id: #bot },
                    |#request, _credentials| #complete,
                )
                .await
            }
        }
    }

    /// The path with the values of its parameters.
    fn path(&self) -> TokenStream {
        let mut parts = self.operation.path.split('{');
        let mut format = parts.next().unwrap_or_default().to_owned();
        let mut segments = Vec::new();
        for part in parts {
            let (wire, rest) = part.split_once('}').unwrap_or((part, ""));
            let given = self.fields_in(Location::Path).find(|(_, parameter)| parameter.wire == wire);
            let segment =
                given.map(|(Field { name, .. }, _)| quote!(::progenitor_client::encode_path(&#name.to_string())));
            segments.extend(segment);
            format += "{}";
            format += rest;
        }
        if segments.is_empty() { quote!(#format) } else { quote!(&format!(#format, #(#segments),*)) }
    }

    /// The checks before a request is sent: IDs, path parameters, and the client that the body identifies.
    fn checks(&self) -> TokenStream {
        let strings = self.fields.iter().filter(|field| field.is_required_string);
        let parameters = strings.filter_map(|field| {
            let (name, Parameter { wire, location, .. }) = (&field.name, field.parameter?);
            let id = wire.ends_with("Id").then(|| quote!(crate::call::check_id(#wire, &#name)?;));
            let segment = (*location == Location::Path).then(|| quote!(crate::call::check_segment(#wire, &#name)?;));
            Some(quote!(#id #segment))
        });
        let body = self.body_checks();
        quote!(#(#parameters)* #body)
    }

    fn body_checks(&self) -> TokenStream {
        if self.identifying_body().is_some() {
            return quote!(body.validate()?;);
        }
        let ids = self.properties.iter().filter(|property| property.is_id());
        let checks: Vec<_> =
            ids.map(|Property { wire, name, .. }| quote!(crate::call::check_id(#wire, &body.#name)?;)).collect();
        match self.body_field() {
            Some(field) if field.is_optional() && !checks.is_empty() => {
                quote!(if let Some(body) = &body { #(#checks)* })
            }
            _ => quote!(#(#checks)*),
        }
    }

    fn body_field(&self) -> Option<&Field<'_>> {
        self.fields.iter().find(|field| field.parameter.is_none())
    }

    /// Adds query, body and headers to an attempt's request.
    fn complete(&self, request: &Ident) -> TokenStream {
        let query = self.fields_in(Location::Query).map(
            |(Field { name, .. }, Parameter { wire, .. })| quote!(&::progenitor_client::QueryParam::new(#wire, &#name)),
        );
        let with_body = match self.body_field() {
            None => quote!(#request),
            Some(Field { name, .. }) if self.has_secret() => quote!(#request.json(&_credentials.with(&#name))),
            Some(field) if field.is_optional() => {
                quote!(body.iter().fold(#request, |request, body| request.json(body)))
            }
            Some(Field { name, .. }) => quote!(#request.json(&#name)),
        };
        let with_query = quote!(#with_body #(.query(#query))*);
        self.fields_in(Location::Header).fold(with_query, |request, (field, Parameter { wire, .. })| {
            let name = &field.name;
            let values = if field.is_optional() { quote!(#name) } else { quote!([&#name]) };
            quote!(#values.iter().fold(#request, |request, value| request.header(#wire, value.to_string())))
        })
    }
}

/// A setter. It stores the converted value, or the reason why the conversion failed.
pub fn setter(name: &Ident, ty: &Type, is_optional: bool, documentation: &[Attribute]) -> ImplItemFn {
    let message = format!("{name}: {{error}}");
    if is_optional {
        return parse_quote! {
            #(#documentation)*
            pub fn #name<V, As>(mut self, value: V) -> Self
            where
                V: crate::optional::Optional<#ty, As>,
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
