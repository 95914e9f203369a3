//! The public surface of a generated client: what the code of its users may name.
//!
//! Two clients are compared by it. What is gone or differs breaks somebody; what is new breaks nobody, for the generated
//! structs and enums are `#[non_exhaustive]`.

use std::collections::{BTreeMap, BTreeSet};

use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Generics, ImplItem, Item, ItemImpl, Path, Token, TraitItem, Visibility};

/// What a client offers: each item with its signature.
#[derive(Debug, Default)]
pub struct Surface {
    items: BTreeMap<String, String>,
    /// The builder of each operation, and the string literals of its `send`: the operation's method and path are among
    /// them.
    pub operations: BTreeMap<String, BTreeSet<String>>,
}

/// An item that differs between two surfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its path, like `types::PersonalTagMappingRequest.tag_id`.
    pub item: String,
    /// Its signature in the old client; `None` if it is new.
    pub old: Option<String>,
    /// Its signature in the new client; `None` if it is gone.
    pub new: Option<String>,
}

impl Change {
    /// Whether code that names the item no longer compiles.
    #[must_use]
    pub fn breaks(&self) -> bool {
        self.old.is_some()
    }

    /// The names in it, from the type to the member, without the modules.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        const MODULES: [&str; 7] = ["types", "client", "mock", "builder", "operations", "error", "defaults"];
        let words = self.item.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        words.filter(|word| !MODULES.contains(word))
    }
}

/// Every item that differs. Of a type that is gone or new, its members are not listed apart.
#[must_use]
pub fn compare(old: &Surface, new: &Surface) -> Vec<Change> {
    let names: BTreeSet<_> = old.items.keys().chain(new.items.keys()).collect();
    let changes = names.into_iter().map(|item| Change {
        item: item.clone(),
        old: old.items.get(item).cloned(),
        new: new.items.get(item).cloned(),
    });
    let changes: Vec<_> = changes.filter(|change| change.old != change.new).collect();
    let is_type = |text: &str| text.starts_with("struct") || text.starts_with("enum");
    let is_complete = |change: &&Change| match (&change.old, &change.new) {
        (Some(text), None) | (None, Some(text)) => is_type(text),
        _ => false,
    };
    let complete: BTreeSet<String> = changes.iter().filter(is_complete).map(|change| change.item.clone()).collect();
    let types: BTreeSet<&str> = complete.iter().filter_map(|item| item.rsplit("::").next()).collect();
    let is_part = |change: &Change| {
        (change.old.is_none() || change.new.is_none())
            && !complete.contains(&change.item)
            && change.words().any(|word| types.contains(word))
    };
    changes.iter().filter(|change| !is_part(change)).cloned().collect()
}

impl Surface {
    /// Reads the items of a module's text.
    ///
    /// # Errors
    /// One line if it is not Rust.
    pub fn read(&mut self, module: &str, text: &str) -> Result<(), String> {
        let file = syn::parse_file(text).map_err(|error| format!("the generated {module} is not Rust: {error}"))?;
        self.module(module, &file.items);
        Ok(())
    }

    fn add(&mut self, item: String, text: String) {
        self.items.insert(item, text);
    }

