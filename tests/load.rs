//! Under load and with failures, each call has exactly one outcome, both sides count the same, nothing leaks, and no more than
//! the limit of a response is read.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use mantago::{Client, ClientBuilder, Credentials, Error, ErrorKind, RetryPolicy};
use support::{Server, Step, at_once, call, removed, response, send, untag, until};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Counts {
    requests: AtomicUsize,
    limited: AtomicUsize,
    closed: AtomicUsize,
}

/// Responds to 10 of 100 requests with 429, closes the connection of one, and never responds to the bot `silent`.
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

/// Makes so many calls at a time, and passes each outcome to a function.
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
async fn ten_thousand_calls_each_have_one_outcome() {
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
    // A retry followed every 429, except for the last one of a call.
    let retried = of(&counts.limited) - limited;
    assert_eq!((server.request_count(), of(&counts.requests)), (CALLS + retried, CALLS + retried));
    assert!(retried > CALLS / 20, "{retried}");
    let most = server.most_open_connections();
    assert!(most <= 2 * IN_FLIGHT, "{most} connections");
}

/// The pair of a generation.
fn pair(generation: usize) -> Credentials {
    Credentials::new(format!("tok-3f9a-{generation}"), format!("sec-b81e-{generation}"))
}

/// A MantaGO that accepts the pair of one generation, and a vault that gets each pair later and is slow.
struct Rotating {
    server: Server,
    accepted: Arc<AtomicUsize>,
    stored: Arc<AtomicUsize>,
    fetches: Arc<AtomicUsize>,
}

impl Rotating {
    async fn start() -> Self {
        let accepted = Arc::new(AtomicUsize::new(1));
        let generation = accepted.clone();
        let server = Server::start_with(move |request| {
            let accepted = pair(generation.load(SeqCst)).token().expose_secret() == request.token();
            if accepted { removed() } else { response("401 Unauthorized", &[], "") }
        })
        .await;
        Self { server, accepted, stored: Arc::new(AtomicUsize::new(1)), fetches: Arc::default() }
    }

    fn client(&self, takes: Duration, deadline: Duration) -> Client {
        let (stored, fetches) = (self.stored.clone(), self.fetches.clone());
        let fetch = move || {
            fetches.fetch_add(1, SeqCst);
            let stored = stored.clone();
            async move {
                sleep(takes).await;
                Ok::<_, Error>(pair(stored.load(SeqCst)))
            }
        };
        let builder = ClientBuilder::new(pair(1)).base_url(self.server.url()).retry(RetryPolicy::none());
        builder.deadline(deadline).refresh_with(fetch).build().unwrap()
    }

    /// Replaces the pair. The vault gets it after the delay.
    async fn rotate(&self, lag: Duration) {
        self.accepted.fetch_add(1, SeqCst);
        sleep(lag).await;
        self.stored.fetch_add(1, SeqCst);
    }
}

/// Makes calls at an interval, each in its own task, and counts the failures.
async fn failures_of(client: &Client, calls: u32, every: Duration) -> usize {
    let mut running: JoinSet<bool> = JoinSet::new();
    for _ in 0..calls {
        let client = client.clone();
        running.spawn(async move { untag(&client).await.is_err() });
        sleep(every).await;
    }
    running.join_all().await.into_iter().filter(|has_failed| *has_failed).count()
}

/// 10 rotations in 1,000 calls, with a vault that gets each pair at once: no call fails, and each pair is fetched once.
#[tokio::test(start_paused = true)]
async fn a_rotation_fails_no_call() {
    let mantago = Rotating::start().await;
    let client = mantago.client(Duration::from_millis(20), MINUTE);
    let rotating = async {
        for _ in 0..10 {
            sleep(Duration::from_millis(50)).await;
            mantago.rotate(Duration::ZERO).await;
        }
    };
    let (failed, ()) = tokio::join!(failures_of(&client, 1_000, Duration::from_millis(1)), rotating);
    assert_eq!((failed, mantago.fetches.load(SeqCst)), (0, 10));
}

/// With a vault that lags by half a second, calls fail for a second, not for half a minute.
#[tokio::test(start_paused = true)]
async fn a_lagging_vault_fails_calls_for_a_second() {
    let mantago = Rotating::start().await;
    let client = mantago.client(Duration::ZERO, MINUTE);
    let every = Duration::from_millis(100);
    let rotating = mantago.rotate(Duration::from_millis(500));
    let (failed, ()) = tokio::join!(failures_of(&client, 300, every), rotating);
    assert!((5..=11).contains(&failed), "{failed} of 300 calls in 30 s");
    assert_eq!(mantago.fetches.load(SeqCst), 2);
}

