//! The commands from end to end, on a small package: their output, the files that they write, and their exit status.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Run, lay_out, program, repository, scratch, spec};

const DOCUMENT: &str = "openapi/remove-personal-tag-from-user.json";
const PAGE: &str = "tests/pages/remove-personal-tag-from-user.md";
const VENDORED: &str = include_str!("../documents/page.json");
const MANIFEST: &str = "[package]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\" # here\nedition = \"2024\"\n\n\
    [features]\nmock = []\n\n[workspace]\n";

/// A package with the files that the commands read and write.
struct Package(TempDir);

impl Package {
    fn new() -> Self {
        let package = Self(tempfile::tempdir().unwrap());
        let lock = "[[package]]\nname = \"a\"\nversion = \"0.1.0+0.318.0\"\n\n[[package]]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\"\n";
        let sources = "# What stays.\n\n[remove-personal-tag-from-user]\nurl = \"https://a.example/remove-personal-tag-from-user.md\"\n\
            version = \"0.318.0\" # and this\ntaken = 2026-11-23\n";
        let files = [
            (DOCUMENT, VENDORED),
            ("openapi/sources.toml", sources),
            ("src/generated/client.rs", "// old\n"),
            ("src/lib.rs", ""),
            ("Cargo.toml", MANIFEST),
            ("Cargo.lock", lock),
            ("fuzz/Cargo.lock", lock),
            (
                "CHANGELOG.md",
                "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- API 0.318.0.\n\n## [0.1.0]\n\n- First.\n",
            ),
            (PAGE, "old page\n"),
        ];
        lay_out(package.0.path(), &files);
        package
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    /// Every file with its text.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, files) } else { files.push((path.clone(), fs::read(&path).unwrap())) }
            }
        }
        let mut files = Vec::new();
        walk(self.0.path(), &mut files);
        files.sort();
        files
    }

    fn folder(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    fn nothing_to_do(&self) -> String {
        format!("nothing to do in {}: the published documents are vendored already\n", self.folder())
    }

    fn run(&self, arguments: &[&str], input: &str) -> Run {
        self.run_killed_at(arguments, input, "never")
    }

    /// Runs a command and kills it (SIGKILL) at a step. Only tests about compiling compile the new client.
    fn run_killed_at(&self, arguments: &[&str], input: &str, step: &str) -> Run {
        let mut child = spec(self.0.path(), arguments, step)
            .env("NO_COLOR", "1")
            .env("RUST_BACKTRACE", "full")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads no input may have ended.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let mut stderr = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        while lines.read_line(&mut stderr).unwrap() > 0 {
            if stderr == "stopped\n" {
                child.kill().unwrap();
            }
        }
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        Run { status: output.status.code().unwrap_or(-1), stdout, stderr }
    }

    #[track_caller]
    fn fails(&self, arguments: &[&str], input: &str, why: &str) {
        let before = self.files();
        let run = self.run(arguments, input);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str(), run.status), ("", format!("error: {why}\n").as_str(), 2));
        assert_eq!(self.files(), before, "something was changed");
    }
}

fn vendored() -> Value {
    serde_json::from_str(VENDORED).unwrap()
}

fn page(document: &Value) -> String {
    format!("# Remove\n\n## Delete\n\n> Remove\n\n```json\n{document}\n```\n")
}

/// The next version, with a new field, platform and error status, and other prose about the identification rule.
fn bumped() -> Value {
    let mut document = vendored();
    document["info"]["version"] = json!("0.363.10");
    let request = &mut document["components"]["schemas"]["PersonalTagMappingRequest"];
    request["properties"]["reason"] = json!({ "type": "string" });
    request["properties"]["platform"]["enum"].as_array_mut().unwrap().push(json!("telegram"));
    request["description"] = json!("Give one identification");
    let responses = &mut document["paths"]["/openapi/personalTagMapping/delete"]["post"]["responses"];
    responses["409"] = responses["404"].clone();
    document
}

const TEXT: &str = "\
5 changes: 1 rule, 3 additive, 1 metadata, API 0.318.0 -> 0.363.10

rule      openapi/remove-personal-tag-from-user.json /components/schemas/PersonalTagMappingRequest/description
    old: \"Client identification rules:\\n- Either provide 'clientId' OR both 'platform' and 'platformClientId'\\n\"
    new: \"Give one identification\"
    about identifying the client: check that src/identity.rs still follows it  [identification-prose-changed 6340e07cdcc261b2]
    in requests of POST /openapi/personalTagMapping/delete

additive  openapi/remove-personal-tag-from-user.json /components/schemas/PersonalTagMappingRequest/properties/platform/enum
    new: \"telegram\"
    telegram: requests may use it  [enum-value-added 06998dd00de22d25]
    in requests of POST /openapi/personalTagMapping/delete

