//! The manual steps that remain after a new version was vendored.

use crate::finding::{Finding, Level};
use crate::report::{Report, pages};
use crate::verdict::Verdict;

/// Generated items that hand-written texts list: the items' prefix, and their name in the text.
const NAMED_BY_HAND: [(&str, &str); 2] = [("types::Platform::", "platforms"), ("client::Client::", "operations")];

const TEXTS: &str = "README.md, the description in Cargo.toml, the documentation in src, and the help of cli";

const RULES: &str = "read the changed rules, then check src/identity.rs, and tests/vendored.rs, which quotes one";

/// The remaining steps. `version` is the package's version.
pub fn remaining(version: &str, report: &Report, verdict: &Verdict) -> Vec<String> {
    let mut remaining = Vec::new();
    if report.findings.iter().any(|finding| finding.id == "identification-prose-changed") {
        remaining.push(RULES.to_owned());
    }
    for group in report.together().into_iter().filter(|group| group[0].id == "rule-in-prose") {
        let Finding { pointer, meaning, .. } = group[0];
        remaining.push(format!("decide on {} {pointer}: {meaning}", pages(&group)));
    }
    let worst = report.findings.iter().map(|finding| finding.level).max().unwrap_or_default();
    if let Some(next) = next(version, worst) {
        let why = format!("the worst change is of the level {worst}");
        remaining.push(format!("raise the version in Cargo.toml to {next}, unless it is that already: {why}"));
    }
    for (names, kind) in NAMED_BY_HAND {
        if verdict.changes.iter().any(|change| change.item.starts_with(names)) {
            remaining.push(format!("check that {TEXTS} still name all {kind}"));
        }
    }
    remaining.push("read the diff, and the new entry in CHANGELOG.md".to_owned());
    remaining.push("run the tests: cargo test --workspace --features mock,tracing".to_owned());
    remaining
}

/// The package's next version by semver, if it changes.
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
