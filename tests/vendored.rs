//! The folder `openapi/` is what it says: each document with its source, the version is the crate's, and the prose is what
//! the rule was written from.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    url: String,
    version: String,
    taken: toml::value::Datetime,
}

/// The prose that `src/identity.rs` was written from: where it stands below the schema, and what it says.
const PROSE: [(&str, &str); 4] = [
    ("", "Client identification rules:\n- Either provide 'clientId' OR both 'platform' and 'platformClientId'\n"),
    ("/properties/clientId", "The client ID (required if platform + platformClientId not provided)"),
    ("/properties/platform", "Platform type (required if platformClientId provided)"),
    ("/properties/platformClientId", "Platform-specific client ID (required if clientId not provided)"),
];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi")
}

/// The documents by their slug.
fn documents() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let documents = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    documents
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let value = serde_json::from_str(&text).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), value)
        })
        .collect()
}

#[test]
fn each_document_has_its_source() {
    let sources = std::fs::read_to_string(folder().join("sources.toml")).unwrap();
    let sources: BTreeMap<String, Source> = toml::from_str(&sources).unwrap();
    let documents = documents();
    assert_eq!(sources.keys().collect::<Vec<_>>(), documents.keys().collect::<Vec<_>>());
    for (slug, source) in sources {
        assert_eq!(documents[&slug]["info"]["version"], source.version.as_str(), "{slug}");
        assert!(source.url.starts_with("https://") && source.url.ends_with(&format!("/{slug}.md")), "{}", source.url);
        assert!(source.taken.date.is_some() && source.taken.time.is_none(), "{slug}");
    }
}

#[test]
fn the_crate_carries_the_version_of_the_api() {
    let (_, metadata) = env!("CARGO_PKG_VERSION").split_once('+').unwrap();
    assert_eq!(metadata, mantago::API_VERSION, "the build metadata of the version in Cargo.toml");
}

/// Fails when the published prose has changed: then read it, change the rule if it has to be, and the quote.
#[test]
fn the_rule_is_still_what_the_document_says() {
    let mut compared = 0;
    for (slug, document) in documents() {
        let Some(schema) = document.pointer("/components/schemas/PersonalTagMappingRequest") else { continue };
        for (at, old) in PROSE {
            let new = schema.pointer(&format!("{at}/description")).and_then(Value::as_str).unwrap_or_default();
            assert_eq!(
                old, new,
                "the prose of the rule has changed in openapi/{slug}.json at PersonalTagMappingRequest{at}: reread src/identity.rs"
            );
            compared += 1;
        }
    }
    assert!(compared >= PROSE.len(), "no document states the rule");
}
