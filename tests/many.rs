//! `examples/remove_tag_from_many`: what it checks, its exit statuses, and that its journal tells the truth whenever it ends.

mod support;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Json, State};
use serde_json::Value;
use support::{ERROR, Play, SECRET, SHOWN_ERROR, Server, Step, TOKEN, json, removed, until};

const ARGUMENTS: [&str; 4] = ["--bot-id", "bot-7", "--tag-id", "tag-42"];

/// A folder for one test, in which the example runs.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("many").join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn with_list(test: &str, list: &str) -> Self {
        let folder = Self::new(test);
        folder.write("clients.csv", list);
        folder
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The last state of each client in the journal.
    fn states(&self) -> HashMap<String, String> {
        let mut states = HashMap::new();
        let journal = self.read("clients.csv.journal");
        // What was cut off is no line.
        let lines = journal.split_inclusive('\n').skip(1).filter(|line| line.ends_with('\n'));
        for line in lines.map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            states.insert(text(&line["clientId"]), text(&line["state"]));
        }
        states
    }

    /// The example, without any variable of this environment that it reads.
    fn bare(&self, arguments: &[&str]) -> Command {
        // Cargo builds the examples beside the tests, in a folder of their own.
        let tests = std::env::current_exe().unwrap();
        let program = tests.ancestors().nth(2).unwrap().join("examples/remove_tag_from_many");
        let mut command = Command::new(program.with_extension(std::env::consts::EXE_EXTENSION));
        for name in ["MANTAGO_TOKEN", "MANTAGO_SECRET", "MANTAGO_BASE_URL"] {
            command.env_remove(name);
        }
        command.current_dir(&self.0).args(arguments).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The example for the bot and the tag, with credentials.
    fn example(&self, base_url: &str, arguments: &[&str]) -> Command {
        let mut command = self.bare(&ARGUMENTS);
        command.args(arguments).env("MANTAGO_BASE_URL", base_url);
        command.env("MANTAGO_TOKEN", TOKEN).env("MANTAGO_SECRET", SECRET);
        command
    }

    async fn run(&self, server: &Server, arguments: &[&str]) -> Ended {
        end(self.example(&server.url(), arguments)).await
    }
}

/// How a run ended.
struct Ended {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

async fn end(mut command: Command) -> Ended {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap().into()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A list of clients by `clientId`.
fn list(clients: impl IntoIterator<Item = usize>) -> String {
    let rows = clients.into_iter().map(|number| format!("c{number}\n"));
    std::iter::once("clientId\n".to_owned()).chain(rows).collect()
}

/// The clients of a server's requests, sorted.
fn clients(server: &Server) -> Vec<String> {
    let mut clients: Vec<_> = server.requests().iter().map(|request| text(&request.json()["clientId"])).collect();
    clients.sort();
    clients
}

/// A server that does not know these clients.
async fn server_without(unknown: &'static [&'static str]) -> Server {
    Server::start_with(move |request| match request.json()["clientId"].as_str() {
        Some(client) if unknown.contains(&client) => json("404 Not Found", ERROR),
        _ => removed(),
    })
    .await
}

#[tokio::test]
async fn a_dry_run_sends_and_writes_nothing_and_needs_no_credentials() {
    let folder = Folder::with_list("dry", &list(1..=3));
    let mut command = folder.bare(&ARGUMENTS);
    command.args(["--dry-run", "clients.csv"]);
    let ended = end(command).await;
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""));
    let plan = "clients.csv: 3 clients, 0 done by earlier runs, 3 to do.\nThis is a dry run: nothing was sent.\n";
    assert_eq!(ended.stdout, plan);
    assert_eq!(folder.files(), ["clients.csv"]);
}

