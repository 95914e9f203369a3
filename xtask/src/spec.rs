//! The commands of `cargo xtask spec`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::changelog::Entry;
use crate::finding::Finding;
use crate::generator;
use crate::input;
use crate::package::Package;
use crate::published::{self, Vendored, operations, slug_of};
use crate::remaining::remaining;
use crate::report::{Report, is_lower};
use crate::stage::{self, Changes};
use crate::verdict::{self, Page, Verdict};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Compares vendored documents with their published pages: the inputs, or else the whole documentation, as it is published
/// or as it was taken.
pub fn check(package: &Package, inputs: &[String], offline: bool) -> Outcome<Report> {
    if let Some(source) = package.sources()?.iter().find(|source| package.lacks(source)) {
        return Err(format!("{}: it is not there: run the command again that was to write it", source.file()).into());
    }
    let published = published::read(package, inputs, offline)?;
    let (mut report, _) = judge(&published.vendored);
    report.note(published.findings);
    let accepted = package.accepted()?;
    let stale = report.accept(&accepted);
    // If only some pages are compared, an entry may be about another.
    if let [entry, ..] = stale[..]
        && published.is_complete
    {
        let (fingerprint, reason) = (&entry.fingerprint, &entry.reason);
        let message = format!("{fingerprint} ({reason}): it matches no finding: remove it");
        return Err(format!("openapi/accepted.toml: {message}").into());
    }
    Ok(report)
}

#[derive(Args)]
pub struct Pages {
    /// The published pages: files, - for standard input, or https URLs [default: the documentation that
    /// openapi/sources.toml names]
    ///
    /// If several pages are vendored, each is named like its page: some-page.md
    pub inputs: Vec<String>,
}

/// What is to be vendored, or no more.
#[derive(Subcommand)]
pub enum Change {
    /// Vendor the published version: documents, src/generated, version, changelog
    ///
    /// The new client is compiled before anything is written. If a run is killed, run the same command again.
    /// Exit status: 0 done, or nothing to do; 2 refused, and nothing was changed.
    Update {
        #[command(flatten)]
        pages: Pages,
        /// Write the report on what is vendored to a file, too, as Markdown
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        /// Do not compile the new client first
        #[arg(long)]
        no_compile: bool,
    },
    /// Vendor the document of another page
    ///
    /// As update does. Exit status: 0 done, or nothing to do; 2 refused, and nothing was changed.
    Add {
        /// The page: a file, - for standard input, or an https URL
        #[arg(required_unless_present = "all")]
        input: Option<String>,
        /// The page's address, if the input is not it and the index does not list its name; its last step names the document
        #[arg(long, requires = "input")]
        url: Option<String>,
        /// Every page of the documentation that has operations and is not vendored
        #[arg(long, conflicts_with = "input")]
        all: bool,
        /// Do not compile the new client first
        #[arg(long)]
        no_compile: bool,
    },
    /// Take the document of a page out
    ///
    /// As update does. Exit status: 0 done; 2 refused, and nothing was changed.
    Remove {
        /// The name of the document, as list shows it
        name: String,
        /// Do not compile the new client first
        #[arg(long)]
        no_compile: bool,
    },
}

/// What a command that writes has done: nothing if no file changed.
#[derive(Debug, Default)]
pub struct Written {
    pub report: Report,
    /// Relative to the package.
    pub files: Vec<String>,
    pub compiled: bool,
    /// What a person must still do.
    pub remaining: Vec<String>,
}

