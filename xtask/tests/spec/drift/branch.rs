//! The branch: unchanged drift pushes nothing, and commits by people are neither overwritten nor deleted.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{CHANGELOG, CLOSED, CREATED, OWN_PULL, Repository, TITLE, moved, succeeds, with};

impl Repository {
    /// Pushes a commit by this author and committer on top of the branch.
    fn push_to_branch(&self, author: &str, committer: &str) -> String {
        self.git(&["fetch", "--quiet", "origin", "spec-drift"]);
        self.git(&["switch", "--quiet", "--detach", "FETCH_HEAD"]);
        self.write("clone/README.md", format!("{author} and {committer}"));
        self.git(&["add", "README.md"]);
        let author = format!("{author} <{author}@example.com>");
        let mut commit = self.command("git", committer);
        commit.args(["commit", "--quiet", "--message=A fix", &format!("--author={author}")]);
        succeeds(&commit.output().unwrap());
        self.git(&["push", "--quiet", "origin", "HEAD:spec-drift"]);
        self.pushed()
    }
}

#[test]
fn unchanged_drift_pushes_nothing_and_leaves_the_pull_request_ready() {
    let clone = Repository::new();
    let draft = format!("{CREATED} --draft");
    clone.asks(&moved(), &[&draft]);
    clone.open("pr", &[OWN_PULL]);
    let pushed = clone.pushed();
    clone.asks(&moved(), &["pr edit 7"]);
    assert_eq!(clone.pushed(), pushed);

    // On another day, with another date in sources.toml.
    let patch = fs::read_to_string(clone.path("drift/patch")).unwrap();
    let (before, after) = patch.split_once("\n+taken = ").unwrap();
    clone.write("drift/patch", format!("{before}\n+taken = 2026-12-24{}", &after["2026-01-01".len()..]));
    clone.publishes(&["pr edit 7"]);
    assert_eq!(clone.pushed(), pushed);

    // With other commits on main.
    clone.commit(&[("README.md", "# Other\n"), ("CHANGELOG.md", &format!("{CHANGELOG}- Another.\n"))]);
    clone.asks(&moved(), &["pr edit 7"]);
    assert_eq!(clone.pushed(), pushed);

    // The branch doesn't merge any more, or the drift is another one.
    clone.commit(&[("CHANGELOG.md", &CHANGELOG.replace("[Unreleased]\n", "[Unreleased]\n\n### Fixed\n\n- A bug.\n"))]);
    clone.asks(&moved(), &["pr edit 7", "pr ready 7 --undo"]);
    assert_ne!(clone.pushed(), pushed);
    let pushed = clone.pushed();
    let mut more = moved();
    more["info"]["title"] = "Another".into();
    clone.asks(&more, &["pr edit 7", "pr ready 7 --undo"]);
    assert_ne!(clone.pushed(), pushed);

    // If the pull request is missing, the job opens one.
    clone.open("pr", &[]);
    let pushed = clone.pushed();
    clone.asks(&more, &[&draft]);
    assert_eq!(clone.pushed(), pushed);
}

/// A person is the author or the committer of a commit: of a new one, one that was amended, or one that was merged.
#[test]
fn commits_by_people_are_not_overwritten() {
    for (author, committer) in [("Ann", "Ann"), ("github-actions[bot]", "Ann"), ("Ann", "github-actions[bot]")] {
        let clone = Repository::new();
        clone.asks(&with(&["reason"]), &[CREATED]);
        clone.open("pr", &[OWN_PULL]);
        let pushed = clone.push_to_branch(author, committer);

        let body = clone.asks(&with(&["reason"]), &["pr edit 7"]);
        let start = "This branch has commits by others, so the job spec-drift no longer pushes to it. \
            Run `cargo xtask spec update` here to vendor the version in this report.\n\n";
        assert!(body.starts_with(start), "{body}");
        // New drift is announced once.
        let comment = "pr comment 7 --body The published API has moved again: see the report above.";
        clone.asks(&with(&["reason", "again"]), &["pr edit 7", comment]);
        clone.asks(&with(&["reason", "again"]), &["pr edit 7"]);
        assert_eq!(clone.pushed(), pushed, "{author} {committer}");

        // The pull request is closed, its branch stays.
        clone.asks(&with(&[]), &[CLOSED]);
        assert_eq!(clone.pushed(), pushed, "{author} {committer}");

        // If the pull request is missing, the job opens an issue.
        clone.open("pr", &[]);
        let body = clone.asks(&with(&["reason"]), &[&format!("issue create --title {TITLE}")]);
        let start = "The branch `spec-drift` has commits by others, so the job spec-drift doesn't push to it. \
            Rename or delete it.\n\n";
        assert!(body.starts_with(start), "{body}");
        assert_eq!(clone.pushed(), pushed, "{author} {committer}");
    }
}

