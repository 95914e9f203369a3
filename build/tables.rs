//! Adds to the client what the hooks must know of the document: they see an operation's name, and nothing else of it.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{File, GenericArgument, ImplItem, Item, PathArguments, ReturnType, Type};

use super::Error;
use super::client::items;
use super::merge::Merged;
use super::once::{self, Fixed};
use super::prepare::{Operation, Prepared, builder_name};

/// The document's constants, and a function for each thing that the hooks ask of an operation.
pub fn tables(merged: &Merged, prepared: &Prepared, module: &File, fixed: &Fixed) -> Result<TokenStream, Error> {
    let Prepared { operations, secrets } = prepared;
    let text = |pointer: &str| merged.document.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default();
    let version = text("/info/version");
    let base_url = text("/servers/0/url");

    let identifying = operations.iter().filter(|operation| operation.identifies).map(|operation| &operation.name);
    let with_parameters = operations.iter().filter(|operation| operation.path.contains('{'));
    let paths = with_parameters.map(|Operation { name, path, .. }| quote!(#name => Some(#path)));
    let signatures = signatures(merged, operations, module)?;
    let verdicts = verdicts(module);
    let decoders = signatures.iter().flat_map(|Signature { name, success, error }| {
        let success = success.as_ref().map(|ty| {
            let verdict = match verdicts.get(&ty.to_token_stream().to_string()) {
                Some(Verdict::Always) => quote!(|body| Some(body.success)),
                Some(Verdict::Sometimes) => quote!(|body| body.success),
                None => quote!(|_| None),
            };
            quote!((#name, true) => decode::<#ty>(body, #verdict))
        });
        let error = error.as_ref().map(|ty| quote!((#name, false) => decode::<#ty>(body, |_| None)));
        [success, error].into_iter().flatten()
    });
    let documented = operations.iter().map(|Operation { name, statuses, .. }| {
        let statuses: Vec<_> = statuses.iter().map(|status| pattern(status)).collect();
        if statuses.is_empty() { quote!(#name => false) } else { quote!(#name => matches!(status, #(#statuses)|*)) }
    });
    let urls = once::urls(fixed);
    let streamed = signatures.iter().filter(|signature| signature.success.is_none()).map(|signature| &signature.name);

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

            /// Checks that a body is what the document says of a success, or else of an error. Returns what the body of a
            /// success says of it, if it has a place for that.
            pub(crate) fn check(operation_id: &str, success: bool, body: &[u8]) -> serde_json::Result<Option<bool>> {
                fn decode<T: serde::de::DeserializeOwned>(
                    body: &[u8],
                    verdict: fn(T) -> Option<bool>,
                ) -> serde_json::Result<Option<bool>> {
                    let value = serde_json::from_slice(body);
                    value.map(verdict)
                }
                match (operation_id, success) {
                    #(#decoders,)*
                    _ => Ok(None),
                }
            }
        }
    })
}

/// Whether the values of a type say that they are a success.
enum Verdict {
    Always,
    Sometimes,
}

/// The types that have a property `success`, which is true or false.
fn verdicts(module: &File) -> BTreeMap<String, Verdict> {
    let verdict = |item: &Item| {
        let Item::Struct(item) = item else { return None };
        let field = item.fields.iter().find(|field| field.ident.as_ref().is_some_and(|name| name == "success"))?;
        let Type::Path(ty) = &field.ty else { return None };
        let verdict = match (ty.path.is_ident("bool"), arguments(&field.ty).first()) {
            (true, _) => Verdict::Always,
            (false, Some(Type::Path(inner))) if inner.path.is_ident("bool") => Verdict::Sometimes,
            _ => return None,
        };
        let name = &item.ident;
        Some((quote!(types::#name).to_string(), verdict))
    };
    items(module, "types").iter().filter_map(verdict).collect()
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
            Ok(Signature { name: name.clone(), success: json(success), error: json(error) })
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

/// The type, unless the body is read as a stream or not at all.
fn json(ty: Type) -> Option<Type> {
    let text = ty.to_token_stream().to_string();
    (text != "()" && text != "ByteStream" && !text.ends_with("Upgraded")).then_some(ty)
}
