//! The tests of `cargo xtask spec`, one module for each subject.

mod any_mutation;
mod attribution;
mod cases;
mod checked_in;
mod commands;
mod documentation;
mod drift;
mod forms;
mod generated;
mod generator;
mod generator_errors;
mod hostile;
mod inline;
mod page;
mod prose;
mod trials;
mod vendored;

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use xtask::compare;
use xtask::finding::Finding;
use xtask::generator::{Document, parse};

/// The repository whose tests run. It isn't known at compile time: a `target` may be copied to another checkout.
fn repository() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    Path::new(&xtask).parent().unwrap().to_owned()
}

/// The build folder of the tests' profile.
fn profile() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.ancestors().nth(2).unwrap().to_owned()
}

/// The program that was built with the tests.
fn program() -> PathBuf {
    profile().join(format!("xtask{}", std::env::consts::EXE_SUFFIX))
}

/// A folder for a test's build outputs.
fn scratch(name: &str) -> PathBuf {
    profile().parent().unwrap().join("tmp").join(name)
}

/// A command's exit status and output.
struct Run {
    status: i32,
    stdout: String,
    stderr: String,
}

/// Writes the files of a package.
fn lay_out(folder: &Path, files: &[(&str, &str)]) {
    for (file, text) in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// A command of `cargo xtask spec` on a package. It stops at `step`. With the argument `compile`, it compiles the new client.
fn spec(root: &Path, arguments: &[&str], step: &str) -> Command {
    let (compile, arguments): (Vec<&str>, Vec<&str>) = arguments.iter().partition(|argument| **argument == "compile");
    let writes = compile.is_empty() && ["update", "add", "remove"].contains(&arguments[0]);
    let mut command = Command::new(program());
    command.arg("spec").args(arguments).args(writes.then_some("--no-compile")).arg("--root").arg(root);
    command.env("XTASK_STOPPED_AT", step).env("CARGO_TARGET_DIR", scratch("commands"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The findings about two documents, without those about the generated code, worst first.
fn compare(old: &Value, new: &Value) -> Vec<Finding> {
    let api = |document: &Value| {
        let document = Document { file: "page".to_owned(), text: document.to_string() };
        parse(&[document]).unwrap()
    };
    let (old_api, new_api) = (api(old), api(new));
    let differences = compare::compare(&old_api, &new_api, &compare::texts([old]));
    let mut findings: Vec<_> =
        compare::findings(differences, old, new).into_iter().map(|found| found.finding).collect();
    findings.sort_by_key(|finding| Reverse(finding.level));
    findings
}
