//! The verdict on one change each: `cases/<name>/patch.json` is applied to `cases/base.json` (a JSON patch where it is a
//! list, else a merge patch, RFC 7396), and `expected.txt` is the report, with a last line on whether `cases/user.rs`, which
//! uses the client of the base document, still compiles.
//!
//! `UPDATE_EXPECTED=1 cargo test --package xtask --test cases` writes the reports anew. Read the diff.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Value, json};
use xtask::report::{Format, Report};
use xtask::verdict::{self, Page};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn read(file: &Path) -> Value {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Each case with the document that its patch makes.
fn cases() -> Vec<(String, Value)> {
    let base = read(&folder().join("base.json"));
    let folders = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = folders
        .filter(|path| path.join("patch.json").exists())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let mut document = base.clone();
            match read(&path.join("patch.json")) {
                Value::Array(steps) => steps.iter().for_each(|step| apply(&mut document, step)),
                patch => merge(&mut document, &patch),
            }
            (name, document)
        })
        .collect();
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    cases
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else { return *target = patch.clone() };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in members {
        match value {
            Value::Null => drop(target.as_object_mut().unwrap().shift_remove(key)),
            value => merge(&mut target[key], value),
        }
    }
}

/// One step of a JSON patch: `add`, `replace` or `remove`.
fn apply(document: &mut Value, step: &Value) {
    let path = step["path"].as_str().unwrap();
    let (parent, key) = path.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{path} is not there"));
    match (step["op"].as_str().unwrap(), parent) {
        ("remove", Value::Array(items)) => drop(items.remove(key.parse().unwrap())),
        ("remove", Value::Object(members)) => drop(members.shift_remove(&key).unwrap()),
        ("add", Value::Array(items)) if key == "-" => items.push(step["value"].clone()),
        (_, Value::Array(items)) => items[key.parse::<usize>().unwrap()] = step["value"].clone(),
        (_, Value::Object(members)) => drop(members.insert(key, step["value"].clone())),
        _ => panic!("{path} has no members"),
    }
}

fn report(document: &Value) -> String {
    let base = read(&folder().join("base.json"));
    let page = Page { file: "page".to_owned(), old: base, new: document.clone() };
    let findings = verdict::judge(std::slice::from_ref(&page)).findings.remove(0);
    let mut report = Report::default();
    report.add(&page.file, &page.old, &page.new, findings);
    report.print(Format::Text)
}

#[test]
fn reports() {
    let mut wrong = String::new();
    for (name, document) in cases() {
        let file = folder().join(&name).join("expected.txt");
        let expected = fs::read_to_string(&file).unwrap_or_default();
        let (expected, compiles) = expected.rsplit_once("\nuser: ").unwrap_or((&expected, "\n"));
        let found = report(&document);
        if env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&file, format!("{found}\nuser: {compiles}")).unwrap();
        } else if found != expected {
            let _ = writeln!(wrong, "{name}: expected:\n{expected}\nfound:\n{found}");
        }
    }
    assert_eq!(wrong, "");
}
