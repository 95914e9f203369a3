//! The package's files that a bump touches: read as they are, put in place in an order that can be taken up again.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;
use toml_edit::{DocumentMut, Item, RawString, Table, value};

use crate::finding::Accepted;
use crate::generator::{self, Document, json};
use crate::stage;

/// The folder of a package.
pub struct Package(PathBuf);

const SOURCES: &str = "openapi/sources.toml";
const ACCEPTED: &str = "openapi/accepted.toml";

/// Where a vendored document is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name of its page, and of its file.
    pub slug: String,
    pub url: String,
    pub version: String,
    /// The day on which it was read.
    pub taken: String,
}

impl Source {
    /// The document's file, relative to the package.
    pub fn file(&self) -> String {
        format!("openapi/{}.json", self.slug)
    }

    /// The file of the page as it was taken, relative to the package: the check without a network is against it.
    pub fn page(&self) -> String {
        format!("tests/pages/{}.md", self.slug)
    }
}

/// Files that are to be written, each with its text.
pub type Changes = Vec<(String, String)>;

impl Package {
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    fn read(&self, file: &str) -> Result<String, String> {
        fs::read_to_string(self.0.join(file)).map_err(|error| format!("{file}: {error}"))
    }

    fn toml(&self, file: &str) -> Result<DocumentMut, String> {
        let text = self.read(file)?;
        text.parse().map_err(|error: toml_edit::TomlError| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
            format!("{file}:{line}: {}", error.message().lines().collect::<Vec<_>>().join(" "))
        })
    }

    /// The sources of the vendored documents, in the order of the file.
    pub fn sources(&self) -> Result<Vec<Source>, Box<dyn Error>> {
        let tables = self.toml(SOURCES)?;
        let sources = tables.iter().map(|(slug, table)| {
            let text = |key: &str| text_of(table.get(key)).ok_or(format!("{SOURCES}: {slug} has no {key}"));
            Ok(Source { slug: slug.to_owned(), url: text("url")?, version: text("version")?, taken: text("taken")? })
        });
        sources.collect()
    }

    pub fn document(&self, source: &Source) -> Result<Value, Box<dyn Error>> {
        let file = source.file();
        Ok(json::parse(&file, &self.read(&file)?)?)
    }

    /// Whether a source is listed whose document is not there: a command was ended in the middle.
    pub fn lacks(&self, source: &Source) -> bool {
        !self.0.join(source.file()).exists()
    }

    /// The findings that a person has accepted.
    pub fn accepted(&self) -> Result<Vec<Accepted>, Box<dyn Error>> {
        if !self.0.join(ACCEPTED).exists() {
            return Ok(Vec::new());
        }
        let document = self.toml(ACCEPTED)?;
        let tables = document.get("accepted").and_then(Item::as_array_of_tables);
        let entries = tables.into_iter().flatten().enumerate().map(|(index, table)| {
            let text = |key: &str| text_of(table.get(key)).ok_or(format!("{ACCEPTED}: entry {}: no {key}", index + 1));
            Ok(Accepted { fingerprint: text("fingerprint")?, reason: text("reason")?, date: text("date")? })
        });
        entries.collect()
    }

    /// All files that change when these are the documents, in the order in which they are to be written: the documents
    /// come last, for a command that finds them written has nothing to do. `entries` are what is new in the changelog,
    /// `done` the fingerprints of the findings that are vendored now, which no longer need to be accepted. With them come
    /// the examples in the new documentation.
    pub fn with(
        &self,
        documents: &[(Source, Value)],
        pages: Changes,
        entries: &[String],
        done: &BTreeSet<&str>,
    ) -> Result<(Changes, Vec<String>), Box<dyn Error>> {
        let mut sorted: Vec<_> = documents.iter().collect();
        sorted.sort_by_key(|(source, _)| source.file());
        let texts: Vec<_> = sorted
            .iter()
            .map(|(source, document)| Document { file: source.file(), text: format!("{document:#}\n") })
            .collect();
        let generated = generator::generate(&texts)?;
        let version = &generated.version;

        let mut files = pages;
        for (file, text) in generated.files() {
            files.push((format!("src/generated/{file}"), text));
        }
        files.extend(self.with_version(version)?);
        files.push(("CHANGELOG.md".to_owned(), self.with_entries(version, entries)?));
        if self.0.join(ACCEPTED).exists() {
            files.push((ACCEPTED.to_owned(), self.without_accepted(done)?));
        }
        files.push((SOURCES.to_owned(), self.with_sources(documents)?));
        files.extend(texts.into_iter().map(|Document { file, text }| (file, text)));
        files.retain(|(file, text)| self.read(file).ok().as_ref() != Some(text));
        Ok((files, generated.examples))
    }

    /// The accepted differences but for those of some fingerprints. What the file begins with belongs to no entry.
    fn without_accepted(&self, done: &BTreeSet<&str>) -> Result<String, String> {
        let mut document = self.toml(ACCEPTED)?;
        let Some(entries) = document.get_mut("accepted").and_then(Item::as_array_of_tables_mut) else {
            return Ok(document.to_string());
        };
        let mut head = String::new();
        if let Some(decor) = entries.get_mut(0).map(Table::decor_mut) {
            let prefix = decor.prefix().and_then(RawString::as_str).unwrap_or_default().to_owned();
            let (before, own) = prefix.split_at(prefix.rfind("\n\n").map_or(0, |end| end + 2));
            decor.set_prefix(own);
            before.clone_into(&mut head);
        }
        let is_done = |entry: &Table| {
            let fingerprint = text_of(entry.get("fingerprint"));
            fingerprint.is_some_and(|fingerprint| done.contains(fingerprint.as_str()))
        };
        entries.retain(|entry| !is_done(entry));
        if entries.is_empty() {
            document.remove("accepted");
        }
        Ok(head + &document.to_string())
    }

    fn with_sources(&self, documents: &[(Source, Value)]) -> Result<String, Box<dyn Error>> {
        let mut tables = self.toml(SOURCES)?;
        for (source, _) in documents {
            let table = tables.entry(&source.slug).or_insert_with(|| Item::Table(Table::new()));
            table["url"] = value(&source.url);
            table["version"] = value(&source.version);
            table["taken"] = value(source.taken.parse::<toml_edit::Datetime>()?);
        }
        Ok(tables.to_string())
    }

    /// The files that name the version of the API beside the crate's.
    fn with_version(&self, api: &str) -> Result<Changes, Box<dyn Error>> {
        let manifest = self.toml("Cargo.toml")?;
        let version = manifest.get("package").and_then(|package| text_of(package.get("version")));
        let old = version.ok_or("Cargo.toml: no version of the package")?;
        let (number, _) = old.split_once('+').ok_or("Cargo.toml: the version has no build metadata")?;
        let versions = [&old, &format!("{number}+{api}")].map(|version| format!("version = \"{version}\""));
        let entries = versions.clone().map(|version| format!("name = \"mantago\"\n{version}"));
        let mut changes = Changes::new();
        // The manifest is the last of them, for the old version is read from it.
        for (file, [old, new]) in [("Cargo.lock", &entries), ("fuzz/Cargo.lock", &entries), ("Cargo.toml", &versions)] {
            if let Ok(text) = self.read(file) {
                changes.push((file.to_owned(), text.replacen(old, new, 1)));
            }
        }
        Ok(changes)
    }

    /// The changelog with entries on a version of the API, but for those that it has, before what else is unreleased.
    fn with_entries(&self, version: &str, entries: &[String]) -> Result<String, Box<dyn Error>> {
        const UNRELEASED: &str = "## [Unreleased]\n";
        let changelog = self.read("CHANGELOG.md")?;
        let (head, tail) = changelog.split_once(UNRELEASED).ok_or("CHANGELOG.md: no section [Unreleased]")?;
        let new: String = entries.iter().filter(|entry| !tail.contains(*entry)).map(String::as_str).collect();
        if new.is_empty() {
            return Ok(changelog);
        }
        Ok(format!("{head}{UNRELEASED}\n### API {version}\n\n{new}{tail}"))
    }

    /// Puts files in place: on an error all of them are as they were. Before that, each is written beside its place, where
    /// a full disk shows, under a name that the next run uses again, so that nothing is left of a run that was killed.
    pub fn write(&self, changes: &Changes) -> Result<(), Box<dyn Error>> {
        let path = |file: &String| self.0.join(file);
        let old: Vec<_> = changes.iter().map(|(file, _)| fs::read(path(file)).ok()).collect();
        let named = |file: &String, done: io::Result<()>| done.map_err(|error| format!("{file}: {error}"));
        let staged = changes.iter().try_for_each(|(file, text)| {
            stage::step();
            named(file, stage::write(&beside(&path(file)), text))
        });
        let placed = staged.and_then(|()| {
            changes.iter().try_for_each(|(file, _)| {
                stage::step();
                named(file, fs::rename(beside(&path(file)), path(file)))
            })
        });
        let Err(error) = placed else { return Ok(()) };
        let mut outcome = "nothing was changed".to_owned();
        for ((file, _), old) in changes.iter().zip(old) {
            let _ = fs::remove_file(beside(&path(file)));
            if restore(&path(file), old).is_err() {
                outcome = format!("{file} could not be restored");
            }
        }
        Err(format!("{error}; {outcome}").into())
    }
}

/// Where a file is written before it is put in place.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.staged"))
}

/// Gives a file the text that it had, if it has another now. It is never half-written, though the disk be full.
fn restore(path: &Path, old: Option<Vec<u8>>) -> io::Result<()> {
    match old {
        old if fs::read(path).ok() == old => Ok(()),
        None => fs::remove_file(path),
        Some(old) => {
            let done = stage::write(&beside(path), old).and_then(|()| fs::rename(beside(path), path));
            let _ = fs::remove_file(beside(path));
            done
        }
    }
}

fn text_of(item: Option<&Item>) -> Option<String> {
    match item? {
        Item::Value(toml_edit::Value::String(text)) => Some(text.value().clone()),
        Item::Value(toml_edit::Value::Datetime(date)) => Some(date.value().to_string()),
        _ => None,
    }
}
