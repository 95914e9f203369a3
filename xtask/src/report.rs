//! Prints findings: as text for people, as JSON for machines, as annotations and Markdown for GitHub.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Write;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Value, json};

use crate::compare::{Direction, Finding, Level, is_lower};

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: a summary line, then each finding with old, new and meaning.
    #[default]
    Text,
    /// For machines: one object with `summary`, `notes` and `findings`.
    Json,
    /// For GitHub: an annotation for each finding.
    Github,
    /// For an issue or a pull request.
    Markdown,
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
    fn includes(self, level: Level) -> bool {
        match self {
            Self::Breaking => level >= Level::Breaking,
            Self::Rule => level >= Level::Rule,
            Self::Additive => level >= Level::Additive,
            Self::Any => true,
            Self::None => false,
        }
    }
}

/// A finding that a person has accepted, by an entry in `openapi/accepted.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The finding's fingerprint.
    #[serde(skip)]
    pub fingerprint: String,
    /// Why.
    pub reason: String,
    /// When.
    pub date: String,
}

/// The findings of some pages.
#[derive(Debug, Default)]
pub struct Report {
    entries: Vec<Entry>,
    versions: Vec<(String, String)>,
    /// What a reader must know beside the findings.
    pub notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Entry {
    fingerprint: String,
    /// Not in the earlier report; `null` where there is none.
    new_since: Option<bool>,
    accepted: Option<Accepted>,
    /// The file of the document, relative to the package.
    document: String,
    #[serde(flatten)]
    finding: Finding,
}

const LEVELS: [(Level, &str); 4] = [
    (Level::Breaking, "breaking"),
    (Level::Rule, "rule"),
    (Level::Additive, "additive"),
    (Level::Metadata, "metadata"),
];

impl Report {
    /// Adds what differs between a vendored document and its published page.
    pub fn add(&mut self, file: &str, old: &Value, new: &Value, findings: Vec<Finding>) {
        let version = |document: &Value| document["info"]["version"].as_str().unwrap_or("without a version").to_owned();
        let versions = (version(old), version(new));
        if !self.versions.contains(&versions) {
            self.versions.push(versions);
        }
        self.entries.extend(findings.into_iter().map(|finding| Entry {
            fingerprint: finding.fingerprint(),
            new_since: None,
            accepted: None,
            document: file.to_owned(),
            finding,
        }));
        self.entries.sort_by_key(|entry| Reverse(entry.finding.level));
    }

    /// The findings, worst first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.entries.iter().map(|entry| &entry.finding)
    }

    /// The fingerprints of the findings.
    #[must_use]
    pub fn fingerprints(&self) -> BTreeSet<&str> {
        self.entries.iter().map(|entry| entry.fingerprint.as_str()).collect()
    }

    /// Whether a finding that nobody has accepted is at or above a level.
    #[must_use]
    pub fn fails(&self, from: FailOn) -> bool {
        self.entries.iter().any(|entry| entry.accepted.is_none() && from.includes(entry.finding.level))
    }

