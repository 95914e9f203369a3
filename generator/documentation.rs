//! Writes the documentation of operations from the document's texts.

use std::fmt::Write;

use quote::format_ident;
use syn::visit_mut::{self, VisitMut};
use syn::{ItemFn, Path, Stmt, parse_quote};

use super::call::{Call, Field, Success};
use super::model::Schema;
use super::print::why_any_json;
use super::prose::prose;

/// A method's documentation, and the example in it as a function that `spec update` compiles.
pub fn document(call: &Call) -> (String, String) {
    let example = example(call);
    let introduction = introduction(call);
    let for_client = match call.identifying_body() {
        Some(body) => format!("[`for_client`](crate::types::{body}::for_client) makes the body.\n"),
        None => String::new(),
    };
    let mut responses = String::new();
    for response in &call.operation.responses {
        let _ =
            writeln!(responses, "- `{}`: {}", response.status, about(&response.description, response.content.as_ref()));
    }
    let text = format!(
        "{introduction}
{for_client}
# Responses

{responses}
# Errors

Any status that is not a success, or no response: see [`ErrorKind`](crate::ErrorKind).

# Example

```no_run
{example}```"
    );
    (text, example)
}

/// A one-line description of a body or response, with the reason if its content is any JSON.
fn about(description: &str, content: Option<&Schema>) -> String {
    let why = content.and_then(why_any_json).unwrap_or_default();
    super::one_line(&format!("{}\n{why}", prose(description)))
}

/// The texts on the operation and its arguments.
fn introduction(call: &Call) -> String {
    let operation = call.operation;
    let summary = prose(&operation.summary).trim_end_matches(['.', ',']).to_owned();
    let request = format!("Sends a `{}` request to `{}`", operation.method.as_str().to_uppercase(), operation.path);
    let mut introduction = String::new();
    for part in [summary, prose(&operation.description), request].iter().filter(|part| !part.is_empty()) {
        introduction += part;
        introduction += "\n\n";
    }
    let body = operation.body.as_ref().map(|body| about(&body.description, Some(&body.schema))).unwrap_or_default();
    let description =
        |field: &Field| field.parameter.map_or_else(|| body.clone(), |parameter| prose(&parameter.description));
    if call.fields.iter().any(|field| !description(field).is_empty()) {
        introduction += "Arguments:\n";
        for field in &call.fields {
            let description = description(field);
            let separator = if description.is_empty() { "" } else { ": " };
            let _ = writeln!(introduction, "- `{}`{separator}{description}", field.name);
        }
    }
    introduction
}

/// The example: a function that calls the operation.
fn example(call: &Call) -> String {
    let method = format_ident!("{}", call.operation.name);
    let has_client = call.fields.iter().any(|field| field.name == "client");
    let client = format_ident!("{}", if has_client { "the_client" } else { "client" });
    let setters = call.fields.iter().map(|field| &field.name);
    let mut given: Vec<&Field> = call.fields.iter().collect();
    given.sort_by_key(|field| &field.name);
    let names = given.iter().map(|field| &field.name);
    let types = given.iter().map(|field| {
        let mut ty = field.ty.clone();
        FromUser.visit_type_mut(&mut ty);
        ty
    });
    let sent: syn::Expr = parse_quote!(#client.#method()#(.#setters(#setters))*.send().await?);
    let used: Vec<Stmt> = if call.success == Success::Nothing {
        parse_quote!(#sent;)
    } else {
        parse_quote! {
            let response = #sent;
            println!("{response:?}");
        }
    };
    let function: ItemFn = parse_quote! {
        async fn example(#client: &mantago::Client, #(#names: #types),*) -> Result<(), mantago::Error> {
            #(#used)*
            Ok(())
        }
    };
    prettyplease::unparse(&parse_quote!(#function))
}

/// Names types as users of the crate do.
struct FromUser;

impl VisitMut for FromUser {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let Some(first) = path.segments.first().map(|segment| &segment.ident) else { return };
        let is_known = path.segments.last().is_some_and(|last| last.ident == "String" || last.ident == "Vec");
        if first == "types" {
            *path = parse_quote!(mantago::#path);
        } else if first == "std" && is_known {
            let last = path.segments.last().cloned();
            path.segments = last.into_iter().collect();
            path.leading_colon = None;
        } else {
            path.leading_colon = None;
        }
    }
}
