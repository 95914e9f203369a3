//! The verdict on new documents. A difference gets the worse of two levels: for its effect on the wire, and for the change in
//! the generated code.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::{panic, thread};

use serde_json::{Value, json};

use crate::compare::{self, Found, Sides};
use crate::finding::{Finding, Level, NO_EFFECT};
use crate::generator::model::Place;
use crate::generator::{self, Document};
use crate::surface::{self, Change, Surface};

/// A page of the documentation, with its vendored and its published document.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The name of the page, and of its document's file.
    pub slug: String,
    /// The document's file, relative to the package.
    pub file: String,
    pub url: String,
    /// The vendored version of the API.
    pub version: String,
    /// The day on which the page was read.
    pub taken: String,
    /// The vendored document.
    pub old: Value,
    /// The published document, or the vendored one if the page was not read.
    pub new: Value,
    /// The text of the published page, if it was read.
    pub text: Option<String>,
    /// The differences of the page and its document, worst first.
    pub findings: Vec<Finding>,
}

impl Page {
    /// An empty document to compare with a document that isn't vendored yet.
    pub fn nothing(new: &Value) -> Value {
        let mut old = new.clone();
        (old["paths"], old["components"]) =
            (json!({}), json!({ "securitySchemes": old["components"]["securitySchemes"] }));
        old
    }

    /// The file with the vendored page's text, relative to the package, for offline checks.
    pub fn copy(&self) -> String {
        format!("tests/pages/{}.md", self.slug)
    }

    /// Whether the page is not vendored yet.
    pub fn is_new(&self) -> bool {
        self.old["paths"] == json!({})
    }

    /// One of the page's documents, as input for the generator.
    fn document(&self, document: &Value) -> Document {
        Document { file: self.file.clone(), text: document.to_string() }
    }

    pub fn differs(&self) -> bool {
        self.old != self.new
    }

    /// The published version of the API.
    pub fn published_version(&self) -> &str {
        self.new["info"]["version"].as_str().unwrap_or_default()
    }
}

/// The verdict on all pages. Each page has its findings.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Every place where two new documents contradict each other.
    pub conflicts: Vec<generator::Error>,
    /// The changes in the generated code.
    pub changes: Vec<Change>,
}

/// Pages that become one client, each with its index among all pages.
type Group<'p> = Vec<(usize, &'p Page)>;

/// Judges each page that differs.
pub fn judge(pages: &mut [Page]) -> Verdict {
    let read = compare::texts(pages.iter().map(|page| &page.old));
    let mut judges: Vec<_> = pages.iter().map(|page| Judge::of(page, &read)).collect();
    let conflicts = conflicts(pages, |page| &page.new);
    let mut verdict = Verdict { conflicts, changes: Vec::new() };
    let are_one_client = verdict.conflicts.is_empty() && self::conflicts(pages, |page| &page.old).is_empty();
    let differing: Group = pages.iter().enumerate().filter(|(_, page)| page.differs()).collect();
    let groups: Vec<Group> = match &differing[..] {
        [] => Vec::new(),
        _ if are_one_client => vec![pages.iter().enumerate().collect()],
        _ => differing.iter().map(|page| vec![*page]).collect(),
    };
    for group in &groups {
        match surfaces(group) {
            Ok((old, new)) => {
                for change in surface::compare(&old, &new) {
                    attribute(&change, group, &mut judges);
                    verdict.changes.push(change);
                }
                for (page, _) in group {
                    judges[*page].name_items(&old, &new);
                }
            }
            Err(error) => judges[page_of(&error, group)].add_error(&error),
        }
    }
    let findings: Vec<_> = judges.into_iter().map(Judge::findings).collect();
    for (page, findings) in pages.iter_mut().zip(findings) {
        page.findings.extend(findings);
        page.findings.sort_by(|one, other| (other.level, &one.pointer).cmp(&(one.level, &other.pointer)));
    }
    verdict
}