/// Puts the new documents in place, with all that follows from them.
pub fn write(package: &Package, change: &Change, today: &str) -> Outcome<Written> {
    let _alone = stage::alone(package.folder())?;
    let (Change::Update { no_compile, .. } | Change::Add { no_compile, .. } | Change::Remove { no_compile, .. }) =
        change;
    let mut removed = None;
    let mut vendored = match change {
        Change::Update { pages, .. } => updated(package, &pages.inputs)?,
        Change::Add { input: Some(input), url, .. } => with_page(package, input, url.as_deref())?,
        Change::Add { .. } => with_all(package)?,
        Change::Remove { name, .. } => {
            removed = Some(name);
            without(package, name)?
        }
    };
    let mut named = BTreeMap::new();
    for Vendored { source, .. } in &vendored {
        if let Some(other) = named.insert(&source.slug, &source.url) {
            let expected = "one of them is to be accepted";
            return Err(format!("{}: its name is that of {other}: {expected}", source.url).into());
        }
    }
    let (report, verdict) = judge(&vendored);
    if !verdict.conflicts.is_empty() {
        let mut lines: Vec<_> = verdict.conflicts.iter().map(ToString::to_string).collect();
        let versions: BTreeSet<_> = vendored.iter().map(|vendored| vendored.page.version()).collect();
        if vendored.iter().any(|vendored| vendored.page.is_new()) && versions.len() > 1 {
            lines.push("it is of another version of the API: run cargo xtask spec update first".to_owned());
        }
        return Err(lines.join("\n       ").into());
    }
    if !vendored.iter().any(|vendored| vendored.page.differs() || !vendored.findings.is_empty()) {
        return Ok(Written::default());
    }
    let mut texts = Changes::new();
    for Vendored { source, page, text, .. } in vendored.iter_mut().filter(|vendored| vendored.page.differs()) {
        source.version = version(&source.slug, page)?;
        today.clone_into(&mut source.taken);
        texts.extend(text.take().map(|text| (source.page(), Some(text))));
    }
    let documents = vendored.into_iter().filter(|vendored| removed != Some(&vendored.source.slug));
    let documents: Vec<_> = documents.map(|vendored| (vendored.source, vendored.page.new)).collect();
    let entry = Entry::of(&verdict.changes, report.findings(), &verdict.places);
    let (changes, examples) = package.with(documents, texts, &entry, &report.fingerprints())?;
    if !no_compile {
        stage::compile(package.folder(), &changes, &examples)?;
    }
    let remaining = remaining(&package.version()?, &report, &verdict);
    package.write(&changes)?;
    let files = changes.into_iter().map(|(file, _)| file).collect();
    Ok(Written { report, files, compiled: !no_compile, remaining })
}

/// The published version of each page.
fn updated(package: &Package, inputs: &[String]) -> Outcome<Vec<Vendored>> {
    let published = published::read(package, inputs, false)?;
    if published.unread.is_empty() {
        return Ok(published.vendored);
    }
    let remedy = "if one is gone for good, cargo xtask spec remove takes it out; nothing was changed";
    Err(format!("{}\n       {remedy}", published.unread.join("\n       ")).into())
}

/// What is vendored, and another page.
fn with_page(package: &Package, input: &str, url: Option<&str>) -> Outcome<Vec<Vendored>> {
    let url = match url {
        Some(url) => url.to_owned(),
        None if input::is_url(input) => input.to_owned(),
        None => {
            listed(package, input)?.ok_or("--url is missing: expected the page's address, for openapi/sources.toml")?
        }
    };
    input::check(&url)?;
    let slug = slug_of(&url)?;
    if !url.ends_with(&format!("/{slug}.md")) {
        let expected = "expected the page in its Markdown form: an address that ends like /some-page.md";
        return Err(format!("{url}: {expected}").into());
    }
    let new = Vendored::first(&url, input::name(input), input::read(input)?)?;
    let mut vendored = published::vendored(package)?;
    refuse_other_language(package, &new, &vendored)?;
    let is_known = |vendored: &&Vendored| vendored.source.slug == slug && vendored.source.url == url;
    match vendored.iter().find(is_known) {
        Some(known) if known.page.old == new.page.new => {}
        Some(_) => return Err(format!("{}: is vendored already: run cargo xtask spec update", new.page.file).into()),
        None => vendored.push(new),
    }
    Ok(vendored)
}

/// What is vendored, and every page of the documentation that has operations and is not accepted as not wanted.
fn with_all(package: &Package) -> Outcome<Vec<Vendored>> {
    package.index()?.ok_or("openapi/sources.toml: no index: expected the address of the documentation's llms.txt")?;
    let published = published::read(package, &[], false)?;
    let accepted: BTreeSet<_> = package.accepted()?.into_iter().map(|accepted| accepted.fingerprint).collect();
    let is_wanted = |finding: &&Finding| finding.id == "page-new" && !accepted.contains(&finding.fingerprint);
    let wanted: BTreeSet<_> = published.findings.iter().filter(is_wanted).map(|finding| &finding.document).collect();
    let new = published.new.into_iter().filter(|new| wanted.contains(&new.page.file));
    Ok(published::vendored(package)?.into_iter().chain(new).collect())
}

