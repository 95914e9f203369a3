//! Finishes the module `types`: progenitor's, but open to what a later version adds, with documentation of every item, with
//! messages that a person can act on, and with what hands expect of a builder and of an enumeration.
//!
//! progenitor has a setting for the first, by the names of the types: they would have to be made twice. For the others it
//! has none.

use std::collections::BTreeMap;

use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, Expr, ExprCall, ExprLit, ExprMatch, Field, FieldValue, Fields, Ident, Item, ItemEnum, ItemImpl,
    ItemMod, ItemStruct, Lit, Member, Pat, Path, Type, Variant, Visibility, parse_quote,
};

use super::client::{attribute, setter};
use super::rust::{argument, renamed};

/// What the module of builders is for: of that typify's line says nothing.
const BUILDERS: &str = "Builders of the types.\n\nA builder goes straight into what takes its type, such as an operation's \
                        `body(…)`, or ends with `try_into()`. Either says what is missing.";

/// The items of the module.
pub fn types(mut items: Vec<Item>) -> Vec<Item> {
    for item in &mut items {
        leave_open(item);
        Messages.visit_item_mut(item);
        Documentation.visit_item_mut(item);
        Prelude.visit_item_mut(item);
    }
    let documentation = documentation(&items);
    for item in &mut items {
        if let Item::Mod(module) = item
            && module.ident == "builder"
        {
            module.attrs = vec![attribute(BUILDERS)];
            module.content.iter_mut().for_each(|(_, items)| finish(items, &documentation));
        }
    }
    let values: Vec<_> = items.iter().filter_map(values).collect();
    items.extend(values);
    items.push(optional());
    items
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

/// What is said of each field of each struct.
fn documentation(items: &[Item]) -> BTreeMap<(Ident, Ident), Vec<Attribute>> {
    let structs = items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    });
    let fields = structs.flat_map(|item| item.fields.iter().map(|field| (item.ident.clone(), field)));
    fields.filter_map(|(of, field)| Some(((of, field.ident.clone()?), docs(&field.attrs)))).collect()
}

/// Gives builders setters that take an optional value as it is, with the documentation of their fields.
fn finish(items: &mut Vec<Item>, documentation: &BTreeMap<(Ident, Ident), Vec<Attribute>>) {
    items.retain(|item| !matches!(item, Item::Impl(item) if item.trait_.is_none()));
    let mut setters = Vec::new();
    for item in &mut *items {
        let Item::Struct(ItemStruct { ident, attrs, fields, .. }) = item else { continue };
        document(attrs, &format!("Builder of [`{ident}`](super::{ident})."));
        let functions = fields.iter().filter_map(|field| {
            let (name, ty) = (field.ident.as_ref()?, argument(&field.ty, "Result")?);
            let said = documentation.get(&(ident.clone(), name.clone())).map(Vec::as_slice);
            let inner = argument(ty, "Option");
            Some(setter(name, inner.unwrap_or(ty), inner.is_some(), said.unwrap_or_default()))
        });
        setters.push(parse_quote!(impl #ident { #(#functions)* }));
    }
    items.append(&mut setters);
}

fn docs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect()
}

fn document(attributes: &mut Vec<Attribute>, text: &str) {
    if docs(attributes).is_empty() {
        attributes.insert(0, attribute(text));
    }
}

/// Gives an enumeration of plain values the list of them, and each as the API spells it.
fn values(item: &Item) -> Option<Item> {
    let Item::Enum(ItemEnum { ident, variants, .. }) = item else { return None };
    let is_plain = variants.iter().all(|variant| matches!(variant.fields, Fields::Unit));
    let names: Vec<_> = variants.iter().filter(|_| is_plain).map(|variant| &variant.ident).collect();
    let texts = variants.iter().map(|variant| renamed(&variant.attrs).unwrap_or_else(|| variant.ident.to_string()));
    (!names.is_empty()).then(|| {
        parse_quote! {
            impl #ident {
                /// All values, in the order of the document.
                pub const ALL: &'static [Self] = &[#(Self::#names),*];

                /// The value as the API spells it.
                pub const fn as_str(&self) -> &'static str {
                    match self {
                        #(Self::#names => #texts,)*
                    }
                }
            }
        }
    })
}

