//! The journal's promises: the next run continues, no outcome is made up, and only one run uses it at a time.

use std::fs;

use crate::embedded_mantago::{Config, EmbeddedMantago};
use crate::folder::{ARGUMENTS, Folder, clients, end, job, list};
use crate::support::{ERROR, Play, SHOWN_ERROR, Server, Step, json, removed, response, until};

#[tokio::test]
async fn a_dry_run_sends_and_writes_nothing_and_needs_no_credentials() {
    let folder = Folder::with_list("dry", list(1..=3));
    let ended = folder.dry_run().await;
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""));
    let plan = "clients.csv: 3 clients, 0 done by earlier runs, 3 to do.\nThis is a dry run: nothing was sent.\n";
    assert_eq!(ended.stdout, plan);
    assert_eq!(folder.files(), ["clients.csv"]);
}

#[tokio::test]
async fn a_second_run_skips_successes_and_the_failed_rows_are_a_list() {
    let rows = "name,clientId,platform,platformClientId\nA,c1,,\nB,,line,U2\nC,c3,,\nD,c1,,\n";
    let folder = Folder::with_list("again", rows);
    let server = Server::start_with(|request| match request.json()["clientId"].as_str() {
        Some("c1") => removed(),
        _ => json("404 Not Found", ERROR),
    })
    .await;
    let ended = folder.run(&server, &["clients.csv"]).await;
    let expected = format!(
        "\
clients.csv: 3 clients, 0 done by earlier runs, 3 to do.
1 row repeats an earlier client and will be skipped.
1 removed, 2 failed, 0 uncertain, 0 not started.
not found (2): check the bot and the clients' IDs; this does not prove that the tag is gone
  first: line 3: 404 Not Found: {SHOWN_ERROR}
The rows that failed or are uncertain are in clients.csv.failed.csv.
"
    );
    assert_eq!((ended.status, ended.stdout.clone()), (Some(1), expected));
    assert_eq!(ended.last_progress(), "3 of 3, 2 failed, 0 uncertain");
    let why = format!("\"404 Not Found: {SHOWN_ERROR}\"");
    let failed = format!("name,clientId,platform,platformClientId,error\nB,,line,U2,{why}\nC,c3,,,{why}\n");
    assert_eq!(folder.read("clients.csv.failed.csv"), failed);

    // The same command calls only the failed clients.
    let server = Server::start(removed()).await;
    folder.adopt_journal(&server);
    let rows = folder.run(&server, &["clients.csv.failed.csv"]).await;
    assert_eq!((rows.status, server.request_count()), (Some(0), 2));
    let again = folder.run(&server, &["clients.csv"]).await;
    assert_eq!((again.status, server.request_count()), (Some(0), 4));
    assert_eq!(again.stdout.lines().next().unwrap(), "clients.csv: 3 clients, 1 done by earlier runs, 2 to do.");
    // The file of failed rows is gone with the failures.
    assert!(!folder.files().contains(&"clients.csv.failed.csv".to_owned()), "{:?}", folder.files());
}

#[tokio::test]
async fn a_finished_list_reports_its_time_and_fresh_starts_again() {
    let folder = Folder::with_list("done", list(1..=3));
    let server = Server::start(removed()).await;
    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(0));
    let before = folder.read("clients.csv.journal");
    let last: serde_json::Value = serde_json::from_str(before.lines().last().unwrap()).unwrap();
    let again = folder.run(&server, &["clients.csv"]).await;
    let expected = format!(
        "clients.csv: 3 clients, 3 done by earlier runs, 0 to do.\n\
        Everything was done by {}. To start again with all clients: --fresh.\n",
        last["at"].as_str().unwrap()
    );
    assert_eq!((again.status, again.stdout, again.stderr.as_str()), (Some(0), expected, ""));
    assert_eq!((server.request_count(), folder.read("clients.csv.journal")), (3, before.clone()));

    // The old journals are kept beside the new one.
    for requests in [6, 9] {
        assert_eq!(folder.run(&server, &["--fresh", "clients.csv"]).await.status, Some(0));
        assert_eq!(server.request_count(), requests);
    }
    assert_eq!(
        folder.files(),
        ["clients.csv", "clients.csv.journal", "clients.csv.journal.1", "clients.csv.journal.2"]
    );
    assert_eq!(folder.read("clients.csv.journal.1"), before);
}

