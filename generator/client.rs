//! Makes the module `client`: the client, its operations and their builders.
//!
//! Of progenitor's builders only the types of the parameters are taken. progenitor 0.15.1 has no setting for what becomes of
//! a request, so each `send` is written here: it checks what it was given, and hands a function that makes the request
//! over to `call`.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Field, GenericArgument, Ident, Item, ItemStruct, PathArguments, Stmt, Type, parse_quote};

use super::bodies::IDENTIFYING;
use super::docs;
use super::merge::Merged;
use super::operations::{self, method_name};
use super::run::Output;
use super::types::Serde;

/// The items of the module.
pub fn client(merged: &Merged, operations: &[operations::Operation], output: &Output) -> Result<Vec<Item>, String> {
    let text = |pointer: &str| merged.at(pointer).as_str().unwrap_or_default();
    let (version, base_url) = (text("/info/version"), text("/servers/0/url").trim_end_matches('/'));
    let operation = |found| {
        Operation::of(merged, found, output)
            .ok_or_else(|| format!("{}: progenitor made no builder with its parameters", found.name))
    };
    let operations = operations.iter().map(operation).collect::<Result<Vec<_>, _>>()?;
    let methods = operations.iter().map(|operation| operation.method(merged));
    let builders = operations.iter().map(Operation::builder);
    let mut requests: Vec<_> = operations.iter().filter(|operation| operation.found.names_client).collect();
    requests.sort_by_key(|operation| operation.request.as_ref().map(|request| &request.name));
    requests.dedup_by_key(|operation| operation.request.as_ref().map(|request| &request.name));
    let requests = requests.iter().filter_map(|operation| Some(operation.request.as_ref()?.naming_client()));
    let file: syn::File = parse_quote! {
        use crate::types;

        /// The version of the API that this crate is made for: `info.version` of its document.
        pub const API_VERSION: &str = #version;

        /// The base URL of the API: the first of `servers` in its document.
        pub const DEFAULT_BASE_URL: &str = #base_url;

        /// A client of the MantaGO Open API, made by [`ClientBuilder`](crate::ClientBuilder). It has a method for each
        /// operation.
        ///
        /// It is cheap to clone: clones share connections and credentials.
        #[derive(Clone, Debug)]
        pub struct Client {
            pub(crate) baseurl: String,
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
    };
    Ok(file.items)
}

/// An operation with the types that progenitor made for it.
pub struct Operation<'a> {
    pub found: &'a operations::Operation,
    /// The body is the last one.
    pub parameters: Vec<Parameter>,
    /// The body, if it is a struct.
    pub request: Option<Request>,
    success: Type,
}

/// A parameter, or the body.
pub struct Parameter {
    /// Its name on the wire.
    pub wire: String,
    pub name: Ident,
    /// `path`, `query`, `header` or `body`.
    place: String,
    pub value: Type,
    pub required: bool,
    pub documentation: String,
}

impl<'a> Operation<'a> {
    fn of(merged: &Merged, found: &'a operations::Operation, output: &Output) -> Option<Self> {
        let named = |item: &&ItemStruct| item.ident == found.builder();
        let fields = &output.builders.iter().filter_map(structure).find(named)?.fields;
        let field = |name: &str| fields.iter().find(|field| field.ident.as_ref().is_some_and(|ident| ident == name));

        let mut parameters = Vec::new();
        for pointer in merged.parameters(&found.path, &found.method) {
            let parameter = merged.at(&merged.resolve(pointer));
            let wire = parameter["name"].as_str()?;
            let documentation = parameter["description"].as_str().unwrap_or_default();
            let place = parameter["in"].as_str()?;
            parameters.push(Parameter::of(field(&method_name(wire))?, wire, place, documentation)?);
        }
        // The client comes first; what is no parameter is the body.
        let is_parameter =
            |field: &&Field| parameters.iter().any(|parameter| Some(&parameter.name) == field.ident.as_ref());
        let body = fields.iter().skip(1).find(|field| !is_parameter(field));
        let body = body.and_then(|field| Parameter::of(field, "body", "body", ""));
        let request = body.as_ref().and_then(|body| {
            let Type::Path(ty) = &body.value else { return None };
            let item = output
                .types
                .iter()
                .filter_map(structure)
                .find(|item| ty.path.segments.last().is_some_and(|last| last.ident == item.ident))?;
            Some(Request::of(item, &found.required))
        });
        if found.names_client && request.is_none() {
            return None;
        }
        parameters.extend(body);
        let success = output.successes.get(&found.builder())?.clone();
        Some(Self { found, parameters, request, success })
    }