additive  openapi/remove-personal-tag-from-user.json /components/schemas/PersonalTagMappingRequest/properties/reason
    new: {\"type\":\"string\"}
    requests may set it  [optional-property-added 4f216f246ec3824b]
    in requests of POST /openapi/personalTagMapping/delete

additive  openapi/remove-personal-tag-from-user.json /paths/~1openapi~1personalTagMapping~1delete/post/responses/409
    new: {\"description\":\"OpenAPI configuration or client not found\",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/ErrorResponse\"}}}}
    the status is now documented  [status-added b585262c0160e5fd]
    in responses of POST /openapi/personalTagMapping/delete

metadata  openapi/remove-personal-tag-from-user.json /info/version: old: \"0.318.0\", new: \"0.363.10\"
";

#[test]
fn check_reports_worst_first() {
    let package = Package::new();
    let run = package.run(&["check", "-"], &page(&bumped()));
    assert_eq!(run.stdout, TEXT);
    assert_eq!((run.stderr.as_str(), run.status), ("", 1));

    let run = package.run(&["check", "-"], &page(&vendored()));
    assert_eq!((run.stdout.as_str(), run.stderr.as_str(), run.status), ("no changes, API 0.318.0\n", "", 0));
}

#[test]
fn check_fails_from_the_given_level() {
    let package = Package::new();
    let mut additive = vendored();
    additive["components"]["schemas"]["New"] = json!({ "type": "string" });
    let mut metadata = vendored();
    metadata["info"]["title"] = json!("Other");
    let mut breaking = vendored();
    breaking["servers"] = json!([]);
    for (document, [on_breaking, on_rule, on_additive, on_any]) in [
        (breaking, [1, 1, 1, 1]),
        (bumped(), [0, 1, 1, 1]),
        (additive, [0, 0, 1, 1]),
        (metadata, [0, 0, 0, 1]),
        (vendored(), [0, 0, 0, 0]),
    ] {
        let page = page(&document);
        for (level, status) in
            [("breaking", on_breaking), ("rule", on_rule), ("additive", on_additive), ("any", on_any), ("none", 0)]
        {
            assert_eq!(package.run(&["check", "-", "--fail-on", level], &page).status, status, "{level}");
        }
        assert_eq!(package.run(&["check", "-"], &page).status, on_rule);
    }
}

#[test]
fn check_for_machines() {
    let package = Package::new();
    let run = package.run(&["check", "-", "--format", "json"], &page(&bumped()));
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        report["summary"],
        json!({
            "changes": 5, "breaking": 0, "rule": 1, "additive": 3, "metadata": 1, "accepted": 0,
            "versions": [{ "old": "0.318.0", "new": "0.363.10" }]
        })
    );
    assert_eq!(
        report["findings"][2],
        json!({
            "id": "optional-property-added",
            "fingerprint": "4f216f246ec3824b",
            "new_since": null,
            "accepted": null,
            "document": DOCUMENT,
            "level": "additive",
            "pointer": "/components/schemas/PersonalTagMappingRequest/properties/reason",
            "old": null,
            "new": { "type": "string" },
            "meaning": "requests may set it",
            "item": "types::PersonalTagMappingRequest.reason",
            "code": [],
            "operations": [{ "operation": "POST /openapi/personalTagMapping/delete", "direction": "request" }]
        })
    );

    let run = package.run(&["check", "-", "--format", "github"], &page(&bumped()));
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(
        lines[0],
        "::notice title=API drift::5 changes: 1 rule, 3 additive, 1 metadata, API 0.318.0 -> 0.363.10"
    );
    assert_eq!(
        lines[1],
        "::warning file=openapi/remove-personal-tag-from-user.json,title=rule::/components/schemas/PersonalTagMappingRequest/description: about identifying the client: check that src/identity.rs still follows it (old: \"Client identification rules:\\n- Either provide 'clientId' OR both 'platform' and 'platformClientId'\\n\", new: \"Give one identification\")"
    );
}

#[test]
fn a_failed_comparison_exits_with_2() {
    let package = Package::new();
    package.fails(&["check", "no-such-page.md"], "", "no-such-page.md: No such file or directory (os error 2)");
    package.fails(
        &["check", "-"],
        "nothing",
        "standard input: no OpenAPI document: expected a fenced block with one, in JSON",
    );
    package.fails(&["check", "ftp://mantago.cc/a.md"], "", "ftp://mantago.cc/a.md: expected an https URL");
    package.fails(&["check", "http://mantago.cc/a.md"], "", "http://mantago.cc/a.md: expected an https URL");
    fs::write(package.path(DOCUMENT), "{").unwrap();
    package.fails(
        &["check", "-"],
        &page(&vendored()),
        &format!("{DOCUMENT}:1:1: not JSON: EOF while parsing an object"),
    );
    fs::write(package.path("openapi/sources.toml"), "[a]\nurl = \n").unwrap();
    let run = package.run(&["check", "-"], "");
    assert!(run.stderr.starts_with("error: openapi/sources.toml:2: "), "{}", run.stderr);
    assert_eq!((run.stderr.lines().count(), run.status), (1, 2));
    fs::write(package.path("openapi/sources.toml"), "[a]\nurl = 1\n").unwrap();
    package.fails(&["check", "-"], "", "openapi/sources.toml: a has no url");
    // From clap.
    let run = package.run(&["check", "-", "--fail-on", "never"], "");
    assert_eq!(run.status, 2);
}

/// Serves one response per connection. Returns the address.
fn serve(responses: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for response in responses {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read(&mut [0; 4096]).map(drop).unwrap();
            // The client may close the connection early.
            let _ = stream.write_all(response.as_bytes());
        }
    });
    address
}

