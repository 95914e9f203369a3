//! Unites the documents of several pages into one.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use super::operations::METHODS;
use super::spec::{Spec, members, step, steps};
use super::{Document, Error, FOLDER, check_names, json, openapi_3_1};

/// Unites paths and components. What two documents say differently of one thing is an error that names both.
pub fn unite(documents: &[Document]) -> Result<Spec, Error> {
    let sources = documents.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let (parts, conflicts) = compare(&sources)?;
    if let Some(conflict) = conflicts.into_iter().next() {
        return Err(conflict);
    }
    if sources.is_empty() {
        return Err(Error::at(FOLDER, "", "no document: expected at least one *.json"));
    }
    let mut value = json!({});
    for (key, member) in sources.iter().flat_map(|(_, document)| members(document)) {
        match (&mut value[key], member) {
            (mine @ Value::Null, member) => *mine = member.clone(),
            (Value::Array(tags), Value::Array(more)) if key == "tags" => {
                let known: HashSet<_> = tags.iter().map(Value::to_string).collect();
                tags.extend(more.iter().filter(|tag| !known.contains(&tag.to_string())).cloned());
            }
            // What is compared is added below. Of anything else, the first stands.
            _ => {}
        }
    }
    for (pointer, (_, part)) in parts {
        if value.pointer(&pointer).is_none() && !part.is_null() {
            *steps(&pointer).fold(&mut value, |place, step| &mut place[step]) = part;
        }
    }
    // Pages of one documentation are published at different versions.
    let versions = sources.iter().filter_map(|(_, document)| document.pointer("/info/version"));
    if let (Some(newest), Some(version)) =
        (versions.max_by_key(|version| numbers(version)), value.pointer_mut("/info/version"))
    {
        *version = newest.clone();
    }
    Ok(Spec { value, sources })
}

/// The numbers of a version, by which a newer one is known.
fn numbers(version: &Value) -> Vec<u64> {
    let parts = version.as_str().unwrap_or_default().split(|c: char| !c.is_ascii_digit());
    parts.filter_map(|part| part.parse().ok()).collect()
}

/// Every place where documents cannot be one.
pub fn conflicts(documents: &[Document]) -> Result<Vec<Error>, Error> {
    let (_, conflicts) = compare(&documents.iter().map(parse).collect::<Result<Vec<_>, _>>()?)?;
    Ok(conflicts)
}

/// Parts by their places, each with the first file that has it.
type Parts<'s> = BTreeMap<String, (&'s str, Value)>;

/// The parts of all documents, and where others differ.
fn compare(sources: &[(String, Value)]) -> Result<(Parts<'_>, Vec<Error>), Error> {
    let mut known = Parts::new();
    let mut conflicts = Vec::new();
    for (file, document) in sources {
        for (pointer, part) in parts(file, document)? {
            let Some((other, mine)) = known.get(&pointer) else {
                known.insert(pointer, (file, part));
                continue;
            };
            let is_operation =
                pointer.starts_with("/paths/") && METHODS.iter().any(|method| pointer.ends_with(&format!("/{method}")));
            let message = if is_operation { "the operation is in both documents" } else { "it differs" };
            if is_operation || *mine != part {
                conflicts.push(Error::at(&format!("{other} and {file}"), &pointer, message));
            }
        }
    }
    Ok((known, conflicts))
}

/// A document as JSON, if it is OpenAPI 3.0, or 3.1 that has an equal in it.
fn parse(Document { file, text }: &Document) -> Result<(String, Value), Error> {
    let mut document = json::parse(file, text)?;
    check_names(file, &document)?;
    match &document["openapi"] {
        Value::String(version) if version.starts_with("3.0.") => {}
        Value::String(version) if version.starts_with("3.1.") => openapi_3_1::lower(file, &mut document)?,
        other => {
            return Err(Error::at(file, "/openapi", format_args!("expected OpenAPI 3.0.x or 3.1.x, found {other}")));
        }
    }
    Ok((file.clone(), document))
}

/// The parts of a document that another may have too, each with its place.
fn parts(file: &str, document: &Value) -> Result<Vec<(String, Value)>, Error> {
    let object = |pointer: &str| match document.pointer(pointer) {
        None => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(Error::at(file, pointer, "not an object")),
    };
    let mut parts = Vec::new();
    // They must not be in one document alone.
    for pointer in ["/servers", "/security"] {
        parts.push((pointer.to_owned(), document.pointer(pointer).cloned().unwrap_or_default()));
    }
    for path in object("/paths")?.keys().filter(|path| path.starts_with('/')) {
        let pointer = format!("/paths/{}", step(path));
        let mut shared = object(&pointer)?;
        for method in METHODS.iter().filter(|method| shared.remove(**method).is_some()) {
            let pointer = format!("{pointer}/{method}");
            let operation = object(&pointer)?;
            parts.push((pointer, operation.into()));
        }
        parts.push((pointer, shared.into()));
    }
    for section in object("/components")?.keys().filter(|section| !section.starts_with("x-")) {
        let pointer = format!("/components/{section}");
        let items = object(&pointer)?.into_iter();
        parts.extend(items.map(|(name, item)| (format!("{pointer}/{}", step(&name)), item)));
    }
    // These are compared above, or no client is made of them.
    let known = ["openapi", "info", "externalDocs", "tags", "servers", "security", "paths", "components"];
    let others = members(document).filter(|(key, _)| !known.contains(&key.as_str()) && !key.starts_with("x-"));
    parts.extend(others.map(|(key, value)| (format!("/{}", step(key)), value.clone())));
    Ok(parts)
}
