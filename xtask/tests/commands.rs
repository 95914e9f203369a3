//! The commands from end to end, on a small package of their own: what they print, what they write, and how they end.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const DOCUMENT: &str = "openapi/remove-personal-tag-from-user.json";
const PAGE: &str = "tests/pages/remove-personal-tag-from-user.md";
const VENDORED: &str = include_str!("../../tests/documents/page.json");

/// What is of a bump: the files that the commands read and write.
struct Package(TempDir);

struct Run {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Package {
    fn new() -> Self {
        let package = Self(tempfile::tempdir().unwrap());
        let lock = "[[package]]\nname = \"a\"\nversion = \"0.1.0+0.318.0\"\n\n[[package]]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\"\n";
        let sources = "# What stays.\n\n[remove-personal-tag-from-user]\nurl = \"https://a.example/remove-personal-tag-from-user.md\"\n\
            version = \"0.318.0\" # and this\ntaken = 2026-11-23\n";
        for (file, text) in [
            (DOCUMENT, VENDORED),
            ("openapi/sources.toml", sources),
            ("src/generated.rs", "// old\n"),
            (
                "Cargo.toml",
                "[package]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\" # here\n\n[dependencies]\na = { version = \"0.1.0\" }\n",
            ),
            ("Cargo.lock", lock),
            ("fuzz/Cargo.lock", lock),
            (
                "CHANGELOG.md",
                "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- API 0.318.0.\n\n## [0.1.0]\n\n- First.\n",
            ),
            (PAGE, "old page\n"),
        ] {
            fs::create_dir_all(package.path(file).parent().unwrap()).unwrap();
            fs::write(package.path(file), text).unwrap();
        }
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

    fn run(&self, arguments: &[&str], input: &str) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("spec")
            .args(arguments)
            .args(["--root", self.0.path().to_str().unwrap()])
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { status: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
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

/// The next version: a field, a platform and an error status more, and prose that the rule was written from.
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
    src/identity.rs was written from this text: read it, and whether the rule still holds
    in requests of POST /openapi/personalTagMapping/delete

additive  openapi/remove-personal-tag-from-user.json /components/schemas/PersonalTagMappingRequest/properties/platform/enum
    old: [\"line\",\"facebook\",\"instagram\",\"liveChat\",\"whatsapp\"]
    new: [\"line\",\"facebook\",\"instagram\",\"liveChat\",\"whatsapp\",\"telegram\"]
    requests may say \"telegram\"
    in requests of POST /openapi/personalTagMapping/delete

additive  openapi/remove-personal-tag-from-user.json /components/schemas/PersonalTagMappingRequest/properties/reason
    new: {\"type\":\"string\"}
    reason can be set or read
    in requests of POST /openapi/personalTagMapping/delete

additive  openapi/remove-personal-tag-from-user.json /paths/~1openapi~1personalTagMapping~1delete/post/responses/409
    new: {\"description\":\"OpenAPI configuration or client not found\",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/ErrorResponse\"}}}}
    status 409 is documented, with the body of the other errors
    in answers of POST /openapi/personalTagMapping/delete

metadata  openapi/remove-personal-tag-from-user.json /info/version
    old: \"0.318.0\"
    new: \"0.363.10\"
    no effect on the client
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
fn check_fails_on_what_it_is_told() {
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
            "changes": 5, "breaking": 0, "rule": 1, "additive": 3, "metadata": 1,
            "versions": [{ "old": "0.318.0", "new": "0.363.10" }]
        })
    );
    assert_eq!(
        report["findings"][2],
        json!({
            "document": DOCUMENT,
            "level": "additive",
            "pointer": "/components/schemas/PersonalTagMappingRequest/properties/reason",
            "old": null,
            "new": { "type": "string" },
            "meaning": "reason can be set or read",
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
        "::warning file=openapi/remove-personal-tag-from-user.json,title=rule::/components/schemas/PersonalTagMappingRequest/description: src/identity.rs was written from this text: read it, and whether the rule still holds (\"Client identification rules:\\n- Either provide 'clientId' OR both 'platform' and 'platformClientId'\\n\" -> \"Give one identification\")"
    );
}

#[test]
fn what_cannot_be_compared_ends_with_2() {
    let package = Package::new();
    package.fails(&["check", "no-such-page.md"], "", "no-such-page.md: No such file or directory (os error 2)");
    package.fails(
        &["check", "-"],
        "nothing",
        "standard input: no OpenAPI document in it: expected a fenced block with one",
    );
    package.fails(
        &["check", "-", "--page", "other"],
        "",
        "--page other: no such page: expected one of remove-personal-tag-from-user",
    );
    package.fails(&["check", "ftp://mantago.cc/a.md"], "", "ftp://mantago.cc/a.md: expected an https URL");
    package.fails(&["check", "http://mantago.cc/a.md"], "", "http://mantago.cc/a.md: expected an https URL");
    fs::write(package.path(DOCUMENT), "{").unwrap();
    package.fails(
        &["check", "-"],
        &page(&vendored()),
        &format!("{DOCUMENT}: not JSON: EOF while parsing an object at line 1 column 1"),
    );
    fs::write(package.path("openapi/sources.toml"), "[a]\nurl = \n").unwrap();
    let run = package.run(&["check", "-"], "");
    assert!(run.stderr.starts_with("error: openapi/sources.toml:2: "), "{}", run.stderr);
    assert_eq!((run.stderr.lines().count(), run.status), (1, 2));
    fs::write(package.path("openapi/sources.toml"), "[a]\nurl = 1\n").unwrap();
    package.fails(&["check", "-"], "", "openapi/sources.toml: a has no url");
    // clap's own.
    let run = package.run(&["check", "-", "--fail-on", "never"], "");
    assert_eq!(run.status, 2);
}

/// A server of one answer for each connection; returns its address.
fn serve(answers: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read(&mut [0; 4096]).map(drop).unwrap();
            // The client may have enough before the end.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

#[test]
fn a_page_from_a_url() {
    let package = Package::new();
    let moved = answer("302 Found\r\nlocation: /moved.md", "");
    let ok = answer("200 OK", &page(&vendored()));
    let address = serve(vec![
        moved,
        ok,
        answer("404 Not Found", "gone"),
        answer("302 Found\r\nlocation: http://127.0.0.2:1/", ""),
        answer("200 OK", &" ".repeat(9 << 20)),
    ]);
    let url = format!("http://{address}/remove-personal-tag-from-user.md");
    assert_eq!(package.run(&["check", &url], "").stdout, "no changes, API 0.318.0\n");
    package.fails(&["check", &url], "", &format!("{url}: 404 Not Found"));
    package.fails(&["check", &url], "", &format!("{url}: a redirect to another host"));
    package.fails(&["check", &url], "", &format!("{url}: more than 8 MiB"));
}

#[test]
fn update_writes_all_that_a_bump_touches() {
    let package = Package::new();
    let run = package.run(&["update", "-"], &page(&bumped()));
    assert_eq!((run.stderr.as_str(), run.status), ("", 0));
    let told = format!(
        "{TEXT}\nwritten:\n  {DOCUMENT}\n  openapi/sources.toml\n  src/generated.rs\n  Cargo.toml\n  Cargo.lock\n  fuzz/Cargo.lock\n  CHANGELOG.md\n  {PAGE}\n\
         still to do:\n  read what has changed of the rule, then src/identity.rs, whose test quotes it\n  \
         read the diff, and the new entry in CHANGELOG.md\n  run the tests: cargo test --workspace --features mock,tracing\n"
    );
    assert_eq!(run.stdout, told);

    assert_eq!(package.read(DOCUMENT), format!("{:#}\n", bumped()));
    let sources = package.read("openapi/sources.toml");
    assert!(sources.contains("version = \"0.363.10\""), "{sources}");
    assert!(sources.starts_with("# What stays.\n"), "{sources}");
    assert!(!sources.contains("2026-11-23"), "{sources}");
    assert_eq!(package.read(PAGE), page(&bumped()));
    assert!(package.read("src/generated.rs").contains("Telegram"));
    assert!(package.read("Cargo.toml").contains("version = \"0.1.0+0.363.10\" # here\n"));
    for file in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let lock = package.read(file);
        assert!(lock.contains("name = \"mantago\"\nversion = \"0.1.0+0.363.10\"\n"), "{lock}");
        assert!(lock.contains("name = \"a\"\nversion = \"0.1.0+0.318.0\"\n"), "{lock}");
    }
    let changelog = package.read("CHANGELOG.md");
    assert!(
        changelog.starts_with("# Changelog\n\n## [Unreleased]\n\n### Added\n\n- API 0.318.0.\n\n### Changed\n"),
        "{changelog}"
    );
    assert!(changelog.ends_with("\n\n## [0.1.0]\n\n- First.\n"), "{changelog}");
    let entry = "\n### Changed\n\n- 5 changes: 1 rule, 3 additive, 1 metadata, API 0.318.0 -> 0.363.10.\n  \
        - rule: `/components/schemas/PersonalTagMappingRequest/description`: src/identity.rs was written from this text: read it, and whether the rule still holds.\n  \
        - additive: `/components/schemas/PersonalTagMappingRequest/properties/platform/enum`: requests may say \"telegram\".\n";
    assert!(changelog.contains(entry), "{changelog}");

    // Once more changes nothing.
    let files = package.files();
    let run = package.run(&["update", "-"], &page(&bumped()));
    assert_eq!(run.stdout, "nothing to do: the published documents are vendored already\n");
    assert_eq!(package.files(), files);
    assert_eq!(package.run(&["check", "-", "--fail-on", "any"], &page(&bumped())).status, 0);
}

/// Every way to be refused leaves every file as it was.
#[test]
fn update_refuses_what_cannot_be_built() {
    let package = Package::new();
    let mut without_schema = vendored();
    without_schema["components"]["schemas"].as_object_mut().unwrap().shift_remove("PersonalTagMappingRequest");
    package.fails(
        &["update", "-"],
        &page(&without_schema),
        &format!("{DOCUMENT}: /components/schemas/PersonalTagMappingRequest: not found: src/identity.rs enforces the rule that it states"),
    );
    let mut two_errors = vendored();
    two_errors["paths"]["/openapi/personalTagMapping/delete"]["post"]["responses"]["404"]["content"]["application/json"]
        ["schema"]["$ref"] = json!("#/components/schemas/BasicSuccessResponse");
    package.fails(
        &["update", "-"],
        &page(&two_errors),
        &format!("{DOCUMENT}: /paths/~1openapi~1personalTagMapping~1delete/post: progenitor cannot generate this: several success types or several error types: expected one of each"),
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
    let path = Path::new(REPOSITORY).join("tests/documents/clients.json");
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
    assert_eq!(
        run.stdout,
        "written:\n  openapi/clients.json\n  openapi/sources.toml\n  src/generated.rs\n  CHANGELOG.md\n  tests/pages/clients.md\nstill to do:\n  \
         read the diff, and the new entry in CHANGELOG.md\n  run the tests: cargo test --workspace --features mock,tracing\n"
    );
    assert_eq!(package.read("openapi/clients.json"), format!("{document:#}\n"));
    assert!(package.read("src/generated.rs").contains("pub fn client_get(&self)"));
    let changelog = package.read("CHANGELOG.md");
    let entry = format!("### Added\n\n- API 0.318.0.\n- The operations of the page <{url}>.\n\n## [0.1.0]\n");
    assert!(changelog.contains(&entry), "{changelog}");

    let run = package.run(&["list"], "");
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].starts_with("remove-personal-tag-from-user  0.318.0  2026-11-23  https://a.example/"),
        "{}",
        lines[0]
    );
    assert!(lines[1].starts_with("clients  0.318.0  20") && lines[1].ends_with(url), "{}", lines[1]);

    // Once more changes nothing; another document under that name is an update.
    let files = package.files();
    let run = package.run(&["add", path.to_str().unwrap(), "--url", url], "");
    assert_eq!(run.stdout, "nothing to do: the published documents are vendored already\n");
    assert_eq!(package.files(), files);
    package.fails(
        &["add", "-", "--url", url],
        &page(&vendored()),
        "openapi/clients.json: is vendored already: run cargo xtask spec update --page clients",
    );
    // Of two pages, the input may be either.
    package.fails(
        &["check", "-"],
        &page(&vendored()),
        "standard input: of which page? expected --page with one of remove-personal-tag-from-user, clients",
    );
    assert_eq!(package.run(&["check", path.to_str().unwrap()], "").stdout, "no changes, API 0.318.0\n");
    assert_eq!(package.run(&["check", "-", "--page", "remove-personal-tag-from-user"], &page(&vendored())).status, 0);
    // One page cannot move to another version of the API alone.
    package.fails(
        &["update", "-", "--page", "remove-personal-tag-from-user"],
        &page(&bumped()),
        "openapi/clients.json and openapi/remove-personal-tag-from-user.json: /info/version: the API's version differs",
    );
}

/// A method that comes to a path may rename the one that was there: then it is said.
#[test]
fn add_tells_of_a_method_that_it_renames() {
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
    let told = "still to do:\n  The method `client` is called `client_get`: raise the version in Cargo.toml as for a breaking change\n";
    assert!(run.stdout.contains(told), "{} {}", run.stdout, run.stderr);
    assert!(package.read("CHANGELOG.md").contains("- The method `client` is called `client_get`.\n"));
}

/// What cannot be built is breaking, though every difference by itself is not.
#[test]
fn check_tells_what_the_generator_cannot_build() {
    let package = Package::new();
    let mut twice = vendored();
    twice["components"]["schemas"]["errorResponse"] =
        json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let run = package.run(&["check", "-"], &page(&twice));
    assert_eq!(run.status, 1);
    let told = "the generator cannot build it: openapi: two types in types:: come to the name ErrorResponse\n";
    assert!(run.stdout.contains(told), "{}", run.stdout);

    for (version, status) in [("openapi", "3.1.0"), ("swagger", "2.0")] {
        let mut other = vendored();
        other[version] = json!(status);
        let run = package.run(&["check", "-", "--fail-on", "breaking"], &page(&other));
        assert_eq!((run.status, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    }
}

#[test]
fn add_refuses_what_does_not_fit() {
    let package = Package::new();
    let (path, mut document) = further_page();
    let path = path.to_str().unwrap();
    package.fails(&["add", path], "", "--url is missing: expected the page's address, for openapi/sources.toml");
    package.fails(&["add", path, "--url", "http://a.example/b.md"], "", "http://a.example/b.md: expected an https URL");
    package.fails(
        &["add", path, "--url", "https://a.example/"],
        "",
        "https://a.example/: no name for the document in it: expected an address that ends like /some-page.md",
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
        "openapi/remove-personal-tag-from-user.json and openapi/clients.json: /components/schemas/ErrorResponse: the component differs",
    );
}

/// A file that cannot be written leaves the others as they were.
#[cfg(unix)]
#[test]
fn all_files_are_written_or_none() {
    let package = Package::new();
    // A folder in a file's place: what is before it in the order is written first, and taken back.
    fs::remove_file(package.path("fuzz/Cargo.lock")).unwrap();
    fs::remove_file(package.path("src/generated.rs")).unwrap();
    fs::create_dir(package.path("src/generated.rs")).unwrap();
    fs::write(package.path("src/generated.rs/keep"), "").unwrap();
    let before = package.files();
    let run = package.run(&["update", "-"], &page(&bumped()));
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.starts_with("error: src/generated.rs: ") && run.stderr.ends_with("; nothing was changed\n"),
        "{}",
        run.stderr
    );
    assert_eq!(package.files(), before);
}

#[test]
fn help_is_complete() {
    for (arguments, names) in [
        (
            &["check", "--help"][..],
            &["[INPUT]", "--page", "--fail-on", "--format", "--root", "Exit status", "breaking", "github"][..],
        ),
        (&["update", "--help"], &["[INPUT]", "--page", "--root", "Exit status"]),
        (&["add", "--help"], &["<INPUT>", "--url", "--root", "Exit status"]),
        (&["list", "--help"], &["--root"]),
        (&["--help"], &["check", "update", "add", "list"]),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("spec").args(arguments).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0));
        for name in names {
            assert!(help.contains(name), "{name} is not in: {help}");
        }
    }
}
