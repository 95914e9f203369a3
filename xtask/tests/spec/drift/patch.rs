//! The patch: the job pushes only changes that `spec update` makes, whatever the first step leaves.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::json;

use super::{BOT, CHANGELOG, CREATED, DOCUMENT, GENERATED, OWN_PULL, PAGE, Repository, succeeds, with};

const UNWRITTEN: &str = "the patch changes a file that cargo xtask spec update does not write: nothing is pushed";

pub(super) fn other(file: &str) -> String {
    format!("{file}: not as cargo xtask spec update writes it: nothing is pushed")
}

impl Repository {
    /// Adds one change to the legitimate patch, which `drifted` has committed next to main.
    pub(super) fn tamper(&self, change: impl FnOnce()) {
        self.git(&["-C", "../forged", "reset", "--quiet", "--hard"]);
        self.git(&["-C", "../forged", "clean", "--quiet", "--force", "-d"]);
        change();
        self.git(&["-C", "../forged", "add", "--all"]);
        let mut diff = self.command("git", BOT);
        diff.args(["-C", "../forged", "diff", "--cached", "--text", "--full-index", "--no-renames", "main"]);
        self.write("drift/patch", diff.output().unwrap().stdout);
    }

    /// Replaces a part of a file in the patch.
    #[track_caller]
    pub(super) fn edit(&self, file: &str, old: &str, new: impl AsRef<[u8]>) {
        self.tamper(|| {
            let path = format!("forged/{file}");
            let text = fs::read_to_string(self.path(&path)).unwrap_or_default();
            let (before, after) = text.split_once(old).unwrap_or_else(|| panic!("{file}: no {old:?} in {text}"));
            self.write(&path, [before.as_bytes(), new.as_ref(), after.as_bytes()].concat());
        });
    }

    /// Runs the first step, and lays its patch out for `tamper`.
    pub(super) fn drift(&self, document: &serde_json::Value) {
        succeeds(&self.compare(document));
        self.checkout();
        if self.path("forged").exists() {
            self.git(&["worktree", "remove", "--force", "../forged"]);
        }
        self.git(&["worktree", "add", "--quiet", "--detach", "../forged"]);
        self.git(&["-C", "../forged", "apply", "--index", "--whitespace=nowarn", "../drift/patch"]);
        self.git(&["-C", "../forged", "commit", "--quiet", "--message=Legitimate"]);
    }
}

/// A drift whose patch changes each file that `spec update` writes.
pub(super) fn drifted() -> Repository {
    let clone = Repository::new();
    let generated = GENERATED.map(|file| (file, "// Old.\n"));
    clone.commit(&[&generated[..], &[("openapi/accepted.toml", ACCEPTED), (PAGE, "# Old\n")]].concat());
    let mut document = with(&["reason"]);
    document["info"]["version"] = json!("0.319.0");
    document["info"]["title"] = json!("\u{53f0}\u{7063} \u{1f468}\u{200d}\u{1f469}");
    clone.drift(&document);
    clone
}

/// The first two entries are about findings of that drift.
const ACCEPTED: &str = "# Accepted findings.\n# Each with its reason.\n\n\
    # The new property.\n[[accepted]]\nfingerprint = \"4f216f246ec3824b\"\nreason = \"read\"\ndate = 2026-11-24\n\n\
    [[accepted]] # another\nfingerprint = \"0123456789abcdef\"\nreason = \"\"\"\n[[accepted]]\n# not a comment\n\"\"\"\ndate = 2026-11-24\n\n# The end.\n";

#[test]
fn every_change_that_update_makes_is_pushed() {
    let clone = drifted();
    let patch = fs::read_to_string(clone.path("drift/patch")).unwrap();
    let files: Vec<_> = patch.lines().filter_map(|line| line.strip_prefix("+++ b/")).collect();
    let manifests = ["CHANGELOG.md", "Cargo.lock", "Cargo.toml", "fuzz/Cargo.lock"];
    let [types, client, mock] = GENERATED;
    let vendored = ["openapi/accepted.toml", DOCUMENT, "openapi/sources.toml", client, mock, types, PAGE];
    assert_eq!(files, [&manifests[..], &vendored].concat());
    clone.publishes(&[CREATED]);
    let branch = clone.git(&["show", "--format=", "--unified=0", "origin/spec-drift", "--", "Cargo.toml"]);
    assert!(branch.ends_with("+version = \"0.1.0+0.319.0\" # the API's is after the +\n"), "{branch}");
    let accepted = clone.git(&["show", "origin/spec-drift:openapi/accepted.toml"]);
    let kept = ACCEPTED.split_once("# The new property.\n").unwrap().0.to_owned();
    assert!(
        accepted.starts_with(&kept) && accepted.contains("# another") && !accepted.contains("4f216f"),
        "{accepted}"
    );
}

