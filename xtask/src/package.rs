//! The package's files that a bump touches: read as they are, written all or not at all.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::NamedTempFile;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::generator::{self, Document};

/// The folder of a package.
pub struct Package(PathBuf);

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
        const FILE: &str = "openapi/sources.toml";
        let tables = self.toml(FILE)?;
        let sources = tables.iter().map(|(slug, table)| {
            let text = |key: &str| match table.get(key) {
                Some(Item::Value(toml_edit::Value::String(text))) => Ok(text.value().clone()),
                Some(Item::Value(toml_edit::Value::Datetime(date))) => Ok(date.value().to_string()),
                _ => Err(format!("{FILE}: {slug} has no {key}")),
            };
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
        serde_json::from_str(&self.read(&file)?).map_err(|error| format!("{file}: not JSON: {error}").into())
    }

    /// All files that change when these are the documents, with the pages that they are from and an entry for a
    /// section of the changelog.
    ///
    /// # Errors
    /// One line if the generator cannot build the documents, or a file is not as expected.
    pub fn with(
        &self,
        documents: &[(Source, Value)],
        pages: Changes,
        entry: (&str, &str),
    ) -> Result<Changes, Box<dyn Error>> {
        let mut sorted: Vec<_> = documents.iter().collect();
        sorted.sort_by_key(|(source, _)| source.file());
        let texts: Vec<_> = sorted
            .iter()
            .map(|(source, document)| Document { file: source.file(), text: format!("{document:#}\n") })
            .collect();
        let generated = generator::generate(&texts)?;
        let version = &documents.first().ok_or("no documents")?.0.version;

        let mut files: Changes = texts.into_iter().map(|Document { file, text }| (file, text)).collect();
        files.push(("openapi/sources.toml".to_owned(), self.with_sources(documents)?));
        for (name, text) in generated.files() {
            files.push((format!("src/generated/{name}"), text.to_owned()));
        }
        files.extend(self.with_version(version)?);
        files.push(("CHANGELOG.md".to_owned(), self.with_entry(entry.0, entry.1)?));
        files.extend(pages);
        let mut changes = Changes::new();
        for (file, text) in files {
            if self.read(&file).ok().as_ref() != Some(&text) {
                changes.push((file, text));
            }
        }
        Ok(changes)
    }

    fn with_sources(&self, documents: &[(Source, Value)]) -> Result<String, Box<dyn Error>> {
        let mut tables = self.toml("openapi/sources.toml")?;
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
        let mut changes = vec![(FILE.to_owned(), manifest.replacen(&quoted(&old), &quoted(&new), 1))];
        for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
            let entry = |version: &str| format!("name = \"mantago\"\n{}", quoted(version));
            if let Ok(text) = self.read(lock) {
                changes.push((lock.to_owned(), text.replacen(&entry(&old), &entry(&new), 1)));
            }
        }
        Ok(changes)
    }

    /// The changelog with an entry at the end of a section of what is unreleased.
    fn with_entry(&self, section: &str, entry: &str) -> Result<String, Box<dyn Error>> {
        const HEADING: &str = "## [Unreleased]\n";
        let changelog = self.read("CHANGELOG.md")?;
        let start = changelog.find(HEADING).ok_or("CHANGELOG.md: no section [Unreleased]")? + HEADING.len();
        let end = |from: usize, mark: &str| changelog[from..].find(mark).map_or(changelog.len(), |end| from + end);
        let unreleased = end(start, "\n## ");
        let heading = format!("### {section}\n");
        let (at, entry) = match changelog[start..unreleased].find(&heading) {
            Some(found) => (end(start + found, "\n### ").min(unreleased), format!("\n{entry}")),
            None => (unreleased, format!("\n\n{heading}\n{entry}")),
        };
        let (head, tail) = changelog.split_at(at);
        Ok(format!("{}{entry}{tail}", head.trim_end()))
    }

    /// Writes files: all of them, or on an error none.
    ///
    /// # Errors
    /// One line that names the file that could not be written.
    pub fn write(&self, changes: &Changes) -> Result<(), Box<dyn Error>> {
        let failed = |file: &str, error: std::io::Error| format!("{file}: {error}; nothing was changed");
        let mut staged = Vec::new();
        for (file, text) in changes {
            let path = self.0.join(file);
            let folder = path.parent().unwrap_or(Path::new("."));
            let mut temporary = NamedTempFile::new_in(folder).map_err(|error| failed(file, error))?;
            temporary.write_all(text.as_bytes()).map_err(|error| failed(file, error))?;
            let old = fs::read(&path).ok();
            if let Ok(metadata) = fs::metadata(&path) {
                fs::set_permissions(temporary.path(), metadata.permissions()).map_err(|error| failed(file, error))?;
            } else {
                readable(temporary.path()).map_err(|error| failed(file, error))?;
            }
            staged.push((file, path, temporary, old));
        }
        let mut written: Vec<(PathBuf, Option<Vec<u8>>)> = Vec::new();
        for (file, path, temporary, old) in staged {
            if let Err(error) = temporary.persist(&path) {
                for (path, old) in written {
                    let _ = match old {
                        Some(old) => fs::write(path, old),
                        None => fs::remove_file(path),
                    };
                }
                return Err(failed(file, error.error).into());
            }
            written.push((path, old));
        }
        Ok(())
    }
}

/// A temporary file is its owner's alone; a new file of the package is like the others.
fn readable(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    }
    let _ = path;
    Ok(())
}
