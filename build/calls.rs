//! Changes in each call what progenitor 0.15.1 has no setting for.
//!
//! It writes the URL of each call anew from the base URL, and has it parsed; it adds an `api-version` header, which the
//! document does not describe; and it decodes an answer where its status and headers are lost if that fails. Here the
//! URL of a path without parameters is made with the client, the header is not made at all, and answers are decoded by
//! the crate, as its hooks have read them. A body that must identify one client is checked as the value that it is, for
//! the hooks would have to decode it again. A call that does not look as expected is an error.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, File, Ident, ImplItem, Item, Lit, Local, Pat, Stmt, Token, parse_quote};

use super::client::items_mut;
use super::prepare::{Operation, builder_name};

/// The operations whose path has no parameters: name and path.
pub type Fixed = Vec<(Ident, String)>;

/// Rewrites each call.
pub fn rewrite(module: &mut File, operations: &[Operation]) -> Result<Fixed, String> {
    let by_builder: BTreeMap<String, &Operation> =
        operations.iter().map(|operation| (builder_name(&operation.name), operation)).collect();
    let mut fixed = Vec::new();
    for item in items_mut(module, "builder") {
        let Item::Impl(item) = item else { continue };
        let syn::Type::Path(owner) = &*item.self_ty else { continue };
        let Some(Operation { name, identifies, .. }) =
            owner.path.segments.last().and_then(|last| by_builder.get(&last.ident.to_string()))
        else {
            continue;
        };
        let calls = item.items.iter_mut().filter_map(|item| match item {
            ImplItem::Fn(function) if function.sig.ident == "send" => Some(&mut function.block.stmts),
            _ => None,
        });
        for statements in calls {
            let expected = |what| format!("{name}: progenitor's call has no {what}");
            remove_version_header(statements).ok_or_else(|| expected("api-version header to take out"))?;
            decode_captured(statements).ok_or_else(|| expected("match of the answer's status at its end"))?;
            if *identifies {
                check_identity(statements).ok_or_else(|| expected("body to check"))?;
            }
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
    let adds = |statement: &Stmt, what: &str| match statement {
        // The match of the status at the end is by far the longest of them.
        Stmt::Expr(Expr::Match(_), _) => false,
        Stmt::Expr(expr, _) => mentions(expr, "header_map") && mentions(expr, what),
        _ => false,
    };
    let at = statements.iter().position(|statement| adds(statement, "api_version"))?;
    statements.remove(at);
    if !statements.iter().any(|statement| adds(statement, "header_map")) {
        let made = statements.iter().position(|statement| makes(statement, "header_map"))?;
        statements.remove(made);
        let request = statements.iter_mut().find(|statement| makes(statement, "request"))?;
        let Stmt::Local(Local { init: Some(chain), .. }) = request else { return None };
        remove_headers(&mut chain.expr);
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

/// Has the body checked as soon as there is one.
fn check_identity(statements: &mut Vec<Stmt>) -> Option<()> {
    let at = statements.iter().position(|statement| makes(statement, "body"))?;
    let check = parse_quote! {
        crate::identity::check(
            body.client_id.as_deref(),
            body.platform.as_ref(),
            body.platform_client_id.as_deref(),
        )
        .map_err(|error| Error::InvalidRequest(error.to_string()))?;
    };
    statements.insert(at + 1, check);
    Some(())
}

/// Has the answers decoded as the hooks have read them.
fn decode_captured(statements: &mut [Stmt]) -> Option<()> {
    let Some(Stmt::Expr(Expr::Match(answers), None)) = statements.last_mut() else { return None };
    for answer in &mut answers.arms {
        replace_decoding(&mut answer.body);
    }
    (!mentions(answers, "from_response")).then_some(())
}

/// Replaces `ResponseValue::from_response(response).await`.
fn replace_decoding(answer: &mut Expr) {
    match answer {
        Expr::Await(_) if mentions(answer, "from_response") => {
            *answer = parse_quote!(crate::response::decode(client, response));
        }
        Expr::Block(inner) => {
            if let Some(Stmt::Expr(answer, None)) = inner.block.stmts.last_mut() {
                replace_decoding(answer);
            }
        }
        Expr::Try(inner) => replace_decoding(&mut inner.expr),
        Expr::Call(call) => call.args.iter_mut().for_each(replace_decoding),
        Expr::MethodCall(call) => replace_decoding(&mut call.receiver),
        _ => {}
    }
}

/// Takes the URL from the client, if nothing but the base URL is filled in; says for which path.
fn take_url(statements: &mut [Stmt], name: &str) -> Option<String> {
    let made = statements.iter_mut().find(|statement| makes(statement, "url"))?;
    let Stmt::Local(Local { init: Some(init), .. }) = made else { return None };
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

/// Whether a statement makes a variable of that name.
fn makes(statement: &Stmt, name: &str) -> bool {
    matches!(statement, Stmt::Local(Local { pat: Pat::Ident(variable), .. }) if variable.ident == name)
}

/// Whether a name is among the tokens.
fn mentions(code: &impl ToTokens, name: &str) -> bool {
    fn any(tokens: TokenStream, name: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Group(group) => any(group.stream(), name),
            proc_macro2::TokenTree::Ident(ident) => ident == name,
            _ => false,
        })
    }
    any(code.to_token_stream(), name)
}
