//! Makes the module `client`: the client, its operations and their builders.
//!
//! The builders are progenitor's, but for what becomes of a request: progenitor 0.15.1 has no setting for that. So each
//! `send` is cut before it sends, checks what it was given, and hands a function that makes the request over to `call`.
//! It is cut as text, at marks that progenitor writes. Where one is missing, there is no client.

use std::collections::BTreeMap;

use quote::{format_ident, quote};
use syn::{Ident, ImplItem, ImplItemFn, Item, LitStr, Stmt, parse_quote, parse_str};

use super::operations::{Operation, Parameter};
use super::rust::{Property, Rust, properties, text};
use super::spec::{Spec, members};
use super::{one_line, rule};

/// The items of the module, and the examples in its documentation.
pub fn client(spec: &Spec, operations: &[Operation], rust: &mut Rust) -> Result<(Vec<Item>, Vec<String>), String> {
    let (mut requests, mut examples) = (BTreeMap::new(), Vec::new());
    for operation in operations {
        let finished = finish(spec, operation, rust, &mut requests);
        examples.push(
            finished.ok_or_else(|| format!("{}: its builder is not as progenitor 0.15.1 makes it", operation.name))?,
        );
    }
    let requests = requests.iter().map(|(name, properties)| rule::naming_client(name, properties));
    let (version, url) = (&spec.value["info"]["version"], &spec.value["servers"][0]["url"]);
    let version = version.as_str().unwrap_or_default();
    let url = url.as_str().unwrap_or_default().trim_end_matches('/');
    let mut file: syn::File = parse_quote! {
        use crate::types;

        /// The version of the API that this crate is made for: `info.version` of its document.
        pub const API_VERSION: &str = #version;

        /// The base URL of the API: the first of `servers` in its document.
        pub const DEFAULT_BASE_URL: &str = #url;

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

        impl Client {}

        #(#requests)*

        /// A builder for each operation: it takes the parameters and the body, and sends the request.
        pub mod builder {
            use ::progenitor_client::encode_path;
            use crate::types;
        }
    };
    rust.builders.retain(|item| !matches!(item, Item::Use(_)));
    for item in &mut file.items {
        match item {
            Item::Impl(item) if text(&item.self_ty) == "Client" => item.items.append(&mut rust.methods),
            Item::Mod(module) => module.content.get_or_insert_default().1.append(&mut rust.builders),
            _ => {}
        }
    }
    Ok((file.items, examples))
}

/// Finishes the method and the builder of an operation, and returns its example. Its body is added to `requests`, if it must name one client.
fn finish(
    spec: &Spec,
    operation: &Operation,
    rust: &mut Rust,
    requests: &mut BTreeMap<Ident, Vec<Property>>,
) -> Option<String> {
    let method = functions(&mut rust.methods).find(|function| function.sig.ident == operation.name)?;
    let output = text(&method.sig.output);
    let name = output.strip_prefix("-> builder :: ")?.strip_suffix(" < '_ >")?;
    let builder = rust.builders.iter_mut().find_map(|item| match item {
        Item::Impl(item) if text(&item.self_ty) == format!("{name} < 'a >") => Some(&mut item.items),
        _ => None,
    })?;
    builder.retain(|item| !text(item).starts_with("pub fn body_map < F >"));

    let parameters = operation.parameters(spec);
    let mut types = BTreeMap::new();
    for setter in functions(builder).filter(|function| text(&function.sig.generics) == "< V >") {
        let parameter = parameters.iter().find(|parameter| setter.sig.ident == parameter.name);
        let description = parameter.map_or("The body of the request.", |parameter| &parameter.description);
        types.insert(setter.sig.ident.to_string(), finish_setter(setter, description)?);
    }
    if !parameters.iter().all(|parameter| types.contains_key(&parameter.name)) {
        return None;
    }
    let body = types.get("body").and_then(|body| body.strip_prefix("types :: "));
    let body_properties = body.and_then(|body| properties(&rust.types, body));

    let new = functions(builder).find(|function| function.sig.ident == "new")?;
    new.vis = parse_quote!(pub(super));
    if body_properties.as_ref().is_some_and(|properties| !properties.is_empty()) {
        // A forgotten body could not be told from an empty one.
        let unset = "body : Err (\"body is missing: set it with body(…)\" . to_string ())";
        let block = text(&new.block).replace("body : Ok (:: std :: default :: Default :: default ())", unset);
        new.block = parse_str(&block).ok()?;
    }
    let send = functions(builder).find(|function| function.sig.ident == "send")?;
    let checks = checks(operation, &parameters, body_properties.as_deref().unwrap_or_default());
    finish_send(send, operation, &parameters, &checks)?;

    let example = document(spec, operation, method, &types)?;
    if operation.names_client {
        requests.insert(format_ident!("{}", body?), body_properties?);
    }
    Some(example)
}

fn functions(items: &mut [ImplItem]) -> impl Iterator<Item = &mut ImplItemFn> {
    items.iter_mut().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(function),
        _ => None,
    })
}