#[tokio::test]
async fn every_wrong_row_is_named_and_nothing_is_sent() {
    let rows = "platformClientId,clientId,name,platform\r\n,c1,A,\r\n,,B,\r\n\r\nU1,,\"C\r\nc\",\r\nU1,,D,sms\r\n,c1,E,line\r\n\
        U1, ,F,line\r\nU1 ,,G,line\r\n,,H,line\r\n,c1\r\n";
    let server = server_without(&[]).await;
    // A spreadsheet begins UTF-8 with a byte order mark.
    let folder = Folder::with_list("wrong", &format!("\u{feff}{rows}"));
    let ended = folder.run(&server, &["clients.csv"]).await;
    // Which platforms there are is the API's matter.
    let platform = "sms".parse::<mantago::Platform>().unwrap_err();
    let expected = format!(
        "\
remove_tag_from_many: clients.csv, line 3: no client is identified: expected clientId, or both platform and platformClientId
clients.csv, line 5: platform is missing: platformClientId identifies a client only together with it
clients.csv, line 7: platform: {platform}
clients.csv, line 8: the client is ambiguous: expected clientId, or both platform and platformClientId, but not more
clients.csv, line 9: clientId is blank: expected the client's ID
clients.csv, line 10: platformClientId has white space around it
clients.csv, line 11: platformClientId is missing: platform identifies a client only together with it
clients.csv, line 12: expected 4 fields, as in the header, found 2
"
    );
    assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr.as_str()), (Some(2), "", expected.as_str()));
    assert_eq!((server.request_count(), folder.files()), (0, vec!["clients.csv".to_owned()]));
}

#[tokio::test]
async fn wrong_use_is_one_line_and_status_2() {
    let folder = Folder::with_list("use", &list(1..=3));
    folder.write("columns.csv", "id;platform\n");
    folder.write("twice.csv", "clientId,platform, clientId\nc1,,c2\n");
    folder.write("latin.csv", b"clientId\n\xe9\n");
    folder.write("other.csv", list(1..=3));
    folder.write("other.csv.journal", "{\"botId\":\"bot-8\",\"tagId\":\"tag-42\"}\n");
    folder.write("text.csv", list(1..=3));
    folder.write("text.csv.journal", "shopping list\n");
    let nowhere = "http://127.0.0.1:1";
    let with = |arguments: &[&str]| folder.example(nowhere, arguments);
    let without = |variable: &str| {
        let mut command = folder.example(nowhere, &["clients.csv"]);
        command.env_remove(variable);
        command
    };
    let mut no_tag = folder.bare(&["--bot-id", "b", "clients.csv"]);
    no_tag.env("MANTAGO_TOKEN", TOKEN);
    let help = " (--help tells more)";
    for (command, why, help) in [
        (folder.bare(&["clients.csv"]), "--bot-id is missing", help),
        (no_tag, "--tag-id is missing", help),
        (folder.bare(&["--bot-id", " "]), "--bot-id is blank: expected an ID", help),
        (folder.bare(&["--tag-id", "t "]), "--tag-id has white space around it", help),
        (with(&[]), "FILE is missing", help),
        (with(&["clients.csv", "clients.csv"]), "FILE is given twice", help),
        (with(&["--tag-id", "t"]), "--tag-id is given twice", help),
        (with(&["--dry-run", "--dry-run"]), "--dry-run is given twice", help),
        (with(&["--concurrency=1", "--concurrency=2"]), "--concurrency is given twice", help),
        (with(&["--concurrency", "0"]), "--concurrency 0: expected a number from 1 to 1000", help),
        (with(&["--concurrency", "many"]), "--concurrency many: expected a number from 1 to 1000", help),
        (with(&["--token", "t"]), "invalid option '--token'", help),
        (with(&["none.csv"]), "none.csv: No such file or directory (os error 2)", ""),
        (
            with(&["columns.csv"]),
            "columns.csv, line 1: the header is \"id;platform\": expected clientId, or both platform and platformClientId",
            "",
        ),
        (with(&["twice.csv"]), "twice.csv, line 1: the header has clientId twice", ""),
        (with(&["latin.csv"]), "latin.csv, line 2: field 1 is not UTF-8", ""),
        (with(&["other.csv"]), "other.csv.journal, line 1: this journal is of --bot-id bot-8 --tag-id tag-42", ""),
        (with(&["text.csv"]), "text.csv.journal, line 1: expected value at line 1 column 1", ""),
        (without("MANTAGO_TOKEN"), "MANTAGO_TOKEN is not set", ""),
        (without("MANTAGO_SECRET"), "MANTAGO_SECRET is not set", ""),
    ] {
        let ended = end(command).await;
        let expected = format!("remove_tag_from_many: {why}{help}\n");
        assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr), (Some(2), "", expected));
    }
}

