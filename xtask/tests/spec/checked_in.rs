//! A build uses the checked-in code for unchanged documents, whatever the generator produces.

use std::path::Path;

use tempfile::TempDir;
use xtask::generator::{self, Document, Error, Generated, choose};

const PAGE: &str = include_str!("../documents/page.json");

fn documents(text: &str) -> Vec<Document> {
    vec![Document { file: "openapi/page.json".to_owned(), text: text.to_owned() }]
}

/// Whether a build uses the page's checked-in code or the generated code, and its warning.
fn taken(
    text: &str,
    tamper: impl FnOnce(&Path),
    generate: impl FnOnce(&[Document]) -> Result<Generated, Error>,
) -> Result<(&'static str, Option<String>), String> {
    let folder = TempDir::new().unwrap();
    generator::generate(&documents(PAGE)).unwrap().write(folder.path()).unwrap();
    tamper(folder.path());
    let choice = choose(&documents(text), folder.path(), generate).map_err(|error| error.to_string())?;
    let checked_in = |name: &String| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let is_checked_in = choice.files.iter().all(|(name, text)| checked_in(name).replace("\r\n", "\n") == *text);
    assert_eq!(choice.files.len(), 3);
    Ok((if is_checked_in { "checked in" } else { "generated" }, choice.warning))
}

fn tampered(checked_in: &Path, file: &str, change: impl Fn(&str) -> String) {
    let path = checked_in.join(file);
    std::fs::write(&path, change(&std::fs::read_to_string(&path).unwrap())).unwrap();
}

fn unchanged(_: &Path) {}

const USED: &str = ": using src/generated, which was tested; without the feature `codegen`, nothing is generated";

#[test]
fn the_same_code_needs_no_choice() {
    let crlf = |checked_in: &Path| {
        for file in ["types.rs", "client.rs", "mock.rs"] {
            tampered(checked_in, file, |text| text.replace('\n', "\r\n"));
        }
    };
    for text in [PAGE.to_owned(), PAGE.replace('\n', "\r\n")] {
        assert_eq!(taken(&text, unchanged, generator::generate), Ok(("checked in", None)));
        assert_eq!(taken(&text, crlf, generator::generate), Ok(("checked in", None)));
    }
}

#[test]
fn other_code_from_the_same_documents_is_not_used() {
    for file in ["types.rs", "client.rs", "mock.rs"] {
        let tamper =
            |checked_in: &Path| tampered(checked_in, file, |text| format!("{text}\n// By an older version.\n"));
        let why = "the generator or its dependencies generate a different client from the same documents";
        let expected = ("checked in", Some(format!("{why}{USED}")));
        assert_eq!(taken(PAGE, tamper, generator::generate), Ok(expected));
    }
}

#[test]
fn a_failure_with_the_same_documents_is_only_a_warning() {
    let error = |_: &[Document]| Err(generator::generate(&[]).map(drop).unwrap_err());
    let why = "the generator or its dependencies cannot generate a client from the same documents";
    let said = "openapi: no document: expected at least one *.json";
    let expected = ("checked in", Some(format!("{why} ({said}){USED}")));
    assert_eq!(taken(PAGE, unchanged, error), Ok(expected));
    let expected = ("checked in", Some(format!("{why} (openapi: moved on){USED}")));
    assert_eq!(taken(PAGE, unchanged, |_| panic!("moved on")), Ok(expected));
}

/// A changed document has no checked-in code yet: the code is generated, and a failure is an error.
#[test]
fn a_changed_document_is_generated() {
    let newer = PAGE.replace("0.318.0", "0.319.0");
    assert_ne!(newer, PAGE);
    assert_eq!(taken(&newer, unchanged, generator::generate), Ok(("generated", None)));
    let error = taken("{}", unchanged, generator::generate).unwrap_err();
    assert_eq!(error, "openapi/page.json: /openapi: expected OpenAPI 3.0.x or 3.1.x, found null");
    assert_eq!(taken(&newer, unchanged, |_| panic!("moved on")).unwrap_err(), "openapi: moved on");
    let gone = |checked_in: &Path| std::fs::remove_file(checked_in.join("mock.rs")).unwrap();
    assert_eq!(taken(PAGE, gone, generator::generate), Ok(("generated", None)));
}
