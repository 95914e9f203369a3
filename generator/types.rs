//! Finishes the module `types`: progenitor's, but open to what a later version adds, with documentation of every item, with
//! messages that a person can act on, and with what hands expect of a builder and of an enumeration.
//!
//! progenitor has a setting for the first, by the names of the types: they would have to be made twice. For the others it
//! has none.

use std::collections::BTreeMap;

use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Expr, Field, FieldValue, Ident, ImplItem, ImplItemFn, Item, ItemEnum, ItemStruct, Path, Type,
    Visibility, parse_quote,
};

use super::client::{attribute, missing, setter};
use super::enumerations::enumerations;
use super::fields::{Property, argument, name_of, property, wire};
use super::model::Api;
use super::prose::code;

/// What the module of builders is for: of that typify's line says nothing.
const BUILDERS: &str = "Builders of the types.\n\nA builder goes straight into what takes its type, such as an operation's \
                        `body(…)`, or ends with `try_into()`. Either says what is missing.";

/// The items of the module.
pub fn types(mut items: Vec<Item>, api: &Api) -> Vec<Item> {
    for item in &mut items {
        finish(item);
        Prelude.visit_item_mut(item);
    }
    let enumerations = enumerations(&mut items, api);
    let structs = items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some((item.ident.clone(), item.clone())),
        _ => None,
    });
    let structs: BTreeMap<_, _> = structs.collect();
    // These messages tell a person what to do.
    items.retain(|item| {
        !implemented(item).is_some_and(|(name, of)| enumerations.get(of).is_some_and(|made| made.replaces(name)))
    });
    for item in &mut items {
        if let Item::Mod(module) = item
            && module.ident == "builder"
        {
            module.attrs = vec![attribute(BUILDERS)];
            module.content.iter_mut().for_each(|(_, items)| builders(items, &structs));
        }
    }
    items.extend(enumerations.into_values().flat_map(|made| made.items));
    items.push(optional());
    items
}

/// The trait that an item implements, and the type that implements it.
fn implemented(item: &Item) -> Option<(&Ident, &Ident)> {
    let Item::Impl(item) = item else { return None };
    let (path, ..) = item.trait_.as_ref()?;
    Some((&path.segments.last()?.ident, name_of(&item.self_ty)?))
}

/// What a setter of an optional value takes. `As` tells its two forms apart, which overlap for the compiler alone.
fn optional() -> Item {
    parse_quote! {
        /// What a builder takes where a value is optional.
        pub mod optional {
            /// A value, what converts to one, or an [`Option`] of one.
            pub trait Optional<T, As> {
                /// The value, or why it cannot be taken.
                fn optional(self) -> Result<Option<T>, String>;
            }

            /// As a value.
            pub struct Value(());

            /// As an [`Option`].
            pub struct Maybe(());

            impl<T, V> Optional<T, Value> for V
            where
                V: ::std::convert::TryInto<T>,
                V::Error: ::std::fmt::Display,
            {
                fn optional(self) -> Result<Option<T>, String> {
                    self.try_into().map(Some).map_err(|error| error.to_string())
                }
            }

            impl<T> Optional<T, Maybe> for Option<T> {
                fn optional(self) -> Result<Option<T>, String> {
                    Ok(self)
                }
            }
        }
    }
}

/// Gives builders setters that take an optional value as it is, with the documentation of their fields.
fn builders(items: &mut Vec<Item>, structs: &BTreeMap<Ident, ItemStruct>) {
    let is_own = |item: &Item| match implemented(item) {
        Some((name, _)) => name == "Default",
        None => matches!(item, Item::Impl(_)),
    };
    items.retain(|item| !is_own(item));
    let mut more = Vec::new();
    for item in &mut *items {
        let Item::Struct(ItemStruct { ident, attrs, fields, .. }) = item else { continue };
        document(attrs, &format!("Builder of [`{ident}`](super::{ident})."));
        let built = structs.get(ident).into_iter().flat_map(|built| &built.fields);
        let fields = fields.iter().zip(built).filter_map(|(field, built)| {
            let (Property { name, is_optional, .. }, ty) = (property(built)?, argument(&field.ty, "Result")?);
            let (missing, inner) = (missing(&name), argument(ty, "Option"));
            let first: Expr = if is_optional {
                parse_quote!(::std::result::Result::Ok(::std::default::Default::default()))
            } else {
                parse_quote!(::std::result::Result::Err(#missing.to_string()))
            };
            let setter = setter(&name, inner.unwrap_or(ty), inner.is_some(), &docs(&built.attrs));
            Some((parse_quote!(#name: #first), setter))
        });
        let (fields, setters): (Vec<FieldValue>, Vec<_>) = fields.unzip();
        more.push(parse_quote! {
            impl ::std::default::Default for #ident {
                fn default() -> Self {
                    Self { #(#fields),* }
                }
            }
        });
        more.push(parse_quote!(impl #ident { #(#setters)* }));
    }
    items.append(&mut more);
}

fn docs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect()
}

fn document(attributes: &mut Vec<Attribute>, text: &str) {
    if docs(attributes).is_empty() {
        attributes.insert(0, attribute(text));
    }
}

/// Documents what the document says nothing of, and leaves a type open to what a later version adds.
fn finish(item: &mut Item) {
    if let Item::Struct(ItemStruct { attrs, .. }) | Item::Enum(ItemEnum { attrs, .. }) = item {
        document(attrs, "A type of the API.");
        attrs.push(parse_quote!(#[non_exhaustive]));
    }
    match item {
        Item::Struct(item) => {
            for Field { attrs, ident, vis, .. } in &mut item.fields {
                if let (Some(name), Visibility::Public(_)) = (ident, vis) {
                    document_wire(attrs, name);
                }
            }
        }
        Item::Enum(item) => {
            item.variants.iter_mut().for_each(|variant| document_wire(&mut variant.attrs, &variant.ident));
        }
        Item::Impl(item) => {
            for function in &mut item.items {
                if let ImplItem::Fn(ImplItemFn { attrs, sig, .. }) = function
                    && sig.ident == "builder"
                {
                    document(attrs, "Starts a [`builder`].");
                }
            }
        }
        _ => {}
    }
}

fn document_wire(attributes: &mut Vec<Attribute>, name: &Ident) {
    let wire = wire(attributes, name);
    document(attributes, &code(&wire));
}

/// Names what typify takes from the prelude by its whole path: a type of the document may have that name.
struct Prelude;

impl VisitMut for Prelude {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        *path = match names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["Ok" | "Err"] => parse_quote!(::std::result::Result::#path),
            ["Some" | "None"] => parse_quote!(::std::option::Option::#path),
            ["Default", "default"] => parse_quote!(::std::default::#path),
            _ => return,
        };
    }

    // Such a path is a type of the document.
    fn visit_type_mut(&mut self, _: &mut Type) {}
}