#[tokio::test]
async fn a_run_again_skips_successes_and_the_failed_rows_can_be_run() {
    let folder =
        Folder::with_list("again", "name,clientId,platform,platformClientId\nA,c1,,\nB,,line,U2\nC,c3,,\nD,c1,,\n");
    let server = Server::start_with(|request| match request.json()["clientId"].as_str() {
        Some("c1") => removed(),
        _ => json("404 Not Found", ERROR),
    })
    .await;
    let ended = folder.run(&server, &["clients.csv"]).await;
    let expected = format!(
        "\
clients.csv: 3 clients, 0 done by earlier runs, 3 to do.
Rows that name a client of an earlier row, and are skipped: 1.
1 removed, 2 failed, 0 not begun.
NotFound, 2 times: check the bot and the IDs of the clients; it does not prove that the tag is gone
  first: line 3: 404 Not Found: {SHOWN_ERROR}
The rows that failed are in clients.csv.failed.csv.
"
    );
    assert_eq!((ended.status, ended.stdout), (Some(1), expected));
    assert!(ended.stderr.starts_with("3 of 3, 2 failed, "), "{}", ended.stderr);
    let failed = format!(
        "clientId,platform,platformClientId,error\n,line,U2,\"404 Not Found: {SHOWN_ERROR}\"\nc3,,,\"404 Not Found: {SHOWN_ERROR}\"\n"
    );
    assert_eq!(folder.read("clients.csv.failed.csv"), failed);

    // The same command calls only those that failed.
    let server = Server::start(removed()).await;
    let rows = folder.run(&server, &["clients.csv.failed.csv"]).await;
    assert_eq!((rows.status, server.request_count()), (Some(0), 2));
    let again = folder.run(&server, &["clients.csv"]).await;
    assert_eq!((again.status, server.request_count()), (Some(0), 4));
    assert_eq!(again.stdout.lines().next().unwrap(), "clients.csv: 3 clients, 1 done by earlier runs, 2 to do.");
    // The list of what failed is gone with the failures.
    assert!(!folder.files().contains(&"clients.csv.failed.csv".to_owned()), "{:?}", folder.files());
    assert_eq!((folder.run(&server, &["clients.csv"]).await.status, server.request_count()), (Some(0), 4));
}

#[tokio::test]
async fn standard_input_has_its_files_beside_it() {
    let folder = Folder::with_list("stdin", &list(1..=3));
    let server = server_without(&["c2"]).await;
    let mut command = folder.example(&server.url(), &["-"]);
    command.stdin(fs::File::open(folder.0.join("clients.csv")).unwrap());
    assert_eq!(end(command).await.status, Some(1));
    assert_eq!(folder.files(), ["clients.csv", "stdin.csv.failed.csv", "stdin.csv.journal"]);
}

/// A response that is lost leaves the client uncertain, until a success.
#[tokio::test]
async fn what_may_have_been_done_is_told_from_what_was_not() {
    let folder = Folder::with_list("uncertain", &list(1..=3));
    let server = Server::start_with(|request| match request.json()["clientId"].as_str() {
        Some("c1") => Play::from(vec![Step::Close]),
        Some("c2") => json("403 Forbidden", ERROR).into(),
        _ => removed().into(),
    })
    .await;
    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(1));
    let states = |expected: [&str; 3]| {
        let clients = ["c1", "c2", "c3"].map(str::to_owned);
        assert_eq!(folder.states(), clients.into_iter().zip(expected.map(str::to_owned)).collect());
    };
    states(["uncertain", "failed", "removed"]);

    // A later refusal does not make it certain.
    let ended = folder.run(&Server::start(json("403 Forbidden", ERROR)).await, &["clients.csv"]).await;
    assert!(ended.stdout.contains("\nuncertain: line 2: an earlier call may have removed the tag"), "{}", ended.stdout);
    assert!(ended.stdout.contains("\nOf those that failed, 1 are uncertain"), "{}", ended.stdout);
    states(["uncertain", "failed", "removed"]);
    assert_eq!(folder.run(&Server::start(removed()).await, &["clients.csv"]).await.status, Some(0));
    states(["removed", "removed", "removed"]);
}

