//! What a user builds: without `codegen` nothing of the generator, and four crates more than for the call by hand.

use std::collections::BTreeSet;
use std::process::Command;

/// The names of the crates that a package and its features need, itself not among them.
fn crates(package: &str, features: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
        .args(["--package", package, "--no-default-features", "--features", features])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    let names = printed.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != package).map(str::to_owned).collect()
}

#[test]
fn four_crates_more_than_by_hand() {
    for (tls, more) in [
        ("", &["futures-sink", "progenitor-client", "tokio-util", "zeroize"][..]),
        ("rustls", &["futures-sink", "progenitor-client", "tokio-util"]),
        ("native-tls", &["futures-sink", "progenitor-client", "tokio-util"]),
    ] {
        let by_hand = crates("by-hand", tls);
        let mantago = crates("mantago", tls);
        assert_eq!(mantago.difference(&by_hand).collect::<Vec<_>>(), more, "{tls}");
    }
}

#[test]
fn only_codegen_needs_the_generator() {
    let generator = ["progenitor", "progenitor-impl", "typify", "openapiv3", "prettyplease", "schemars", "heck"];
    let with = crates("mantago", "codegen");
    assert!(generator.iter().all(|name| with.contains(*name)), "{with:?}");
    for features in ["", "rustls", "native-tls", "rustls,tracing"] {
        let without = crates("mantago", features);
        assert!(generator.iter().all(|name| !without.contains(*name)), "{without:?}");
        assert!(!without.contains("thiserror"), "{without:?}");
    }
}

/// Another provider of cryptography is only for those who choose it.
#[test]
fn rustls_is_built_with_ring_alone() {
    assert!(crates("mantago", "rustls").contains("ring"));
    assert!(!crates("mantago", "rustls").contains("aws-lc-sys"));
    assert!(!crates("mantago", "rustls-no-provider").contains("ring"));
}
