//! Makes the client from the documents in `openapi/`, if the feature `codegen` is on.
//!
//! Reads `openapi/*.json` and `src/generated/`, and writes to `OUT_DIR`. It runs again when anything in these folders
//! changes, a new file included. If `src/generated/` is of the same documents, the library takes it: what this build makes
//! must be the same, and a warning says where it is not. Without the feature it is taken as it is.

#[cfg(feature = "codegen")]
#[allow(dead_code, unused_imports, reason = "the maintainer's commands use more of it")]
#[path = "generator/mod.rs"]
mod generator;

use std::path::{Path, PathBuf};

fn main() {
    let package = folder("CARGO_MANIFEST_DIR");
    match generated(&package) {
        Ok(generated) => println!("cargo::rustc-env=MANTAGO_GENERATED={}", generated.display()),
        Err(error) => {
            println!("cargo::error={error}");
            std::process::exit(1);
        }
    }
}

fn folder(variable: &str) -> PathBuf {
    PathBuf::from(std::env::var_os(variable).unwrap_or_default())
}

#[cfg(feature = "codegen")]
fn generated(package: &Path) -> Result<PathBuf, generator::Error> {
    println!("cargo::rerun-if-changed=openapi");
    println!("cargo::rerun-if-changed=src/generated");
    let documents = generator::read(package)?;
    let checked_in = package.join("src/generated");
    let (taken, warning) = generator::choose(&documents, &checked_in, &folder("OUT_DIR"), generator::generate)?;
    if let Some(warning) = warning {
        println!("cargo::warning={warning}");
    }
    Ok(taken)
}

#[cfg(not(feature = "codegen"))]
#[expect(clippy::unnecessary_wraps, reason = "generating may fail")]
fn generated(package: &Path) -> Result<PathBuf, std::convert::Infallible> {
    println!("cargo::rerun-if-changed=build.rs");
    Ok(package.join("src/generated"))
}
