//! `.ci/spec-drift` from end to end, in a repository of its own: with the real commands and the real git, and a `gh` that
//! notes what it is asked and answers from two files.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

const VENDORED: &str = include_str!("../documents/page.json");
const PUBLISHED: &str = "remove-personal-tag-from-user.md";

/// Prints the body and the number of what is open, and writes down every call, with the body that comes with it.
const GH: &str = r#"#!/bin/sh
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

/// The tree in a clone, beside its origin and what `gh` knows.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/spec-drift");
        let sources = "[remove-personal-tag-from-user]\nurl = \"https://a.example/remove-personal-tag-from-user.md\"\n\
            version = \"0.318.0\"\ntaken = 2026-11-23\n";
        for (file, text) in [
            ("clone/.ci/spec-drift", fs::read_to_string(script).unwrap().as_str()),
            ("clone/openapi/remove-personal-tag-from-user.json", VENDORED),
            ("clone/openapi/sources.toml", sources),
            ("clone/Cargo.toml", "[package]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\"\n"),
            ("clone/CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n"),
            ("bin/gh", GH),
            ("gh/pr", ""),
            ("gh/issue", ""),
            ("gh/body", ""),
        ] {
            fs::create_dir_all(repository.path(file).parent().unwrap()).unwrap();
            fs::write(repository.path(file), text).unwrap();
        }
        fs::set_permissions(repository.path("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
        repository.git(&["init", "--quiet", "--bare", "../origin"]);
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.git(&["add", "--all"]);
        repository.git(&["commit", "--quiet", "--message=First"]);
        repository.git(&["remote", "add", "origin", "../origin"]);
        repository.git(&["push", "--quiet", "origin", "main"]);
        repository
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

    /// Runs the script as on a fresh checkout of main, and returns what it asked of `gh`.
    fn run(&self, published: &Value) -> (Output, Vec<String>) {
        self.git(&["switch", "--quiet", "--force", "main"]);
        self.git(&["clean", "--quiet", "--force", "-d"]);
        if self.git(&["branch", "--list", "spec-drift"]).contains("spec-drift") {
            self.git(&["branch", "--quiet", "-D", "spec-drift"]);
        }
        let page = self.path(PUBLISHED);
        fs::write(&page, format!("# Remove\n\n```json\n{published}\n```\n")).unwrap();
        // Compiling is the commands' own matter.
        let xtask = "#!/bin/sh\n[ \"$2\" = update ] && set -- \"$@\" --no-compile\nexec \"$BIN\" --root . \"$@\"\n";
        fs::write(self.path("bin/xtask"), xtask).unwrap();
        fs::set_permissions(self.path("bin/xtask"), fs::Permissions::from_mode(0o755)).unwrap();
        let _ = fs::remove_file(self.path("gh/calls"));
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = self.command("bash");
        command.arg(".ci/spec-drift").arg(&page).env("PATH", path).env("GH", self.path("gh"));
        command.env("XTASK", self.path("bin/xtask")).env("BIN", Path::new(env!("CARGO_BIN_EXE_xtask")));
        let output = command.output().unwrap();
        let calls = fs::read_to_string(self.path("gh/calls")).unwrap_or_default();
        // What is given by a file has a name that differs from run to run.
        let call = |line: &str| line.split(" --body-file").next().unwrap().to_owned();
        (output, calls.lines().map(call).collect())
    }

    #[track_caller]
    fn asks(&self, published: &Value, expected: &[&str]) -> String {
        let (output, calls) = self.run(published);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert_eq!(calls, expected, "{said}");
        fs::read_to_string(self.path("gh/body")).unwrap()
    }

    fn open(&self, kind: &str, number: &str) {
        fs::write(self.path("gh").join(kind), number).unwrap();
    }
}

/// The published document with these optional properties more in its request.
fn with(properties: &[&str]) -> Value {
    let mut document: Value = serde_json::from_str(VENDORED).unwrap();
    for property in properties {
        let schema = &mut document["components"]["schemas"]["PersonalTagMappingRequest"];
        schema["properties"][property] = json!({ "type": "string" });
    }
    document
}

#[test]
fn one_pull_request_as_long_as_there_is_drift() {
    let repository = Repository::new();
    repository.asks(&with(&[]), &[]);

    let body =
        repository.asks(&with(&["reason"]), &["pr create --head spec-drift --title The published API has moved"]);
    assert!(
        body.starts_with("Made by `cargo xtask spec update`; CONTRIBUTING.md says what follows.\n\n**1 change: "),
        "{body}"
    );
    let branch = repository.git(&["show", "--stat", "--format=%an: %s", "origin/spec-drift"]);
    assert!(branch.starts_with("bot: The published API has moved\n"), "{branch}");
    for file in ["CHANGELOG.md", "openapi/remove-personal-tag-from-user.json", "src/generated/types.rs"] {
        assert!(branch.contains(&format!(" {file} ")), "{branch}");
    }

    // Another day, another change: the same pull request, and what is new comes first.
    repository.open("pr", "7");
    let body = repository.asks(&with(&["reason", "again"]), &["pr edit 7"]);
    let new = body.lines().find(|line| line.starts_with("new: ")).unwrap();
    assert!(new.ends_with("/properties/again"), "{body}");

    let gone = "pr close 7 --delete-branch --comment The vendored documents are the published ones.";
    repository.asks(&with(&[]), &[gone]);
}

#[test]
fn one_issue_where_the_new_version_cannot_be_taken() {
    let repository = Repository::new();
    repository.open("pr", "7");
    let mut unbuildable = with(&[]);
    unbuildable["openapi"] = json!("4.0.0");
    let closed = "pr close 7 --delete-branch --comment The published API has moved on, to what does not compile yet.";
    let body = repository.asks(&unbuildable, &["issue create --title The published API has moved", closed]);
    let expected = "`cargo xtask spec update` cannot take the new version:\n\n```text\nerror: openapi/remove-personal-tag-from-user.json: /openapi: ";
    assert!(body.starts_with(expected), "{body}");

    repository.open("pr", "");
    repository.open("issue", "8");
    repository.asks(&unbuildable, &["issue edit 8"]);
    let created = "pr create --head spec-drift --title The published API has moved";
    repository.asks(&with(&["reason"]), &[created, "issue close 8 --comment There is a pull request now."]);
    repository.asks(&with(&[]), &["issue close 8 --comment The vendored documents are the published ones."]);
}

#[test]
fn what_cannot_be_compared_fails() {
    let repository = Repository::new();
    repository.open("issue", "8");
    let (output, calls) = repository.run(&json!({ "no": "document" }));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), calls.len()), (Some(2), 0), "{said}");
    assert!(said.contains("no OpenAPI document in it"), "{said}");
}
