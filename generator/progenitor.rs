//! Runs progenitor, which panics on much of what it cannot generate.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use ::progenitor::{GenerationSettings, Generator, InterfaceStyle};
use openapiv3::OpenAPI;
use quote::quote;
use schemars::schema::{InstanceType, SchemaObject};
use serde::Deserialize;
use serde_json::{Value, json};
use syn::File;

use super::operations::Operation;
use super::spec::{members, step};

/// Has progenitor make the client, or says which part of the document it cannot make, and why.
pub fn file(document: &Value, operations: &[Operation]) -> Result<File, (String, String)> {
    run(document).map_err(|message| (culprit(document, operations).unwrap_or_default(), message))
}

fn run(document: &Value) -> Result<File, String> {
    let document = OpenAPI::deserialize(document).map_err(|error| error.to_string())?;
    let tokens = match quietly(|| Generator::new(&settings()).generate_tokens(&document)) {
        Ok(result) => result.map_err(|error| error.to_string())?,
        Err(panic) => return Err(super::message_of(&*panic)),
    };
    syn::parse2(tokens).map_err(|error| format!("what it makes is not Rust: {error}"))
}

thread_local! {
    /// Whether a panic on this thread is reported by us, and not printed.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs something such that its panic prints nothing. The generator runs in programs of our own only, so that it may set a
/// hook; other threads have theirs as before.
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
    settings.with_inner_type(quote!(crate::call::Settings));
    settings.with_conversion(secret, "crate::Secret", std::iter::empty());
    settings
}

/// The place of what cannot be generated: of schemas and operations, the last that must be taken out, with all before it, for
/// the rest to be generated. It is found by halving, for each try costs as much as the document is long.
fn culprit(document: &Value, operations: &[Operation]) -> Option<String> {
    let schemas = members(&document["components"]["schemas"]);
    let schemas = schemas.map(|(name, _)| format!("/components/schemas/{}", step(name)));
    let places: Vec<_> = schemas.chain(operations.iter().map(|operation| operation.pointer.clone())).collect();
    let (mut low, mut high) = (0, places.len() + 1);
    while low < high {
        let middle = usize::midpoint(low, high);
        if middle <= places.len() && run(&without(document, &places[..middle])).is_err() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    places.into_iter().nth(low.checked_sub(1)?)
}

/// The document without some schemas and operations.
fn without(document: &Value, places: &[String]) -> Value {
    let mut rest = document.clone();
    for pointer in places {
        if pointer.starts_with("/paths/") {
            let (item, method) = pointer.rsplit_once('/').unwrap_or_default();
            rest.pointer_mut(item).and_then(Value::as_object_mut).map(|item| item.remove(method));
        } else if let Some(schema) = rest.pointer_mut(pointer) {
            *schema = json!({});
        }
    }
    rest
}
