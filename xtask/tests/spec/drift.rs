//! `.ci/spec-drift` from end to end, in a repository of its own: with the real commands, the real git, and a `gh` that
//! records its calls and answers from files.
#![cfg(unix)]

mod artifact;
mod branch;
mod content;
mod patch;
mod report;
mod repository;

use std::fs;

use serde_json::json;

use self::repository::{
    BOT, CHANGELOG, CLOSED, CREATED, DOCUMENT, GENERATED, LOCK, MANIFEST, OWN_ISSUE, OWN_PULL, PAGE, Repository,
    SOURCES, TITLE, moved, succeeds, with,
};
use crate::documentation::Site;

#[test]
fn a_difference_has_one_pull_request_until_it_is_gone() {
    let clone = Repository::new();
    clone.asks(&with(&[]), &[]);

    let body = clone.asks(&with(&["reason"]), &[CREATED]);
    let start = "Made by `cargo xtask spec update`; see \"When the API changes\" in CONTRIBUTING.md.\n\n**1 change: ";
    assert!(body.starts_with(start), "{body}");
    let branch = clone.git(&["show", "--stat=200", "--format=%an: %s", "origin/spec-drift"]);
    assert!(branch.starts_with("github-actions[bot]: The published API has moved\n"), "{branch}");
    for file in ["CHANGELOG.md", "openapi/remove-personal-tag-from-user.json", "src/generated/types.rs", PAGE] {
        assert!(branch.contains(&format!(" {file} ")), "{branch}");
    }

    // Another day, another change: the same pull request, which marks new findings.
    clone.open("pr", &[OWN_PULL]);
    let body = clone.asks(&with(&["reason", "again"]), &["pr edit 7"]);
    let new = body.lines().find_map(|line| line.strip_prefix("New since the last report: ")).unwrap();
    let place = body.lines().position(|line| line.contains(&format!(" {}]", new.trim_matches('`')))).unwrap();
    assert!(body.lines().nth(place - 2).unwrap().ends_with("/properties/again"), "{body}");
    let body = clone.asks(&with(&["reason", "again"]), &["pr edit 7"]);
    assert!(body.contains("\n\nNew since the last report: nothing\n\n**2 changes"), "{body}");

    clone.asks(&with(&[]), &[CLOSED]);
    assert_eq!(clone.pushed(), "");
}

#[test]
fn a_version_that_cannot_be_vendored_has_one_issue() {
    let clone = Repository::new();
    clone.open("pr", &[OWN_PULL]);
    let mut unbuildable = with(&[]);
    unbuildable["openapi"] = json!("4.0.0");
    let closed = "pr close 7 --comment The published API has moved on, to a version that doesn't compile yet.";
    let body = clone.asks(&unbuildable, &["issue create --title The published API has moved", closed]);
    let expected = "`cargo xtask spec update` can't vendor the new version. The log of the job `compare` has the error: \
        https://git.example/a/b/actions/runs/9\n\n**1 change: 1 breaking**";
    assert!(body.starts_with(expected), "{body}");

    clone.open("pr", &[]);
    clone.open("issue", &[OWN_ISSUE]);
    clone.asks(&unbuildable, &["issue edit 8"]);
    clone.asks(&with(&["reason"]), &[CREATED, "issue close 8 --comment Replaced by a pull request."]);
    clone.asks(&with(&[]), &["issue close 8 --comment The vendored documents match the published ones."]);
}

#[test]
fn a_failed_comparison_leaves_no_artifact() {
    let clone = Repository::new();
    let output = clone.compare(&json!({ "no": "document" }));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("no OpenAPI document"), "{stderr}");
    clone.refuses("after a failed comparison", "expected 0 or 1 in the file status");
}

