//! A build verifies what it makes: of the same documents, the checked-in text is taken, whatever the generator makes.

use std::path::Path;

use tempfile::TempDir;
use xtask::generator::{self, Document, Error, Generated, choose};

const PAGE: &str = include_str!("../documents/page.json");

fn documents(text: &str) -> Vec<Document> {
    vec![Document { file: "openapi/page.json".to_owned(), text: text.to_owned() }]
}

/// What a build takes, where the text of the page is checked in: from where, and with which warning.
fn taken(
    text: &str,
    tamper: impl FnOnce(&Path),
    generate: impl FnOnce(&[Document]) -> Result<Generated, Error>,
) -> Result<(String, Option<String>), String> {
    let folder = TempDir::new().unwrap();
    let [checked_in, out] = ["src/generated", "out"].map(|name| folder.path().join(name));
    generator::generate(&documents(PAGE)).unwrap().write(&checked_in).unwrap();
    tamper(&checked_in);
    let (taken, warning) = choose(&documents(text), &checked_in, &out, generate).map_err(|error| error.to_string())?;
    assert!(taken.join("client.rs").exists());
    assert_eq!(out.exists(), taken == out, "nothing is written that is not taken");
    Ok((taken.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned(), warning))
}

fn tampered(checked_in: &Path, file: &str, change: impl Fn(&str) -> String) {
    let path = checked_in.join(file);
    std::fs::write(&path, change(&std::fs::read_to_string(&path).unwrap())).unwrap();
}

fn unchanged(_: &Path) {}

const USED: &str = ": src/generated, which was tested, is used; without the feature `codegen` nothing is generated";

#[test]
fn the_same_text() {
    let crlf = |checked_in: &Path| {
        for file in ["types.rs", "client.rs", "mock.rs"] {
            tampered(checked_in, file, |text| text.replace('\n', "\r\n"));
        }
    };
    for text in [PAGE.to_owned(), PAGE.replace('\n', "\r\n")] {
        assert_eq!(taken(&text, unchanged, generator::generate), Ok(("src/generated".to_owned(), None)));
        assert_eq!(taken(&text, crlf, generator::generate), Ok(("src/generated".to_owned(), None)));
    }
}

#[test]
fn another_text_of_the_same_documents() {
    for file in ["types.rs", "client.rs", "mock.rs"] {
        let tamper =
            |checked_in: &Path| tampered(checked_in, file, |text| format!("{text}\n// By an older version.\n"));
        let why = "the generator or its dependencies make another client of the same documents";
        let expected = ("src/generated".to_owned(), Some(format!("{why}{USED}")));
        assert_eq!(taken(PAGE, tamper, generator::generate), Ok(expected));
    }
}

#[test]
fn an_error_or_a_panic_of_the_same_documents() {
    let error = |_: &[Document]| Err(generator::generate(&[]).map(drop).unwrap_err());
    let why = "the generator or its dependencies make no client of the same documents";
    let said = "openapi: no document: expected at least one *.json";
    let expected = ("src/generated".to_owned(), Some(format!("{why} ({said}){USED}")));
    assert_eq!(taken(PAGE, unchanged, error), Ok(expected));
    let expected = ("src/generated".to_owned(), Some(format!("{why} (openapi: moved on){USED}")));
    assert_eq!(taken(PAGE, unchanged, |_| panic!("moved on")), Ok(expected));
}

/// A document that was changed has no text yet: it is generated, and what is wrong with it is an error.
#[test]
fn another_document() {
    let newer = PAGE.replace("0.318.0", "0.319.0");
    assert_ne!(newer, PAGE);
    assert_eq!(taken(&newer, unchanged, generator::generate), Ok(("out".to_owned(), None)));
    let error = taken("{}", unchanged, generator::generate).unwrap_err();
    assert_eq!(error, "openapi/page.json: /openapi: expected OpenAPI 3.0.x or 3.1.x, found null");
    assert_eq!(taken(&newer, unchanged, |_| panic!("moved on")).unwrap_err(), "openapi: moved on");
    let gone = |checked_in: &Path| std::fs::remove_file(checked_in.join("mock.rs")).unwrap();
    assert_eq!(taken(PAGE, gone, generator::generate), Ok(("out".to_owned(), None)));
}
