//! Under load, with failures in it: each call ends in exactly one outcome, the counts of both sides agree, nothing is left
//! behind, and however long a response is, little of it is read.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use mantago::{Client, Error, ErrorKind};
use support::{Server, Step, at_once, call, removed, response, send, untag, until};
use tokio::task::JoinSet;

#[derive(Default)]
struct Counts {
    requests: AtomicUsize,
    limited: AtomicUsize,
    closed: AtomicUsize,
}

/// Of 100 requests, it responds to 10 with 429 and closes the connection of 1; to what names `silent` as the bot, not at all.
async fn unreliable() -> (Server, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let counted = counts.clone();
    let server = Server::start_with(move |request| {
        let number = counted.requests.fetch_add(1, SeqCst) + 1;
        if request.line().contains("silent") {
            vec![]
        } else if number % 100 == 57 {
            counted.closed.fetch_add(1, SeqCst);
            vec![Step::Close]
        } else if number % 10 == 3 {
            counted.limited.fetch_add(1, SeqCst);
            vec![send(response("429 Too Many Requests", &[("retry-after", "0")], ""))]
        } else {
            vec![send(removed())]
        }
    })
    .await;
    (server, counts)
}

/// Makes calls, that many at a time, and gives each outcome to a function.
async fn make(calls: usize, in_flight: usize, client: &Client, mut outcome: impl FnMut(Result<String, Error>)) {
    let mut running = JoinSet::new();
    for _ in 0..calls {
        if running.len() == in_flight {
            outcome(running.join_next().await.unwrap().unwrap());
        }
        let client = client.clone();
        running.spawn(async move { untag(&client).await });
    }
    while let Some(sent) = running.join_next().await {
        outcome(sent.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_ten_thousand_calls_ends_in_one_outcome() {
    const CALLS: usize = 10_000;
    const IN_FLIGHT: usize = 64;
    let (server, counts) = unreliable().await;
    let (mut successes, mut limited, mut lost) = (0, 0, 0);
    make(CALLS, IN_FLIGHT, &server.client_with(at_once()), |outcome| match outcome.map_err(|error| error.kind()) {
        Ok(_) => successes += 1,
        Err(ErrorKind::RateLimited) => limited += 1,
        Err(ErrorKind::Connection) => lost += 1,
        Err(other) => panic!("{other:?}"),
    })
    .await;
    assert_eq!(successes + limited + lost, CALLS);
    let of = |counter: &AtomicUsize| counter.load(SeqCst);
    assert_eq!(lost, of(&counts.closed));
    // Of what was limited, all but the last of a call was followed by a retry.
    let retried = of(&counts.limited) - limited;
    assert_eq!((server.request_count(), of(&counts.requests)), (CALLS + retried, CALLS + retried));
    assert!(retried > CALLS / 20, "{retried}");
    let most = server.most_open_connections();
    assert!(most <= 2 * IN_FLIGHT, "{most} connections");
}

/// Calls that are dropped half-way close their connections, and the client goes on.
#[tokio::test]
async fn a_thousand_dropped_calls_leave_nothing() {
    const BATCH: usize = 50;
    let (server, _) = unreliable().await;
    let client = server.client();
    for batch in 1..=20 {
        let calls = (0..BATCH).map(|_| {
            let client = client.clone();
            async move { call(&client).bot_id("silent").send().await.map(drop) }
        });
        let mut running: JoinSet<_> = calls.collect();
        until(|| server.request_count() == batch * BATCH).await;
        running.abort_all();
        while let Some(ended) = running.join_next().await {
            assert!(ended.unwrap_err().is_cancelled());
        }
        until(|| server.open_connections() == 0).await;
    }
    // The next request is number 1,001.
    assert_eq!(untag(&client).await.unwrap(), "removed");
    assert_eq!((server.request_count(), server.open_connections()), (1_001, 1));
}

/// Measured as the peak memory of a process of its own.
#[cfg(target_os = "linux")]
#[test]
fn of_a_gibibyte_little_is_read() {
    use std::io::{Read, Write};

    const GIB: usize = 1 << 30;
    const MIB: usize = 1 << 20;

    /// The most memory that this process had so far, in bytes.
    fn peak() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    /// Responds to one request with 1 GiB, and counts what of it could be sent.
    fn serve(listener: &std::net::TcpListener, head: &str) -> usize {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 16]).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let block = vec![b' '; 64 * 1024];
        (0..GIB).step_by(block.len()).take_while(|_| stream.write_all(&block).is_ok()).count() * block.len()
    }

    let said = support::in_child("of_a_gibibyte_little_is_read", [("LANG", "C")], || {
        for (status, kind, bound) in [
            ("404 Not Found", ErrorKind::NotFound, 8 * MIB),
            ("418 I'm a teapot", ErrorKind::UnexpectedResponse, 8 * MIB),
            ("302 Found", ErrorKind::UnexpectedResponse, 8 * MIB),
            ("200 OK", ErrorKind::UnexpectedResponse, 64 * MIB),
        ] {
            for length in [format!("content-length: {GIB}\r\n"), String::new()] {
                let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                let client = support::once(format!("http://{}", listener.local_addr().unwrap())).build().unwrap();
                let head = format!("HTTP/1.1 {status}\r\n{length}\r\n");
                let sending = std::thread::spawn(move || serve(&listener, &head));
                let before = peak();
                let error = support::block_on(untag(&client)).unwrap_err();
                let grown = peak() - before;
                drop(client);
                assert!(sending.join().unwrap() < GIB, "all of it was read");
                assert!(grown < bound, "{status}: {} MiB more memory", grown / MIB);
                assert_eq!((error.kind(), error.body().len()), (kind, 64 * 1024));
                if status == "200 OK" {
                    let said = "200 OK: the response is not the documented JSON: no content type, more than 16 MiB";
                    assert_eq!(error.to_string(), said);
                }
            }
        }
        "little".to_owned()
    });
    assert_eq!(said, "little");
}
