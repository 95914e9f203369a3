//! The verdict on a new document: what the wire shows, and what the generated code shows, of which the worse counts.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::{Value, json};

use crate::compare::{Finding, Level, METHODS, child, steps};
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

/// What was found of some pages.
#[derive(Debug, Default)]
pub struct Verdict {
    /// For each page, its findings.
    pub findings: Vec<Vec<Finding>>,
    /// What keeps the pages from being one client, for as long as others have not followed.
    pub notes: Vec<String>,
}

/// Judges each page that differs.
#[must_use]
pub fn judge(pages: &[Page]) -> Verdict {
    let mut verdict = Verdict {
        findings: pages.iter().map(|page| crate::compare::compare(&page.old, &page.new)).collect(),
        notes: conflicts(pages),
    };
    if pages.iter().all(|page| page.old == page.new) {
        return Verdict { notes: Vec::new(), ..verdict };
    }
    // Versions are no part of the surface: a page that has moved may be read beside one that has not yet.
    let all: Vec<usize> = (0..pages.len()).collect();
    let fits = verdict.notes.iter().all(|note| note.contains(": /info/version: "));
    match surface_of(pages, &all, |page| &page.old) {
        Ok(old) if fits => verdict.settle(pages, &all, &old),
        _ => {
            for (index, page) in pages.iter().enumerate().filter(|(_, page)| page.old != page.new) {
                match surface_of(pages, &[index], |page| &page.old) {
                    Ok(old) => verdict.settle(pages, &[index], &old),
                    Err(error) => verdict.unbuildable(index, "vendored-document-unbuildable", &error, &page.file),
                }
            }
        }
    }
    for findings in &mut verdict.findings {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    }
    verdict
}

/// The surface of the client of some pages.
fn surface_of(pages: &[Page], chosen: &[usize], side: impl Fn(&Page) -> &Value) -> Result<Surface, String> {
    let text = |page: &Page| {
        let mut document = side(page).clone();
        if let Some(version) = document.pointer_mut("/info/version") {
            *version = json!("0.0.0");
        }
        Document { file: page.file.clone(), text: document.to_string() }
    };
    let mut documents: Vec<_> = chosen.iter().map(|index| text(&pages[*index])).collect();
    documents.sort_by(|one, other| one.file.cmp(&other.file));
    let generated = generator::generate(&documents).map_err(|error| error.to_string())?;
    let mut surface = Surface::default();
    for (file, text) in generated.files() {
        surface.read(file.trim_end_matches(".rs"), text)?;
    }
    Ok(surface)
}

impl Verdict {
    /// What the generator refuses is breaking, whatever else was found.
    fn unbuildable(&mut self, index: usize, id: &str, error: &str, file: &str) {
        let error = error.strip_prefix(&format!("{file}: ")).unwrap_or(error);
        let meaning = format!("the generator cannot build it: {error}");
        let explains = |finding: &&mut Finding| {
            !finding.pointer.is_empty()
                && [": ", "/"].iter().any(|end| error.starts_with(&(finding.pointer.clone() + end)))
        };
        match self.findings[index].iter_mut().find(explains) {
            Some(finding) if finding.level == Level::Breaking => finding.code.push(meaning),
            Some(finding) => (finding.id, finding.level, finding.meaning) = (id.to_owned(), Level::Breaking, meaning),
            None => {
                let pointer = if error.starts_with('/') { error.split(": ").next().unwrap_or_default() } else { "" };
                self.findings[index].push(Finding::new(id, Level::Breaking, pointer.to_owned(), &meaning));
            }
        }
    }

    /// Gives each change of the surface to the finding that explains it, or to one of its own.
    fn settle(&mut self, pages: &[Page], chosen: &[usize], old: &Surface) {
        let new = match surface_of(pages, chosen, |page| &page.new) {
            Ok(new) => new,
            Err(error) => {
                let changed = |index: &&usize| pages[**index].old != pages[**index].new;
                let named = chosen.iter().filter(changed).find(|index| error.contains(&pages[**index].file));
                let index = *named.or(chosen.iter().find(changed)).unwrap_or(&0);
                return self.unbuildable(index, "document-unbuildable", &error, &pages[index].file);
            }
        };
        let owners = owners(pages, chosen, [old, &new]);
        for change in surface::compare(old, &new) {
            let owner = owner(&owners, &change);
            let (page, pointer) = owner.map_or((chosen[0], ""), |(_, owner)| (owner.0, owner.1.as_str()));
            let (level, id) = if change.breaks() {
                (Level::Breaking, "generated-code-changed")
            } else {
                (Level::Additive, "generated-code-added")
            };
            let prefix = owner.map(|(name, _)| name.as_str()).unwrap_or_default();
            let findings = &mut self.findings[page];
            let best = findings.iter_mut().map(|finding| (explains(finding, pointer, prefix, &change), finding));
            let mut candidates: Vec<_> = best.filter(|(score, _)| *score > 0).collect();
            candidates.sort_by_key(|(score, finding)| (*score, finding.level));
            let alone = candidates.len() == 1;
            match candidates.pop() {
                Some((score, finding)) if score > 1 || alone || finding.level >= level => {
                    if change.breaks() {
                        finding.code.push(describe(&change));
                    }
                    if finding.level < level {
                        (finding.id, finding.level, finding.meaning) = (id.to_owned(), level, meaning(&change));
                    }
                }
                _ => {
                    let text = |side: &Option<String>| side.clone().map(Value::String);
                    findings.push(Finding {
                        old: text(&change.old),
                        new: text(&change.new),
                        code: if change.breaks() { vec![describe(&change)] } else { Vec::new() },
                        ..Finding::new(id, level, pointer.to_owned(), &meaning(&change))
                    });
                }
            }
        }
    }
}

