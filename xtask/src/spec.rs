//! The commands of `cargo xtask spec`.

use std::collections::BTreeSet;
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
    let published = published(package, inputs, slug)?;
    let sources = package.sources()?;
    let (pages, _) = pages(package, &sources, &published)?;
    let mut report = report(&sources, &pages, &published);
    let accepted = package.accepted()?;
    let stale = report.accept(&accepted);
    // Of some pages only, an entry may be about another.
    if let [entry, ..] = stale[..]
        && published.len() == sources.len()
    {
        let fingerprint = &entry.fingerprint;
        return Err(format!(
            "openapi/accepted.toml: {fingerprint} ({}): no such finding any more: remove it",
            entry.reason
        )
        .into());
    }
    Ok(report)
}

/// What a command that writes has done, or would have: nothing if no file changed.
#[derive(Debug)]
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
    let published = published(package, inputs, slug)?;
    let mut sources = package.sources()?;
    let (pages, mut texts) = pages(package, &sources, &published)?;
    let report = report(&sources, &pages, &published);
    if pages.iter().all(|page| page.old == page.new) {
        return Ok(Written { report, files: Vec::new(), compiled: false, remaining: Vec::new() });
    }
    agree(&pages)?;
    let mut entries = Vec::new();
    for (source, page) in sources.iter_mut().zip(&pages).filter(|(_, page)| page.old != page.new) {
        source.version = version(&source.slug, &page.new)?;
        manner.today.clone_into(&mut source.taken);
        entries.push(entry(source, page));
    }
    texts.retain(|(file, _)| {
        sources.iter().zip(&pages).any(|(source, page)| source.page() == *file && page.old != page.new)
    });
    let documents: Vec<_> = sources.into_iter().zip(pages.into_iter().map(|page| page.new)).collect();
    let changes = package.with(&documents, texts, ("Changed", &entries), &report.fingerprints())?;
    write(package, &changes, report, manner, Vec::new())
}

/// Vendors the document of a further page.
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
    let mut sources = package.sources()?;
    if let Some(listed) = sources.iter().find(|listed| listed.slug == source.slug && !package.lacks(listed)) {
        if package.document(listed)? == document {
            return Ok(Written {
                report: Report::default(),
                files: Vec::new(),
                compiled: false,
                remaining: Vec::new(),
            });
        }
        let (file, slug) = (source.file(), &source.slug);
        return Err(format!("{file}: is vendored already: run cargo xtask spec update --page {slug}").into());
    }
    sources.retain(|listed| listed.slug != source.slug);
    let (mut pages, _) = pages(package, &sources, &[])?;
    // The pages that are there are what an addition could break.
    let page = Page { file: source.file(), old: without_operations(&document), new: document.clone() };
    pages.push(page);
    agree(&pages)?;
    let verdict = verdict::judge(&pages);
    let breaks = verdict.findings.iter().flatten().filter(|finding| finding.level == Level::Breaking);
    let broken: Vec<_> = breaks.map(|finding| format!("{}: {}", finding.pointer, finding.code.join("; "))).collect();
    let mut entries = vec![format!("- The operations of the page <{url}>.\n")];
    entries.extend(broken.iter().map(|sentence| format!("- Breaking: {sentence}.\n")));
    let texts = vec![(source.page(), text)];
    let mut documents: Vec<_> = sources.into_iter().zip(pages.into_iter().map(|page| page.old)).collect();
    documents.push((source, document));
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

/// A published page: the name of the vendored one, its document, and its text.
type Published = (String, Value, String);

/// Each vendored page with its published version, and the text of each page that is published.
fn pages(package: &Package, sources: &[Source], published: &[Published]) -> Outcome<(Vec<Page>, Changes)> {
    let mut pages = Vec::new();
    let mut texts = Changes::new();
    for source in sources {
        let old = package.document(source)?;
        let found = published.iter().find(|(slug, ..)| *slug == source.slug);
        if let Some((_, _, text)) = found {
            texts.push((source.page(), text.clone()));
        }
        let new = found.map_or(&old, |(_, new, _)| new).clone();
        pages.push(Page { file: source.file(), old, new });
    }
    Ok((pages, texts))
}

fn report(sources: &[Source], pages: &[Page], published: &[Published]) -> Report {
    let mut report = Report::default();
    let verdict = verdict::judge(pages);
    for ((source, page), findings) in sources.iter().zip(pages).zip(verdict.findings) {
        if published.iter().any(|(slug, ..)| *slug == source.slug) || !findings.is_empty() {
            report.add(&page.file, &page.old, &page.new, findings);
        }
    }
    report.notes = verdict.notes.into_iter().map(|note| format!("one of them still has to follow: {note}")).collect();
    report
}

/// Documents that are not one client cannot be vendored: all that keeps them apart, at once.
fn agree(pages: &[Page]) -> Outcome<()> {
    let conflicts = verdict::conflicts(pages);
    if conflicts.is_empty() { Ok(()) } else { Err(conflicts.join("\n       ").into()) }
}

/// The documents of published pages, each with the name of the vendored one, and the page as it is.
fn published(package: &Package, inputs: &[String], slug: Option<&str>) -> Outcome<Vec<Published>> {
    let sources = package.sources()?;
    let slugs = || sources.iter().map(|source| source.slug.as_str()).collect::<Vec<_>>().join(", ");
    let named = |slug: &str| sources.iter().find(|source| source.slug == slug);
    let chosen: Vec<(&Source, &str)> = match (slug, inputs) {
        (Some(slug), inputs) => {
            let source =
                named(slug).ok_or_else(|| format!("--page {slug}: no such page: expected one of {}", slugs()))?;
            match inputs {
                [] => vec![(source, &source.url)],
                [input] => vec![(source, input)],
                _ => return Err("--page is for one input: several are each named like their page".into()),
            }
        }
        (None, []) => sources.iter().map(|source| (source, source.url.as_str())).collect(),
        (None, inputs) => {
            let mut chosen = Vec::new();
            for input in inputs {
                match (slug_of(input).ok().and_then(|slug| named(&slug)), &sources[..], inputs) {
                    (Some(source), ..) | (None, [source], [_]) => chosen.push((source, input.as_str())),
                    _ => {
                        let (input, slugs) = (input::name(input), slugs());
                        return Err(format!("{input}: of which page? expected --page with one of {slugs}").into());
                    }
                }
            }
            chosen
        }
    };
    let distinct: BTreeSet<_> = chosen.iter().map(|(source, _)| &source.slug).collect();
    if distinct.len() < chosen.len() {
        return Err("one page is given twice".into());
    }
    let read = |(source, input): (&Source, &str)| {
        let text = input::read(input)?;
        Ok((source.slug.clone(), page::document(input::name(input), &text)?, text))
    };
    chosen.into_iter().map(read).collect()
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
    let mut told = BTreeSet::new();
    for finding in report.findings().filter(|finding| finding.level > Level::Metadata) {
        let level = format!("{:?}", finding.level).to_lowercase();
        let line = format!("  - {level}: `{}`: {}.\n", finding.pointer, finding.meaning);
        if told.insert(line.clone()) {
            let _ = write!(entry, "{line}");
        }
    }
    entry
}
