//! The commands of `cargo xtask spec`.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use serde_json::Value;

use crate::finding::Level;
use crate::generator;
use crate::package::{Changes, Package, Source};
use crate::report::Report;
use crate::verdict::{self, Page};
use crate::{input, page, stage};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Compares vendored documents with their published pages.
pub fn check(package: &Package, inputs: &[String]) -> Outcome<Report> {
    let vendored = vendored(package, inputs)?;
    let (mut report, _) = judge(&vendored);
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
    pub report: Report,
    /// Relative to the package.
    pub files: Vec<String>,
    pub compiled: bool,
    /// What a person must still do.
    pub remaining: Vec<&'static str>,
}

/// Vendors the published version of each page.
pub fn update(package: &Package, inputs: &[String], today: &str, compile: bool) -> Outcome<Written> {
    vendor(package, vendored(package, inputs)?, today, compile)
}

/// Vendors the document of another page.
pub fn add(package: &Package, input: &str, url: Option<&str>, today: &str, compile: bool) -> Outcome<Written> {
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
    let new = page::document(input::name(input), &text)?;
    let source = Source { slug, url: url.to_owned(), version: String::new(), taken: String::new() };

    let mut all = Vec::new();
    for listed in package.sources()? {
        if listed.slug != source.slug {
            let old = package.document(&listed)?;
            let page = Page { file: listed.file(), new: old.clone(), old };
            all.push(Vendored { source: listed, page, text: None });
        } else if !package.lacks(&source) {
            if package.document(&source)? == new {
                return Ok(Written::default());
            }
            return Err(format!("{}: is vendored already: run cargo xtask spec update", source.file()).into());
        }
    }
    let page = Page { file: source.file(), old: Page::nothing(&new), new };
    all.push(Vendored { source, page, text: Some(text) });
    vendor(package, all, today, compile)
}

/// Puts the new documents in place, with all that follows from them.
fn vendor(package: &Package, mut vendored: Vec<Vendored>, today: &str, compile: bool) -> Outcome<Written> {
    let (report, conflicts) = judge(&vendored);
    if !conflicts.is_empty() {
        let conflicts: Vec<_> = conflicts.iter().map(ToString::to_string).collect();
        return Err(conflicts.join("\n       ").into());
    }
    let mut entries = Vec::new();
    let mut texts = Changes::new();
    for Vendored { source, page, text } in vendored.iter_mut().filter(|vendored| vendored.page.old != vendored.page.new)
    {
        source.version = version(&source.slug, &page.new)?;
        today.clone_into(&mut source.taken);
        entries.push(entry(source, page));
        texts.extend(text.take().map(|text| (source.page(), text)));
    }
    if entries.is_empty() {
        return Ok(Written::default());
    }
    let documents: Vec<_> = vendored.into_iter().map(|vendored| (vendored.source, vendored.page.new)).collect();
    let changes = package.with(&documents, texts, &entries, &report.fingerprints())?;
    if compile {
        stage::compile(package.folder(), &changes)?;
    }
    package.write(&changes)?;

    let rule = "read what has changed of the rule, then src/identity.rs, and tests/vendored.rs, which quotes it";
    let mut remaining = vec![
        "read the diff, and the new entry in CHANGELOG.md",
        "run the tests: cargo test --workspace --features mock,tracing",
    ];
    if report.has(Level::Breaking) {
        remaining.insert(0, "raise the version in Cargo.toml as for a breaking change");
    }
    if report.has(Level::Rule) {
        remaining.insert(0, rule);
    }
    let files = changes.into_iter().map(|(file, _)| file).collect();
    Ok(Written { report, files, compiled: compile, remaining })
}

/// A vendored page with its published version.
struct Vendored {
    source: Source,
    page: Page,
    /// The text of the published page, if it was read.
    text: Option<String>,
}

/// Each vendored page, with the published version of those that are chosen.
fn vendored(package: &Package, inputs: &[String]) -> Outcome<Vec<Vendored>> {
    let sources = package.sources()?;
    let chosen = choose(&sources, inputs)?;
    let vendored = sources.into_iter().map(|source| {
        let old = package.document(&source)?;
        let (text, new) = match chosen.get(&source.slug) {
            None => (None, old.clone()),
            Some(input) => {
                let text = input::read(input)?;
                let new = page::document(input::name(input), &text)?;
                (Some(text), new)
            }
        };
        Ok(Vendored { page: Page { file: source.file(), old, new }, source, text })
    });
    vendored.collect()
}

/// The input for each page that is to be compared, by the page's name.
fn choose(sources: &[Source], inputs: &[String]) -> Outcome<BTreeMap<String, String>> {
    let mut chosen = BTreeMap::new();
    for input in inputs {
        let named = slug_of(input).ok();
        let found = sources.iter().find(|source| named.as_ref() == Some(&source.slug));
        // With one page and one input, there is nothing to choose.
        let ((Some(source), ..) | (None, [source], [_])) = (found, sources, inputs) else {
            let slugs = sources.iter().map(|source| source.slug.as_str()).collect::<Vec<_>>().join(", ");
            let expected = format!("expected a name like that of its page, which is one of {slugs}");
            return Err(format!("{}: of which page? {expected}", input::name(input)).into());
        };
        if chosen.insert(source.slug.clone(), input.clone()).is_some() {
            return Err(format!("{}: two inputs for this page", source.slug).into());
        }
    }
    if inputs.is_empty() {
        chosen.extend(sources.iter().map(|source| (source.slug.clone(), source.url.clone())));
    }
    Ok(chosen)
}

/// The report, and what keeps the new documents from being one client.
fn judge(vendored: &[Vendored]) -> (Report, Vec<generator::Error>) {
    let pages: Vec<_> = vendored.iter().map(|vendored| vendored.page.clone()).collect();
    let verdict = verdict::judge(&pages);
    let mut report = Report::default();
    for (Vendored { page, text, .. }, findings) in vendored.iter().zip(verdict.findings) {
        if text.is_some() || !findings.is_empty() {
            report.add(&page.file, &page.old, &page.new, findings);
        }
    }
    let follow = |conflict: &generator::Error| format!("one of them still has to follow: {conflict}");
    report.notes = verdict.conflicts.iter().map(follow).collect();
    (report, verdict.conflicts)
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
    let lines = report.findings().iter().filter(|finding| finding.level > Level::Metadata);
    let lines = lines.map(|finding| format!("  - {}: `{}`: {}.\n", finding.level, finding.pointer, finding.meaning));
    // One that is in several places of a list has one pointer.
    let mut lines: Vec<_> = lines.collect();
    lines.dedup();
    entry += &lines.concat();
    entry
}
