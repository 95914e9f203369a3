//! Where going on is pointless, it stops, and says why and how to go on.

use std::time::Duration;

use crate::folder::{Ended, Folder, end, list};
use crate::support::{ERROR, Server, json, nowhere, removed, response};

const FORBIDDEN: &str = r#"{"success":false,"errResponse":{"message":"no","code":120001}}"#;
const EXPIRED: &str = r#"{"success":false,"errResponse":{"message":"no","code":1004}}"#;

fn assert_stopped(ended: &Ended, why: &str) {
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let line =
        format!("mantago: stopped, because the last 20 calls failed for reasons that are not their clients: {why}");
    let said = ended.stderr.lines().find(|said| said.starts_with(&line)).unwrap_or_else(|| panic!("{ended:?}"));
    assert!(said.ends_with("To go on, run the same command again; with --keep-going, it does not stop"), "{said}");
    assert!(ended.stdout.ends_with("\nTo go on, run the same command again: it skips what is done.\n"), "{ended:?}");
}

#[tokio::test]
async fn it_stops_after_twenty_failures_that_are_not_about_clients() {
    let bot = r#"{"success":false,"errResponse":{"message":"no","code":5001}}"#;
    for (answer, why) in [
        (json("401 Unauthorized", EXPIRED), "401 Unauthorized: no"),
        (json("403 Forbidden", FORBIDDEN), "403 Forbidden: no"),
        (json("404 Not Found", bot), "404 Not Found: no"),
        (response("500 Internal Server Error", &[], "<html>"), "500 Internal Server Error: "),
        (response("503 Service Unavailable", &[("retry-after", "999")], ""), "503 Service Unavailable: "),
        (response("302 Found", &[("location", "/login")], ""), "302 Found: "),
    ] {
        let folder = Folder::with_list("stops", list(1..=200));
        let server = Server::start(answer).await;
        let ended = folder.run(&server, &["clients.csv"]).await;
        assert_stopped(&ended, why);
        // Those in flight at that moment end, too.
        assert!((20..=28).contains(&server.request_count()), "{why}: {}", server.request_count());
    }
}

#[tokio::test]
async fn it_stops_where_there_is_no_connection() {
    let folder = Folder::with_list("unreachable", list(1..=200));
    // The first ones are retried, until the budget of retries is used up.
    let ended = end(folder.program(&nowhere(), &["clients.csv", "--concurrency", "64"])).await;
    assert_stopped(&ended, "no connection to 127.0.0.1:");
    assert!(ended.stdout.contains(" 0 uncertain, "), "{}", ended.stdout);
}

/// A failure that is about its client, or a success, begins the count anew.
#[tokio::test]
async fn failures_about_clients_stop_nothing() {
    let folder = Folder::with_list("goes_on", list(1..=60));
    let server = Server::start(json("404 Not Found", ERROR)).await;
    let ended = folder.run(&server, &["clients.csv"]).await;
    assert_eq!((ended.status, server.request_count()), (Some(1), 60));

    let turns: Vec<_> =
        (0..60).map(|turn| if turn % 19 == 18 { removed() } else { json("403 Forbidden", FORBIDDEN) }).collect();
    let folder = Folder::with_list("now_and_then", list(1..=60));
    let server = Server::in_turn(turns).await;
    let ended = folder.run(&server, &["clients.csv", "--concurrency", "1"]).await;
    assert_eq!((ended.status, server.request_count()), (Some(1), 60), "{ended:?}");
}

#[tokio::test]
async fn keep_going_does_not_stop() {
    let folder = Folder::with_list("keep_going", list(1..=60));
    let server = Server::start(json("403 Forbidden", FORBIDDEN)).await;
    let ended = folder.run(&server, &["--keep-going", "clients.csv"]).await;
    assert_eq!((ended.status, server.request_count()), (Some(1), 60));
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

/// The next run begins with the first row that is not done, and is not held up by what stopped the last one.
#[tokio::test]
async fn the_same_command_goes_on() {
    let folder = Folder::with_list("goes_on_later", list(1..=50));
    let server = Server::start(json("401 Unauthorized", EXPIRED)).await;
    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(1));
    let server = Server::start(removed()).await;
    let ended = tokio::time::timeout(Duration::from_secs(60), folder.run(&server, &["clients.csv"])).await.unwrap();
    assert_eq!((ended.status, server.request_count()), (Some(0), 50));
}
