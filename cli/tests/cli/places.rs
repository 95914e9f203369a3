//! The place of a journal, and the run that it belongs to.

use std::fs;

use crate::folder::{Ended, Folder, end, job, list};
use crate::support::{ERROR, Server, json, removed};

/// The program would cut off an incomplete line.
#[tokio::test]
async fn a_file_that_is_not_a_journal_stays_as_it_is() {
    let folder = Folder::with_list("no_journal", list(1..=2));
    let server = Server::start(removed()).await;
    let other = job(&server.url()).replace("bot-7", "bot-8");
    for (text, flaw) in [
        ("notes", "this file is not a journal"),
        ("notes\n", "expected ident at line 1 column 2"),
        (other.trim_end(), "this file is not a journal"),
        ("{}\n", "missing field `botId` at line 1 column 2"),
    ] {
        folder.write("notes.txt", text);
        let ended = folder.run(&server, &["--journal", "notes.txt", "clients.csv"]).await;
        let why = format!("mantago: notes.txt, line 1: {flaw}; --fresh begins a new journal\n");
        assert_eq!((ended.status, ended.stderr), (Some(2), why));
        assert_eq!((folder.read("notes.txt"), folder.files().len()), (text.to_owned(), 2));
    }
    assert_eq!(server.request_count(), 0);
}

#[tokio::test]
async fn a_run_of_another_server_bot_or_list_is_refused() {
    let folder = Folder::with_list("other_run", list(1..=2));
    folder.write("other.csv", list(1..=2));
    let server = Server::start(removed()).await;
    let journal = ["--journal", "run.journal", "clients.csv"];
    assert_eq!(folder.run(&server, &journal).await.status, Some(0));
    let before = folder.read("run.journal");

    let other = Server::start(removed()).await;
    for (command, difference) in [
        (folder.program(&other.url(), &journal), format!("base URL {} instead of {}", server.url(), other.url())),
        (folder.program_for("bot-8", "vip", &server.url(), &journal), "bot bot-7 instead of bot-8".to_owned()),
        (
            folder.program(&server.url(), &["--journal", "run.journal", "other.csv"]),
            "list clients.csv instead of other.csv".to_owned(),
        ),
        (folder.program_for("bot-7", "new", &server.url(), &journal), "tag vip instead of new".to_owned()),
    ] {
        let ended = end(command).await;
        let why = format!(
            "mantago: run.journal, line 1: this journal belongs to another run ({difference}); \
            --journal chooses another file; --fresh begins a new journal\n"
        );
        assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr), (Some(2), "", why));
    }
    assert_eq!((server.request_count(), other.request_count(), folder.read("run.journal")), (2, 0, before));

    // The same URL in another spelling is the same server.
    let spelled = folder.program(&(server.url().replace("http", "HTTP") + "/"), &journal);
    assert_eq!((end(spelled).await.status, server.request_count()), (Some(0), 2));
}

#[tokio::test]
async fn each_tag_of_a_list_resumes_its_own_run() {
    let folder = Folder::with_list("tags", list(1..=3));
    let server = Server::start_with(|request| match request.json()["clientId"].as_str() {
        Some("c3") => json("404 Not Found", ERROR),
        _ => removed(),
    })
    .await;
    let run = async |tag: &str, arguments: &[&str]| {
        let command = folder.program_for("bot-7", tag, &server.url(), arguments);
        end(command).await.stdout.lines().next().unwrap_or_default().to_owned()
    };
    let plan = |done, to_do| format!("clients.csv: 3 clients, {done} done by earlier runs, {to_do} to do.");
    for (done, to_do) in [(0, 3), (2, 1)] {
        for tag in ["vip", "new", "\u{6a19}/7"] {
            assert_eq!(run(tag, &["clients.csv"]).await, plan(done, to_do), "{tag}");
        }
    }
    // If the first journal is deleted, the others still belong to their tags.
    fs::remove_file(folder.0.join("clients.csv.journal")).unwrap();
    assert_eq!(run("new", &["--dry-run", "clients.csv"]).await, plan(2, 1));
    assert_eq!(run("vip", &["--dry-run", "clients.csv"]).await, plan(0, 3));
    let files = folder.files();
    assert!(files.iter().any(|file| file == "clients.csv.new.journal"), "{files:?}");
    let failed_rows = files.iter().filter(|file| file.ends_with(".failed.csv"));
    assert_eq!(failed_rows.count(), 3, "{files:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tags_run_side_by_side() {
    for turn in 0..5 {
        let folder = Folder::with_list(&format!("side_by_side_{turn}"), list(1..=50));
        let server = Server::start(removed()).await;
        let runs = ["vip", "new", "old"]
            .map(|tag| folder.program_for("bot-7", tag, &server.url(), &["clients.csv"]).spawn().unwrap());
        for run in runs {
            let ended: Ended = run.wait_with_output().unwrap().into();
            assert_eq!(ended.status, Some(0), "{ended:?}");
        }
        assert_eq!((server.request_count(), folder.files().len()), (150, 4));
    }
}

#[tokio::test]
async fn a_chosen_journal_has_the_failed_rows_beside_it() {
    let folder = Folder::with_list("chosen", list(1..=2));
    fs::create_dir(folder.0.join("runs")).unwrap();
    let server = Server::start(json("404 Not Found", ERROR)).await;
    let ended = folder.run(&server, &["--journal", "runs/first.journal", "clients.csv"]).await;
    assert_eq!(ended.status, Some(1));
    assert!(ended.stdout.ends_with(" are in runs/first.failed.csv.\n"), "{}", ended.stdout);
    let ended = folder.run(&server, &["--journal", "runs/second", "clients.csv"]).await;
    assert!(ended.stdout.ends_with(" are in runs/second.failed.csv.\n"), "{}", ended.stdout);
    assert_eq!((folder.files(), server.request_count()), (vec!["clients.csv".to_owned(), "runs".to_owned()], 4));
}

#[tokio::test]
async fn a_journal_never_replaces_the_list() {
    let folder = Folder::with_list("replaced", list(1..=2));
    folder.write("rows.failed.csv", list(1..=2));
    for (journal, list, file) in
        [("clients.csv", "clients.csv", "clients.csv"), ("rows.journal", "rows.failed.csv", "rows.failed.csv")]
    {
        let ended = end(folder.program("http://127.0.0.1:1", &["--fresh", "--journal", journal, list])).await;
        let why = format!("mantago: {file} is the list: expected another file for --journal\n");
        assert_eq!((ended.status, ended.stderr), (Some(2), why));
    }
    assert_eq!(folder.files(), ["clients.csv", "rows.failed.csv"]);
    assert_eq!((folder.read("clients.csv"), folder.read("rows.failed.csv")), (list(1..=2), list(1..=2)));
}

#[cfg(unix)]
#[tokio::test]
async fn a_journal_that_cannot_be_a_file_is_refused() {
    let folder = Folder::with_list("no_file", list(1..=2));
    let other = "--journal chooses another file";
    for (journal, why) in [
        ("/dev/null", "expected a file for the journal"),
        (".", "expected a file for the journal"),
        ("/proc/none/run.journal", "No such file or directory (os error 2)"),
    ] {
        let ended = end(folder.program("http://127.0.0.1:1", &["--journal", journal, "clients.csv"])).await;
        assert_eq!((ended.status, ended.stderr), (Some(2), format!("mantago: {journal}: {why}; {other}\n")));
    }
    assert!(fs::exists("/dev/null").unwrap());
    assert_eq!(folder.files(), ["clients.csv"]);
}
