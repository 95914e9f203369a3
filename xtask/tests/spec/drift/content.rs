//! The content of the patch's files: text that hides nothing, and no change that `spec update` doesn't make.

use std::fs;

use super::patch::{drifted, other};
use super::{CHANGELOG, DOCUMENT, GENERATED, LOCK, MANIFEST, PAGE, SOURCES, with};

fn hidden(file: &str) -> String {
    format!("{file}: expected UTF-8 without control or bidirectional characters: nothing is pushed")
}

/// Bytes that a terminal, an editor or a diff would not show as they are.
#[test]
fn text_that_hides_something_is_refused() {
    let clone = drifted();
    let append = |file: &str, bytes: &[u8]| {
        clone.tamper(|| {
            let path = format!("forged/{file}");
            let text = fs::read(clone.path(&path)).unwrap();
            clone.write(&path, [&text, bytes].concat());
        });
        clone.refuses(&format!("{file} {bytes:?}"), &hidden(file));
    };
    for bytes in [
        &b"\x01\n"[..],
        b"\x08\n",
        b"\x0c\n",
        b"\x1b[31m\n",
        b"\x7f\n",
        b"a\rb\n",
        b"\xc2\x85\n",
        b"\xc2\x9b\n",
        "\u{61c}\n".as_bytes(),
        "\u{200e}\n".as_bytes(),
        "\u{2066}\n".as_bytes(),
        "\u{206a}\n".as_bytes(),
        "\u{fff9}\n".as_bytes(),
        "\u{e0041}\n".as_bytes(),
        b"\xff\n",
        b"\xc0\x80\n",
        b"\xe2\x80\n",
        b"\xed\xa0\x80\n",
        b"\xf4\x90\x80\x80\n",
    ] {
        append(PAGE, bytes);
    }
    for file in [
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "fuzz/Cargo.lock",
        DOCUMENT,
        "openapi/sources.toml",
        GENERATED[1],
        PAGE,
    ] {
        append(file, b"# \0\n");
        append(file, "\u{202e}\n".as_bytes());
        append(file, "\u{9b}\n".as_bytes());
        if file != PAGE {
            append(file, b"\t\n");
            append(file, b"x");
        }
    }
}

#[test]
fn nothing_but_the_version_of_the_package_changes_in_manifests() {
    let clone = drifted();
    let version = "version = \"0.1.0+0.319.0\"";
    for (file, old, new) in [
        ("Cargo.toml", version, "version = \"0.2.0+0.319.0\""),
        ("Cargo.toml", version, "version = \"0.1.0+0.319.0 \""),
        ("Cargo.toml", version, "version = \"0.1.0+\""),
        ("Cargo.toml", version, "version = \"0.1.0\""),
        ("Cargo.toml", version, "version = \"0.1.0+$(id)\""),
        ("Cargo.toml", version, "version = \"0.1.0+0.319.0\"\nbuild = \"x.rs\""),
        ("Cargo.toml", version, "version = \"0.1.0+0.319.0\" #\n#"),
        ("Cargo.toml", "name = \"mantago\"\n", "name = \"montago\"\n"),
        ("Cargo.toml", MANIFEST.split_once(" # ").unwrap().1, "\n[dependencies]\nevil = \"1\"\n"),
        ("Cargo.toml", "[package]\n", "[package]\n\n"),
        ("Cargo.lock", LOCK.split_once("dependencies").unwrap().1, " = [\n \"a\",\n \"evil\",\n]\n"),
        ("Cargo.lock", "name = \"a\"\nversion = \"0.1.0+0.318.0\"", "name = \"a\"\nversion = \"0.1.0+0.319.0\""),
        ("Cargo.lock", "name = \"a\"\nversion = \"0.1.0+0.318.0\"", "name = \"a\"\nversion = \"6.6.6\""),
        ("Cargo.lock", version, "version = \"0.1.0+0.320.0\""),
        ("fuzz/Cargo.lock", "version = 4\n", "version = 4\n\n[[package]]\nname = \"evil\"\nversion = \"1.0.0\"\n"),
        ("fuzz/Cargo.lock", "version = 4\n", "version = 3\n"),
        ("fuzz/Cargo.lock", "name = \"mantago\"\n", "name = \"mantago\"\nsource = \"registry+https://evil.example\"\n"),
    ] {
        clone.edit(file, old, new);
        clone.refuses(new, &other(file));
    }
}