/// Pages are kept as they were published.
#[test]
fn a_page_may_have_tabs_crlf_and_any_language() {
    let clone = Repository::new();
    let document = with(&["reason"]);
    let page =
        format!("\u{feff}# \u{53f0}\u{7063}\t\u{1f469}\u{200d}\u{1f4bb} \u{200b}x\r\n\r\n```json\r\n{document}\r\n```");
    succeeds(&clone.compare_page(&page));
    clone.publishes(&[CREATED]);
    assert_eq!(clone.git(&["show", &format!("origin/spec-drift:{PAGE}")]), page);
}

/// Some entries, or all of them.
#[test]
fn whole_entries_leave_accepted_toml() {
    let entry = |fingerprint: &str| {
        format!("[[accepted]]\nfingerprint = \"{fingerprint}\"\nreason = \"r\"\ndate = 2026-11-24\n")
    };
    let (reason, again) = ("4f216f246ec3824b", "0123456789abcdef");
    for (accepted, left) in [
        (entry(reason), String::new()),
        (format!("# Head.\n\n{}", entry(reason)), "# Head.\n\n".to_owned()),
        (format!("# Its own.\n{}\n{}", entry(reason), entry(again)), format!("\n{}", entry(again))),
        (format!("{}\n# Its own.\n{}# End.\n", entry(again), entry(reason)), format!("{}# End.\n", entry(again))),
    ] {
        let clone = Repository::new();
        clone.commit(&[("openapi/accepted.toml", &accepted)]);
        clone.asks(&with(&["reason", "more"]), &[CREATED]);
        assert_eq!(clone.git(&["show", "origin/spec-drift:openapi/accepted.toml"]), left, "{accepted}");
    }
}

/// The page has moved: its address is below the documentation's own. The changelog has an entry in place of none.
#[test]
fn an_address_may_move_within_the_documentation() {
    let clone = drifted();
    let url = "url = \"https://a.example/en/remove";
    clone.edit("openapi/sources.toml", url, url.replace("remove", "other/folder-1/remove"));
    clone.publishes(&[CREATED]);

    let none =
        CHANGELOG.replace("[Unreleased]\n", "[Unreleased]\n\n### API 0.319.0\n\nNothing that code depends on.\n");
    clone.commit(&[("CHANGELOG.md", &none)]);
    let mut document = with(&["reason"]);
    document["info"]["version"] = json!("0.319.0");
    clone.asks(&document, &[CREATED]);
    let changelog = clone.git(&["show", "origin/spec-drift:CHANGELOG.md"]);
    assert!(changelog.contains("\n### API 0.319.0\n\n#### Added\n\n- `types::"), "{changelog}");
    assert!(!changelog.contains("Nothing"), "{changelog}");
}

#[test]
fn other_files_are_refused() {
    let clone = drifted();
    for file in [
        ".github/workflows/ci.yml",
        ".ci/spec-drift",
        ".gitattributes",
        ".gitmodules",
        ".cargo/config.toml",
        "build.rs",
        "src/lib.rs",
        "src/generated/mod.rs",
        "src/generated/types.rs.orig",
        "src/generated/types/x.rs",
        "cli/Cargo.toml",
        "fuzz/Cargo.toml",
        "openapi/other.json",
        "openapi/sub/other.json",
        "openapi/other.toml",
        "openapi/.json",
        "openapi/a\nb.json",
        "openapi/\u{202e}.json",
        "openapi/remove-personal-tag-from-user.JSON",
        "tests/pages/other.md",
        "tests/pages/url.md",
        "tests/pages/remove-personal-tag-from-user.md.rs",
        "tests/pages/sub/remove-personal-tag-from-user.md",
        "xtask/openapi/sources.toml",
        " Cargo.toml",
    ] {
        clone.tamper(|| clone.write(&format!("forged/{file}"), "text\n"));
        clone.refuses(file, UNWRITTEN);
    }
}

#[test]
fn only_regular_files_are_changed() {
    let clone = drifted();
    let manifest = other("Cargo.toml");
    for file in [DOCUMENT, PAGE, GENERATED[0], "Cargo.toml"] {
        let path = clone.path("forged").join(file);
        clone.tamper(|| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap());
        clone.refuses("executable", UNWRITTEN);
        clone.tamper(|| fs::remove_file(&path).unwrap());
        clone.refuses("deleted", if file == "Cargo.toml" { &manifest } else { UNWRITTEN });
        clone.tamper(|| {
            fs::remove_file(&path).unwrap();
            symlink("/etc/passwd", &path).unwrap();
        });
        clone.refuses("a link", if file == "Cargo.toml" { &manifest } else { UNWRITTEN });
    }
    clone.tamper(|| fs::rename(clone.path("forged/.gitignore"), clone.path("forged/openapi/new.json")).unwrap());
    clone.refuses("a file from elsewhere", UNWRITTEN);

    let commit = clone.git(&["rev-parse", "HEAD"]).trim().to_owned();
    for file in [DOCUMENT, "openapi/module.json", PAGE] {
        let module = format!(
            "diff --git a/{file} b/{file}\nnew file mode 160000\n--- /dev/null\n+++ b/{file}\n@@ -0,0 +1 @@\n+Subproject commit {commit}\n"
        );
        let removed = clone.git(&["diff", "--no-renames", "HEAD", "--", file]);
        clone.write("drift/patch", removed + &module);
        let (output, calls) = clone.publish();
        assert_eq!((output.status.code(), calls.len()), (Some(2), 0), "{file}");
        assert_eq!(clone.pushed(), "", "{file}");
    }
}

