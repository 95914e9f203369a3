//! The output: lines of JSON for other programs, a bar or lines for people, and the demonstration.

use std::process::{Command, Stdio};

use serde_json::{Value, json as value};

use crate::folder::{Ended, Folder, end, list};
use crate::support::{ERROR, Play, SHOWN_ERROR, Server, Step, json, removed, response};

fn lines(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn json_has_the_outcome_of_every_client() {
    let folder = Folder::with_list("json", "clientId,platform,platformClientId\nc1,,\n,line,U2\nc1,,\n");
    let server = Server::start_with(|request| match request.json()["clientId"].as_str() {
        Some(_) => removed(),
        None => json("404 Not Found", ERROR),
    })
    .await;
    let ended = folder.run(&server, &["--json", "--concurrency", "1", "clients.csv"]).await;
    assert_eq!(ended.status, Some(1));
    let (plan, first, second, summary) = (
        value!({ "type": "plan", "list": "clients.csv", "clients": 2, "toDo": 2, "removedEarlier": 0, "uncertain": 0, "repeated": 1 }),
        value!({ "type": "client", "line": 2, "state": "removed", "clientId": "c1", "tagId": "vip" }),
        value!({ "type": "client", "line": 3, "state": "failed", "platform": "line", "platformClientId": "U2", "tagId": "vip",
            "error": format!("404 Not Found: {SHOWN_ERROR}"), "status": 404, "code": 37011, "kind": "notFound", "attempts": 1 }),
        value!({ "type": "summary", "removed": 1, "failed": 1, "uncertain": 0, "notBegun": 0, "interrupted": false }),
    );
    assert_eq!(lines(&ended), [plan, first.clone(), second, summary]);
    // People see the progress.
    assert_eq!(ended.last_progress(), "2 of 2, 1 failed, 0 uncertain");

    let server = Server::start(removed()).await;
    folder.adopt_journal(&server);
    let again = folder.run(&server, &["--json", "clients.csv"]).await;
    let lines = lines(&again);
    assert_eq!((lines[1]["state"].as_str(), lines[1]["clientId"].as_str()), (Some("removedEarlier"), Some("c1")));
    assert_eq!((lines[2]["state"].as_str(), lines[2]["line"].as_u64()), (Some("removed"), Some(3)));
}

#[tokio::test]
async fn json_has_the_facts_of_each_failure() {
    let folder = Folder::with_list("json_failures", list(1..=3));
    let server = Server::start_with(|request| match request.json()["clientId"].as_str() {
        Some("c1") => Play::from(vec![Step::Close]),
        Some("c2") => json("403 Forbidden", r#"{"errResponse":{"message":"no","code":120001}}"#).into(),
        _ => response("503 Service Unavailable", &[], "").into(),
    })
    .await;
    let ended = folder.run(&server, &["--json", "--keep-going", "clients.csv"]).await;
    let mut failures: Vec<_> = lines(&ended).into_iter().filter(|line| line["type"] == "client").collect();
    failures.sort_by_key(|line| line["line"].as_u64());
    let facts = |line: &Value| ["state", "status", "code", "kind", "attempts"].map(|name| line[name].clone());
    assert_eq!(facts(&failures[0]), [value!("uncertain"), Value::Null, Value::Null, value!("connection"), value!(1)]);
    assert_eq!(
        facts(&failures[1]),
        [value!("failed"), value!(403), value!(120_001), value!("permissionDenied"), value!(1)]
    );
    assert_eq!(facts(&failures[2]), [value!("uncertain"), value!(503), Value::Null, value!("server"), value!(5)]);
    assert!(failures[2]["error"].as_str().unwrap().ends_with(" (5 attempts)"), "{failures:?}");
}

#[tokio::test]
async fn json_has_the_clients_that_were_not_called_and_the_reason() {
    let refused = r#"{"success":false,"errResponse":{"message":"no","code":1004}}"#;
    let long_wait = response("429 Too Many Requests", &[("retry-after", "3600")], "");
    for (answer, reason, message) in [
        (
            json("401 Unauthorized", "{}"),
            "failures",
            "the last 20 attempts failed for reasons unrelated to their clients: ",
        ),
        (json("401 Unauthorized", refused), "credentials", "401 Unauthorized: no (code 1004, "),
        (json("404 Not Found", refused.replace("1004", "5001")), "bot", "404 Not Found: no (code 5001, "),
        (long_wait, "wait", "MantaGO asks to wait 1 h (429)"),
    ] {
        let folder = Folder::with_list("json_stop", list(1..=100));
        let server = Server::start(answer).await;
        let ended = folder.run(&server, &["--json", "clients.csv"]).await;
        let lines = lines(&ended);
        let count = |state: &str| lines.iter().filter(|line| line["state"] == state).count();
        let sent = server.request_count();
        assert_eq!((count("failed"), count("notBegun")), (sent, 100 - sent));
        let mut clients: Vec<_> = lines.iter().filter_map(|line| line["line"].as_u64()).collect();
        clients.sort_unstable();
        assert_eq!(clients, (2..=101).collect::<Vec<_>>());
        let summary = lines.last().unwrap();
        assert_eq!((&summary["failed"], &summary["notBegun"]), (&value!(sent), &value!(100 - sent)));
        assert_eq!(summary["stopped"]["reason"], reason);
        assert!(summary["stopped"]["message"].as_str().unwrap().starts_with(message), "{summary}");
    }
}

#[tokio::test]
async fn a_dry_run_in_json_is_the_plan() {
    let folder = Folder::with_list("json_dry", list(1..=2));
    let mut command = folder.program("http://127.0.0.1:1", &["--json", "--dry-run", "clients.csv"]);
    command.env_remove("MANTAGO_TOKEN");
    let ended = end(command).await;
    assert_eq!((ended.status, lines(&ended).len(), ended.stderr.as_str()), (Some(0), 1, ""));
}

/// Escape sequences of a server are escaped twice: as JSON, and for terminals that know one-byte controls.
#[tokio::test]
async fn json_escapes_invisible_characters() {
    let hostile =
        r#"{"success":false,"errResponse":{"message":"a\u202eb\ud83d\ude00\udb40\udc41\u009bc","code":37011}}"#;
    let folder = Folder::with_list("json_escapes", "clientId,n\nc1,x\n");
    let ended = folder.run(&Server::start(json("404 Not Found", hostile)).await, &["--json", "clients.csv"]).await;
    let line = ended.stdout.lines().nth(1).unwrap();
    assert!(line.contains("a\\u202eb\u{1f600}\\udb40\\udc41 c"), "{line}");
    assert_eq!(lines(&ended).len(), 3);
}

/// A terminal, made by `script`, has a bar, and at the end the same line as a pipe.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_terminal_has_a_bar_that_is_gone_at_the_end() {
    if Command::new("script").arg("--version").output().is_err() {
        return;
    }
    let folder = Folder::with_list("terminal", list(1..=300));
    let server = Server::start(removed()).await;
    let program = folder.program(&server.url(), &["clients.csv"]);
    let shell: Vec<_> = std::iter::once(program.get_program()).chain(program.get_args()).collect();
    let shell = shell.join(" ".as_ref()).into_string().unwrap();
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &format!("stty cols 100; {shell}"), "/dev/null"]);
    script.envs(program.get_envs().filter_map(|(name, text)| Some((name, text?))).collect::<Vec<_>>());
    script.current_dir(&folder.0).env("TERM", "xterm").stdin(Stdio::null());
    let ended = end(script).await;
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let (drawn, left) = ended.stdout.rsplit_once("\u{1b}[2K").expect("a bar that is deleted");
    assert!(drawn.contains(" of 300, 0 failed, 0 uncertain, ") && drawn.contains("/s, "), "{drawn:?}");
    let left: Vec<_> = left.lines().collect();
    assert!(left[0].contains("300 of 300, 0 failed, 0 uncertain, in "), "{left:?}");
    assert_eq!(left[1..], ["300 removed, 0 failed, 0 uncertain, 0 not started."]);
}

/// README recommends it.
#[tokio::test]
async fn the_demonstration_removes_the_tag_from_every_client() {
    // Cargo builds the examples in a folder beside the tests.
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/demonstration");
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.exists(), "cargo builds no examples for a single test: run cargo build --examples");
    let ended = end(Command::new(program)).await;
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("mantago: stopped: 401 Unauthorized: "), "{ended:?}");
    assert!(ended.stderr.contains("mantago: MantaGO asks to wait 1 s (429); the run continues then\n"), "{ended:?}");
    assert!(ended.stdout.contains("\nclients.csv: 2000 clients, 9"), "{ended:?}");
    assert!(ended.stdout.contains(", 20 failed, 0 uncertain, 0 not started.\n"), "{ended:?}");
    assert!(ended.stdout.ends_with(" requests reached the server; 0 clients still have the tag.\n"), "{ended:?}");
}
