//! Runs progenitor, which panics on most documents that it cannot generate.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use ::progenitor::{GenerationSettings, Generator, InterfaceStyle};
use openapiv3::OpenAPI;
use schemars::schema::{InstanceType, SchemaObject};
use serde::Deserialize;
use serde_json::Value;
use syn::{File, Item};

/// The items of the module `types`. `change` changes progenitor's output: a test shows that its text does not matter.
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
    /// Whether a panic on this thread becomes an error, and is not printed.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs a function whose panic prints nothing. The generator runs in the project's own programs only, so that it may set a
/// hook; other threads keep theirs.
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