    fn module(&mut self, module: &str, items: &[Item]) {
        let path = |name: &dyn ToTokens| match module {
            "" => name.to_token_stream().to_string(),
            _ => format!("{module}::{}", name.to_token_stream()),
        };
        for item in items {
            match item {
                Item::Mod(inner) if public(&inner.vis) => {
                    let items = inner.content.as_ref().map(|(_, items)| &items[..]).unwrap_or_default();
                    self.module(&path(&inner.ident), items);
                }
                Item::Struct(item) if public(&item.vis) => {
                    let name = path(&item.ident);
                    self.derives(module, &item.ident, &item.attrs);
                    for (field, member) in item.fields.iter().zip(item.fields.members()) {
                        if public(&field.vis) {
                            self.add(format!("{name}.{}", tidy(&member)), serde(&field.attrs) + &tidy(&field.ty));
                        }
                    }
                    self.add(name, head("struct", &item.attrs, &item.generics));
                }
                Item::Enum(item) if public(&item.vis) => {
                    let name = path(&item.ident);
                    self.add(name.clone(), head("enum", &item.attrs, &item.generics));
                    self.derives(module, &item.ident, &item.attrs);
                    for variant in &item.variants {
                        let text = serde(&variant.attrs) + &tidy(&variant.fields);
                        self.add(format!("{name}::{}", variant.ident), text);
                    }
                }
                Item::Impl(item) => self.implementation(module, item),
                Item::Trait(item) if public(&item.vis) => {
                    // Only this crate implements it, so that another method is no burden for anybody.
                    let name = path(&item.ident);
                    self.add(name.clone(), head("trait", &item.attrs, &item.generics));
                    for part in &item.items {
                        if let TraitItem::Fn(function) = part {
                            self.add(format!("{name}::{}", function.sig.ident), tidy(&function.sig));
                        }
                    }
                }
                Item::Fn(item) if public(&item.vis) => self.add(path(&item.sig.ident), tidy(&item.sig)),
                // Its value is the API's, and no type of anything.
                Item::Const(item) if public(&item.vis) => self.add(path(&item.ident), tidy(&item.ty)),
                Item::Type(item) if public(&item.vis) => {
                    let (generics, target) = (&item.generics, &item.ty);
                    self.add(path(&item.ident), format!("type {}", tidy(&quote!(#generics = #target))));
                }
                Item::Use(item) if public(&item.vis) => {
                    let tree = &item.tree;
                    self.add(path(&format_args!("use {}", tidy(tree)).to_string()), String::new());
                }
                _ => {}
            }
        }
    }

    fn derives(&mut self, module: &str, name: &syn::Ident, attributes: &[Attribute]) {
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
            let list = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
            for derived in list.into_iter().flatten() {
                self.add(format!("{module}: impl {} for {name}", last(&derived)), String::new());
            }
        }
    }

    fn implementation(&mut self, module: &str, item: &ItemImpl) {
        let (generics, of) = (&item.generics, tidy(&item.self_ty));
        let header = match &item.trait_ {
            Some(implemented) => {
                let place = &implemented.0;
                let header = format!("{module}: impl{} {} for {of}", tidy(generics), last(place));
                self.add(header.clone(), generics.where_clause.as_ref().map(tidy).unwrap_or_default());
                header
            }
            // Of a type of another module, the path is there already.
            None if of.contains("types::") => of.clone(),
            None => format!("{module}::{}", of.split('<').next().unwrap_or_default()),
        };
        for part in &item.items {
            match part {
                ImplItem::Type(part) => self.add(format!("{header}::{}", part.ident), tidy(&part.ty)),
                ImplItem::Fn(part) if item.trait_.is_none() && public(&part.vis) => {
                    if part.sig.ident == "send" {
                        let text = part.to_token_stream().to_string();
                        let literals = text.split(['"', '`', ' ', '\\']).map(str::to_owned).collect();
                        self.operations.insert(of.split('<').next().unwrap_or_default().to_owned(), literals);
                    }
                    self.add(format!("{header}::{}", part.sig.ident), tidy(&part.sig));
                }
                ImplItem::Const(part) if public(&part.vis) => {
                    self.add(format!("{header}::{}", part.ident), tidy(&part.ty));
                }
                _ => {}
            }
        }
    }
}

fn public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn head(kind: &str, attributes: &[Attribute], generics: &Generics) -> String {
    let is_open = attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"));
    let open = if is_open { " #[non_exhaustive]" } else { "" };
    let bounds = &generics.where_clause;
    format!("{kind}{open}{}{}{}", tidy(generics), tidy(&quote!(#bounds)), serde(attributes))
}

/// The attributes for serde: the wire is the same only if they are.
fn serde(attributes: &[Attribute]) -> String {
    let serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    serde.fold(String::new(), |text, attribute| text + &tidy(attribute) + " ")
}

/// The last segment of a path, with its arguments: a trait is the same wherever it is named from.
fn last(path: &Path) -> String {
    path.segments.last().map(tidy).unwrap_or_default()
}

/// Tokens as a person would write them.
fn tidy(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" > ", "> "),
        (" >", ">"),
        (" <", "<"),
        (" ,", ","),
        (" ;", ";"),
        (" :", ":"),
        ("& ", "&"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (",)", ")"),
        ("# [", "#["),
        ("::std::string::String", "String"),
        ("std::string::String", "String"),
        ("::std::option::Option", "Option"),
        ("::std::vec::Vec", "Vec"),
    ] {
        text = text.replace(from, to);
    }
    text
}
