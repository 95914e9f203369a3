//! The verdict on new documents: what the wire shows, and what the generated code shows, of which the worse counts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::{panic, thread};

use heck::ToSnakeCase;
use serde_json::{Value, json};

use crate::compare::{child, compare, part_of, texts};
use crate::finding::{Finding, Level, NO_EFFECT};
use crate::generator::{self, Document, steps};
use crate::surface::{self, Change, Surface};

/// A page of the documentation: what is vendored of it, and what is published.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Its name, and that of the document's file.
    pub slug: String,
    /// The document's file, relative to the package.
    pub file: String,
    pub url: String,
    /// The version of the API as it is vendored.
    pub version: String,
    /// The day on which it was read.
    pub taken: String,
    /// The document as it is vendored.
    pub old: Value,
    /// As it is published: the same, where it was not looked at.
    pub new: Value,
    /// The text of the published page, if it was read.
    pub text: Option<String>,
    /// What has become of the page and of its document, worst first.
    pub findings: Vec<Finding>,
}

impl Page {
    /// A document of which nothing is vendored yet.
    pub fn nothing(new: &Value) -> Value {
        let mut old = new.clone();
        (old["paths"], old["components"]) =
            (json!({}), json!({ "securitySchemes": old["components"]["securitySchemes"] }));
        old
    }

    /// The file of the page as it was taken, relative to the package: the check without a network is against it.
    pub fn copy(&self) -> String {
        format!("tests/pages/{}.md", self.slug)
    }

    /// Whether nothing of it is vendored yet.
    pub fn is_new(&self) -> bool {
        self.old["paths"] == json!({})
    }

    pub fn differs(&self) -> bool {
        self.old != self.new
    }

    /// The version of the API as it is published.
    pub fn published_version(&self) -> &str {
        self.new["info"]["version"].as_str().unwrap_or_default()
    }
}

/// What was found of some pages.
#[derive(Debug, Default)]
pub struct Verdict {
    /// For each page, what was found of its document.
    findings: Vec<Vec<Finding>>,
    /// What keeps the new documents from being one client: every place where two of them disagree.
    pub conflicts: Vec<generator::Error>,
    /// What differs in the code.
    pub changes: Vec<Change>,
    /// The places that names in either client come from.
    pub places: BTreeMap<String, String>,
}

/// Pages that are one client, each with its number.
type Group<'p> = Vec<(usize, &'p Page)>;

/// Judges each page that differs.
pub fn judge(pages: &mut [Page]) -> Verdict {
    let read = texts(pages.iter().map(|page| &page.old));
    let differing: Group = pages.iter().enumerate().filter(|(_, page)| page.differs()).collect();
    let findings = pages.iter().map(|page| page.differs().then(|| compare(&page.old, &page.new, &read)));
    let findings = findings.map(Option::unwrap_or_default).collect();
    let mut verdict = Verdict { findings, conflicts: conflicts(pages, |page| &page.new), ..Verdict::default() };
    let are_one_client = verdict.conflicts.is_empty() && conflicts(pages, |page| &page.old).is_empty();
    let alone = differing.iter().map(|page| vec![*page]);
    let groups: Vec<Group> = if are_one_client { vec![pages.iter().enumerate().collect()] } else { alone.collect() };
    for group in groups.iter().filter(|_| !differing.is_empty()) {
        verdict.generate(group);
    }
    for (page, mut findings) in pages.iter_mut().zip(std::mem::take(&mut verdict.findings)) {
        // Of a page that is new, its operations are what counts, and what its prose says.
        findings.retain(|finding| !page.is_new() || finding.level >= Level::Rule || finding.id == "operation-added");
        page.findings.extend(findings.into_iter().map(|finding| finding.of(&page.file)));
        page.findings.sort_by_key(|finding| Reverse(finding.level));
    }
    verdict
}

fn document(page: &Page, value: &Value) -> Document {
    Document { file: page.file.clone(), text: value.to_string() }
}

/// What keeps documents from being one client.
fn conflicts(pages: &[Page], side: fn(&Page) -> &Value) -> Vec<generator::Error> {
    if pages.len() == 1 {
        return Vec::new();
    }
    let documents: Vec<_> = pages.iter().map(|page| document(page, side(page))).collect();
    // What cannot be read at all is said below, or when it is to be vendored.
    generator::conflicts(&documents).unwrap_or_default()
}

impl Verdict {
    /// Judges the code of some pages.
    fn generate(&mut self, group: &Group) {
        let client = |side: fn(&Page) -> &Value| {
            let documents = group.iter().map(|(_, page)| {
                let mut whole = side(page).clone();
                // The clients are compared whatever their versions are.
                if let Some(version) = whole.pointer_mut("/info/version") {
                    *version = json!("0.0.0");
                }
                document(page, &whole)
            });
            Ok(Surface::of(&generator::generate(&documents.collect::<Vec<_>>())?))
        };
        let clients = thread::scope(|scope| {
            let old = scope.spawn(|| client(|page| &page.old));
            let new = client(|page| &page.new)?;
            Ok((old.join().unwrap_or_else(|panic| panic::resume_unwind(panic))?, new))
        });
        match clients {
            Ok((old, new)) => self.compare_code(group, old, new),
            Err(error) => self.unbuildable(group, &error),
        }
    }

