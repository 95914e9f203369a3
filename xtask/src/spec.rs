//! The commands of `cargo xtask spec`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::compare::Level;
use crate::package::{Changes, Package, Source};
use crate::report::Report;
use crate::verdict::{self, Page};
use crate::{input, page, stage};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Compares vendored documents with their published pages.
///
/// # Errors
/// One line if the comparison could not be made, or an entry of `openapi/accepted.toml` matches nothing.
pub fn check(package: &Package, inputs: &[String], slug: Option<&str>) -> Outcome<Report> {
    let vendored = vendored(package, inputs, slug)?;
    let mut report = report(&vendored);
    let accepted = package.accepted()?;
    let stale = report.accept(&accepted);
    // If only some pages are compared, an entry may be about another.
    if let [entry, ..] = stale[..]
        && vendored.iter().all(|vendored| vendored.text.is_some())
    {
        let (fingerprint, reason) = (&entry.fingerprint, &entry.reason);
        let message = format!("{fingerprint} ({reason}): it matches no finding: remove it");
        return Err(format!("openapi/accepted.toml: {message}").into());
    }
    Ok(report)
}

/// What a command that writes has done: nothing if no file changed.
#[derive(Debug, Default)]
pub struct Written {
    /// What differed.
    pub report: Report,
    /// The files that were written, relative to the package.
    pub files: Vec<String>,
    /// Whether cargo has compiled them before.
    pub compiled: bool,
    /// What a person must still do.
    pub remaining: Vec<String>,
}

/// When, and how carefully, a command writes.
#[derive(Clone, Copy, Debug)]
pub struct Manner<'a> {
    /// The day, for `openapi/sources.toml`.
    pub today: &'a str,
    /// Whether cargo compiles the new tree first.
    pub compile: bool,
}

/// Vendors the published version of documents.
///
/// # Errors
/// If a page cannot be had, the generator cannot build it, the new client does not compile, or a file cannot be written.
/// Then nothing has changed.
pub fn update(package: &Package, inputs: &[String], slug: Option<&str>, manner: Manner) -> Outcome<Written> {
    let mut vendored = vendored(package, inputs, slug)?;
    let report = report(&vendored);
    agree(&vendored)?;
    let mut entries = Vec::new();
    let mut texts = Changes::new();
    for Vendored { source, page, text } in &mut vendored {
        if page.old != page.new {
            source.version = version(&source.slug, &page.new)?;
            manner.today.clone_into(&mut source.taken);
            entries.push(entry(source, page));
            texts.extend(text.take().map(|text| (source.page(), text)));
        }
    }
    if entries.is_empty() {
        return Ok(Written::default());
    }
    let documents: Vec<_> = vendored.into_iter().map(|vendored| (vendored.source, vendored.page.new)).collect();
    let changes = package.with(&documents, texts, ("Changed", &entries), &report.fingerprints())?;
    write(package, &changes, report, manner, Vec::new())
}

/// Vendors the document of another page.
///
/// # Errors
/// Like [`update`], and if the page is vendored already with another document.
pub fn add(package: &Package, input: &str, url: Option<&str>, manner: Manner) -> Outcome<Written> {
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
        let expected = "expected the page in its Markdown form: an address that ends like /some-page.md";
        return Err(format!("{url}: {expected}").into());
    }
    let text = input::read(input)?;
    let document = page::document(input::name(input), &text)?;
    let version = version(&slug, &document)?;
    let source = Source { version, taken: manner.today.to_owned(), url: url.to_owned(), slug };
    let sources = package.sources()?;
    if let Some(listed) = sources.iter().find(|listed| listed.slug == source.slug && !package.lacks(listed)) {
        if package.document(listed)? == document {
            return Ok(Written::default());
        }
        let (file, slug) = (source.file(), &source.slug);
        return Err(format!("{file}: is vendored already: run cargo xtask spec update --page {slug}").into());
    }
    let mut all = Vec::new();
    for source in sources.into_iter().filter(|listed| listed.slug != source.slug) {
        let old = package.document(&source)?;
        let page = Page { file: source.file(), new: old.clone(), old };
        all.push(Vendored { source, page, text: None });
    }
    // The pages that are there are what an addition could break.
    let page = Page { file: source.file(), old: without_operations(&document), new: document };
    let texts = vec![(source.page(), text)];
    all.push(Vendored { source, page, text: None });
    agree(&all)?;
    let pages: Vec<_> = all.iter().map(|vendored| vendored.page.clone()).collect();
    let verdict = verdict::judge(&pages);
    let breaks = verdict.findings.iter().flatten().filter(|finding| finding.level == Level::Breaking);
    let broken: Vec<_> = breaks.map(|finding| format!("{}: {}", finding.pointer, finding.code.join("; "))).collect();
    let mut entries = vec![format!("- The operations of the page <{url}>.\n")];
    entries.extend(broken.iter().map(|sentence| format!("- Breaking: {sentence}.\n")));
    let documents: Vec<_> = all.into_iter().map(|vendored| (vendored.source, vendored.page.new)).collect();
    let changes = package.with(&documents, texts, ("Added", &entries), &BTreeSet::new())?;
    let version = "raise the version in Cargo.toml as for a breaking change";
    let remaining = broken.into_iter().map(|sentence| format!("{version}: {sentence}")).collect();
    write(package, &changes, Report::default(), manner, remaining)
}

/// A document of which nothing is generated yet.
fn without_operations(document: &Value) -> Value {
    let mut document = document.clone();
    document["paths"] = Value::Object(serde_json::Map::new());
    document["components"]["schemas"] = Value::Object(serde_json::Map::new());
    document
}

