//! The changelog entry for a new API version: names that are added to, changed in or removed from users' code.

use std::collections::BTreeSet;

use crate::finding::{Finding, Level};
use crate::generator::prose::{self, code};
use crate::report::in_markdown;
use crate::surface::Change;

/// Describes a changed identification rule to users.
const IDENTIFICATION: &str = "its documentation has another rule for identifying the client";

/// The lines for one API version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    added: BTreeSet<String>,
    changed: BTreeSet<String>,
    removed: BTreeSet<String>,
}

impl Entry {
    /// Lists changes in the code, and findings at `rule` or above that don't change code.
    pub fn of(changes: &[Change], findings: &[Finding]) -> Self {
        let mut entry = Self::default();
        for change in changes {
            let Some(name) = public_name(change) else { continue };
            match (&change.old, &change.new) {
                (None, _) => entry.added.insert(format!("- `{name}`\n")),
                (_, None) => entry.removed.insert(format!("- `{name}`\n")),
                (Some(old), Some(new)) if is_short(old) && is_short(new) => {
                    entry.changed.insert(format!("- `{name}`: `{old}` is now `{new}`\n"))
                }
                _ => entry.changed.insert(format!("- `{name}`\n")),
            };
        }
        for finding in findings.iter().filter(|finding| finding.level >= Level::Rule && finding.code.is_empty()) {
            let subject = subject(finding);
            let values = [&finding.old, &finding.new].into_iter().flatten().map(prose::json);
            let short: Vec<_> = values.filter(|value| is_short(value)).collect();
            let (meaning, values) = match finding.meaning.split_once(": ") {
                Some((meaning, quoted)) if finding.id == "rule-in-prose" => (meaning, quoted.to_owned()),
                _ if finding.id == "identification-prose-changed" => (IDENTIFICATION, short.join(" -> ")),
                _ => (&finding.meaning[..], short.join(" -> ")),
            };
            let values = if values.is_empty() { values } else { format!(" ({})", code(&values)) };
            let meaning = in_markdown(meaning);
            // A new item with a rule is listed once.
            let is_new = entry.added.remove(&format!("- {subject}\n"))
                || entry.added.iter().any(|line| line.starts_with(&format!("- {subject}: ")));
            let lines = if is_new { &mut entry.added } else { &mut entry.changed };
            lines.insert(format!("- {subject}: {meaning}{values}\n"));
        }
        entry
    }

    /// Adds the lines to a changelog, under the heading of an API version. Lines that are there already are skipped.
    pub fn put(&self, changelog: &str, version: &str) -> Result<String, String> {
        const UNRELEASED: &str = "## [Unreleased]\n";
        const NO_CHANGES: &str = "\nNothing that code depends on.\n";
        let (head, tail) = changelog.split_once(UNRELEASED).ok_or("CHANGELOG.md: no section [Unreleased]")?;
        let (unreleased, released) = tail.split_at(tail.find("\n## ").unwrap_or(tail.len()));
        let heading = format!("### API {version}\n");
        let (before, own, after) = match unreleased.split_once(&heading) {
            None => ("\n", "", unreleased),
            Some((before, rest)) => {
                let (own, after) = rest.split_at(rest.find("\n### ").unwrap_or(rest.len()));
                (before, own, after)
            }
        };
        let mut section = own.replace(NO_CHANGES, "");
        for (title, lines) in [("Added", &self.added), ("Changed", &self.changed), ("Removed", &self.removed)] {
            let title = format!("\n#### {title}\n\n");
            let start = section.find(&title).map(|start| start + title.len());
            let known = start.map(|start| section[start..].split("\n#### ").next().unwrap_or_default());
            let is_new = |line: &&String| !known.unwrap_or_default().contains(&line[..]);
            let new: String = lines.iter().filter(is_new).map(String::as_str).collect();
            match start {
                _ if new.is_empty() => {}
                Some(start) => section.insert_str(start, &new),
                None => section += &(title + &new),
            }
        }
        if section.is_empty() {
            NO_CHANGES.clone_into(&mut section);
        }
        Ok(format!("{head}{UNRELEASED}{before}{heading}{section}{after}{released}"))
    }
}

/// A changed item's name in users' code, or `None` if it is listed under another name or invisible to users.
fn public_name(Change { item, old, new, .. }: &Change) -> Option<String> {
    let is_builder_of_type = item.starts_with("types::builder::");
    // The client's method is listed instead of the builder that it returns.
    let is_of_operation = item.starts_with("client::builder::") && !item["client::builder::".len()..].contains("::");
    let is_of_mock = item.starts_with("mock::") && (old.is_none() || !item.contains("Then::"));
    let is_trait = item.contains(": ") && new.is_some();
    if is_builder_of_type || is_of_operation || is_of_mock || is_trait {
        return None;
    }
    let name = item.strip_prefix("client::").unwrap_or(item);
    Some(if name.starts_with("types::Platform::") { name.replacen("types::", "", 1) } else { name.to_owned() })
}

/// A finding's subject, as named in users' code.
fn subject(finding: &Finding) -> String {
    match &finding.item {
        Some(item) => format!("`{}`", item.strip_prefix("client::").unwrap_or(item)),
        None => "the API".to_owned(),
    }
}

fn is_short(text: &str) -> bool {
    const LONGEST: usize = 60;
    text.len() <= LONGEST
}
