//! The generator: OpenAPI documents in, the text of three modules out.
//!
//! It runs in the build of every user, with whatever patch releases cargo picks, so that it believes nothing that it has not
//! checked: a document that cannot become a client is one line with its file and place, and never rustc's error.
//!
//! [`generate`] is what `build.rs` and the maintainer's commands call. Its steps are one module each: [`union`] unites
//! the documents, of which [`characters`] checks the names, to one [`spec`], [`simplify`] simplifies its schemas and makes
//! [`prose`] of what they say, [`composition`] writes out what consists of several objects, [`refusals`] has what cannot
//! become a client, [`operations`] reads the operations with their [`parameters`] and [`responses`], [`rule`] finds the
//! requests that must name one client, [`secrets`] takes the credentials out, [`inline`] names the schemas within others,
//! and [`rust`] has [`progenitor`] make Rust of all of it. [`types`] finishes what it made; [`client`], with its
//! [`documentation`], and [`mock`] are written for each [`call`], with names in the [`spelling`] of progenitor. [`names`]
//! refuses what would not compile, and [`checked_in`] compares the text with the one that was checked in.

mod call;
mod characters;
mod checked_in;
mod client;
mod composition;
mod documentation;
mod inline;
pub mod json;
mod mock;
mod names;
mod openapi_3_1;
mod operations;
mod parameters;
mod progenitor;
pub mod prose;
mod refusals;
mod responses;
mod rule;
mod rust;
mod secrets;
mod simplify;
mod spec;
mod spelling;
mod types;
mod union;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;

use syn::{File, parse_quote};

use call::Call;

pub use checked_in::{Choice, choose};
pub use {
    openapi_3_1::lower,
    operations::METHODS,
    spec::{step, steps},
    union::conflicts,
};

/// The folder of the documents, relative to the package.
const FOLDER: &str = "openapi";

/// A vendored document: its file, relative to the package, and its text.
#[derive(Clone, Debug)]
pub struct Document {
    pub file: String,
    pub text: String,
}

/// Why no client came of the documents: one line that names the file and the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The document, relative to the package; of JSON that cannot be read, with the line and the column. Of a conflict,
    /// both documents.
    pub file: String,
    /// The place in it, as a JSON pointer; the empty one is the whole.
    pub pointer: String,
    pub message: String,
}

impl Error {
    fn at(file: &str, pointer: &str, message: impl Display) -> Self {
        Self { file: file.to_owned(), pointer: pointer.to_owned(), message: one_line(&message.to_string()) }
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let separator = if self.pointer.is_empty() { "" } else { ": " };
        write!(f, "{}: {}{separator}{}", self.file, self.pointer, self.message)
    }
}

impl std::error::Error for Error {}

/// What a panic says.
fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

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

/// The names of the three modules.
const MODULES: [&str; 3] = ["types", "client", "mock"];

/// The three modules.
pub struct Generated {
    /// The first line of each file.
    header: String,
    /// The place in the documents that names come from: of a type, and what the names that an operation has begin with.
    pub places: BTreeMap<String, String>,
    /// The newest version of the documents.
    pub version: String,
    /// The example of each operation, a function that compiles.
    pub examples: Vec<String>,
    /// Each one's name, with its items.
    pub modules: [(&'static str, File); 3],
}

impl Generated {
    /// Each one's file, with its text.
    pub fn files(&self) -> [(String, String); 3] {
        self.modules
            .each_ref()
            .map(|(name, file)| (format!("{name}.rs"), format!("{}\n\n{}", self.header, prettyplease::unparse(file))))
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
    generate_with(documents, |made| made)
}

/// Makes them of what `change` makes of progenitor's output: a test shows that its text does not matter.
pub fn generate_with(documents: &[Document], change: impl Fn(File) -> File) -> Result<Generated, Error> {
    let mut spec = union::unite(documents)?;
    // Key order is no difference. Without serde_json's feature `preserve_order` it is so anyhow.
    spec.value.sort_all_objects();
    simplify::simplify(&mut spec);
    composition::flatten(&mut spec)?;
    refusals::check(&spec)?;
    let mut operations = operations::read(&mut spec)?;
    secrets::mark(&mut spec)?;
    rule::find(&mut spec, &mut operations)?;
    secrets::take(&mut spec, &mut operations)?;
    operations::close_requests(&mut spec, &operations);
    let mut places = inline::name(&mut spec, &operations)?;
    let (types, rust) = rust::rust(&spec, &operations, &places, change)?;
    let calls = operations.iter().map(|operation| Call::new(&spec, operation, &rust)).collect::<Result<Vec<_>, _>>()?;
    let documentation = calls.iter().map(|call| documentation::document(&spec, call));
    let (documentation, examples): (Vec<_>, _) = documentation.unzip();
    let types = File { items: types::types(types), ..parse_quote!() };
    let [a, b, c] = MODULES;
    let modules = [(a, types), (b, client::client(&spec, &calls, &documentation)), (c, mock::mock(&calls))];
    for Call { operation, signature, .. } in &calls {
        let (name, builder) = (&operation.name, &signature.builder);
        let methods = ["client::Client", "mock::MockServerExt"].map(|of| format!("{of}::{name}"));
        let types = ["builder", "client::builder", "mock::operations"].map(|of| format!("{of}::{builder}"));
        places.extend(methods.into_iter().chain(types).map(|name| (name, operation.pointer.clone())));
    }
    names::check(&spec, &places, &modules)?;
    let header = checked_in::header(documents);
    let version = spec.at("/info/version").as_str().unwrap_or_default().to_owned();
    Ok(Generated { header, places, version, examples, modules })
}

/// Refuses a document with a name that could be taken for something else. The build does it when it unites documents.
pub fn check_names(file: &str, document: &serde_json::Value) -> Result<(), Error> {
    characters::check(document).map_err(|(pointer, message)| Error::at(file, &pointer, message))
}

/// Unites documents as [`generate`] does before all else. The build has no use for it.
pub fn unite(documents: &[Document]) -> Result<serde_json::Value, Error> {
    Ok(union::unite(documents)?.value)
}
