//! Adds to the client what the hooks must know of the document: they see an operation's name, and nothing else of it.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{File, GenericArgument, ImplItem, Item, PathArguments, ReturnType, Type};

use super::Error;
use super::calls::{self, Fixed};
use super::client::items;
use super::merge::Merged;
use super::prepare::{Operation, Prepared, builder_name};

/// The document's constants, and a function for each thing that the hooks ask of an operation.
pub fn tables(merged: &Merged, prepared: &Prepared, module: &File, fixed: &Fixed) -> Result<TokenStream, Error> {
    let Prepared { operations, secrets } = prepared;
    let text = |pointer: &str| merged.document.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default();
    let version = text("/info/version");
    let base_url = text("/servers/0/url");

    let with_parameters = operations.iter().filter(|operation| operation.path.contains('{'));
    let paths = with_parameters.map(|Operation { name, path, .. }| quote!(#name => Some(#path)));
    let signatures = signatures(merged, operations, module)?;
    let refusals = items(module, "types").iter().filter_map(refusal);
    let documented = operations.iter().map(|Operation { name, statuses, .. }| {
        let statuses: Vec<_> = statuses.iter().map(|status| pattern(status)).collect();
        if statuses.is_empty() { quote!(#name => false) } else { quote!(#name => matches!(status, #(#statuses)|*)) }
    });
    let urls = calls::urls(fixed);
    let others = signatures.iter().flat_map(|Signature { name, success, error }| {
        let success = (!is_json(success)).then(|| quote!((#name, true)));
        let error = (!is_json(error)).then(|| quote!((#name, false)));
        success.into_iter().chain(error)
    });

    Ok(quote! {
        /// The version of the API that this crate is made for: `info.version` of the document.
        pub const API_VERSION: &str = #version;

        /// The base URL of the API: the first of `servers` in the document.
        pub const DEFAULT_BASE_URL: &str = #base_url;

        /// What the document says of an operation, for the hooks.
        pub(crate) mod operation {
            use super::types;

            #urls

            /// The names of the properties that hold a credential.
            pub(crate) const CREDENTIALS: &[&str] = &[#(#secrets),*];

            /// The path, if it has parameters.
            pub(crate) fn path(operation_id: &str) -> Option<&'static str> {
                match operation_id {
                    #(#paths,)*
                    _ => None,
                }
            }

            /// Whether the document has a status.
            pub(crate) fn documents(operation_id: &str, status: u16) -> bool {
                match operation_id {
                    #(#documented,)*
                    _ => false,
                }
            }

            /// Whether the body of a success, or else of an error, is JSON.
            pub(crate) fn answers_json(operation_id: &str, success: bool) -> bool {
                let others: &[(&str, bool)] = &[#(#others),*];
                !others.contains(&(operation_id, success))
            }

            /// Whether the body of a success says that it is none.
            pub(crate) fn refuses(body: &dyn std::any::Any) -> bool {
                #(#refusals)*
                false
            }
        }
    })
}

/// Reads the property `success` of a type, if it has one that is true or false.
fn refusal(item: &Item) -> Option<TokenStream> {
    let Item::Struct(item) = item else { return None };
    let field = item.fields.iter().find(|field| field.ident.as_ref().is_some_and(|name| name == "success"))?;
    let Type::Path(ty) = &field.ty else { return None };
    let refused = match (ty.path.is_ident("bool"), arguments(&field.ty).first()) {
        (true, _) => quote!(!body.success),
        (false, Some(Type::Path(inner))) if inner.path.is_ident("bool") => quote!(body.success == Some(false)),
        _ => return None,
    };
    let name = &item.ident;
    Some(quote! {
        if let Some(body) = body.downcast_ref::<types::#name>() {
            return #refused;
        }
    })
}

/// A status of the document as a pattern: a code, a range such as `4XX`, or `default`.
fn pattern(status: &str) -> TokenStream {
    match (status.parse::<u16>(), status.as_bytes()) {
        (Ok(code), _) => quote!(#code),
        (Err(_), [class @ b'1'..=b'5', ..]) => {
            let first = u16::from(class - b'0') * 100;
            let last = first + 99;
            quote!(#first..=#last)
        }
        _ => quote!(_),
    }
}

/// What an operation returns.
struct Signature {
    name: String,
    success: Type,
    error: Type,
}

/// Reads from progenitor's output what each operation returns.
fn signatures(merged: &Merged, operations: &[Operation], module: &File) -> Result<Vec<Signature>, Error> {
    let mut sent: BTreeMap<_, _> = items(module, "builder").iter().filter_map(sent_types).collect();
    operations
        .iter()
        .map(|Operation { name, .. }| {
            let builder = builder_name(name);
            let (success, error) = sent.remove(&builder).ok_or_else(|| {
                // The hooks would not know the operation, and let every request of it pass.
                merged
                    .error("/paths", format_args!("progenitor gave {name} another name: expected a builder {builder}"))
            })?;
            Ok(Signature { name: name.clone(), success, error })
        })
        .collect()
}

/// The builder that the item implements `send` of, with its success and error types.
fn sent_types(item: &Item) -> Option<(String, (Type, Type))> {
    let Item::Impl(item) = item else { return None };
    let Type::Path(owner) = &*item.self_ty else { return None };
    let send = item.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == "send" => Some(&function.sig.output),
        _ => None,
    })?;
    let ReturnType::Type(_, result) = send else { return None };
    match &arguments(result)[..] {
        [value, error] => {
            let types = (arguments(value).first()?.clone(), arguments(error).first()?.clone());
            Some((owner.path.segments.last()?.ident.to_string(), types))
        }
        _ => None,
    }
}

/// The type arguments of a type.
fn arguments(ty: &Type) -> Vec<Type> {
    let Type::Path(ty) = ty else { return Vec::new() };
    let Some(PathArguments::AngleBracketed(arguments)) = ty.path.segments.last().map(|last| &last.arguments) else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    });
    types.collect()
}

/// Whether a body of the type is decoded, and not read as a stream or not at all.
fn is_json(ty: &Type) -> bool {
    let text = ty.to_token_stream().to_string();
    text != "()" && text != "ByteStream" && !text.ends_with("Upgraded")
}
