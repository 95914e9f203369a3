//! A further page is one more file in `openapi/`, and an API version that only adds things breaks no code.
//!
//! The package is copied with the documents of `xtask/tests/documents`, and cargo builds the copy as it would build a
//! maintainer's change of `openapi/`. Only the copy itself is built: the dependencies are those of this test.
#![cfg(feature = "codegen")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use serde_json::{Value, json};

/// The package under test. It may not be the one that compiled this test: a `target` may be copied to another checkout.
fn package() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests").into()
}

/// The `target` folder.
fn target() -> PathBuf {
    env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}

/// The version of the copy.
const VERSION: &str = "0.1.1+0.363.10";

/// A document with one of each that is additive, or metadata, where it has the place for it.
fn bumped(mut document: Value) -> Value {
    document["info"] = json!({ "title": "Other", "version": "0.363.10", "description": "d" });
    document["tags"] = json!([]);
    document["x-note"] = json!(1);
    for schema in document["components"]["schemas"].as_object_mut().unwrap().values_mut() {
        if let Some(platforms) = schema.pointer_mut("/properties/platform/enum") {
            platforms.as_array_mut().unwrap().push(json!("telegram"));
        }
    }
    let schemas = &mut document["components"]["schemas"];
    schemas["New"] = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let success = &mut schemas["BasicSuccessResponse"];
    success["properties"]["removedAt"] = json!({ "type": "string" });
    success["properties"]["count"] = json!({ "type": "integer" });
    success["required"] = json!(["success", "message", "removedAt"]);
    schemas["ErrorResponse"]["properties"]["errResponse"]["properties"]["hint"] = json!({ "type": "string" });
    let request = &mut schemas["PersonalTagMappingRequest"];
    if request.is_object() {
        request["properties"]["reason"] = json!({ "type": "string" });
        request["properties"]["options"] =
            json!({ "type": "object", "properties": { "silent": { "type": "boolean" } } });
        request["properties"]["tagId"]["description"] = json!("The ID");
        let operation = &mut document["paths"]["/openapi/personalTagMapping/delete"]["post"];
        let dry_run = json!({ "name": "dryRun", "in": "query", "schema": { "type": "boolean" } });
        operation["parameters"].as_array_mut().unwrap().push(dry_run);
        operation["responses"]["409"] = operation["responses"]["404"].clone();
        operation["summary"] = json!("s");
        document["paths"]["/openapi/personalTagMapping"] =
            document["paths"]["/openapi/personalTagMapping/delete"].clone();
    } else {
        schemas.as_object_mut().unwrap().remove("PersonalTagMappingRequest");
    }
    // MantaGO has no GET yet.
    let client = &mut document["paths"]["/openapi/client/{clientId}"];
    if client.is_object() {
        client["get"] = client["post"].clone();
        client["get"].as_object_mut().unwrap().remove("requestBody");
    } else {
        document["paths"].as_object_mut().unwrap().remove("/openapi/client/{clientId}");
    }
    document
}

#[test]
fn further_pages_and_additive_changes_break_no_code() {
    let copy = Copy::new("pages");
    let mut pages = 0;
    for file in fs::read_dir(package().join("xtask/tests/documents")).unwrap().map(Result::unwrap) {
        if file.path().extension().is_some_and(|extension| extension == "json") {
            let document = serde_json::from_str(&fs::read_to_string(file.path()).unwrap()).unwrap();
            copy.write(&format!("openapi/{}", file.file_name().display()), &format!("{:#}\n", bumped(document)));
            pages += 1;
        }
    }
    assert!(pages >= 5, "{pages} documents");

    // The client of all pages compiles and works, with the mock if this test has the feature.
    let tested = copy.cargo(&["--test", "client"]);
    assert!(tested.succeeded && tested.ran_build_script(), "{}", tested.printed);
    assert!(tested.printed.contains("test result: ok. "), "{}", tested.printed);
    assert!(!tested.printed.lines().any(|line| line.starts_with("warning")), "{}", tested.printed);

    // It also compiles without the mock, and only a change in openapi/ runs the generator again.
    for file in ["src/lib.rs", "src/generated.rs"] {
        let text = fs::read_to_string(copy.0.join(file)).unwrap();
        copy.write(file, &text.replace("feature = \"mock\"", "any()"));
    }
    copy.write("README.md", "");
    let rebuilt = copy.cargo(&["--no-run", "--test", "nothing"]);
    assert!(rebuilt.succeeded && !rebuilt.ran_build_script(), "{}", rebuilt.printed);
    assert!(rebuilt.printed.contains("Compiling mantago"), "{}", rebuilt.printed);

    // A document that cannot be read fails the build in one line.
    copy.write("openapi/bots.json", "{ not json");
    let failed = copy.cargo(&["--no-run", "--test", "nothing"]);
    assert!(!failed.succeeded);
    let line = format!("error: mantago@{VERSION}: openapi/bots.json:1:3: not JSON: ");
    assert!(failed.printed.lines().any(|printed| printed.starts_with(&line)), "{}", failed.printed);
}