/// Documents what the document says nothing of.
struct Documentation;

impl VisitMut for Documentation {
    /// The builders have theirs, and so have errors.
    fn visit_item_mod_mut(&mut self, _: &mut ItemMod) {}

    fn visit_item_struct_mut(&mut self, item: &mut ItemStruct) {
        visit_mut::visit_item_struct_mut(self, item);
        document(&mut item.attrs, "A type of the API.");
    }

    fn visit_item_enum_mut(&mut self, item: &mut ItemEnum) {
        visit_mut::visit_item_enum_mut(self, item);
        document(&mut item.attrs, "A type of the API.");
    }

    fn visit_field_mut(&mut self, field: &mut Field) {
        if let (Visibility::Public(_), Some(name)) = (&field.vis, &field.ident) {
            let wire = renamed(&field.attrs).unwrap_or_else(|| name.to_string());
            document(&mut field.attrs, &format!("`{wire}`"));
        }
    }

    fn visit_variant_mut(&mut self, variant: &mut Variant) {
        let wire = renamed(&variant.attrs).unwrap_or_else(|| variant.ident.to_string());
        document(&mut variant.attrs, &format!("`{wire}`"));
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        if function.sig.ident == "builder" {
            document(&mut function.attrs, "Starts a [`builder`].");
        }
    }
}

/// Marks a type as one that may get more fields or values, so that a version which adds some breaks nobody.
fn leave_open(item: &mut Item) {
    let (Item::Struct(syn::ItemStruct { attrs, .. }) | Item::Enum(syn::ItemEnum { attrs, .. })) = item else { return };
    attrs.push(parse_quote!(#[non_exhaustive]));
}

/// Says what is missing in a builder, and what an enumeration can be.
struct Messages;

impl VisitMut for Messages {
    fn visit_item_impl_mut(&mut self, item: &mut ItemImpl) {
        let of = item.trait_.as_ref().and_then(|(path, ..)| path.segments.last()).map(|segment| &segment.ident);
        match of {
            Some(of) if of == "Default" => Missing.visit_item_impl_mut(item),
            Some(of) if of == "FromStr" => Values::default().visit_item_impl_mut(item),
            _ => {}
        }
    }
}

/// A builder begins with an error for each field that must be given.
struct Missing;

impl VisitMut for Missing {
    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        let Member::Named(name) = &field.member else { return };
        let is_error = matches!(&field.expr, Expr::Call(ExprCall { func, .. })
            if matches!(&**func, Expr::Path(called) if called.path.is_ident("Err")));
        if is_error {
            let message = super::client::missing(name);
            field.expr = parse_quote!(Err(#message.to_string()));
        }
    }
}

/// Of the `match` on the values of an enumeration, the last arm is for all others.
#[derive(Default)]
struct Values {
    /// The variable that is matched.
    given: String,
    known: Vec<String>,
}

impl VisitMut for Values {
    fn visit_expr_match_mut(&mut self, found: &mut ExprMatch) {
        if let Expr::Path(given) = &*found.expr {
            self.given = given.path.get_ident().map(Ident::to_string).unwrap_or_default();
        }
        visit_mut::visit_expr_match_mut(self, found);
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        match &arm.pat {
            Pat::Lit(ExprLit { lit: Lit::Str(value), .. }) => self.known.push(value.value()),
            Pat::Wild(_) if !self.given.is_empty() => {
                let last = self.known.pop().unwrap_or_default();
                let expected =
                    if self.known.is_empty() { last } else { format!("{} or {last}", self.known.join(", ")) };
                let message = format!("{{{}:?}}: expected {{}}", self.given);
                *arm.body = parse_quote!(Err(format!(#message, #expected).into()));
            }
            _ => {}
        }
    }
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
