//! Makes the client from the documents in `openapi/`, if the feature `codegen` is on.
//!
//! Reads `openapi/*.json` and nothing else, and writes to `OUT_DIR`. It runs again when anything in that folder changes,
//! a new file included. Without the feature the library takes `src/generated/`, which is the same text.

#[cfg(feature = "codegen")]
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
    let documents = generator::read(package)?;
    let out = folder("OUT_DIR");
    generator::generate(&documents)?.write(&out)?;
    Ok(out)
}

#[cfg(not(feature = "codegen"))]
#[expect(clippy::unnecessary_wraps, reason = "generating may fail")]
fn generated(package: &Path) -> Result<PathBuf, std::convert::Infallible> {
    println!("cargo::rerun-if-changed=build.rs");
    Ok(package.join("src/generated"))
}
