//! Prints findings as text for people, as JSON for machines, and as annotations or Markdown for GitHub.
//!
//! Text from a page is data in every format: it never begins a line, and is code in Markdown.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::finding::{Accepted, Direction, Finding, Level, NO_EFFECT};
use crate::generator::prose::{self, code, fence, shown, visible};
use crate::verdict::Page;

/// The format of a report.
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

/// The level from which findings are a failure, in ascending order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Every difference.
    Any,
    /// Additive changes, and worse.
    Additive,
    /// Changed rules in prose, and worse.
    #[default]
    Rule,
    /// Only what breaks users.
    Breaking,
    /// No difference.
    None,
}

/// The findings of some pages.
#[derive(Debug, Default)]
pub struct Report {
    /// Worst first.
    pub findings: Vec<Finding>,
    versions: Vec<(String, String)>,
    /// Remarks that aren't findings.
    pub notes: Vec<String>,
}

impl Report {
    pub fn of(pages: &[Page]) -> Self {
        let mut report = Self::default();
        let version = |document: &Value| document["info"]["version"].as_str().unwrap_or("without a version").to_owned();
        for page in pages {
            let versions = (version(&page.old), version(&page.new));
            if (page.text.is_some() || page.differs()) && !report.versions.contains(&versions) {
                report.versions.push(versions);
            }
            report.add(page.findings.clone());
        }
        report
    }

    pub fn add(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
        self.findings.sort_by_key(|finding| Reverse(finding.level));
    }

    pub fn fingerprints(&self) -> BTreeSet<&str> {
        self.findings.iter().map(|finding| finding.fingerprint.as_str()).collect()
    }

    /// Whether any finding at or above a level isn't accepted.
    pub fn fails(&self, from: FailOn) -> bool {
        self.findings.iter().any(|finding| finding.accepted.is_none() && finding.level as u8 >= from as u8)
    }

    /// Marks accepted findings, and returns the entries that match none.
    pub fn accept<'a>(&mut self, accepted: &'a [Accepted]) -> Vec<&'a Accepted> {
        for finding in &mut self.findings {
            finding.accepted = accepted.iter().find(|accepted| accepted.fingerprint == finding.fingerprint).cloned();
        }
        let known = self.fingerprints();
        accepted.iter().filter(|accepted| !known.contains(accepted.fingerprint.as_str())).collect()
    }

    /// Marks findings that are missing from an earlier report, and puts them first.
    pub fn since(&mut self, earlier: &Value) -> Result<(), String> {
        let findings = earlier["findings"].as_array().ok_or("not a report of --format json")?;
        let known: BTreeSet<_> = findings.iter().filter_map(|finding| finding["fingerprint"].as_str()).collect();
        for finding in &mut self.findings {
            finding.new_since = Some(!known.contains(finding.fingerprint.as_str()));
        }
        self.findings.sort_by_key(|finding| (finding.new_since != Some(true), Reverse(finding.level)));
        Ok(())
    }

    /// The summary: the number of findings at each level.
    fn counts(&self) -> String {
        let summary = match self.findings.len() {
            0 => "no changes".to_owned(),
            1 => "1 change: ".to_owned(),
            number => format!("{number} changes: "),
        };
        let new = self.count(|finding| finding.new_since == Some(true));
        let counts = self.tally().into_iter().chain([("new since the last report".to_owned(), new)]);
        let parts = counts.filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}"));
        summary + &parts.collect::<Vec<_>>().join(", ")
    }

    /// The versions of the API, each printed by `shown`.
    fn api(&self, shown: impl Fn(&str) -> String) -> String {
        let versions = self.versions.iter().map(|(old, new)| {
            let lower = if is_lower(new, old) { " (lower)" } else { "" };
            let versions = if old == new { shown(old) } else { format!("{} -> {}{lower}", shown(old), shown(new)) };
            format!(", API {versions}")
        });
        versions.collect()
    }

    fn tally(&self) -> Vec<(String, usize)> {
        let levels = [Level::Breaking, Level::Rule, Level::Additive, Level::Metadata];
        let by_level = levels.map(|level| (level.to_string(), self.count(|finding| finding.level == level)));
        let accepted = self.count(|finding| finding.accepted.is_some());
        by_level.into_iter().chain([("accepted".to_owned(), accepted)]).collect()
    }

    fn count(&self, is_counted: impl Fn(&Finding) -> bool) -> usize {
        self.findings.iter().filter(|finding| is_counted(finding)).count()
    }

    pub fn print(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Json => self.json(),
            Format::Github => self.github(),
            Format::Markdown => self.markdown(),
        }
    }

    fn text(&self) -> String {
        let mut text = self.counts() + &self.api(shown) + "\n";
        for note in &self.notes {
            let _ = writeln!(text, "note: {}", visible(note));
        }
        let mut is_brief = false;
        for group in self.together() {
            let Finding { id, level, pointer, meaning, new_since, accepted, .. } = group[0];
            let mark = if *new_since == Some(true) { "new: " } else { "" };
            let pointer = if pointer.is_empty() { String::new() } else { format!(" {}", shown(pointer)) };
            let head = format!("{mark}{level:<8}  {}{pointer}", pages(&group));
            let mut lines = values(group[0]);
            let was_brief =
                std::mem::replace(&mut is_brief, id == NO_EFFECT && accepted.is_none() && !lines.is_empty());
            if is_brief {
                let gap = if was_brief { "" } else { "\n" };
                let _ = writeln!(text, "{gap}{head}: {}", visible(&lines.join(", ")));
                continue;
            }
            let fingerprints = few(group.iter().map(|finding| finding.fingerprint.clone()));
            lines.push(format!("{meaning}  [{id} {}]", fingerprints.join(" ")));
            lines.extend(few(group[0].code.iter().cloned()).into_iter().map(|line| format!("code: {line}")));
            for (direction, label) in [(Direction::Request, "requests"), (Direction::Response, "responses")] {
                let reached = group.iter().flat_map(|finding| finding.operations.iter());
                let in_direction: BTreeSet<_> = reached.filter(|reached| reached.direction == direction).collect();
                let operations = few(in_direction.into_iter().map(|reached| reached.operation.clone()));
                if !operations.is_empty() {
                    lines.push(format!("in {label} of {}", operations.join(", ")));
                }
            }
            lines
                .extend(accepted.as_ref().map(|Accepted { reason, date, .. }| format!("accepted on {date}: {reason}")));
            let _ = writeln!(text, "\n{head}");
            for line in &lines {
                let _ = writeln!(text, "    {}", visible(line));
            }
        }
        text
    }

    /// The findings, with identical ones of several pages in one group.
    pub fn together(&self) -> Vec<Vec<&Finding>> {
        let mut together: Vec<Vec<&Finding>> = Vec::new();
        let mut places = BTreeMap::new();
        for finding in &self.findings {
            let Finding { id, level, pointer, meaning, old, new, accepted, new_since, .. } = finding;
            let same = format!("{level} {id} {pointer} {meaning} {old:?} {new:?} {accepted:?} {new_since:?}");
            let place = *places.entry(same).or_insert(together.len());
            if place == together.len() {
                together.push(Vec::new());
            }
            together[place].push(finding);
        }
        together
    }

    fn json(&self) -> String {
        let versions = self.versions.iter().map(|(old, new)| json!({ "old": old, "new": new }));
        let mut summary = json!({ "changes": self.findings.len(), "versions": versions.collect::<Vec<_>>() });
        for (what, count) in self.tally() {
            summary[what] = json!(count);
        }
        let report = json!({ "summary": summary, "notes": self.notes, "findings": self.findings });
        let text = format!("{report:#}");
        // JSON escapes line breaks in strings, so lines can be escaped one by one.
        text.lines().map(|line| visible(line) + "\n").collect()
    }

    fn github(&self) -> String {
        let escaped = |text: &str| visible(text).replace('%', "%25");
        let mut lines = String::new();
        for note in [&(self.counts() + &self.api(shown))].into_iter().chain(&self.notes) {
            let _ = writeln!(lines, "::notice title=API drift::{}", escaped(note));
        }
        for finding in &self.findings {
            let Finding { level, document, pointer, meaning, .. } = finding;
            let kind = match level {
                Level::Breaking if finding.accepted.is_none() => "error",
                Level::Rule if finding.accepted.is_none() => "warning",
                _ => "notice",
            };
            let message = format!("{}: {meaning} ({})", shown(pointer), values(finding).join(", "));
            let _ = writeln!(lines, "::{kind} file={document},title={level}::{}", escaped(&message));
        }
        lines
    }

    /// Shortened to fit GitHub's limit. The invisible last line is the input for the next run's `--since`.
    fn markdown(&self) -> String {
        const LONGEST: usize = 40_000;
        let mut text = self.text();
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(end);
            text += "…\n\nthe log of the run has the rest\n";
        }
        let known = self.findings.iter().map(|finding| json!({ "fingerprint": finding.fingerprint })).take(300);
        let since = json!({ "findings": known.collect::<Vec<_>>() });
        let fence = fence(&text, 3);
        let api = self.api(|version| code(&shown(version)));
        format!("**{}**{api}\n\n{fence}text\n{text}{fence}\n\n<!-- since {since} -->\n", self.counts())
    }
}

