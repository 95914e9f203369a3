//! The commands of `cargo xtask spec`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::compare::{Finding, Level, compare};
use crate::generator::{self, Document};
use crate::package::{Changes, Package, Source};
use crate::report::Report;
use crate::{input, page};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Compares vendored documents with their published pages.
///
/// # Errors
/// One line if the comparison could not be made.
pub fn check(package: &Package, input: Option<&str>, slug: Option<&str>) -> Outcome<Report> {
    let mut report = Report::default();
    for (source, new, _) in published(package, input, slug)? {
        let old = package.document(&source)?;
        let mut findings = compare(&old, &new);
        if old != new {
            findings.extend(unbuildable(package, &source, &new)?);
        }
        report.add(&source.file(), &old, &new, findings);
    }
    Ok(report)
}

/// A finding if the generator cannot build a new document, whatever the comparison says of it.
fn unbuildable(package: &Package, source: &Source, new: &Value) -> Outcome<Option<Finding>> {
    let mut documents = Vec::new();
    for other in package.sources()? {
        let vendored = package.document(&other)?;
        // Other pages are not there in the new version yet.
        let same_version = vendored["info"]["version"] == new["info"]["version"];
        if other.slug != source.slug && same_version {
            documents.push(Document { file: other.file(), text: vendored.to_string() });
        }
    }
    documents.push(Document { file: source.file(), text: new.to_string() });
    let error = generator::generate(&documents).err();
    Ok(error.map(|error| Finding {
        level: Level::Breaking,
        pointer: String::new(),
        old: None,
        new: None,
        meaning: format!("the generator cannot build it: {error}"),
        operations: Vec::new(),
    }))
}

/// What a command that writes has done, or would have: nothing if no file changed.
#[derive(Debug)]
pub struct Written {
    /// What differed.
    pub report: Report,
    /// The files that were written, relative to the package.
    pub files: Vec<String>,
    /// What a person must still do.
    pub remaining: Vec<String>,
}

/// Vendors the published version of documents.
///
/// # Errors
/// One line if a page cannot be had, the generator cannot build it, or a file cannot be written. Then nothing has
/// changed.
pub fn update(package: &Package, input: Option<&str>, slug: Option<&str>, today: &str) -> Outcome<Written> {
    let published = published(package, input, slug)?;
    let mut report = Report::default();
    let mut documents = Vec::new();
    let mut pages = Vec::new();
    for mut source in package.sources()? {
        let old = package.document(&source)?;
        match published.iter().find(|(other, _, _)| other.slug == source.slug) {
            Some((_, new, page)) if *new != old => {
                pages.push((source.page(), page.clone()));
                report.add(&source.file(), &old, new, compare(&old, new));
                source.version = version(&source.slug, new)?;
                today.clone_into(&mut source.taken);
                documents.push((source, new.clone()));
            }
            _ => {
                report.add(&source.file(), &old, &old, Vec::new());
                documents.push((source, old));
            }
        }
    }
    if report.findings().next().is_none() {
        return Ok(Written { report, files: Vec::new(), remaining: Vec::new() });
    }
    let entry = entry(&report);
    let changes = package.with(&documents, pages, ("Changed", &entry))?;
    write(package, &changes, report)
}

/// Vendors the document of a further page.
///
/// # Errors
/// Like [`update`], and if the page is vendored already with another document.
pub fn add(package: &Package, input: &str, url: Option<&str>, today: &str) -> Outcome<Written> {
    let url = match url {
        None if input::is_url(input) => input,
        None => return Err("--url is missing: expected the page's address, for openapi/sources.toml".into()),
        Some(url) => url,
    };
    if !url.starts_with("https://") {
        return Err(format!("{url}: expected an https URL").into());
    }
    let slug = slug_of(url)?;
    if !url.ends_with(&format!("/{slug}.md")) {
        return Err(
            format!("{url}: expected the page in its Markdown form: an address that ends like /some-page.md").into()
        );
    }
    let page = input::read(input)?;
    let document = page::document(input::name(input), &page)?;
    let mut documents = Vec::new();
    for source in package.sources()? {
        let vendored = package.document(&source)?;
        if source.slug == slug {
            if vendored == document {
                return Ok(Written { report: Report::default(), files: Vec::new(), remaining: Vec::new() });
            }
            return Err(
                format!("{}: is vendored already: run cargo xtask spec update --page {slug}", source.file()).into()
            );
        }
        documents.push((source, vendored));
    }
    let before = names(&documents)?;
    let source = Source { version: version(&slug, &document)?, taken: today.to_owned(), url: url.to_owned(), slug };
    let mut entry = format!("- The operations of the page <{url}>.\n");
    let pages = vec![(source.page(), page)];
    documents.push((source, document));
    // A method on a path that has others may be named otherwise than alone.
    let after = names(&documents)?;
    let renamed = before.iter().filter_map(|(pointer, old)| Some((old, after.get(pointer).filter(|new| *new != old)?)));
    let renamed: Vec<_> = renamed.map(|(old, new)| format!("The method `{old}` is called `{new}`")).collect();
    for sentence in &renamed {
        let _ = writeln!(entry, "- {sentence}.");
    }
    let changes = package.with(&documents, pages, ("Added", &entry))?;
    let mut written = write(package, &changes, Report::default())?;
    let breaking = |sentence| format!("{sentence}: raise the version in Cargo.toml as for a breaking change");
    written.remaining.splice(0..0, renamed.into_iter().map(breaking));
    Ok(written)
}

