//! `.ci/spec-drift` from end to end, in a repository of its own: with the real commands and the real git, and a `gh` that
//! notes what it is asked and answers from files.
#![cfg(unix)]

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

/// Prints the body and the rows of what is open, and writes down every call, with the body that comes with it.
const GH: &str = r#"#!/bin/sh
[ -n "$GH_TOKEN" ] || { echo 'gh: no token' >&2; exit 4; }
case "$1 $2" in
    'pr list' | 'issue list') cat "$GH/$1" ;;
    'pr view' | 'issue view') cat "$GH/body" ;;
    *)
        echo "$@" >> "$GH/calls"
        while [ $# -gt 0 ]; do
            if [ "$1" = --body-file ]; then cp "$2" "$GH/body"; fi
            shift
        done
        ;;
esac
"#;

/// The commands, but for compiling, which is their own matter. What is in their environment is written down.
const XTASK: &str = r#"#!/bin/sh
env >> "$GH/environment"
[ "$2" = update ] && set -- "$@" --no-compile
exec "$BIN" --root . "$@"
"#;

/// The tree in a clone, beside its origin and what `gh` knows.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let clone = Self(tempfile::tempdir().unwrap());
        let script = repository().join(".ci/spec-drift");
        let sources = "[remove-personal-tag-from-user]\nurl = \"https://a.example/remove-personal-tag-from-user.md\"\n\
            version = \"0.318.0\"\ntaken = 2026-11-23\n";
        for (file, text) in [
            ("clone/.ci/spec-drift", fs::read_to_string(script).unwrap().as_str()),
            ("clone/openapi/remove-personal-tag-from-user.json", VENDORED),
            ("clone/openapi/sources.toml", sources),
            ("clone/Cargo.toml", "[package]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\"\n"),
            ("clone/.gitignore", "/target\n"),
            ("clone/CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n"),
            ("bin/gh", GH),
            ("bin/xtask", XTASK),
            ("gh/pr", ""),
            ("gh/issue", ""),
            ("gh/body", ""),
        ] {
            fs::create_dir_all(clone.path(file).parent().unwrap()).unwrap();
            fs::write(clone.path(file), text).unwrap();
        }
        for program in ["bin/gh", "bin/xtask"] {
            fs::set_permissions(clone.path(program), fs::Permissions::from_mode(0o755)).unwrap();
        }
        clone.git(&["init", "--quiet", "--bare", "../origin"]);
        clone.git(&["init", "--quiet", "--initial-branch=main"]);
        clone.git(&["add", "--all"]);
        clone.git(&["commit", "--quiet", "--message=First"]);
        clone.git(&["remote", "add", "origin", "../origin"]);
        clone.git(&["push", "--quiet", "origin", "main"]);
        clone
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = self.command("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path("clone")).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "bot").env(format!("GIT_{role}_EMAIL"), "bot@example.com");
        }
        command
    }

    /// A fresh checkout of main, as each of the two jobs has one.
    fn checkout(&self) {
        self.git(&["switch", "--quiet", "--force", "main"]);
        self.git(&["reset", "--quiet", "--hard"]);
        self.git(&["clean", "--quiet", "--force", "-d"]);
        if self.git(&["branch", "--list", "spec-drift"]).contains("spec-drift") {
            self.git(&["branch", "--quiet", "-D", "spec-drift"]);
        }
    }

    fn step(&self, arguments: &[&str], token: Option<&str>) -> Output {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = self.command("bash");
        command.arg(".ci/spec-drift").args(arguments).env("PATH", path).env("GH", self.path("gh"));
        command.env("XTASK", self.path("bin/xtask")).env("BIN", program());
        command.env_remove("GH_TOKEN").env_remove("GITHUB_TOKEN").envs(token.map(|token| ("GH_TOKEN", token)));
        command
            .env("GITHUB_SERVER_URL", "https://git.example")
            .env("GITHUB_REPOSITORY", "a/b")
            .env("GITHUB_RUN_ID", "9");
        command.output().unwrap()
    }

    /// The first step, with the page as it is published.
    fn compare(&self, published: &Value) -> Output {
        self.checkout();
        let page = self.path(PUBLISHED);
        fs::write(&page, format!("# Remove\n\n```json\n{published}\n```\n")).unwrap();
        self.step(&["compare", "../drift", page.to_str().unwrap()], None)
    }

    /// The second step, and what it asked of `gh`.
    fn publish(&self) -> (Output, Vec<String>) {
        self.checkout();
        let _ = fs::remove_file(self.path("gh/calls"));
        let output = self.step(&["publish", "../drift"], Some("a-token"));
        let calls = fs::read_to_string(self.path("gh/calls")).unwrap_or_default();
        // What is given by a file has a name that differs from run to run.
        let call = |line: &str| match line.split_once(" --body-file ") {
            Some((before, after)) => before.to_owned() + after.split_once(' ').map_or("", |_| " --draft"),
            None => line.to_owned(),
        };
        (output, calls.lines().map(call).collect())
    }

    #[track_caller]
    fn asks(&self, published: &Value, expected: &[&str]) -> String {
        succeeds(&self.compare(published));
        let (output, calls) = self.publish();
        succeeds(&output);
        assert_eq!(calls, expected);
        fs::read_to_string(self.path("gh/body")).unwrap()
    }

    /// Has pull requests or issues be open.
    fn open(&self, kind: &str, rows: &[[&str; 4]]) {
        let rows = rows.iter().map(|row| row.join("\t") + "\n");
        fs::write(self.path("gh").join(kind), rows.collect::<String>()).unwrap();
    }

    fn pushed(&self) -> bool {
        self.git(&["ls-remote", "origin", "spec-drift"]).contains("spec-drift")
    }
}

