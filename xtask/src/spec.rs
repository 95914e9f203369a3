//! The commands of `cargo xtask spec`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Subcommand;

use crate::Outcome;
use crate::changelog::Entry;
use crate::finding::Finding;
use crate::generator;
use crate::input;
use crate::package::Package;
use crate::published::{self, operations, slug_of};
use crate::remaining::remaining;
use crate::report::{Report, is_lower};
use crate::stage;
use crate::verdict::{self, Page, Verdict};
use Vendoring::{Add, Remove, Update};

/// Compares the vendored documents with the inputs, or by default with the whole documentation. `offline` reads the pages as
/// they were vendored.
pub fn check(package: &Package, inputs: &[String], offline: bool) -> Outcome<Report> {
    if let Some(page) = package.sources()?.iter().find(|page| package.lacks(page)) {
        return Err(format!("{}: the document is missing: run the interrupted command again", page.file).into());
    }
    let mut published = published::read(package, inputs, offline)?;
    let (mut report, _) = judge(&mut published.vendored);
    report.add(published.findings);
    let accepted = package.accepted()?;
    let stale = report.accept(&accepted);
    // If only some pages are compared, a stale entry may be about another page.
    if let [entry, ..] = stale[..]
        && published.is_complete
    {
        let (fingerprint, reason) = (&entry.fingerprint, &entry.reason);
        let message = format!("{fingerprint} ({reason}): it matches no finding: remove it");
        return Err(format!("openapi/accepted.toml: {message}").into());
    }
    Ok(report)
}

/// A change to the vendored pages.
#[derive(Subcommand)]
pub enum Vendoring {
    /// Vendor the published version: documents, src/generated, version, changelog
    ///
    /// The new client is compiled before anything is written. If a run is killed, run the same command again.
    /// Exit status: 0 done, or nothing to do; 2 refused, and nothing was changed.
    Update {
        /// The published pages, as for check
        inputs: Vec<String>,
        /// Also write the report to a file, as Markdown
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        /// Do not compile the new client first
        #[arg(long)]
        no_compile: bool,
    },
    /// Vendor the document of another page
    ///
    /// The new client is compiled before anything is written, as by update. Exit status: 0 done, or nothing to do; 2 refused, and nothing was changed.
    Add {
        /// The page: a file, - for standard input, or an https URL
        #[arg(required_unless_present = "all")]
        input: Option<String>,
        /// The page's address, if the input is a file that the index does not list; its last segment names the document
        #[arg(long, requires = "input")]
        url: Option<String>,
        /// Vendor every page of the documentation that has operations and is not vendored yet
        #[arg(long, conflicts_with = "input")]
        all: bool,
        /// Do not compile the new client first
        #[arg(long)]
        no_compile: bool,
    },
    /// Remove the document of a page
    ///
    /// The new client is compiled before anything is written, as by update. Exit status: 0 done; 2 refused, and nothing was changed.
    Remove {
        /// The name of the document, as printed by list
        name: String,
        /// Do not compile the new client first
        #[arg(long)]
        no_compile: bool,
    },
}

/// Writes the new documents and every file that depends on them. Returns the report, and a closing text to print after it.
pub fn write(package: &Package, vendoring: &Vendoring, today: &str) -> Outcome<(Report, String)> {
    let folder = package.folder().display();
    let _alone = stage::alone(package.folder())?;
    let (Update { no_compile, .. } | Add { no_compile, .. } | Remove { no_compile, .. }) = vendoring;
    let mut pages = match vendoring {
        Update { inputs, .. } => updated(package, inputs)?,
        Add { input: Some(input), url, .. } => with_page(package, input, url.as_deref())?,
        Add { .. } => with_all(package)?,
        Remove { name, .. } => without(package, name)?,
    };
    let mut named = BTreeMap::new();
    for Page { slug, url, .. } in &pages {
        if let Some(other) = named.insert(slug, url) {
            return Err(format!("{url}: {other} has the same name: accept the finding of one of them").into());
        }
    }
    let (report, verdict) = judge(&mut pages);
    if !verdict.conflicts.is_empty() {
        let mut lines: Vec<_> = verdict.conflicts.iter().map(ToString::to_string).collect();
        let versions: BTreeSet<_> = pages.iter().map(Page::published_version).collect();
        if pages.iter().any(Page::is_new) && versions.len() > 1 {
            lines.push("the new page has another version of the API: run cargo xtask spec update first".to_owned());
        }
        return Err(lines.join("\n       ").into());
    }
    if !pages.iter().any(|page| page.differs() || !page.findings.is_empty()) {
        let done = format!("nothing to do in {folder}: the published documents are vendored already\n");
        return Ok((Report::default(), done));
    }
    for page in pages.iter_mut().filter(|page| page.differs()) {
        page.version = version(page)?;
        today.clone_into(&mut page.taken);
    }
    let entry = Entry::of(&verdict.changes, &report.findings);
    let is_removed = |page: &Page| matches!(vendoring, Remove { name, .. } if *name == page.slug);
    let kept = pages.into_iter().filter(|page| !is_removed(page)).collect();
    let (changes, examples) = package.with(kept, &entry, &report.fingerprints())?;
    if !no_compile {
        stage::compile(package.folder(), &changes, &examples)?;
    }
    let remaining = remaining(&package.version()?, &report, &verdict).join("\n  ");
    package.write(&changes)?;
    let files = changes.into_iter().map(|(file, _)| file).collect::<Vec<_>>().join("\n  ");
    let compiled = if *no_compile { "not compiled (--no-compile)" } else { "compiled: without and with the mock" };
    Ok((report, format!("written in {folder}:\n  {files}\n{compiled}\nstill to do:\n  {remaining}\n")))
}

