//! The whole documentation on a local server: 40 pages in two languages, most of them prose, some slow, one broken.

mod links;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Run, lay_out, spec};

const VENDORED: &str = include_str!("../documents/page.json");
const CLIENTS: &str = include_str!("../documents/clients.json");
const BROADCAST: &str = include_str!("../documents/broadcast.json");
const REMOVE: &str = "/en/tags/remove-personal-tag-from-user.md";

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn page(document: &Value) -> String {
    format!("> The index is at llms.txt\n\n# A page\n\n```json\n{document}\n```\n")
}

/// The response for a path.
#[derive(Clone)]
struct Response {
    status: u16,
    text: String,
    slow: bool,
}

/// A documentation site that records its requests.
#[derive(Clone, Default)]
pub(crate) struct Site {
    responses: Arc<Mutex<BTreeMap<String, Response>>>,
    asked: Arc<Mutex<Vec<String>>>,
    /// The number of requests in flight, now and at most.
    at_once: Arc<Mutex<(usize, usize)>>,
}

impl Site {
    /// An index and forty pages in each of two languages. Three of the pages have a document.
    pub(crate) fn new() -> Self {
        let site = Self::default();
        for language in ["en", "zh"] {
            let documents = [
                ("tags/remove-personal-tag-from-user", page(&parsed(VENDORED))),
                ("clients/list-clients", page(&parsed(CLIENTS))),
                ("messages/user-broadcast", page(&parsed(BROADCAST))),
            ];
            for (name, text) in documents {
                site.put(&format!("/{language}/{name}.md"), 200, &text);
            }
            for number in 0..36 {
                let path = format!("/{language}/guides/guide-{number}.md");
                let guide = "# A guide\n\n```json\n{\"an\": \"example\"}\n```\n";
                site.put(&path, 200, if number == 1 { "<!doctype html><title>No page</title>" } else { guide });
                site.responses.lock().unwrap().get_mut(&path).unwrap().slow = number % 9 == 0;
            }
            site.put(&format!("/{language}/broken.md"), 500, "");
        }
        site.index();
        site
    }

    pub(crate) fn put(&self, path: &str, status: u16, text: &str) {
        let response = Response { status, text: text.to_owned(), slow: false };
        self.responses.lock().unwrap().insert(path.to_owned(), response);
    }

    fn take(&self, path: &str) {
        self.responses.lock().unwrap().remove(path);
    }

    /// Writes the index of all pages.
    fn index(&self) {
        let pages: Vec<_> =
            self.responses.lock().unwrap().keys().filter(|path| *path != "/llms.txt").cloned().collect();
        let links = pages.iter().map(|path| format!("- [A page (with brackets)]({path}): what it is about\n"));
        let text = format!(
            "# The documentation\n\n## en\n\n{}\n- [Elsewhere](https://a.example/en/x.md)\n",
            links.collect::<String>()
        );
        self.put("/llms.txt", 200, &text);
    }

    /// Serves the site. Returns its address.
    pub(crate) fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let site = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let site = site.clone();
                thread::spawn(move || site.answer(stream.unwrap()));
            }
        });
        address
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut request = [0; 4096];
        let length = stream.read(&mut request).unwrap_or_default();
        let request = String::from_utf8_lossy(&request[..length]).into_owned();
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let count = |by: isize| {
            let mut at_once = self.at_once.lock().unwrap();
            at_once.0 = at_once.0.checked_add_signed(by).unwrap();
            at_once.1 = at_once.1.max(at_once.0);
        };
        count(1);
        self.asked.lock().unwrap().push(path.clone());
        let missing = Response { status: 404, text: "no".to_owned(), slow: false };
        let Response { status, text, slow } = self.responses.lock().unwrap().get(&path).cloned().unwrap_or(missing);
        if slow {
            thread::sleep(Duration::from_millis(150));
        }
        count(-1);
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", text.len());
        let _ = stream.write_all(format!("{head}{text}").as_bytes());
    }
}

