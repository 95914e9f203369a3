//! The package's files that a bump touches: read as they are, put in place in an order that can be taken up again.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::generator::{self, Document, json};
use crate::report::Accepted;
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
    /// Its page.
    pub url: String,
    /// Its version of the API.
    pub version: String,
    /// The day on which it was taken.
    pub taken: String,
}

impl Source {
    /// The document's file, relative to the package.
    #[must_use]
    pub fn file(&self) -> String {
        format!("openapi/{}.json", self.slug)
    }

    /// The file of the page as it was taken, relative to the package: the check without a network is against it.
    #[must_use]
    pub fn page(&self) -> String {
        format!("tests/pages/{}.md", self.slug)
    }
}

/// Files that are to be written, each with its text.
pub type Changes = Vec<(String, String)>;

impl Package {
    /// The package in that folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
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
    ///
    /// # Errors
    /// One line if `openapi/sources.toml` cannot be read.
    pub fn sources(&self) -> Result<Vec<Source>, Box<dyn Error>> {
        let tables = self.toml(SOURCES)?;
        let sources = tables.iter().map(|(slug, table)| {
            let text = |key: &str| text_of(table.get(key)).ok_or(format!("{SOURCES}: {slug} has no {key}"));
            Ok(Source { slug: slug.to_owned(), url: text("url")?, version: text("version")?, taken: text("taken")? })
        });
        sources.collect()
    }

    /// A vendored document.
    ///
    /// # Errors
    /// One line if its file cannot be read.
    pub fn document(&self, source: &Source) -> Result<Value, Box<dyn Error>> {
        let file = source.file();
        Ok(json::parse(&file, &self.read(&file)?)?)
    }

    /// Whether a source is listed whose document is not there: a command was ended in the middle.
    #[must_use]
    pub fn lacks(&self, source: &Source) -> bool {
        !self.0.join(source.file()).exists()
    }

    /// The findings that a person has accepted.
    ///
    /// # Errors
    /// One line if `openapi/accepted.toml` cannot be read.
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
    /// `done` the fingerprints of the findings that are vendored now, which no longer need to be accepted.
    ///
    /// # Errors
    /// One line if the generator cannot build the documents, or a file is not as expected.
    pub fn with(
        &self,
        documents: &[(Source, Value)],
        pages: Changes,
        entries: (&str, &[String]),
        done: &BTreeSet<&str>,
    ) -> Result<Changes, Box<dyn Error>> {
        let mut sorted: Vec<_> = documents.iter().collect();
        sorted.sort_by_key(|(source, _)| source.file());
        let texts: Vec<_> = sorted
            .iter()
            .map(|(source, document)| Document { file: source.file(), text: format!("{document:#}\n") })
            .collect();
        let generated = generator::generate(&texts)?;
        let version = &documents.first().ok_or("no documents")?.0.version;

        let mut files = pages;
        for (file, text) in generated.files() {
            files.push((format!("src/generated/{file}"), text.to_owned()));
        }
        files.extend(self.with_version(version)?);
        files.push(("CHANGELOG.md".to_owned(), self.with_entries(entries.0, entries.1)?));
        files.extend(self.without_accepted(done)?);
        files.push((SOURCES.to_owned(), self.with_sources(documents)?));
        files.extend(texts.into_iter().map(|Document { file, text }| (file, text)));
        files.retain(|(file, text)| self.read(file).ok().as_ref() != Some(text));
        Ok(files)
    }

    fn without_accepted(&self, done: &BTreeSet<&str>) -> Result<Option<(String, String)>, Box<dyn Error>> {
        if !self.0.join(ACCEPTED).exists() {
            return Ok(None);
        }
        let text = self.read(ACCEPTED)?;
        let (head, rest) = text.split_once("[[accepted]]").unwrap_or((&text, ""));
        let kept = rest.split("[[accepted]]").filter(|entry| !entry.is_empty());
        let kept = kept.filter(|entry| !done.iter().any(|fingerprint| entry.contains(fingerprint)));
        Ok(Some((ACCEPTED.to_owned(), kept.fold(head.to_owned(), |text, entry| text + "[[accepted]]" + entry))))
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
        const FILE: &str = "Cargo.toml";
        let manifest = self.read(FILE)?;
        let tables = self.toml(FILE)?;
        let version = tables.get("package").and_then(|package| package.get("version"));
        let old = version.and_then(Item::as_str).ok_or("Cargo.toml: no version of the package")?.to_owned();
        let (number, _) = old.split_once('+').ok_or("Cargo.toml: the version has no build metadata")?;
        let new = format!("{number}+{api}");
        let quoted = |version: &str| format!("version = \"{version}\"");
        let mut changes = Changes::new();
        for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
            let entry = |version: &str| format!("name = \"mantago\"\n{}", quoted(version));
            if let Ok(text) = self.read(lock) {
                changes.push((lock.to_owned(), text.replacen(&entry(&old), &entry(&new), 1)));
            }
        }
        // The last of them, for the old version is read from it.
        changes.push((FILE.to_owned(), manifest.replacen(&quoted(&old), &quoted(&new), 1)));
        Ok(changes)
    }

    /// The changelog with entries at the end of a section of what is unreleased, but for those that it has.
    fn with_entries(&self, section: &str, entries: &[String]) -> Result<String, Box<dyn Error>> {
        const HEADING: &str = "## [Unreleased]\n";
        let changelog = self.read("CHANGELOG.md")?;
        let start = changelog.find(HEADING).ok_or("CHANGELOG.md: no section [Unreleased]")? + HEADING.len();
        let end = |from: usize, mark: &str| changelog[from..].find(mark).map_or(changelog.len(), |end| from + end);
        let unreleased = end(start, "\n## ");
        let is_there = |entry: &&String| changelog[start..unreleased].contains(entry.trim_end());
        let entry: String = entries.iter().filter(|entry| !is_there(entry)).map(String::as_str).collect();
        if entry.is_empty() {
            return Ok(changelog);
        }
        let heading = format!("### {section}\n");
        let (at, entry) = match changelog[start..unreleased].find(&heading) {
            Some(found) => (end(start + found, "\n### ").min(unreleased), format!("\n{entry}")),
            None => (unreleased, format!("\n\n{heading}\n{entry}")),
        };
        let (head, tail) = changelog.split_at(at);
        Ok(format!("{}{entry}{tail}", head.trim_end()))
    }

    /// Puts files in place, one by one: on an error all of them are as they were. Each is written beside its place under
    /// a name that the next run uses again, so that nothing is left of a run that was killed.
    ///
    /// # Errors
    /// One line that names the file that could not be written.
    pub fn write(&self, changes: &Changes) -> Result<(), Box<dyn Error>> {
        let mut written: Vec<(PathBuf, Option<Vec<u8>>)> = Vec::new();
        for (file, text) in changes {
            let path = self.0.join(file);
            let old = fs::read(&path).ok();
            if let Err(error) = replace(&path, text) {
                for (path, old) in written {
                    let _ = match old {
                        Some(old) => fs::write(path, old),
                        None => fs::remove_file(path),
                    };
                }
                return Err(format!("{file}: {error}; nothing was changed").into());
            }
            written.push((path, old));
        }
        Ok(())
    }

    /// The package's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.staged"));
    stage::step();
    stage::write(&beside, text)?;
    stage::step();
    let done = fs::rename(&beside, path);
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}

fn text_of(item: Option<&Item>) -> Option<String> {
    match item? {
        Item::Value(toml_edit::Value::String(text)) => Some(text.value().clone()),
        Item::Value(toml_edit::Value::Datetime(date)) => Some(date.value().to_string()),
        _ => None,
    }
}