/// Documents a setter, and has it say why it cannot take a value. The type that it takes is returned.
fn finish_setter(setter: &mut ImplItemFn, description: &str) -> Option<String> {
    let name = &setter.sig.ident;
    let bounds = &mut setter.sig.generics.make_where_clause().predicates;
    let bound = text(bounds.first()?);
    let ty = bound.strip_prefix("V : std :: convert :: TryInto < ")?.strip_suffix(" >")?;
    if bounds.len() == 1 {
        bounds.push(parse_quote!(V::Error: ::std::fmt::Display));
    }
    let block = text(&setter.block);
    let (converted, _) = block.split_once(" . map_err (")?;
    let block = format!("{converted} . map_err (| error | format ! (\"{name}: {{error}}\")) ; self }}");
    setter.block = parse_str(&block).ok()?;
    setter.attrs.push(parse_quote!(#[doc = #description]));
    Some(ty.to_owned())
}

/// What is checked before anything is sent: IDs, parameters in the path, and who is meant.
fn checks(operation: &Operation, parameters: &[Parameter], properties: &[Property]) -> Vec<Stmt> {
    let mut checks = Vec::new();
    for Parameter { wire, name, place, .. } in parameters.iter().filter(|parameter| parameter.is_string) {
        let value = format_ident!("{name}");
        if wire.ends_with("Id") {
            checks.push(parse_quote!(crate::call::check_id(#wire, &#value)?;));
        }
        if place == "path" {
            checks.push(parse_quote!(crate::call::check_segment(#wire, &#value)?;));
        }
    }
    for Property { wire, name, ty, .. } in properties {
        if wire.ends_with("Id") && text(ty) == ":: std :: string :: String" {
            checks.push(parse_quote!(crate::call::check_id(#wire, &body.#name)?;));
        }
    }
    if operation.names_client {
        checks.push(parse_quote!(body.validate()?;));
    }
    checks
}

/// Has a builder's `send` hand over a function that makes the request, and end there.
fn finish_send(send: &mut ImplItemFn, operation: &Operation, parameters: &[Parameter], checks: &[Stmt]) -> Option<()> {
    let output = text(&send.sig.output);
    let (success, _) = output.strip_prefix("-> Result < ResponseValue < ")?.split_once(" > , Error <")?;
    let success: syn::Type = parse_str(success).ok()?;
    send.sig.output = parse_quote!(-> Result<crate::Response<#success>, crate::Error>);

    // What was given is unpacked, and the URL made; then come headers, of which one is in no document, and the request.
    let block = text(&send.block);
    let (unpacked, rest) = block.split_once("let mut header_map = ")?;
    let unpacked = unpacked.replace("(Error :: InvalidRequest)", "(crate :: Error :: invalid_request)") + "}";
    let unpacked: syn::Block = parse_str(&unpacked).ok()?;
    let (_, request) = rest.split_once("# [allow (unused_mut)] let mut ")?;
    let (_, request) = request.split_once(" = ")?;
    let (request, _) = request.split_once(" . headers (header_map) . build () ?")?;

    // It is made anew for each attempt. The name of no parameter begins with `_`.
    let (client, url) = request.split_once(&format!(" . client . {} (", operation.method))?;
    let mut request = format!("{client} . client . {} (& {url}", operation.method);
    if operation.has_secret {
        let (before, after) = request.split_once(" . json (& body)")?;
        request = format!("{before} . json (& _credentials . with (& body)){after}");
    }
    let client: Ident = parse_str(client).ok()?;
    let mut request: syn::Expr = parse_str(&request).ok()?;
    for Parameter { wire, name, is_required, .. } in parameters.iter().filter(|parameter| parameter.place == "header") {
        let name = format_ident!("{name}");
        let values = if *is_required { quote!([&#name]) } else { quote!(#name) };
        request =
            parse_quote!(#values.iter().fold(#request, |request, value| request.header(#wire, value.to_string())));
    }
    let (method, path, unpacked) = (operation.method.to_uppercase(), &operation.path, unpacked.stmts);
    send.block = parse_quote! {{
        const OPERATION: crate::call::Operation = crate::call::Operation { method: #method, path: #path };
        #(#unpacked)*
        #(#checks)*
        crate::call::send(&#client.inner, &OPERATION, |_credentials| #request).await
    }};
    Some(())
}

/// Documents a method, and returns its example: what progenitor says, the statuses, and progenitor's example such that it compiles.
fn document(
    spec: &Spec,
    operation: &Operation,
    method: &mut ImplItemFn,
    types: &BTreeMap<String, String>,
) -> Option<String> {
    let said = &method.attrs.first()?.meta.require_name_value().ok()?.value;
    let said = parse_str::<LitStr>(&text(said)).ok()?.value();
    let (said, example) = said.split_once("```ignore\n")?;
    let client = if types.contains_key("client") { "the_client" } else { "client" };
    let example = example.strip_suffix(".await;\n```")?.replace('\n', "\n    ");
    let example = example.replacen("client.", &format!("{client}."), 1);
    let parameters = types.iter().map(|(name, ty)| format!("    {name}: {},\n", ty.replace(' ', "")));
    let parameters = parameters.collect::<String>().replace("types::", "mantago::types::");
    let parameters = parameters.replace("::std::string::", "").replace("::std::", "std::");
    let made = types.get("body").filter(|_| operation.names_client).map(|ty| {
        let ty = ty.replace(' ', "");
        format!("[`for_client`](crate::{ty}::for_client) makes the body.\n")
    });
    let made = made.unwrap_or_default();

    let responses = format!("{}/responses", operation.pointer);
    let statuses = members(spec.at(&responses)).map(|(status, _)| {
        let response = spec.at(&spec.resolve(&format!("{responses}/{status}")));
        format!("- `{status}`: {}\n", one_line(response["description"].as_str().unwrap_or_default()))
    });
    let example = format!(
        "async fn example(
    {client}: &mantago::Client,
{parameters}) -> Result<(), mantago::Error> {{
    {example}.await?;
    println!(\"{{:?}}\", *response);
    Ok(())
}}
",
    );
    let text = format!(
        "{said}
{made}
# Responses

{}
# Errors

Any status that is not a success, or no response: see [`ErrorKind`](crate::ErrorKind).

# Example

```no_run
{example}```",
        statuses.collect::<String>(),
    );
    method.attrs = vec![parse_quote!(#[doc = #text])];
    Some(example)
}
