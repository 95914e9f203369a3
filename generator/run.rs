//! Runs progenitor on the prepared document.
//!
//! progenitor 0.15.1 panics on what it cannot generate, and says of most errors only what, not where. So a failure
//! is looked for again in each schema and each operation alone, until there is a place to name.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use openapiv3::OpenAPI;
use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use quote::quote;
use schemars::schema::{InstanceType, SchemaObject};
use serde::Deserialize;
use serde_json::{Value, json};
use syn::{File, ImplItem, Item, ReturnType, Type};

use super::Error;
use super::client::argument;
use super::merge::{METHODS, Merged, members, operation_pointer, step};

/// What progenitor makes: the items of its modules `types` and `builder`, and the mock.
pub struct Output {
    pub types: Vec<Item>,
    pub builders: Vec<Item>,
    /// What each builder's operation returns, by the builder's name.
    pub successes: BTreeMap<String, Type>,
    pub mock: Vec<Item>,
}

/// Generates the client, or says which part of the document has none.
pub fn run(merged: &Merged) -> Result<Output, Error> {
    let (client, mock) = tokens(&merged.document).map_err(|message| blame(merged, &message))?;
    let parse = |tokens| -> Result<File, Error> {
        syn::parse2(tokens).map_err(|error| merged.error("", format_args!("progenitor's output is not Rust: {error}")))
    };
    let mut client = parse(in_words(client))?;
    let mut module = |name: &str| {
        let found = client.items.iter_mut().find_map(|item| match item {
            Item::Mod(module) if module.ident == name => module.content.take(),
            _ => None,
        });
        found.map(|(_, items)| items).ok_or_else(|| merged.error("", format_args!("progenitor made no module {name}")))
    };
    let (types, builders) = (module("types")?, module("builder")?);
    let successes = builders.iter().filter_map(success).collect();
    Ok(Output { types, builders, successes, mock: parse(mock)?.items })
}

/// A builder's name, and the type of `send`'s success.
fn success(item: &Item) -> Option<(String, Type)> {
    let Item::Impl(item) = item else { return None };
    let Type::Path(builder) = &*item.self_ty else { return None };
    let output = item.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == "send" => Some(&function.sig.output),
        _ => None,
    })?;
    let ReturnType::Type(_, result) = output else { return None };
    let success = argument(result).and_then(argument)?.clone();
    Some((builder.path.segments.last()?.ident.to_string(), success))
}

fn tokens(document: &Value) -> Result<(TokenStream, TokenStream), String> {
    let document = OpenAPI::deserialize(document).map_err(|error| error.to_string())?;
    let run = || {
        let mut generator = Generator::new(&settings());
        Ok((generator.generate_tokens(&document)?, generator.httpmock(&document, "crate")?))
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(|error: progenitor::Error| error.to_string()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
            Err(text.trim_start_matches("not yet implemented: ").to_owned())
        }
    }
}

fn settings() -> GenerationSettings {
    let secret = SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some("password".to_owned()),
        ..SchemaObject::default()
    };
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Builder).with_inner_type(quote!(crate::call::Settings)).with_conversion(
        secret,
        "crate::Secret",
        std::iter::empty(),
    );
    settings
}

/// Code whose error messages are such that a person can act on them.
fn in_words(code: TokenStream) -> TokenStream {
    let tokens = code.into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), in_words(group.stream()));
            inner.set_span(group.span());
            inner.into()
        }
        TokenTree::Literal(literal) => match syn::parse_str::<syn::LitStr>(&literal.to_string()) {
            Ok(text) => message_in_words(&text.value()).map_or(literal, |text| Literal::string(&text)).into(),
            Err(_) => literal.into(),
        },
        other => other,
    });
    tokens.collect()
}

/// The message instead of one of typify's.
fn message_in_words(text: &str) -> Option<String> {
    match text.strip_prefix("no value supplied for ") {
        Some(name) => Some(format!("{name} is missing: set it with {name}(…)")),
        None => text.strip_prefix("error converting supplied value for ").map(str::to_owned),
    }
}

/// The error with the first schema or operation that fails alone.
fn blame(merged: &Merged, message: &str) -> Error {
    let error = |pointer: &str, message: &str| {
        merged.error(pointer, format_args!("progenitor cannot generate this: {message}"))
    };
    let mut document = merged.document.clone();
    document["paths"] = json!({});
    let schemas = std::mem::replace(&mut document["components"]["schemas"], json!({}));
    if let Err(message) = tokens(&document) {
        return error("", &message);
    }
    for (name, schema) in members(&schemas) {
        // All others are there, but may be anything.
        document["components"]["schemas"] = members(&schemas).map(|(name, _)| (name.clone(), json!({}))).collect();
        document["components"]["schemas"][name] = schema.clone();
        if let Err(message) = tokens(&document) {
            return error(&format!("/components/schemas/{}", step(name)), &message);
        }
    }
    document["components"]["schemas"] = schemas;
    for (path, method, operation) in merged.operations() {
        let mut item = merged.document["paths"][path].clone();
        if let Some(item) = item.as_object_mut() {
            item.retain(|key, _| !METHODS.contains(&key.as_str()));
            item.insert(method.to_owned(), operation.clone());
        }
        document["paths"] = json!({ path: item });
        if let Err(message) = tokens(&document) {
            return error(&operation_pointer(path, method), &message);
        }
    }
    error("", message)
}