fn meaning(change: &Change) -> String {
    if change.breaks() {
        format!("code that uses {} no longer compiles", change.item)
    } else {
        format!("{} is new", change.item)
    }
}

fn describe(change: &Change) -> String {
    const LONGEST: usize = 60;
    let without_serde = |text: &str| match text.rsplit_once(")] ") {
        Some((serde, rest)) if serde.starts_with("#[serde") => rest.to_owned(),
        _ => text.trim_end().to_owned(),
    };
    let [old, new] = [&change.old, &change.new].map(|side| side.as_deref().map(without_serde));
    match (old, new) {
        (_, None) => format!("{} is gone", change.item),
        (Some(old), Some(new)) if old != new && old.len().max(new.len()) <= LONGEST => {
            format!("{}: {old} -> {new}", change.item)
        }
        _ => format!("{} changes", change.item),
    }
}

type Owners = BTreeMap<String, (usize, String)>;

/// What in a document each generated name comes from: schemas and operations, by the name in Rust.
fn owners(pages: &[Page], chosen: &[usize], surfaces: [&Surface; 2]) -> Owners {
    let mut owners = Owners::new();
    for index in chosen {
        for document in [&pages[*index].old, &pages[*index].new] {
            for (name, _) in document["components"]["schemas"].as_object().into_iter().flatten() {
                owners.insert(name.to_pascal_case(), (*index, child("/components/schemas", name)));
            }
            for (builder, literals) in surfaces.iter().flat_map(|surface| &surface.operations) {
                let paths = document["paths"].as_object().into_iter().flatten();
                for (path, item) in paths.filter(|(path, _)| literals.contains(*path)) {
                    let is_it =
                        |method: &&&str| item.get(**method).is_some() && literals.contains(&method.to_uppercase());
                    if let Some(method) = METHODS.iter().find(is_it) {
                        owners.insert(builder.clone(), (*index, child(&child("/paths", path), method)));
                    }
                }
            }
        }
    }
    owners
}

/// The owner whose name a change begins with; of several, the longest.
fn owner<'o>(owners: &'o Owners, change: &Change) -> Option<(&'o String, &'o (usize, String))> {
    let names: Vec<_> = change.words().map(ToPascalCase::to_pascal_case).collect();
    let ends = |name: &str| (1..=name.len()).filter(|end| name.is_char_boundary(*end)).collect::<Vec<_>>();
    let found =
        names.iter().flat_map(|name| ends(name).into_iter().filter_map(|end| owners.get_key_value(&name[..end])));
    found.max_by_key(|(name, _)| name.len())
}

/// How well a finding explains a change: 0 not at all, 1 it may, more it names the very member.
fn explains(finding: &Finding, owner: &str, prefix: &str, change: &Change) -> u8 {
    let steps: Vec<_> = steps(&finding.pointer).collect();
    let is_prose = ["description", "summary", "example", "examples", "externalDocs"];
    if steps.last().is_some_and(|last| is_prose.contains(&last.as_str())) {
        return 0;
    }
    let inside = finding.pointer == owner || finding.pointer.starts_with(&format!("{owner}/"));
    let reaches = finding.operations.iter().any(|reached| {
        let (method, path) = reached.operation.split_once(' ').unwrap_or_default();
        owner == child(&child("/paths", path), &method.to_lowercase())
    });
    // A schema is named by the schema that has it, too.
    let values = [&finding.old, &finding.new].into_iter().flatten().filter_map(Value::as_str);
    let mut names = steps.iter().map(String::as_str).chain(values);
    let matches = |word: &str, name: &str| !word.is_empty() && word.to_snake_case() == name.to_snake_case();
    let is_named = names.any(|name| {
        change.words().last().is_some_and(|word| matches(word, name))
            || change.words().any(|word| {
                let pascal = word.to_pascal_case();
                pascal.strip_prefix(prefix).is_some_and(|rest| matches(rest, name))
            })
    });
    match (inside || reaches, is_named) {
        (true, true) => 3,
        (true, false) if (inside && !owner.is_empty()) || finding.level == Level::Breaking => 1,
        (false, true) if owner.is_empty() => 2,
        _ => 0,
    }
}

/// What keeps the published documents from being one client: every place where two of them disagree.
#[must_use]
pub fn conflicts(pages: &[Page]) -> Vec<String> {
    let mut parts: BTreeMap<String, (&str, &Value)> = BTreeMap::new();
    let mut conflicts = Vec::new();
    for Page { file, new, .. } in pages {
        let shared = ["/info/version", "/servers", "/security"];
        let mut theirs: Vec<_> = shared
            .into_iter()
            .map(|pointer| (pointer.to_owned(), new.pointer(pointer).unwrap_or(&Value::Null)))
            .collect();
        for section in ["components", "paths"] {
            for (group, items) in new[section].as_object().into_iter().flatten() {
                let pointer = child(&format!("/{section}"), group);
                let items = items.as_object().into_iter().flatten();
                theirs.extend(items.map(|(name, item)| (child(&pointer, name), item)));
            }
        }
        for (pointer, value) in theirs {
            let is_operation =
                METHODS.iter().any(|method| pointer.starts_with("/paths/") && pointer.ends_with(&format!("/{method}")));
            match parts.get(&pointer) {
                Some((other, _)) if is_operation => {
                    conflicts.push(format!("{other} and {file}: {pointer}: the operation is in both documents"));
                }
                Some((other, mine)) if *mine != value => {
                    conflicts.push(format!("{other} and {file}: {pointer}: it differs"));
                }
                Some(_) => {}
                None => drop(parts.insert(pointer, (file, value))),
            }
        }
    }
    conflicts
}
