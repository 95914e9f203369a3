//! The verdict on new documents: what the wire shows, and what the generated code shows, of which the worse counts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::{Value, json};

use crate::compare::{child, compare, steps};
use crate::finding::{Finding, Level};
use crate::generator::{self, Document, Generated};
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
}

/// Judges each page that differs.
pub fn judge(pages: &[Page]) -> Verdict {
    let changed: Vec<_> = (0..pages.len()).filter(|index| pages[*index].old != pages[*index].new).collect();
    let conflicts = |side: fn(&Page) -> &Value| {
        let documents: Vec<_> = pages.iter().map(|page| document(page, side(page))).collect();
        // What cannot be read at all is said below, or when it is to be vendored.
        generator::conflicts(&documents).unwrap_or_default()
    };
    let mut verdict = Verdict {
        findings: pages.iter().map(|page| compare(&page.old, &page.new)).collect(),
        conflicts: conflicts(|page| &page.new),
    };
    // A page that has moved may be read beside one that has not yet, if only the version keeps them apart.
    let is_version = |conflict: &generator::Error| conflict.pointer == "/info/version";
    let is_one = verdict.conflicts.iter().chain(&conflicts(|page| &page.old)).all(is_version);
    let together: Vec<_> = (0..pages.len()).collect();
    let groups = if is_one { vec![together] } else { changed.iter().map(|index| vec![*index]).collect() };
    for group in groups.iter().filter(|_| !changed.is_empty()) {
        match (generate(pages, group, |page| &page.old), generate(pages, group, |page| &page.new)) {
            (Ok(old), Ok(new)) => verdict.compare_code(pages, group, &old, &new),
            (Err(error), _) | (_, Err(error)) => verdict.unbuildable(pages, group, &error),
        }
    }
    for (page, findings) in pages.iter().zip(&mut verdict.findings) {
        // Of a page that is new, its operations are what counts.
        let is_new = page.old["paths"] == json!({});
        findings.retain(|finding| !is_new || finding.level == Level::Breaking || finding.id == "operation-added");
        findings.sort_by_key(|finding| Reverse(finding.level));
    }
    verdict
}

fn document(page: &Page, value: &Value) -> Document {
    Document { file: page.file.clone(), text: value.to_string() }
}

/// Generates the client of some pages, whatever their versions.
fn generate(
    pages: &[Page],
    group: &[usize],
    side: impl Fn(&Page) -> &Value,
) -> Result<(Generated, Surface), generator::Error> {
    let documents = group.iter().map(|index| {
        let page = &pages[*index];
        let mut value = side(page).clone();
        if let Some(version) = value.pointer_mut("/info/version") {
            *version = json!("0.0.0");
        }
        document(page, &value)
    });
    let generated = generator::generate(&documents.collect::<Vec<_>>())?;
    let surface = Surface::of(&generated);
    Ok((generated, surface))
}

impl Verdict {
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
            None => findings.push(Finding::new(ID, Level::Breaking, pointer.clone(), &meaning)),
        }
    }

    /// Gives each change of the code to a finding of its level about the same part of a document, or to one of its own.
    fn compare_code(
        &mut self,
        pages: &[Page],
        group: &[usize],
        old: &(Generated, Surface),
        new: &(Generated, Surface),
    ) {
        let owners = owners(pages, group, [&old.0, &new.0]);
        for change in surface::compare(&old.1, &new.1) {
            let (page, pointer) = owner(&owners, &change).unwrap_or((group[0], ""));
            let item = &change.item;
            let (level, id, meaning) = if change.breaks() {
                let meaning = format!("code that uses {item} no longer compiles");
                (Level::Breaking, "generated-code-changed", meaning)
            } else {
                (Level::Additive, "generated-code-added", format!("{item} is new"))
            };
            let findings = &mut self.findings[page];
            let about: Vec<_> = (0..findings.len()).filter(|index| findings[*index].is_about(pointer)).collect();
            let named = about.iter().find(|index| is_named(&findings[**index], &change));
            let as_bad = about.iter().find(|index| findings[**index].level >= level);
            let only = about.first().filter(|_| about.len() == 1);
            let index = named.or(as_bad).or(only).copied().unwrap_or_else(|| {
                findings.push(Finding::new(id, level, pointer.to_owned(), &meaning));
                findings.len() - 1
            });
            findings[index].raise(level, id, &meaning);
            if change.breaks() {
                findings[index].code.push(describe(&change));
            }
        }
    }
}

impl Finding {
    /// Whether it is about something in the part of a document at a pointer, or reaches the operation there; and about
    /// more than prose.
    fn is_about(&self, pointer: &str) -> bool {
        let reaches = self.operations.iter().any(|reached| {
            let (method, path) = reached.operation.split_once(' ').unwrap_or_default();
            pointer == child(&child("/paths", path), &method.to_lowercase())
        });
        let is_prose = ["description", "summary", "example"].iter().any(|prose| self.pointer.ends_with(prose));
        (reaches || is_inside(&self.pointer, pointer)) && !is_prose
    }
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

type Owners = BTreeMap<String, (usize, String)>;

/// The page and the pointer that each generated name comes from: schemas and operations, by the name in Rust.
fn owners(pages: &[Page], group: &[usize], sides: [&Generated; 2]) -> Owners {
    let mut owners = Owners::new();
    for index in group {
        for document in [&pages[*index].old, &pages[*index].new] {
            for (name, _) in document["components"]["schemas"].as_object().into_iter().flatten() {
                owners.insert(name.to_pascal_case(), (*index, child("/components/schemas", name)));
            }
            for (name, pointer) in sides.iter().flat_map(|side| &side.operations) {
                if document.pointer(pointer).is_some() {
                    owners.insert(name.to_pascal_case(), (*index, pointer.clone()));
                }
            }
        }
    }
    owners
}

/// The owner whose name one in the change begins with; of several, the longest.
fn owner<'o>(owners: &'o Owners, change: &Change) -> Option<(usize, &'o str)> {
    let names: Vec<_> = change.words().map(ToPascalCase::to_pascal_case).collect();
    let found = owners.iter().filter(|(owner, _)| names.iter().any(|name| name.starts_with(owner.as_str())));
    found.max_by_key(|(owner, _)| owner.len()).map(|(_, (page, pointer))| (*page, pointer.as_str()))
}
