//! Finishes the module `types`: progenitor's, but open to what a later version adds, and with messages that a person can
//! act on.
//!
//! progenitor has a setting for the first, by the names of the types: they would have to be made twice. For the second it
//! has none.

use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Expr, ExprCall, ExprLit, ExprMatch, FieldValue, Ident, Item, ItemImpl, Lit, Member, Pat, Path, Type,
    parse_quote,
};

/// The items of the module.
pub fn types(mut items: Vec<Item>) -> Vec<Item> {
    for item in &mut items {
        leave_open(item);
        Messages.visit_item_mut(item);
        Prelude.visit_item_mut(item);
    }
    items
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