/// The name of each operation of all documents together, by its JSON pointer.
fn names(documents: &[(Source, Value)]) -> Outcome<BTreeMap<String, String>> {
    let texts = documents.iter().map(|(source, document)| Document { file: source.file(), text: document.to_string() });
    Ok(generator::operation_names(&texts.collect::<Vec<_>>())?.into_iter().collect())
}

fn write(package: &Package, changes: &Changes, report: Report) -> Outcome<Written> {
    package.write(changes)?;
    let mut remaining = Vec::new();
    if report.findings().any(|finding| finding.level == Level::Rule) {
        remaining.push("read what has changed of the rule, then src/identity.rs, whose test quotes it".to_owned());
    }
    if report.findings().any(|finding| finding.level == Level::Breaking) {
        remaining.push("raise the version in Cargo.toml as for a breaking change".to_owned());
    }
    if !changes.is_empty() {
        remaining.push("read the diff, and the new entry in CHANGELOG.md".to_owned());
        remaining.push("run the tests: cargo test --workspace --features mock,tracing".to_owned());
    }
    Ok(Written { report, files: changes.iter().map(|(file, _)| file.clone()).collect(), remaining })
}

/// The documents of published pages, each with the source of the vendored one, and the page as it is.
fn published(package: &Package, input: Option<&str>, slug: Option<&str>) -> Outcome<Vec<(Source, Value, String)>> {
    let sources = package.sources()?;
    let slugs = || sources.iter().map(|source| source.slug.as_str()).collect::<Vec<_>>().join(", ");
    let chosen: Vec<&Source> = match (slug, input) {
        (Some(slug), _) => {
            let found = sources.iter().find(|source| source.slug == slug);
            vec![found.ok_or_else(|| format!("--page {slug}: no such page: expected one of {}", slugs()))?]
        }
        (None, Some(input)) => {
            let named = slug_of(input).ok().and_then(|slug| sources.iter().find(|source| source.slug == slug));
            match (named, &sources[..]) {
                (Some(source), _) | (None, [source]) => vec![source],
                _ => {
                    return Err(format!(
                        "{}: of which page? expected --page with one of {}",
                        input::name(input),
                        slugs()
                    )
                    .into());
                }
            }
        }
        (None, None) => sources.iter().collect(),
    };
    let read = |source: &Source| {
        let input = input.unwrap_or(&source.url);
        let page = input::read(input)?;
        Ok((source.clone(), page::document(input::name(input), &page)?, page))
    };
    chosen.into_iter().map(read).collect()
}

/// The name of a page: the last step of its address, without the ending.
fn slug_of(url: &str) -> Outcome<String> {
    let last = url.rsplit('/').next().unwrap_or_default();
    let slug = Path::new(last).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if slug.is_empty() || !slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return Err(
            format!("{url}: no name for the document in it: expected an address that ends like /some-page.md").into()
        );
    }
    Ok(slug.to_owned())
}

/// The version of the API, as the crate's version can carry it: the build metadata of Semantic Versioning.
fn version(slug: &str, document: &Value) -> Outcome<String> {
    let version = document["info"]["version"].as_str().unwrap_or_default();
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if version.split('.').all(is_part) {
        return Ok(version.to_owned());
    }
    Err(format!(
        "{slug}: /info/version: {version:?}: expected letters, digits, hyphens and dots, for the crate's version"
    )
    .into())
}

/// What differs, as an entry of the changelog; metadata is not for users.
fn entry(report: &Report) -> String {
    let mut entry = format!("- {}.\n", report.summary());
    let mut told = BTreeSet::new();
    let told_findings: Vec<&Finding> = report.findings().filter(|finding| finding.level > Level::Metadata).collect();
    for Finding { level, pointer, meaning, .. } in told_findings {
        let line = format!("  - {}: `{pointer}`: {meaning}.\n", format!("{level:?}").to_lowercase());
        if told.insert(line.clone()) {
            entry += &line;
        }
    }
    entry
}
