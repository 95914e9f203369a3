//! The generator: turns OpenAPI documents into the source of three modules, `types`, `client` and `mock`.
//!
//! It runs in users' builds, with whichever patch releases of its dependencies cargo picks. It therefore validates all
//! input: a document that cannot become a client fails with a one-line error that names the file and the place, never with
//! an error from rustc.
//!
//! [`parse`] turns the documents into the typed [`model`], the input of every later step. [`print`] prints the model's
//! types for [`progenitor`], and [`types`] finishes its output. [`client`] and [`mock`] are templates over the model.

mod any_json;
mod budget;
mod call;
mod characters;
mod checked_in;
mod client;
mod credentials;
mod cursor;
mod documentation;
mod enumerations;
mod fields;
mod identification;
pub mod json;
mod keywords;
mod lift;
mod merge;
mod mock;
pub mod model;
mod names;
mod operations;
mod parameters;
mod parse;
pub mod places;
mod print;
mod progenitor;
pub mod prose;
mod requests;
mod schemas;
mod spelling;
mod tree;
mod types;
mod walk;

use std::any::Any;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;

use syn::{File, parse_quote};

use call::Call;
use model::Api;
use places::Places;

pub use checked_in::{Choice, choose};
pub use cursor::step;
pub use parse::{conflicts, parse};

/// The folder with the documents, relative to the package.
const FOLDER: &str = "openapi";

/// A vendored document. `file` is relative to the package.
#[derive(Clone, Debug)]
pub struct Document {
    pub file: String,
    pub text: String,
}

/// The reason why the generator refuses the documents, displayed on one line with the file and the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The document, relative to the package, with the line and column if it is not JSON. For a conflict, both documents.
    pub file: String,
    /// A JSON pointer into the document; empty if the error is about the whole document.
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

/// The message of a panic.
fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message").to_owned()
}

/// Text on one line, with each run of white space as a single space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads every `openapi/*.json` in the package, sorted by name.
pub fn read(package: &Path) -> Result<Vec<Document>, Error> {
    let unreadable = |error| Error::at(FOLDER, "", error);
    let mut documents = Vec::new();
    for entry in fs::read_dir(package.join(FOLDER)).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let file = format!("{FOLDER}/{}", path.file_name().unwrap_or_default().display());
            let text = fs::read_to_string(&path).map_err(|error| Error::at(&file, "", error))?;
            documents.push(Document { file, text });
        }
    }
    documents.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(documents)
}

const MODULES: [&str; 3] = ["types", "client", "mock"];

/// The three generated modules.
pub struct Generated {
    /// The first line of each file.
    header: String,
    pub places: Places,
    /// The newest API version among the documents.
    pub version: String,
    /// A function for each operation, from the example in its documentation.
    pub examples: Vec<String>,
    /// Each module's name and items.
    pub modules: [(&'static str, File); 3],
}

impl Generated {
    /// Each file's name and text.
    pub fn files(&self) -> [(String, String); 3] {
        self.modules
            .each_ref()
            .map(|(name, file)| (format!("{name}.rs"), format!("{}\n\n{}", self.header, prettyplease::unparse(file))))
    }

    /// Writes the files. Unchanged files keep their modification time, so that cargo doesn't recompile them.
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

/// Generates the three modules.
pub fn generate(documents: &[Document]) -> Result<Generated, Error> {
    generate_with(documents, |file| file)
}

/// Generates the three modules, with `change` applied to progenitor's output: tests show that its wording doesn't matter.
pub fn generate_with(documents: &[Document], change: impl Fn(File) -> File) -> Result<Generated, Error> {
    let api = parse(documents)?;
    let items = progenitor::types(&print::document(&api), change).map_err(|message| Error::at(FOLDER, "", message))?;
    let types = types::types(items, &api);
    let properties = fields::properties(&types);
    let calls: Vec<_> = api.operations.iter().map(|operation| Call::new(&api, operation, &properties)).collect();
    let (documentation, examples): (Vec<_>, _) = calls.iter().map(documentation::document).unzip();
    let places = places::places(&api, &types, &properties, &calls);
    let types = File { items: types, ..parse_quote!() };
    let [a, b, c] = MODULES;
    let modules = [(a, types), (b, client::client(&api, &calls, &documentation)), (c, mock::mock(&calls))];
    names::check(&places, &modules)?;
    let header = checked_in::header(documents);
    let Api { version, .. } = api;
    Ok(Generated { header, places, version, examples, modules })
}

/// Refuses a document with misleading characters in a name, as [`parse()`] does.
pub fn check_names(file: &str, document: &serde_json::Value) -> Result<(), Error> {
    characters::check(document).map_err(|(pointer, message)| Error::at(file, &pointer, message))
}
