//! The package's files that a bump touches: read as they are, put in place in an order that can be taken up again.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;
use toml_edit::{DocumentMut, Item, RawString, Table, value};

use crate::changelog::Entry;
use crate::documentation::Index;
use crate::finding::Accepted;
use crate::generator::{self, Document, json};
use crate::stage::{self, Changes};

/// The folder of a package.
pub struct Package(PathBuf);

const SOURCES: &str = "openapi/sources.toml";
const ACCEPTED: &str = "openapi/accepted.toml";

/// What sources.toml says of the whole documentation: its index, and which of the pages in it count.
const SETTINGS: [&str; 2] = ["index", "pages"];

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

impl Package {
    pub fn new(folder: PathBuf) -> Self {
        Self(folder.canonicalize().unwrap_or(folder))
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
        let document = self.toml(SOURCES)?;
        let sources = document.iter().filter(|(key, _)| !SETTINGS.contains(key)).map(|(slug, table)| {
            let text = |key: &str| text_of(table.get(key)).ok_or(format!("{SOURCES}: {slug} has no {key}"));
            Ok(Source { slug: slug.to_owned(), url: text("url")?, version: text("version")?, taken: text("taken")? })
        });
        sources.collect()
    }

    /// The index of the documentation, if it is named.
    pub fn index(&self) -> Result<Option<Index>, String> {
        let document = self.toml(SOURCES)?;
        match SETTINGS.map(|key| text_of(document.get(key))) {
            [Some(url), Some(pages)] => Ok(Some(Index { url, pages })),
            [None, None] => Ok(None),
            _ => Err(format!("{SOURCES}: expected both of {}, or neither", SETTINGS.join(" and "))),
        }
    }

    /// The version of the package, with that of the API after its `+`.
    pub fn version(&self) -> Result<String, String> {
        let manifest = self.toml("Cargo.toml")?;
        let version = manifest.get("package").and_then(|package| text_of(package.get("version")));
        version.ok_or("Cargo.toml: no version of the package".to_owned())
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
    /// come last, for a command that finds them written has nothing to do. `entry` is what is new in the changelog,
    /// `done` the fingerprints of the findings that are vendored now, which no longer need to be accepted. With them come
    /// the examples in the new documentation.
    pub fn with(
        &self,
        mut documents: Vec<(Source, Value)>,
        pages: Changes,
        entry: &Entry,
        done: &BTreeSet<&str>,
    ) -> Result<(Changes, Vec<String>), Box<dyn Error>> {
        documents.sort_by_key(|(source, _)| source.file());
        let texts =
            documents.iter().map(|(source, value)| Document { file: source.file(), text: format!("{value:#}\n") });
        let texts: Vec<_> = texts.collect();
        let generated = generator::generate(&texts)?;
        let changelog = entry.put(&self.read("CHANGELOG.md")?, &generated.version)?;

        let mut files = pages;
        files.extend(generated.files().map(|(file, text)| (format!("src/generated/{file}"), Some(text))));
        files.extend(self.with_version(&generated.version)?);
        files.push(("CHANGELOG.md".to_owned(), Some(changelog)));
        if self.0.join(ACCEPTED).exists() {
            files.push((ACCEPTED.to_owned(), Some(self.without_accepted(done)?)));
        }
        files.push((SOURCES.to_owned(), Some(self.with_sources(&documents)?)));
        files.extend(texts.into_iter().map(|Document { file, text }| (file, Some(text))));
        let is_gone = |source: &Source| documents.iter().all(|(kept, _)| kept.slug != source.slug);
        for source in self.sources()?.iter().filter(|source| is_gone(source)) {
            files.extend([(source.page(), None), (source.file(), None)]);
        }
        files.retain(|(file, text)| self.read(file).ok() != *text);
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
        let is_kept = |key: &str| SETTINGS.contains(&key) || documents.iter().any(|(source, _)| source.slug == key);
        tables.retain(|key, _| is_kept(key));
        for (source, _) in documents {
            let table = tables.entry(&source.slug).or_insert_with(|| Item::Table(Table::new()));
            table["url"] = value(&source.url);
            table["version"] = value(&source.version);
            table["taken"] = value(source.taken.parse::<toml_edit::Datetime>()?);
        }
        Ok(tables.to_string())
    }

    /// The files that name the version of the API beside the crate's.
    fn with_version(&self, api: &str) -> Result<Changes, String> {
        let old = self.version()?;
        let (number, _) = old.split_once('+').ok_or("Cargo.toml: the version has no build metadata")?;
        let versions = [&old, &format!("{number}+{api}")].map(|version| format!("version = \"{version}\""));
        let entries = versions.clone().map(|version| format!("name = \"mantago\"\n{version}"));
        // The manifest is the last of them, for the old version is read from it.
        let files = [("Cargo.lock", &entries), ("fuzz/Cargo.lock", &entries), ("Cargo.toml", &versions)];
        let files = files
            .into_iter()
            .filter_map(|(file, [old, new])| Some((file, self.read(file).ok()?.replacen(old, new, 1))));
        Ok(files.map(|(file, text)| (file.to_owned(), Some(text))).collect())
    }

    /// Puts files in place: on an error all of them are as they were. Before that, each is written beside its place, where
    /// a full disk shows, under a name that the next run uses again, so that nothing is left of a run that was killed.
    pub fn write(&self, changes: &Changes) -> Result<(), Box<dyn Error>> {
        let old: Vec<_> = changes.iter().map(|(file, _)| fs::read(self.0.join(file)).ok()).collect();
        let each = |done: fn(&Path, Option<&[u8]>) -> io::Result<()>| {
            changes.iter().try_for_each(|(file, text)| {
                stage::step();
                let done = done(&self.0.join(file), text.as_deref().map(str::as_bytes));
                done.map_err(|error| format!("{file}: {error}"))
            })
        };
        let Err(error) = each(write_beside).and_then(|()| each(place)) else { return Ok(()) };
        let mut outcome = "nothing was changed".to_owned();
        for ((file, _), old) in changes.iter().zip(old) {
            let path = self.0.join(file);
            let is_as_it_was = fs::read(&path).ok() == old;
            let restore = || write_beside(&path, old.as_deref()).and_then(|()| place(&path, old.as_deref()));
            if !is_as_it_was && restore().is_err() {
                outcome = format!("{file} could not be restored");
            }
            let _ = fs::remove_file(beside(&path));
        }
        Err(format!("{error}; {outcome}").into())
    }
}

/// Where a file is written before it is put in place.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.staged"))
}

fn write_beside(path: &Path, text: Option<&[u8]>) -> io::Result<()> {
    text.map_or(Ok(()), |text| stage::write(&beside(path), text))
}

/// Gives a file the text that is beside it, or takes it away.
fn place(path: &Path, text: Option<&[u8]>) -> io::Result<()> {
    if text.is_some() { fs::rename(beside(path), path) } else { fs::remove_file(path) }
}

fn text_of(item: Option<&Item>) -> Option<String> {
    match item? {
        Item::Value(toml_edit::Value::String(text)) => Some(text.value().clone()),
        Item::Value(toml_edit::Value::Datetime(date)) => Some(date.value().to_string()),
        _ => None,
    }
}
