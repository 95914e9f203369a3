//! Adds to the client what the hooks must know of the document: they see an operation's name, and nothing else of it.

use heck::ToPascalCase;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{GenericArgument, ImplItem, Item, PathArguments, ReturnType, Type};

use super::Error;
use super::merge::Merged;
use super::prepare::{Operation, Prepared, identifier};

/// The document's constants, and a function for each thing that the hooks ask of an operation.
pub fn tables(merged: &Merged, prepared: &Prepared, module: &TokenStream) -> Result<TokenStream, Error> {
    let Prepared { operations, secrets } = prepared;
    let text = |pointer: &str| merged.document.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default();
    let version = text("/info/version");
    let base_url = text("/servers/0/url");

    let identifying = operations.iter().filter(|operation| operation.identifies).map(|operation| &operation.name);
    let with_parameters = operations.iter().filter(|operation| operation.path.contains('{'));
    let paths = with_parameters.map(|Operation { name, path, .. }| quote!(#name => Some(#path)));
    let signatures = signatures(merged, operations, module)?;
    let decoders = signatures.iter().flat_map(|Signature { name, success, error }| {
        let success = success.as_ref().map(|ty| quote!((#name, true) => decode::<#ty>(body)));
        let error = error.as_ref().map(|ty| quote!((#name, false) => decode::<#ty>(body)));
        [success, error].into_iter().flatten()
    });
    let documented = operations.iter().map(|Operation { name, statuses, .. }| {
        let statuses: Vec<_> = statuses.iter().map(|status| pattern(status)).collect();
        if statuses.is_empty() { quote!(#name => false) } else { quote!(#name => matches!(status, #(#statuses)|*)) }
    });
    let streamed = signatures.iter().filter(|signature| signature.success.is_none()).map(|signature| &signature.name);

    Ok(quote! {
        /// The version of the API that this crate is made for: `info.version` of the document.
        pub const API_VERSION: &str = #version;

        /// The base URL of the API: the first of `servers` in the document.
        pub const DEFAULT_BASE_URL: &str = #base_url;

        /// What the document says of an operation, for the hooks.
        pub(crate) mod operation {
            use super::types;

            /// The names of the properties that hold a credential.
            pub(crate) const CREDENTIALS: &[&str] = &[#(#secrets),*];

            /// Whether the body must identify one client.
            pub(crate) fn identifies_client(operation_id: &str) -> bool {
                [#(#identifying),*].contains(&operation_id)
            }

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

            /// Whether the body of a success is JSON.
            pub(crate) fn answers_json(operation_id: &str) -> bool {
                let others: &[&str] = &[#(#streamed),*];
                !others.contains(&operation_id)
            }

            /// Whether a body is what the document says of a success, or else of an error.
            pub(crate) fn check(operation_id: &str, success: bool, body: &[u8]) -> serde_json::Result<()> {
                fn decode<T: serde::de::DeserializeOwned>(body: &[u8]) -> serde_json::Result<()> {
                    serde_json::from_slice::<T>(body).map(drop)
                }
                match (operation_id, success) {
                    #(#decoders,)*
                    _ => Ok(()),
                }
            }
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

/// What an operation returns, where that is JSON.
struct Signature {
    name: String,
    success: Option<Type>,
    error: Option<Type>,
}

/// Reads from progenitor's output what each operation returns.
fn signatures(merged: &Merged, operations: &[Operation], module: &TokenStream) -> Result<Vec<Signature>, Error> {
    let items = syn::parse2::<syn::File>(module.clone()).map(|file| file.items);
    let items = items.map_err(|error| merged.error("", format_args!("progenitor's output is not Rust: {error}")))?;
    let builders = items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "builder" => module.content.as_ref().map(|(_, items)| items),
        _ => None,
    });
    operations
        .iter()
        .map(|Operation { name, .. }| {
            let builder = identifier(name.to_pascal_case());
            let types = builders.into_iter().flatten().find_map(|item| sent_types(item, &builder));
            let (success, error) = types.ok_or_else(|| {
                // The hooks would not know the operation, and let every request of it pass.
                merged
                    .error("/paths", format_args!("progenitor gave {name} another name: expected a builder {builder}"))
            })?;
            Ok(Signature { name: name.clone(), success: json(success), error: json(error) })
        })
        .collect()
}

/// The success and error types of `send`, if the item implements that builder.
fn sent_types(item: &Item, builder: &str) -> Option<(Type, Type)> {
    let Item::Impl(item) = item else { return None };
    let Type::Path(owner) = &*item.self_ty else { return None };
    if owner.path.segments.last()?.ident != builder {
        return None;
    }
    let send = item.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == "send" => Some(&function.sig.output),
        _ => None,
    })?;
    let ReturnType::Type(_, result) = send else { return None };
    match &arguments(result)[..] {
        [value, error] => Some((arguments(value).first()?.clone(), arguments(error).first()?.clone())),
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

/// The type, unless the body is read as a stream or not at all.
fn json(ty: Type) -> Option<Type> {
    let text = ty.to_token_stream().to_string();
    (text != "()" && text != "ByteStream" && !text.ends_with("Upgraded")).then_some(ty)
}