fn response(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

#[test]
fn a_page_is_read_from_a_url() {
    let package = Package::new();
    let address = serve(vec![
        response("200 OK", &page(&vendored())),
        response("404 Not Found", "gone"),
        response("302 Found\r\nlocation: /moved.md", ""),
        response("200 OK", &" ".repeat(9 << 20)),
    ]);
    let url = format!("http://{address}/remove-personal-tag-from-user.md");
    assert_eq!(package.run(&["check", &url], "").stdout, "no changes, API 0.318.0\n");
    package.fails(&["check", &url], "", &format!("{url}: http status: 404"));
    package.fails(&["check", &url], "", &format!("{url}: 302 Found, redirected to /moved.md"));
    package.fails(&["check", &url], "", &format!("{url}: more than 8 MiB"));
}

#[test]
fn update_writes_every_file_of_a_new_version() {
    let package = Package::new();
    let run = package.run(&["update", "-"], &page(&bumped()));
    assert_eq!((run.stderr.as_str(), run.status), ("", 0));
    let expected = format!(
        "{TEXT}\nwritten in {}:\n  {PAGE}\n  src/generated/types.rs\n  src/generated/client.rs\n  src/generated/mock.rs\n  Cargo.lock\n  fuzz/Cargo.lock\n  Cargo.toml\n  CHANGELOG.md\n  openapi/sources.toml\n  {DOCUMENT}\n\
         not compiled (--no-compile)\n\
         still to do:\n  read the changed rules, then check src/identity.rs, and tests/vendored.rs, which quotes one\n  \
         raise the version in Cargo.toml to 0.1.1, unless it is that already: the worst change is of the level rule\n  \
         check that README.md, the description in Cargo.toml, the documentation in src, and the help of cli still name all platforms\n  \
         read the diff, and the new entry in CHANGELOG.md\n  run the tests: cargo test --workspace --features mock,tracing\n",
        package.folder()
    );
    assert_eq!(run.stdout, expected);

    assert_eq!(package.read(DOCUMENT), format!("{:#}\n", bumped()));
    let sources = package.read("openapi/sources.toml");
    assert!(sources.contains("version = \"0.363.10\""), "{sources}");
    assert!(sources.starts_with("# What stays.\n"), "{sources}");
    assert!(!sources.contains("2026-11-23"), "{sources}");
    assert_eq!(package.read(PAGE), page(&bumped()));
    assert!(package.read("src/generated/types.rs").contains("Telegram"));
    assert!(package.read("Cargo.toml").contains("version = \"0.1.0+0.363.10\" # here\n"));
    for file in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let lock = package.read(file);
        assert!(lock.contains("name = \"mantago\"\nversion = \"0.1.0+0.363.10\"\n"), "{lock}");
        assert!(lock.contains("name = \"a\"\nversion = \"0.1.0+0.318.0\"\n"), "{lock}");
    }
    let changelog = package.read("CHANGELOG.md");
    assert!(changelog.starts_with("# Changelog\n\n## [Unreleased]\n\n### API 0.363.10\n"), "{changelog}");
    let rest = "\n\n#### Added\n\n- `Platform::Telegram`\n- `types::PersonalTagMappingRequest.reason`\n\n#### Changed\n\n\
        - `types::PersonalTagMappingRequest`: its documentation has another rule for identifying the client (`\"Give one identification\"`)\n\n\
        ### Added\n\n- API 0.318.0.\n\n## [0.1.0]\n\n- First.\n";
    assert!(changelog.ends_with(&format!("### API 0.363.10{rest}")), "{changelog}");

    // A second run changes nothing.
    let files = package.files();
    let run = package.run(&["update", "-"], &page(&bumped()));
    assert_eq!(run.stdout, package.nothing_to_do());
    assert_eq!(package.files(), files);
    assert_eq!(package.run(&["check", "-", "--fail-on", "any"], &page(&bumped())).status, 0);
}

