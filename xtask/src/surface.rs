//! The public surface of a generated client: every item that users' code may name.
//!
//! A removed or changed item breaks users. A new item doesn't, because the generated structs and enums are
//! `#[non_exhaustive]`.

use std::collections::{BTreeMap, BTreeSet};

use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Generics, ImplItem, Item, ItemImpl, Path, Token, TraitItem, Visibility};

use crate::compare::Sides;
use crate::generator::Generated;
use crate::generator::places::{Places, nearest};

/// The public items of a generated client, with their signatures and their places in the documents.
#[derive(Debug, Default)]
pub struct Surface {
    items: BTreeMap<String, String>,
    pub places: Places,
}

/// An item that differs between two surfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The item's path, like `types::PersonalTagMappingRequest.tag_id`.
    pub item: String,
    /// The signature in the old client; `None` for a new item.
    pub old: Option<String>,
    /// The signature in the new client; `None` for a removed item.
    pub new: Option<String>,
    pub place: Sides,
}

/// Every item that differs, without the members of added or removed types, and without newly implemented traits, which break
/// nobody.
pub fn compare(old: &Surface, new: &Surface) -> Vec<Change> {
    let names: BTreeSet<_> = old.items.keys().chain(new.items.keys()).collect();
    let mut changes: Vec<Change> = Vec::new();
    let mut complete: Option<&String> = None;
    for item in names {
        let is_member = |of: &String| item.strip_prefix(of.as_str()).is_some_and(|rest| rest.starts_with(['.', ':']));
        let [before, after] = [old, new].map(|surface| surface.items.get(item).cloned());
        let is_another_trait = before.is_none() && item.contains(": ");
        if before == after || is_another_trait || complete.is_some_and(is_member) {
            continue;
        }
        if before.is_none() || after.is_none() {
            complete = Some(item);
        }
        let place = Sides::of(nearest(&old.places, item), nearest(&new.places, item));
        changes.push(Change { item: item.clone(), old: before, new: after, place });
    }
    changes
}

impl Surface {
    /// The surface of a generated client.
    pub fn of(client: &Generated) -> Self {
        let mut surface = Self { places: client.places.clone(), ..Self::default() };
        for (module, file) in &client.modules {
            surface.module(module, &file.items);
        }
        surface
    }

    fn module(&mut self, module: &str, items: &[Item]) {
        let path = |name: &dyn ToTokens| format!("{module}::{}", name.to_token_stream());
        for item in items {
            match item {
                Item::Mod(inner) if public(&inner.vis) => {
                    let items = inner.content.as_ref().map(|(_, items)| &items[..]).unwrap_or_default();
                    self.module(&path(&inner.ident), items);
                }
                Item::Struct(item) if public(&item.vis) => {
                    let name = path(&item.ident);
                    self.derives(&name, &item.attrs);
                    for (field, member) in item.fields.iter().zip(item.fields.members()) {
                        if public(&field.vis) {
                            self.items.insert(format!("{name}.{}", tidy(&member)), tidy(&field.ty));
                        }
                    }
                    self.items.insert(name, head("struct", &item.attrs, &item.generics));
                }
                Item::Enum(item) if public(&item.vis) => {
                    let name = path(&item.ident);
                    self.derives(&name, &item.attrs);
                    for variant in &item.variants {
                        self.items.insert(format!("{name}::{}", variant.ident), tidy(&variant.fields));
                    }
                    self.items.insert(name, head("enum", &item.attrs, &item.generics));
                }
                Item::Type(item) if public(&item.vis) => {
                    self.items.insert(path(&item.ident), format!("type {}", tidy(&item.ty)));
                }
                // Only this crate implements the trait, so a new method breaks nobody.
                Item::Trait(item) if public(&item.vis) => {
                    let name = path(&item.ident);
                    for part in &item.items {
                        if let TraitItem::Fn(function) = part {
                            self.items.insert(format!("{name}::{}", function.sig.ident), tidy(&function.sig));
                        }
                    }
                    self.items.insert(name, head("trait", &item.attrs, &item.generics));
                }
                Item::Impl(item) => self.implementation(module, item),
                _ => {}
            }
        }
    }

    fn derives(&mut self, name: &str, attributes: &[Attribute]) {
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
            let list = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
            for derived in list.into_iter().flatten() {
                self.items.insert(format!("{name}: {}", last(&derived)), String::new());
            }
        }
    }

    fn implementation(&mut self, module: &str, item: &ItemImpl) {
        let of = tidy(&item.self_ty).replace("super::", "types::");
        let of = of.split('<').next().unwrap_or_default();
        let mut name = if of.contains("::") { of.to_owned() } else { format!("{module}::{of}") };
        if let Some((implemented, _)) = &item.trait_ {
            let implemented = last(implemented);
            let is_foreign = item.self_ty.to_token_stream().to_string().starts_with("::");
            let converted = implemented.strip_prefix("From<").and_then(|of| of.strip_suffix('>'));
            name = match converted.filter(|_| is_foreign) {
                // The conversion belongs to this crate's type.
                Some(converted) => format!("{module}::{converted}: Into<{of}>"),
                None => format!("{name}: {implemented}"),
            };
            let (generics, bounds) = (&item.generics, &item.generics.where_clause);
            self.items.insert(name.clone(), tidy(&quote!(#generics #bounds)));
        }
        for part in &item.items {
            let (member, signature) = match part {
                ImplItem::Type(part) => (&part.ident, tidy(&part.ty)),
                ImplItem::Fn(part) if item.trait_.is_none() && public(&part.vis) => (&part.sig.ident, tidy(&part.sig)),
                _ => continue,
            };
            self.items.insert(format!("{name}::{member}"), signature);
        }
    }
}

fn public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn head(kind: &str, attributes: &[Attribute], generics: &Generics) -> String {
    let is_open = attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"));
    let open = if is_open { "#[non_exhaustive] " } else { "" };
    let bounds = &generics.where_clause;
    format!("{open}{kind}{}", tidy(&quote!(#generics #bounds)))
}

/// The last segment of a path, with its arguments: other paths to a trait name the same trait.
fn last(path: &Path) -> String {
    path.segments.last().map(tidy).unwrap_or_default()
}

/// Tokens as a person would write them.
fn tidy(tokens: &impl ToTokens) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tidied = String::new();
    for token in tokens.to_token_stream().to_string().split(' ') {
        let joins_words = tidied.ends_with(is_word) && token.starts_with(is_word);
        if joins_words || tidied.ends_with(',') {
            tidied.push(' ');
        }
        match token {
            ":" => tidied.push_str(": "),
            "->" | "=" => tidied.extend([" ", token, " "]),
            _ => tidied.push_str(token),
        }
    }
    let left_out = ["::std::string::", "::std::option::", "::std::vec::"];
    left_out.iter().fold(tidied.replace(",)", ")"), |text, path| text.replace(path, ""))
}
