//! The folder `openapi/` is what it says: each document with its source, and the version is the crate's.

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
