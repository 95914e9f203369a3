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
        format!("- `{status}`: {}\n", one_line(response["description"].as_str().unwrap_or_default()))
    });
    let text = format!(
        "{said}
# Responses

{}
# Errors

What is no success, or no response: see [`ErrorKind`](crate::ErrorKind).

# Example

```no_run
async fn example(client: &mantago::Client{parameters}) -> Result<(), mantago::Error> {{
    {example}.await?;
    println!(\"{{:?}}\", *response);
    Ok(())
}}
```",
        statuses.collect::<String>(),
    );
    Some(vec![parse_quote!(#[doc = #text])])
}