#[track_caller]
fn succeeds(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
}

const TITLE: &str = "The published API has moved";
const OWN_PULL: [&str; 4] = ["7", "true", "app/github-actions", "false"];
const OWN_ISSUE: [&str; 4] = ["8", "true", "app/github-actions", TITLE];
const CREATED: &str = "pr create --head spec-drift --title The published API has moved";

/// The published document with these optional properties more in its request.
fn with(properties: &[&str]) -> Value {
    let mut document: Value = serde_json::from_str(VENDORED).unwrap();
    for property in properties {
        let schema = &mut document["components"]["schemas"]["PersonalTagMappingRequest"];
        schema["properties"][property] = json!({ "type": "string" });
    }
    document
}

/// Another server: it breaks whoever talks to the old one.
fn moved() -> Value {
    let mut document = with(&[]);
    document["servers"][0]["url"] = json!("https://elsewhere.example/api");
    document
}

#[test]
fn one_pull_request_as_long_as_there_is_drift() {
    let clone = Repository::new();
    clone.asks(&with(&[]), &[]);

    let body = clone.asks(&with(&["reason"]), &[CREATED]);
    assert!(
        body.starts_with("Made by `cargo xtask spec update`; CONTRIBUTING.md says what follows.\n\n**1 change: "),
        "{body}"
    );
    let branch = clone.git(&["show", "--stat", "--format=%an: %s", "origin/spec-drift"]);
    assert!(branch.starts_with("bot: The published API has moved\n"), "{branch}");
    for file in ["CHANGELOG.md", "openapi/remove-personal-tag-from-user.json", "src/generated/types.rs"] {
        assert!(branch.contains(&format!(" {file} ")), "{branch}");
    }

    // Another day, another change: the same pull request, which says what is new.
    clone.open("pr", &[OWN_PULL]);
    let body = clone.asks(&with(&["reason", "again"]), &["pr edit 7"]);
    let new = body.lines().find_map(|line| line.strip_prefix("New since the last report: ")).unwrap();
    let place = body.lines().position(|line| line.contains(&format!(" {}]", new.trim_matches('`')))).unwrap();
    assert!(body.lines().nth(place - 2).unwrap().ends_with("/properties/again"), "{body}");
    let body = clone.asks(&with(&["reason", "again"]), &["pr edit 7"]);
    assert!(body.contains("\n\nNew since the last report: nothing\n\n**2 changes"), "{body}");

    let gone = "pr close 7 --delete-branch --comment The vendored documents are the published ones.";
    clone.asks(&with(&[]), &[gone]);
}

#[test]
fn one_issue_where_the_new_version_cannot_be_taken() {
    let clone = Repository::new();
    clone.open("pr", &[OWN_PULL]);
    let mut unbuildable = with(&[]);
    unbuildable["openapi"] = json!("4.0.0");
    let closed = "pr close 7 --delete-branch --comment The published API has moved on, to what does not compile yet.";
    let body = clone.asks(&unbuildable, &["issue create --title The published API has moved", closed]);
    let expected = "`cargo xtask spec update` cannot take the new version. The log of the job `compare` says why: \
        https://git.example/a/b/actions/runs/9\n\n**1 change: 1 breaking**";
    assert!(body.starts_with(expected), "{body}");

    clone.open("pr", &[]);
    clone.open("issue", &[OWN_ISSUE]);
    clone.asks(&unbuildable, &["issue edit 8"]);
    clone.asks(&with(&["reason"]), &[CREATED, "issue close 8 --comment There is a pull request now."]);
    clone.asks(&with(&[]), &["issue close 8 --comment The vendored documents are the published ones."]);
}

