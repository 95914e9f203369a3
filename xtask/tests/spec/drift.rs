//! `.ci/spec-drift` from end to end, in a repository of its own: with the real commands, the real git, and a `gh` that
//! records its calls and answers from files.
#![cfg(unix)]

mod artifact;
mod branch;
mod patch;
mod report;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::documentation::Site;
use crate::{program, repository};

const VENDORED: &str = include_str!("../documents/page.json");
const PUBLISHED: &str = "remove-personal-tag-from-user.md";
const DOCUMENT: &str = "openapi/remove-personal-tag-from-user.json";
const PAGE: &str = "tests/pages/remove-personal-tag-from-user.md";
const SOURCES: &str = "pages = \"https://a.example/en/\"\nindex = \"https://a.example/llms.txt\"\n\n\
    [remove-personal-tag-from-user]\nurl = \"https://a.example/en/remove-personal-tag-from-user.md\"\n\
    version = \"0.318.0\"\ntaken = 2026-11-23\n";
const MANIFEST: &str = "[package]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\" # the API's is after the +\n";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0+0.318.0\"\n\n\
    [[package]]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\"\ndependencies = [\n \"a\",\n]\n";
const CHANGELOG: &str = "# Changelog\n\n## [Unreleased]\n\n## 0.1.0\n\n- First.\n";
const GENERATED: [&str; 3] = ["src/generated/types.rs", "src/generated/client.rs", "src/generated/mock.rs"];

/// Prints the open pull requests, issues and their body, and records every other call, with the body that comes with it.
/// Before it lists the issues, somebody may push.
const GH: &str = r#"#!/bin/sh
[ -n "$GH_TOKEN" ] || { echo 'gh: no token' >&2; exit 4; }
case "$1 $2" in
    'pr list') cat "$GH/pr" ;;
    'issue list') cat "$GH/issue" ;;
    'pr view' | 'issue view') cat "$GH/body" ;;
    *)
        echo "$@" >> "$GH/calls"
        [ ! -x "$GH/$1-$2" ] || "$GH/$1-$2" >&2
        while [ $# -gt 0 ]; do
            if [ "$1" = --body-file ]; then cp "$2" "$GH/body"; fi
            shift
        done
        ;;
esac
"#;

/// The commands without compiling, which has its own tests. They record their environment.
const XTASK: &str = r#"#!/bin/sh
env >> "$GH/environment"
[ "$2" = update ] && set -- "$@" --no-compile
exec "$BIN" --root . "$@"
"#;

const BOT: &str = "github-actions[bot]";

/// A clone, beside its origin and the state of `gh`.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let clone = Self(tempfile::tempdir().unwrap());
        let script = fs::read_to_string(repository().join(".ci/spec-drift")).unwrap();
        let attributes = fs::read_to_string(repository().join(".gitattributes")).unwrap();
        for (file, text) in [
            ("clone/.ci/spec-drift", script.as_str()),
            ("clone/.gitattributes", &attributes),
            ("clone/.gitignore", "/target\n"),
            ("clone/CHANGELOG.md", CHANGELOG),
            ("clone/Cargo.lock", LOCK),
            ("clone/Cargo.toml", MANIFEST),
            ("clone/fuzz/Cargo.lock", LOCK),
            ("clone/openapi/remove-personal-tag-from-user.json", VENDORED),
            ("clone/openapi/sources.toml", SOURCES),
            ("bin/gh", GH),
            ("bin/xtask", XTASK),
            ("gh/pr", ""),
            ("gh/issue", ""),
            ("gh/body", ""),
        ] {
            clone.write(file, text);
        }
        for program in ["bin/gh", "bin/xtask"] {
            fs::set_permissions(clone.path(program), fs::Permissions::from_mode(0o755)).unwrap();
        }
        clone.git(&["init", "--quiet", "--bare", "../origin"]);
        clone.git(&["init", "--quiet", "--initial-branch=main"]);
        clone.git(&["remote", "add", "origin", "../origin"]);
        clone.commit_all();
        clone.git(&["push", "--quiet", "origin", "main"]);
        clone
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(file).parent().unwrap()).unwrap();
        fs::write(self.path(file), text).unwrap();
    }

    /// Runs git as a maintainer.
    fn git(&self, arguments: &[&str]) -> String {
        let output = self.command("git", "Ann").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>, who: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path("clone")).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), who).env(format!("GIT_{role}_EMAIL"), format!("{who}@example.com"));
        }
        command
    }

    fn commit_all(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=Next"]);
    }

    /// Changes files on main.
    fn commit(&self, files: &[(&str, &str)]) {
        self.checkout();
        for (file, text) in files {
            self.write(&format!("clone/{file}"), text);
        }
        self.commit_all();
        self.git(&["push", "--quiet", "origin", "main"]);
    }

    /// A fresh checkout of main, as each of the two jobs has one.
    fn checkout(&self) {
        self.git(&["switch", "--quiet", "--force", "main"]);
        self.git(&["reset", "--quiet", "--hard"]);
        self.git(&["clean", "--quiet", "--force", "-d"]);
    }

    fn step(&self, arguments: &[&str], token: Option<&str>) -> Output {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = self.command("bash", BOT);
        command.arg(".ci/spec-drift").args(arguments).env("PATH", path).env("GH", self.path("gh"));
        command.env("XTASK", self.path("bin/xtask")).env("BIN", program());
        command.env_remove("GH_TOKEN").env_remove("GITHUB_TOKEN").envs(token.map(|token| ("GH_TOKEN", token)));
        command
            .env("GITHUB_SERVER_URL", "https://git.example")
            .env("GITHUB_REPOSITORY", "a/b")
            .env("GITHUB_RUN_ID", "9");
        command.output().unwrap()
    }

    /// The first step, on a published document.
    fn compare(&self, published: &Value) -> Output {
        self.compare_page(format!("# Remove\n\n```json\n{published}\n```\n"))
    }

    fn compare_page(&self, text: impl AsRef<[u8]>) -> Output {
        self.checkout();
        self.write(PUBLISHED, text);
        self.step(&["compare", "../drift", self.path(PUBLISHED).to_str().unwrap()], None)
    }

    /// The second step and its calls of `gh`.
    fn publish(&self) -> (Output, Vec<String>) {
        self.git(&["switch", "--quiet", "--force", "main"]);
        let _ = fs::remove_file(self.path("gh/calls"));
        let output = self.step(&["publish", "../drift"], Some("a-token"));
        prints_no_command(&output);
        let calls = fs::read_to_string(self.path("gh/calls")).unwrap_or_default();
        // The file with the body has another name in every run.
        let call = |line: &str| match line.split_once(" --body-file ") {
            Some((before, after)) => before.to_owned() + after.split_once(' ').map_or("", |_| " --draft"),
            None => line.to_owned(),
        };
        (output, calls.lines().map(call).collect())
    }

    /// Runs both steps, and expects certain calls of `gh`. Returns the body that the pull request or issue has then.
    #[track_caller]
    fn asks(&self, published: &Value, expected: &[&str]) -> String {
        succeeds(&self.compare(published));
        self.publishes(expected)
    }

    #[track_caller]
    fn publishes(&self, expected: &[&str]) -> String {
        let (output, calls) = self.publish();
        succeeds(&output);
        assert_eq!(calls, expected);
        fs::read_to_string(self.path("gh/body")).unwrap()
    }

    /// Runs the second step, which refuses the artifact: it says why, pushes nothing, and asks nothing of GitHub.
    #[track_caller]
    fn refuses(&self, case: &str, why: &str) {
        let before = self.pushed();
        let (output, calls) = self.publish();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let expected = format!("spec-drift: {why}\n");
        assert_eq!((output.status.code(), stderr.as_ref()), (Some(2), expected.as_str()), "{case}");
        assert_eq!((calls.len(), self.pushed()), (0, before), "{case}");
    }

    /// Sets the pull requests or issues that are open.
    fn open(&self, kind: &str, rows: &[[&str; 4]]) {
        let rows = rows.iter().map(|row| row.join("\t") + "\n");
        self.write(&format!("gh/{kind}"), rows.collect::<String>());
    }

    /// The commit of the branch on the origin, or nothing.
    fn pushed(&self) -> String {
        fs::read_to_string(self.path("origin/refs/heads/spec-drift")).unwrap_or_default().trim().to_owned()
    }
}

