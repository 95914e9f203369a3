//! On a full disk, no request is sent without its line in the journal.
#![cfg(unix)]

use std::process::Command;

use crate::folder::{Folder, end, list};
use crate::support::{Server, removed};

/// The program with a limit on the size of files, in blocks of 512 or 1024 bytes.
fn limited(folder: &Folder, server: &Server, blocks: usize) -> Command {
    let program = folder.program(&server.url(), &["clients.csv"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    shell.arg(program.get_program()).args(program.get_args()).current_dir(&folder.0);
    shell.envs(program.get_envs().filter_map(|(name, text)| Some((name, text?))).collect::<Vec<_>>());
    shell
}

#[tokio::test]
async fn a_full_disk_stops_the_run_and_the_next_one_resumes() {
    let folder = Folder::with_list("disk", list(1..=400));
    let server = Server::start(removed()).await;
    let ended = end(limited(&folder, &server, 16)).await;
    assert_eq!(ended.status, Some(1), "{ended:?}");
    let why = "mantago: stopped: clients.csv.journal: File too large (os error 27). To continue, ";
    assert!(ended.stderr.contains(why), "{}", ended.stderr);
    let end = "\nTo continue, run the same command again: it skips the clients that are done.\n";
    assert!(ended.stdout.ends_with(end), "{}", ended.stdout);

    // The journal has all sent requests, and is readable.
    let sent = server.request_count();
    assert!((20..400).contains(&sent), "{sent}");
    let states = folder.states();
    let uncertain = states.values().filter(|state| *state == "sending").count();
    assert!(uncertain <= 8, "{uncertain}");
    let plan = folder.dry_run_for(&server.url()).await.stdout;
    assert!(plan.starts_with(&format!("clients.csv: 400 clients, {} done", states.len() - uncertain)), "{plan}");
    assert!(server.requests().iter().all(|request| states.contains_key(request.json()["clientId"].as_str().unwrap())));

    assert_eq!(folder.run(&server, &["clients.csv"]).await.status, Some(0));
    assert!(server.request_count() <= 400 + uncertain);
    assert!(folder.states().len() == 400 && folder.states().values().all(|state| state == "removed"));
}

#[tokio::test]
async fn a_disk_that_is_full_at_the_start_exits_with_2() {
    let folder = Folder::with_list("full", list(1..=3));
    let server = Server::start(removed()).await;
    let ended = end(limited(&folder, &server, 0)).await;
    let why = "mantago: clients.csv.journal: File too large (os error 27); --journal chooses another file\n";
    assert_eq!((ended.status, ended.stderr.as_str(), server.request_count()), (Some(2), why, 0));
    assert_eq!(folder.files(), ["clients.csv"]);
}
