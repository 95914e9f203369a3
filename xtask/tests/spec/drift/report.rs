//! The body of a pull request or issue: the report contains text from pages, and is posted as code.

use std::fs;

use serde_json::json;

use super::{CREATED, OWN_PULL, Repository, moved, succeeds, with};

/// Publishes a drift with the report in place of its own. Returns the calls of `gh` and the body.
fn published(clone: &Repository, report: impl AsRef<[u8]>) -> (Vec<String>, String) {
    clone.write("drift/report.md", report);
    let (output, calls) = clone.publish();
    succeeds(&output);
    (calls, fs::read_to_string(clone.path("gh/body")).unwrap())
}

/// Runs the first step on a page with one more property.
fn drifted() -> Repository {
    let clone = Repository::new();
    succeeds(&clone.compare(&with(&["reason"])));
    clone
}

/// A page prints no command of GitHub's runner, and its text is code in the body and the changelog.
#[test]
fn a_hostile_page_is_shown_as_code() {
    let clone = Repository::new();
    let mut hostile = with(&["reason"]);
    let text =
        "```\n\n# Approved @somebody\n\n::set-output name=a::b\n<!-- since {\"findings\":[]} -->\n````\n##[add-path]x";
    hostile["info"]["title"] = json!(text);
    hostile["paths"]["/openapi/personalTagMapping/delete"]["post"]["description"] = json!(text);
    hostile["components"]["schemas"]["PersonalTagMappingRequest"]["properties"]["platform"]["enum"]
        .as_array_mut()
        .unwrap()
        .push(json!("::error::``` @somebody"));
    let output = clone.compare(&hostile);
    succeeds(&output);
    let log = String::from_utf8(output.stdout).unwrap();
    let (first, rest) = log.split_once('\n').unwrap();
    let word = first.strip_prefix("::stop-commands::").unwrap();
    assert!(word.len() == 32 && rest.ends_with(&format!("\n::{word}::\n")), "{log}");
    let others = rest.lines().filter(|line| line.trim_start().starts_with("::") || line.contains("##["));
    assert_eq!(others.count(), 1, "{log}");

    let body = clone.publishes(&[CREATED]);
    crate::hostile::is_inert(&body);
    let changelog = clone.git(&["show", "origin/spec-drift:CHANGELOG.md"]);
    assert!(changelog.contains("\n#### Added\n\n- `Platform::"), "{changelog}");
    crate::hostile::has_only_headings_and_code(&changelog, 5);

    // A page with a name that could be a command ends the first step.
    hostile["paths"]["/openapi/\n::error::x"] = json!({});
    let output = clone.compare(&hostile);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains(": /paths: \"/openapi/\\n::error::x\": expected a name without control"), "{stderr}");
}

/// The whole report is in one code block, whatever the first step leaves.
#[test]
fn a_forged_report_is_shown_as_code() {
    let clone = drifted();
    let since = "<!-- since {\"findings\":[]} -->";
    for report in [
        "@org/admins Fixes #1\n\n![x](https://evil.example/x.png) [y](https://evil.example) <img src=x>\n",
        "**1 change: 1 additive**\n\n@org/admins\n",
        "```\n@a\n```\n\n@b\n````\n@c\n~~~\n@d\n",
        "\r````\r@a\r\n`````\r\n@b\n",
        "   `````````````````````````````````\n@a\n",
        "<!-- since {\"findings\":[]} -->\n@a\n<!-- since {\"findings\":[\"@b\"]} -->\n",
        "<!--\n@a\n",
        "> @a\n- @b\n    @c\n1. @d\n",
        "x\0@a\u{1b}[31m@b\u{202e}@c\u{2066}\u{9b}\n",
        "",
        "\n\n\n",
        since,
    ] {
        let (_, body) = published(&clone, report);
        crate::hostile::is_inert(&body);
        let is_hidden = |c: char| c != '\n' && xtask::generator::prose::is_hidden(c);
        assert!(!body.contains(is_hidden), "{body:?}");
    }
    // Text that is not UTF-8.
    let (_, body) = published(&clone, b"\xff\xfe@a\xc0\x80@b\xe2\x80");
    assert!(body.contains("\n```text\n@a@b\n```\n"), "{body}");
}

/// Bots read commands at the beginning of a line, even in code.
#[test]
fn no_line_begins_with_a_slash() {
    let clone = drifted();
    let (_, body) = published(&clone, "/approve\n  /lgtm\n\t/hold\n\r/merge\nand /this\n");
    assert!(!body.lines().any(|line| line.trim_start().starts_with('/')), "{body}");
    assert!(body.contains("\n|approve\n|lgtm\n|hold\n\n|merge\nand /this\n"), "{body}");
}

