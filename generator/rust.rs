//! Has progenitor make Rust of the document.

use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Arm, Field, Ident, ImplItem, Item, Lit, LitStr, Pat, Type, parse_quote};

use super::operations::Operation;
use super::spec::Spec;
use super::{Error, progenitor};

/// What progenitor makes.
#[derive(Default)]
pub struct Rust {
    pub types: Vec<Item>,
    /// The client's methods, one for each operation.
    pub methods: Vec<ImplItem>,
    pub builders: Vec<Item>,
    pub mock: Vec<Item>,
}

/// Makes it, or says which part of the document cannot be made.
pub fn rust(spec: &Spec, operations: &[Operation]) -> Result<Rust, Error> {
    let (client, mock) = progenitor::tokens(spec, operations)?;
    let parse = |tokens| {
        let file = syn::parse2::<syn::File>(tokens);
        file.map_err(|error| spec.error("", format_args!("what progenitor makes is not Rust: {error}")))
    };
    let mut rust = Rust { mock: parse(mock)?.items, ..Rust::default() };
    let mut client = parse(client)?;
    InWords::default().visit_file_mut(&mut client);
    for item in client.items {
        match item {
            Item::Mod(module) if module.ident == "types" => rust.types = module.content.unwrap_or_default().1,
            Item::Mod(module) if module.ident == "builder" => rust.builders = module.content.unwrap_or_default().1,
            // The first has the constructors.
            Item::Impl(item) if item.trait_.is_none() => rust.methods = item.items,
            _ => {}
        }
    }
    rust.types.iter_mut().for_each(leave_open);
    Ok(rust)
}

/// Makes messages of progenitor and typify such that a person can act on them.
#[derive(Default)]
struct InWords {
    /// The values of the enumeration that is being read.
    values: Vec<String>,
}

impl VisitMut for InWords {
    fn visit_lit_str_mut(&mut self, literal: &mut LitStr) {
        let text = literal.value();
        let missing = text.strip_prefix("no value supplied for ").or(text.strip_suffix(" was not initialized"));
        if let Some(name) = missing {
            *literal = LitStr::new(&format!("{name} is missing: set it with {name}(…)"), literal.span());
        }
    }

    fn visit_expr_match_mut(&mut self, found: &mut syn::ExprMatch) {
        self.values.clear();
        visit_mut::visit_expr_match_mut(self, found);
    }

    /// Of a `match` on the values of an enumeration, the last arm is for all others.
    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        match &arm.pat {
            Pat::Lit(literal) => {
                if let Lit::Str(value) = &literal.lit {
                    self.values.push(value.value());
                }
            }
            Pat::Wild(_) if text(&arm.body).contains("\"invalid value\"") => {
                let last = self.values.pop().unwrap_or_default();
                let expected =
                    if self.values.is_empty() { last } else { format!("{} or {last}", self.values.join(", ")) };
                *arm.body = parse_quote!(Err(format!("{value:?}: expected {}", #expected).into()));
            }
            _ => visit_mut::visit_arm_mut(self, arm),
        }
    }
}

/// A field of a struct.
pub struct Property {
    /// Its name on the wire.
    pub wire: String,
    pub name: Ident,
    pub ty: Type,
    pub is_optional: bool,
}

/// The fields of a type, if it is a struct.
pub fn properties(types: &[Item], name: &str) -> Option<Vec<Property>> {
    let item = types.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => Some(item),
        _ => None,
    })?;
    let property = |field: &Field| {
        let name = field.ident.clone()?;
        let serde = field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")).map(text);
        let serde: String = serde.collect();
        let renamed = serde.split_once("rename = \"").and_then(|(_, rest)| rest.split('"').next());
        Some(Property {
            wire: renamed.map_or_else(|| name.to_string(), str::to_owned),
            name,
            ty: field.ty.clone(),
            is_optional: serde.contains("skip_serializing_if"),
        })
    };
    item.fields.iter().map(property).collect()
}

/// Marks a type as one that may get more fields or values, so that a version which adds some breaks nobody.
///
/// progenitor has a setting for it, by the names of the types: they would have to be made twice.
fn leave_open(item: &mut Item) {
    let (Item::Struct(syn::ItemStruct { attrs, .. }) | Item::Enum(syn::ItemEnum { attrs, .. })) = item else { return };
    attrs.push(parse_quote!(#[non_exhaustive]));
}

/// The text of some Rust, with a space between any two tokens.
pub fn text(code: &impl ToTokens) -> String {
    code.to_token_stream().to_string()
}
