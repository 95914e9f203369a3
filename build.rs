//! Makes the client module from the documents in `openapi/`.
//!
//! Reads `openapi/*.json` and nothing else, and writes `client.rs` to `OUT_DIR`. It runs again when anything in
//! that folder changes, a new file included.

#[path = "build/generator.rs"]
mod generator;

use std::env::var_os;
use std::path::PathBuf;
use std::process::exit;

fn main() {
    println!("cargo::rerun-if-changed=openapi");
    if let Err(error) = run() {
        println!("cargo::error={error}");
        exit(1);
    }
}

fn run() -> Result<(), generator::Error> {
    let folder = |name| PathBuf::from(var_os(name).unwrap_or_default());
    let documents = generator::read(&folder("CARGO_MANIFEST_DIR"))?;
    let module = generator::generate(&documents)?;
    generator::write(&folder("OUT_DIR").join("client.rs"), &module)
}