#[test]
fn what_cannot_be_compared_fails() {
    let clone = Repository::new();
    let output = clone.compare(&json!({ "no": "document" }));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("no OpenAPI document in it"), "{said}");
    // Nothing is handed over.
    let (output, calls) = clone.publish();
    assert!(!output.status.success() && calls.is_empty(), "{calls:?}");
}

/// The step that compiles what a page says has no token, and refuses to run beside one.
#[test]
fn no_token_beside_what_a_page_says() {
    let clone = Repository::new();
    succeeds(&clone.compare(&with(&["reason"])));
    let environment = fs::read_to_string(clone.path("gh/environment")).unwrap();
    assert!(environment.contains("PATH=") && !environment.contains("TOKEN"), "{environment}");

    let output = clone.step(&["compare", "../drift"], Some("a-token"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), said.as_ref()),
        (Some(2), "spec-drift: compare compiles what a page says: expected no GH_TOKEN or GITHUB_TOKEN beside it\n")
    );

    // Nor does the step that has one run any of the commands.
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

/// What a page says prints no command of GitHub's runner, and is code in what people read.
#[test]
fn a_hostile_page() {
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

    let (output, calls) = clone.publish();
    succeeds(&output);
    assert_eq!(calls, [CREATED]);
    let body = fs::read_to_string(clone.path("gh/body")).unwrap();
    crate::hostile::is_inert(&body);
    let changelog = clone.git(&["show", "origin/spec-drift:CHANGELOG.md"]);
    assert!(changelog.contains("\n#### Added\n\n- `Platform::"), "{changelog}");
    crate::hostile::has_only_headings_and_code(&changelog, 4);

    // A page of which nothing can be made ends the first step.
    hostile["paths"]["/openapi/\n::error::x"] = json!({});
    let output = clone.compare(&hostile);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(": /paths: \"/openapi/\\n::error::x\": expected a name without control"), "{said}");
}

/// What is published and not vendored needs a person: an issue says which pages, and it is closed when each is accepted.
#[test]
fn pages_that_nobody_has_vendored() {
    let clone = Repository::new();
    let site = Site::new();
    site.put("/en/broken.md", 200, "# Repaired");
    let address = site.serve();
    let sources = format!(
        "index = \"{address}/llms.txt\"\npages = \"{address}/en/\"\n\n[remove-personal-tag-from-user]\n\
        url = \"{address}/en/tags/remove-personal-tag-from-user.md\"\nversion = \"0.318.0\"\ntaken = 2026-11-23\n"
    );
    let commit = |file: &str, text: &str| {
        clone.checkout();
        fs::write(clone.path("clone").join(file), text).unwrap();
        clone.git(&["add", "--all"]);
        clone.git(&["commit", "--quiet", "--message=Next"]);
    };
    commit("openapi/sources.toml", &sources);
    let compare = || {
        clone.checkout();
        succeeds(&clone.step(&["compare", "../drift"], None));
        let (output, calls) = clone.publish();
        succeeds(&output);
        calls
    };
    let issue = "issue create --title The published API has moved";
    assert_eq!(compare(), [issue]);
    let body = fs::read_to_string(clone.path("gh/body")).unwrap();
    assert!(body.starts_with("Pages have come, have gone or cannot be read. CONTRIBUTING.md says "), "{body}");
    for page in ["list-clients", "user-broadcast"] {
        assert!(body.contains(&format!("additive  openapi/{page}.json\n")), "{body}");
    }

    let fingerprints = body.lines().filter_map(|line| line.split_once("[page-new ")?.1.strip_suffix(']'));
    let accepted = fingerprints.map(|fingerprint| {
        format!("[[accepted]]\nfingerprint = \"{fingerprint}\"\nreason = \"not for us\"\ndate = 2026-11-24\n")
    });
    commit("openapi/accepted.toml", &accepted.collect::<String>());
    clone.open("issue", &[["7", "true", "app/github-actions", "The published API has moved"]]);
    let closed = "issue close 7 --comment The vendored documents are the published ones.";
    assert_eq!(compare(), [closed]);
}

