//! The verdict on new documents: what the wire shows, and what the generated code shows, of which the worse counts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::{panic, thread};

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::{Value, json};

use crate::compare::{self, child, compare_beside, steps};
use crate::differing;
use crate::finding::{Finding, Level, NO_EFFECT};
use crate::generator::{self, Document};
use crate::surface::{self, Change, Surface};

/// A vendored document and its published version.
#[derive(Clone, Debug)]
pub struct Page {
    /// The document's file, relative to the package.
    pub file: String,
    /// As it is vendored.
    pub old: Value,
    /// As it is published: the same, where it was not looked at.
    pub new: Value,
}

impl Page {
    /// A document of which nothing is vendored yet.
    pub fn nothing(new: &Value) -> Value {
        let mut old = new.clone();
        (old["paths"], old["components"]) =
            (json!({}), json!({ "securitySchemes": old["components"]["securitySchemes"] }));
        old
    }
}

/// What was found of some pages.
#[derive(Debug, Default)]
pub struct Verdict {
    /// For each page, its findings, worst first.
    pub findings: Vec<Vec<Finding>>,
    /// What keeps the new documents from being one client: every place where two of them disagree.
    pub conflicts: Vec<generator::Error>,
    /// What differs in the code.
    pub changes: Vec<Change>,
    /// The operations of either client, by name and pointer.
    pub operations: Vec<(String, String)>,
}

