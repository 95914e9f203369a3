//! A repository for the tests, with the state of a GitHub beside it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{program, repository};

pub(super) const VENDORED: &str = include_str!("../../documents/page.json");
pub(super) const PUBLISHED: &str = "remove-personal-tag-from-user.md";
pub(super) const DOCUMENT: &str = "openapi/remove-personal-tag-from-user.json";
pub(super) const PAGE: &str = "tests/pages/remove-personal-tag-from-user.md";
pub(super) const SOURCES: &str = "pages = \"https://a.example/en/\"\nindex = \"https://a.example/llms.txt\"\n\n\
    [remove-personal-tag-from-user]\nurl = \"https://a.example/en/remove-personal-tag-from-user.md\"\n\
    version = \"0.318.0\"\ntaken = 2026-11-23\n";
pub(super) const MANIFEST: &str =
    "[package]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\" # the API's is after the +\n";
pub(super) const LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0+0.318.0\"\n\n\
    [[package]]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\"\ndependencies = [\n \"a\",\n]\n";
pub(super) const CHANGELOG: &str = "# Changelog\n\n## [Unreleased]\n\n## 0.1.0\n\n- First.\n";
pub(super) const GENERATED: [&str; 3] = ["src/generated/types.rs", "src/generated/client.rs", "src/generated/mock.rs"];

/// Prints open pull requests, open issues and their bodies. Records every other call with its body, and then runs a test's
/// program, if any.
pub(super) const GH: &str = r#"#!/bin/sh
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
pub(super) const XTASK: &str = r#"#!/bin/sh
env >> "$GH/environment"
[ "$2" = update ] && set -- "$@" --no-compile
exec "$BIN" --root . "$@"
"#;

pub(super) const BOT: &str = "github-actions[bot]";

/// A clone, beside its origin and the state of `gh`.
pub(super) struct Repository(TempDir);

impl Repository {
    pub(super) fn new() -> Self {
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

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    pub(super) fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(file).parent().unwrap()).unwrap();
        fs::write(self.path(file), text).unwrap();
    }

    /// Runs git as a maintainer.
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        let output = self.command("git", "Ann").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>, who: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path("clone")).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), who).env(format!("GIT_{role}_EMAIL"), format!("{who}@example.com"));
        }
        command
    }

    pub(super) fn commit_all(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=Next"]);
    }

    /// Changes files on main.
    pub(super) fn commit(&self, files: &[(&str, &str)]) {
        self.checkout();
        for (file, text) in files {
            self.write(&format!("clone/{file}"), text);
        }
        self.commit_all();
        self.git(&["push", "--quiet", "origin", "main"]);
    }

    /// A fresh checkout of main, as each of the two jobs has one.
    pub(super) fn checkout(&self) {
        self.git(&["switch", "--quiet", "--force", "main"]);
        self.git(&["reset", "--quiet", "--hard"]);
        self.git(&["clean", "--quiet", "--force", "-d"]);
    }

    pub(super) fn step(&self, arguments: &[&str], token: Option<&str>) -> Output {
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
    pub(super) fn compare(&self, published: &Value) -> Output {
        self.compare_page(format!("# Remove\n\n```json\n{published}\n```\n"))
    }

    pub(super) fn compare_page(&self, text: impl AsRef<[u8]>) -> Output {
        self.checkout();
        self.write(PUBLISHED, text);
        self.step(&["compare", "../drift", self.path(PUBLISHED).to_str().unwrap()], None)
    }

    /// The second step and its calls of `gh`.
    pub(super) fn publish(&self) -> (Output, Vec<String>) {
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

    /// Runs both steps and expects these calls of `gh`. Returns the body that the pull request or issue then has.
    #[track_caller]
    pub(super) fn asks(&self, published: &Value, expected: &[&str]) -> String {
        succeeds(&self.compare(published));
        self.publishes(expected)
    }

    #[track_caller]
    pub(super) fn publishes(&self, expected: &[&str]) -> String {
        let (output, calls) = self.publish();
        succeeds(&output);
        assert_eq!(calls, expected);
        fs::read_to_string(self.path("gh/body")).unwrap()
    }

    /// Runs the second step, which refuses the artifact: it says why, pushes nothing, and asks nothing of GitHub.
    #[track_caller]
    pub(super) fn refuses(&self, case: &str, why: &str) {
        let before = self.pushed();
        let (output, calls) = self.publish();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let expected = format!("spec-drift: {why}\n");
        assert_eq!((output.status.code(), stderr.as_ref()), (Some(2), expected.as_str()), "{case}");
        assert_eq!((calls.len(), self.pushed()), (0, before), "{case}");
    }

    /// Sets the pull requests or issues that are open.
    pub(super) fn open(&self, kind: &str, rows: &[[&str; 4]]) {
        let rows = rows.iter().map(|row| row.join("\t") + "\n");
        self.write(&format!("gh/{kind}"), rows.collect::<String>());
    }

    /// The commit of the branch on the origin, or nothing.
    pub(super) fn pushed(&self) -> String {
        fs::read_to_string(self.path("origin/refs/heads/spec-drift")).unwrap_or_default().trim().to_owned()
    }
}

#[track_caller]
pub(super) fn succeeds(output: &Output) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}\n{}", String::from_utf8_lossy(&output.stdout));
}

/// Asserts that GitHub's runner would find no command in a step's output.
#[track_caller]
pub(super) fn prints_no_command(output: &Output) {
    for printed in [&output.stdout, &output.stderr] {
        let printed = String::from_utf8_lossy(printed);
        let is_command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
        assert!(!printed.split(['\n', '\r']).any(is_command), "{printed}");
    }
}

pub(super) const TITLE: &str = "The published API has moved";
pub(super) const OWN_PULL: [&str; 4] = ["7", "true", "app/github-actions", "false"];
pub(super) const OWN_ISSUE: [&str; 4] = ["8", "true", "app/github-actions", TITLE];
pub(super) const CREATED: &str = "pr create --head spec-drift --title The published API has moved";
pub(super) const CLOSED: &str = "pr close 7 --comment The vendored documents match the published ones.";

/// The published document with further optional properties in its request.
pub(super) fn with(properties: &[&str]) -> Value {
    let mut document: Value = serde_json::from_str(VENDORED).unwrap();
    for property in properties {
        let schema = &mut document["components"]["schemas"]["PersonalTagMappingRequest"];
        schema["properties"][property] = json!({ "type": "string" });
    }
    document
}

/// The published document on another server, which breaks every client.
pub(super) fn moved() -> Value {
    let mut document = with(&[]);
    document["servers"][0]["url"] = json!("https://elsewhere.example/api");
    document
}