    /// What the generator refuses is breaking, whatever else was found.
    fn unbuildable(&mut self, group: &Group, error: &generator::Error) {
        let generator::Error { file, pointer, message } = error;
        let named = group.iter().find(|(_, page)| file.starts_with(&page.file));
        let (index, _) = named.unwrap_or(&group[0]);
        let file = if named.is_some() { String::new() } else { format!("{file}: ") };
        let place = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
        let meaning = format!("the generator cannot build it: {file}{place}{message}");
        let said = Finding::new("document-unbuildable", Level::Breaking, &meaning);
        let findings = &mut self.findings[*index];
        match findings.iter_mut().find(|finding| !finding.pointer.is_empty() && is_inside(pointer, &finding.pointer)) {
            Some(finding) if finding.level == Level::Breaking => finding.code.push(meaning),
            Some(finding) => finding.raise(said),
            None => {
                says_no_longer_nothing(&mut *findings, "it may be why the generator cannot build the document");
                findings.push(Finding { pointer: pointer.clone(), ..said });
            }
        }
    }

    /// Gives each change of the code to a finding of its level about the same part of a document, or to one of its own.
    fn compare_code(&mut self, group: &Group, old: Surface, new: Surface) {
        let mut about: Vec<_> = self.findings.iter().map(|findings| by_part(findings)).collect();
        for change in surface::compare(&old, &new) {
            let item = &change.item;
            // Code that names what was there no longer compiles.
            let breaks = change.old.is_some();
            let said = if breaks {
                let meaning = format!("code that uses {item} no longer compiles");
                Finding::new("generated-code-changed", Level::Breaking, meaning)
            } else {
                Finding::new("generated-code-added", Level::Additive, format!("{item} is new"))
            };
            for (page, part) in self.places_of(&change, group) {
                let findings = &mut self.findings[page];
                let about = about[page].entry(part.clone()).or_default();
                let named = about.iter().find(|index| is_named(&findings[**index], &change));
                let as_bad = about.iter().find(|index| findings[**index].level >= said.level);
                let only = about.first().filter(|_| about.len() == 1);
                let index = named.or(as_bad).or(only).copied().unwrap_or(findings.len());
                if index == findings.len() {
                    let others = findings.iter_mut().enumerate().filter(|(index, _)| about.contains(index));
                    let others = others.map(|(_, finding)| finding);
                    says_no_longer_nothing(others, &format!("it may be why {item} changes"));
                    findings.push(Finding { pointer: part, ..said.clone() });
                    about.push(index);
                }
                findings[index].raise(said.clone());
                if breaks {
                    findings[index].code.push(describe(&change));
                }
            }
            self.changes.push(change);
        }
        self.places.extend(old.places.into_iter().chain(new.places));
    }

    /// The pages that a change of the code is on, each with the part that it comes from: those where that differs, or else
    /// one that has it. What comes from no part alone is on the pages with a finding about it, or else on the first.
    fn places_of(&self, change: &Change, group: &Group) -> Vec<(usize, String)> {
        let (mut places, mut others) = (Vec::new(), Vec::new());
        for (part, (index, page)) in change.parts.iter().flat_map(|part| group.iter().map(move |page| (part, page))) {
            let sides = [&page.old, &page.new].map(|side| side.pointer(part));
            if sides[0] != sides[1] {
                places.push((*index, part.clone()));
            } else if sides[0].is_some() {
                others.push((*index, part.clone()));
            }
        }
        if others.is_empty() && places.is_empty() {
            let differing = group.iter().filter(|(_, page)| page.differs());
            others.extend(differing.map(|(index, _)| (*index, String::new())));
            let is_on = |index: usize| self.findings[index].iter().any(|finding| is_named(finding, change));
            places.extend(others.iter().filter(|(index, _)| is_on(*index)).cloned());
        }
        if places.is_empty() { others.into_iter().take(1).collect() } else { places }
    }
}

/// The findings about more than prose: all together, by the schema or operation that they are in, and by the operations
/// that they reach.
fn by_part(findings: &[Finding]) -> BTreeMap<String, Vec<usize>> {
    let mut parts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate().filter(|(_, finding)| !is_prose(finding)) {
        let reached = finding.operations.iter().map(|reached| {
            let (method, path) = reached.operation.split_once(' ').unwrap_or_default();
            child(&child("/paths", path), &method.to_lowercase())
        });
        for part in reached.chain([part_of(&finding.pointer), String::new()]).collect::<BTreeSet<_>>() {
            parts.entry(part).or_default().push(index);
        }
    }
    parts
}

/// No change is without effect that may be the cause of another.
fn says_no_longer_nothing<'f>(findings: impl IntoIterator<Item = &'f mut Finding>, meaning: &str) {
    for finding in findings.into_iter().filter(|finding| finding.id == NO_EFFECT && !is_prose(finding)) {
        (finding.id, finding.meaning) = ("possible-cause".to_owned(), meaning.to_owned());
    }
}

fn is_prose(finding: &Finding) -> bool {
    ["description", "summary", "example", "version"].iter().any(|key| finding.pointer.ends_with(key))
}

fn is_inside(pointer: &str, part: &str) -> bool {
    pointer.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a finding is about the very member whose code changes.
fn is_named(finding: &Finding, change: &Change) -> bool {
    let member = change.name().to_snake_case();
    let values = [&finding.old, &finding.new].into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    steps(&finding.pointer).chain(values).any(|name| name.to_snake_case() == member)
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