/// A refusal leaves every file as it was.
#[test]
fn update_refuses_a_document_that_cannot_be_generated() {
    let package = Package::new();
    let mut without_schema = vendored();
    without_schema["components"]["schemas"].as_object_mut().unwrap().shift_remove("PersonalTagMappingRequest");
    package.fails(
        &["update", "-"],
        &page(&without_schema),
        &format!("{DOCUMENT}: /paths/~1openapi~1personalTagMapping~1delete/post/requestBody/content/application~1json/schema: it refers to #/components/schemas/PersonalTagMappingRequest, which is not there"),
    );
    let mut plain_text = vendored();
    plain_text["paths"]["/openapi/personalTagMapping/delete"]["post"]["responses"]["202"] =
        json!({ "description": "", "content": { "text/plain": { "schema": { "type": "string" } } } });
    package.fails(
        &["update", "-"],
        &page(&plain_text),
        &format!("{DOCUMENT}: /paths/~1openapi~1personalTagMapping~1delete/post/responses/202: expected content of application/json"),
    );
    // The panic in progenitor is not printed.
    let mut unknown_type = vendored();
    unknown_type["components"]["schemas"]["ErrorResponse"]["type"] = json!("objekt");
    package.fails(
        &["update", "-"],
        &page(&unknown_type),
        &format!("{DOCUMENT}: /components/schemas/ErrorResponse/type: expected a type of JSON, found \"objekt\""),
    );
    for version in ["0.363.10+b5", "1.0 beta", "1_0", ""] {
        let mut odd = vendored();
        odd["info"]["version"] = json!(version);
        let why = "expected letters, digits, hyphens and dots, for the crate's version";
        package.fails(
            &["update", "-"],
            &page(&odd),
            &format!("remove-personal-tag-from-user: /info/version: {version:?}: {why}"),
        );
    }
    fs::write(package.path("CHANGELOG.md"), "# Changelog\n").unwrap();
    package.fails(&["update", "-"], &page(&bumped()), "CHANGELOG.md: no section [Unreleased]");
    fs::remove_file(package.path("CHANGELOG.md")).unwrap();
    package.fails(&["update", "-"], &page(&bumped()), "CHANGELOG.md: No such file or directory (os error 2)");
}

fn further_page() -> (PathBuf, Value) {
    let path = repository().join("xtask/tests/pages/clients.json");
    let document = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    (path, document)
}

#[test]
fn add_vendors_a_further_page() {
    let package = Package::new();
    let (path, document) = further_page();
    let url = "https://doc.mantago.example/mantago-en/clients.md";
    let run = package.run(&["add", path.to_str().unwrap(), "--url", url], "");
    assert_eq!((run.stderr.as_str(), run.status), ("", 0));
    let (report, written) = run.stdout.split_once(&format!("\nwritten in {}:", package.folder())).unwrap();
    assert!(report.starts_with("4 changes: 4 additive, API 0.318.0\n"), "{report}");
    assert_eq!(report.matches("\n    a new operation  ").count(), 4, "{report}");
    assert_eq!(
        written,
        "\n  tests/pages/clients.md\n  src/generated/types.rs\n  src/generated/client.rs\n  src/generated/mock.rs\n  CHANGELOG.md\n  openapi/sources.toml\n  openapi/clients.json\nnot compiled (--no-compile)\nstill to do:\n  \
         raise the version in Cargo.toml to 0.1.1, unless it is that already: the worst change is of the level additive\n  \
         check that README.md, the description in Cargo.toml, the documentation in src, and the help of cli still name all operations\n  \
         read the diff, and the new entry in CHANGELOG.md\n  run the tests: cargo test --workspace --features mock,tracing\n"
    );
    assert_eq!(package.read("openapi/clients.json"), format!("{document:#}\n"));
    assert!(package.read("src/generated/client.rs").contains("pub fn client_by_client_id_get(&self)"));
    let changelog = package.read("CHANGELOG.md");
    let entry =
        "\n### API 0.318.0\n\n#### Added\n\n- `Client::client_by_client_id_get`\n- `Client::client_by_client_id`\n";
    assert!(changelog.contains(entry), "{changelog}");

    let run = package.run(&["list"], "");
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].starts_with("remove-personal-tag-from-user  0.318.0  2026-11-23  https://a.example/"),
        "{}",
        lines[0]
    );
    assert!(lines[1].starts_with("clients  0.318.0  20") && lines[1].ends_with(url), "{}", lines[1]);

    // A second run changes nothing. Another document under that name needs `update`.
    let files = package.files();
    let run = package.run(&["add", path.to_str().unwrap(), "--url", url], "");
    assert_eq!(run.stdout, package.nothing_to_do());
    assert_eq!(package.files(), files);
    package.fails(
        &["add", "-", "--url", url],
        &page(&vendored()),
        "openapi/clients.json: is vendored already: run cargo xtask spec update",
    );
    // The input could be either of two pages.
    package.fails(
        &["check", "-"],
        &page(&vendored()),
        "standard input: unknown page: expected the name of its page, which is one of remove-personal-tag-from-user, clients",
    );
    assert_eq!(package.run(&["check", path.to_str().unwrap()], "").stdout, "no changes, API 0.318.0\n");
    let input = package.path("remove-personal-tag-from-user.md");
    fs::write(&input, page(&vendored())).unwrap();
    assert_eq!(package.run(&["check", input.to_str().unwrap()], "").status, 0);
    // Shared components of two pages change together.
    fs::write(&input, page(&bumped())).unwrap();
    package.fails(
        &["update", input.to_str().unwrap()],
        "",
        "openapi/remove-personal-tag-from-user.json and openapi/clients.json: /components/schemas/PersonalTagMappingRequest: it differs\n       \
         openapi/remove-personal-tag-from-user.json and openapi/clients.json: /components/schemas/PersonalTagMappingRequest/properties/platform: it differs",
    );
}

