//! Reads the types that progenitor generates.
//!
//! It reads syntax trees, never text: neither progenitor nor proc-macro2 promises how tokens print, and users' builds pick
//! up any patch release.

use std::collections::BTreeMap;

use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, ExprLit, Field, GenericArgument, Ident, Item, Lit, Meta, MetaNameValue, PathArguments,
    PathSegment, Token, Type,
};

/// Each struct's properties, by the struct's name.
pub type Properties = BTreeMap<String, Vec<Property>>;

/// A field of a struct.
#[derive(Clone)]
pub struct Property {
    /// The name on the wire.
    pub wire: String,
    pub name: Ident,
    pub ty: Type,
    pub is_optional: bool,
}

impl Property {
    /// Whether it is an ID that must not be blank.
    pub fn is_id(&self) -> bool {
        self.wire.ends_with("Id") && is_std(&self.ty, "String")
    }
}

/// The properties of all structs among the items.
pub fn properties(items: &[Item]) -> Properties {
    let structs = items.iter().filter_map(|item| match item {
        Item::Struct(item) => {
            Some((item.ident.to_string(), item.fields.iter().map(property).collect::<Option<Vec<_>>>()?))
        }
        _ => None,
    });
    structs.collect()
}

/// A named field.
pub fn property(field: &Field) -> Option<Property> {
    let name = field.ident.clone()?;
    let attributes = serde(&field.attrs);
    Some(Property {
        wire: wire(&field.attrs, &name),
        is_optional: attributes.iter().any(|attribute| attribute.path().is_ident("skip_serializing_if")),
        ty: field.ty.clone(),
        name,
    })
}

/// The name of a field or a variant on the wire.
pub fn wire(attributes: &[Attribute], name: &Ident) -> String {
    let renamed = serde(attributes).iter().find_map(|attribute| match attribute {
        Meta::NameValue(MetaNameValue { path, value: Expr::Lit(ExprLit { lit: Lit::Str(name), .. }), .. }) => {
            path.is_ident("rename").then(|| name.value())
        }
        _ => None,
    });
    renamed.unwrap_or_else(|| name.to_string())
}

fn serde(attributes: &[Attribute]) -> Vec<Meta> {
    let lists = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .filter_map(|attribute| attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok());
    lists.flatten().collect()
}

/// A type's name, without module and arguments.
pub fn name_of(ty: &Type) -> Option<&Ident> {
    last(ty).map(|segment| &segment.ident)
}

/// Whether a type is std's type of that name, rather than the document's.
pub fn is_std(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.first().is_some_and(|first| first.ident == "std"))
        && name_of(ty).is_some_and(|last| last == name)
}

/// A type's first generic argument, if the type has that name.
pub fn argument<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    let PathArguments::AngleBracketed(arguments) = &last(ty).filter(|segment| segment.ident == name)?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn last(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(ty) => ty.path.segments.last(),
        _ => None,
    }
}
