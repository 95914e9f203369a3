//! Under load, with failures in it: each call ends in exactly one outcome, the counts of both sides agree, and nothing
//! is left behind.

mod loopback;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use loopback::{REMOVED, TOKEN, answer, json, once, receive, untag};
use mantago::{Client, ErrorKind, RetryPolicy};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What a server did.
#[derive(Default)]
struct Counts {
    requests: AtomicUsize,
    removed: AtomicUsize,
    limited: AtomicUsize,
    closed: AtomicUsize,
    rotated: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

impl Counts {
    fn of(counter: &AtomicUsize) -> usize {
        counter.load(Ordering::SeqCst)
    }
}

fn add(counter: &AtomicUsize) -> usize {
    counter.fetch_add(1, Ordering::SeqCst) + 1
}

/// Of 100 requests, answers 10 with 429 and closes the connection of 1. Does not answer what names `silent` as the bot.
async fn serve() -> (String, Arc<Counts>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let counts = Arc::new(Counts::default());
    let counted = counts.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let counts = counted.clone();
            tokio::spawn(async move {
                counts.most_open.fetch_max(add(&counts.open), Ordering::SeqCst);
                converse(stream, &counts).await;
                counts.open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    (base_url, counts)
}

async fn converse(mut stream: TcpStream, counts: &Counts) {
    let mut received = Vec::new();
    while let Some(request) = receive(&mut stream, &mut received).await {
        let number = add(&counts.requests);
        if request.header("authorization") != [format!("Bearer {TOKEN}")] {
            add(&counts.rotated);
        }
        let answer = if request.line().contains("silent") {
            Vec::new()
        } else if number % 100 == 57 {
            add(&counts.closed);
            return;
        } else if number % 10 == 3 {
            add(&counts.limited);
            answer("429 Too Many Requests", &[("retry-after", "0")], "")
        } else {
            add(&counts.removed);
            json("200 OK", REMOVED)
        };
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// What the calls of a client came to.
#[derive(Debug, Default, PartialEq)]
struct Outcomes {
    removed: usize,
    limited: usize,
    lost: usize,
}

/// Makes calls, `in_flight` of them at a time; `client_of` gives each its client.
async fn call(calls: usize, in_flight: usize, client_of: impl Fn(usize) -> Client) -> Outcomes {
    let mut outcomes = Outcomes::default();
    let mut running = JoinSet::new();
    for number in 0..calls {
        if running.len() == in_flight {
            outcomes.add(running.join_next().await);
        }
        let client = client_of(number);
        running.spawn(async move { untag(&client).await });
    }
    while let Some(outcome) = running.join_next().await {
        outcomes.add(Some(outcome));
    }
    outcomes
}

impl Outcomes {
    fn add(&mut self, outcome: Option<Result<Result<String, mantago::ApiError>, tokio::task::JoinError>>) {
        match outcome.unwrap().unwrap() {
            Ok(_) => self.removed += 1,
            Err(error) if error.kind() == ErrorKind::RateLimited => self.limited += 1,
            Err(error) if error.kind() == ErrorKind::Connection => self.lost += 1,
            Err(error) => panic!("{error}"),
        }
    }

    fn total(&self) -> usize {
        self.removed + self.limited + self.lost
    }
}

fn client(base_url: &str) -> Client {
    let policy = RetryPolicy::default().backoff(Duration::ZERO, Duration::ZERO);
    once(base_url).retry(policy).build().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls() {
    const CALLS: usize = 10_000;
    const IN_FLIGHT: usize = 64;
    let (base_url, counts) = serve().await;
    let client = client(&base_url);
    let outcomes = call(CALLS, IN_FLIGHT, |_| client.clone()).await;

    assert_eq!(outcomes.total(), CALLS);
    assert_eq!(outcomes.removed, Counts::of(&counts.removed));
    assert_eq!(outcomes.lost, Counts::of(&counts.closed));
    // A call gives up at its third 429; the others were followed by another request.
    let repeated = Counts::of(&counts.limited) - outcomes.limited;
    assert_eq!(Counts::of(&counts.requests), CALLS + repeated);
    assert!(repeated > CALLS / 20, "{repeated}");
    let most = Counts::of(&counts.most_open);
    assert!(most <= 2 * IN_FLIGHT, "{most} connections");
}

/// The token changes while calls are in flight: each goes out with the one that it was started with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotation_under_load() {
    const CALLS: usize = 2_000;
    let (base_url, counts) = serve().await;
    let client = client(&base_url).with_retry(RetryPolicy::none());
    let rotated = client.with_token("tok-rotated").unwrap();
    let outcomes = call(CALLS, 32, |number| if number % 3 == 0 { rotated.clone() } else { client.clone() }).await;
    assert_eq!(outcomes.total(), CALLS);
    assert_eq!(Counts::of(&counts.requests), CALLS);
    assert_eq!(Counts::of(&counts.rotated), CALLS.div_ceil(3));
    let most = Counts::of(&counts.most_open);
    assert!(most <= 64, "{most} connections: both tokens go over the same ones");
}

/// Calls that are dropped half-way close their connections, and the client goes on.
#[tokio::test]
async fn a_thousand_dropped_calls() {
    const BATCH: usize = 50;
    let (base_url, counts) = serve().await;
    let client = client(&base_url);
    for batch in 1..=20 {
        let calls = (0..BATCH).map(|_| {
            let client = client.clone();
            async move {
                let call = client.personal_tag_mapping_delete().bot_id("silent").body(loopback::request());
                call.send().await.map(drop)
            }
        });
        let mut running: JoinSet<_> = calls.collect();
        until(|| Counts::of(&counts.requests) == batch * BATCH).await;
        running.abort_all();
        while let Some(ended) = running.join_next().await {
            assert!(ended.unwrap_err().is_cancelled());
        }
        until(|| Counts::of(&counts.open) == 0).await;
    }
    assert_eq!(Counts::of(&counts.requests), 1_000);
    // The next request is number 1,001.
    assert_eq!(untag(&client).await.unwrap(), "removed");
    assert_eq!(Counts::of(&counts.open), 1);
}

/// Lets the others run until it is so; a minute is long enough on any machine.
async fn until(so: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !so() {
        assert!(start.elapsed() < Duration::from_secs(60), "it never came to this");
        tokio::task::yield_now().await;
    }
}
