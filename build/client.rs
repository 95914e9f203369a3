//! Runs progenitor on the prepared document.
//!
//! progenitor 0.15.1 panics on what it cannot generate, and says of most errors only what, not where. So a failure
//! is looked for again in each schema and each operation alone, until there is a place to name.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle};
use quote::quote;
use schemars::schema::{InstanceType, SchemaObject};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use syn::{File, Item, parse_quote};

use super::Error;
use super::merge::{Merged, members, operation_pointer};
use super::step;

/// What progenitor makes: the client, and the mock of it.
pub struct Client {
    pub module: File,
    pub mock: TokenStream,
}

/// Generates the client, or says which part of the document has none.
pub fn generate(merged: &Merged) -> Result<Client, Error> {
    run(&merged.document).map_err(|message| blame(merged, &message))
}

fn run(document: &Value) -> Result<Client, String> {
    let document = OpenAPI::deserialize(document).map_err(|error| error.to_string())?;
    let (module, mock) = quietly(|| {
        let mut generator = Generator::new(&settings());
        Ok((generator.generate_tokens(&document)?, generator.httpmock(&document, "crate")?))
    })?;
    let mut module: File = syn::parse2(module).map_err(|error| format!("progenitor's output is not Rust: {error}"))?;
    leave_open(&mut module);
    Ok(Client { module, mock })
}

/// Marks each type as one that may get more fields or values, so that a version which adds some breaks nobody.
///
/// progenitor has a setting for it, by the names of the types: they would have to be made twice.
fn leave_open(module: &mut File) {
    for item in items_mut(module, "types") {
        let attributes = match item {
            Item::Struct(item) => &mut item.attrs,
            Item::Enum(item) => &mut item.attrs,
            _ => continue,
        };
        let documentation = attributes.iter().take_while(|attribute| attribute.path().is_ident("doc")).count();
        attributes.insert(documentation, parse_quote!(#[non_exhaustive]));
    }
}

/// The items of a module in progenitor's output; none if it has no such module.
pub fn items<'a>(file: &'a File, name: &str) -> &'a [Item] {
    let found = file.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == name => module.content.as_ref(),
        _ => None,
    });
    found.map_or(&[], |(_, items)| items)
}

/// The same, to be changed.
pub fn items_mut<'a>(file: &'a mut File, name: &str) -> &'a mut [Item] {
    let found = file.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == name => module.content.as_mut(),
        _ => None,
    });
    found.map_or(&mut [], |(_, items)| items)
}

fn settings() -> GenerationSettings {
    let secret = SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some("password".to_owned()),
        ..SchemaObject::default()
    };
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::client::Inner))
        .with_conversion(secret, "crate::Secret", std::iter::empty());
    settings
}

thread_local! {
    /// Whether this thread is in [`quietly`].
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs progenitor; a panic of it is an error like its own, and prints nothing.
fn quietly<T>(run: impl FnOnce() -> Result<T, progenitor::Error>) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                loud(info);
            }
        }));
    });
    QUIET.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(run));
    QUIET.set(false);
    match outcome {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(in_words(text.unwrap_or("it panicked")))
        }
    }
}

/// A panic of progenitor 0.15.1 in words, where the text is only its own source.
fn in_words(panic: &str) -> String {
    if panic.contains("response_types.len() <= 1") {
        return "several success types or several error types: expected one of each".to_owned();
    }
    panic.trim_start_matches("not yet implemented: ").to_owned()
}

/// The error with the first schema or operation that fails alone.
fn blame(merged: &Merged, message: &str) -> Error {
    let only = |schemas: Option<&BTreeSet<String>>, paths: Value| {
        let mut document = merged.document.clone();
        document["paths"] = paths;
        let all = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
        if let (Some(keep), Some(all)) = (schemas, all) {
            all.retain(|name, _| keep.contains(name));
        }
        run(&document).err()
    };
    let error = |pointer: &str, message: &str| {
        merged.error(pointer, format_args!("progenitor cannot generate this: {message}"))
    };

    if let Some(message) = only(Some(&BTreeSet::new()), json!({})) {
        return error("", &message);
    }
    let schemas = &merged.document["components"]["schemas"];
    let mut alone: Vec<_> = members(schemas).map(|(name, _)| (name, reached(schemas, name))).collect();
    alone.sort_by_key(|(_, reached)| reached.len());
    for (name, reached) in &alone {
        if let Some(message) = only(Some(reached), json!({})) {
            return error(&format!("/components/schemas/{}", step(name)), &message);
        }
    }
    for (path, method, operation) in merged.operations() {
        let mut item = merged.document["paths"][path].clone();
        if let Some(item) = item.as_object_mut() {
            item.retain(|key, _| !super::merge::METHODS.contains(&key.as_str()));
            item.insert(method.to_owned(), operation.clone());
        }
        if let Some(message) = only(None, json!({ path: item })) {
            return error(&operation_pointer(path, method), &message);
        }
    }
    error("", message)
}

/// The names of a schema and of those that it refers to, over any distance.
fn reached(schemas: &Value, name: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![name.to_owned()];
    while let Some(name) = ahead.pop() {
        references(&schemas[&name], &mut ahead);
        if !reached.insert(name) {
            ahead.retain(|name| !reached.contains(name));
        }
    }
    reached
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let target = object.get("$ref").and_then(Value::as_str);
            found.extend(target.and_then(|target| target.strip_prefix("#/components/schemas/")).map(str::to_owned));
            Map::values(object).for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