/// What is vendored, one page with nothing on it any more.
fn without(package: &Package, slug: &str) -> Outcome<Vec<Vendored>> {
    let mut vendored = published::vendored(package)?;
    let slugs: Vec<_> = vendored.iter().map(|vendored| vendored.source.slug.clone()).collect();
    let Some(gone) = vendored.iter_mut().find(|vendored| vendored.source.slug == slug) else {
        return Err(format!("{slug}: not vendored: expected one of {}", slugs.join(", ")).into());
    };
    if slugs.len() == 1 {
        return Err(format!("{slug}: the only page: no client can be made without one").into());
    }
    gone.page.new = Page::nothing(&gone.page.old);
    Ok(vendored)
}

/// The address of the page of an input's name, if the index lists one.
fn listed(package: &Package, input: &str) -> Outcome<Option<String>> {
    let (Some(index), Ok(slug)) = (package.index()?, slug_of(input)) else { return Ok(None) };
    let pages: Vec<_> = index.list()?.into_iter().filter(|url| url.ends_with(&format!("/{slug}.md"))).collect();
    match &pages[..] {
        [] | [_] => Ok(pages.into_iter().next()),
        _ => Err(format!("--url is missing: {input} may be any of {}", pages.join(", ")).into()),
    }
}

/// A documentation has the same pages in several languages, of which one is vendored.
fn refuse_other_language(package: &Package, new: &Vendored, vendored: &[Vendored]) -> Outcome<()> {
    let url = &new.source.url;
    let Some(index) = package.index()?.filter(|index| !url.starts_with(&index.pages)) else { return Ok(()) };
    let own = operations(&new.page.new);
    let same =
        vendored.iter().find(|vendored| operations(&vendored.page.old).iter().any(|operation| own.contains(operation)));
    let what = same.map_or("it is of another documentation".to_owned(), |vendored| {
        format!("it is another language of {}, which is vendored", vendored.source.file())
    });
    Err(format!("{url}: {what}: expected an address that begins with {}", index.pages).into())
}

/// The report, and the verdict without its findings.
fn judge(vendored: &[Vendored]) -> (Report, Verdict) {
    let pages: Vec<_> = vendored.iter().map(|vendored| vendored.page.clone()).collect();
    let mut verdict = verdict::judge(&pages);
    let mut report = Report::default();
    for (Vendored { page, text, findings, .. }, judged) in vendored.iter().zip(std::mem::take(&mut verdict.findings)) {
        if text.is_some() || !judged.is_empty() {
            report.add(&page.file, &page.old, &page.new, judged);
        }
        report.note(findings.clone());
    }
    let follow = |conflict: &generator::Error| format!("one of them still has to follow: {conflict}");
    report.notes = verdict.conflicts.iter().map(follow).chain(lagging(vendored)).collect();
    (report, verdict)
}

/// Which pages are of an older version of the API than another.
fn lagging(vendored: &[Vendored]) -> Option<String> {
    let versions = vendored.iter().map(|vendored| vendored.page.version());
    let newest = versions.reduce(|one, other| if is_lower(one, other) { other } else { one })?;
    let behind = vendored.iter().filter(|vendored| is_lower(vendored.page.version(), newest));
    let behind: Vec<_> = behind.map(|vendored| vendored.page.file.as_str()).collect();
    (!behind.is_empty()).then(|| format!("older than API {newest}: {}", behind.join(", ")))
}

/// The document's version, where it can be a part of the crate's.
fn version(slug: &str, page: &Page) -> Outcome<String> {
    let version = page.version();
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if version.split('.').all(is_part) {
        return Ok(version.to_owned());
    }
    let expected = "expected letters, digits, hyphens and dots, for the crate's version";
    Err(format!("{slug}: /info/version: {version:?}: {expected}").into())
}