/// The published version of each page.
fn updated(package: &Package, inputs: &[String]) -> Outcome<Vec<Page>> {
    let published = published::read(package, inputs, false)?;
    if published.unread.is_empty() {
        return Ok(published.vendored);
    }
    let remedy = "if a page is gone for good, remove it with cargo xtask spec remove; nothing was changed";
    Err(format!("{}\n       {remedy}", published.unread.join("\n       ")).into())
}

/// The vendored pages and a new one.
fn with_page(package: &Package, input: &str, url: Option<&str>) -> Outcome<Vec<Page>> {
    let url = match url.or(Some(input).filter(|input| input::is_url(input))) {
        Some(url) => url.to_owned(),
        None => {
            listed(package, input)?.ok_or("--url is missing: expected the page's address, for openapi/sources.toml")?
        }
    };
    input::check(&url).map_err(|error| format!("{url}: {error}"))?;
    let slug = slug_of(&url)?;
    if !url.ends_with(&format!("/{slug}.md")) {
        let expected = "expected the page in its Markdown form: an address that ends like /some-page.md";
        return Err(format!("{url}: {expected}").into());
    }
    let new = Page::first(&url, input::name(input), input::read(input)?)?;
    let mut vendored = package.vendored()?;
    refuse_other_language(package, &new, &vendored)?;
    match vendored.iter().find(|page| page.slug == slug && page.url == url) {
        Some(known) if known.old == new.new => {}
        Some(_) => return Err(format!("{}: is vendored already: run cargo xtask spec update", new.file).into()),
        None => vendored.push(new),
    }
    Ok(vendored)
}

/// The vendored pages and every other page with operations, unless its finding is accepted.
fn with_all(package: &Package) -> Outcome<Vec<Page>> {
    package.index()?.ok_or("openapi/sources.toml: no index: expected the address of the documentation's llms.txt")?;
    let published = published::read(package, &[], false)?;
    let accepted: BTreeSet<_> = package.accepted()?.into_iter().map(|accepted| accepted.fingerprint).collect();
    let is_wanted = |finding: &&Finding| finding.id == "page-new" && !accepted.contains(&finding.fingerprint);
    let wanted: BTreeSet<_> = published.findings.iter().filter(is_wanted).map(|finding| &finding.document).collect();
    let new = published.new.into_iter().filter(|new| wanted.contains(&new.file));
    Ok(package.vendored()?.into_iter().chain(new).collect())
}

/// The vendored pages, with no operations left on the page to remove.
fn without(package: &Package, slug: &str) -> Outcome<Vec<Page>> {
    let mut vendored = package.vendored()?;
    let slugs: Vec<_> = vendored.iter().map(|page| page.slug.clone()).collect();
    let Some(gone) = vendored.iter_mut().find(|page| page.slug == slug) else {
        return Err(format!("{slug}: not vendored: expected one of {}", slugs.join(", ")).into());
    };
    if slugs.len() == 1 {
        return Err(format!("{slug}: the only vendored page: a client needs at least one").into());
    }
    gone.new = Page::nothing(&gone.old);
    Ok(vendored)
}

/// The address of the page that the index lists under an input's name.
fn listed(package: &Package, input: &str) -> Outcome<Option<String>> {
    let (Some(index), Ok(slug)) = (package.index()?, slug_of(input)) else { return Ok(None) };
    let pages: Vec<_> = index.list()?.pages.into_iter().filter(|url| url.ends_with(&format!("/{slug}.md"))).collect();
    match &pages[..] {
        [] | [_] => Ok(pages.into_iter().next()),
        _ => Err(format!("--url is missing: {input} may be any of {}", pages.join(", ")).into()),
    }
}

/// Refuses a page in another language: the documentation has every page in several languages, and only one is vendored.
fn refuse_other_language(package: &Package, Page { url, new, .. }: &Page, vendored: &[Page]) -> Outcome<()> {
    let Some(index) = package.index()?.filter(|index| !url.starts_with(&index.pages)) else { return Ok(()) };
    let own = operations(new);
    let same = vendored.iter().find(|page| operations(&page.old).iter().any(|operation| own.contains(operation)));
    let what = same.map_or("the page belongs to another documentation".to_owned(), |page| {
        format!("the page is {} in another language", page.file)
    });
    Err(format!("{url}: {what}: expected an address that begins with {}", index.pages).into())
}

/// The report on pages, and the verdict.
fn judge(pages: &mut [Page]) -> (Report, Verdict) {
    let verdict = verdict::judge(pages);
    let mut report = Report::of(pages);
    let follow = |conflict: &generator::Error| format!("the pages disagree until both are published: {conflict}");
    report.notes = verdict.conflicts.iter().map(follow).chain(lagging(pages)).collect();
    (report, verdict)
}

/// A note on pages with an older API version than others.
fn lagging(pages: &[Page]) -> Option<String> {
    let versions = pages.iter().map(Page::published_version);
    let newest = versions.reduce(|one, other| if is_lower(one, other) { other } else { one })?;
    let is_behind = |page: &&Page| is_lower(page.published_version(), newest);
    let behind: Vec<_> = pages.iter().filter(is_behind).map(|page| page.file.as_str()).collect();
    (!behind.is_empty()).then(|| format!("older than API {newest}: {}", behind.join(", ")))
}

/// The document's version, if it can be part of the crate's version.
fn version(page: &Page) -> Outcome<String> {
    let version = page.published_version();
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if version.split('.').all(is_part) {
        return Ok(version.to_owned());
    }
    let expected = "expected letters, digits, hyphens and dots, for the crate's version";
    Err(format!("{}: /info/version: {version:?}: {expected}", page.slug).into())
}