/// The program was killed while it wrote the last line.
#[tokio::test]
async fn a_journal_that_was_cut_off_goes_on() {
    const WHOLE: &str = "{\"botId\":\"bot-7\",\"tagId\":\"tag-42\"}\n\
        {\"state\":\"sending\",\"clientId\":\"c1\",\"tagId\":\"tag-42\"}\n\
        {\"state\":\"removed\",\"clientId\":\"c1\",\"tagId\":\"tag-42\"}\n";
    for length in 0..=WHOLE.len() {
        let folder = Folder::with_list("cut", &list(1..=2));
        folder.write("clients.csv.journal", &WHOLE[..length]);
        let mut command = folder.bare(&ARGUMENTS);
        command.args(["--dry-run", "clients.csv"]);
        let plan = end(command).await.stdout;
        let whole_lines = WHOLE[..length].matches('\n').count();
        assert_eq!(plan.contains(" 1 done by earlier runs"), whole_lines == 3, "{length}: {plan}");
        assert_eq!(plan.contains("uncertain: line 2"), whole_lines == 2, "{length}: {plan}");
        if length % 20 == 0 {
            let server = server_without(&[]).await;
            assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(0));
            assert_eq!(clients(&server), if whole_lines == 3 { vec!["c2"] } else { vec!["c1", "c2"] });
            assert_eq!(folder.states().len(), 2);
        }
    }
}

