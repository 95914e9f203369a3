//! What a new version leaves for a person to do.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::finding::Level;
use crate::report::Report;
use crate::verdict::Verdict;

/// Texts that name platforms and operations by hand, or folders of such.
const BY_HAND: [&str; 5] = ["README.md", "Cargo.toml", "cli", "examples", "src"];

/// What is still to do after the files of a new version are written in a package of this version.
pub fn remaining(package: &Path, version: &str, report: &Report, verdict: &Verdict, old: &[&Value]) -> Vec<String> {
    let mut remaining = Vec::new();
    if report.has(Level::Rule) {
        remaining.push(
            "read what has changed of the rules, then src/identity.rs, and tests/vendored.rs, which quotes one"
                .to_owned(),
        );
    }
    for finding in report.findings().iter().filter(|finding| finding.id == "rule-in-prose") {
        remaining.push(format!("decide on {} {}: {}", finding.document, finding.pointer, finding.meaning));
    }
    let worst = report.findings().iter().map(|finding| finding.level).max();
    if let Some((level, next)) = worst.and_then(|level| Some((level, next(version, level)?))) {
        remaining
            .push(format!("raise the version in Cargo.toml to {next}, if it is not yet: what is {level} asks for it"));
    }
    let mut words = Vec::new();
    if verdict.changes.iter().any(|change| change.item.starts_with("types::Platform::")) {
        words.extend(old.iter().flat_map(|document| platforms(document)));
    }
    if verdict.changes.iter().any(|change| change.item.starts_with("client::Client::")) {
        words.extend(verdict.operations.iter().map(|(name, _)| name.clone()));
        words.push("description =".to_owned());
    }
    let mut places = Vec::new();
    for file in BY_HAND {
        find(package, file, &words, &mut places);
    }
    if !places.is_empty() {
        remaining.push(format!("see whether these still name all platforms and operations: {}", places.join(", ")));
    }
    remaining.push("read the diff, and the new entry in CHANGELOG.md".to_owned());
    remaining.push("run the tests: cargo test --workspace --features mock,tracing".to_owned());
    remaining
}

/// The version of the package that semver asks for.
fn next(version: &str, worst: Level) -> Option<String> {
    let numbers: Vec<u64> = version.split(['+', '-']).next()?.split('.').filter_map(|part| part.parse().ok()).collect();
    let [major, minor, patch] = numbers[..] else { return None };
    Some(match (worst, major) {
        (Level::Metadata, _) => return None,
        (Level::Breaking, 0) => format!("0.{}.0", minor + 1),
        (_, 0) => format!("0.{minor}.{}", patch + 1),
        (Level::Breaking, _) => format!("{}.0.0", major + 1),
        _ => format!("{major}.{}.0", minor + 1),
    })
}

/// The platforms that requests of a document may name.
fn platforms(document: &Value) -> Vec<String> {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    let values = schemas.filter_map(|(_, schema)| schema.pointer("/properties/platform/enum")?.as_array());
    values.flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Notes the lines of a file, or of those in a folder, that have one of the words in them.
fn find(package: &Path, file: &str, words: &[String], places: &mut Vec<String>) {
    let path = package.join(file);
    if let Ok(entries) = fs::read_dir(&path) {
        let mut names: Vec<_> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        for name in names.iter().filter(|name| *name != "generated") {
            find(package, &format!("{file}/{name}"), words, places);
        }
    }
    for (number, line) in (1..).zip(fs::read_to_string(path).unwrap_or_default().lines()) {
        let line = line.to_lowercase();
        let is_word = |place: usize, word: &str| {
            let sides = [line[..place].chars().next_back(), line[place + word.len()..].chars().next()];
            sides.into_iter().flatten().all(|c| !c.is_alphanumeric() && c != '_')
        };
        let words = words.iter().map(|word| word.to_lowercase());
        if words.into_iter().any(|word| line.match_indices(&word).any(|(place, _)| is_word(place, &word))) {
            places.push(format!("{file}:{number}"));
        }
    }
}
