//! Refuses names that would not compile: progenitor does not notice them, and rustc would speak of a file that nobody
//! wrote.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::{Fields, Ident, ImplItem, Item};

use super::operations::Operation;
use super::run::Output;

/// Names that the client has for something else than an operation.
const CLIENT: [&str; 4] = ["set_credentials", "with_credentials", "with_retry", "clone"];

/// Names that the language has for all modules, and that the generated ones use.
const PRELUDE: [&str; 19] = [
    "AsRef", "Clone", "Default", "Drop", "Err", "Fn", "From", "Into", "Iterator", "None", "Ok", "Option", "Result",
    "Some", "String", "ToString", "TryFrom", "TryInto", "Vec",
];

/// An error for the first name that would not compile.
pub fn check(output: &Output, operations: &[Operation]) -> Result<(), String> {
    for Operation { name, .. } in operations {
        if CLIENT.contains(&name.as_str()) {
            return Err(format!("an operation comes to the name {name}, which the client has for something else"));
        }
    }
    module(&output.types, "types::")?;
    module(&output.builders, "builder::")?;
    module(&output.mock, "mock::")
}

/// Names of one kind, of which each may come once.
#[derive(Default)]
struct Once(BTreeSet<String>);

impl Once {
    fn add(&mut self, name: &Ident, what: &str, owner: &str) -> Result<(), String> {
        if self.0.insert(name.to_string()) {
            Ok(())
        } else {
            Err(format!("two {what} {owner} come to the name {name}"))
        }
    }
}

fn module(items: &[Item], path: &str) -> Result<(), String> {
    let mut types = Once::default();
    let mut methods: BTreeMap<String, Once> = BTreeMap::new();
    let mut add_type = |name: &Ident| {
        if PRELUDE.iter().any(|taken| name == taken) {
            return Err(format!("{path}{name}: the language has this name for something else"));
        }
        types.add(name, "types in", path)
    };
    for item in items {
        match item {
            Item::Struct(item) => {
                add_type(&item.ident)?;
                let Fields::Named(named) = &item.fields else { continue };
                let owner = format!("{path}{}", item.ident);
                let mut fields = Once::default();
                for field in named.named.iter().filter_map(|field| field.ident.as_ref()) {
                    fields.add(field, "properties or parameters of", &owner)?;
                }
            }
            Item::Enum(item) => {
                add_type(&item.ident)?;
                let owner = format!("{path}{}", item.ident);
                let mut variants = Once::default();
                for variant in &item.variants {
                    variants.add(&variant.ident, "values of", &owner)?;
                }
            }
            Item::Impl(item) if item.trait_.is_none() => {
                let owner = format!("{path}{}", item.self_ty.to_token_stream()).replace(" < 'a >", "");
                let known = methods.entry(owner.clone()).or_default();
                for function in &item.items {
                    let ImplItem::Fn(function) = function else { continue };
                    known.add(&function.sig.ident, "methods of", &owner)?;
                }
            }
            Item::Mod(item) => {
                let inner = item.content.iter().flat_map(|(_, items)| items).cloned().collect::<Vec<_>>();
                module(&inner, &format!("{path}{}::", item.ident))?;
            }
            _ => {}
        }
    }
    Ok(())
}
