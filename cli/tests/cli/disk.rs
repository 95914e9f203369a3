//! A disk that is full: nothing is sent that the journal does not know.
#![cfg(unix)]

use std::process::Command;

use crate::folder::{Folder, end, list};
use crate::support::{Server, removed};

/// The program, which may write files of that many blocks (of 512 or 1024 bytes).
fn limited(folder: &Folder, server: &Server, blocks: usize) -> Command {
    let program = folder.program(&server.url(), &["clients.csv"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    shell.arg(program.get_program()).args(program.get_args()).current_dir(&folder.0);
    shell.envs(program.get_envs().filter_map(|(name, text)| Some((name, text?))).collect::<Vec<_>>());
    shell
}

#[tokio::test]
async fn a_full_disk_stops_the_run_and_the_next_one_goes_on() {
    let folder = Folder::with_list("disk", list(1..=400));
    let server = Server::start(removed()).await;
    let ended = end(limited(&folder, &server, 16)).await;
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("mantago: clients.csv.journal: File too large (os error 27)\n"), "{}", ended.stderr);
    assert!(
        ended.stdout.ends_with("To go on, run the same command again: it skips what is done.\n"),
        "{}",
        ended.stdout
    );

    // What was sent is in the journal, and what is in the journal is readable.
    let sent = server.request_count();
    assert!((20..400).contains(&sent), "{sent}");
    let states = folder.states();
    let uncertain = states.values().filter(|state| *state == "sending").count();
    assert!(uncertain <= 8, "{uncertain}");
    let plan = folder.dry_run().await.stdout;
    assert!(plan.starts_with(&format!("clients.csv: 400 clients, {} done", states.len() - uncertain)), "{plan}");
    assert!(server.requests().iter().all(|request| states.contains_key(request.json()["clientId"].as_str().unwrap())));

    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(0));
    assert!(server.request_count() <= 400 + uncertain);
    assert!(folder.states().len() == 400 && folder.states().values().all(|state| state == "removed"));
}

#[tokio::test]
async fn a_disk_that_is_full_from_the_start_is_status_2() {
    let folder = Folder::with_list("full", list(1..=3));
    let server = Server::start(removed()).await;
    let ended = end(limited(&folder, &server, 0)).await;
    let why = "mantago: clients.csv.journal: File too large (os error 27)\n";
    assert_eq!((ended.status, ended.stderr.as_str(), server.request_count()), (Some(2), why, 0));
    assert_eq!(folder.files(), ["clients.csv"]);
}
