//! The report on a single change. The old document is `cases/base.json`, merged with `before.json` if that exists;
//! `patch.json` makes the new one (a JSON patch if it is a list, otherwise a merge patch, RFC 7396). `expected.txt` has the
//! report. A last line `user: …` states whether `cases/user.rs`, which uses the client of the base document, still compiles.
//!
//! `UPDATE_EXPECTED=1 cargo test --package xtask --test spec cases` rewrites the reports. Read the diff.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::{Value, json};
use xtask::generator::{self, Document};
use xtask::report::{Format, Report};
use xtask::verdict::{self, Page};

fn folder() -> PathBuf {
    crate::repository().join("xtask/tests/cases")
}

fn read(file: &Path) -> Value {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A case: its name, and the documents before and after the change.
struct Case {
    name: String,
    old: Value,
    new: Value,
}

fn cases() -> Vec<Case> {
    let base = read(&folder().join("base.json"));
    let folders = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = folders
        .filter(|path| path.join("patch.json").exists())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let before = path.join("before.json");
            let old = if before.exists() { patched(&base, &read(&before)) } else { base.clone() };
            let new = patched(&old, &read(&path.join("patch.json")));
            Case { name, old, new }
        })
        .collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}

fn patched(document: &Value, patch: &Value) -> Value {
    let mut document = document.clone();
    match patch {
        Value::Array(steps) => steps.iter().for_each(|step| apply(&mut document, step)),
        patch => merge(&mut document, patch),
    }
    document
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

fn report(Case { old, new, .. }: Case) -> String {
    let mut pages = [Page { file: "page".to_owned(), text: Some(String::new()), old, new, ..Page::default() }];
    verdict::judge(&mut pages);
    Report::of(&pages).print(Format::Text)
}

/// A case's expected report, and the verdict on the user's code.
fn expected(name: &str) -> (String, Option<String>) {
    let text = fs::read_to_string(folder().join(name).join("expected.txt")).unwrap_or_default();
    match text.rsplit_once("\nuser: ") {
        Some((report, user)) => (report.to_owned(), Some(user.trim_end().to_owned())),
        None => (text, None),
    }
}

fn update(name: &str, report: &str, user: Option<&str>) {
    let user = user.map(|user| format!("\nuser: {user}\n")).unwrap_or_default();
    fs::write(folder().join(name).join("expected.txt"), format!("{report}{user}")).unwrap();
}

fn is_update() -> bool {
    env::var_os("UPDATE_EXPECTED").is_some()
}

#[test]
fn each_change_has_its_report() {
    let mut wrong = String::new();
    for case in cases() {
        let name = case.name.clone();
        let (report_expected, user) = expected(&name);
        let found = report(case);
        if is_update() {
            update(&name, &found, user.as_deref());
        } else if found != report_expected {
            let _ = writeln!(wrong, "{name}: expected:\n{report_expected}\nfound:\n{found}");
        }
    }
    assert_eq!(wrong, "");
}

/// One call to cargo compiles `user.rs` with each case's client, in a package with this repository's `src/`. Unchanged
/// packages aren't recompiled.
#[test]
fn no_change_that_breaks_a_user_is_rated_lower() {
    let repository = crate::repository();
    let workspace = crate::scratch("cases");
    let manifest: toml_edit::DocumentMut = fs::read_to_string(repository.join("Cargo.toml")).unwrap().parse().unwrap();
    let user = fs::read_to_string(folder().join("user.rs")).unwrap();
    let mut found: BTreeMap<String, &str> = BTreeMap::new();
    for Case { name, new, .. } in cases().into_iter().filter(|case| expected(&case.name).1.is_some()) {
        let documents = [Document { file: "openapi/page.json".to_owned(), text: new.to_string() }];
        let Ok(generated) = generator::generate(&documents) else {
            found.insert(name, "has no client: the generator refuses the document");
            continue;
        };
        let package = workspace.join(&name);
        write_source(&repository.join("src"), &package.join("src"));
        generated.write(&package.join("src/generated")).unwrap();
        write(&package.join("README.md"), &fs::read_to_string(repository.join("README.md")).unwrap());
        let library = name.replace('-', "_");
        write(&package.join("src/main.rs"), &format!("extern crate {library} as mantago;\n\n{user}"));
        let mut package_manifest = toml_edit::DocumentMut::new();
        package_manifest["package"]["name"] = toml_edit::value(&name);
        package_manifest["package"]["edition"] = toml_edit::value("2024");
        package_manifest["dependencies"] = manifest["dependencies"].clone();
        package_manifest["features"] = manifest["features"].clone();
        for (feature, features) in [("codegen", &[][..]), ("default", &["mock"])] {
            package_manifest["features"][feature] =
                toml_edit::value(features.iter().copied().collect::<toml_edit::Array>());
        }
        write(&package.join("Cargo.toml"), &package_manifest.to_string());
        found.insert(name, "compiles");
    }
    let members: Vec<_> = found.iter().filter(|(_, verdict)| **verdict == "compiles").map(|(name, _)| name).collect();
    let compiled = members.len();
    assert!(compiled >= 30, "only {compiled} cases are compiled");
    write(&workspace.join("Cargo.toml"), &format!("[workspace]\nmembers = {members:?}\nresolver = \"3\"\n"));
    fs::copy(repository.join("Cargo.lock"), workspace.join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--keep-going", "--quiet", "--workspace", "--message-format=short"])
        .current_dir(&workspace)
        .env("CARGO_TARGET_DIR", crate::profile().parent().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    for line in said.lines().filter(|line| line.contains("could not compile")) {
        let name = line.split('`').nth(1).unwrap_or_else(|| panic!("{said}"));
        let is_client = line.contains("(lib)");
        found
            .insert(name.to_owned(), if is_client { "has a client that does not compile" } else { "does not compile" });
    }
    let compiling = found.values().filter(|verdict| **verdict == "compiles").count();
    assert!(compiling > 10, "the user's code is broken everywhere:\n{said}");
    let mut wrong = String::new();
    for (name, found) in found {
        let (report, user) = expected(&name);
        let breaking = report.lines().next().unwrap().contains(" breaking");
        if !breaking && found != "compiles" {
            let _ = writeln!(wrong, "{name}: is not called breaking, and the user's code {found}");
        }
        if is_update() {
            update(&name, &report, Some(found));
        } else if user.as_deref() != Some(found) {
            let _ = writeln!(wrong, "{name}: the user's code {found}: expected: {user:?}");
        }
    }
    assert_eq!(wrong, "", "{said}");
}

/// Copies the hand-written code, which expects the generated code in the same folder.
fn write_source(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "generated" {
            write_source(&path, &to.join(entry.file_name()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let beside = "env!(\"CARGO_MANIFEST_DIR\"), \"/src/generated\"";
            write(&to.join(entry.file_name()), &text.replace("env!(\"MANTAGO_GENERATED\")", beside));
        }
    }
}

/// Writes a file unless it has that text already.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|current| current == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