    /// The method of the client.
    fn method(&self, merged: &Merged) -> TokenStream {
        let documentation = docs::operation(merged, self);
        let (name, builder) = (format_ident!("{}", self.found.name), format_ident!("{}", self.found.builder()));
        quote! {
            #[doc = #documentation]
            pub fn #name(&self) -> builder::#builder<'_> {
                builder::#builder::new(self)
            }
        }
    }

    /// Whether the body may be left out: it has no properties but the secret.
    pub fn has_empty_body(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.properties.is_empty())
    }

    fn builder(&self) -> TokenStream {
        let builder = format_ident!("{}", self.found.builder());
        let documentation = format!(" The parameters of [`Client::{0}`](crate::Client::{0}).", self.found.name);
        let client = self.own("client");
        let names: Vec<_> = self.parameters.iter().map(|parameter| &parameter.name).collect();
        let stored = self.parameters.iter().map(Parameter::stored);
        let unset = self.parameters.iter().map(|parameter| parameter.unset(self.has_empty_body()));
        let setters = self.parameters.iter().map(Parameter::setter);
        let send = self.send();
        quote! {
            #[doc = #documentation]
            #[derive(Clone, Debug)]
            pub struct #builder<'a> {
                #client: &'a super::Client,
                #(#names: Result<#stored, String>,)*
            }

            impl<'a> #builder<'a> {
                pub(super) fn new(client: &'a super::Client) -> Self {
                    Self { #client: client, #(#names: #unset,)* }
                }

                #(#setters)*

                #send
            }
        }
    }

    /// A name for something of the operation's own: no parameter has it.
    fn own(&self, name: &str) -> Ident {
        let is_taken = self.parameters.iter().any(|parameter| parameter.name == name);
        format_ident!("{}{name}", if is_taken { "_" } else { "" })
    }

    fn send(&self) -> TokenStream {
        let (method, path) = (self.found.method.to_uppercase(), &self.found.path);
        let documentation = format!(" Sends a `{method}` request to `{path}`.");
        let success = &self.success;
        let names: Vec<_> = self.parameters.iter().map(|parameter| &parameter.name).collect();
        let (client, url) = (self.own("client"), self.own("url"));
        let checks = self.checks();
        let headers = self.placed("header").map(Parameter::header);

        let mut template = format!("{{}}{path}");
        let in_path = self.placed("path").map(|parameter| {
            template = template.replace(&format!("{{{}}}", parameter.wire), &format!("{{{}}}", parameter.name));
            &parameter.name
        });
        let arguments: Vec<_> =
            in_path.map(|name| quote!(#name = ::progenitor_client::encode_path(&#name.to_string()))).collect();

        let verb = format_ident!("{}", self.found.method);
        let mut request = quote! {
            #client.client.#verb(&#url).header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
        };
        let credentials = if self.found.has_secret { self.own("credentials") } else { format_ident!("_credentials") };
        for Parameter { wire, name, place, required, .. } in &self.parameters {
            request.extend(match (place.as_str(), required) {
                ("query", _) => quote!(.query(&::progenitor_client::QueryParam::new(#wire, &#name))),
                ("header", _) => quote!(.headers(#name.clone())),
                ("body", _) if self.found.has_secret => quote!(.json(&#credentials.with(&body))),
                ("body", _) => quote!(.json(&body)),
                _ => continue,
            });
        }
        quote! {
            #[doc = #documentation]
            pub async fn send(self) -> Result<crate::Response<#success>, crate::Error> {
                const OPERATION: crate::call::Operation = crate::call::Operation { method: #method, path: #path };
                let Self { #client, #(#names,)* } = self;
                #(let #names = #names.map_err(crate::Error::invalid_request)?;)*
                #(#checks)*
                #(#headers)*
                let #url = format!(#template, #client.baseurl, #(#arguments),*);
                crate::call::send(&#client.inner, &OPERATION, |#credentials| { #request }).await
            }
        }
    }

    fn placed(&self, place: &str) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(move |parameter| parameter.place == place)
    }

    /// What is checked before anything is sent: IDs, parameters in the path, and who is meant.
    fn checks(&self) -> Vec<Stmt> {
        let given = self.parameters.iter().filter(|parameter| parameter.required && is_string(&parameter.value));
        let ids = given.clone().filter(|parameter| parameter.wire.ends_with("Id"));
        let id = |Parameter { wire, name, .. }: &Parameter| parse_quote!(crate::call::check_id(#wire, &#name)?;);
        let segments = given.filter(|parameter| parameter.place == "path");
        let segment =
            |Parameter { wire, name, .. }: &Parameter| parse_quote!(crate::call::check_segment(#wire, &#name)?;);
        let properties = self.request.iter().flat_map(|request| &request.properties);
        let properties = properties
            .filter(|Property { wire, value, optional, .. }| !optional && is_string(value) && wire.ends_with("Id"));
        let property =
            |Property { wire, name, .. }: &Property| parse_quote!(crate::call::check_id(#wire, &body.#name)?;);
        let rule = self.found.names_client.then(|| parse_quote!(body.validate()?;));
        ids.map(id).chain(segments.map(segment)).chain(properties.map(property)).chain(rule).collect()
    }
}

impl Parameter {
    /// Of the field of progenitor's builder: its type is a `Result` of the value, or of an `Option` of it.
    fn of(field: &Field, wire: &str, place: &str, documentation: &str) -> Option<Self> {
        let mut value = argument(&field.ty)?.clone();
        let last = |value: &Type| match value {
            Type::Path(ty) => ty.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        let required = last(&value)? != "Option";
        if !required {
            value = argument(&value)?.clone();
        }
        // A body is stored by its builder, if it has one.
        if value.to_token_stream().to_string().starts_with("types :: builder ::") {
            let name = format_ident!("{}", last(&value)?);
            value = parse_quote!(types::#name);
        }
        let documentation = match (documentation, place) {
            ("", "body") => "The body of the request.".to_owned(),
            ("", _) => format!("The parameter `{wire}`."),
            _ => super::one_line(documentation),
        };
        Some(Self {
            wire: wire.to_owned(),
            name: field.ident.clone()?,
            place: place.to_owned(),
            value,
            required,
            documentation,
        })
    }

    fn stored(&self) -> TokenStream {
        let value = &self.value;
        if self.required { quote!(#value) } else { quote!(Option<#value>) }
    }

    fn unset(&self, has_empty_body: bool) -> TokenStream {
        let message = format!("{0} is missing: set it with {0}(…)", self.name);
        match self.required {
            false => quote!(Ok(None)),
            true if has_empty_body && self.place == "body" => quote!(Ok(::std::default::Default::default())),
            true => quote!(Err(#message.to_string())),
        }
    }

    fn setter(&self) -> TokenStream {
        let Self { name, value, required, .. } = self;
        let documentation = format!(" {}", self.documentation);
        let message = format!("{name}: {{error}}");
        let some = if *required { quote!() } else { quote!(.map(Some)) };
        quote! {
            #[doc = #documentation]
            pub fn #name<V>(mut self, value: V) -> Self
            where
                V: ::std::convert::TryInto<#value>,
                V::Error: ::std::fmt::Display,
            {
                self.#name = value.try_into()#some.map_err(|error| format!(#message));
                self
            }
        }
    }

    /// Makes a header of the value, or none.
    fn header(&self) -> TokenStream {
        let Self { wire, name, required, .. } = self;
        let values = if *required { quote!(::std::iter::once(#name)) } else { quote!(#name.into_iter()) };
        quote! {
            let #name = {
                let mut headers = ::reqwest::header::HeaderMap::new();
                for value in #values {
                    let value = ::reqwest::header::HeaderValue::try_from(value.to_string())
                        .map_err(|error| crate::Error::invalid_request(format!("{}: {error}", #wire)))?;
                    headers.append(#wire, value);
                }
                headers
            };
        }
    }
}

/// A body that is a struct.
pub struct Request {
    pub name: Ident,
    pub properties: Vec<Property>,
    /// The names on the wire of the required properties, in the document's order.
    required: Vec<String>,
}

pub struct Property {
    pub wire: String,
    pub name: Ident,
    pub value: Type,
    optional: bool,
}

impl Request {
    fn of(item: &ItemStruct, required: &[String]) -> Self {
        let property = |field: &Field| {
            let Serde { rename, optional } = Serde::read(&field.attrs);
            let name = field.ident.clone()?;
            let mut value = field.ty.clone();
            FromOutside.visit_type_mut(&mut value);
            Some(Property { wire: rename.unwrap_or_else(|| name.to_string()), name, value, optional })
        };
        let properties = item.fields.iter().filter_map(property).collect();
        Self { name: item.ident.clone(), properties, required: required.to_vec() }
    }

    /// The properties that `for_client` takes.
    pub fn given(&self) -> Vec<&Property> {
        let mut given: Vec<_> = self.properties.iter().filter(|property| !property.optional).collect();
        given.sort_by_key(|property| self.required.iter().position(|name| *name == property.wire));
        given
    }

    /// What a request has that must name one client.
    fn naming_client(&self) -> TokenStream {
        let kind = &self.name;
        let given = self.given();
        let client = if given.iter().any(|property| property.name == "client") { "_client" } else { "client" };
        let client = format_ident!("{client}");
        let parameters =
            given.iter().map(
                |Property { name, value, .. }| {
                    if is_string(value) { quote!(#name: impl Into<String>) } else { quote!(#name: #value) }
                },
            );
        let fields = self.properties.iter().map(|Property { wire, name, value, optional }| {
            let is_identity = IDENTIFYING.contains(&wire.as_str());
            match (is_identity, optional) {
                (false, true) => quote!(#name: ::std::default::Default::default()),
                (false, false) if is_string(value) => quote!(#name: #name.into()),
                (true, _) | (false, false) => quote!(#name),
            }
        });
        quote! {
            impl types::#kind {
                /// A request for one client, with the other required properties. It passes [`validate`](Self::validate).
                pub fn for_client(#client: crate::ClientIdentity, #(#parameters),*) -> Self {
                    let (client_id, platform, platform_client_id) = #client.into_parts();
                    Self { #(#fields),* }
                }

                /// Whether the request names exactly one client: by `clientId`, or by `platform` and `platformClientId`.
                /// It is checked before anything is sent.
                ///
                /// # Errors
                /// What is missing, blank or given twice.
                pub fn validate(&self) -> Result<(), crate::IdentityError> {
                    self.identity().map(drop)
                }

                /// The client that the request names.
                ///
                /// # Errors
                /// Those of [`validate`](Self::validate).
                pub fn identity(&self) -> Result<crate::ClientIdentity, crate::IdentityError> {
                    crate::identity::read(self.client_id.as_deref(), self.platform, self.platform_client_id.as_deref())
                }
            }

            impl TryFrom<&types::#kind> for crate::ClientIdentity {
                type Error = crate::IdentityError;

                fn try_from(request: &types::#kind) -> Result<Self, Self::Error> {
                    request.identity()
                }
            }
        }
    }
}

/// Names the types of the module `types` from outside.
struct FromOutside;

impl VisitMut for FromOutside {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        if let Some(name) = path.get_ident().filter(|name| name.to_string().starts_with(char::is_uppercase)) {
            *path = parse_quote!(types::#name);
        }
    }
}

pub fn structure(item: &Item) -> Option<&ItemStruct> {
    if let Item::Struct(item) = item { Some(item) } else { None }
}

/// The first argument of a generic type.
pub fn argument(ty: &Type) -> Option<&Type> {
    let Type::Path(ty) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &ty.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

pub fn is_string(ty: &Type) -> bool {
    ty.to_token_stream().to_string() == ":: std :: string :: String"
}
