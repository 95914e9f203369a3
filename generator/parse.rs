//! Parses documents into the model.
//!
//! Each document is parsed on its own; the results are then united. Pages may repeat a component if their definitions are
//! equal.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cursor::{At, Source};
use super::model::{Api, Method, Operation, Place};
use super::operations::{MethodCounts, Page};
use super::schemas::Schemas;
use super::{Document, Error, FOLDER, check_names, json, requests};

/// The sections of `components`. They are no facts: a component counts where something refers to it.
#[rustfmt::skip]
const SECTIONS: [&str; 10] = [
    "schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links", "callbacks",
    "pathItems",
];

/// The API that all documents describe together.
pub fn parse(documents: &[Document]) -> Result<Api, Error> {
    let mut api = Api::default();
    if documents.is_empty() {
        return Err(Error::at(FOLDER, "", "no document: expected at least one *.json"));
    }
    for page in pages(documents)? {
        if let Some(conflict) = unite(&mut api, page).into_iter().next() {
            return Err(conflict);
        }
    }
    api.operations.sort_by(|one, other| (&one.path, one.method).cmp(&(&other.path, other.method)));
    check_operation_names(&api)?;
    requests::finish(&mut api)?;
    Ok(api)
}

/// Every place where two documents disagree.
pub fn conflicts(documents: &[Document]) -> Result<Vec<Error>, Error> {
    let mut api = Api::default();
    let mut conflicts = Vec::new();
    for page in pages(documents)? {
        conflicts.extend(unite(&mut api, page));
    }
    Ok(conflicts)
}

/// The API of each document.
fn pages(documents: &[Document]) -> Result<Vec<Api>, Error> {
    let sources = documents.iter().map(source).collect::<Result<Vec<_>, _>>()?;
    let mut methods = MethodCounts::new();
    for source in &sources {
        for (path, item) in At::root(source).members_of("paths")? {
            let count = Method::ALL.iter().filter(|method| item.has(method.as_str())).count();
            *methods.entry(path.to_owned()).or_default() += count;
        }
    }
    sources.iter().map(|source| page(source, &methods)).collect()
}

/// Adds a page to the API. Returns the places where the two disagree.
fn unite(api: &mut Api, page: Api) -> Vec<Error> {
    if api.base_url.is_empty() {
        *api = page;
        return Vec::new();
    }
    let mut conflicts = Vec::new();
    if api.base_url != page.base_url {
        conflicts.push(conflict(&api.base_url_place, &page.base_url_place, "it differs"));
    }
    for operation in page.operations {
        let is_same = |other: &&Operation| (&other.path, other.method) == (&operation.path, operation.method);
        match api.operations.iter().find(is_same) {
            Some(other) => {
                conflicts.push(conflict(&other.place, &operation.place, "the operation is in both documents"));
            }
            None => api.operations.push(operation),
        }
    }
    for (name, named) in page.types {
        match api.types.get(&name) {
            Some(other) if other.is_same_as(&named) => {}
            Some(other) => conflicts.push(conflict(&other.place, &named.place, "it differs")),
            None => drop(api.types.insert(name, named)),
        }
    }
    for (keyword, fact) in page.facts.0 {
        // Each page has its own title; other members describe the whole API and must agree.
        let is_own = ["info", "tags", "externalDocs", "servers", "security"].contains(&keyword.as_str())
            || keyword.starts_with("x-");
        match api.facts.0.get(&keyword) {
            Some(other) if !is_own && other.value != fact.value => {
                conflicts.push(conflict(&other.place, &fact.place, "it differs"));
            }
            Some(_) => {}
            None => drop(api.facts.0.insert(keyword, fact)),
        }
    }
    if numbers(&page.version) > numbers(&api.version) {
        api.version = page.version;
    }
    conflicts
}

fn conflict(one: &Place, other: &Place, message: &str) -> Error {
    Error::at(&format!("{} and {}", one.file, other.file), &other.pointer, message)
}

/// The numbers in a version, for comparing versions.
fn numbers(version: &str) -> Vec<u64> {
    version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

fn source(document: &Document) -> Result<Source, Error> {
    let mut value = json::parse(&document.file, &document.text)?;
    check_names(&document.file, &value)?;
    // The order of members has no meaning. Without serde_json's feature `preserve_order` they are sorted already.
    value.sort_all_objects();
    Ok(Source { file: Arc::from(document.file.as_str()), value })
}

/// The API of one document.
fn page(source: &Source, methods: &MethodCounts) -> Result<Api, Error> {
    let root = At::root(source);
    let is_3_1 = is_3_1(&root)?;
    let paths = root.members_of("paths")?;
    let schemas = Schemas::read(&root, is_3_1)?;
    let mut page = Page::new(root.clone(), schemas, methods);
    let mut operations = Vec::new();
    for (path, item) in paths {
        if path.starts_with('/') {
            operations.extend(page.path(path, &item)?);
        }
    }
    let types = page.into_types(&mut operations);
    let (base_url, base_url_place) = base_url(&root)?;
    let info = root.get("info");
    let version = info.as_ref().map(|info| info.text_of("version").to_owned()).unwrap_or_default();
    let mut facts = root.facts(|key| ["openapi", "paths", "components"].contains(&key));
    if let Some(components) = root.get("components") {
        facts.0.extend(components.facts(|section| SECTIONS.contains(&section)).0);
    }
    Ok(Api { version, base_url, base_url_place, operations, types, facts })
}

fn is_3_1(root: &At) -> Result<bool, Error> {
    let version = root.text_of("openapi");
    if version.starts_with("3.0.") || version.starts_with("3.1.") {
        return Ok(version.starts_with("3.1."));
    }
    let found = root.value.get("openapi").cloned().unwrap_or_default();
    let place = Place { pointer: "/openapi".to_owned(), ..root.place() };
    Err(place.error(format_args!("expected OpenAPI 3.0.x or 3.1.x, found {found}")))
}

fn base_url(root: &At) -> Result<(String, Place), Error> {
    let place = Place { pointer: "/servers/0/url".to_owned(), ..root.place() };
    let server = root.items_of("servers").into_iter().next();
    let url = server.map(|server| server.text_of("url")).unwrap_or_default();
    if !url.to_lowercase().starts_with("https://") || url.contains('{') {
        return Err(place.error("expected an https URL without variables"));
    }
    Ok((url.trim_end_matches('/').to_owned(), place))
}

fn check_operation_names(api: &Api) -> Result<(), Error> {
    let mut names: BTreeMap<&str, &Place> = BTreeMap::new();
    for Operation { name, place, .. } in &api.operations {
        if let Some(other) = names.insert(name, place) {
            return Err(place.error(format_args!("it resolves to the name {name}, which {other} has")));
        }
    }
    Ok(())
}