/// The contradictions between documents.
fn conflicts(pages: &[Page], side: fn(&Page) -> &Value) -> Vec<generator::Error> {
    if pages.len() == 1 {
        return Vec::new();
    }
    let documents: Vec<_> = pages.iter().map(|page| page.document(side(page))).collect();
    // A document that cannot be parsed becomes a finding of its page instead.
    generator::conflicts(&documents).unwrap_or_default()
}

/// The surfaces of the old and new client.
fn surfaces(group: &Group) -> Result<(Surface, Surface), generator::Error> {
    let surface = |side: fn(&Page) -> &Value| {
        let documents: Vec<_> = group.iter().map(|(_, page)| page.document(side(page))).collect();
        Ok(Surface::of(&generator::generate(&documents)?))
    };
    // Deeply nested schemas need more than the default stack.
    let thread = thread::Builder::new().stack_size(16 * 1024 * 1024);
    thread::scope(|scope| {
        let Ok(old) = thread.spawn_scoped(scope, || surface(|page| &page.old)) else {
            return Ok((surface(|page| &page.old)?, surface(|page| &page.new)?));
        };
        let new = surface(|page| &page.new)?;
        Ok((old.join().unwrap_or_else(|panic| panic::resume_unwind(panic))?, new))
    })
}

/// The page that an error is about.
fn page_of(error: &generator::Error, group: &Group) -> usize {
    let named = group.iter().find(|(_, page)| error.file.starts_with(&page.file));
    named.unwrap_or(&group[0]).0
}

/// Attributes a code change to the difference that caused it. A change without such a difference becomes a finding.
///
/// If several pages share a component, the change's place is on the first page, but each page has the difference.
fn attribute(change: &Change, group: &Group, judges: &mut [Judge]) {
    let mut is_attributed = false;
    for (page, _) in group {
        is_attributed |= judges[*page].attribute(change);
    }
    if !is_attributed {
        let place = change.place.current();
        let named = group.iter().find(|(_, page)| place.is_some_and(|place| *place.file == page.file));
        let first = || group.iter().find(|(_, page)| page.differs());
        if let Some((page, _)) = named.or_else(first) {
            judges[*page].add_change(change);
        }
    }
}

/// Collects the findings of one page.
struct Judge<'p> {
    page: &'p Page,
    found: Vec<Found>,
}

impl<'p> Judge<'p> {
    /// Compares the documents of a page.
    fn of(page: &'p Page, read: &BTreeSet<&str>) -> Self {
        let mut judge = Self { page, found: Vec::new() };
        if page.differs() {
            let parse = |side| generator::parse(&[page.document(side)]);
            match (parse(&page.old), parse(&page.new)) {
                (Ok(old), Ok(new)) => {
                    judge.found = compare::findings(compare::compare(&old, &new, read), &page.old, &page.new);
                }
                (Err(error), _) | (_, Err(error)) => judge.add_error(&error),
            }
        }
        judge
    }

    /// Adds a breaking finding for a document that the generator refuses.
    fn add_error(&mut self, generator::Error { file, pointer, message }: &generator::Error) {
        let file = if *file == self.page.file { String::new() } else { format!("{file}: ") };
        let place = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
        let meaning = format!("the generator cannot build it: {file}{place}{message}");
        if self.found.iter().all(|found| found.finding.meaning != meaning) {
            let finding = Finding::new("document-unbuildable", Level::Breaking, meaning);
            self.add(finding, pointer.clone(), Sides::default());
        }
    }

    /// Attributes a code change to the worst difference at its place, or else at its owner's. Returns whether there is one.
    fn attribute(&mut self, change: &Change) -> bool {
        let breaks = Finding::of_change(change).level;
        let at = |place: fn(&Found) -> &Sides| {
            let found = self.found.iter().enumerate().filter(|(_, found)| found.affects_code);
            let found = found.filter(move |(_, found)| is_at(place(found), &change.place));
            found.map(|(index, found)| (found.finding.level, Reverse(index))).max()
        };
        let part = at(|found| &found.part);
        let owner = at(|found| &found.owner).filter(|(level, _)| *level >= breaks);
        let Some((_, Reverse(index))) = part.or(owner) else { return false };
        self.found[index].finding.add_change(change);
        true
    }