/// A package with one vendored page of the site.
struct Package {
    folder: TempDir,
    site: Site,
    address: String,
}

impl Package {
    fn new() -> Self {
        let site = Site::new();
        let address = site.serve();
        let package = Self { folder: tempfile::tempdir().unwrap(), site, address };
        let sources = format!(
            "# Where they are from.\nindex = \"{0}/llms.txt\"\npages = \"{0}/en/\"\n\n[remove-personal-tag-from-user]\n\
             url = \"{0}{REMOVE}\"\nversion = \"0.318.0\"\ntaken = 2026-11-23\n",
            package.address
        );
        let manifest = "[package]\nname = \"mantago\"\nversion = \"0.1.0+0.318.0\"\nedition = \"2024\"\n\
            description = \"It removes a tag\"\n\n[features]\nmock = []\n\n[workspace]\n";
        let files = [
            ("openapi/remove-personal-tag-from-user.json", VENDORED),
            ("openapi/sources.toml", &sources),
            ("tests/pages/remove-personal-tag-from-user.md", &page(&parsed(VENDORED))),
            ("src/lib.rs", ""),
            ("Cargo.toml", manifest),
            ("README.md", "# The crate\n\nFor clients on LINE and Facebook.\n"),
            ("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n## 0.1.0\n\n- First.\n"),
        ];
        lay_out(package.folder.path(), &files);
        package
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn start(&self, arguments: &[&str], step: &str) -> Child {
        spec(self.folder.path(), arguments, step).spawn().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let output = self.start(arguments, "never").wait_with_output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        let address =
            |text: String| text.replace(&self.address, "SITE").replace(self.folder.path().to_str().unwrap(), "ROOT");
        Run { status: output.status.code().unwrap(), stdout: address(stdout), stderr: address(stderr) }
    }

    /// The findings of a check: level, id, document and meaning.
    fn findings(&self, arguments: &[&str]) -> Vec<[String; 4]> {
        let run = self.run(&[&["check", "--format", "json"], arguments].concat());
        assert!(run.status < 2, "{}", run.stderr);
        let report = parsed(&run.stdout);
        let findings = report["findings"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        findings.map(|finding| ["level", "id", "document", "meaning"].map(|key| text(&finding[key]))).collect()
    }

    #[track_caller]
    fn finds(&self, arguments: &[&str], expected: &[[&str; 4]]) {
        assert_eq!(self.findings(arguments), expected);
    }

    #[track_caller]
    fn fails(&self, arguments: &[&str], why: &str) {
        let run = self.run(arguments);
        let said = run.stderr.lines().filter(|line| !line.starts_with("reading ")).collect::<Vec<_>>().join("\n");
        assert_eq!((run.stdout.as_str(), said.as_str(), run.status), ("", why, 2));
    }
}

const NEW_CLIENTS: [&str; 4] = [
    "additive",
    "page-new",
    "openapi/list-clients.json",
    "it is not vendored: cargo xtask spec add SITE/en/clients/list-clients.md",
];
const NEW_BROADCAST: [&str; 4] = [
    "additive",
    "page-new",
    "openapi/user-broadcast.json",
    "it is not vendored: cargo xtask spec add SITE/en/messages/user-broadcast.md",
];
const BROKEN: [&str; 4] = [
    "additive",
    "page-unreadable",
    "openapi/broken.json",
    "its operations are unknown: SITE/en/broken.md: http status: 500",
];

#[test]
fn pages_that_are_not_vendored_are_findings() {
    let package = Package::new();
    package.finds(&[], &[BROKEN, NEW_CLIENTS, NEW_BROADCAST]);
    let run = package.run(&["check"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, "reading 40 pages\n"));
    assert!(run.stdout.contains("[\"POST /openapi/broadcast\"]"), "{}", run.stdout);

    // One language, each page once and the broken one twice, at most eight at a time.
    let asked = package.site.asked.lock().unwrap().clone();
    let count = |path: &str| asked.iter().filter(|asked| *asked == path).count();
    assert!(asked.iter().all(|path| path.starts_with("/en/") || path == "/llms.txt"), "{asked:?}");
    assert_eq!(
        (count("/llms.txt"), count(REMOVE), count("/en/guides/guide-9.md"), count("/en/broken.md")),
        (2, 2, 2, 4)
    );
    let at_once = package.site.at_once.lock().unwrap().1;
    assert!((2..=8).contains(&at_once), "{at_once}");
}

#[test]
fn an_unreadable_page_hides_no_other() {
    let package = Package::new();
    package.site.put(REMOVE, 503, "");
    let unread = "its published version is unknown: SITE/en/tags/remove-personal-tag-from-user.md: http status: 503";
    let vendored = "openapi/remove-personal-tag-from-user.json";
    package.finds(&[], &[["rule", "page-unreadable", vendored, unread], BROKEN, NEW_CLIENTS, NEW_BROADCAST]);
    assert_eq!(package.run(&["check"]).status, 1);

    // A second vendored page, which changes.
    let add = package.run(&["add", &package.url("/en/clients/list-clients.md")]);
    assert_eq!((add.status, add.stderr.as_str()), (0, ""));
    let mut clients = parsed(CLIENTS);
    clients["servers"][0]["url"] = json!("https://elsewhere.example/api");
    package.site.put("/en/clients/list-clients.md", 200, &page(&clients));
    let found = package.findings(&[]);
    assert!(found.iter().any(|[level, id, document, _]| {
        (level.as_str(), id.as_str(), document.as_str()) == ("breaking", "server-changed", "openapi/list-clients.json")
    }));
    assert!(found.iter().any(|[_, id, document, _]| (id.as_str(), document.as_str()) == ("page-unreadable", vendored)));

    // Nothing is vendored while a page is unreadable.
    let why = "error: SITE/en/tags/remove-personal-tag-from-user.md: http status: 503\n       \
        if a page is gone for good, remove it with cargo xtask spec remove; nothing was changed";
    package.fails(&["update"], why);
}

#[test]
fn a_page_that_is_gone_is_a_finding() {
    let package = Package::new();
    package.site.take(REMOVE);
    package.site.index();
    let gone = "the page is gone: SITE/en/tags/remove-personal-tag-from-user.md: http status: 404";
    let vendored = "openapi/remove-personal-tag-from-user.json";
    package.finds(&[], &[["breaking", "page-gone", vendored, gone], BROKEN, NEW_CLIENTS, NEW_BROADCAST]);

    // Its operation is on another page.
    package.site.put("/en/tags/all-of-tags.md", 200, &page(&parsed(VENDORED)));
    package.site.index();
    let gone = &format!("{gone}; its operations are now on SITE/en/tags/all-of-tags.md");
    package.finds(&[], &[["breaking", "page-gone", vendored, gone], BROKEN, NEW_CLIENTS, NEW_BROADCAST]);

    // The page exists, but the index no longer lists it.
    let package = Package::new();
    package.site.take(REMOVE);
    package.site.index();
    package.site.put(REMOVE, 200, &page(&parsed(VENDORED)));
    let gone = "the index no longer lists the page";
    package.finds(&[], &[["breaking", "page-gone", vendored, gone], BROKEN, NEW_CLIENTS, NEW_BROADCAST]);
}

#[test]
fn a_page_in_another_folder_is_followed() {
    let package = Package::new();
    package.site.take(REMOVE);
    let mut bumped = parsed(VENDORED);
    bumped["info"]["title"] = json!("Another");
    package.site.put("/en/personal/remove-personal-tag-from-user.md", 200, &page(&bumped));
    package.site.index();
    let moved = "its address is now SITE/en/personal/remove-personal-tag-from-user.md: cargo xtask spec update";
    let vendored = "openapi/remove-personal-tag-from-user.json";
    let title = ["metadata", "no-effect", vendored, "no effect on the client"];
    let moved = ["additive", "page-moved", vendored, moved];
    package.finds(&[], &[moved, BROKEN, NEW_CLIENTS, NEW_BROADCAST, title]);

    // With other content, and with another address only.
    for document in [bumped, parsed(VENDORED)] {
        package.site.put("/en/personal/remove-personal-tag-from-user.md", 200, &page(&document));
        let run = package.run(&["update"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let sources = package.read("openapi/sources.toml");
        assert!(sources.contains("/en/personal/remove-personal-tag-from-user.md\"\n"), "{sources}");
        assert!(sources.starts_with("# Where they are from.\nindex = "), "{sources}");
        package.finds(&[], &[BROKEN, NEW_CLIENTS, NEW_BROADCAST]);
        fs::write(package.path("openapi/sources.toml"), sources.replace("/en/personal/", "/en/tags/")).unwrap();
    }
}

#[test]
fn an_unreadable_index_is_a_finding() {
    let package = Package::new();
    for (status, text, why) in [
        (500, "", "SITE/llms.txt: http status: 500"),
        (200, "# Nothing\n", "SITE/llms.txt: it lists no page of SITE/en/"),
    ] {
        package.site.put("/llms.txt", status, text);
        let meaning = &format!("new pages are not seen: {why}");
        package.finds(&[], &[["rule", "index-unreadable", "openapi/sources.toml", meaning]]);
    }
    // No page can be read either.
    package.site.take(REMOVE);
    package.fails(&["check"], "error: SITE/en/tags/remove-personal-tag-from-user.md: http status: 404");
}

#[test]
fn offline_compares_with_the_vendored_pages() {
    let package = Package::new();
    package.finds(&["--offline"], &[]);
    let mut edited = parsed(VENDORED);
    edited["info"]["title"] = json!("By hand");
    fs::write(package.path("openapi/remove-personal-tag-from-user.json"), edited.to_string()).unwrap();
    let vendored = "openapi/remove-personal-tag-from-user.json";
    package.finds(&["--offline"], &[["metadata", "no-effect", vendored, "no effect on the client"]]);
    assert!(package.site.asked.lock().unwrap().is_empty());
    // With inputs, the index is not read.
    package.finds(
        &[package.path("tests/pages/remove-personal-tag-from-user.md").to_str().unwrap(), "--fail-on", "none"],
        &[["metadata", "no-effect", vendored, "no effect on the client"]],
    );
    assert!(package.site.asked.lock().unwrap().is_empty());
}

#[test]
fn add_all_vendors_every_new_page() {
    let package = Package::new();
    let run = package.run(&["add", "--all"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for file in ["openapi/list-clients.json", "openapi/user-broadcast.json", "tests/pages/user-broadcast.md"] {
        assert!(package.path(file).exists(), "{file}");
    }
    assert!(!package.path("openapi/broken.json").exists());
    let sources = package.read("openapi/sources.toml");
    assert!(sources.contains("[user-broadcast]\nurl = "), "{sources}");
    let changelog = package.read("CHANGELOG.md");
    assert_eq!(changelog.matches("### API ").count(), 1, "{changelog}");
    assert!(changelog.contains("- `Client::broadcast`\n"), "{changelog}");
    // Rules in prose are left to a person.
    assert!(run.stdout.contains("no code checks this: \"Either intentId or message"), "{}", run.stdout);
    let decide =
        "\n  decide on openapi/user-broadcast.json /components/schemas/BroadcastRequest/description: no code checks";
    assert!(run.stdout.contains(decide), "{}", run.stdout);
    package.finds(&[], &[BROKEN]);
    assert!(package.run(&["add", "--all"]).stdout.starts_with("nothing to do"));
}

#[test]
fn a_new_page_can_be_accepted() {
    let package = Package::new();
    let report = parsed(&package.run(&["check", "--format", "json"]).stdout);
    let finding = report["findings"].as_array().unwrap().iter().find(|finding| finding["document"] == NEW_BROADCAST[2]);
    let fingerprint = finding.unwrap()["fingerprint"].as_str().unwrap();
    let entry = format!("[[accepted]]\nfingerprint = \"{fingerprint}\"\nreason = \"not for us\"\ndate = 2026-11-24\n");
    fs::write(package.path("openapi/accepted.toml"), entry).unwrap();
    let run = package.run(&["check", "--fail-on", "any"]);
    assert!(run.stdout.contains("accepted on 2026-11-24: not for us\n"), "{}", run.stdout);
    assert_eq!(package.run(&["add", "--all"]).status, 0);
    assert!(
        package.path("openapi/list-clients.json").exists() && !package.path("openapi/user-broadcast.json").exists()
    );
    // Offline, an entry about another page is not stale.
    assert_eq!(package.run(&["check", "--offline"]).status, 0);
    // After the broken page is repaired, every page is known and the entry still matches.
    package.site.put("/en/broken.md", 200, "# Repaired\n");
    assert_eq!(package.run(&["check"]).status, 0);
    package.site.put("/en/messages/user-broadcast.md", 200, "# Nothing here\n");
    let why = format!("error: openapi/accepted.toml: {fingerprint} (not for us): it matches no finding: remove it");
    package.fails(&["check"], &why);
}

#[test]
fn remove_removes_a_page() {
    let package = Package::new();
    assert_eq!(package.run(&["add", "--all"]).status, 0);
    let run = package.run(&["remove", "user-broadcast"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    for file in ["openapi/user-broadcast.json", "tests/pages/user-broadcast.md"] {
        assert!(!package.path(file).exists(), "{file}");
        assert!(run.stdout.contains(file), "{}", run.stdout);
    }
    assert!(!package.read("openapi/sources.toml").contains("user-broadcast"));
    assert!(!package.read("src/generated/client.rs").contains("pub fn broadcast("));
    assert!(package.read("CHANGELOG.md").contains("#### Removed\n\n- `Client::broadcast`\n"));
    assert!(run.stdout.contains("raise the version in Cargo.toml to 0.2.0"), "{}", run.stdout);
    package.finds(&[], &[BROKEN, NEW_BROADCAST]);

    let names = "list-clients, remove-personal-tag-from-user";
    let mut sorted: Vec<_> = names.split(", ").collect();
    sorted.sort_unstable();
    let run = package.run(&["remove", "no-such-page"]);
    assert!(run.stderr.starts_with("error: no-such-page: not vendored: expected one of "), "{}", run.stderr);
    assert_eq!(package.run(&["remove", sorted[0]]).status, 0);
    let why = "error: remove-personal-tag-from-user: the only vendored page: a client needs at least one";
    package.fails(&["remove", sorted[1]], why);
}

#[test]
fn add_refuses_another_language() {
    let package = Package::new();
    let url = package.url("/zh/tags/remove-personal-tag-from-user.md");
    let why = "error: SITE/zh/tags/remove-personal-tag-from-user.md: the page is \
        openapi/remove-personal-tag-from-user.json in another language: expected an address that begins with SITE/en/";
    package.fails(&["add", &url], why);
    let why = "error: SITE/zh/messages/user-broadcast.md: the page belongs to another documentation: expected an address that begins with SITE/en/";
    package.fails(&["add", &package.url("/zh/messages/user-broadcast.md")], why);
}

/// The index has the address for the name of a file.
#[test]
fn a_file_is_added_under_the_address_of_its_page() {
    let package = Package::new();
    let file = package.path("user-broadcast.md");
    fs::write(&file, page(&parsed(BROADCAST))).unwrap();
    let run = package.run(&["add", file.to_str().unwrap()]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert!(package.read("openapi/sources.toml").contains("/en/messages/user-broadcast.md\"\n"));
    let unknown = package.path("unknown.md");
    fs::write(&unknown, page(&parsed(BROADCAST))).unwrap();
    let why = "error: --url is missing: expected the page's address, for openapi/sources.toml";
    package.fails(&["add", unknown.to_str().unwrap()], why);
}

/// Pages that differ only in their version share one line of the report. Other differences are reported one by one.
#[test]
fn a_new_version_of_fourteen_pages_is_one_finding() {
    let package = Package::new();
    let mut sources = package.read("openapi/sources.toml").split_once("[remove").unwrap().0.to_owned();
    fs::remove_file(package.path("openapi/remove-personal-tag-from-user.json")).unwrap();
    let name = |number: usize| format!("tag-{number}");
    let document = |number: usize, version: &str| {
        let mut document = parsed(VENDORED);
        document["info"]["version"] = json!(version);
        let operation = document["paths"]["/openapi/personalTagMapping/delete"].take();
        document["paths"] = json!({ format!("/openapi/tag{number}/delete"): operation });
        document
    };
    for number in 0..14 {
        let (name, path) = (name(number), format!("/en/tags/{}.md", name(number)));
        let old = document(number, "0.318.0");
        fs::write(package.path(&format!("openapi/{name}.json")), format!("{old:#}\n")).unwrap();
        let url = package.url(&path);
        let source = format!("[{name}]\nurl = \"{url}\"\nversion = \"0.318.0\"\ntaken = 2026-11-23\n\n");
        sources.push_str(&source);
        package.site.put(&path, 200, &page(&document(number, "0.363.10")));
    }
    fs::write(package.path("openapi/sources.toml"), sources).unwrap();
    let pages: Vec<_> = (0..14).map(|number| package.url(&format!("/en/tags/{}.md", name(number)))).collect();
    let check: Vec<_> = ["check"].into_iter().chain(pages.iter().map(String::as_str)).collect();
    let only_the_version = "14 changes: 14 metadata, API 0.318.0 -> 0.363.10\n\n\
        metadata  14 pages /info/version: old: \"0.318.0\", new: \"0.363.10\"\n";
    let run = package.run(&check);
    assert_eq!((run.stdout.as_str(), run.status), (only_the_version, 0));

    let mut wider = document(3, "0.363.10");
    wider["paths"]["/openapi/tag3/delete"]["post"]["parameters"].as_array_mut().unwrap().push(
        json!({ "name": "dryRun", "in": "query", "description": "Only with region", "schema": { "type": "boolean" } }),
    );
    package.site.put("/en/tags/tag-3.md", 200, &page(&wider));
    package.site.put("/en/tags/tag-9.md", 503, "");
    let run = package.run(&check);
    assert!(run.stdout.starts_with("16 changes: 2 rule, 1 additive, 13 metadata, API 0.318.0"), "{}", run.stdout);
    assert!(
        run.stdout.contains("\nrule      openapi/tag-9.json\n    its published version is unknown: "),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("\nnote: older than API 0.363.10: openapi/tag-9.json\n"), "{}", run.stdout);
    package.site.put("/en/tags/tag-9.md", 200, &page(&document(9, "0.363.10")));
    let update: Vec<_> = ["update"].into_iter().chain(pages.iter().map(String::as_str)).collect();
    let run = package.run(&update);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let metadata = "\n\nmetadata  14 pages /info/version: old: \"0.318.0\", new: \"0.363.10\"\n\nwritten in ROOT:\n";
    assert!(run.stdout.contains(metadata), "{}", run.stdout);
    let decide = "  decide on openapi/tag-3.json /paths/~1openapi~1tag3~1delete/post/parameters/1/description: \
        no code checks this: \"Only with region\"\n";
    assert!(run.stdout.contains(decide) && !run.stdout.contains("src/identity.rs"), "{}", run.stdout);
    let changelog = package.read("CHANGELOG.md");
    let entry = "## [Unreleased]\n\n### API 0.363.10\n\n#### Added\n\n- `builder::Tag3Delete::dry_run`: no code \
        checks this (`\"Only with region\"`)\n\n## 0.1.0";
    assert!(changelog.contains(entry), "{changelog}");

    // A rule on all pages is decided once, and a new item is listed once.
    for number in 0..14 {
        let mut ruled = if number == 3 { wider.clone() } else { document(number, "") };
        ruled["info"]["version"] = json!("0.364.0");
        ruled["components"]["schemas"]["PersonalTagMappingRequest"]["properties"]["reason"] =
            json!({ "type": "string", "description": "Required when the tag is shared" });
        package.site.put(&format!("/en/tags/{}.md", name(number)), 200, &page(&ruled));
    }
    let run = package.run(&update);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let decide = "  decide on 14 pages /components/schemas/PersonalTagMappingRequest/properties/reason/description: \
        no code checks this: \"Required when the tag is shared\"\n";
    assert!(run.stdout.contains(decide) && run.stdout.matches("decide on").count() == 1, "{}", run.stdout);
    let changelog = package.read("CHANGELOG.md");
    let entry = "### API 0.364.0\n\n#### Added\n\n- `types::PersonalTagMappingRequest.reason`: \
        no code checks this (`\"Required when the tag is shared\"`)\n\n### API 0.363.10";
    assert!(changelog.contains(entry), "{changelog}");
}

/// Its shared schemas differ from those of the vendored page.
#[test]
fn a_page_of_a_newer_version_waits_for_update() {
    let package = Package::new();
    let mut newer = parsed(BROADCAST);
    newer["info"]["version"] = json!("0.400.0");
    newer["components"]["schemas"]["ErrorResponse"]["properties"]["hint"] = json!({ "type": "string" });
    package.site.put("/en/messages/user-broadcast.md", 200, &page(&newer));
    let both = "openapi/remove-personal-tag-from-user.json and openapi/user-broadcast.json";
    let why = format!(
        "error: {both}: /components/schemas/ErrorResponse: it differs\n       \
        the new page has another version of the API: run cargo xtask spec update first"
    );
    package.fails(&["add", &package.url("/en/messages/user-broadcast.md")], &why);
}

/// Documents are named after their pages, and none overwrites another.
#[test]
fn two_pages_with_one_name_are_refused() {
    let package = Package::new();
    let vendored = package.url(REMOVE);
    package.site.put("/en/other/remove-personal-tag-from-user.md", 200, &page(&parsed(BROADCAST)));
    package.site.take("/en/messages/user-broadcast.md");
    package.site.index();
    let why = format!(
        "error: SITE/en/other/remove-personal-tag-from-user.md: {} has the same name: accept the finding of one of them",
        vendored.replace(&package.address, "SITE")
    );
    package.fails(&["add", "--all"], &why);
    package.fails(&["add", &package.url("/en/other/remove-personal-tag-from-user.md")], &why);
}

#[cfg(unix)]
#[test]
fn a_second_update_waits_for_the_first() {
    let package = Package::new();
    let mut bumped = parsed(VENDORED);
    bumped["info"]["version"] = json!("0.319.0");
    package.site.put(REMOVE, 200, &page(&bumped));
    let mut first = package.start(&["update"], "3");
    let mut said = String::new();
    let mut stderr = std::io::BufReader::new(first.stderr.take().unwrap());
    while !said.ends_with("stopped\n") {
        assert!(std::io::BufRead::read_line(&mut stderr, &mut said).unwrap() > 0, "{said}");
    }
    let mut second = package.start(&["update"], "never");
    let mut waiting = String::new();
    let mut stderr = std::io::BufReader::new(second.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut stderr, &mut waiting).unwrap();
    let folder = package.folder.path().canonicalize().unwrap();
    assert_eq!(waiting, format!("waiting: another command writes into {}\n", folder.display()));
    assert!(second.try_wait().unwrap().is_none());
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(second.wait().unwrap().success());
    assert!(package.read("Cargo.toml").contains("0.1.0+0.319.0"));
    assert!(Path::new(&package.path("openapi/sources.toml")).exists());
}