/// Copies, renames, modes and paths that only a hand-made patch has, and a file that it changes twice.
#[test]
fn hand_made_patches_are_judged_by_their_result() {
    let clone = drifted();
    let patch = fs::read_to_string(clone.path("drift/patch")).unwrap();
    let apply = "the patch does not apply: nothing is pushed";
    for (made, why) in [
        (
            "diff --git a/CHANGELOG.md b/openapi/x.json\nsimilarity index 100%\ncopy from CHANGELOG.md\ncopy to openapi/x.json\n",
            UNWRITTEN,
        ),
        (
            "diff --git a/.gitignore b/tests/pages/x.md\nsimilarity index 100%\nrename from .gitignore\nrename to tests/pages/x.md\n",
            UNWRITTEN,
        ),
        ("diff --git a/CHANGELOG.md b/CHANGELOG.md\nold mode 100644\nnew mode 100755\n", UNWRITTEN),
        ("diff --git a/CHANGELOG.md b/CHANGELOG.md\nold mode 100644\nnew mode 120000\n", apply),
        (
            "diff --git a/CHANGELOG.md b/CHANGELOG.md\ndeleted file mode 100644\n--- a/CHANGELOG.md\n+++ /dev/null\n@@ -1,7 +0,0 @@\n-# Changelog\n-\n-## [Unreleased]\n-\n-## 0.1.0\n-\n-- First.\n",
            UNWRITTEN,
        ),
        ("--- /dev/null\n+++ b/../outside\n@@ -0,0 +1 @@\n+x\n", apply),
        ("--- /dev/null\n+++ b//tmp/outside\n@@ -0,0 +1 @@\n+x\n", apply),
        ("--- /dev/null\n+++ b/.git/hooks/pre-push\n@@ -0,0 +1 @@\n+x\n", apply),
        ("--- /dev/null\n+++ b/openapi/../build.rs\n@@ -0,0 +1 @@\n+x\n", apply),
        ("--- /dev/null\n+++ b/.GIT/config\n@@ -0,0 +1 @@\n+x\n", apply),
        (
            "--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -1,3 +1,4 @@\n [package]\n name = \"mantago\"\n+build = \"x.rs\"\n version = \"0.1.0+0.318.0\" # the API's is after the +\n",
            "Cargo.toml: not as cargo xtask spec update writes it: nothing is pushed",
        ),
        (
            "diff --git a/x b/x\nGIT binary patch\nliteral 0\nHcmV?d00001\n\n",
            "the patch has a binary file: nothing is pushed",
        ),
        ("no patch\n", apply),
        ("\n", apply),
    ] {
        clone.write("drift/patch", made);
        clone.refuses(made, why);
    }
    assert!(!clone.path("outside").exists());

    // A file's second change counts, too.
    let twice = "--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -1,3 +1,4 @@\n [package]\n name = \"mantago\"\n+build = \"x.rs\"\n version = \"0.1.0+0.319.0\" # the API's is after the +\n";
    clone.write("drift/patch", format!("{patch}{twice}"));
    clone.refuses("twice", &other("Cargo.toml"));
    // A second change that reverts the first changes nothing.
    let there = "--- a/.gitignore\n+++ b/.gitignore\n@@ -1 +1,2 @@\n /target\n+x\n";
    let back = "--- a/.gitignore\n+++ b/.gitignore\n@@ -1,2 +1 @@\n /target\n-x\n";
    clone.write("drift/patch", format!("{there}{back}"));
    clone.refuses("there and back", "the patch changes nothing: nothing is pushed");
}

/// The previous day's branch and pull request stay as they are.
#[test]
fn a_refused_patch_changes_nothing_on_github() {
    let clone = drifted();
    clone.publishes(&[CREATED]);
    clone.open("pr", &[OWN_PULL]);
    clone.edit("Cargo.toml", "[package]\n", "[package]\nbuild = \"x.rs\"\n");
    clone.refuses("a second day", &other("Cargo.toml"));
    assert!(!clone.pushed().is_empty());
}
