//! The files that a new API version changes, written in an order that lets the same command finish after it was killed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use toml_edit::{DocumentMut, Item, RawString, Table, value};

use crate::Outcome;
use crate::changelog::Entry;
use crate::finding::Accepted;
use crate::generator::{self, Document, json};
use crate::index::Index;
use crate::stage::{self, Changes};
use crate::verdict::Page;

/// The folder of a package.
pub struct Package(PathBuf);

pub const SOURCES: &str = "openapi/sources.toml";
const ACCEPTED: &str = "openapi/accepted.toml";

/// The settings in sources.toml. All other keys are pages.
const SETTINGS: [&str; 2] = ["index", "pages"];

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

    /// The vendored pages in the order of sources.toml, without their documents.
    pub fn sources(&self) -> Outcome<Vec<Page>> {
        let document = self.toml(SOURCES)?;
        let sources = document.iter().filter(|(key, _)| !SETTINGS.contains(key)).map(|(key, table)| {
            let text = |name: &str| text_of(table.get(name)).ok_or(format!("{SOURCES}: {key} has no {name}"));
            let (url, version, taken) = (text("url")?, text("version")?, text("taken")?);
            let slug = key.strip_suffix(".md").unwrap_or(key);
            Ok(Page { slug: slug.to_owned(), file: file_of(slug), url, version, taken, ..Page::default() })
        });
        sources.collect()
    }

    /// The vendored pages with their documents, without pages whose document a killed command has yet to write.
    pub fn vendored(&self) -> Outcome<Vec<Page>> {
        let vendored = self.sources()?.into_iter().filter(|page| !self.lacks(page)).map(|page| {
            let old = json::parse(&page.file, &self.read(&page.file)?)?;
            Ok(Page { new: old.clone(), old, ..page })
        });
        vendored.collect()
    }

    /// The index of the documentation, if sources.toml has one.
    pub fn index(&self) -> Result<Option<Index>, String> {
        let document = self.toml(SOURCES)?;
        match SETTINGS.map(|key| text_of(document.get(key))) {
            [Some(url), Some(pages)] => {
                Index::new(&url, &pages).map(Some).map_err(|error| format!("{SOURCES}: {error}"))
            }
            [None, None] => Ok(None),
            _ => Err(format!("{SOURCES}: expected both of {}, or neither", SETTINGS.join(" and "))),
        }
    }

    /// The package's version, with the API's version after the `+`.
    pub fn version(&self) -> Result<String, String> {
        let manifest = self.toml("Cargo.toml")?;
        let version = manifest.get("package").and_then(|package| text_of(package.get("version")));
        version.ok_or("Cargo.toml: no version of the package".to_owned())
    }

    /// Whether a page's document is missing, because the command that adds the page was killed.
    pub fn lacks(&self, page: &Page) -> bool {
        !self.0.join(&page.file).exists()
    }

    /// The findings that a person has accepted.
    pub fn accepted(&self) -> Outcome<Vec<Accepted>> {
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

    /// The files that change if `pages` are vendored, in the order in which they must be written, and the examples in the new
    /// documentation. Documents come last: once they are written, a repeated command has nothing left to do. `entry` goes into
    /// the changelog. `done` has the fingerprints of findings that are vendored now and leave accepted.toml.
    pub fn with(&self, mut pages: Vec<Page>, entry: &Entry, done: &BTreeSet<&str>) -> Outcome<(Changes, Vec<String>)> {
        pages.sort_by(|one, other| one.file.cmp(&other.file));
        let document = |page: &Page| Document { file: page.file.clone(), text: format!("{:#}\n", page.new) };
        let texts: Vec<_> = pages.iter().map(document).collect();
        let generated = generator::generate(&texts)?;
        let changelog = entry.put(&self.read("CHANGELOG.md")?, &generated.version)?;

        let read = pages.iter().filter(|page| page.differs() && page.text.is_some());
        let mut files: Changes = read.map(|page| (page.copy(), page.text.clone())).collect();
        files.extend(generated.files().map(|(file, text)| (format!("src/generated/{file}"), Some(text))));
        files.extend(self.with_version(&generated.version)?);
        files.push(("CHANGELOG.md".to_owned(), Some(changelog)));
        if self.0.join(ACCEPTED).exists() {
            files.push((ACCEPTED.to_owned(), Some(self.without_accepted(done)?)));
        }
        files.push((SOURCES.to_owned(), Some(self.with_sources(&pages)?)));
        files.extend(texts.into_iter().map(|Document { file, text }| (file, Some(text))));
        let is_gone = |page: &Page| pages.iter().all(|kept| kept.slug != page.slug);
        for page in self.sources()?.into_iter().filter(is_gone) {
            files.extend([(page.copy(), None), (page.file, None)]);
        }
        files.retain(|(file, text)| self.read(file).ok() != *text);
        Ok((files, generated.examples))
    }

    /// accepted.toml without the entries whose fingerprints are in `done`. The comment at its top stays.
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
        let is_done = |fingerprint: String| done.contains(&fingerprint[..]);
        entries.retain(|entry| !text_of(entry.get("fingerprint")).is_some_and(is_done));
        if entries.is_empty() {
            document.remove("accepted");
        }
        Ok(head + &document.to_string())
    }

    fn with_sources(&self, pages: &[Page]) -> Outcome<String> {
        let mut tables = self.toml(SOURCES)?;
        tables.retain(|key, _| SETTINGS.contains(&key) || pages.iter().any(|page| key_of(&page.slug) == key));
        for page in pages {
            let table = tables.entry(&key_of(&page.slug)).or_insert_with(|| Item::Table(Table::new()));
            table["url"] = value(&page.url);
            table["version"] = value(&page.version);
            table["taken"] = value(page.taken.parse::<toml_edit::Datetime>()?);
        }
        Ok(tables.to_string())
    }

    /// The files with the crate's version, which includes the API's.
    fn with_version(&self, api: &str) -> Result<Changes, String> {
        let old = self.version()?;
        let (number, _) = old.split_once('+').ok_or("Cargo.toml: the version has no build metadata")?;
        let versions = [&old, &format!("{number}+{api}")].map(|version| format!("version = \"{version}\""));
        let entries = versions.clone().map(|version| format!("name = \"mantago\"\n{version}"));
        // The manifest comes last: if this run is killed, the next run reads the old version from it.
        let files = [("Cargo.lock", &entries), ("fuzz/Cargo.lock", &entries), ("Cargo.toml", &versions)];
        let replaced = files
            .into_iter()
            .filter_map(|(file, [old, new])| Some((file, self.read(file).ok()?.replacen(old, new, 1))));
        Ok(replaced.map(|(file, text)| (file.to_owned(), Some(text))).collect())
    }

    /// Writes all files or none. Each is first written next to its place, so that a full disk fails early, and then renamed.
    /// The temporary names are the same in every run, so that the next run replaces the remains of a killed one.
    pub fn write(&self, changes: &Changes) -> Outcome<()> {
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
            let _ = fs::remove_file(staged(&path));
        }
        Err(format!("{error}; {outcome}").into())
    }
}

/// A page's key in sources.toml: its name, or its file's name if a setting has the same name. No setting has a dot.
fn key_of(slug: &str) -> String {
    if SETTINGS.contains(&slug) { format!("{slug}.md") } else { slug.to_owned() }
}

/// The file of a page's document, for a page's name.
pub fn file_of(slug: &str) -> String {
    format!("openapi/{slug}.json")
}

/// The temporary file from which a file is renamed.
fn staged(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.staged"))
}

fn write_beside(path: &Path, text: Option<&[u8]>) -> io::Result<()> {
    text.map_or(Ok(()), |text| stage::write(&staged(path), text))
}

/// Replaces a file with its temporary file, or removes it.
fn place(path: &Path, text: Option<&[u8]>) -> io::Result<()> {
    if text.is_some() { fs::rename(staged(path), path) } else { fs::remove_file(path) }
}

fn text_of(item: Option<&Item>) -> Option<String> {
    match item? {
        Item::Value(toml_edit::Value::String(text)) => Some(text.value().clone()),
        Item::Value(toml_edit::Value::Datetime(date)) => Some(date.value().to_string()),
        _ => None,
    }
}