/// A copy of the workspace without its documents, and with the tests in `tests/copied`.
struct Copy(PathBuf);

struct Run {
    succeeded: bool,
    printed: String,
}

impl Copy {
    fn new(name: &str) -> Self {
        let copy = Self(target().join("tmp").join(name));
        let _ = fs::remove_dir_all(&copy.0);
        for (part, to) in [
            ("Cargo.lock", "Cargo.lock"),
            ("README.md", "README.md"),
            ("benches", "benches"),
            ("build.rs", "build.rs"),
            ("cli/Cargo.toml", "cli/Cargo.toml"),
            ("cli/src", "cli/src"),
            ("generator", "generator"),
            ("src", "src"),
            ("tests/copied/client.rs", "tests/client/main.rs"),
            ("tests/copied/forms.rs", "tests/client/forms.rs"),
            ("tests/copied/user.rs", "tests/client/user.rs"),
            ("tests/support", "tests/support"),
            ("xtask/Cargo.toml", "xtask/Cargo.toml"),
            ("xtask/src", "xtask/src"),
        ] {
            copy_all(&package().join(part), &copy.0.join(to)).unwrap();
        }
        copy.write("tests/nothing.rs", "");
        // With the same version, cargo would confuse the builds of the copy and of the package.
        let manifest = fs::read_to_string(package().join("Cargo.toml")).unwrap();
        assert!(manifest.contains(env!("CARGO_PKG_VERSION")));
        copy.write("Cargo.toml", &manifest.replace(env!("CARGO_PKG_VERSION"), VERSION));
        copy
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs `cargo test` on the copy as it was run for this test, so that every dependency is there already.
    fn cargo(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO"));
        command.args(["test", "--verbose", "--offline"]).args(arguments);
        // xtask has serde_json keep the order of an object's members, for all packages that are built with it.
        let whole_workspace = json!({ "b": 0, "a": 0 }).to_string().starts_with(r#"{"b""#);
        if whole_workspace {
            command.arg("--workspace");
        }
        let has_defaults = cfg!(feature = "rustls");
        let features = [
            ("codegen", !has_defaults),
            ("rustls-no-provider", cfg!(feature = "rustls-no-provider")),
            ("native-tls", cfg!(feature = "native-tls")),
            ("mock", cfg!(feature = "mock")),
            ("tracing", cfg!(feature = "tracing")),
        ];
        if !has_defaults {
            command.arg("--no-default-features");
        }
        for (feature, _) in features.into_iter().filter(|(_, is_on)| *is_on) {
            command.args(["--features", feature]);
        }
        // ring is rebuilt if cargo's variables about the package differ.
        let of_a_package = ["OUT_DIR", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_"];
        for (name, _) in env::vars_os() {
            if of_a_package.iter().any(|start| name.to_string_lossy().starts_with(start)) {
                command.env_remove(name);
            }
        }
        let output = command
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", target())
            .env("CARGO_TERM_COLOR", "never")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        Run { succeeded: output.status.success(), printed: printed.into_owned() }
    }
}

impl Run {
    fn ran_build_script(&self) -> bool {
        self.printed.lines().any(|line| line.contains("Running") && line.contains("build-script-build"))
    }
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        fs::create_dir_all(to.parent().unwrap())?;
        return fs::copy(from, to).map(drop);
    }
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        copy_all(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}
