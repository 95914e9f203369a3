//! The documentation of operations: what the document says of each, and an example.

use quote::ToTokens;

use super::client::{Builder, Request, is_named};
use super::merge::{Merged, members};
use super::one_line;
use super::prepare::{Operation, method_name};

/// The documentation of a client's method.
pub fn operation(merged: &Merged, operation: &Operation, builder: &Builder, request: Option<&Request>) -> String {
    let pointer = operation.pointer();
    let said = |key: &str| merged.at(&format!("{pointer}/{key}")).as_str().unwrap_or_default().trim();
    let (method, path) = (operation.method.to_uppercase(), &operation.path);
    let mut sections = vec![one_line(said("summary")), said("description").to_owned()];
    sections.push(format!("Sends a `{method}` request to `{path}`."));

    let parameters = parameters(merged, operation);
    if !parameters.is_empty() {
        let listed = parameters.iter().map(|(name, text)| format!("- `{name}`: {}", text.trim()));
        sections.push(format!("# Parameters\n\n{}", listed.collect::<Vec<_>>().join("\n")));
    }
    let (successes, errors): (Vec<_>, Vec<_>) =
        statuses(merged, &pointer).into_iter().partition(|(status, _)| status.starts_with('2'));
    let successes = successes.iter().map(|(status, text)| format!("- `{status}`: {text}"));
    sections.push(format!("# Response\n\n{}", successes.collect::<Vec<_>>().join("\n")));
    let errors = errors.iter().map(|(status, text)| format!("- `{status}`, {}: {text}", kind(status)));
    let others = "- All others are those of [`ErrorKind`](crate::ErrorKind).".to_owned();
    sections.push(format!("# Errors\n\n{}", errors.chain([others]).collect::<Vec<_>>().join("\n")));
    sections.push(format!("# Example\n\n```no_run\n{}\n```", example(operation, builder, request)));
    sections.retain(|section| !section.is_empty());
    format!(" {}", sections.join("\n\n"))
}

/// The name of each parameter in Rust, with what the document says of it.
pub fn parameters(merged: &Merged, operation: &Operation) -> Vec<(String, String)> {
    let pointers = merged.parameters(&operation.path, &operation.method);
    let parameters = pointers.into_iter().map(|pointer| {
        let parameter = merged.at(&merged.resolve(pointer));
        let name = parameter["name"].as_str().unwrap_or_default();
        let said = one_line(parameter["description"].as_str().unwrap_or_default());
        let text = if said.is_empty() { format!(" The parameter `{name}`.") } else { format!(" {said}") };
        (method_name(name), text)
    });
    parameters.collect()
}

fn statuses(merged: &Merged, operation: &str) -> Vec<(String, String)> {
    let responses = format!("{operation}/responses");
    let statuses = members(merged.at(&responses)).map(|(status, _)| {
        let response = merged.at(&merged.resolve(format!("{responses}/{status}")));
        (status.clone(), one_line(response["description"].as_str().unwrap_or_default()))
    });
    statuses.collect()
}

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
fn example(operation: &Operation, builder: &Builder, request: Option<&Request>) -> String {
    let mut imports = vec!["ClientBuilder".to_owned(), "Credentials".to_owned()];
    let mut given = Vec::new();
    let mut lines = vec!["let client = ClientBuilder::new(Credentials::from_env()?).build()?;".to_owned()];
    let mut setters = String::new();
    for (name, value, required) in builder.parameters() {
        let argument = match request.filter(|_| operation.names_client && name == "body") {
            _ if !required || request.is_some_and(|request| name == "body" && request.fields.is_empty()) => continue,
            Some(request) => {
                imports.insert(1, "ClientIdentity".to_owned());
                imports.push(format!("types::{}", request.name));
                given.push("client_identity: ClientIdentity".to_owned());
                let mut arguments = vec!["client_identity".to_owned()];
                for field in request.given(operation) {
                    if is_named(&field.value, "String") {
                        arguments.push(format!("\"{}\"", field.wire));
                    } else {
                        given.push(format!("{}: {}", field.name, type_name(&field.value)));
                        arguments.push(field.name.to_string());
                    }
                }
                lines.push(format!("let request = {}::for_client({});", request.name, arguments.join(", ")));
                "request".to_owned()
            }
            None if is_named(value, "String") => format!("\"{name}\""),
            None => {
                given.push(format!("{name}: {}", type_name(value)));
                name.to_string()
            }
        };
        setters.push_str(&format!(".{name}({argument})"));
    }
    lines.push(format!("let response = client.{}(){setters}.send().await?;", operation.name));
    lines.push("println!(\"{:?}\", *response);".to_owned());
    lines.push("Ok(())".to_owned());
    format!(
        "use mantago::{{{}}};\n\nasync fn example({}) -> Result<(), mantago::Error> {{\n    {}\n}}",
        imports.join(", "),
        given.join(", "),
        lines.join("\n    ")
    )
}

/// A type of the builders, as a user of the crate names it.
fn type_name(value: &impl ToTokens) -> String {
    let text = value.to_token_stream().to_string().replace(' ', "");
    text.replace("types::", "mantago::types::").replace("crate::", "mantago::").replace("::std::", "std::")
}