    fn add_change(&mut self, change: &Change) {
        let mut finding = Finding::of_change(change);
        finding.add_change(change);
        // A renamed item was removed and added at the same place.
        let place = change.place.current();
        let pointer = place.map(|place| place.pointer.clone()).unwrap_or_default();
        self.add(finding, pointer, Sides::of(place, place));
    }

    /// Adds a finding with the values at a place, if they differ.
    fn add(&mut self, finding: Finding, pointer: String, part: Sides) {
        let [old, new] = [&self.page.old, &self.page.new].map(|document| document.pointer(&pointer).cloned());
        let (old, new) = if pointer.is_empty() || old == new { (None, None) } else { (old, new) };
        self.found.push(Found {
            finding: Finding { pointer, old, new, ..finding },
            part,
            owner: Sides::default(),
            affects_code: true,
        });
    }

    /// Names the Rust item of each finding.
    fn name_items(&mut self, old: &Surface, new: &Surface) {
        let items: BTreeMap<_, _> = [new, old]
            .into_iter()
            .flat_map(|surface| &surface.places)
            .filter(|(item, _)| !item.starts_with("types::builder") && !item.starts_with("mock::"))
            .map(|(item, place)| (identity(place), item))
            .rev()
            .collect();
        for Found { finding, part, owner, .. } in &mut self.found {
            let mut places = [part, owner].into_iter().flat_map(|sides| [&sides.new, &sides.old]).flatten();
            finding.item = places.find_map(|place| items.get(&identity(place))).map(|item| (*item).clone());
        }
    }

    fn findings(self) -> Vec<Finding> {
        let mut findings: Vec<_> = self.found.into_iter().map(|found| found.finding).collect();
        if findings.is_empty() && self.page.differs() {
            findings.push(Finding::new(NO_EFFECT, Level::Metadata, "the same API, written differently"));
        }
        // On a new page, only operations and conditions in prose count.
        findings
            .retain(|finding| !self.page.is_new() || finding.level >= Level::Rule || finding.id == "operation-added");
        findings.into_iter().map(|finding| finding.of(&self.page.file)).collect()
    }
}

/// Whether two things have a place in common.
fn is_at(one: &Sides, other: &Sides) -> bool {
    let is_same = |one: &Option<Place>, other: &Option<Place>| {
        one.as_ref().zip(other.as_ref()).is_some_and(|(one, other)| identity(one) == identity(other))
    };
    is_same(&one.old, &other.old) || is_same(&one.new, &other.new)
}

/// A key for a place. All pages of a client share their components.
fn identity(Place { file, pointer }: &Place) -> (&str, &str) {
    (if pointer.starts_with("/components/") { "" } else { file }, pointer)
}

impl Finding {
    /// A finding about a code change that no difference explains.
    fn of_change(change: &Change) -> Self {
        let item = &change.item;
        match change.old {
            // Users' code that names the old item no longer compiles.
            Some(_) => {
                let meaning = format!("code that uses {item} no longer compiles");
                Self::new("generated-code-changed", Level::Breaking, meaning)
            }
            None => Self::new("generated-code-added", Level::Additive, format!("{item} is new")),
        }
    }

    /// Adds a code change, and raises the level to the change's if that is worse.
    fn add_change(&mut self, change: &Change) {
        self.raise(Self::of_change(change));
        if change.old.is_some() {
            self.code.push(describe(change));
        }
    }
}

fn describe(change: &Change) -> String {
    const LONGEST: usize = 60;
    match (&change.old, &change.new) {
        (_, None) => format!("{} is gone", change.item),
        (Some(old), Some(new)) if old.len().max(new.len()) <= LONGEST => {
            format!("{}: {old} -> {new}", change.item)
        }
        _ => format!("{} changes", change.item),
    }
}
