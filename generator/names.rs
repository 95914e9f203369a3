//! Refuses names that would not compile: progenitor does not notice them, and rustc would speak of a file that nobody
//! wrote.

use std::collections::BTreeSet;

use syn::{ImplItem, Item};

use super::rust::{Rust, text};

/// Names of types that the generated modules use themselves.
const USED: [&str; 19] = [
    "AsRef", "Clone", "Default", "Drop", "Err", "Fn", "From", "Into", "Iterator", "None", "Ok", "Option", "Result",
    "Some", "String", "ToString", "TryFrom", "TryInto", "Vec",
];

/// An error for the first name that would not compile.
pub fn check(rust: &Rust) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for (module, items) in [("types", &rust.types), ("builder", &rust.builders), ("mock", &rust.mock)] {
        for path in paths(module, items) {
            let is_used = USED.iter().any(|name| path.ends_with(&format!("::{name}")));
            if is_used || path.ends_with(".encode_path") {
                return Err(format!("{path}: the generated code has this name for something else"));
            }
            if !seen.insert(path.clone()) {
                return Err(format!("two things come to the name {path}"));
            }
        }
    }
    Ok(())
}

/// The types of a module, with their fields, variants and methods.
fn paths(module: &str, items: &[Item]) -> Vec<String> {
    let mut paths = Vec::new();
    for item in items {
        match item {
            Item::Struct(item) => {
                let owner = format!("{module}::{}", item.ident);
                let fields = item.fields.iter().filter_map(|field| field.ident.as_ref());
                paths.extend(fields.map(|field| format!("{owner}.{field}")));
                paths.push(owner);
            }
            Item::Enum(item) => {
                let owner = format!("{module}::{}", item.ident);
                paths.extend(item.variants.iter().map(|variant| format!("{owner}.{}", variant.ident)));
                paths.push(owner);
            }
            Item::Impl(item) if item.trait_.is_none() => {
                let owner = format!("{module}::{}", text(&item.self_ty));
                paths.extend(item.items.iter().filter_map(|item| match item {
                    ImplItem::Fn(function) => Some(format!("{owner}.{}()", function.sig.ident)),
                    _ => None,
                }));
            }
            Item::Mod(item) => {
                let items = item.content.as_ref().map(|(_, items)| &items[..]).unwrap_or_default();
                paths.extend(self::paths(&format!("{module}::{}", item.ident), items));
            }
            _ => {}
        }
    }
    paths
}
