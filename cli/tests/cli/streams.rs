//! Standard output and standard error that cannot be written, and text that must not reach a terminal.
#![cfg(target_os = "linux")]

use crate::folder::{Folder, end, list};
use crate::support::{Server, json, removed};

const NOT_FOUND: &str = r#"{"success":false,"errResponse":{"message":"no","code":37011}}"#;

/// A server that doesn't know the client `c2`.
async fn server() -> Server {
    Server::start_with(|request| match request.json()["clientId"].as_str() {
        Some("c2") => json("404 Not Found", NOT_FOUND),
        _ => removed(),
    })
    .await
}

#[tokio::test]
async fn standard_error_that_cannot_be_written_never_ends_a_run() {
    for (number, redirection) in ["2> /dev/full", "2>&-", "2> >(true)"].into_iter().enumerate() {
        for list_arguments in ["clients.csv", "--json clients.csv"] {
            let folder = Folder::with_list(&format!("stderr_{number}"), list(1..=30));
            let server = server().await;
            let script = format!("$mantago {list_arguments} {redirection}");
            let ended = end(folder.shell(&server.url(), &script)).await;
            assert_eq!((ended.status, server.request_count()), (Some(1), 30), "{script}: {ended:?}");
            let summary =
                if list_arguments.contains("json") { "\"removed\":29,\"failed\":1," } else { "29 removed, 1 failed, " };
            assert!(ended.stdout.contains(summary), "{script}: {ended:?}");
            assert!(folder.read("clients.csv.failed.csv").starts_with("clientId,error\nc2,"), "{script}");
        }
    }
    // The status of wrong usage stays the same, too.
    let folder = Folder::new("stderr_wrong");
    for script in ["$mantago none.csv 2> /dev/full", "$mantago 2> /dev/full"] {
        assert_eq!(end(folder.shell("http://127.0.0.1:1", script)).await.status, Some(2), "{script}");
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_does_not_change_the_exit_status() {
    for (script, requests) in [
        ("$mantago clients.csv | head -1", 500),
        ("$mantago --json clients.csv | head -1", 500),
        ("$mantago --json clients.csv | true", 500),
        ("$mantago --client-id c1 | true", 1),
        ("$mantago --dry-run clients.csv | true", 0),
        ("$mantago --help | true", 0),
    ] {
        let folder = Folder::with_list("reader", list((1..=501).filter(|number| *number != 2)));
        let server = server().await;
        let ended = end(folder.shell(&server.url(), &format!("{script}; exit ${{PIPESTATUS[0]}}"))).await;
        assert_eq!((ended.status, server.request_count()), (Some(0), requests), "{script}: {ended:?}");
        assert!(!ended.stderr.contains("Broken pipe"), "{script}: {ended:?}");
    }
}

#[tokio::test]
async fn a_full_standard_output_sends_nothing() {
    for script in ["$mantago clients.csv > /dev/full", "$mantago --json clients.csv > /dev/full"] {
        let folder = Folder::with_list("stdout_full", list(1..=3));
        let server = server().await;
        let ended = end(folder.shell(&server.url(), script)).await;
        let why = "mantago: standard output: No space left on device (os error 28)\n";
        assert_eq!((ended.status, &*ended.stderr, server.request_count()), (Some(2), why, 0), "{script}");
        assert_eq!(folder.files(), ["clients.csv"]);
    }
}

#[tokio::test]
async fn text_from_outside_never_controls_the_terminal() {
    let folder = Folder::with_list("c\u{1b}[2J", "");
    let hostile = "\\u001b]0;t\\u0007 red\\u001b[31m \\u202eabc \\u009b31m\\nsecond \\u200bline";
    let shown = "]0;t red [31m abc 31m second line";
    let success = json("200 OK", format!(r#"{{"success":true,"message":"{hostile}"}}"#));
    let failure =
        json("404 Not Found", format!(r#"{{"success":false,"errResponse":{{"message":"{hostile}","code":37011}}}}"#));

    let ended = folder.run(&Server::start(success.clone()).await, &["--client-id", "c1"]).await;
    assert_eq!((ended.status, &*ended.stdout), (Some(0), &*format!("{shown}\n")));
    let ended = folder.run(&Server::start(failure.clone()).await, &["--client-id", "c1"]).await;
    assert!(ended.stderr.starts_with(&format!("mantago: 404 Not Found: {shown} (code 37011")), "{ended:?}");

    folder.write("li\u{1b}[31mst.csv", "clientId,\u{1b}[2J\nc1,\u{1b}[2J\n");
    for arguments in
        [&["li\u{1b}[31mst.csv"][..], &["--fresh", "--json", "li\u{1b}[31mst.csv"], &["no\u{1b}[31mne.csv"]]
    {
        let ended = folder.run(&Server::start(failure.clone()).await, arguments).await;
        for text in [&ended.stdout, &ended.stderr] {
            let is_raw = |character: char| (character.is_control() && character != '\n') || character == '\u{202e}';
            assert!(!text.contains(is_raw), "{ended:?}");
        }
    }
}
