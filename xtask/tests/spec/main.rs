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

use std::path::{Path, PathBuf};

use serde_json::Value;
use xtask::compare::texts;
use xtask::finding::Finding;

/// The repository whose tests run: not that in which they were compiled, for a `target` may be copied to another checkout.
fn repository() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    Path::new(&xtask).parent().unwrap().to_owned()
}

/// The folder of what is built with the tests.
fn profile() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.ancestors().nth(2).unwrap().to_owned()
}

/// The program, as it was built with the tests.
fn program() -> PathBuf {
    profile().join(format!("xtask{}", std::env::consts::EXE_SUFFIX))
}

/// A folder for what a test builds.
fn scratch(name: &str) -> PathBuf {
    profile().parent().unwrap().join("tmp").join(name)
}

/// Every difference between two documents.
fn compare(old: &Value, new: &Value) -> Vec<Finding> {
    xtask::compare::compare(old, new, &texts([old]))
}
