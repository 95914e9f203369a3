//! The generator: OpenAPI documents in, the text of three modules out.
//!
//! [`generate`] is what `build.rs` and the maintainer's commands call. Its steps are one module each: [`union`] unites the
//! documents to one [`spec`] of which [`characters`] has checked all names, [`operations`] names its operations, [`simplify`]
//! simplifies its schemas and makes [`prose`] of what they say, [`refusals`] has what cannot become a client,
//! [`composition`] writes out what consists of several objects, [`rule`] finds the requests that must name one client, [`secrets`] takes the credentials out,
//! [`rust`] has progenitor make Rust of it, [`names`] refuses what would not compile, and [`client`]
//! and [`mock`] finish what progenitor made.

mod characters;
mod client;
mod composition;
pub mod json;
mod mock;
mod names;
mod openapi_3_1;
mod operations;
mod progenitor;
pub mod prose;
mod refusals;
mod responses;
mod rule;
mod rust;
mod secrets;
mod simplify;
mod spec;
mod union;

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;

use syn::{File, parse_quote};

#[allow(unused_imports, reason = "the maintainer's commands use them")]
pub use {operations::METHODS, spec::step, union::conflicts};

/// The folder of the documents, relative to the package.
const FOLDER: &str = "openapi";

/// A vendored document: its file, relative to the package, and its text.
#[derive(Clone, Debug)]
pub struct Document {
    pub file: String,
    pub text: String,
}

/// Why no client came of the documents: one line that names the file and the place.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    /// An error at a JSON pointer in a file; the empty one is the whole.
    fn at(file: &str, pointer: &str, message: impl Display) -> Self {
        let message = message.to_string();
        let place = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
        Self(format!("{file}: {place}{}", one_line(&message)))
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// A text with its line breaks folded into spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads every `openapi/*.json` of the package, in the order of their names.
pub fn read(package: &Path) -> Result<Vec<Document>, Error> {
    let wrong = |error| Error::at(FOLDER, "", error);
    let mut documents = Vec::new();
    for entry in fs::read_dir(package.join(FOLDER)).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let file = format!("{FOLDER}/{}", path.file_name().unwrap_or_default().display());
            let text = fs::read_to_string(&path).map_err(|error| Error::at(&file, "", error))?;
            documents.push(Document { file, text });
        }
    }
    documents.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(documents)
}

/// The three modules.
pub struct Generated {
    /// The name of each operation, and its JSON pointer.
    #[allow(dead_code, reason = "for the maintainer's commands: the build has no use for it")]
    pub operations: Vec<(String, String)>,
    /// The newest version of the documents.
    #[allow(dead_code, reason = "for the maintainer's commands: the build has no use for it")]
    pub version: String,
    /// How many times a place in the documents was looked at.
    #[allow(dead_code, reason = "for a test: the build has no use for it")]
    pub lookups: usize,
    /// The functions in the documentation of the operations that show how each is called.
    pub examples: Vec<String>,
    /// Each one's name, with its items.
    pub modules: [(&'static str, File); 3],
}

impl Generated {
    /// Each one's file, with its text.
    pub fn files(&self) -> [(String, String); 3] {
        let header = "// Generated from openapi/*.json by the generator. Not edited by hand.";
        self.modules
            .each_ref()
            .map(|(name, file)| (format!("{name}.rs"), format!("{header}\n\n{}", prettyplease::unparse(file))))
    }

    /// Writes the files. An unchanged one keeps its time, so that nothing is recompiled.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        for (name, text) in self.files() {
            let path = folder.join(name);
            if fs::read_to_string(&path).is_ok_and(|current| current == text) {
                continue;
            }
            let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
            written.map_err(|error| Error::at(&path.display().to_string(), "", error))?;
        }
        Ok(())
    }
}

/// Makes the three modules of the documents.
pub fn generate(documents: &[Document]) -> Result<Generated, Error> {
    let mut spec = union::unite(documents)?;
    // Key order is no difference. Without serde_json's feature `preserve_order` it is so anyhow.
    spec.value.sort_all_objects();
    let mut operations = operations::name(&mut spec)?;
    simplify::simplify(&mut spec);
    refusals::check(&spec, &operations)?;
    composition::flatten(&mut spec)?;
    secrets::mark(&mut spec)?;
    rule::find(&mut spec, &mut operations)?;
    secrets::take(&mut spec, &mut operations)?;
    let mut rust = rust::rust(&spec, &operations)?;
    let wrong = |message| spec.error("", message);
    names::check(&rust).map_err(wrong)?;
    let (client, examples) = client::client(&spec, &operations, &mut rust).map_err(wrong)?;
    let operations = operations.into_iter().map(|operation| (operation.name, operation.pointer)).collect();
    let modules = [("types", rust.types), ("client", client), ("mock", mock::mock(rust.mock))];
    let version = spec.at("/info/version").as_str().unwrap_or_default().to_owned();
    let lookups = spec.lookups.get();
    let modules = modules.map(|(name, items)| (name, File { items, ..parse_quote!() }));
    Ok(Generated { operations, version, lookups, examples, modules })
}

/// Refuses a document with a name that could be taken for something else. The build does it when it unites documents.
pub fn check_names(file: &str, document: &serde_json::Value) -> Result<(), Error> {
    characters::check(document).map_err(|(pointer, message)| Error::at(file, &pointer, message))
}

/// Unites documents as [`generate`] does before all else. The build has no use for it.
#[allow(dead_code, reason = "the maintainer's commands use it")]
pub fn unite(documents: &[Document]) -> Result<serde_json::Value, Error> {
    Ok(union::unite(documents)?.value)
}
