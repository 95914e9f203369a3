//! Prints findings: as text for people, as JSON for machines, as annotations for GitHub.

use std::cmp::Reverse;
use std::fmt::Write;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Value, json};

use crate::compare::{Direction, Finding, Level};

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: a summary line, then each finding with old, new and meaning.
    #[default]
    Text,
    /// For machines: one object with `summary` and `findings`.
    Json,
    /// For GitHub: an annotation for each finding.
    Github,
}

/// From which level on findings are a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Only what breaks users.
    Breaking,
    /// That, and what hand-written code was written from.
    #[default]
    Rule,
    /// That, and what is new.
    Additive,
    /// Every difference.
    Any,
    /// No difference.
    None,
}

impl FailOn {
    /// Whether a finding of that level is a failure.
    #[must_use]
    pub fn includes(self, level: Level) -> bool {
        match self {
            Self::Breaking => level >= Level::Breaking,
            Self::Rule => level >= Level::Rule,
            Self::Additive => level >= Level::Additive,
            Self::Any => true,
            Self::None => false,
        }
    }
}

/// The findings of some pages.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Each finding with the document that it is of, worst first.
    findings: Vec<Entry>,
    #[serde(skip)]
    versions: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct Entry {
    /// The file of the document, relative to the package.
    document: String,
    #[serde(flatten)]
    finding: Finding,
}

impl Report {
    /// Adds what differs between a vendored document and its published page.
    pub fn add(&mut self, file: &str, old: &Value, new: &Value, findings: Vec<Finding>) {
        let version = |document: &Value| document["info"]["version"].as_str().unwrap_or("without a version").to_owned();
        let versions = (version(old), version(new));
        if !self.versions.contains(&versions) {
            self.versions.push(versions);
        }
        self.findings.extend(findings.into_iter().map(|finding| Entry { document: file.to_owned(), finding }));
        self.findings.sort_by_key(|entry| Reverse(entry.finding.level));
    }

    /// The findings, worst first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().map(|entry| &entry.finding)
    }

    /// How many findings of which level there are, and the versions of the API.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |level| self.findings().filter(|finding| finding.level == level).count();
        let mut summary = match self.findings.len() {
            0 => "no changes".to_owned(),
            1 => "1 change: ".to_owned(),
            number => format!("{number} changes: "),
        };
        let levels = [
            (Level::Breaking, "breaking"),
            (Level::Rule, "rule"),
            (Level::Additive, "additive"),
            (Level::Metadata, "metadata"),
        ];
        let counts = levels.into_iter().filter(|(level, _)| count(*level) > 0);
        let counts: Vec<_> = counts.map(|(level, name)| format!("{} {name}", count(level))).collect();
        summary += &counts.join(", ");
        for (old, new) in &self.versions {
            let _ = if old == new { write!(summary, ", API {old}") } else { write!(summary, ", API {old} -> {new}") };
        }
        summary
    }

    /// The whole report, as the format has it.
    #[must_use]
    pub fn print(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Json => self.json(),
            Format::Github => self.github(),
        }
    }

    fn text(&self) -> String {
        let mut text = self.summary() + "\n";
        for Entry { document, finding } in &self.findings {
            let _ = write!(text, "\n{:<8}  {document} {}\n", name(finding.level), finding.pointer);
            for (side, value) in [("old", &finding.old), ("new", &finding.new)] {
                if let Some(value) = value {
                    let _ = writeln!(text, "    {side}: {}", shown(value));
                }
            }
            let _ = writeln!(text, "    {}", finding.meaning);
            for (direction, label) in [(Direction::Request, "requests"), (Direction::Response, "answers")] {
                let operations = finding.operations.iter().filter(|reached| reached.direction == direction);
                let operations: Vec<_> = operations.map(|reached| reached.operation.as_str()).collect();
                if !operations.is_empty() {
                    let _ = writeln!(text, "    in {label} of {}", operations.join(", "));
                }
            }
        }
        text
    }

    fn json(&self) -> String {
        let count = |level| self.findings().filter(|finding| finding.level == level).count();
        let versions = self.versions.iter().map(|(old, new)| json!({ "old": old, "new": new }));
        let value = json!({
            "summary": {
                "changes": self.findings.len(),
                "breaking": count(Level::Breaking),
                "rule": count(Level::Rule),
                "additive": count(Level::Additive),
                "metadata": count(Level::Metadata),
                "versions": versions.collect::<Vec<_>>(),
            },
            "findings": self.findings,
        });
        format!("{value:#}\n")
    }

    fn github(&self) -> String {
        let mut lines = format!("::notice title=API drift::{}\n", escaped(&self.summary()));
        for Entry { document, finding } in &self.findings {
            let kind = match finding.level {
                Level::Breaking => "error",
                Level::Rule => "warning",
                Level::Additive | Level::Metadata => "notice",
            };
            let side = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), shown);
            let message =
                format!("{}: {} ({} -> {})", finding.pointer, finding.meaning, side(&finding.old), side(&finding.new));
            let _ = writeln!(lines, "::{kind} file={document},title={}::{}", name(finding.level), escaped(&message));
        }
        lines
    }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Breaking => "breaking",
        Level::Rule => "rule",
        Level::Additive => "additive",
        Level::Metadata => "metadata",
    }
}

/// A value on one line; of a long one, its beginning.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 200;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A text as GitHub's workflow commands take it.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