/// Pull requests of forks, and of people, are not touched, and neither are issues of others.
#[test]
fn what_others_have_opened() {
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
    fs::write(clone.path("gh/body"), "<!-- since nothing -->\n").unwrap();
    clone.asks(&with(&["reason"]), &[CREATED]);
    clone.asks(&with(&[]), &[]);
    // Beside them, its own is found.
    clone.open("pr", &[fork, bot_of_a_fork, OWN_PULL]);
    clone.open("issue", &[strangers[0], OWN_ISSUE]);
    clone.asks(&with(&["reason"]), &["pr edit 7", "issue close 8 --comment There is a pull request now."]);
}

/// An earlier report that cannot be read is passed over.
#[test]
fn an_earlier_report_that_cannot_be_read() {
    let clone = Repository::new();
    clone.open("pr", &[OWN_PULL]);
    for line in
        ["{\"findings\":[{\"fingerprint\":\"", "$(touch x)", "{\"findings\":[{\"fingerprint\":\"`@somebody`\"}]}"]
    {
        fs::write(clone.path("gh/body"), format!("text\n\n<!-- since {line} -->\r\n")).unwrap();
        succeeds(&clone.compare(&with(&["reason"])));
        let (output, calls) = clone.publish();
        succeeds(&output);
        assert_eq!(calls, ["pr edit 7"]);
        let said = String::from_utf8_lossy(&output.stderr);
        let warning = "::warning::the earlier report cannot be read: what is new since then is not said\n";
        assert!(said.contains(warning), "{said}");
        let body = fs::read_to_string(clone.path("gh/body")).unwrap();
        assert!(!body.contains("New since"), "{body}");
    }
}

/// What a person must read before it is merged is a draft.
#[test]
fn a_draft_from_rule_on() {
    let clone = Repository::new();
    let draft = format!("{CREATED} --draft");
    let mut rule = with(&[]);
    rule["components"]["schemas"]["PersonalTagMappingRequest"]["description"] = json!("Give a clientId");
    clone.asks(&rule, &[draft.as_str()]);
    clone.asks(&moved(), &[draft.as_str()]);
    clone.open("pr", &[OWN_PULL]);
    clone.asks(&moved(), &["pr edit 7", "pr ready 7 --undo"]);
    // The level is not read from what a page says.
    let mut title = with(&[]);
    title["info"]["version"] = json!("1-breaking");
    clone.asks(&title, &["pr edit 7"]);
}

/// A patch of other files than `spec update` writes, or of more in them, is not taken, whatever the first step has become.
#[test]
fn a_patch_of_something_else() {
    let clone = Repository::new();
    let manifest = "[package]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\"\n";
    for (file, text, why) in [
        (".github/workflows/ci.yml", "on: push\n", "is of more than cargo xtask spec update writes"),
        (".ci/spec-drift", "echo\n", "is of more than cargo xtask spec update writes"),
        ("openapi/../build.rs", "fn main() {}\n", "is of more than cargo xtask spec update writes"),
        ("src/lib.rs", "", "is of more than cargo xtask spec update writes"),
        ("Cargo.toml", &format!("{manifest}build = \"x.rs\"\n"), "changes more of a manifest than the version"),
    ] {
        succeeds(&clone.compare(&with(&["reason"])));
        fs::create_dir_all(clone.path("clone").join(file).parent().unwrap()).unwrap();
        fs::write(clone.path("clone").join(file), format!("{text}\n")).unwrap();
        clone.git(&["add", "--all"]);
        fs::write(clone.path("drift/patch"), clone.git(&["diff", "--cached", "--binary", "--no-renames"])).unwrap();
        let (output, calls) = clone.publish();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), calls.len()), (Some(2), 0), "{file}: {said}");
        assert!(said.contains(&format!("spec-drift: the patch {why}: nothing is pushed\n")), "{file}: {said}");
        assert!(!clone.pushed(), "{file}");
    }
    // A link, under a name that may be.
    succeeds(&clone.compare(&with(&["reason"])));
    std::os::unix::fs::symlink("/etc/passwd", clone.path("clone/openapi/link.json")).unwrap();
    clone.git(&["add", "--all"]);
    fs::write(clone.path("drift/patch"), clone.git(&["diff", "--cached", "--binary", "--no-renames"])).unwrap();
    assert_eq!(clone.publish().0.status.code(), Some(2));
    // One that leaves the repository is refused by git.
    let outside = "--- /dev/null\n+++ b/../outside\n@@ -0,0 +1 @@\n+x\n";
    fs::write(clone.path("drift/patch"), outside).unwrap();
    assert!(!clone.publish().0.status.success());
    assert!(!clone.path("outside").exists() && !clone.pushed());
}