/// Text inside a line of Markdown: unchanged if it is plain words, otherwise as code.
pub fn in_markdown(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " ,.:;'()/-".contains(c);
    if text.chars().all(is_plain) { text.to_owned() } else { code(text) }
}

/// The page of a single finding, or the number of pages.
pub fn pages(findings: &[&Finding]) -> String {
    if let [only] = findings { only.document.clone() } else { format!("{} pages", findings.len()) }
}

/// The first few lines, and the number of the others.
fn few(lines: impl Iterator<Item = String>) -> Vec<String> {
    const MOST: usize = 4;
    let mut few: Vec<_> = lines.collect();
    let more = few.split_off(MOST.min(few.len())).len();
    few.extend((more > 0).then(|| format!("{more} more")));
    few
}

/// The old and the new value, one line each. Long values are cut to the part around the first difference.
fn values(finding: &Finding) -> Vec<String> {
    const BEFORE: usize = 60;
    const LONGEST: usize = 200;
    let [old, new] = [&finding.old, &finding.new].map(|value| value.as_ref().map(prose::json).unwrap_or_default());
    let same = old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count();
    let excerpt = |text: String| {
        let length = text.chars().count();
        if length <= LONGEST {
            return text;
        }
        let start = same.saturating_sub(BEFORE).min(length - LONGEST);
        let part: String = text.chars().skip(start).take(LONGEST).collect();
        format!("{}{part}{}", if start > 0 { "…" } else { "" }, if start + LONGEST < length { "…" } else { "" })
    };
    let sides = [("old", old), ("new", new)].into_iter().filter(|(_, text)| !text.is_empty());
    sides.map(|(side, text)| format!("{side}: {}", excerpt(text))).collect()
}

/// Whether a version is lower than another, by comparing their numbers.
pub fn is_lower(version: &str, other: &str) -> bool {
    let numbers = |version: &str| -> Vec<u64> {
        version.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    numbers(version) < numbers(other)
}