fn write(
    package: &Package,
    changes: &Changes,
    report: Report,
    manner: Manner,
    mut remaining: Vec<String>,
) -> Outcome<Written> {
    if manner.compile {
        stage::compile(package.folder(), changes)?;
    }
    package.write(changes)?;
    if report.findings().any(|finding| finding.level == Level::Rule) {
        remaining.push("read what has changed of the rule, then src/identity.rs, whose test quotes it".to_owned());
    }
    if report.findings().any(|finding| finding.level == Level::Breaking) {
        remaining.push("raise the version in Cargo.toml as for a breaking change".to_owned());
    }
    remaining.push("read the diff, and the new entry in CHANGELOG.md".to_owned());
    remaining.push("run the tests: cargo test --workspace --features mock,tracing".to_owned());
    let files = changes.iter().map(|(file, _)| file.clone()).collect();
    Ok(Written { report, files, compiled: manner.compile, remaining })
}

/// A vendored page with its published version.
struct Vendored {
    source: Source,
    page: Page,
    /// The text of the published page, if it was read.
    text: Option<String>,
}

/// Each vendored page, with the published version of those that are chosen.
fn vendored(package: &Package, inputs: &[String], slug: Option<&str>) -> Outcome<Vec<Vendored>> {
    let sources = package.sources()?;
    let chosen = choose(&sources, inputs, slug)?;
    let vendored = sources.into_iter().map(|source| {
        let text = chosen.get(&source.slug).map(|input| input::read(input)).transpose()?;
        let old = package.document(&source)?;
        let new = match (&text, chosen.get(&source.slug)) {
            (Some(text), Some(input)) => page::document(input::name(input), text)?,
            _ => old.clone(),
        };
        Ok(Vendored { page: Page { file: source.file(), old, new }, source, text })
    });
    vendored.collect()
}

/// The input for each page that is to be compared, by the page's name.
fn choose(sources: &[Source], inputs: &[String], slug: Option<&str>) -> Outcome<BTreeMap<String, String>> {
    let slugs = sources.iter().map(|source| source.slug.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(slug) = slug.filter(|slug| sources.iter().all(|source| source.slug != *slug)) {
        return Err(format!("--page {slug}: no such page: expected one of {slugs}").into());
    }
    if inputs.is_empty() {
        let sources = sources.iter().filter(|source| slug.is_none_or(|slug| source.slug == slug));
        return Ok(sources.map(|source| (source.slug.clone(), source.url.clone())).collect());
    }
    let mut chosen = BTreeMap::new();
    for input in inputs {
        let named = slug.map(str::to_owned).or_else(|| slug_of(input).ok());
        let found = sources.iter().find(|source| named.as_ref() == Some(&source.slug));
        // With one page and one input, there is nothing to choose.
        let ((Some(source), ..) | (None, [source], [_])) = (found, sources, inputs) else {
            let input = input::name(input);
            return Err(format!("{input}: of which page? expected --page with one of {slugs}").into());
        };
        if chosen.insert(source.slug.clone(), input.clone()).is_some() {
            return Err(format!("{}: two inputs for this page", source.slug).into());
        }
    }
    Ok(chosen)
}

fn report(vendored: &[Vendored]) -> Report {
    let pages: Vec<_> = vendored.iter().map(|vendored| vendored.page.clone()).collect();
    let verdict = verdict::judge(&pages);
    let mut report = Report::default();
    for (Vendored { page, text, .. }, findings) in vendored.iter().zip(verdict.findings) {
        if text.is_some() || !findings.is_empty() {
            report.add(&page.file, &page.old, &page.new, findings);
        }
    }
    report.notes = verdict.notes.into_iter().map(|note| format!("one of them still has to follow: {note}")).collect();
    report
}

/// Documents that are not one client cannot be vendored: everything that keeps them apart, at once.
fn agree(vendored: &[Vendored]) -> Outcome<()> {
    let pages: Vec<_> = vendored.iter().map(|vendored| vendored.page.clone()).collect();
    let conflicts = verdict::conflicts(&pages);
    if conflicts.is_empty() { Ok(()) } else { Err(conflicts.join("\n       ").into()) }
}

/// The name of a page: the last step of its address, without the ending.
fn slug_of(url: &str) -> Outcome<String> {
    let last = url.rsplit('/').next().unwrap_or_default();
    let slug = Path::new(last).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if slug.is_empty() || !slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        let expected = "expected an address that ends like /some-page.md";
        return Err(format!("{url}: no name for the document in it: {expected}").into());
    }
    Ok(slug.to_owned())
}

/// The document's version, where it can be a part of the crate's.
fn version(slug: &str, document: &Value) -> Outcome<String> {
    let version = document["info"]["version"].as_str().unwrap_or_default();
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if version.split('.').all(is_part) {
        return Ok(version.to_owned());
    }
    let expected = "expected letters, digits, hyphens and dots, for the crate's version";
    Err(format!("{slug}: /info/version: {version:?}: {expected}").into())
}

/// What differs of a page, as an entry of the changelog; metadata is not for users. It says the same whichever other
/// pages move with it, so that a run which finishes another finds its entry written.
fn entry(source: &Source, page: &Page) -> String {
    let findings = verdict::judge(std::slice::from_ref(page)).findings.remove(0);
    let mut report = Report::default();
    report.add(&source.file(), &page.old, &page.new, findings);
    let mut entry = format!("- {}: {}.\n", source.slug, report.summary());
    let mut listed = BTreeSet::new();
    for finding in report.findings().filter(|finding| finding.level > Level::Metadata) {
        let level = format!("{:?}", finding.level).to_lowercase();
        let line = format!("  - {level}: `{}`: {}.\n", finding.pointer, finding.meaning);
        if listed.insert(line.clone()) {
            let _ = write!(entry, "{line}");
        }
    }
    entry
}
