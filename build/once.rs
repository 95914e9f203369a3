//! Takes out of each call what can be done once for a client.
//!
//! progenitor 0.15.1 writes the URL of each call anew from the base URL, and has it parsed; and it adds an `api-version`
//! header, which the document does not describe. The URL of a path without parameters is made with the client instead,
//! and the header is not made at all. A call that does not look as expected is an error: a header that nobody
//! described would be sent again.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, File, Ident, ImplItem, Item, Lit, Local, Stmt, Token, parse_quote};

use super::client::items_mut;
use super::prepare::{Operation, builder_name};

/// The operations whose path has no parameters: name and path.
pub type Fixed = Vec<(Ident, String)>;

/// Rewrites each call.
pub fn rewrite(module: &mut File, operations: &[Operation]) -> Result<Fixed, String> {
    let names: BTreeMap<String, &str> =
        operations.iter().map(|operation| (builder_name(&operation.name), operation.name.as_str())).collect();
    let mut fixed = Vec::new();
    for item in items_mut(module, "builder") {
        let Item::Impl(item) = item else { continue };
        let syn::Type::Path(owner) = &*item.self_ty else { continue };
        let Some(name) = owner.path.segments.last().and_then(|last| names.get(&last.ident.to_string())) else {
            continue;
        };
        let calls = item.items.iter_mut().filter_map(|item| match item {
            ImplItem::Fn(function) if function.sig.ident == "send" => Some(&mut function.block.stmts),
            _ => None,
        });
        for statements in calls {
            remove_version_header(statements).ok_or_else(|| format!("{name}: no api-version header to take out"))?;
            if let Some(path) = take_url(statements, name) {
                fixed.push((format_ident!("{name}"), path));
            }
        }
    }
    Ok(fixed)
}

/// The type of the fixed URLs, which a client makes once.
pub fn urls(fixed: &Fixed) -> TokenStream {
    let (names, paths): (Vec<_>, Vec<_>) = fixed.iter().cloned().unzip();
    quote! {
        /// The URLs of the operations whose path has no parameters.
        #[derive(Debug)]
        pub struct Urls {
            #(pub(crate) #names: reqwest::Url,)*
        }

        impl Urls {
            /// Makes the URLs below a base URL that has no slash at its end.
            #[allow(unused_variables)]
            pub(crate) fn new(base_url: &str) -> Result<Self, <reqwest::Url as std::str::FromStr>::Err> {
                Ok(Self {
                    #(#names: reqwest::Url::parse(&format!("{base_url}{}", #paths))?,)*
                })
            }
        }
    }
}

/// Removes the statement that adds the header, and the map of headers if there is no other in it.
fn remove_version_header(statements: &mut Vec<Stmt>) -> Option<()> {
    let adds = |statement: &Stmt| matches!(statement, Stmt::Expr(..)) && mentions(statement, "api_version");
    let at = statements.iter().position(adds)?;
    statements.remove(at);
    let uses: Vec<_> = (0..statements.len()).filter(|at| mentions(&statements[*at], "header_map")).collect();
    if let [made, sent] = uses[..] {
        if let Stmt::Local(Local { init: Some(chain), .. }) = &mut statements[sent] {
            remove_headers(&mut chain.expr);
        }
        statements.remove(made);
    }
    Some(())
}

/// Removes `.headers(…)` from a chain of calls.
fn remove_headers(chain: &mut Expr) {
    match chain {
        Expr::Try(inner) => remove_headers(&mut inner.expr),
        Expr::MethodCall(call) if call.method == "headers" => *chain = (*call.receiver).clone(),
        Expr::MethodCall(call) => remove_headers(&mut call.receiver),
        _ => {}
    }
}

/// Takes the URL from the client, if nothing but the base URL is filled in; says for which path.
fn take_url(statements: &mut [Stmt], name: &str) -> Option<String> {
    let init = statements.iter_mut().find_map(|statement| match statement {
        Stmt::Local(Local { pat: syn::Pat::Ident(variable), init: Some(init), .. }) if variable.ident == "url" => {
            Some(init)
        }
        _ => None,
    })?;
    let Expr::Macro(format) = &*init.expr else { return None };
    let arguments = format.mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated).ok()?;
    let mut arguments = arguments.iter();
    let (Some(Expr::Lit(ExprLit { lit: Lit::Str(template), .. })), Some(_), None) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return None;
    };
    let path = template.value().strip_prefix("{}")?.to_owned();
    let name = format_ident!("{name}");
    *init.expr = parse_quote!(client.inner.urls.#name.clone());
    Some(path)
}

/// Whether a name is among the tokens.
fn mentions(statement: &Stmt, name: &str) -> bool {
    fn any(tokens: TokenStream, name: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Group(group) => any(group.stream(), name),
            proc_macro2::TokenTree::Ident(ident) => ident == name,
            _ => false,
        })
    }
    any(statement.to_token_stream(), name)
}
