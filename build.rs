//! Makes the client module from the documents in `openapi/`, if the feature `codegen` is on.
//!
//! Reads `openapi/*.json` and nothing else, and writes `client.rs` to `OUT_DIR`. It runs again when anything in
//! that folder changes, a new file included. Without the feature the library takes `src/generated.rs`, which is the same
//! text, and nothing is done here.

#[cfg(feature = "codegen")]
#[path = "build/generator.rs"]
mod generator;

#[cfg(feature = "codegen")]
fn main() {
    println!("cargo::rerun-if-changed=openapi");
    if let Err(error) = run() {
        println!("cargo::error={error}");
        std::process::exit(1);
    }
}

#[cfg(feature = "codegen")]
fn run() -> Result<(), generator::Error> {
    let folder = |name| std::path::PathBuf::from(std::env::var_os(name).unwrap_or_default());
    let documents = generator::read(&folder("CARGO_MANIFEST_DIR"))?;
    let module = generator::generate(&documents)?;
    generator::write(&folder("OUT_DIR").join("client.rs"), &module)
}

#[cfg(not(feature = "codegen"))]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