/// A commit of this job on top of others does not make them its own.
#[test]
fn commits_by_people_below_the_last_are_not_overwritten() {
    let clone = Repository::new();
    clone.asks(&with(&["reason"]), &[CREATED]);
    clone.open("pr", &[OWN_PULL]);
    clone.push_to_branch("Ann", "Ann");
    let pushed = clone.push_to_branch("github-actions[bot]", "github-actions[bot]");
    clone.asks(
        &with(&["again"]),
        &["pr edit 7", "pr comment 7 --body The published API has moved again: see the report above."],
    );
    let mut unbuildable = with(&[]);
    unbuildable["openapi"] = "4.0.0".into();
    clone.asks(&unbuildable, &["issue create --title The published API has moved"]);
    assert_eq!(clone.pushed(), pushed);
}

/// The job owns a branch that was merged, or that has only its own commits.
#[test]
fn a_branch_without_commits_by_people_is_overwritten() {
    let clone = Repository::new();
    clone.asks(&with(&["reason"]), &[CREATED]);
    clone.push_to_branch("github-actions[bot]", "github-actions[bot]");
    let pushed = clone.pushed();
    clone.asks(&with(&["again"]), &[CREATED]);
    assert_ne!(clone.pushed(), pushed);

    clone.checkout();
    clone.git(&["fetch", "--quiet", "origin", "spec-drift"]);
    clone.git(&["merge", "--quiet", "--no-ff", "--message=Merge", "FETCH_HEAD"]);
    clone.git(&["push", "--quiet", "origin", "main", "+main:spec-drift"]);
    let pushed = clone.pushed();
    clone.asks(&with(&["reason", "again"]), &[CREATED]);
    assert_ne!(clone.pushed(), pushed);
}

/// If somebody pushes after the job has looked at the branch, the origin refuses the job's push.
#[test]
fn a_commit_that_is_pushed_meanwhile_survives() {
    let clone = Repository::new();
    clone.asks(&with(&["reason"]), &[CREATED]);
    clone.open("pr", &[OWN_PULL]);
    let before = clone.pushed();
    let fix = clone.push_to_branch("Ann", "Ann");
    clone.git(&["push", "--quiet", "--force", "origin", &format!("{before}:spec-drift")]);

    // While the pull request is closed.
    let push = format!("#!/bin/sh\nexec git push --quiet origin {fix}:spec-drift\n");
    clone.write("gh/pr-close", push);
    fs::set_permissions(clone.path("gh/pr-close"), fs::Permissions::from_mode(0o755)).unwrap();
    succeeds(&clone.compare(&with(&[])));
    let (output, calls) = clone.publish();
    succeeds(&output);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.ends_with("spec-drift: the branch spec-drift has changed meanwhile and is left as it is\n"),
        "{stderr}"
    );
    assert_eq!((calls, clone.pushed()), (vec![CLOSED.to_owned()], fix.clone()));

    // Before the new version is pushed: a hook of the clone stands for the moment.
    clone.git(&["push", "--quiet", "--force", "origin", &format!("{before}:spec-drift")]);
    let origin = clone.path("origin");
    let hook = format!("#!/bin/sh\nexec git -C {} update-ref refs/heads/spec-drift {fix}\n", origin.display());
    clone.write("clone/.git/hooks/pre-push", hook);
    fs::set_permissions(clone.path("clone/.git/hooks/pre-push"), fs::Permissions::from_mode(0o755)).unwrap();
    succeeds(&clone.compare(&with(&["again"])));
    let (output, calls) = clone.publish();
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((calls, clone.pushed()), (vec!["pr edit 7".to_owned()], fix));
}

/// A checkout with only main's last commit, as GitHub's action makes it, is enough to tell who made the branch's commits.
#[test]
fn a_shallow_checkout_is_enough() {
    let clone = Repository::new();
    clone.asks(&with(&["reason"]), &[CREATED]);
    clone.commit(&[("README.md", "# Other\n")]);
    let pushed = clone.pushed();
    let origin = format!("file://{}", clone.path("origin").display());
    let shallow = |published| {
        fs::remove_dir_all(clone.path("clone")).unwrap();
        fs::create_dir(clone.path("clone")).unwrap();
        clone.git(&["clone", "--quiet", "--depth=1", "--branch=main", &origin, "."]);
        clone.asks(&with(published), &[CREATED]);
    };
    shallow(&["reason"]);
    assert_eq!(clone.pushed(), pushed);
    shallow(&["again"]);
    assert_ne!(clone.pushed(), pushed);
}
