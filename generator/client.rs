//! Makes the module `client`: the client, its operations and their builders.
//!
//! They are written here and not taken from progenitor, which has no place for the status of a response that it cannot
//! decode, nor for attempts. A builder keeps what it is given; its `send` checks that and hands a function that makes the
//! request over to `call`, which does the rest.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, File, Ident, ImplItemFn, Type, parse_quote};

use super::call::{Call, Field, FieldDefault, Success};
use super::fields::{Property, is_std};
use super::identification;
use super::model::{Api, Location, Operation, Parameter};
use super::prose::prose;

/// What the module is made of, with the documentation of each operation.
pub fn client(api: &Api, calls: &[Call], documentation: &[String]) -> File {
    let methods = calls.iter().zip(documentation).map(|(call, documentation)| call.method(documentation));
    let builders = calls.iter().map(Call::builder);
    let requests = calls.iter().filter_map(|call| Some((call.identifying_body()?, call.properties)));
    let requests: BTreeMap<_, _> = requests.collect();
    let requests = requests.into_iter().map(|(name, properties)| identification::template(name, properties));
    let Api { version, base_url, .. } = api;
    // An example that begins with `no_run` alone is an operation's, and compiled by the maintainer's commands.
    parse_quote! {
        use crate::types;

        /// The version of the API that this crate is made for: `info.version` of its document.
        pub const API_VERSION: &str = #version;

        /// The base URL of the API: the first of `servers` in its document.
        pub const DEFAULT_BASE_URL: &str = #base_url;

        /// A client of the MantaGO Open API, made by [`ClientBuilder`](crate::ClientBuilder). It has a method for each
        /// operation.
        ///
        /// It is cheap to clone: clones share connections and credentials.
        ///
        /// Calls run on tokio, with its timer and I/O enabled. A synchronous program makes a runtime, and keeps it:
        ///
        /// ```rust,no_run
        /// # fn example(client: &mantago::Client) -> Result<(), Box<dyn std::error::Error>> {
        /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        /// let call = client.request(mantago::Method::POST, "/openapi/personalTag");
        /// runtime.block_on(call.send::<()>())?;
        /// # Ok(())
        /// # }
        /// ```
        ///
        /// Dropping the future of a call cancels it: nothing more is sent. What was sent may take effect all the same.
        ///
        /// # Tracing
        ///
        /// With the feature `tracing`, each call is a span `mantago` at level INFO, with OpenTelemetry's names for an HTTP
        /// client. Refreshes, retries and pauses are events in it, at level DEBUG. `attempt` is the one that failed, and
        /// `reason` its status or kind. No body, query or header is recorded. For example:
        ///
        /// ```text
        /// INFO  mantago otel.name="POST /openapi/personalTagMapping/delete" server.address=mantago.cc …
        /// DEBUG   refreshing the credentials
        /// DEBUG   refreshed the credentials outcome=replaced
        /// DEBUG   retrying after a wait attempt=2 reason=503 wait_ms=312
        /// DEBUG   pausing, as a 429 asked to wait_ms=3000
        ///       … http.response.status_code=200 http.request.resend_count=2
        /// ```
        #[derive(Clone)]
        pub struct Client {
            pub(crate) baseurl: ::std::string::String,
            pub(crate) client: ::reqwest::Client,
            pub(crate) inner: crate::call::Settings,
        }

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
        let (name, builder) = (format_ident!("{}", self.operation.name), &self.builder);
        quote! {
            #[doc = #documentation]
            pub fn #name(&self) -> builder::#builder<'_> {
                builder::#builder::new(self)
            }
        }
    }

    fn builder(&self) -> TokenStream {
        let (operation, builder, client) = (&self.operation, &self.builder, self.free("client"));
        let method = format!("Client::{}", operation.name);
        let about = format!("Builder for [`{method}`]\n\n[`{method}`]: super::{method}");
        let names = self.fields.iter().map(|field| &field.name);
        let types = self.fields.iter().map(|field| {
            let ty = &field.ty;
            if field.is_optional() { quote!(::std::option::Option<#ty>) } else { quote!(#ty) }
        });
        let first = self.fields.iter().map(|Field { name, default, .. }| {
            let missing = missing(name);
            match default {
                FieldDefault::Bot => quote!(#name: client.inner.bot_id()),
                FieldDefault::Absent => quote!(#name: Ok(None)),
                FieldDefault::Empty => quote!(#name: Ok(::std::default::Default::default())),
                FieldDefault::Missing => quote!(#name: Err(#missing.to_string())),
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
            pub struct #builder<'a> {
                #client: &'a super::Client,
                #(#names: ::std::result::Result<#types, ::std::string::String>,)*
            }

            impl<'a> #builder<'a> {
                pub(super) fn new(client: &'a super::Client) -> Self {
                    Self { #client: client, #(#first),* }
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
        let Operation { method, path, .. } = self.operation;
        let method = method.as_str().to_uppercase();
        let about =
            format!("Sends a `{method}` request to `{path}`.\n\n# Errors\nSee [`ErrorKind`](crate::ErrorKind).");
        let success = &self.success_type;
        let kind = match self.success {
            Success::Object => quote!(Object),
            Success::Value => quote!(Value),
            Success::Nothing => quote!(Nothing),
        };
        let names: Vec<_> = self.fields.iter().map(|field| &field.name).collect();
        let url = self.free("url");
        let (format, segments) = self.url();
        let checks = self.checks();
        let request = self.request(client, &url);
        quote! {
            #[doc = #about]
            pub async fn send(self) -> ::std::result::Result<crate::Response<#success>, crate::Error> {
                const OPERATION: crate::call::Operation = crate::call::Operation {
                    method: #method,
                    path: #path,
                    success: crate::call::Success::#kind,
                };
                let Self { #client, #(#names),* } = self;
                #(let #names = #names.map_err(crate::Error::invalid_request)?;)*
                let #url = format!(#format, #client.baseurl, #(#segments),*);
                #checks
                crate::call::send(&#client.inner, &OPERATION, |_credentials| #request).await
            }
        }
    }

    /// The URL as a format, with what its parameters come to.
    fn url(&self) -> (String, Vec<TokenStream>) {
        let mut parts = self.operation.path.split('{');
        let mut format = format!("{{}}{}", parts.next().unwrap_or_default());
        let mut segments = Vec::new();
        for part in parts {
            let (wire, rest) = part.split_once('}').unwrap_or((part, ""));
            let given = self.fields_in(Location::Path).find(|(_, parameter)| parameter.wire == wire);
            segments.extend(
                given.map(|(Field { name, .. }, _)| quote!(::progenitor_client::encode_path(&#name.to_string()))),
            );
            format += "{}";
            format += rest;
        }
        (format, segments)
    }

    /// What is checked before anything is sent: IDs, parameters in the path, and who is meant.
    fn checks(&self) -> TokenStream {
        let strings = self.fields.iter().filter(|field| field.is_required_string);
        let parameters = strings.filter_map(|field| {
            let (name, Parameter { wire, location, .. }) = (&field.name, field.parameter?);
            let id = wire.ends_with("Id").then(|| quote!(crate::call::check_id(#wire, &#name)?;));
            let segment = (*location == Location::Path).then(|| quote!(crate::call::check_segment(#wire, &#name)?;));
            Some(quote!(#id #segment))
        });
        let properties =
            self.properties.iter().filter(|property| property.wire.ends_with("Id") && is_std(&property.ty, "String"));
        let mut properties: Vec<_> =
            properties.map(|Property { wire, name, .. }| quote!(crate::call::check_id(#wire, &body.#name)?;)).collect();
        let is_optional = self.fields.iter().any(|field| field.parameter.is_none() && field.is_optional());
        if is_optional && !properties.is_empty() {
            properties = vec![quote!(if let Some(body) = &body { #(#properties)* })];
        }
        let client = self.identifying_body().map(|_| quote!(body.validate()?;));
        quote!(#(#parameters)* #(#properties)* #client)
    }

    /// The request: it is made anew for each attempt.
    fn request(&self, client: &Ident, url: &Ident) -> TokenStream {
        let method = format_ident!("{}", self.operation.method.as_str());
        let body_field = self.fields.iter().find(|field| field.parameter.is_none());
        let is_left_out = |field: &&Field| field.is_optional() && !self.has_secret();
        let body = body_field.filter(|field| !is_left_out(field)).map(|Field { name, .. }| {
            if self.has_secret() { quote!(.json(&_credentials.with(&#name))) } else { quote!(.json(&#name)) }
        });
        let query = self.fields_in(Location::Query).map(
            |(Field { name, .. }, Parameter { wire, .. })| quote!(&::progenitor_client::QueryParam::new(#wire, &#name)),
        );
        let request = quote! {
            #client.client.#method(&#url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                #body
                #(.query(#query))*
        };
        let request = match body_field.filter(is_left_out) {
            Some(Field { name, .. }) => quote!(#name.iter().fold(#request, |request, body| request.json(body))),
            None => request,
        };
        self.fields_in(Location::Header).fold(request, |request, (field, Parameter { wire, .. })| {
            let name = &field.name;
            let values = if field.is_optional() { quote!(#name) } else { quote!([&#name]) };
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
                self.#name = value.optional().map_err(|error| format!(#message));
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
            self.#name = value.try_into().map_err(|error| format!(#message));
            self
        }
    }
}

/// A line of documentation.
pub fn attribute(documentation: &str) -> Attribute {
    parse_quote!(#[doc = #documentation])
}
