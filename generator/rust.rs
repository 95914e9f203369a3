//! Has progenitor make Rust of the document, and reads of it what the other modules need.
//!
//! It is read as syntax and never as text: neither progenitor nor proc-macro2 promises how its text looks, and a user's
//! build takes whatever patch releases there are. progenitor is good at types, so these are taken; of an operation's
//! builder only the types of its fields are, and of its `send` the types of the responses.

use std::collections::BTreeMap;
use std::rc::Rc;

use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, ExprLit, Field, File, GenericArgument, Ident, ImplItem, ImplItemFn, Item, Lit, Meta,
    MetaNameValue, PathArguments, PathSegment, ReturnType, Token, Type,
};

use super::inline::Places;
use super::operations::Operation;
use super::spec::Spec;
use super::spelling::{self, pascal};
use super::{Error, progenitor};

/// What is read of what progenitor makes.
pub struct Rust {
    /// What each operation is made of, by its name, as far as it could be read.
    pub operations: BTreeMap<String, Signature>,
    /// The fields of each struct, by its name.
    pub properties: BTreeMap<String, Rc<[Property]>>,
}

/// The types of an operation.
pub struct Signature {
    /// The name of its builder.
    pub builder: Ident,
    /// What the builder is given, each with its type: the parameters, and then the body.
    pub fields: Vec<(Ident, Type)>,
    pub success: Type,
    pub error: Type,
}

/// Makes the items of the module `types`, or says which part of the document cannot be made. `change` is for a test.
pub fn rust(
    spec: &Spec,
    operations: &[Operation],
    places: &Places,
    change: impl Fn(File) -> File,
) -> Result<(Vec<Item>, Rust), Error> {
    let file = progenitor::file(&spec.value, operations).map_err(|(pointer, message)| {
        let name = pointer.rsplit('/').next().map(pascal).unwrap_or_default();
        let pointer =
            places.get(&format!("types::{name}")).filter(|_| !pointer.starts_with("/paths/")).unwrap_or(&pointer);
        spec.error(pointer, format_args!("progenitor cannot generate this: {message}"))
    })?;
    let mut items = change(file).items;
    let [types, builders] = ["types", "builder"].map(|name| module(&mut items, name));
    let signatures = operations.iter().map(|Operation { name, .. }| (name, signature(&builders, name)));
    let operations = signatures.filter_map(|(name, signature)| Some((name.clone(), signature?))).collect();
    let properties = types.iter().filter_map(|item| match item {
        Item::Struct(item) => Some((item.ident.to_string(), item.fields.iter().map(property).collect::<Option<_>>()?)),
        _ => None,
    });
    let properties = properties.collect();
    Ok((types, Rust { operations, properties }))
}

/// The items of a module.
fn module(items: &mut [Item], name: &str) -> Vec<Item> {
    let module = items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == name => module.content.take(),
        _ => None,
    });
    module.map(|(_, items)| items).unwrap_or_default()
}

fn signature(builders: &[Item], name: &str) -> Option<Signature> {
    let builder = spelling::builder(name)?;
    let fields = builders.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == builder => Some(&item.fields),
        _ => None,
    })?;
    // The one that is no result is the client.
    let fields = fields.iter().filter_map(|field| {
        let ty = argument(&field.ty, "Result")?;
        Some((field.ident.clone()?, built(ty.clone())))
    });
    let mut functions = builders.iter().flat_map(|item| functions(item, &builder));
    let send = functions.find(|function| function.sig.ident == "send")?;
    let ReturnType::Type(_, result) = &send.sig.output else { return None };
    let [success, error] = arguments(result, "Result").try_into().ok()?;
    Some(Signature {
        fields: fields.collect(),
        success: argument(success, "ResponseValue")?.clone(),
        error: argument(error, "Error")?.clone(),
        builder,
    })
}

/// The type that a builder of progenitor's makes: a body is taken as what it is.
fn built(mut ty: Type) -> Type {
    if let Type::Path(ty) = &mut ty {
        let segments = std::mem::take(&mut ty.path.segments);
        ty.path.segments = segments.into_iter().filter(|segment| segment.ident != "builder").collect();
    }
    ty
}

/// The functions of a type, if an item has some.
fn functions<'i>(item: &'i Item, of: &Ident) -> Vec<&'i ImplItemFn> {
    let Item::Impl(item) = item else { return Vec::new() };
    let functions = item.items.iter().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(function),
        _ => None,
    });
    functions.filter(|_| name_of(&item.self_ty) == Some(of)).collect()
}

fn last(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(ty) => ty.path.segments.last(),
        _ => None,
    }
}

/// The name of a type, without its module and its arguments.
pub fn name_of(ty: &Type) -> Option<&Ident> {
    last(ty).map(|segment| &segment.ident)
}

/// Whether a type is std's of that name, and not the document's.
pub fn is_std(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.first().is_some_and(|first| first.ident == "std"))
        && name_of(ty).is_some_and(|last| last == name)
}

/// The arguments of a type of a name.
fn arguments<'t>(ty: &'t Type, name: &str) -> Vec<&'t Type> {
    let Some(PathSegment { arguments: PathArguments::AngleBracketed(arguments), .. }) =
        last(ty).filter(|segment| segment.ident == name)
    else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// The first argument of a type, if it is of that name.
pub fn argument<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    arguments(ty, name).first().copied()
}

/// A field of a struct.
pub struct Property {
    /// Its name on the wire.
    pub wire: String,
    pub name: Ident,
    pub ty: Type,
    pub is_optional: bool,
}

/// A field of a struct, read.
pub fn property(field: &Field) -> Option<Property> {
    let name = field.ident.clone()?;
    let attributes = serde(&field.attrs);
    Some(Property {
        wire: renamed(&field.attrs).unwrap_or_else(|| name.to_string()),
        is_optional: attributes.iter().any(|attribute| attribute.path().is_ident("skip_serializing_if")),
        ty: field.ty.clone(),
        name,
    })
}

/// The name on the wire of a field or a variant, if it is another.
pub fn renamed(attributes: &[Attribute]) -> Option<String> {
    serde(attributes).iter().find_map(|attribute| match attribute {
        Meta::NameValue(MetaNameValue { path, value: Expr::Lit(ExprLit { lit: Lit::Str(name), .. }), .. }) => {
            path.is_ident("rename").then(|| name.value())
        }
        _ => None,
    })
}

fn serde(attributes: &[Attribute]) -> Vec<Meta> {
    let attributes = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let lists = attributes
        .filter_map(|attribute| attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok());
    lists.flatten().collect()
}