/// When the credentials expire, the rest of the list is not sent to be refused one by one.
#[tokio::test]
async fn failures_that_every_call_would_share_end_the_run() {
    let folder = Folder::with_list("shared", &list(1..=200));
    let server =
        Server::start(json("401 Unauthorized", r#"{"success":false,"errResponse":{"message":"no","code":1004}}"#))
            .await;
    let ended = folder.run(&server, &["clients.csv"]).await;
    assert_eq!(ended.status, Some(1));
    assert!(
        ended.stderr.contains("No more calls are begun, because the last 20 failed alike: 401"),
        "{}",
        ended.stderr
    );
    assert!(ended.stdout.contains("To go on, run the same command again"), "{}", ended.stdout);
    assert!((20..=28).contains(&server.request_count()), "{}", server.request_count());
}

/// A MantaGO that takes a while for each request.
#[derive(Clone)]
struct Slow {
    latency: Duration,
    requests: Arc<AtomicUsize>,
    /// How many times each client's tag was removed.
    removals: Arc<Mutex<HashMap<String, usize>>>,
}

impl Slow {
    async fn start(latency: Duration) -> (Self, String) {
        let server = Self { latency, requests: Arc::default(), removals: Arc::default() };
        let router = axum::Router::new().fallback(Self::remove).with_state(server.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        (server, base_url)
    }

    async fn remove(State(server): State<Self>, Json(body): Json<Value>) -> Json<Value> {
        server.requests.fetch_add(1, Ordering::SeqCst);
        // What comes of a connection that the client drops in the meantime: it may be before the removal, or after.
        tokio::time::sleep(server.latency / 2).await;
        *server.removals.lock().unwrap().entry(text(&body["clientId"])).or_default() += 1;
        tokio::time::sleep(server.latency / 2).await;
        Json(serde_json::json!({ "success": true, "message": "removed" }))
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn removals(&self) -> HashMap<String, usize> {
        self.removals.lock().unwrap().clone()
    }
}

#[cfg(unix)]
fn interrupt(child: &std::process::Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_interrupt_finishes_the_calls_in_flight() {
    let folder = Folder::with_list("interrupt", &list(1..=1000));
    let (server, base_url) = Slow::start(Duration::from_millis(200)).await;
    let child = folder.example(&base_url, &["--concurrency", "4", "clients.csv"]).spawn().unwrap();
    until(|| server.requests() >= 6).await;
    interrupt(&child);
    let ended: Ended = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap().into();
    assert_eq!(ended.status, Some(1));
    assert!(ended.stderr.contains("Waiting for those in flight; a second Ctrl-C ends at once."), "{}", ended.stderr);
    assert!(
        ended.stdout.ends_with("To go on, run the same command again: it skips what is done.\n"),
        "{}",
        ended.stdout
    );

    // Whatever was begun is known to be removed.
    let removals = server.removals();
    assert_eq!(removals.len(), server.requests());
    let states = folder.states();
    assert_eq!(states.len(), removals.len());
    assert!(states.values().all(|state| state == "removed"), "{states:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_interrupt_ends_at_once() {
    let folder = Folder::with_list("interrupts", &list(1..=10));
    let (server, base_url) = Slow::start(Duration::from_secs(60)).await;
    let mut child = folder.example(&base_url, &["--concurrency", "4", "clients.csv"]).spawn().unwrap();
    until(|| server.requests() == 4).await;
    // The program says when it is ready for the second one.
    let stderr = child.stderr.take().unwrap();
    interrupt(&child);
    let ready = tokio::task::spawn_blocking(|| {
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stderr));
        lines.find(|line| line.as_ref().unwrap().contains("a second Ctrl-C")).unwrap().unwrap();
    });
    ready.await.unwrap();
    let start = std::time::Instant::now();
    // Its handler is set up right after that line.
    while child.try_wait().unwrap().is_none() {
        interrupt(&child);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(start.elapsed() < Duration::from_secs(30));
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(folder.states().values().all(|state| state == "sending"));
}

/// Whenever it is killed, journal and server agree: nothing is lost, and what is done twice was reported before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_twenty_times_it_loses_nothing() {
    const CLIENTS: usize = 2_000;
    let folder = Folder::with_list("kill", &list(1..=CLIENTS));
    let (server, base_url) = Slow::start(Duration::from_millis(8)).await;
    let mut reports: HashMap<String, usize> = HashMap::new();
    let mut report = |stdout: &str| {
        for line in stdout.lines().filter_map(|line| line.strip_prefix("uncertain: line ")) {
            // The first client is on the second line.
            let number: usize = line.split(':').next().unwrap().parse().unwrap();
            *reports.entry(format!("c{}", number - 1)).or_default() += 1;
        }
    };
    for _ in 0..20 {
        let before = server.requests();
        let mut child = folder.example(&base_url, &["clients.csv"]).spawn().unwrap();
        until(|| server.requests() > before).await;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..80))).await;
        child.kill().unwrap();
        let killed: Ended = child.wait_with_output().unwrap().into();
        assert_eq!(killed.status, None, "it had ended before: {}", killed.stdout);
        report(&killed.stdout);

        let states = folder.states();
        let removals = server.removals();
        assert!(removals.keys().all(|client| states.contains_key(client)), "the server did more than the journal says");
        let removed = states.iter().filter(|(_, state)| *state == "removed");
        assert!(
            removed.clone().all(|(client, _)| removals.contains_key(client)),
            "the journal says more than was done"
        );
        let uncertain = states.len() - removed.count();
        assert!(uncertain <= 8, "{uncertain} are uncertain, more than were in flight");
    }
    let ended: Ended = folder.example(&base_url, &["clients.csv"]).output().unwrap().into();
    report(&ended.stdout);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);

    let removals = server.removals();
    assert_eq!(removals.len(), CLIENTS);
    assert!(folder.states().values().all(|state| state == "removed"));
    for (client, times) in removals {
        let reported = reports.get(&client).copied().unwrap_or_default();
        assert!(times <= 1 + reported, "{client}: {times} times, reported {reported} times");
    }
}