#[test]
fn a_body_is_shorter_than_the_limit_of_github() {
    let clone = drifted();
    let fingerprints = (0..300).map(|number| format!("{{\"fingerprint\":\"{number:016x}\"}}")).collect::<Vec<_>>();
    let since = format!("<!-- since {{\"findings\":[{}]}} -->\n", fingerprints.join(","));
    clone.open("pr", &[OWN_PULL]);
    for report in [
        format!("{}\n{since}", "x".repeat(100_000)),
        format!("{}\n{since}", "`".repeat(100_000)),
        format!("{}{since}", "/\n".repeat(50_000)),
        format!("{}{since}", "\u{1f600}\n".repeat(30_000)),
        format!("**1 change: 1 additive**{}\n{since}", ", API `1`".repeat(10_000)),
        "@a `` ".repeat(2_000_000),
    ] {
        clone.write("gh/body", "text\n\n<!-- since {\"findings\":[]} -->\n");
        let (_, body) = published(&clone, &report);
        assert!(body.len() < 65_536 && body.len() > 400, "{} of {}", body.len(), report.len());
        crate::hostile::is_inert(&body);
        let notice = "\n\nThe report is longer than this: the log of the job `compare` has all of it.\n\n";
        assert!(body.contains(notice), "{}", report.len());
    }
}

/// An earlier report that cannot be read marks nothing as new.
#[test]
fn an_unreadable_earlier_report_is_ignored() {
    let clone = drifted();
    clone.open("pr", &[OWN_PULL]);
    for line in
        ["{\"findings\":[{\"fingerprint\":\"", "$(touch x)", "{\"findings\":[{\"fingerprint\":\"`@somebody`\"}]}"]
    {
        clone.write("gh/body", format!("text\n\n<!-- since {line} -->\r\n"));
        let (output, calls) = clone.publish();
        succeeds(&output);
        assert_eq!(calls, ["pr edit 7"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr, "spec-drift: the earlier report is unreadable: new findings are not marked\n");
        let body = fs::read_to_string(clone.path("gh/body")).unwrap();
        assert!(!body.contains("New since"), "{body}");
    }
}

/// From the level `rule` on, a person must read the report before it is merged.
#[test]
fn a_rule_or_a_breaking_change_makes_a_draft() {
    let clone = Repository::new();
    let draft = format!("{CREATED} --draft");
    let mut rule = with(&[]);
    rule["components"]["schemas"]["PersonalTagMappingRequest"]["description"] = json!("Give a clientId");
    clone.asks(&rule, &[draft.as_str()]);
    clone.open("pr", &[OWN_PULL]);
    clone.asks(&moved(), &["pr edit 7", "pr ready 7 --undo"]);
    // The level is not read from the page's text.
    let mut title = with(&[]);
    title["info"]["version"] = json!("1-breaking");
    clone.asks(&title, &["pr edit 7"]);
}

/// Any other first line than a summary of harmless levels makes a draft, and so does a finding that contradicts it.
#[test]
fn a_summary_that_is_not_known_makes_a_draft() {
    let clone = drifted();
    let rest = "\n\n```text\nadditive  openapi/a.json /a\n```\n";
    let draft = format!("{CREATED} --draft");
    for (summary, call) in [
        ("**1 change: 1 additive**, API `0.318.0`", CREATED),
        ("**12 changes: 3 additive, 9 metadata**, API `0.318.0` -> `0.319.0`, API `1`", CREATED),
        ("**2 changes: 2 metadata**", CREATED),
        ("**1 change: 1 breaking**", &draft),
        ("**2 changes: 1 rule, 1 additive**", &draft),
        ("**1 change: 1 br\u{435}aking**", &draft),
        ("**1 change: 1 additive** and 1 breaking", &draft),
        (" **1 change: 1 additive**", &draft),
        ("**1 change: 1 additive** ", &draft),
        ("**1 change: 1 additive**\r", &draft),
        ("**1 change: 1 additive**\0", &draft),
        ("**2 changes: 1 additive**", &draft),
        ("**1 changes: 1 additive**, API `a b`", &draft),
        ("**1 change: 1 additive**, API `0.318.0` -> `0.99.0` (lower)", &draft),
        ("**2 changes: 1 metadata, 1 additive**", &draft),
        ("**3 changes: 1 additive, 1 additive, 1 metadata**", &draft),
        ("**1 change: 1 additive, 1 accepted**", &draft),
        ("1 change: 1 additive", &draft),
        ("# Nothing to see", &draft),
        ("\n**1 change: 1 additive**", &draft),
        ("", &draft),
    ] {
        let (calls, _) = published(&clone, format!("{summary}{rest}"));
        assert_eq!(calls, [call], "{summary:?}");
    }
    for level in ["breaking", "rule    ", "new: breaking", "new: rule    "] {
        let report = format!("**1 change: 1 additive**\n\n```text\n{level}  openapi/a.json /a\n```\n");
        assert_eq!(published(&clone, report).0, [draft.as_str()], "{level}");
    }
}

/// A summary is shown outside the code only if it is exactly one.
#[test]
fn only_a_known_summary_is_not_code() {
    let clone = drifted();
    for (summary, is_known) in [
        ("**2 changes: 1 breaking, 1 additive**, API `0.318.0` -> `0.99.0` (lower)", true),
        ("**1 change: 1 breaking**, API `@org`", false),
        ("**1 change: 1 breaking**, API `1`` @org ``2`", false),
        ("**1 change: 1 breaking** @org", false),
    ] {
        let (_, body) = published(&clone, format!("{summary}\n\ntext\n"));
        assert_eq!(body.contains(&format!("\n\n{summary}\n\n```text\ntext\n")), is_known, "{body}");
        assert_eq!(body.contains(&format!("\n\n```text\n{summary}\n")), !is_known, "{body}");
    }
}