/// Judges each page that differs.
pub fn judge(pages: &[Page]) -> Verdict {
    let read = compare::texts(pages.iter().map(|page| &page.old));
    let differing: Vec<_> = (0..pages.len()).filter(|index| pages[*index].old != pages[*index].new).collect();
    let mut verdict = Verdict {
        findings: vec![Vec::new(); pages.len()],
        conflicts: conflicts(pages, |page| &page.new),
        ..Verdict::default()
    };
    for index in &differing {
        let Page { old, new, .. } = &pages[*index];
        verdict.findings[*index] = compare_beside(old, new, &read);
    }
    let is_one = verdict.conflicts.is_empty() && conflicts(pages, |page| &page.old).is_empty();
    let together: Vec<_> = (0..pages.len()).collect();
    let groups = if is_one { vec![together] } else { differing.iter().map(|index| vec![*index]).collect() };
    for group in groups.iter().filter(|_| !differing.is_empty()) {
        verdict.generate(pages, group);
    }
    for (page, findings) in pages.iter().zip(&mut verdict.findings) {
        // Of a page that is new, its operations are what counts, and what its prose says.
        let is_new = page.old["paths"] == json!({});
        findings.retain(|finding| !is_new || finding.level >= Level::Rule || finding.id == "operation-added");
        findings.sort_by_key(|finding| Reverse(finding.level));
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

/// The names of a client's operations, each with its pointer, and its surface.
type Client = (Vec<(String, String)>, Surface);

/// Generates the client of documents, whatever their versions.
fn client(mut documents: Vec<(String, Value)>) -> Result<Client, generator::Error> {
    for version in documents.iter_mut().filter_map(|(_, document)| document.pointer_mut("/info/version")) {
        *version = json!("0.0.0");
    }
    let documents = documents.into_iter().map(|(file, value)| Document { file, text: value.to_string() });
    let generated = generator::generate(&documents.collect::<Vec<_>>())?;
    let surface = Surface::of(&generated);
    Ok((generated.operations, surface))
}

impl Verdict {
    /// Judges the code of some pages that are one client.
    fn generate(&mut self, pages: &[Page], group: &[usize]) {
        let both: Vec<_> = group.iter().map(|index| [&pages[*index].old, &pages[*index].new]).collect();
        let parts = differing::parts(&both);
        if parts.as_ref().is_some_and(BTreeSet::is_empty) {
            return;
        }
        let documents = |side: fn(&Page) -> &Value| -> Vec<_> {
            let pages = group.iter().map(|index| &pages[*index]);
            let only = |document| {
                parts.as_ref().map_or_else(|| Value::clone(document), |parts| differing::only(document, parts))
            };
            pages.map(|page| (page.file.clone(), only(side(page)))).collect()
        };
        let (old, new) = (documents(|page| &page.old), documents(|page| &page.new));
        let both = thread::scope(|scope| {
            let old = scope.spawn(|| client(old));
            (client(new), old.join().unwrap_or_else(|panic| panic::resume_unwind(panic)))
        });
        match both {
            (Ok(new), Ok(old)) => self.compare_code(pages, group, &old, &new),
            (Err(error), _) | (_, Err(error)) => self.unbuildable(pages, group, &error),
        }
    }

    /// What the generator refuses is breaking, whatever else was found.
    fn unbuildable(&mut self, pages: &[Page], group: &[usize], error: &generator::Error) {
        const ID: &str = "document-unbuildable";
        let named = group.iter().find(|index| error.file.starts_with(&pages[**index].file));
        let index = *named.unwrap_or(&group[0]);
        let generator::Error { file, pointer, message } = error;
        let file = if named.is_some() { String::new() } else { format!("{file}: ") };
        let place = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
        let meaning = format!("the generator cannot build it: {file}{place}{message}");
        let findings = &mut self.findings[index];
        match findings.iter_mut().find(|finding| !finding.pointer.is_empty() && is_inside(pointer, &finding.pointer)) {
            Some(finding) if finding.level == Level::Breaking => finding.code.push(meaning),
            Some(finding) => finding.raise(Level::Breaking, ID, &meaning),
            None => {
                says_no_longer_nothing(&mut *findings, "it may be why the generator cannot build the document");
                findings.push(Finding::new(ID, Level::Breaking, pointer.clone(), &meaning));
            }
        }
    }

    /// Gives each change of the code to a finding of its level about the same part of a document, or to one of its own.
    fn compare_code(&mut self, pages: &[Page], group: &[usize], old: &Client, new: &Client) {
        let owners = by_name(pages, group, [&old.0, &new.0]);
        let differing: Vec<_> = group.iter().copied().filter(|index| pages[*index].old != pages[*index].new).collect();
        let mut about: Vec<_> = self.findings.iter().map(|findings| by_part(findings)).collect();
        let operations: BTreeSet<_> = old.0.iter().chain(&new.0).cloned().collect();
        self.operations.extend(operations);
        for change in surface::compare(&old.1, &new.1) {
            let item = &change.item;
            let (level, id, meaning) = if change.breaks() {
                let meaning = format!("code that uses {item} no longer compiles");
                (Level::Breaking, "generated-code-changed", meaning)
            } else {
                (Level::Additive, "generated-code-added", format!("{item} is new"))
            };
            let places = owners.of_change(&change).unwrap_or_else(|| self.named(&differing, &change));
            for (page, pointer) in places {
                let findings = &mut self.findings[page];
                let about = about[page].entry(pointer.clone()).or_default();
                let named = about.iter().find(|index| is_named(&findings[**index], &change));
                let as_bad = about.iter().find(|index| findings[**index].level >= level);
                let only = about.first().filter(|_| about.len() == 1);
                let index = named.or(as_bad).or(only).copied().unwrap_or(findings.len());
                if index == findings.len() {
                    let others = findings.iter_mut().enumerate().filter(|(index, _)| about.contains(index));
                    says_no_longer_nothing(
                        others.map(|(_, finding)| finding),
                        &format!("it may be why {item} changes"),
                    );
                    findings.push(Finding::new(id, level, pointer, &meaning));
                    about.push(index);
                }
                findings[index].raise(level, id, &meaning);
                if change.breaks() {
                    findings[index].code.push(describe(&change));
                }
            }
            self.changes.push(change);
        }
    }

    /// Where a name is that comes from no schema or operation alone: on the pages with a finding about it, or else the first.
    fn named(&self, differing: &[usize], change: &Change) -> Vec<Place> {
        let is_on = |page: &usize| self.findings[*page].iter().any(|finding| is_named(finding, change));
        let mut pages: Vec<_> = differing.iter().copied().filter(is_on).collect();
        if pages.is_empty() {
            pages.extend(differing.first());
        }
        pages.into_iter().map(|page| (page, String::new())).collect()
    }
}

/// The findings about more than prose, all together, by the schema or operation that they are in, and by the operations that they reach.
fn by_part(findings: &[Finding]) -> BTreeMap<String, Vec<usize>> {
    let mut parts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate().filter(|(_, finding)| !is_prose(finding)) {
        let reached = finding.operations.iter().map(|reached| {
            let (method, path) = reached.operation.split_once(' ').unwrap_or_default();
            child(&child("/paths", path), &method.to_lowercase())
        });
        let own = finding.pointer.split('/').take(4).collect::<Vec<_>>().join("/");
        for part in reached.chain([own, String::new()]).collect::<BTreeSet<_>>() {
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
    let member = change.words().last().unwrap_or_default().to_snake_case();
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

/// The page and pointer of a schema or operation.
type Place = (usize, String);

/// The schemas and operations that generated names come from, by the name in Rust: where they differ, or else one of them.
struct Owners(BTreeMap<String, Vec<Place>>);

fn by_name(pages: &[Page], group: &[usize], operations: [&[(String, String)]; 2]) -> Owners {
    let mut all: BTreeMap<String, BTreeMap<bool, Vec<Place>>> = BTreeMap::new();
    for index in group {
        let Page { old, new, .. } = &pages[*index];
        let schemas = [old, new].into_iter().filter_map(|document| document["components"]["schemas"].as_object());
        let schemas = schemas.flat_map(|schemas| schemas.keys().map(|name| (name, child("/components/schemas", name))));
        let operations = operations.into_iter().flatten().map(|(name, pointer)| (name, pointer.clone()));
        for (name, pointer) in schemas.chain(operations).collect::<BTreeSet<_>>() {
            let sides = [old, new].map(|document| document.pointer(&pointer));
            if sides != [None, None] {
                let places = all.entry(name.to_pascal_case()).or_default();
                places.entry(sides[0] != sides[1]).or_default().push((*index, pointer));
            }
        }
    }
    let chosen = |mut places: BTreeMap<bool, Vec<Place>>| {
        let one = places.remove(&false).into_iter().flatten().take(1);
        places.remove(&true).unwrap_or_else(|| one.collect())
    };
    Owners(all.into_iter().map(|(name, places)| (name, chosen(places))).collect())
}

impl Owners {
    /// Those whose name the one of the changed type or method begins with; of several names, the longest.
    fn of_change(&self, change: &Change) -> Option<Vec<Place>> {
        let name = change.owner().to_pascal_case();
        let ends = name.char_indices().map(|(end, _)| end).chain([name.len()]).rev();
        let mut ends = ends.filter(|end| !name[*end..].starts_with(|next: char| next.is_lowercase()));
        let places = ends.find_map(|end| self.0.get(&name[..end]))?.clone();
        // A schema and an operation may have one name, but a schema makes types alone.
        let is_of_operation = |place: &Place| place.1.starts_with("/paths/");
        let must_be = !change.item.starts_with("types::") && places.iter().any(is_of_operation);
        Some(places.into_iter().filter(|place| !must_be || is_of_operation(place)).collect())
    }
}
