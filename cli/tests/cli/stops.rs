//! A run that cannot succeed stops, and its last line says what to do.

use std::io::{BufRead, BufReader};
use std::time::{Duration, SystemTime};

use crate::folder::{Ended, Folder, end, list};
use crate::support::{ERROR, Server, json, nowhere, removed, response, until};

const FORBIDDEN: &str = r#"{"success":false,"errResponse":{"message":"no","code":120001}}"#;

/// The start and the end of a line of advice.
const SKIPS: &str = "it skips the clients that are done.";

fn error(code: i64) -> String {
    format!(r#"{{"success":false,"errResponse":{{"message":"no","code":{code}}}}}"#)
}

fn too_many_requests(retry_after: &str) -> Vec<u8> {
    response("429 Too Many Requests", &[("retry-after", retry_after)], error(0))
}

/// Both outputs end with the advice, standard error with the reason, too.
#[track_caller]
fn assert_stopped(ended: &Ended, reason: &str, advice: &str) {
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let last = ended.stderr.lines().last().unwrap();
    assert!(last.starts_with(&format!("mantago: stopped: {reason}")), "{ended:?}");
    assert!(last.ends_with(advice), "{ended:?}");
    assert_eq!(ended.stdout.lines().last(), Some(advice), "{ended:?}");
}

#[tokio::test]
async fn refused_credentials_and_an_unknown_bot_stop_the_run_at_once() {
    let credentials = format!(
        "To continue, set MANTAGO_TOKEN and MANTAGO_SECRET to the bot's current token and secret, and run the same command \
        again: {SKIPS}"
    );
    let bot = "To continue, correct the bot's ID in --bot-id or MANTAGO_BOT_ID: it is the text after /chatbot/ in the \
        dashboard's address. Then run the command again with --fresh.";
    for (status, code, advice) in [
        ("401 Unauthorized", 1002, &*credentials),
        ("401 Unauthorized", 1004, &credentials),
        ("401 Unauthorized", 120_000, &credentials),
        ("403 Forbidden", 1002, &credentials),
        ("404 Not Found", 5001, bot),
        ("200 OK", 5001, bot),
    ] {
        for keep_going in [&["clients.csv"][..], &["--keep-going", "clients.csv"]] {
            let folder = Folder::with_list("at_once", list(1..=200));
            let server = Server::start(json(status, error(code))).await;
            let ended = folder.run(&server, keep_going).await;
            assert!(ended.stderr.contains(&format!("no (code {code}, ")), "{ended:?}");
            assert_stopped(&ended, "", advice);
            // Calls in flight at that moment end, too.
            assert!(server.request_count() <= 8, "{code}: {}", server.request_count());
        }
    }
}

#[tokio::test]
async fn a_long_wait_stops_the_run_at_once() {
    let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    let advice = format!("To continue, wait that long and run the same command again: {SKIPS}");
    for (retry_after, wait) in [
        ("3600", "1 h"),
        ("61", "61 s"),
        ("300", "5 min"),
        ("301", "6 min"),
        ("86400", "24 h"),
        (&tomorrow_as_http_date(tomorrow), "24 h"),
        ("864000", "10 days"),
        ("99999999999999999999", "more than a year"),
    ] {
        let folder = Folder::with_list("long_wait", list(1..=200));
        let server = Server::start(too_many_requests(retry_after)).await;
        let ended = folder.run(&server, &["clients.csv"]).await;
        assert_stopped(&ended, &format!("MantaGO asks to wait {wait} (429). "), &advice);
        assert!(ended.stdout.contains(" 0 uncertain, "), "{ended:?}");
        assert!(server.request_count() <= 8, "{retry_after}: {}", server.request_count());
        assert!(folder.states().values().all(|state| state == "failed"));
    }
    let folder = Folder::with_list("long_wait", list(1..=200));
    let server = Server::start(response("503 Service Unavailable", &[("retry-after", "999")], "")).await;
    let ended = folder.run(&server, &["--keep-going", "clients.csv"]).await;
    assert_stopped(&ended, "MantaGO asks to wait 17 min (503). ", &advice);
}

fn tomorrow_as_http_date(time: SystemTime) -> String {
    let date = humantime::format_rfc3339_seconds(time).to_string();
    let (day, time) = date.trim_end_matches('Z').split_once('T').unwrap();
    let [year, month, day] = day.split('-').collect::<Vec<_>>()[..] else { panic!("{day}") };
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = names[month.parse::<usize>().unwrap() - 1];
    // The name of the day is not checked.
    format!("Mon, {day} {month} {year} {time} GMT")
}

#[tokio::test]
async fn a_short_wait_is_shown_and_waited_out() {
    let folder = Folder::with_list("short_wait", list(1..=40));
    let server = Server::in_turn(vec![removed(), too_many_requests("2"), removed()]).await;
    let ended = folder.run(&server, &["clients.csv"]).await;
    assert_eq!((ended.status, server.request_count()), (Some(0), 41), "{ended:?}");
    let shown = "mantago: MantaGO asks to wait 2 s (429); the run continues then\n";
    assert!(ended.stderr.starts_with(shown) && ended.stderr.lines().count() == 2, "{ended:?}");

    let server = Server::in_turn(vec![too_many_requests("1"), removed()]).await;
    let ended = folder.run(&server, &["--client-id", "c1"]).await;
    let shown = "mantago: MantaGO asks to wait 1 s (429); the run continues then\n";
    assert_eq!((ended.status, &*ended.stdout, &*ended.stderr), (Some(0), "removed\n", shown));
}

#[tokio::test]
async fn a_single_call_does_not_wait_out_a_long_pause() {
    let server = Server::start(too_many_requests("3600")).await;
    let ended = Folder::new("one_wait").run(&server, &["--client-id", "c1"]).await;
    let shown = "mantago: MantaGO asks to wait 1 h (429)\nmantago: 429 Too Many Requests: no (code 0)\n";
    assert_eq!((ended.status, &*ended.stderr, server.request_count()), (Some(1), shown, 1));
}

/// Together they are longer than a minute.
#[tokio::test]
async fn waits_in_a_row_stop_the_run() {
    let folder = Folder::with_list("waits", list(1..=200));
    let server = Server::in_turn(vec![too_many_requests("1"), too_many_requests("60")]).await;
    let ended = folder.run(&server, &["--concurrency", "1", "clients.csv"]).await;
    let advice = format!("To continue, wait that long and run the same command again: {SKIPS}");
    assert_stopped(&ended, "MantaGO asks to wait 60 s (429). ", &advice);
    assert_eq!(server.request_count(), 2);

    // Any other response restarts the count.
    let server = Server::in_turn(vec![too_many_requests("1"), removed(), too_many_requests("60")]).await;
    let mut child = folder.program(&server.url(), &["--fresh", "--concurrency", "1", "clients.csv"]).spawn().unwrap();
    until(|| server.request_count() == 3).await;
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let shown = "mantago: MantaGO asks to wait 60 s (429); the run continues then";
    tokio::task::spawn_blocking(move || stderr.find(|line| line == shown).unwrap()).await.unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
}

const SOLVE: &str = "To continue, solve this or ignore it with --keep-going, and run the same command again: it skips the \
    clients that are done.";

#[tokio::test]
async fn twenty_failures_unrelated_to_clients_stop_the_run() {
    for (answer, why) in [
        (json("401 Unauthorized", "{}"), "401 Unauthorized: "),
        (json("403 Forbidden", FORBIDDEN), "403 Forbidden: no"),
        (json("404 Not Found", error(110_000)), "404 Not Found: no"),
        (response("500 Internal Server Error", &[], "<html>"), "500 Internal Server Error: "),
        (response("302 Found", &[("location", "/login")], ""), "302 Found: "),
    ] {
        let folder = Folder::with_list("stops", list(1..=200));
        let server = Server::start(answer).await;
        let ended = folder.run(&server, &["clients.csv"]).await;
        let reason = format!("the last 20 attempts failed for reasons unrelated to their clients: {why}");
        assert_stopped(&ended, &reason, SOLVE);
        // Calls in flight at that moment end, too.
        assert!((20..=28).contains(&server.request_count()), "{why}: {}", server.request_count());
    }
}

/// Each call in flight is retried a few times.
#[tokio::test]
async fn an_outage_stops_the_run_within_seconds() {
    let reason = "the last 24 attempts failed for reasons unrelated to their clients: ";
    let folder = Folder::with_list("unreachable", list(1..=200));
    let ended = end(folder.program(&nowhere(), &["clients.csv"])).await;
    assert_stopped(&ended, &format!("{reason}no connection to 127.0.0.1:"), SOLVE);
    assert!(ended.stdout.contains(" 0 uncertain, "), "{}", ended.stdout);

    let folder = Folder::with_list("unavailable", list(1..=200));
    let server = Server::start(response("503 Service Unavailable", &[], "")).await;
    let ended = folder.run(&server, &["clients.csv"]).await;
    assert_stopped(&ended, &format!("{reason}503 Service Unavailable: "), SOLVE);
}

#[tokio::test]
async fn a_short_outage_fails_no_client() {
    let folder = Folder::with_list("outage", list(1..=40));
    let unavailable = response("503 Service Unavailable", &[], "");
    let turns = std::iter::repeat_n(unavailable, 8).chain([removed()]).collect();
    let server = Server::in_turn(turns).await;
    let ended = folder.run(&server, &["clients.csv"]).await;
    assert_eq!((ended.status, server.request_count()), (Some(0), 48), "{ended:?}");
}

/// A failure of one client, or a success, restarts the count.
#[tokio::test]
async fn failures_of_clients_stop_nothing() {
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
async fn keep_going_ignores_failures() {
    let folder = Folder::with_list("keep_going", list(1..=60));
    let server = Server::start(json("403 Forbidden", FORBIDDEN)).await;
    let ended = folder.run(&server, &["--keep-going", "clients.csv"]).await;
    assert_eq!((ended.status, server.request_count()), (Some(1), 60));
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

#[tokio::test]
async fn the_same_command_resumes_a_stopped_run() {
    let folder = Folder::with_list("resumes", list(1..=50));
    let turns = std::iter::repeat_n(removed(), 10).chain([json("401 Unauthorized", error(1004))]).collect();
    let server = Server::in_turn(turns).await;
    assert_eq!(folder.run(&server, &["--concurrency", "1", "clients.csv"]).await.status, Some(1));
    assert_eq!(server.request_count(), 11);
    let server = Server::start(removed()).await;
    folder.adopt_journal(&server);
    let ended = folder.run(&server, &["clients.csv"]).await;
    assert_eq!((ended.status, server.request_count()), (Some(0), 40));
}
