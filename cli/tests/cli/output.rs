//! What is printed: lines of JSON for other programs, lines where there is no terminal, and one demonstration.

use std::process::{Command, Stdio};

use serde_json::{Value, json as value};

use crate::folder::{Ended, Folder, end, list};
use crate::support::{ERROR, SHOWN_ERROR, Server, json, removed};

fn lines(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn json_tells_the_outcome_of_every_client() {
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
            "error": format!("404 Not Found: {SHOWN_ERROR}") }),
        value!({ "type": "summary", "removed": 1, "failed": 1, "uncertain": 0, "notBegun": 0, "interrupted": false }),
    );
    assert_eq!(lines(&ended), [plan, first.clone(), second, summary]);
    // For people, the rest.
    assert_eq!(ended.last_progress(), "2 of 2, 1 failed, 0 uncertain");

    let again = folder.run(&Server::start(removed()).await, &["--json", "clients.csv"]).await;
    let lines = lines(&again);
    assert_eq!((lines[1]["state"].as_str(), lines[1]["clientId"].as_str()), (Some("removedEarlier"), Some("c1")));
    assert_eq!((lines[2]["state"].as_str(), lines[2]["line"].as_u64()), (Some("removed"), Some(3)));
}

#[tokio::test]
async fn json_tells_which_clients_were_not_begun() {
    let folder = Folder::with_list("json_stop", list(1..=100));
    let server = Server::start(json("401 Unauthorized", "{}")).await;
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
}

#[tokio::test]
async fn a_dry_run_in_json_is_the_plan() {
    let folder = Folder::with_list("json_dry", list(1..=2));
    let mut command = folder.program("http://127.0.0.1:1", &["--json", "--dry-run", "clients.csv"]);
    command.env_remove("MANTAGO_TOKEN");
    let ended = end(command).await;
    assert_eq!((ended.status, lines(&ended).len(), ended.stderr.as_str()), (Some(0), 1, ""));
}

/// The reader went away: nothing more is begun, and what was done is in the journal.
#[cfg(unix)]
#[tokio::test]
async fn a_reader_that_goes_away_ends_the_run() {
    let folder = Folder::with_list("reader", list(1..=500));
    let server = Server::start(removed()).await;
    let mut command = folder.program(&server.url(), &["--json", "clients.csv"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = std::io::BufReader::new(child.stdout.take().unwrap());
    let ended = tokio::task::spawn_blocking(move || {
        std::io::BufRead::read_line(&mut reader, &mut String::new()).unwrap();
        drop(reader);
        child.wait_with_output().unwrap()
    });
    let ended: Ended = ended.await.unwrap().into();
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("mantago: standard output: Broken pipe"), "{}", ended.stderr);
    assert!(folder.states().values().filter(|state| *state == "removed").count() == server.request_count());
}

/// A terminal that `script` makes has a bar, and then the same line as a pipe.
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
    assert_eq!(left[1..], ["300 removed, 0 failed, 0 uncertain, 0 not begun."]);
}

/// What README tells people to try.
#[tokio::test]
async fn the_demonstration_ends_with_nobody_who_has_the_tag() {
    // Cargo builds the examples beside the tests, in a folder of their own.
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/demonstration");
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.exists(), "where one test is chosen, cargo does not build the examples: cargo build --examples");
    let ended = end(Command::new(program)).await;
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("failed for reasons that are not their clients: 401 Unauthorized: "), "{ended:?}");
    assert!(ended.stdout.contains("\nclients.csv: 2000 clients, 9"), "{ended:?}");
    assert!(ended.stdout.contains(", 20 failed, 0 uncertain, 0 not begun.\n"), "{ended:?}");
    assert!(ended.stdout.ends_with(" requests reached the server; 0 clients still have the tag.\n"), "{ended:?}");
}
