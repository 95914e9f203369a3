//! With the feature `codegen`, generates the client from the documents in `openapi/` into `OUT_DIR`, from where the library
//! includes it. Without the feature, the library includes `src/generated/` and there is nothing to do.
//!
//! No path goes to the library: cargo reuses a build script's output after the package was moved or copied, and the library
//! would compile the text of another checkout.

#[cfg(feature = "codegen")]
#[allow(dead_code, unused_imports, reason = "the maintainers' commands use more of it")]
#[path = "generator/mod.rs"]
mod generator;

#[cfg(not(feature = "codegen"))]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}

#[cfg(feature = "codegen")]
fn main() {
    println!("cargo::rerun-if-changed=openapi");
    println!("cargo::rerun-if-changed=src/generated");
    if let Err(error) = generate() {
        println!("cargo::error={error}");
        std::process::exit(1);
    }
}

#[cfg(feature = "codegen")]
fn generate() -> Result<(), Box<dyn std::error::Error>> {
    let folder = |variable| std::env::var_os(variable).map(std::path::PathBuf::from).ok_or(variable);
    let (package, out) = (folder("CARGO_MANIFEST_DIR")?, folder("OUT_DIR")?);
    let documents = generator::read(&package)?;
    let choice = generator::choose(&documents, &package.join("src/generated"), generator::generate)?;
    if let Some(warning) = choice.warning {
        println!("cargo::warning={warning}");
    }
    for (name, text) in choice.files {
        let file = out.join(name);
        // An unchanged file keeps its time, so that the library is not compiled again.
        if std::fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            std::fs::write(file, text)?;
        }
    }
    Ok(())
}