/// With a vault that is slower than a call's deadline, only the calls in the meantime fail.
#[tokio::test(start_paused = true)]
async fn a_slow_vault_fails_only_calls_in_the_meantime() {
    let mantago = Rotating::start().await;
    let client = mantago.client(Duration::from_millis(700), Duration::from_millis(500));
    mantago.rotate(Duration::ZERO).await;
    let failed = failures_of(&client, 64, Duration::from_millis(50)).await;
    assert!((4..=5).contains(&failed), "{failed} of 64 calls");
    assert_eq!(mantago.fetches.load(SeqCst), 1);
}

/// After the pause, 1,000 calls come as slowly as a server with a limit of 100 per second accepts them.
#[tokio::test(start_paused = true)]
async fn a_thousand_calls_are_spread_after_a_pause() {
    const CALLS: usize = 1_000;
    let start = Instant::now();
    let window = std::sync::Mutex::new((0, 0));
    let server = Server::start_with(move |_| {
        let mut window = window.lock().unwrap();
        let second = start.elapsed().as_secs();
        *window = if window.0 == second { (second, window.1 + 1) } else { (second, 1) };
        let is_allowed = window.1 <= 100;
        if is_allowed { removed() } else { response("429 Too Many Requests", &[("retry-after", "1")], "") }
    })
    .await;
    let client = server.client_with(RetryPolicy::default());
    let mut failed = 0;
    make(CALLS, CALLS, &client, |outcome| failed += usize::from(outcome.is_err())).await;
    let (requests, seconds) = (server.request_count(), start.elapsed().as_secs());
    println!("{failed} of {CALLS} calls failed, {requests} requests in {seconds} s");
    assert!(failed <= CALLS / 20, "{failed} of {CALLS} calls failed, {requests} requests in {seconds} s");
    assert!(seconds < 60, "{seconds} s");
}

/// A server that answers every call with 429 and no wait does not get three requests from each.
#[tokio::test(start_paused = true)]
async fn a_429_without_a_wait_does_not_triple_the_load() {
    const CALLS: usize = 5_000;
    let server = Server::start(response("429 Too Many Requests", &[("retry-after", "0")], "")).await;
    let mut limited = 0;
    make(CALLS, 64, &server.client_with(at_once()), |outcome| limited += usize::from(outcome.is_err())).await;
    let requests = server.request_count();
    assert_eq!(limited, CALLS);
    assert!(requests <= CALLS * 12 / 10, "{requests} requests of {CALLS} calls");
}

/// A dropped call closes its connection, and the client keeps working.
#[tokio::test]
async fn a_thousand_dropped_calls_leave_nothing_behind() {
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

/// Measured by the peak memory of a separate process.
#[cfg(target_os = "linux")]
#[test]
fn a_huge_response_is_not_read_to_the_end() {
    use std::io::{Read, Write};

    const GIB: usize = 1 << 30;
    const MIB: usize = 1 << 20;

    /// This process's peak memory in bytes.
    fn peak() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    /// Responds to one request with 1 GiB, and counts the bytes that were accepted.
    fn serve(listener: &std::net::TcpListener, head: &str) -> usize {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 16]).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let block = vec![b' '; 64 * 1024];
        (0..GIB).step_by(block.len()).take_while(|_| stream.write_all(&block).is_ok()).count() * block.len()
    }

    let said = support::in_child("a_huge_response_is_not_read_to_the_end", [("LANG", "C")], || {
        for (status, kind, bound) in [
            ("404 Not Found", ErrorKind::UnexpectedResponse, 8 * MIB),
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
                    assert_eq!(error.to_string(), format!("{said}; the request may have been carried out"));
                }
            }
        }
        "little".to_owned()
    });
    assert_eq!(said, "little");
}

/// A connection lives in the runtime that opened it. A call from another runtime waits in vain while that one is idle, and opens
/// a new connection once it has ended.
#[test]
fn a_client_belongs_to_one_runtime() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let of_the_server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = of_the_server.block_on(Server::start(removed()));
    let client = support::once(server.url()).timeout(Duration::from_millis(300)).build().unwrap();
    let (first, second) = (runtime(), runtime());
    assert_eq!(first.block_on(untag(&client)).unwrap(), "removed");
    let error = second.block_on(untag(&client)).unwrap_err();
    assert_eq!((error.kind(), server.request_count()), (ErrorKind::Timeout, 1));
    drop(first);
    assert_eq!(second.block_on(untag(&client)).unwrap(), "removed");
    assert_eq!(server.connections(), 2);
}
