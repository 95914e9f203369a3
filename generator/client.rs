//! Makes the module `client`: the client, its operations, and their builders, whose `send` hands over to `call`.
//!
//! progenitor 0.15.1 has no setting for what becomes of a request. So its `send` is cut where it would execute one,
//! and what it has made up to there becomes a function that makes the request, once for each attempt.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, ExprMethodCall, Field, GenericArgument, Ident, ImplItem, ImplItemFn, Item, ItemImpl, ItemStruct, Local, Pat,
    PathArguments, ReturnType, Stmt, Type, parse_quote,
};

use super::docs;
use super::merge::Merged;
use super::prepare::{Operation, method_name};
use super::run::Output;
use super::types::Serde;

/// The items of the module.
pub fn client(merged: &Merged, operations: &[Operation], output: &mut Output) -> Result<Vec<Item>, String> {
    let text = |pointer: &str| merged.at(pointer).as_str().unwrap_or_default();
    let (version, base_url) = (text("/info/version"), text("/servers/0/url").trim_end_matches('/'));
    let mut methods = Vec::new();
    let mut builders = Vec::new();
    let mut named: Vec<(Ident, TokenStream)> = Vec::new();
    for operation in operations {
        let wrong = |what| format!("{}: progenitor's output has no {what}", operation.name);
        let mut builder = Builder::take(operation, output).ok_or_else(|| wrong("builder"))?;
        let request = builder.request(&output.types);
        let documentation = docs::operation(merged, operation, &builder, request.as_ref());
        builder.finish(merged, operation, request.as_ref()).map_err(wrong)?;
        let (name, kind) = (format_ident!("{}", operation.name), &builder.item.ident);
        methods.push(quote! {
            #[doc = #documentation]
            pub fn #name(&self) -> builder::#kind<'_> {
                builder::#kind::new(self)
            }
        });
        if let (true, Some(request)) = (operation.names_client, request)
            && !named.iter().any(|(name, _)| *name == request.name)
        {
            named.push((request.name.clone(), request.naming_client(operation)));
        }
        builders.push(builder);
    }
    let items = builders.iter().map(|Builder { item, implementation }| quote!(#item #implementation));
    let named = named.iter().map(|(_, item)| item);
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

        #(#named)*

        /// A builder for each operation: it takes the parameters and the body, and sends the request.
        pub mod builder {
            use crate::types;

            #(#items)*
        }
    };
    Ok(file.items)
}

/// An operation's builder.
pub struct Builder {
    pub item: ItemStruct,
    implementation: ItemImpl,
}

impl Builder {
    fn take(operation: &Operation, output: &mut Output) -> Option<Self> {
        let name = operation.builder();
        let at = output.builders.iter().position(|item| matches!(item, Item::Struct(item) if item.ident == name))?;
        match (output.builders.remove(at), output.builders.remove(at)) {
            (Item::Struct(item), Item::Impl(implementation)) => Some(Self { item, implementation }),
            _ => None,
        }
    }

    /// The parameters, and the body if there is one: each with the type of its value, and whether it is required.
    pub fn parameters(&self) -> impl Iterator<Item = (&Ident, &Type, bool)> {
        self.item.fields.iter().skip(1).filter_map(|field| {
            let value = argument(&field.ty)?;
            let optional = matches!(value, Type::Path(ty) if ty.path.segments.last()?.ident == "Option");
            Some((field.ident.as_ref()?, if optional { argument(value)? } else { value }, !optional))
        })
    }

    /// The body, if it is a struct.
    fn request(&self, types: &[Item]) -> Option<Request> {
        let (_, body, _) = self.parameters().find(|(name, _, _)| *name == "body")?;
        let Type::Path(body) = body else { return None };
        let name = &body.path.segments.last()?.ident;
        types.iter().find_map(|item| match item {
            Item::Struct(item) if item.ident == *name => Some(Request::of(item)),
            _ => None,
        })
    }

