//! The artifact's folder: the second step reads only three regular files of limited size, whatever the first step leaves.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::json;

use super::{CREATED, Repository, succeeds, with};

/// The files of a drift that could be published.
fn drifted() -> Repository {
    let clone = Repository::new();
    succeeds(&clone.compare(&with(&["reason"])));
    clone
}

#[test]
fn no_link_is_followed() {
    for file in ["status", "report.md", "patch"] {
        let clone = drifted();
        let (place, secret) = (clone.path("drift").join(file), clone.path("secret"));
        fs::rename(&place, &secret).unwrap();
        let why = format!("{file}: expected a regular file");
        symlink(&secret, &place).unwrap();
        clone.refuses("a symbolic link", &why);
        fs::remove_file(&place).unwrap();
        fs::hard_link(&secret, &place).unwrap();
        clone.refuses("a hard link", &why);
        fs::remove_file(&place).unwrap();
        symlink("/nowhere", &place).unwrap();
        clone.refuses("a dangling link", &why);
        fs::remove_file(&place).unwrap();
        symlink("/dev/zero", &place).unwrap();
        clone.refuses("an endless device", &why);
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        clone.refuses("a folder", &why);
        fs::remove_dir(&place).unwrap();
        assert!(Command::new("mkfifo").arg(&place).status().unwrap().success());
        clone.refuses("a pipe", &why);
        fs::remove_file(&place).unwrap();
        fs::rename(&secret, &place).unwrap();
        clone.publishes(&[CREATED]);
    }
}

/// The second step writes nothing into the folder, where a link could lead anywhere.
#[test]
fn nothing_is_written_into_the_folder() {
    let clone = drifted();
    clone.write("victim", "as it was");
    for name in ["body.md", "now", "code", "index", "old", "new", "update.md"] {
        let _ = fs::remove_file(clone.path("drift").join(name));
        symlink(clone.path("victim"), clone.path("drift").join(name)).unwrap();
    }
    clone.publishes(&[CREATED]);
    assert_eq!(fs::read_to_string(clone.path("victim")).unwrap(), "as it was");
}

#[test]
fn a_status_is_0_or_1() {
    let clone = drifted();
    for status in ["", "2\n", "11", "01", "1 ", "1\0", "\u{661}", "a", "-1", "$(id)"] {
        clone.write("drift/status", status);
        let why =
            if status.len() > 2 { "status: expected at most 2 bytes" } else { "expected 0 or 1 in the file status" };
        clone.refuses(status, why);
    }
    fs::remove_file(clone.path("drift/status")).unwrap();
    clone.refuses("no status", "expected 0 or 1 in the file status");
    clone.write("drift/status", "1");
    clone.publishes(&[CREATED]);
}

#[test]
fn a_file_that_is_missing_or_too_large_is_refused() {
    let clone = drifted();
    let patch = fs::OpenOptions::new().write(true).open(clone.path("drift/patch")).unwrap();
    // Sparse: it takes no space.
    patch.set_len(20 << 30).unwrap();
    clone.refuses("a patch of 20 GiB", "patch: expected at most 33554432 bytes");
    fs::remove_file(clone.path("drift/report.md")).unwrap();
    clone.refuses("without a report", "patch: expected at most 33554432 bytes");

    let clone = drifted();
    fs::remove_file(clone.path("drift/report.md")).unwrap();
    clone.refuses("without a report", "expected the file report.md");
    let report = fs::File::create(clone.path("drift/report.md")).unwrap();
    report.set_len(20 << 30).unwrap();
    clone.publishes(&[&format!("{CREATED} --draft")]);

    fs::remove_dir_all(clone.path("drift")).unwrap();
    clone.refuses("without a folder", "expected the folder that compare has filled");
}

/// Neither names nor texts of the artifact reach the log, where GitHub's runner would take them for commands.
#[test]
fn the_log_repeats_nothing_of_the_artifact() {
    let clone = drifted();
    let legitimate = fs::read_to_string(clone.path("drift/patch")).unwrap();
    let name = "::error::x/##[add-path]x";
    for patch in [
        "\n::error::x\n##[add-path]x\n".to_owned(),
        format!("diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+x\n"),
        format!("diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n-y\n+x\n"),
        legitimate.replace("+  \"openapi\"", "+::error::x  \n+  \"openapi\""),
        legitimate.replacen("@@ ", "@@ -1,2 ::error::x @@\n", 1),
        legitimate.replace("+# Remove", "+::error::x\0"),
        legitimate.replace("+#### Added", "+::error::x"),
    ] {
        clone.write("drift/patch", patch);
        clone.write("drift/report.md", "::error::x\n##[add-path]x\n");
        clone.write("drift/::error::x", json!({ "a": 1 }).to_string());
        let (output, _) = clone.publish();
        let printed = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8_lossy(&printed).contains("error::x"), "{}", String::from_utf8_lossy(&printed));
    }
}