    /// Marks what was accepted, and returns the entries that match no finding.
    pub fn accept<'a>(&mut self, accepted: &'a [Accepted]) -> Vec<&'a Accepted> {
        for entry in &mut self.entries {
            entry.accepted = accepted.iter().find(|accepted| accepted.fingerprint == entry.fingerprint).cloned();
        }
        let known = self.fingerprints();
        accepted.iter().filter(|accepted| !known.contains(accepted.fingerprint.as_str())).collect()
    }

    /// Marks what is not in an earlier report, and puts it first.
    ///
    /// # Errors
    /// If that is no report of `--format json`.
    pub fn since(&mut self, earlier: &Value) -> Result<(), String> {
        let findings = earlier["findings"].as_array().ok_or("not a report of --format json")?;
        let known: BTreeSet<_> = findings.iter().filter_map(|finding| finding["fingerprint"].as_str()).collect();
        for entry in &mut self.entries {
            entry.new_since = Some(!known.contains(entry.fingerprint.as_str()));
        }
        self.entries.sort_by_key(|entry| (entry.new_since != Some(true), Reverse(entry.finding.level)));
        Ok(())
    }

    /// How many findings of which level there are, and the versions of the API.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut summary = match self.entries.len() {
            0 => "no changes".to_owned(),
            1 => "1 change: ".to_owned(),
            number => format!("{number} changes: "),
        };
        let mut counts: Vec<_> = LEVELS.map(|(level, name)| (self.count(level), name)).into();
        counts.push((self.entries.iter().filter(|entry| entry.accepted.is_some()).count(), "accepted"));
        counts.push((
            self.entries.iter().filter(|entry| entry.new_since == Some(true)).count(),
            "new since the last report",
        ));
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        summary += &counts.map(|(count, name)| format!("{count} {name}")).collect::<Vec<_>>().join(", ");
        for (old, new) in &self.versions {
            let lower = if is_lower(new, old) { " (lower)" } else { "" };
            let _ = if old == new {
                write!(summary, ", API {old}")
            } else {
                write!(summary, ", API {old} -> {new}{lower}")
            };
        }
        summary
    }

    fn count(&self, level: Level) -> usize {
        self.findings().filter(|finding| finding.level == level).count()
    }

    /// The whole report, as the format has it.
    #[must_use]
    pub fn print(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Json => self.json(),
            Format::Github => self.github(),
            Format::Markdown => self.markdown(),
        }
    }

    fn text(&self) -> String {
        let mut text = self.summary() + "\n";
        for note in &self.notes {
            let _ = writeln!(text, "note: {note}");
        }
        for Entry { document, finding, fingerprint, accepted, new_since } in &self.entries {
            let mark = if *new_since == Some(true) { "new: " } else { "" };
            let _ = write!(text, "\n{mark}{:<8}  {document} {}\n", name(finding.level), finding.pointer);
            for (side, value) in shown(finding) {
                let _ = writeln!(text, "    {side}: {value}");
            }
            let _ = writeln!(text, "    {}  [{} {fingerprint}]", finding.meaning, finding.id);
            for line in few(&finding.code) {
                let _ = writeln!(text, "    code: {line}");
            }
            for (direction, label) in [(Direction::Request, "requests"), (Direction::Response, "responses")] {
                let operations = finding.operations.iter().filter(|reached| reached.direction == direction);
                let operations: Vec<_> = operations.map(|reached| reached.operation.clone()).collect();
                if !operations.is_empty() {
                    let _ = writeln!(text, "    in {label} of {}", few(&operations).join(", "));
                }
            }
            if let Some(Accepted { reason, date, .. }) = accepted {
                let _ = writeln!(text, "    accepted on {date}: {reason}");
            }
        }
        text
    }

    fn json(&self) -> String {
        let versions = self.versions.iter().map(|(old, new)| json!({ "old": old, "new": new }));
        let mut summary = json!({ "changes": self.entries.len(), "versions": versions.collect::<Vec<_>>() });
        for (level, name) in LEVELS {
            summary[name] = json!(self.count(level));
        }
        summary["accepted"] = json!(self.entries.iter().filter(|entry| entry.accepted.is_some()).count());
        format!("{:#}\n", json!({ "summary": summary, "notes": self.notes, "findings": self.entries }))
    }

    fn github(&self) -> String {
        let mut lines = format!("::notice title=API drift::{}\n", escaped(&self.summary()));
        for note in &self.notes {
            let _ = writeln!(lines, "::notice title=API drift::{}", escaped(note));
        }
        for Entry { document, finding, accepted, .. } in &self.entries {
            let kind = match finding.level {
                _ if accepted.is_some() => "notice",
                Level::Breaking => "error",
                Level::Rule => "warning",
                Level::Additive | Level::Metadata => "notice",
            };
            let sides: Vec<_> = shown(finding).into_iter().map(|(side, value)| format!("{side}: {value}")).collect();
            let message = format!("{}: {} ({})", finding.pointer, finding.meaning, sides.join(", "));
            let _ = writeln!(lines, "::{kind} file={document},title={}::{}", name(finding.level), escaped(&message));
        }
        lines
    }

    /// As long as GitHub takes it. The last line, which nobody sees, is for the next run's `--since`.
    fn markdown(&self) -> String {
        const LONGEST: usize = 40_000;
        let code = |text: &str| format!("`` {} ``", text.replace("``", "` `"));
        let mut text = format!("**{}**\n", self.summary());
        for note in &self.notes {
            let _ = writeln!(text, "\n> {note}");
        }
        for (index, Entry { document, finding, accepted, new_since, .. }) in self.entries.iter().enumerate() {
            if text.len() > LONGEST {
                let _ = writeln!(text, "\nand {} more: see the run", self.entries.len() - index);
                break;
            }
            let mark = if *new_since == Some(true) { " (new)" } else { "" };
            let (level, id) = (name(finding.level), &finding.id);
            let _ = writeln!(text, "\n- **{level}**{mark} {}, `{id}` in {document}", code(&finding.pointer));
            let _ = writeln!(text, "  {}", finding.meaning);
            for (side, value) in shown(finding) {
                let _ = writeln!(text, "  - {side}: {}", code(&value));
            }
            for line in few(&finding.code) {
                let _ = writeln!(text, "  - code: {}", code(&line));
            }
            if let Some(Accepted { reason, date, .. }) = accepted {
                let _ = writeln!(text, "  - accepted on {date}: {reason}");
            }
        }
        let known: Vec<_> =
            self.entries.iter().map(|entry| json!({ "fingerprint": entry.fingerprint })).take(300).collect();
        let _ = writeln!(text, "\n<!-- since {} -->", json!({ "findings": known }));
        text
    }
}

fn name(level: Level) -> &'static str {
    LEVELS.iter().find(|(other, _)| *other == level).map_or("", |(_, name)| name)
}

/// The first of some lines, and how many more there are.
fn few(lines: &[String]) -> Vec<String> {
    const MOST: usize = 4;
    let mut shown: Vec<_> = lines.iter().take(MOST).cloned().collect();
    if lines.len() > MOST {
        shown.push(format!("{} more", lines.len() - MOST));
    }
    shown
}

/// The old value and the new one, each on one line; of a long one, the part around the first difference.
fn shown(finding: &Finding) -> Vec<(&'static str, String)> {
    const BEFORE: usize = 60;
    const LONGEST: usize = 200;
    let texts = [("old", &finding.old), ("new", &finding.new)]
        .map(|(side, value)| (side, value.as_ref().map(Value::to_string)));
    let same = match (&texts[0].1, &texts[1].1) {
        (Some(old), Some(new)) => old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count(),
        _ => 0,
    };
    let excerpt = |text: String| {
        let length = text.chars().count();
        if length <= LONGEST {
            return text;
        }
        let start = same.saturating_sub(BEFORE).min(length - LONGEST);
        let part: String = text.chars().skip(start).take(LONGEST).collect();
        format!("{}{part}{}", if start > 0 { "…" } else { "" }, if start + LONGEST < length { "…" } else { "" })
    };
    texts.into_iter().filter_map(|(side, text)| Some((side, excerpt(text?)))).collect()
}

/// A text as GitHub's workflow commands take it.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