/// Pages may have different versions at the same time. The crate has the newest.
#[test]
fn add_vendors_a_page_of_another_version() {
    for (version, crates) in [("0.363.10", "0.363.10"), ("0.99.0", "0.318.0")] {
        let package = Package::new();
        let (_, mut document) = further_page();
        document["info"]["version"] = json!(version);
        let run = package.run(&["add", "-", "--url", "https://a.example/clients.md"], &page(&document));
        assert_eq!((run.stderr.as_str(), run.status), ("", 0));
        let client = package.read("src/generated/client.rs");
        assert!(client.contains(&format!("API_VERSION: &str = {crates:?};")), "{client}");
        assert!(package.read("Cargo.toml").contains(&format!("version = \"0.1.0+{crates}\" # here\n")));
        assert!(package.read("openapi/sources.toml").contains(&format!("version = {version:?}")));
    }
}

/// A second method under a path renames the first one.
#[test]
fn add_reports_a_method_that_it_renames() {
    let package = Package::new();
    let (_, mut reading) = further_page();
    let path = "/openapi/client/{clientId}";
    let mut writing = reading.clone();
    reading["paths"] = json!({ path: reading["paths"][path] });
    reading["paths"][path].as_object_mut().unwrap().shift_remove("post");
    writing["paths"] = json!({ path: writing["paths"][path] });
    writing["paths"][path].as_object_mut().unwrap().shift_remove("get");
    assert_eq!(package.run(&["add", "-", "--url", "https://a.example/reading.md"], &page(&reading)).status, 0);
    let run = package.run(&["add", "-", "--url", "https://a.example/writing.md"], &page(&writing));
    let expected = "still to do:\n  raise the version in Cargo.toml to 0.2.0, unless it is that already: the worst change is of the level breaking\n";
    assert!(run.stdout.contains(expected), "{} {}", run.stdout, run.stderr);
    assert!(run.stdout.contains("    code: client::builder::ClientByClientId::send changes"), "{}", run.stdout);
}

/// A document that cannot be generated is breaking, even if no single difference is.
#[test]
fn check_reports_a_document_that_cannot_be_generated() {
    let package = Package::new();
    let mut twice = vendored();
    twice["components"]["schemas"]["errorResponse"] =
        json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let run = package.run(&["check", "-"], &page(&twice));
    assert_eq!(run.status, 1);
    let why = "the generator cannot build it: /components/schemas/errorResponse: it resolves to the name types::ErrorResponse";
    assert!(run.stdout.contains(why), "{}", run.stdout);

    for (version, status) in [("openapi", "4.0.0"), ("swagger", "2.0")] {
        let mut other = vendored();
        other[version] = json!(status);
        let run = package.run(&["check", "-", "--fail-on", "breaking"], &page(&other));
        assert_eq!((run.status, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    }
}

#[test]
fn add_refuses_a_page_that_does_not_fit() {
    let package = Package::new();
    let (path, mut document) = further_page();
    let path = path.to_str().unwrap();
    package.fails(&["add", path], "", "--url is missing: expected the page's address, for openapi/sources.toml");
    package.fails(&["add", path, "--url", "http://a.example/b.md"], "", "http://a.example/b.md: expected an https URL");
    package.fails(
        &["add", path, "--url", "https://a.example/"],
        "",
        "https://a.example/: no name for the document: expected an address that ends like /some-page.md, with letters, digits, - and _",
    );
    package.fails(
        &["add", path, "--url", "https://a.example/clients"],
        "",
        "https://a.example/clients: expected the page in its Markdown form: an address that ends like /some-page.md",
    );
    document["components"]["schemas"]["ErrorResponse"]["type"] = json!("string");
    package.fails(
        &["add", "-", "--url", "https://a.example/clients.md"],
        &page(&document),
        "openapi/remove-personal-tag-from-user.json and openapi/clients.json: /components/schemas/ErrorResponse: it differs",
    );
}

/// A file that cannot be written leaves the others as they were.
#[cfg(unix)]
#[test]
fn all_files_are_written_or_none() {
    let package = Package::new();
    // A folder in place of a file: files before it in the order are written first and restored.
    fs::remove_file(package.path("fuzz/Cargo.lock")).unwrap();
    fs::remove_file(package.path("src/generated/client.rs")).unwrap();
    fs::create_dir(package.path("src/generated/client.rs")).unwrap();
    fs::write(package.path("src/generated/client.rs/keep"), "").unwrap();
    let before = package.files();
    let run = package.run(&["update", "-"], &page(&bumped()));
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.starts_with("error: src/generated/client.rs: ") && run.stderr.ends_with("; nothing was changed\n"),
        "{}",
        run.stderr
    );
    assert_eq!(package.files(), before);
}

/// No temporary file remains, and nothing in the folder for compiling.
#[cfg(unix)]
#[test]
fn a_full_disk_changes_nothing() {
    let package = Package::new();
    let before = package.files();
    let target = scratch("full-disk");
    fs::write(scratch("").join("full-disk.md"), page(&bumped())).unwrap();
    // In blocks of 512 bytes or 1 KiB: enough for the first files.
    for (blocks, options) in [("4", "--no-compile"), ("8", "--no-compile"), ("4", "")] {
        let script =
            format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" spec update \"$1\" --root \"$2\" {options}");
        let output = Command::new("sh")
            .args(["-c", &script, program().to_str().unwrap()])
            .args([scratch("").join("full-disk.md").to_str().unwrap(), package.folder()])
            .env("CARGO_TARGET_DIR", &target)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(": File too large (os error ") && said.ends_with("; nothing was changed\n"), "{said}");
        assert_eq!(package.files(), before, "{said}");
        let staged = fs::read_dir(target.join("staged")).into_iter().flatten().map(|entry| entry.unwrap().path());
        // Only the empty lock file stays.
        let left: Vec<_> = staged.filter(|path| path.extension().is_none_or(|extension| extension != "lock")).collect();
        assert!(left.is_empty(), "{said}: {left:?}");
    }
}

