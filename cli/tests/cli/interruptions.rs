//! Whenever a run ends, journal and server agree: no client is lost, and the plan names each client that is called again.
#![cfg(unix)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mantago::{ClientIdentity, Platform};

use crate::embedded_mantago::{Config, EmbeddedMantago, KnownClient, SECRET, TOKEN};
use crate::folder::{Ended, Folder, list};
use crate::support::until;

/// A slow MantaGO that knows the clients of a list.
async fn slow(clients: usize, latency: Duration) -> EmbeddedMantago {
    let client = |number| KnownClient {
        client_id: format!("c{number}"),
        platform: Platform::Line,
        platform_client_id: format!("U{number}"),
    };
    let clients = (1..=clients).map(client).collect();
    EmbeddedMantago::start_with(Config { clients, latency, is_idempotent: true, ..Config::default() }).await.unwrap()
}

fn program(folder: &Folder, server: &EmbeddedMantago, arguments: &[&str]) -> Command {
    let mut command = folder.program(&server.base_url(), arguments);
    command.env("MANTAGO_TOKEN", TOKEN).env("MANTAGO_SECRET", SECRET);
    command
}

fn send_signal(child: &Child, signal: &str) {
    let status = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// How many requests named a client.
fn requests_for(server: &EmbeddedMantago, client: &str) -> usize {
    server.requests_for(&ClientIdentity::client_id(client).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_signal_finishes_the_calls_in_flight() {
    for signal in ["INT", "TERM", "HUP"] {
        let folder = Folder::with_list(&format!("signal_{signal}"), list(1..=1000));
        let server = slow(1000, Duration::from_millis(200)).await;
        let child = program(&folder, &server, &["--concurrency", "4", "clients.csv"]).spawn().unwrap();
        until(|| server.requests() >= 6).await;
        send_signal(&child, signal);
        let ended: Ended = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap().into();
        assert_eq!(ended.status, Some(130), "{signal}");
        let notice = "mantago: no more calls are started; press Ctrl-C again to quit without waiting\n";
        assert!(ended.stderr.contains(notice), "{}", ended.stderr);
        let end = "\nTo continue, run the same command again: it skips the clients that are done.\n";
        assert!(ended.stdout.ends_with(end) && ended.stdout.contains(" 0 uncertain, "), "{}", ended.stdout);

        // All started calls ended with an outcome.
        let states = folder.states();
        assert_eq!(states.len(), server.requests());
        assert!(states.values().all(|state| state == "removed"), "{states:?}");
    }
}

/// `nohup` ignores SIGHUP for the program that it starts.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nohup_survives_a_hang_up() {
    let folder = Folder::with_list("nohup", list(1..=16));
    let server = slow(16, Duration::from_millis(200)).await;
    let program = program(&folder, &server, &["clients.csv"]);
    let mut nohup = Command::new("nohup");
    nohup.arg(program.get_program()).args(program.get_args()).current_dir(&folder.0);
    nohup.envs(program.get_envs().filter_map(|(name, text)| Some((name, text?))));
    nohup.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = nohup.spawn().unwrap();
    until(|| server.requests() >= 6).await;
    send_signal(&child, "HUP");
    let ended: Ended = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap().into();
    assert_eq!((ended.status, server.requests()), (Some(0), 16), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_signal_ends_at_once() {
    let folder = Folder::with_list("interrupts", list(1..=10));
    let server = slow(10, Duration::from_secs(50)).await;
    let mut child = program(&folder, &server, &["--concurrency", "4", "clients.csv"]).spawn().unwrap();
    until(|| folder.0.join("clients.csv.journal").exists() && folder.states().len() == 4).await;
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let start = Instant::now();
    send_signal(&child, "INT");
    let child = tokio::task::spawn_blocking(move || {
        stderr.find(|line| line.as_ref().unwrap().contains("press Ctrl-C again")).unwrap().unwrap();
        send_signal(&child, "INT");
        child.wait_with_output().unwrap()
    });
    let ended: Ended = child.await.unwrap().into();
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(ended.status, Some(130));
    assert!(ended.stdout.contains("\n0 removed, 0 failed, 4 uncertain, 6 not started.\n"), "{}", ended.stdout);
    assert!(folder.states().values().all(|state| state == "sending"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_killed_forty_times_loses_no_client() {
    const CLIENTS: usize = 4_000;
    let folder = Folder::with_list("kill", list(1..=CLIENTS));
    let server = slow(CLIENTS, Duration::from_millis(4)).await;
    let mut named: HashMap<String, usize> = HashMap::new();
    let mut name = |stdout: &str| {
        for line in stdout.lines().filter_map(|line| line.strip_prefix("uncertain: line ")) {
            // The first client is on the second line.
            let number: usize = line.split(':').next().unwrap().parse().unwrap();
            *named.entry(format!("c{}", number - 1)).or_default() += 1;
        }
    };
    for _ in 0..40 {
        let before = server.requests();
        let mut child = program(&folder, &server, &["clients.csv"]).spawn().unwrap();
        until(|| server.requests() > before).await;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..60))).await;
        child.kill().unwrap();
        let killed: Ended = child.wait_with_output().unwrap().into();
        assert_eq!(killed.status, None, "it ended earlier: {}", killed.stdout);
        name(&killed.stdout);

        let states = folder.states();
        for number in 1..=CLIENTS {
            let client = format!("c{number}");
            let times = requests_for(&server, &client);
            match states.get(&client).map(String::as_str) {
                Some("removed") => {
                    assert!(times > 0, "{client}: the journal reports a removal that the server didn't see");
                }
                None => assert_eq!(times, 0, "{client}: the journal lacks a removal"),
                _ => {}
            }
        }
        let uncertain = states.values().filter(|state| *state != "removed").count();
        assert!(uncertain <= 8, "{uncertain} are uncertain, more than were in flight");
    }
    let ended: Ended = program(&folder, &server, &["clients.csv"]).output().unwrap().into();
    name(&ended.stdout);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);

    assert_eq!(server.clients_with("vip"), 0);
    assert!(folder.states().len() == CLIENTS && folder.states().values().all(|state| state == "removed"));
    for number in 1..=CLIENTS {
        let client = format!("c{number}");
        let (times, named) = (requests_for(&server, &client), named.get(&client).copied().unwrap_or_default());
        assert!(times <= 1 + named, "{client}: {times} times, named {named} times");
    }
}
