//! The documentation of operations: what the document says of each, and an example.

use std::collections::BTreeMap;

use syn::{Attribute, LitStr, parse_quote, parse_str};

use super::one_line;
use super::operations::Operation;
use super::rust::text;
use super::spec::{Spec, members};

/// The documentation of a method: what progenitor says, the statuses, and progenitor's example such that it compiles.
pub fn operation(
    spec: &Spec,
    operation: &Operation,
    said: &[Attribute],
    types: &BTreeMap<String, String>,
) -> Option<Vec<Attribute>> {
    let said = &said.first()?.meta.require_name_value().ok()?.value;
    let said = parse_str::<LitStr>(&text(said)).ok()?.value();
    let (said, example) = said.split_once("```ignore\n")?;
    let example = example.strip_suffix(".await;\n```")?.replace('\n', "\n    ");
    let parameters = types.iter().map(|(name, ty)| format!(", {name}: {}", ty.replace(' ', "")));
    let parameters = parameters.collect::<String>().replace("types::", "mantago::types::").replace("::std::", "std::");

    let responses = format!("{}/responses", operation.pointer);
    let statuses = members(spec.at(&responses)).map(|(status, _)| {
        let response = spec.at(&spec.resolve(&format!("{responses}/{status}")));
        let meaning = one_line(response["description"].as_str().unwrap_or_default());
        let kind = error_kind(status).map(|kind| format!(", [`{kind}`](crate::ErrorKind::{kind})"));
        format!("- `{status}`{}: {meaning}\n", kind.unwrap_or_default())
    });
    let (successes, errors): (Vec<_>, Vec<_>) = statuses.partition(|line| line.starts_with("- `2"));
    let text = format!(
        "{said}
# Response

{}
# Errors

{}- Without a response: see [`ErrorKind`](crate::ErrorKind).

# Example

```no_run
async fn example(client: &mantago::Client{parameters}) -> Result<(), mantago::Error> {{
    {example}.await?;
    println!(\"{{:?}}\", *response);
    Ok(())
}}
```",
        successes.concat(),
        errors.concat(),
    );
    Some(vec![parse_quote!(#[doc = #text])])
}

/// The kind of error that a status is.
fn error_kind(status: &str) -> Option<&'static str> {
    match status {
        "401" => Some("Unauthorized"),
        "403" => Some("PermissionDenied"),
        "404" => Some("NotFound"),
        "429" => Some("RateLimited"),
        _ if status.starts_with('2') => None,
        _ if status.starts_with('5') => Some("Server"),
        _ => Some("UnexpectedResponse"),
    }
}