/// The program writes to the checkout in which cargo runs it, wherever it was compiled.
#[test]
fn the_package_is_the_checkout_that_cargo_runs_in() {
    let package = Package::new();
    fs::create_dir(package.path("xtask")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let run = |folder: &Path, cargo: Option<PathBuf>, arguments: &[&str]| {
        let mut command = Command::new(program());
        command.arg("spec").args(arguments).current_dir(folder).env_remove("CARGO_MANIFEST_DIR");
        let output = command.envs(cargo.map(|folder| ("CARGO_MANIFEST_DIR", folder))).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let input = elsewhere.path().join("a.md");
    fs::write(&input, page(&bumped())).unwrap();
    let update = ["update", input.to_str().unwrap(), "--no-compile"];
    let (status, said, wrong) = run(elsewhere.path(), Some(package.path("xtask")), &update);
    assert_eq!((status, wrong.as_str()), (Some(0), ""));
    assert!(said.contains(&format!("\nwritten in {}:\n", package.folder())), "{said}");
    assert_eq!(package.read(DOCUMENT), format!("{:#}\n", bumped()));
    // Without cargo, the current folder is the package.
    let (status, said, wrong) = run(package.0.path(), None, &update);
    assert_eq!((status, wrong.as_str()), (Some(0), ""));
    assert!(said.starts_with("nothing to do in "), "{said}");
    let (status, said, wrong) = run(elsewhere.path(), None, &["list"]);
    let why = ": no openapi/sources.toml: run cargo xtask in the repository, or name its folder with --root\n";
    assert!(status == Some(2) && said.is_empty() && wrong.starts_with("error: ") && wrong.ends_with(why), "{wrong}");
}

/// An accepted finding is reported with its reason and does not fail. An entry that matches nothing does.
#[test]
fn accepted_findings_do_not_fail() {
    let package = Package::new();
    let entry = |fingerprint: &str| {
        format!(
            "# Kept.\n\n[[accepted]]\nfingerprint = \"{fingerprint}\"\nreason = \"we have read it\"\ndate = 2026-11-24\n"
        )
    };
    fs::write(package.path("openapi/accepted.toml"), entry("6340e07cdcc261b2")).unwrap();
    let run = package.run(&["check", "-"], &page(&bumped()));
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.starts_with("5 changes: 1 rule, 3 additive, 1 metadata, 1 accepted, API "), "{}", run.stdout);
    assert!(run.stdout.contains("\n    accepted on 2026-11-24: we have read it\n"), "{}", run.stdout);
    assert_eq!(package.run(&["check", "-", "--fail-on", "additive"], &page(&bumped())).status, 1);
    // `update` removes the entries of vendored findings,
    assert_eq!(package.run(&["update", "-"], &page(&bumped())).status, 0);
    assert_eq!(package.read("openapi/accepted.toml").trim(), "# Kept.");
    // with their comments, and leaves all others as they are.
    let package = Package::new();
    let others = "[[accepted]] # the other\nfingerprint = '0123456789abcdef'\nreason = \"\"\"\nnot 6340e07cdcc261b2\n[[accepted]]\n\"\"\"\ndate = 2026-11-24\n";
    let all = format!("{}\n{others}", entry("6340e07cdcc261b2").replace("\n[[acc", "\n# Its own.\n[[acc"));
    fs::write(package.path("openapi/accepted.toml"), all).unwrap();
    assert_eq!(package.run(&["update", "-"], &page(&bumped())).status, 0);
    assert_eq!(package.read("openapi/accepted.toml"), format!("# Kept.\n\n\n{others}"));
    fs::write(package.path("openapi/accepted.toml"), entry("0000000000000000")).unwrap();
    let why = "openapi/accepted.toml: 0000000000000000 (we have read it): it matches no finding: remove it";
    package.fails(&["check", "-"], &page(&bumped()), why);
}

/// New findings come first, whatever their level. The last line of the Markdown is a report to compare with.
#[test]
fn findings_since_an_earlier_report_are_marked() {
    let package = Package::new();
    let mut earlier = bumped();
    earlier["components"]["schemas"]["PersonalTagMappingRequest"]["properties"]
        .as_object_mut()
        .unwrap()
        .shift_remove("reason");
    let markdown = package.run(&["check", "-", "--format", "markdown"], &page(&earlier)).stdout;
    let last = markdown.lines().last().unwrap();
    let report = last.strip_prefix("<!-- since ").unwrap().strip_suffix(" -->").unwrap();
    let json = package.run(&["check", "-", "--format", "json"], &page(&earlier)).stdout;
    let file = package.path("earlier.json");
    for report in [report, &json] {
        fs::write(&file, report).unwrap();
        let run = package.run(&["check", "-", "--since", file.to_str().unwrap()], &page(&bumped()));
        let first = run.stdout.lines().nth(2).unwrap();
        assert!(first.starts_with("new: additive  ") && first.ends_with("/properties/reason"), "{}", run.stdout);
        assert_eq!(run.stdout.matches("\nnew: ").count(), 1);
    }
    fs::write(&file, "{}").unwrap();
    let run = package.run(&["check", "-", "--since", file.to_str().unwrap()], &page(&bumped()));
    assert!(run.stderr.ends_with("earlier.json: not a report of --format json\n"), "{}", run.stderr);
    assert_eq!(run.status, 2);
}

/// Two pages that share schemas.
fn two_pages() -> (Package, Value, PathBuf) {
    let package = Package::new();
    let (path, document) = further_page();
    let url = "https://a.example/clients.md";
    assert_eq!(package.run(&["add", path.to_str().unwrap(), "--url", url], "").status, 0);
    (package, document, path)
}

/// Replaces the shared schemas of a page with those of another.
fn follow(document: &mut Value, other: &Value) {
    document["info"]["version"] = other["info"]["version"].clone();
    for (name, schema) in document["components"]["schemas"].as_object_mut().unwrap() {
        if let Some(theirs) = other["components"]["schemas"].get(name) {
            *schema = theirs.clone();
        }
    }
}

/// The page's changes keep their levels, and the report names the page that must follow.
#[test]
fn one_page_may_be_published_before_another() {
    let (package, mut clients, _) = two_pages();
    let hint = json!({ "type": "string" });
    let mut first = bumped();
    first["components"]["schemas"]["ErrorResponse"]["properties"]["hint"] = hint.clone();
    let input = package.path("remove-personal-tag-from-user.md");
    fs::write(&input, page(&first)).unwrap();
    let run = package.run(&["check", input.to_str().unwrap(), "--fail-on", "breaking"], "");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(run.stdout.contains("json: /components/schemas/ErrorResponse: it differs\n"), "{}", run.stdout);
    // The page cannot be vendored alone, and the error lists all conflicts. Both pages together can.
    let run = package.run(&["update", input.to_str().unwrap()], "");
    assert_eq!((run.status, run.stderr.lines().count()), (2, 3), "{}", run.stderr);
    follow(&mut clients, &first);
    let second = package.path("clients.md");
    fs::write(&second, page(&clients)).unwrap();
    let inputs = [input.to_str().unwrap(), second.to_str().unwrap()];
    let run = package.run(&["update", inputs[0], inputs[1]], "");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert_eq!(package.run(&["check", inputs[0], inputs[1], "--fail-on", "any"], "").status, 0);
}

#[test]
fn one_page_without_the_rule_may_be_published_before_another() {
    let package = Package::new();
    let mut bots: Value = serde_json::from_str(include_str!("../documents/bots.json")).unwrap();
    let url = "https://a.example/bots.md";
    let added = package.run(&["add", "-", "--url", url], &page(&bots));
    assert_eq!((added.status, added.stderr.as_str()), (0, ""));
    bots["components"]["schemas"]["ErrorResponse"]["properties"]["hint"] = json!({ "type": "string" });
    let input = package.path("bots.md");
    fs::write(&input, page(&bots)).unwrap();
    let run = package.run(&["check", input.to_str().unwrap(), "--fail-on", "breaking"], "");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(run.stdout.contains("/components/schemas/ErrorResponse: it differs\n"), "{}", run.stdout);
    assert!(run.stdout.contains("/components/schemas/ErrorResponse/properties/hint\n"), "{}", run.stdout);
}

/// Kills a command at every step and runs it again: the files are the same as after one complete run.
#[track_caller]
fn is_finished_by_the_next(package: &Package, command: &[&str]) {
    let copy = || {
        let copy = Package(tempfile::tempdir().unwrap());
        for (path, text) in package.files() {
            let path = copy.path(path.strip_prefix(package.0.path()).unwrap().to_str().unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        copy
    };
    let run = |package: &Package, step: &str| {
        // Files in the package's folder are inputs.
        let arguments = command.iter().map(|argument| {
            let file = package.path(argument);
            if file.is_file() { file.to_str().unwrap().to_owned() } else { (*argument).to_owned() }
        });
        let arguments: Vec<_> = arguments.collect();
        package.run_killed_at(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), "", step)
    };
    let texts = |package: &Package| {
        let files = package.files().into_iter();
        files.map(|(path, text)| (path.strip_prefix(package.0.path()).unwrap().to_owned(), text)).collect::<Vec<_>>()
    };
    let whole = copy();
    assert_eq!(run(&whole, "never").status, 0);
    for step in 1.. {
        let killed = copy();
        let status = run(&killed, &step.to_string()).status;
        if status == 0 {
            assert!(step > 10, "{step}");
            break;
        }
        assert_eq!(status, -1);
        let again = run(&killed, "never");
        assert_eq!((again.status, again.stderr.as_str()), (0, ""), "step {step}");
        assert!(!again.stdout.contains("cannot build"), "step {step}: {}", again.stdout);
        assert!(texts(&killed) == texts(&whole), "step {step}");
    }
}

/// A page with one operation, beside the vendored one.
fn small_page(document: &Value) -> String {
    let mut small = document.clone();
    small["paths"] = json!({ "/openapi/personalTagMapping": document["paths"]["/openapi/personalTagMapping/delete"] });
    page(&small)
}

const SMALL: &str = "https://a.example/tags.md";

#[test]
fn a_killed_update_is_finished_by_the_next() {
    let package = Package::new();
    assert_eq!(package.run(&["add", "-", "--url", SMALL], &small_page(&vendored())).status, 0);
    fs::write(package.path("tags.md"), small_page(&bumped())).unwrap();
    fs::write(package.path("remove-personal-tag-from-user.md"), page(&bumped())).unwrap();
    is_finished_by_the_next(&package, &["update", "remove-personal-tag-from-user.md", "tags.md"]);
}

#[test]
fn a_killed_add_is_finished_by_the_next() {
    let package = Package::new();
    fs::write(package.path("page.md"), small_page(&vendored())).unwrap();
    is_finished_by_the_next(&package, &["add", "page.md", "--url", SMALL]);
}

/// Code that does not compile is not written: with the mock, without it, or as an example.
#[test]
fn update_compiles_first() {
    // The items that the examples use.
    let library = "pub struct Client;\npub struct Error;\n\
        impl Client {\n    pub fn personal_tag_mapping_delete(&self) -> Builder {\n        Builder\n    }\n}\n\
        pub struct Builder;\n\
        impl Builder {\n    pub fn bot_id(self, _: String) -> Self {\n        self\n    }\n    \
        pub fn body(self, _: types::PersonalTagMappingRequest) -> Self {\n        self\n    }\n    \
        pub async fn send(self) -> Result<Box<u8>, Error> {\n        Ok(Box::new(0))\n    }\n}\n\
        pub mod types {\n    pub struct PersonalTagMappingRequest;\n}\n";
    let package = Package::new();
    fs::write(package.path("src/lib.rs"), library).unwrap();
    // Another member of the workspace depends on the package's version.
    fs::write(package.path("Cargo.toml"), format!("{MANIFEST}members = [\"user\"]\n")).unwrap();
    fs::create_dir_all(package.path("user/src")).unwrap();
    fs::write(package.path("user/src/lib.rs"), "").unwrap();
    let user = "[package]\nname = \"user\"\n\n[dependencies]\nmantago = { path = \"..\", version = \"0.1.0\" }\n";
    fs::write(package.path("user/Cargo.toml"), user).unwrap();
    let run = package.run(&["update", "-", "compile"], &page(&bumped()));
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("\ncompiled: without and with the mock\n"), "{}", run.stdout);
    for (text, why) in [
        (
            format!("#[cfg(feature = \"mock\")]\ncompile_error!(\"no\");\n{library}"),
            " with mock: src/lib.rs:2:1: error: no; nothing was changed",
        ),
        (
            library.replace("bot_id", "bot"),
            ": src/lib.rs:35:10: error[E0599]: no method named `bot_id` found for struct `Builder` in the current scope; nothing was changed",
        ),
    ] {
        let package = Package::new();
        fs::write(package.path("src/lib.rs"), text).unwrap();
        package.fails(&["update", "-", "compile"], &page(&bumped()), &format!("the new client does not compile{why}"));
    }
}

#[test]
fn a_lower_version_is_reported() {
    let mut lower = vendored();
    lower["info"]["version"] = json!("0.99.0");
    let run = Package::new().run(&["check", "-"], &page(&lower));
    assert!(run.stdout.starts_with("1 change: 1 metadata, API 0.318.0 -> 0.99.0 (lower)\n"), "{}", run.stdout);
}

#[test]
fn help_is_complete() {
    for (arguments, names) in [
        (
            &["check", "--help"][..],
            &[
                "[INPUTS]...",
                "--fail-on",
                "--format",
                "--since",
                "--offline",
                "--root",
                "Exit status",
                "breaking",
                "github",
                "markdown",
            ][..],
        ),
        (&["update", "--help"], &["[INPUTS]...", "--no-compile", "--root", "Exit status"]),
        (&["add", "--help"], &["[INPUT]", "--url", "--all", "--no-compile", "--root", "Exit status"]),
        (&["remove", "--help"], &["<NAME>", "--no-compile", "--root", "Exit status"]),
        (&["list", "--help"], &["--root"]),
        (&["--help"], &["check", "update", "add", "remove", "list"]),
    ] {
        let output = Command::new(program()).arg("spec").args(arguments).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0));
        for name in names {
            assert!(help.contains(name), "{name} is not in: {help}");
        }
    }
}