    fn finish(
        &mut self,
        merged: &Merged,
        operation: &Operation,
        request: Option<&Request>,
    ) -> Result<(), &'static str> {
        let method = &operation.name;
        let documentation = format!(" The parameters of [`Client::{method}`](crate::Client::{method}).");
        self.item.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
        self.item.attrs.insert(0, parse_quote!(#[doc = #documentation]));
        let checks = self.checks(merged, operation, request).ok_or("parameter of the document's name")?;
        let parameters = docs::parameters(merged, operation);
        self.implementation
            .items
            .retain(|item| !matches!(item, ImplItem::Fn(function) if function.sig.ident == "body_map"));
        for item in &mut self.implementation.items {
            let ImplItem::Fn(function) = item else { continue };
            Paths.visit_impl_item_fn_mut(function);
            match function.sig.ident.to_string().as_str() {
                "new" => {
                    function.vis = parse_quote!(pub(super));
                    // A body without properties needs not be set.
                    if request.is_none_or(|request| !request.fields.is_empty()) {
                        MissingBody.visit_impl_item_fn_mut(function);
                    }
                }
                "send" => send(function, operation, &checks)?,
                name => {
                    let text = parameters.iter().find(|(parameter, _)| parameter == name);
                    let text = text.map_or(" The body of the request.", |(_, text)| text);
                    function.attrs.insert(0, parse_quote!(#[doc = #text]));
                }
            }
        }
        Paths.visit_item_struct_mut(&mut self.item);
        Ok(())
    }

    /// What is checked before anything is sent: IDs, parameters in the path, and who is meant.
    fn checks(&self, merged: &Merged, operation: &Operation, request: Option<&Request>) -> Option<Vec<Stmt>> {
        let mut ids = Vec::new();
        let mut segments: Vec<Stmt> = Vec::new();
        for pointer in merged.parameters(&operation.path, &operation.method) {
            let parameter = merged.at(&merged.resolve(pointer));
            let name = parameter["name"].as_str()?;
            let (ident, value, required) = self.parameters().find(|(ident, _, _)| **ident == method_name(name))?;
            if !required || !is_named(value, "String") {
                continue;
            }
            if parameter["in"] == "path" {
                segments.push(parse_quote!(crate::call::check_segment(#name, &#ident)?;));
            }
            if name.ends_with("Id") {
                ids.push(parse_quote!(crate::call::check_id(#name, &#ident)?;));
            }
        }
        for field in request.iter().flat_map(|request| &request.fields) {
            let Property { wire, name, .. } = field;
            if !field.optional && is_named(&field.value, "String") && wire.ends_with("Id") {
                ids.push(parse_quote!(crate::call::check_id(#wire, &body.#name)?;));
            }
        }
        let rule: Option<Stmt> = operation.names_client.then(|| parse_quote!(body.validate()?;));
        Some(ids.into_iter().chain(segments).chain(rule).collect())
    }
}

/// A body that is a struct.
pub struct Request {
    pub name: Ident,
    pub fields: Vec<Property>,
}

pub struct Property {
    pub wire: String,
    pub name: Ident,
    pub value: Type,
    pub optional: bool,
}

impl Request {
    fn of(item: &ItemStruct) -> Self {
        let field = |field: &Field| {
            let Serde { rename, optional } = Serde::read(&field.attrs);
            let name = field.ident.clone()?;
            let mut value = field.ty.clone();
            InTypes.visit_type_mut(&mut value);
            Some(Property { wire: rename.unwrap_or_else(|| name.to_string()), name, value, optional })
        };
        Self { name: item.ident.clone(), fields: item.fields.iter().filter_map(field).collect() }
    }

    /// The required properties that `for_client` takes, in the document's order.
    pub fn given(&self, operation: &Operation) -> Vec<&Property> {
        let mut given: Vec<_> = self.fields.iter().filter(|field| !field.optional).collect();
        given.sort_by_key(|field| operation.required.iter().position(|name| *name == field.wire));
        given
    }

    /// What a request has that must name one client.
    fn naming_client(&self, operation: &Operation) -> TokenStream {
        let kind = &self.name;
        let given = self.given(operation);
        let client = if given.iter().any(|field| field.name == "client") { "identity" } else { "client" };
        let client = format_ident!("{client}");
        let parameters = given.iter().map(|Property { name, value, .. }| match is_named(value, "String") {
            true => quote!(#name: impl Into<String>),
            false => quote!(#name: #value),
        });
        let fields =
            self.fields.iter().map(|Property { wire, name, value, optional }| match (wire.as_str(), optional) {
                ("clientId" | "platform" | "platformClientId", _) => quote!(#name),
                (_, true) => quote!(#name: ::std::default::Default::default()),
                (_, false) if is_named(value, "String") => quote!(#name: #name.into()),
                (_, false) => quote!(#name),
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

/// Rewrites `send`: see above.
fn send(function: &mut ImplItemFn, operation: &Operation, checks: &[Stmt]) -> Result<(), &'static str> {
    let statements = &mut function.block.stmts;
    // The last of the name: a parameter may have it too.
    let position = |statements: &[Stmt], name: &str| statements.iter().rposition(|statement| makes(statement, name));

    let info = position(statements, "info").ok_or("statement that makes info")?;
    statements.truncate(info);
    let Some(Stmt::Local(Local { init: Some(request), .. })) = statements.pop() else { return Err("request") };
    let mut request = built(*request.expr).ok_or("request that is built")?;

    // Between the URL and the request are the header map, the version, and the header parameters.
    let map = position(statements, "header_map").ok_or("header map")?;
    let mut headers = statements.split_off(map);
    if headers.len() < 2 || !mentions(&headers[1], "api_version") {
        return Err("api-version header");
    }
    headers.remove(1);
    let has_headers = headers.len() > 1;
    if has_headers {
        headers.iter_mut().for_each(|statement| HeaderErrors.visit_stmt_mut(statement));
    } else {
        headers.clear();
    }

    let Some(Stmt::Local(Local { pat: Pat::Ident(url), init: Some(made), .. })) = statements.last_mut() else {
        return Err("URL");
    };
    let url = url.ident.clone();
    let Expr::Macro(format) = &mut *made.expr else { return Err("URL that is formatted") };
    format.mac.tokens = absolute(std::mem::take(&mut format.mac.tokens));
    let url_statement = statements.pop();

    let Some(Stmt::Local(Local { pat: Pat::Struct(taken), .. })) = statements.first() else { return Err("parameters") };
    let names: Vec<_> = taken.fields.iter().map(|field| field.member.to_token_stream().to_string()).collect();
    let client = names.first().map(|name| format_ident!("{name}")).ok_or("client")?;
    let is_taken = !operation.has_secret || names.iter().any(|name| name == "credentials");
    let credentials = format_ident!("{}", if is_taken { "_credentials" } else { "credentials" });
    Chain { url, credentials: operation.has_secret.then(|| credentials.clone()), has_headers }
        .visit_expr_mut(&mut request);

    let success = match &function.sig.output {
        ReturnType::Type(_, result) => argument(result).and_then(argument).cloned().ok_or("type of success")?,
        ReturnType::Default => return Err("result"),
    };
    let (method, path) = (operation.method.to_uppercase(), &operation.path);
    function.sig.output = parse_quote!(-> Result<crate::Response<#success>, crate::Error>);
    function.block = parse_quote!({
        const OPERATION: crate::call::Operation = crate::call::Operation { method: #method, path: #path };
        #(#statements)*
        #(#checks)*
        #url_statement
        #(#headers)*
        crate::call::send(&#client.inner, &OPERATION, |#credentials| { #request }).await
    });
    Ok(())
}

/// `request` of `request.build()?`.
fn built(expression: Expr) -> Option<Expr> {
    let Expr::Try(attempt) = expression else { return None };
    let Expr::MethodCall(call) = *attempt.expr else { return None };
    (call.method == "build").then(|| *call.receiver)
}

/// Has the request made anew for each attempt: nothing that it takes is moved, and the secret is that of the attempt.
struct Chain {
    url: Ident,
    credentials: Option<Ident>,
    has_headers: bool,
}

impl VisitMut for Chain {
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        let url = &self.url;
        for argument in &mut call.args {
            if matches!(argument, Expr::Path(path) if path.path.is_ident(url)) {
                *argument = parse_quote!(&#url);
            }
        }
        if let (true, Some(credentials)) = (call.method == "json", &self.credentials) {
            call.args = parse_quote!(&#credentials.with(&body));
        }
        if call.method == "headers" {
            call.args = parse_quote!(header_map.clone());
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let (Expr::MethodCall(call), false) = (&*expression, self.has_headers)
            && call.method == "headers"
        {
            *expression = (*call.receiver).clone();
        }
        visit_mut::visit_expr_mut(self, expression);
    }
}

/// A parameter that no header can carry is an error of the request.
struct HeaderErrors;

impl VisitMut for HeaderErrors {
    fn visit_expr_try_mut(&mut self, attempt: &mut syn::ExprTry) {
        let value = &attempt.expr;
        *attempt.expr = parse_quote! {
            #value.map_err(|error: ::reqwest::header::InvalidHeaderValue| crate::Error::invalid_request(error.to_string()))
        };
    }
}

/// Names crates and this crate's own parts by absolute paths.
pub struct Paths;

impl VisitMut for Paths {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        let Some(first) = path.segments.first().map(|first| first.ident.to_string()) else { return };
        if path.segments.len() > 1 && ["progenitor_client", "regex", "reqwest", "std"].contains(&first.as_str()) {
            path.leading_colon.get_or_insert_default();
        } else if path.to_token_stream().to_string() == "Error :: InvalidRequest" {
            *path = parse_quote!(crate::Error::invalid_request);
        }
    }
}

/// The same where it cannot be told from the syntax: in the arguments of a macro.
fn absolute(tokens: TokenStream) -> TokenStream {
    let tokens = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(name) if name == "encode_path" => quote!(::progenitor_client::encode_path),
        TokenTree::Group(group) => TokenTree::from(Group::new(group.delimiter(), absolute(group.stream()))).into(),
        other => other.into(),
    });
    tokens.collect()
}

/// A body that was not set is missing, like a parameter: it does not begin as an empty one.
struct MissingBody;

impl VisitMut for MissingBody {
    fn visit_field_value_mut(&mut self, field: &mut syn::FieldValue) {
        if matches!(&field.member, syn::Member::Named(name) if name == "body") {
            field.expr = parse_quote!(Err("body is missing: set it with body(…)".to_string()));
        }
    }
}

/// Names the types of the module `types` from outside.
struct InTypes;

impl VisitMut for InTypes {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        let name = path.get_ident().map(ToString::to_string).unwrap_or_default();
        if name.starts_with(char::is_uppercase) {
            let name = format_ident!("{name}");
            *path = parse_quote!(types::#name);
        }
    }
}

/// The first argument of a generic type.
fn argument(ty: &Type) -> Option<&Type> {
    let Type::Path(ty) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &ty.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Whether a type's path ends in that name, and is one of the language's.
pub fn is_named(ty: &Type, name: &str) -> bool {
    let Type::Path(ty) = ty else { return false };
    ty.path.segments.first().is_some_and(|first| first.ident == "std")
        && ty.path.segments.last().is_some_and(|last| last.ident == name)
}

/// Whether a statement makes a variable of that name.
fn makes(statement: &Stmt, name: &str) -> bool {
    matches!(statement, Stmt::Local(Local { pat: Pat::Ident(variable), .. }) if variable.ident == name)
}

/// Whether a name is among the tokens.
fn mentions(code: &impl ToTokens, name: &str) -> bool {
    fn any(tokens: TokenStream, name: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => any(group.stream(), name),
            TokenTree::Ident(ident) => ident == name,
            _ => false,
        })
    }
    any(code.to_token_stream(), name)
}
