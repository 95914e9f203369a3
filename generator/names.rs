//! Refuses names that would not compile. progenitor doesn't notice them, and rustc's error would point into generated code
//! instead of the document.

use std::collections::BTreeSet;

use syn::{File, ImplItem, Item};

use super::fields::name_of;
use super::places::{Places, nearest};
use super::{Error, FOLDER};

/// Traits whose methods the generated modules call. A type with such a name would hide the trait.
const TRAITS_IN_USE: [&str; 8] =
    ["AsRef", "From", "FromIterator", "Into", "Iterator", "ToString", "TryFrom", "TryInto"];

/// Marks the path of an enumeration without values.
const EMPTY: &str = ".";

/// An error for the first name that would not compile.
pub fn check(places: &Places, modules: &[(&str, File)]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for (module, file) in modules {
        for path in paths(module, &file.items) {
            let is_used = TRAITS_IN_USE.iter().any(|name| path == format!("{module}::{name}"));
            let message = if path.ends_with(EMPTY) {
                "no value satisfies it: no type can be made of it".to_owned()
            } else if is_used {
                format!("it resolves to the name {path}, which is a trait that the generated code uses")
            } else if !seen.insert(path.clone()) {
                format!("two things resolve to the name {path}")
            } else {
                continue;
            };
            let place = nearest(places, &path);
            return Err(place.map_or_else(|| Error::at(FOLDER, "", &message), |place| place.error(&message)));
        }
    }
    Ok(())
}

/// The paths of a module's types, with their fields, variants and methods.
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
                paths.extend(item.variants.iter().map(|variant| format!("{owner}::{}", variant.ident)));
                paths.extend(item.variants.is_empty().then(|| format!("{owner}{EMPTY}")));
                paths.push(owner);
            }
            Item::Impl(item) if item.trait_.is_none() => {
                let owner = name_of(&item.self_ty).map_or_else(String::new, ToString::to_string);
                let owner = format!("{module}::{owner}");
                paths.extend(item.items.iter().filter_map(|item| match item {
                    ImplItem::Fn(function) => Some(format!("{owner}::{}()", function.sig.ident)),
                    _ => None,
                }));
            }
            Item::Mod(item) => {
                let items = item.content.as_ref().map(|(_, items)| &items[..]).unwrap_or_default();
                // The crate exports the operations' builders next to the client.
                let owner = if module == "client" { String::new() } else { format!("{module}::") };
                paths.extend(self::paths(&format!("{owner}{}", item.ident), items));
            }
            _ => {}
        }
    }
    paths
}
