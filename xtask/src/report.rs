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
        let least = match self {
            Self::Breaking => Level::Breaking,
            Self::Rule => Level::Rule,
            Self::Additive => Level::Additive,
            Self::Any => Level::Metadata,
            Self::None => return false,
        };
        level >= least
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
        self.entries.sort_by_key(|entry| (!entry.is_new(), Reverse(entry.finding.level)));
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
        let mut counts: Vec<_> =
            LEVELS.map(|(level, name)| (self.count(|entry| entry.finding.level == level), name)).into();
        counts.push((self.count(|entry| entry.accepted.is_some()), "accepted"));
        counts.push((self.count(Entry::is_new), "new since the last report"));
        counts.retain(|(count, _)| *count > 0);
        let counts: Vec<_> = counts.iter().map(|(count, name)| format!("{count} {name}")).collect();
        summary += &counts.join(", ");
        for (old, new) in &self.versions {
            let lower = if is_lower(new, old) { " (lower)" } else { "" };
            let versions = if old == new { old.clone() } else { format!("{old} -> {new}{lower}") };
            let _ = write!(summary, ", API {versions}");
        }
        summary
    }

    fn count(&self, is_it: impl Fn(&Entry) -> bool) -> usize {
        self.entries.iter().filter(|entry| is_it(entry)).count()
    }

    /// The report, as the format has it.
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
        for entry in &self.entries {
            let Entry { document, finding, fingerprint, .. } = entry;
            let mark = if entry.is_new() { "new: " } else { "" };
            let _ = writeln!(text, "\n{mark}{:<8}  {document} {}", name(finding.level), finding.pointer);
            for (label, value) in entry.details(&format!("  [{} {fingerprint}]", finding.id)) {
                let _ = writeln!(text, "    {label}{value}");
            }
        }
        text
    }

    fn json(&self) -> String {
        let versions = self.versions.iter().map(|(old, new)| json!({ "old": old, "new": new }));
        let mut summary = json!({ "changes": self.entries.len(), "versions": versions.collect::<Vec<_>>() });
        for (level, name) in LEVELS {
            summary[name] = json!(self.count(|entry| entry.finding.level == level));
        }
        summary["accepted"] = json!(self.count(|entry| entry.accepted.is_some()));
        format!("{:#}\n", json!({ "summary": summary, "notes": self.notes, "findings": self.entries }))
    }

    fn github(&self) -> String {
        let escaped = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        let mut lines = String::new();
        for note in [&self.summary()].into_iter().chain(&self.notes) {
            let _ = writeln!(lines, "::notice title=API drift::{}", escaped(note));
        }
        for Entry { document, finding, accepted, .. } in &self.entries {
            let kind = match finding.level {
                Level::Breaking if accepted.is_none() => "error",
                Level::Rule if accepted.is_none() => "warning",
                _ => "notice",
            };
            let sides: Vec<_> = shown(finding).into_iter().map(|(side, value)| format!("{side}{value}")).collect();
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
        for (index, entry) in self.entries.iter().enumerate() {
            if text.len() > LONGEST {
                let _ = writeln!(text, "\nand {} more: see the run", self.entries.len() - index);
                break;
            }
            let Entry { document, finding, .. } = entry;
            let mark = if entry.is_new() { " (new)" } else { "" };
            let (level, id) = (name(finding.level), &finding.id);
            let _ = writeln!(text, "\n- **{level}**{mark} {}, `{id}` in {document}", code(&finding.pointer));
            for (label, value) in entry.details("") {
                let value = if label.is_empty() { value } else { code(&value) };
                let _ = writeln!(text, "  - {label}{value}");
            }
        }
        let known = self.entries.iter().map(|entry| json!({ "fingerprint": entry.fingerprint })).take(300);
        let _ = writeln!(text, "\n<!-- since {} -->", json!({ "findings": known.collect::<Vec<_>>() }));
        text
    }
}

impl Entry {
    fn is_new(&self) -> bool {
        self.new_since == Some(true)
    }

    /// What is to be read of a finding, line by line, each with a label: values, meaning, code, operations, acceptance.
    fn details(&self, suffix: &str) -> Vec<(&'static str, String)> {
        let mut details = shown(&self.finding);
        details.push(("", format!("{}{suffix}", self.finding.meaning)));
        details.extend(few(&self.finding.code).into_iter().map(|line| ("code: ", line)));
        for (direction, label) in [(Direction::Request, "requests"), (Direction::Response, "responses")] {
            let reached = self.finding.operations.iter().filter(|reached| reached.direction == direction);
            let operations: Vec<_> = reached.map(|reached| reached.operation.clone()).collect();
            if !operations.is_empty() {
                details.push(("", format!("in {label} of {}", few(&operations).join(", "))));
            }
        }
        if let Some(Accepted { reason, date, .. }) = &self.accepted {
            details.push(("", format!("accepted on {date}: {reason}")));
        }
        details
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
    let texts = [("old: ", &finding.old), ("new: ", &finding.new)]
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