#[test]
fn nothing_but_versions_days_and_addresses_change_in_sources() {
    let clone = drifted();
    let url = "url = \"https://a.example/en/remove-personal-tag-from-user.md\"";
    for (old, new) in [
        (url, "url = \"https://evil.example/en/remove-personal-tag-from-user.md\""),
        (url, "url = \"https://a.example/en@evil.example/remove-personal-tag-from-user.md\""),
        (url, "url = \"https://a.example@evil.example/en/remove-personal-tag-from-user.md\""),
        (url, "url = \"https://a.example.evil.example/en/remove-personal-tag-from-user.md\""),
        (url, "url = \"http://a.example/en/remove-personal-tag-from-user.md\""),
        (url, "url = \"https://a.example/zh/remove-personal-tag-from-user.md\""),
        (url, "url = \"https://a.example/en/../zh/remove-personal-tag-from-user.md\""),
        (url, "url = \"https://a.example/en/a/./remove-personal-tag-from-user.md\""),
        (url, "url = \"https://a.example/en/%2e%2e/remove-personal-tag-from-user.md\""),
        (url, "url = \"https://a.example/en/;id;/remove-personal-tag-from-user.md\""),
        (url, "url = \"https://a.example/en/other.md\""),
        (url, "url = \"https://a.example/en/not-remove-personal-tag-from-user.md\""),
        (url, "url = \"https://a.example/en/remove-personal-tag-from-user.md?x\""),
        (url, "url = \"https://a.example/en/x\\\"y/remove-personal-tag-from-user.md\""),
        ("version = \"0.319.0\"", "version = \"$(id)\""),
        ("version = \"0.319.0\"", "version = \"1\" # x"),
        ("version = \"0.319.0\"", "version = \"1\"\nmore = \"1\""),
        ("version = \"0.319.0\"", "url = \"https://a.example/en/remove-personal-tag-from-user.md\""),
        ("\ntaken = ", "\ntaken = 1"),
        ("\ntaken = 20", "\ntaken = 9999-99-99 # 20"),
        ("\ntaken = ", "\n# taken = "),
        ("index = \"https://a.example/", "index = \"https://evil.example/"),
        ("pages = \"https://a.example/en/", "pages = \"https://a.example/"),
        ("\n\n[", "\n\n[other]\nurl = \"https://a.example/en/other.md\"\nversion = \"1\"\ntaken = 2026-11-24\n\n["),
        ("[remove-personal-tag-from-user]", "[other]"),
    ] {
        clone.edit("openapi/sources.toml", old, new);
        clone.refuses(new, &other("openapi/sources.toml"));
    }
    // If the vendored documentation has no address of its own, none may change.
    let sources = SOURCES.split_once("\n\n").unwrap().1;
    clone.commit(&[("openapi/sources.toml", sources), ("openapi/accepted.toml", "# None.\n")]);
    clone.drift(&with(&["reason", "more"]));
    clone.edit("openapi/sources.toml", url, url.replace("en/", "en/en/"));
    clone.refuses("without pages", &other("openapi/sources.toml"));
}

#[test]
fn accepted_toml_loses_whole_entries_and_gains_none() {
    let clone = drifted();
    let made_up = "[[accepted]]\nfingerprint = \"1111111111111111\"\nreason = \"r\"\ndate = 2026-11-24\n";
    for (old, new) in [
        ("\n# The end.\n", format!("\n{made_up}\n# The end.\n")),
        ("[[accepted]]", format!("{made_up}\n[[accepted]]")),
        ("0123456789abcdef", "fedcba9876543210".to_owned()),
        ("date = 2026-11-24\n", String::new()),
        ("# not a comment\n", String::new()),
        ("# The end.\n", String::new()),
        ("# The end.\n", "# The end. Or not.\n".to_owned()),
        ("# Accepted findings.\n", String::new()),
        ("# another", String::new()),
        ("[[accepted]]\n# not a comment\n", String::new()),
    ] {
        clone.edit("openapi/accepted.toml", old, &new);
        clone.refuses(&format!("{old:?} {new:?}"), &other("openapi/accepted.toml"));
    }
}

#[test]
fn the_changelog_gains_entries_and_loses_nothing() {
    let clone = drifted();
    let heading = "### API 0.319.0\n";
    for (old, new) in [
        ("- First.\n", ""),
        ("- First.\n", "- First.\n- Second.\n"),
        ("- First.\n", "- First.\n\n- `types::A`\n"),
        ("# Changelog\n", "# Changelog\n\n- `types::A`\n"),
        ("## 0.1.0\n", "## 0.2.0\n\n## 0.1.0\n"),
        ("## 0.1.0\n", ""),
        (heading, "### API 0.319.0 is evil\n"),
        (heading, "### Security\n"),
        (heading, "### API 0.319.0\n\nSee https://evil.example\n"),
        ("#### Added\n\n", "#### Added\n\n- <img src=x>\n"),
        ("#### Added\n\n", "#### Added\n\n- `a` <img src=x>\n"),
        ("#### Added\n\n", "#### Added\n\n- `a`: [b](https://evil.example)\n"),
        ("#### Added\n\n", "#### Added\n\n- `a`` @org\n"),
        ("#### Added\n\n", "#### Added\n\n- `a` `` @org `\n"),
        ("#### Added\n\n", "#### Added\n\n- `a\\` @org `b`\n"),
        ("#### Added\n\n", "#### Added\n\n- the API: ![x](x)\n"),
        ("#### Added\n\n", "#### Added\n\n* `a`\n"),
        ("#### Added\n\n", "#### Approved\n\n- `a`\n"),
    ] {
        clone.edit("CHANGELOG.md", old, new);
        clone.refuses(&format!("{old:?} {new:?}"), &other("CHANGELOG.md"));
    }
    // Of a released version, not even the line for no entries may go.
    let none = format!("{CHANGELOG}\nNothing that code depends on.\n");
    clone.commit(&[("CHANGELOG.md", &none)]);
    clone.drift(&with(&["reason", "more"]));
    clone.edit("CHANGELOG.md", "\nNothing that code depends on.\n", "\n");
    clone.refuses("a released version", &other("CHANGELOG.md"));
}
