//! The folder `openapi/` has a source for each document, the crate's API version, and the sentences that the rule implements.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// The four sentences that `src/identity.rs` implements, with their places below the schema.
const PROSE: [(&str, &str); 4] = [
    ("", "Client identification rules:\n- Either provide 'clientId' OR both 'platform' and 'platformClientId'\n"),
    ("/properties/clientId", "The client ID (required if platform + platformClientId not provided)"),
    ("/properties/platform", "Platform type (required if platformClientId provided)"),
    ("/properties/platformClientId", "Platform-specific client ID (required if clientId not provided)"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    url: String,
    version: String,
    taken: toml::value::Datetime,
}

/// The documents in a folder of the package, by slug.
fn documents(folder: &str) -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join(folder)).unwrap();
    let paths = files.map(|entry| entry.unwrap().path());
    let documents = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), serde_json::from_str(&text).unwrap())
    };
    documents.map(read).collect()
}

#[test]
fn every_document_has_a_source() {
    let sources = std::fs::read_to_string(
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("openapi/sources.toml"),
    )
    .unwrap();
    let mut table: toml::Table = toml::from_str(&sources).unwrap();
    let [index, pages] = ["index", "pages"].map(|key| table.remove(key).unwrap().as_str().unwrap().to_owned());
    assert!(index.starts_with("https://") && pages.starts_with("https://") && pages.ends_with('/'), "{index} {pages}");
    let sources: BTreeMap<String, Source> = table.try_into().unwrap();
    let documents = documents("openapi");
    assert_eq!(sources.keys().collect::<Vec<_>>(), documents.keys().collect::<Vec<_>>());
    for (slug, source) in sources {
        assert_eq!(documents[&slug]["info"]["version"], source.version.as_str(), "{slug}");
        assert!(source.url.starts_with(&pages) && source.url.ends_with(&format!("/{slug}.md")), "{}", source.url);
        assert!(source.taken.date.is_some() && source.taken.time.is_none(), "{slug}");
    }
}

#[test]
fn the_crate_version_has_the_api_version() {
    let (_, metadata) = env!("CARGO_PKG_VERSION").split_once('+').unwrap();
    assert_eq!(metadata, mantago::API_VERSION, "the build metadata of the version in Cargo.toml");
}

/// The bodies that the rule applies to: they have its three properties, and require none of them.
fn schemas_with_the_rule(document: &Value) -> BTreeMap<String, &Value> {
    let operations = document["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let of = move |(method, operation): (&String, _)| (format!("{method} {path}"), operation);
        item.as_object().unwrap().iter().map(of)
    });
    let bodies = operations.map(|(place, operation): (_, &Value)| {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => (pointer.to_owned(), document.pointer(pointer).unwrap()),
            None => (place, schema),
        }
    });
    let has_the_rule = |schema: &Value| {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let is_optional = |name: &str| !schema["properties"][name].is_null() && !required.contains(&name.into());
        ["clientId", "platform", "platformClientId"].into_iter().all(is_optional)
    };
    bodies.filter(|(_, schema)| has_the_rule(schema)).collect()
}

/// The differing sentences of a document with their places, and the number of compared sentences.
fn compare_prose(slug: &str, document: &Value) -> Result<usize, String> {
    let mut compared = 0;
    for (place, schema) in schemas_with_the_rule(document) {
        for (at, pinned) in PROSE {
            let found = schema.pointer(&format!("{at}/description")).and_then(Value::as_str).unwrap_or_default();
            if found != pinned {
                return Err(format!(
                    "openapi/{slug}.json states the rule in other words at {place}{at}:\n  {found:?}\nwhere src/identity.rs was written from:\n  \
                     {pinned:?}\nReread it, change the rule if it has to be, and then the sentence in this test."
                ));
            }
            compared += 1;
        }
    }
    Ok(compared)
}

#[test]
fn the_documents_still_state_the_rule() {
    let documents = documents("openapi");
    let counts = documents.iter().map(|(slug, document)| compare_prose(slug, document));
    let compared: usize = counts.sum::<Result<_, _>>().unwrap_or_else(|changed| panic!("{changed}"));
    assert!(compared >= PROSE.len(), "no document states the rule");
}

/// For each of the four sentences, whatever the schema's name, in further pages, too.
#[test]
fn a_changed_sentence_is_reported_with_the_pinned_one() {
    let documents = documents("xtask/tests/documents");
    for (slug, name) in [("client-tags", "ClientTagMappingRequest"), ("auto-tags", "AutoTagMappingRequest")] {
        assert_eq!(compare_prose(slug, &documents[slug]), Ok(PROSE.len()), "{slug}");
        for (at, pinned) in PROSE {
            let mut document = documents[slug].clone();
            let place = format!("/components/schemas/{name}{at}");
            document.pointer_mut(&place).unwrap()["description"] = "Provide either.".into();
            let changed = compare_prose(slug, &document).unwrap_err();
            for part in [&format!("openapi/{slug}.json"), &place, "\"Provide either.\"", &format!("{pinned:?}")] {
                assert!(changed.contains(part), "{part} is not in: {changed}");
            }
        }
    }
    // The rule doesn't apply to a body that requires or lacks one of the three properties.
    assert_eq!(compare_prose("bots", &documents["bots"]), Ok(0));
    assert_eq!(compare_prose("clients", &documents["clients"]), Ok(0));
}
