//! Finishes the types that progenitor generates: `non_exhaustive` attributes, documentation for every item, helpful error
//! messages, and builders that accept an optional value with or without `Some`.

use std::collections::BTreeMap;

use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Expr, ExprLit, Field, FieldValue, Ident, ImplItem, ImplItemFn, Item, ItemEnum, ItemStruct, Lit, Meta,
    MetaNameValue, Path, Type, parse_quote,
};

use super::client::{attribute, missing, setter};
use super::enumerations::enumerations;
use super::fields::{Property, argument, name_of, property, wire};
use super::model::Api;
use super::prose::code;

/// The documentation of the builders.
const BUILDERS: &str = "Builders of the types.\n\nPass a builder wherever its type is expected, such as an operation's \
                        `body(…)`, or end it with `try_into()`. Either reports a missing property.";

/// The items of the module.
pub fn types(mut items: Vec<Item>, api: &Api) -> Vec<Item> {
    for item in &mut items {
        finish(item);
        Prelude.visit_item_mut(item);
    }
    let enumerations = enumerations(&mut items, api);
    let mut structs = BTreeMap::new();
    for item in &items {
        if let Item::Struct(item) = item {
            structs.insert(item.ident.clone(), item.clone());
        }
    }
    // The replacements have helpful error messages.
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
    items
}

/// The trait that an item implements, and the type that implements it.
fn implemented(item: &Item) -> Option<(&Ident, &Ident)> {
    let Item::Impl(item) = item else { return None };
    let (path, ..) = item.trait_.as_ref()?;
    Some((&path.segments.last()?.ident, name_of(&item.self_ty)?))
}

/// Gives builders setters that accept an optional value with or without `Some`, and documents them like their fields.
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
        let parts = fields.iter().zip(built).filter_map(|(field, built)| {
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
        let (fields, setters): (Vec<FieldValue>, Vec<_>) = parts.unzip();
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

/// The text of a doc attribute.
fn text_of(documentation: &Attribute) -> Option<String> {
    match &documentation.meta {
        Meta::NameValue(MetaNameValue { value: Expr::Lit(ExprLit { lit: Lit::Str(text), .. }), .. }) => {
            Some(text.value())
        }
        _ => None,
    }
}

fn document(attributes: &mut Vec<Attribute>, text: &str) {
    if docs(attributes).is_empty() {
        attributes.insert(0, attribute(text));
    }
}

/// Makes types `non_exhaustive`, because a later version may extend them, and documents names that differ on the wire.
fn finish(item: &mut Item) {
    if let Item::Struct(ItemStruct { ident, attrs, .. }) | Item::Enum(ItemEnum { ident, attrs, .. }) = item {
        // For a type without a description, typify's documentation only repeats its name.
        let name = format!("`{ident}`");
        attrs.retain(|attribute| text_of(attribute).as_ref() != Some(&name));
        attrs.push(parse_quote!(#[non_exhaustive]));
    }
    match item {
        Item::Struct(item) => {
            for Field { attrs, ident, .. } in &mut item.fields {
                if let Some(name) = ident {
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
    if name != wire.as_str() {
        document(attributes, &format!("{} on the wire.", code(&wire)));
    }
}

/// Writes names from the prelude as full paths, because a type in the document may have the same name.
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

    // Paths in type position already name the right type.
    fn visit_type_mut(&mut self, _: &mut Type) {}
}