#[tokio::test]
async fn fresh_replaces_a_journal_of_another_run() {
    let folder = Folder::with_list("unreadable", list(1..=2));
    let server = Server::start(removed()).await;
    let other = job(&server.url()).replace("bot-7", "bot-8");
    folder.write("clients.csv.journal", &other);
    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(2));
    assert_eq!(folder.run(&server, &["--fresh", "clients.csv"]).await.status, Some(0));
    assert!(folder.read("clients.csv.journal").starts_with(&job(&server.url())));
    assert_eq!(folder.read("clients.csv.journal.1"), other);
}

/// A lost response leaves the client uncertain until a success, and so does a status that may hide a removal.
#[tokio::test]
async fn clients_whose_tag_may_be_removed_are_uncertain() {
    let folder = Folder::with_list("uncertain", list(1..=5));
    let server = Server::start_with(|request| match request.json()["clientId"].as_str() {
        Some("c1") => Play::from(vec![Step::Close]),
        Some("c2") => json("404 Not Found", ERROR).into(),
        Some("c3") => response("500 Internal Server Error", &[], "").into(),
        Some("c4") => response("200 OK", &[], "<html>").into(),
        _ => removed().into(),
    })
    .await;
    let ended = folder.run(&server, &["clients.csv"]).await;
    assert_eq!(ended.status, Some(1));
    assert!(ended.stdout.contains("\n1 removed, 1 failed, 3 uncertain, 0 not started.\n"), "{}", ended.stdout);
    for kind in ["not found (1): ", "server error (1): ", "connection error (1): ", "unexpected response (1): "] {
        assert!(ended.stdout.contains(&format!("\n{kind}")), "{kind}: {}", ended.stdout);
    }
    assert_eq!(ended.last_progress(), "5 of 5, 1 failed, 3 uncertain");
    let states = |expected: [&str; 5]| {
        let clients = ["c1", "c2", "c3", "c4", "c5"].map(str::to_owned);
        assert_eq!(folder.states(), clients.into_iter().zip(expected.map(str::to_owned)).collect());
    };
    states(["uncertain", "failed", "uncertain", "uncertain", "removed"]);

    // A later refusal doesn't make it certain.
    let server = Server::start(json("404 Not Found", ERROR)).await;
    folder.adopt_journal(&server);
    let ended = folder.run(&server, &["clients.csv"]).await;
    let named = "\nuncertain: line 2: an earlier call may have removed the tag; it is called again\n";
    assert!(ended.stdout.contains(named), "{}", ended.stdout);
    assert!(ended.stdout.contains("\n0 removed, 1 failed, 3 uncertain, 0 not started.\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("\nUncertain: the tag may have been removed."), "{}", ended.stdout);
    states(["uncertain", "failed", "uncertain", "uncertain", "removed"]);
    let server = Server::start(removed()).await;
    folder.adopt_journal(&server);
    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(0));
    states(["removed"; 5]);
}

/// The program was killed while writing the last line, or a power cut left zeros in it.
#[tokio::test]
async fn an_incomplete_journal_resumes() {
    let server = Server::start(removed()).await;
    let job = job(&server.url());
    let whole = format!(
        "{job}{{\"state\":\"sending\",\"clientId\":\"c1\",\"tagId\":\"vip\"}}\n\
        {{\"state\":\"removed\",\"clientId\":\"c1\",\"tagId\":\"vip\"}}\n"
    );
    let ends = [0, 1, job.len() - 1, job.len(), job.len() + 1, whole.len() - 53, whole.len() - 52, whole.len() - 1];
    for (length, zeros) in ends.into_iter().chain([whole.len()]).flat_map(|length| [(length, 0), (length, 100)]) {
        let folder = Folder::with_list("cut", list(1..=2));
        folder.write("clients.csv.journal", [&whole.as_bytes()[..length], &vec![0; zeros]].concat());
        let plan = folder.dry_run_for(&server.url()).await.stdout;
        let whole_lines = whole[..length].matches('\n').count();
        assert_eq!(plan.contains(" 1 done by earlier runs"), whole_lines == 3, "{length}: {plan}");
        assert_eq!(plan.contains("uncertain: line 2"), whole_lines == 2, "{length}: {plan}");
        let before = server.request_count();
        assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(0));
        assert_eq!(server.request_count() - before, if whole_lines == 3 { 1 } else { 2 });
        assert_eq!(folder.states().len(), 2);
    }
}

