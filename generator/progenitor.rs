//! Runs progenitor, and turns its panics into errors: it panics on most documents that it doesn't support.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use ::progenitor::{GenerationSettings, Generator, InterfaceStyle};
use openapiv3::OpenAPI;
use schemars::schema::{InstanceType, SchemaObject};
use serde::Deserialize;
use serde_json::Value;
use syn::{File, Item};

/// The items of the module `types` in progenitor's output, as changed by `change`.
pub fn types(document: &Value, change: impl Fn(File) -> File) -> Result<Vec<Item>, String> {
    let file = run(document).map_err(|message| format!("progenitor cannot generate the types: {message}"))?;
    let types = change(file).items.into_iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content,
        _ => None,
    });
    Ok(types.map(|(_, items)| items).unwrap_or_default())
}

fn run(document: &Value) -> Result<File, String> {
    let document = OpenAPI::deserialize(document).map_err(|error| error.to_string())?;
    let tokens = match quietly(|| Generator::new(&settings()).generate_tokens(&document)) {
        Ok(result) => result.map_err(|error| error.to_string())?,
        Err(panic) => return Err(super::message_of(&*panic)),
    };
    syn::parse2(tokens).map_err(|error| format!("its output is not Rust: {error}"))
}

thread_local! {
    /// Whether panics on this thread are caught, and so must not be printed.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Catches a function's panic without printing it. The generator may replace the panic hook, because it runs only in the
/// build script and in the project's own programs. Panics on other threads are printed as before.
fn quietly<T>(run: impl FnOnce() -> T) -> std::thread::Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                before(panic);
            }
        }));
    });
    IS_QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    IS_QUIET.set(false);
    result
}

fn settings() -> GenerationSettings {
    let secret = SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some("password".to_owned()),
        ..SchemaObject::default()
    };
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Builder);
    settings.with_derive("PartialEq");
    settings.with_conversion(secret, "crate::Secret", std::iter::empty());
    settings
}
