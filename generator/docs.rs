//! The documentation of operations: what the document says of each, and an example.

use quote::ToTokens;

use super::client::{Operation, Request, is_string};
use super::merge::{Merged, members};
use super::one_line;

/// The documentation of a client's method.
pub fn operation(merged: &Merged, operation: &Operation<'_>) -> String {
    let pointer = operation.found.pointer();
    let said = |key: &str| merged.at(&format!("{pointer}/{key}")).as_str().unwrap_or_default().trim();
    let (method, path) = (operation.found.method.to_uppercase(), &operation.found.path);
    let list = |title: &str, lines: &[String]| format!("# {title}\n\n- {}", lines.join("\n- "));

    let parameters =
        operation.parameters.iter().map(|parameter| format!("`{}`: {}", parameter.name, parameter.documentation));
    let statuses = members(merged.at(&format!("{pointer}/responses"))).map(|(status, _)| {
        let response = merged.at(&merged.resolve(format!("{pointer}/responses/{status}")));
        (status, one_line(response["description"].as_str().unwrap_or_default()))
    });
    let (successes, errors): (Vec<_>, Vec<_>) = statuses.partition(|(status, _)| status.starts_with('2'));
    let successes = successes.iter().map(|(status, text)| format!("`{status}`: {text}"));
    let errors = errors.iter().map(|(status, text)| format!("`{status}`, {}: {text}", kind(status)));
    let others = "Without a response: see [`ErrorKind`](crate::ErrorKind).".to_owned();
    let sections = [
        one_line(said("summary")),
        said("description").to_owned(),
        format!("Sends a `{method}` request to `{path}`."),
        list("Parameters", &parameters.collect::<Vec<_>>()),
        list("Response", &successes.collect::<Vec<_>>()),
        list("Errors", &errors.chain([others]).collect::<Vec<_>>()),
        format!("# Example\n\n```no_run\n{}\n```", example(operation)),
    ];
    let sections = sections.into_iter().filter(|section| !section.is_empty() && !section.ends_with("\n- "));
    sections.collect::<Vec<_>>().join("\n\n")
}

/// The kind of error that a status is.
fn kind(status: &str) -> String {
    let kind = match status {
        "401" => "Unauthorized",
        "403" => "PermissionDenied",
        "404" => "NotFound",
        "429" => "RateLimited",
        _ if status.starts_with('5') => "Server",
        _ => "UnexpectedResponse",
    };
    format!("[`{kind}`](crate::ErrorKind::{kind})")
}

/// A function that calls the operation. What cannot be made up is a parameter of it.
fn example(operation: &Operation<'_>) -> String {
    let mut given = Vec::new();
    let mut value = |name: &str, made_up: &str, ty: &syn::Type| {
        if is_string(ty) {
            return format!("{made_up:?}");
        }
        given.push(format!("{name}: {}", type_name(ty)));
        name.to_owned()
    };
    let mut request = String::new();
    let mut setters = Vec::new();
    for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
        let name = parameter.name.to_string();
        let argument = match &operation.request {
            Some(_) if name == "body" && operation.has_empty_body() => continue,
            Some(Request { name: ty, .. }) if name == "body" && operation.found.names_client => {
                let others = operation.request.iter().flat_map(Request::given);
                let others = others.map(|property| {
                    format!(", {}", value(&property.name.to_string(), &property.wire, &property.value))
                });
                let others: String = others.collect();
                request = format!("let request = mantago::types::{ty}::for_client(identity{others});\n    ");
                "request".to_owned()
            }
            _ => value(&name, &name, &parameter.value),
        };
        setters.push(format!(".{name}({argument})"));
    }
    if !request.is_empty() {
        given.insert(0, "identity: mantago::ClientIdentity".to_owned());
    }
    format!(
        "use mantago::{{ClientBuilder, Credentials}};

async fn example({}) -> Result<(), mantago::Error> {{
    let client = ClientBuilder::new(Credentials::from_env()?).build()?;
    {request}let call = client.{}(){};
    let response = call.send().await?;
    println!(\"{{:?}}\", *response);
    Ok(())
}}",
        given.join(", "),
        operation.found.name,
        setters.concat(),
    )
}

/// A type of the builders, as a user of the crate names it.
fn type_name(ty: &syn::Type) -> String {
    let text = ty.to_token_stream().to_string().replace(' ', "");
    text.replace("types::", "mantago::types::").replace("crate::", "mantago::").replace("::std::", "std::")
}