/// The job that compiles has no token and refuses one; the job with the token runs no command of ours.
#[test]
fn nothing_is_compiled_beside_a_token() {
    let clone = Repository::new();
    succeeds(&clone.compare(&with(&["reason"])));
    let environment = fs::read_to_string(clone.path("gh/environment")).unwrap();
    assert!(environment.contains("PATH=") && !environment.contains("TOKEN"), "{environment}");

    let output = clone.step(&["compare", "../drift"], Some("a-token"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    let expected = "spec-drift: compare compiles code that is generated from pages: \
        expected neither GH_TOKEN nor GITHUB_TOKEN\n";
    assert_eq!((output.status.code(), stderr.as_ref()), (Some(2), expected));

    fs::remove_file(clone.path("gh/environment")).unwrap();
    succeeds(&clone.publish().0);
    assert!(!clone.path("gh/environment").exists());

    let workflow = fs::read_to_string(crate::repository().join(".github/workflows/spec-drift.yml")).unwrap();
    let (head, jobs) = workflow.split_once("\njobs:\n").unwrap();
    let (compare, publish) = jobs.split_once("\n  publish:\n").unwrap();
    assert!(head.contains("\npermissions: {}\n"), "{head}");
    assert!(compare.contains("    permissions:\n      contents: read\n    steps:\n"), "{compare}");
    assert!(compare.contains("persist-credentials: false") && compare.contains("spec-drift compare "), "{compare}");
    assert!(!head.contains("TOKEN") && !compare.to_lowercase().contains("token"), "{compare}");
    assert!(publish.contains("GH_TOKEN") && publish.contains("spec-drift publish "), "{publish}");
    assert!(!["cargo", "rustup", "compare \""].iter().any(|word| publish.contains(word)), "{publish}");
}

/// Pages that are published and not vendored need a person: an issue lists them until each is accepted.
#[test]
fn new_pages_have_an_issue() {
    let clone = Repository::new();
    let site = Site::new();
    site.put("/en/broken.md", 200, "# Repaired");
    let address = site.serve();
    let sources = format!(
        "index = \"{address}/llms.txt\"\npages = \"{address}/en/\"\n\n[remove-personal-tag-from-user]\n\
        url = \"{address}/en/tags/remove-personal-tag-from-user.md\"\nversion = \"0.318.0\"\ntaken = 2026-11-23\n"
    );
    clone.commit(&[("openapi/sources.toml", &sources)]);
    let compare = || {
        clone.checkout();
        succeeds(&clone.step(&["compare", "../drift"], None));
    };
    compare();
    let body = clone.publishes(&["issue create --title The published API has moved"]);
    assert!(body.starts_with("Pages are new, gone or unreadable. \"When the API changes\" in "), "{body}");
    for page in ["list-clients", "user-broadcast"] {
        assert!(body.contains(&format!("additive  openapi/{page}.json\n")), "{body}");
    }

    let fingerprints = body.lines().filter_map(|line| line.split_once("[page-new ")?.1.strip_suffix(']'));
    let accepted = fingerprints.map(|fingerprint| {
        format!("[[accepted]]\nfingerprint = \"{fingerprint}\"\nreason = \"not for us\"\ndate = 2026-11-24\n")
    });
    clone.commit(&[("openapi/accepted.toml", &accepted.collect::<String>())]);
    clone.open("issue", &[OWN_ISSUE]);
    compare();
    clone.publishes(&["issue close 8 --comment The vendored documents match the published ones."]);
}

/// Pull requests of forks and people stay as they are, and so do issues of others.
#[test]
fn pull_requests_and_issues_of_others_are_left_alone() {
    let clone = Repository::new();
    let fork = ["5", "false", "somebody", "true"];
    let bot_of_a_fork = ["6", "true", "app/github-actions", "true"];
    clone.open("pr", &[fork, bot_of_a_fork]);
    let strangers = [
        ["3", "false", "somebody", TITLE],
        ["4", "true", "app/another", TITLE],
        ["5", "false", "github-actions", TITLE],
    ];
    clone.open("issue", &strangers);
    clone.write("gh/body", "<!-- since nothing -->\n");
    clone.asks(&with(&["reason"]), &[CREATED]);
    clone.asks(&with(&[]), &[]);
    clone.open("pr", &[fork, bot_of_a_fork, OWN_PULL]);
    clone.open("issue", &[strangers[0], OWN_ISSUE]);
    clone.asks(&with(&["reason"]), &["pr edit 7", "issue close 8 --comment Replaced by a pull request."]);
}
