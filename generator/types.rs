//! Finishes the module `types`: documentation, and what a value of an enumeration is expected to be.

use quote::format_ident;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, Expr, Fields, ImplItem, Item, ItemEnum, ItemImpl, Lit, LitStr, Meta, Pat, Token, Type, Variant,
    Visibility, parse_quote,
};

/// Changes the items in place.
pub fn finish(items: &mut [Item]) {
    for item in items {
        match item {
            Item::Struct(item) => {
                leave_open(&mut item.attrs);
                name_document(&mut item.attrs);
            }
            Item::Enum(item) => {
                leave_open(&mut item.attrs);
                name_document(&mut item.attrs);
                document_values(item);
            }
            Item::Impl(item) => expect_values(item),
            Item::Mod(item) if item.ident == "builder" => {
                let (_, items) = item.content.get_or_insert_default();
                items.iter_mut().for_each(document_setters);
            }
            _ => {}
        }
    }
}

/// Marks a type as one that may get more fields or values, so that a version which adds some breaks nobody.
///
/// progenitor has a setting for it, by the names of the types: they would have to be made twice.
fn leave_open(attributes: &mut Vec<Attribute>) {
    let documentation = attributes.iter().take_while(|attribute| attribute.path().is_ident("doc")).count();
    attributes.insert(documentation, parse_quote!(#[non_exhaustive]));
}

/// typify documents what has no description by its bare name.
fn name_document(attributes: &mut [Attribute]) {
    let Some(Attribute { meta: Meta::NameValue(documentation), .. }) = attributes.first_mut() else { return };
    let Expr::Lit(literal) = &documentation.value else { return };
    let Lit::Str(text) = &literal.lit else { return };
    let text = text.value();
    if text.starts_with('`') && text.ends_with('`') && !text.contains(' ') {
        let text = format!(" {text} of the API's document.");
        documentation.value = parse_quote!(#text);
    }
}

/// A value without a description is documented by its text on the wire.
fn document_values(item: &mut ItemEnum) {
    for variant in &mut item.variants {
        if let (Fields::Unit, false) = (&variant.fields, is_documented(&variant.attrs)) {
            let text = format!(" `{}`", wire_name(variant));
            variant.attrs.insert(0, parse_quote!(#[doc = #text]));
        }
    }
}

fn wire_name(variant: &Variant) -> String {
    Serde::read(&variant.attrs).rename.unwrap_or_else(|| variant.ident.to_string())
}

fn is_documented(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("doc"))
}

/// What serde's attributes of a field or variant say.
#[derive(Default)]
pub struct Serde {
    pub rename: Option<String>,
    /// Whether it may be missing on the wire.
    pub optional: bool,
}

impl Serde {
    pub fn read(attributes: &[Attribute]) -> Self {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            let _ = attribute.parse_nested_meta(|meta| {
                let value = meta.input.peek(Token![=]).then(|| meta.value()?.parse::<LitStr>()).transpose()?;
                match value {
                    Some(name) if meta.path.is_ident("rename") => found.rename = Some(name.value()),
                    _ => found.optional = true,
                }
                Ok(())
            });
        }
        found
    }
}

/// Has `from_str` say which values there are, instead of "invalid value".
fn expect_values(item: &mut ItemImpl) {
    struct Expecting;
    impl VisitMut for Expecting {
        fn visit_expr_match_mut(&mut self, found: &mut syn::ExprMatch) {
            visit_mut::visit_expr_match_mut(self, found);
            let value = |arm: &Arm| match &arm.pat {
                Pat::Lit(literal) => match &literal.lit {
                    Lit::Str(text) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            };
            let values: Vec<_> = found.arms.iter().filter_map(value).collect();
            if let (Some(other), Some((last, first))) = (found.arms.last_mut(), values.split_last()) {
                let expected = match first {
                    [] => last.clone(),
                    _ => format!("{} or {last}", first.join(", ")),
                };
                *other.body = parse_quote!(Err(format!("{value:?}: expected {}", #expected).into()));
            }
        }
    }
    let is_from_str =
        item.trait_.as_ref().is_some_and(|(path, _)| path.segments.last().is_some_and(|last| last.ident == "FromStr"));
    if is_from_str {
        Expecting.visit_item_impl_mut(item);
    }
}

/// A setter of a builder refers to the field that it sets.
fn document_setters(item: &mut Item) {
    let Item::Impl(item) = item else { return };
    let Type::Path(owner) = &*item.self_ty else { return };
    let Some(owner) = owner.path.segments.last().map(|last| format_ident!("{}", last.ident)) else { return };
    for function in &mut item.items {
        let ImplItem::Fn(function) = function else { continue };
        if matches!(function.vis, Visibility::Public(_)) {
            let name = &function.sig.ident;
            let text = format!(" Sets [`{name}`](super::{owner}::{name}).");
            function.attrs.insert(0, parse_quote!(#[doc = #text]));
        }
    }
}
