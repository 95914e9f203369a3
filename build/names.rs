//! Finds names that progenitor gave twice: it does not notice, and rustc would say it of a file that nobody wrote.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::{Fields, File, Ident, ImplItem, Item, ItemImpl};

/// Names that the client has for something else than an operation.
const TAKEN: [&str; 5] = ["new", "new_with_client", "with_token", "with_retry", "error"];

/// An error for the first name that is there twice.
pub fn check(file: &File) -> Result<(), String> {
    module(&file.items, "")
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
    let (mut types, mut methods) = (Once::default(), BTreeMap::new());
    for item in items {
        match item {
            Item::Struct(item) => {
                types.add(&item.ident, "types in", path)?;
                let mut fields = Once::default();
                if let Fields::Named(named) = &item.fields {
                    let owner = format!("{path}{}", item.ident);
                    for field in named.named.iter().filter_map(|field| field.ident.as_ref()) {
                        fields.add(field, "properties or parameters of", &owner)?;
                    }
                }
            }
            Item::Enum(item) => {
                types.add(&item.ident, "types in", path)?;
                let mut variants = Once::default();
                let owner = format!("{path}{}", item.ident);
                for variant in &item.variants {
                    variants.add(&variant.ident, "values of", &owner)?;
                }
            }
            Item::Impl(item) if item.trait_.is_none() => functions(item, path, &mut methods)?,
            Item::Mod(item) => {
                if let Some((_, inner)) = &item.content {
                    module(inner, &format!("{path}{}::", item.ident))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn functions(item: &ItemImpl, path: &str, methods: &mut BTreeMap<String, Once>) -> Result<(), String> {
    let owner = format!("{path}{}", item.self_ty.to_token_stream());
    let known = methods.entry(owner.clone()).or_default();
    for function in &item.items {
        let ImplItem::Fn(function) = function else { continue };
        let name = &function.sig.ident;
        let is_operation = || function.sig.output.to_token_stream().to_string().contains("builder ::");
        if owner == "Client" && TAKEN.iter().any(|taken| name == taken) && is_operation() {
            return Err(format!("an operation comes to the name {name}, which the client has for something else"));
        }
        known.add(name, "methods of", &owner)?;
    }
    Ok(())
}
