//! What is published: what the crate is built from, its texts, and its examples. No tests, no fixtures.

use std::process::Command;

#[test]
fn the_package_holds_what_it_should_and_no_more() {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline", "--quiet"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let (documents, others): (Vec<_>, Vec<_>) = listed.lines().partition(|file| file.starts_with("openapi/"));
    assert!(documents.contains(&"openapi/sources.toml"));
    assert!(
        documents.iter().all(|file| file.rsplit('.').next().is_some_and(|end| ["json", "toml"].contains(&end))),
        "{documents:?}"
    );
    // Cargo adds this one where it finds git.
    let listed: Vec<_> = others.into_iter().filter(|file| *file != ".cargo_vcs_info.json").collect();
    assert_eq!(
        listed,
        [
            "CHANGELOG.md",
            "Cargo.lock",
            "Cargo.toml",
            "Cargo.toml.orig",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "README.md",
            "build/calls.rs",
            "build/client.rs",
            "build/generator.rs",
            "build/merge.rs",
            "build/names.rs",
            "build/prepare.rs",
            "build/tables.rs",
            "build.rs",
            "examples/embedded_mantago/mod.rs",
            "examples/remove_personal_tag.rs",
            "examples/untag.rs",
            "src/client.rs",
            "src/error.rs",
            "src/error_code.rs",
            "src/events.rs",
            "src/generated.rs",
            "src/hooks.rs",
            "src/identity.rs",
            "src/lib.rs",
            "src/response.rs",
            "src/retry.rs",
            "src/secret.rs",
        ]
    );
}