#[tokio::test]
async fn a_list_that_changes_between_runs_keeps_its_outcomes() {
    let folder = Folder::with_list("changed", list(1..=3));
    let server = Server::start(removed()).await;
    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(0));
    folder.write("clients.csv", "Name;clientId\nE;c5\nB;c2\nD;c4\n");
    let ended = folder.run(&server, &["clients.csv"]).await;
    assert!(ended.stdout.starts_with("clients.csv: 3 clients, 1 done by earlier runs, 2 to do.\n"), "{ended:?}");
    assert_eq!((ended.status, clients(&server)), (Some(0), ["c1", "c2", "c3", "c4", "c5"].map(str::to_owned).to_vec()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_run_on_the_same_journal_exits_with_2() {
    let folder = Folder::with_list("two", list(1..=2));
    let server = Server::start(Vec::new()).await;
    let mut first = folder.program(&server.url(), &["clients.csv"]).spawn().unwrap();
    until(|| server.request_count() == 2).await;
    // The lock comes before the list is read.
    folder.write("clients.csv", "not a list");
    for arguments in [&["clients.csv"][..], &["--fresh", "clients.csv"]] {
        let second = folder.run(&server, arguments).await;
        let why = "mantago: clients.csv.journal: another run is using this journal; nothing was sent\n";
        assert_eq!((second.status, second.stdout.as_str(), second.stderr.as_str()), (Some(2), "", why));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(server.request_count(), 2);
    assert_eq!(folder.files(), ["clients.csv", "clients.csv.journal"]);

    // A killed run locks nothing.
    folder.write("clients.csv", list(1..=2));
    let server = Server::start(removed()).await;
    folder.adopt_journal(&server);
    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(0));
}

/// Each client is called once, and the journal stays readable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_one_of_many_concurrent_runs_does_the_work() {
    let folder = Folder::with_list("race", list(1..=300));
    let server = Server::start(removed()).await;
    let runs: Vec<_> = (0..6).map(|_| folder.program(&server.url(), &["clients.csv"]).spawn().unwrap()).collect();
    let mut statuses: Vec<_> = runs.into_iter().map(|run| run.wait_with_output().unwrap().status.code()).collect();
    statuses.sort();
    assert!(statuses.iter().all(|status| matches!(status, Some(0 | 2))), "{statuses:?}");
    assert_eq!((statuses[0], server.request_count()), (Some(0), 300));
    assert_eq!(folder.dry_run_for(&server.url()).await.status, Some(0));
}

/// A wrong list leaves no file, and no run locks a journal that another has just deleted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_sends_nothing_leaves_no_file() {
    let folder = Folder::with_list("nothing", "clientId\n c1\n");
    let runs: Vec<_> =
        (0..8).map(|_| folder.program("http://127.0.0.1:1", &["clients.csv"]).spawn().unwrap()).collect();
    for run in runs {
        assert_eq!(run.wait_with_output().unwrap().status.code(), Some(2));
    }
    assert_eq!(folder.files(), ["clients.csv"]);
}

/// The other tests have servers that play bytes; this one follows MantaGO's rules.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_works_with_the_embedded_mantago() {
    let server = EmbeddedMantago::start_with(Config::default()).await.unwrap();
    let folder = Folder::with_list("embedded", "clientId\nclient-1001\n");
    let pair = server.current_credentials();
    let mut command = folder.bare(&ARGUMENTS);
    command.env("MANTAGO_BASE_URL", server.base_url()).arg("clients.csv");
    command.env("MANTAGO_TOKEN", pair.token().expose_secret()).env("MANTAGO_SECRET", pair.secret().expose_secret());
    assert_eq!(end(command).await.status, Some(0));
    assert_eq!(server.clients_with("vip"), 0);
    assert!(fs::exists(folder.0.join("clients.csv.journal")).unwrap());
}
