//! Lists that are not plain files in the current folder: standard input, pipes and links.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;

use crate::folder::{Folder, end, list};
use crate::support::{Server, nowhere, removed};

#[tokio::test]
async fn a_piped_list_resumes_however_it_is_piped() {
    let folder = Folder::with_list("pipes", list(1..=2));
    let server = Server::start(removed()).await;
    for (script, name) in [
        ("$mantago - < clients.csv", "standard input"),
        ("$mantago /dev/stdin < clients.csv", "standard input"),
        ("cat clients.csv | $mantago /dev/stdin", "standard input"),
        ("$mantago /dev/fd/0 < clients.csv", "/dev/fd/0"),
        ("$mantago <(cat clients.csv)", "/dev/fd/63"),
        ("mkfifo pipe; cat clients.csv > pipe & $mantago pipe; status=$?; rm pipe; exit $status", "pipe"),
    ] {
        let ended = end(folder.shell(&server.url(), script)).await;
        assert_eq!((ended.status, server.request_count()), (Some(0), 2), "{script}: {ended:?}");
        assert!(ended.stdout.starts_with(&format!("{name}: 2 clients, ")), "{script}: {ended:?}");
    }
    let files = folder.files();
    assert_eq!((files.len(), &*files[0]), (2, "clients.csv"));
    assert!(files[1].starts_with("stdin-") && files[1].ends_with(".csv.journal"), "{files:?}");
    let in_dev = fs::read_dir("/dev").unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(in_dev.filter(|name| name.contains(".journal") || name.contains(".csv")).count(), 0);

    // Another list has its own journal.
    let ended = end(folder.shell(&server.url(), "printf 'clientId\\nc3\\n' | $mantago -")).await;
    assert_eq!((ended.status, server.request_count(), folder.files().len()), (Some(0), 3, 3));
}

#[tokio::test]
async fn an_empty_standard_input_is_named_in_the_error() {
    let folder = Folder::new("no_input");
    for script in ["$mantago - < /dev/null", "true | $mantago /dev/stdin"] {
        let ended = end(folder.shell(&nowhere(), script)).await;
        let why = "mantago: standard input: expected a header and a row for each client, found nothing\n";
        assert_eq!((ended.status, &*ended.stderr), (Some(2), why), "{script}");
    }
    assert!(folder.files().is_empty());
}

#[tokio::test]
async fn a_link_has_the_journal_of_its_list() {
    let folder = Folder::with_list("link", list(1..=2));
    fs::create_dir(folder.0.join("elsewhere")).unwrap();
    symlink("../clients.csv", folder.0.join("elsewhere/link.csv")).unwrap();
    symlink("elsewhere/link.csv", folder.0.join("second.csv")).unwrap();
    let server = Server::start(removed()).await;
    for name in ["elsewhere/link.csv", "second.csv", "clients.csv", "./elsewhere/../clients.csv"] {
        let ended = folder.run(&server, &[name]).await;
        assert_eq!((ended.status, server.request_count()), (Some(0), 2), "{name}: {ended:?}");
    }
    assert_eq!(folder.files(), ["clients.csv", "clients.csv.journal", "elsewhere", "second.csv"]);
    assert_eq!(fs::read_dir(folder.0.join("elsewhere")).unwrap().count(), 1);
}
