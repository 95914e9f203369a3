//! A checkout that was moved or copied with its `target` compiles its own text.
//!
//! A tiny package stands for this one. It has the real `build.rs`, `src/generated.rs` and `generator/checked_in.rs`, a generator
//! that only copies its document, and no dependencies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const MANIFEST: &str = r#"
[package]
name = "tiny"
edition = "2024"
[features]
codegen = []
[workspace]
"#;

const LIBRARY: &str = "mod generated;
pub use generated::api::TEXT;
";

const PROGRAM: &str = r#"fn main() {
    println!("{}", tiny::TEXT);
}
"#;

const GENERATOR: &str = r#"
mod checked_in;
use std::{any::Any, fs, path::Path};
pub use checked_in::{Choice, choose};

const FOLDER: &str = "openapi";
const MODULES: [&str; 3] = ["types", "client", "mock"];

#[derive(Debug)]
pub struct Error(String);
impl Error {
    fn at(_: &str, _: &str, message: String) -> Self { Self(message) }
}
impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
}
impl std::error::Error for Error {}
fn message_of(_: &(dyn Any + Send)) -> String { String::new() }

pub struct Document { file: String, text: String }
pub struct Generated(String);
impl Generated {
    pub fn files(&self) -> [(String, String); 3] { MODULES.map(|name| (format!("{name}.rs"), self.0.clone())) }
}
pub fn read(package: &Path) -> Result<Vec<Document>, Error> {
    let text = fs::read_to_string(package.join("openapi/page.json")).map_err(|error| Error(error.to_string()))?;
    Ok(vec![Document { file: "openapi/page.json".to_owned(), text }])
}
pub fn generate(documents: &[Document]) -> Result<Generated, Error> {
    let text = format!("pub const TEXT: &str = {:?};", documents[0].text);
    Ok(Generated(format!("{}\n\n{text}\n", checked_in::header(documents))))
}
"#;

/// A folder that is removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A checkout of the tiny package, built with these arguments.
struct Checkout<'a> {
    root: PathBuf,
    arguments: &'a [&'a str],
}

impl Checkout<'_> {
    fn lay_out(&self) {
        let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
        let real = |file| fs::read_to_string(package.join(file)).unwrap();
        for (file, text) in [
            ("Cargo.toml", MANIFEST),
            ("src/lib.rs", LIBRARY),
            ("src/main.rs", PROGRAM),
            ("generator/mod.rs", GENERATOR),
            ("build.rs", &real("build.rs")),
            ("src/generated.rs", &real("src/generated.rs")),
            ("generator/checked_in.rs", &real("generator/checked_in.rs")),
        ] {
            self.write(file, text);
        }
        self.publish("first");
    }

    /// Changes the document and the checked-in text.
    fn publish(&self, text: &str) {
        self.write("openapi/page.json", text);
        for module in ["types", "client", "mock"] {
            self.write(&format!("src/generated/{module}.rs"), &format!("pub const TEXT: &str = {text:?};\n"));
        }
    }

    fn write(&self, file: &str, text: &str) {
        let file = self.root.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// The text that the package was compiled with.
    fn compiled(&self) -> String {
        let mut command = Command::new(env!("CARGO"));
        command.args(["run", "--quiet", "--offline"]).args(self.arguments).current_dir(&self.root);
        // The target folder of the checkout itself, and nothing that the running cargo set for this test.
        let variables = std::env::vars_os().map(|(name, _)| name);
        for name in variables.filter(|name| name.to_string_lossy().starts_with("CARGO_") && name != "CARGO_HOME") {
            command.env_remove(name);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if from.is_dir() {
            copy(&from, &to.join(name));
        } else {
            let modified = from.metadata().unwrap().modified().unwrap();
            fs::copy(&from, to.join(&name)).unwrap();
            fs::File::options().append(true).open(to.join(name)).unwrap().set_modified(modified).unwrap();
        }
    }
}

const VARIANTS: [(&str, &[&str]); 2] = [("generated", &["--features", "codegen"]), ("checked-in", &[])];

#[test]
fn a_copied_checkout_compiles_its_own_text() {
    for (name, arguments) in VARIANTS {
        let folder = Folder::new(&format!("copied-{name}"));
        let original = Checkout { root: folder.0.join("original"), arguments };
        original.lay_out();
        assert_eq!(original.compiled(), "first", "{name}");
        let clone = Checkout { root: folder.0.join("clone"), arguments };
        copy(&original.root, &clone.root);

        original.publish("of the original");
        clone.write("src/lib.rs", &format!("// Compiled again.\n{LIBRARY}"));
        assert_eq!(clone.compiled(), "first", "{name}");
        clone.publish("of the clone");
        assert_eq!(clone.compiled(), "of the clone", "{name}");
        assert_eq!(original.compiled(), "of the original", "{name}");
    }
}

#[test]
fn a_moved_checkout_compiles_its_own_text() {
    for (name, arguments) in VARIANTS {
        let folder = Folder::new(&format!("moved-{name}"));
        let old = Checkout { root: folder.0.join("old"), arguments };
        old.lay_out();
        assert_eq!(old.compiled(), "first", "{name}");
        let moved = Checkout { root: folder.0.join("moved"), arguments };
        fs::rename(&old.root, &moved.root).unwrap();
        assert_eq!(moved.compiled(), "first", "{name}");
        moved.write("src/lib.rs", &format!("// Compiled again, where the old folder is gone.\n{LIBRARY}"));
        assert_eq!(moved.compiled(), "first", "{name}");

        // Another checkout takes the place of the first one.
        old.lay_out();
        old.publish("of another");
        moved.publish("moved");
        assert_eq!(moved.compiled(), "moved", "{name}");
        assert_eq!(old.compiled(), "of another", "{name}");
    }
}