#[track_caller]
fn succeeds(output: &Output) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}\n{}", String::from_utf8_lossy(&output.stdout));
}

/// GitHub's runner takes nothing that a step has printed for a command.
#[track_caller]
fn prints_no_command(output: &Output) {
    for printed in [&output.stdout, &output.stderr] {
        let printed = String::from_utf8_lossy(printed);
        let is_command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
        assert!(!printed.split(['\n', '\r']).any(is_command), "{printed}");
    }
}

const TITLE: &str = "The published API has moved";
const OWN_PULL: [&str; 4] = ["7", "true", "app/github-actions", "false"];
const OWN_ISSUE: [&str; 4] = ["8", "true", "app/github-actions", TITLE];
const CREATED: &str = "pr create --head spec-drift --title The published API has moved";
const CLOSED: &str = "pr close 7 --comment The vendored documents match the published ones.";

/// The published document with further optional properties in its request.
fn with(properties: &[&str]) -> Value {
    let mut document: Value = serde_json::from_str(VENDORED).unwrap();
    for property in properties {
        let schema = &mut document["components"]["schemas"]["PersonalTagMappingRequest"];
        schema["properties"][property] = json!({ "type": "string" });
    }
    document
}

/// The published document on another server, which breaks every client.
fn moved() -> Value {
    let mut document = with(&[]);
    document["servers"][0]["url"] = json!("https://elsewhere.example/api");
    document
}

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

    // Another day, another change: the same pull request, which marks what is new.
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

    let workflow = fs::read_to_string(repository().join(".github/workflows/spec-drift.yml")).unwrap();
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
