//! Whatever a server or the network does, a call ends in one outcome that is told: what kind, which status, and how
//! many requests there were. Each row of the table is played over raw TCP.

mod loopback;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use Step::{Close, Drip, Forever, Reset, Send, Stall};
use loopback::{REMOVED, SECRET, TOKEN, once, untag};
use mantago::ErrorKind::{self, Connection, NotFound, RateLimited, Timeout, UnexpectedResponse};
use mantago::RetryPolicy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a server does with a connection, after it has read a request.
#[derive(Clone)]
enum Step {
    Send(Vec<u8>),
    /// One byte at a time.
    Drip(Vec<u8>),
    /// Again and again, until the client has enough.
    Forever(Vec<u8>),
    /// Nothing more, and the connection stays open.
    Stall,
    Close,
    /// The connection is reset (RST).
    Reset,
}

/// The outcome of a call: a kind of error and the status that it keeps, or a success.
type Outcome = Result<(), (ErrorKind, Option<u16>)>;

/// A fault, what it is played by, the outcome, and how many requests the server sees: by default, and where repeating
/// is harmless.
struct Row(&'static str, Vec<Step>, Outcome, [usize; 2]);

fn text(text: impl AsRef<[u8]>) -> Step {
    Send(text.as_ref().to_vec())
}

const ERROR: &str = r#"{"success":false,"errResponse":{"message":"m","code":1}}"#;

/// An answer of that status with these headers and this body.
fn whole(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The kind of an error with that status; for 200, of one that is not as documented.
fn kind(status: u16) -> ErrorKind {
    match status {
        404 => NotFound,
        429 => RateLimited,
        _ => UnexpectedResponse,
    }
}

/// Faults that come before the whole head has arrived: no status is known.
fn before_the_head() -> Vec<Row> {
    let lost = |name, steps| Row(name, steps, Err((Connection, None)), [1, 3]);
    vec![
        lost("closed after the request", vec![Close]),
        lost("reset after the request", vec![Reset]),
        lost("closed inside the head", vec![text("HTTP/1.1 200 OK\r\ncontent-le"), Close]),
        lost("reset inside the head", vec![text("HTTP/1.1 404 Not Found\r\ncontent-le"), Reset]),
        Row("stall before the head", vec![Stall], Err((Timeout, None)), [1, 3]),
        Row("stall inside the head", vec![text("HTTP/1.1 404 No\r\nx-a"), Stall], Err((Timeout, None)), [1, 3]),
        lost("headers that never end", vec![text("HTTP/1.1 404 No\r\n"), Forever(b"x-a: b\r\n".to_vec())]),
        lost("a header that never ends", vec![text("HTTP/1.1 404 No\r\nx-a: "), Forever(vec![b'a'; 1000])]),
        lost("a header of 1 MiB", vec![Send(whole(404, &format!("x-a: {}\r\n", "a".repeat(1 << 20)), ERROR))]),
        lost("200 headers", vec![Send(whole(404, &"set-cookie: a=b\r\n".repeat(200), ERROR))]),
        lost("not HTTP", vec![text("SSH-2.0-OpenSSH\r\n\r\n"), Stall]),
        lost("a status of two digits", vec![text("HTTP/1.1 20 OK\r\n\r\n"), Stall]),
        lost("HTTP/3.7", vec![text("HTTP/3.7 200 OK\r\n\r\n"), Stall]),
        lost(
            "two lengths",
            vec![text("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello"), Stall],
        ),
        lost("a length that is none", vec![text("HTTP/1.1 404 No\r\ncontent-length: -1\r\n\r\n"), Stall]),
    ]
}

/// Faults of a body that is not there as announced: the status is kept, whatever it is.
fn inside_the_body(status: u16) -> Vec<Row> {
    let begun = format!("HTTP/1.1 {status} x\r\ncontent-length: 99\r\n\r\n{{\"succ");
    let chunked = |chunks: &str| text(format!("HTTP/1.1 {status} x\r\ntransfer-encoding: chunked\r\n\r\n{chunks}"));
    let broken = if status == 200 { Connection } else { kind(status) };
    let stalled = if status == 200 { Timeout } else { kind(status) };
    let requests = match status {
        // It is not known whether it was carried out.
        200 => [1, 3],
        // It is retried in any case.
        429 => [3, 3],
        // The head has said what happened.
        _ => [1, 1],
    };
    let row = |name, steps| Row(name, steps, Err((broken, Some(status))), requests);
    vec![
        row("reset after the head", vec![text(&begun[..begun.len() - 6]), Reset]),
        row("reset inside the body", vec![text(&begun), Reset]),
        row("a body shorter than its length", vec![text(&begun), Close]),
        row("a bad chunk", vec![chunked("5\r\nhello\r\nnonsense\r\n"), Stall]),
        row("a chunk that breaks off", vec![chunked("50\r\nhello"), Close]),
        row("chunks without an end", vec![chunked("5\r\nhello\r\n"), Close]),
        Row("stall in the body", vec![text(&begun), Stall], Err((stalled, Some(status))), requests),
        Row(
            "stall after the head",
            vec![text(&begun[..begun.len() - 6]), Stall],
            Err((stalled, Some(status))),
            requests,
        ),
    ]
}

/// Bodies that are there, and are not the documented JSON: status and body are kept.
fn undecodable(status: u16) -> Vec<Row> {
    let requests = if status == 429 { [3, 3] } else { [1, 1] };
    let json = if status == 200 { REMOVED } else { ERROR };
    let row = |name, steps| Row(name, steps, Err((kind(status), Some(status))), requests);
    let body = |name, body: Vec<u8>| row(name, vec![Send(whole(status, "", body))]);
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let mut rows = vec![
        body("empty", Vec::new()),
        body("null", b"null".to_vec()),
        body("an array", b"[]".to_vec()),
        body("a string", b"\"no\"".to_vec()),
        body("HTML", b"<html><body>busy</body></html>".to_vec()),
        body("a BOM", format!("\u{feff}{json}").into_bytes()),
        body("UTF-16", utf16(json)),
        body("UTF-16 with a BOM", utf16(&format!("\u{feff}{json}"))),
        body(
            "not UTF-8",
            json.replace('m', "\0").into_bytes().into_iter().map(|b| if b == 0 { 0xff } else { b }).collect(),
        ),
        body("a text after the JSON", format!("{json} {json}").into_bytes()),
        body("100,000 levels of arrays", "[".repeat(100_000).into_bytes()),
        body("100,000 levels of objects", "{\"a\":".repeat(100_000).into_bytes()),
        row(
            "gzip declared and true",
            vec![Send(whole(status, "content-encoding: gzip\r\n", b"\x1f\x8b\x08\x00\x00\x00\x00\x00"))],
        ),
        row("no length and closed", vec![text(format!("HTTP/1.1 {status} x\r\n\r\n{{")), Close]),
    ];
    if status != 200 {
        rows.extend([
            body("a code out of i64", ERROR.replace(":1}", ":9223372036854775808}").into_bytes()),
            body("a code out of f64", ERROR.replace(":1}", ":1e999}").into_bytes()),
            body("a code that is no integer", ERROR.replace(":1}", ":1.5}").into_bytes()),
        ]);
    }
    rows
}

/// What looks odd, and is as documented all the same.
fn as_documented(status: u16) -> Vec<Row> {
    let json = if status == 200 { REMOVED } else { ERROR };
    let outcome = if status == 200 { Ok(()) } else { Err((kind(status), Some(status))) };
    let requests = if status == 429 { [3, 3] } else { [1, 1] };
    let row = |name, steps| Row(name, steps, outcome, requests);
    let plain = whole(status, "", json);
    let with = |name, headers: &str| row(name, vec![Send(whole(status, headers, json))]);
    vec![
        with("as it should be", "content-type: application/json\r\n"),
        with("no content type", ""),
        with("a wrong content type", "content-type: text/html\r\n"),
        with("an odd content type", "content-type: ;;;=\"\r\n"),
        with("two content types", "content-type: image/png\r\ncontent-type: application/json\r\n"),
        with("gzip declared and false", "content-encoding: gzip\r\n"),
        with("a header that is not ASCII", "x-a: \u{e9}\u{fc}\r\n"),
        with("80 cookies", &"set-cookie: a=b\r\n".repeat(80)),
        with("connection: close", "connection: close\r\n"),
        row("one byte at a time", vec![Drip(plain.clone())]),
        row("a body longer than its length", vec![Send([&plain[..], b"and more"].concat())]),
        row("100 before", vec![text("HTTP/1.1 100 Continue\r\n\r\n"), Send(plain.clone())]),
        row("103 twice before", vec![text("HTTP/1.1 103 Hints\r\nlink: a\r\n\r\n".repeat(2)), Send(plain.clone())]),
        row(
            "chunks",
            vec![text(format!(
                "HTTP/1.1 {status} x\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{json}\r\n0\r\nx-trailer: t\r\n\r\n",
                json.len()
            ))],
        ),
        row("HTTP/1.0 without a length", vec![text(format!("HTTP/1.0 {status} x\r\n\r\n{json}")), Close]),
        row(
            "no reason after the status",
            vec![text(format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{json}", json.len()))],
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn before_the_head_is_there() {
    play_all("-", before_the_head()).await;
}

/// A success, two documented errors of which one is retried, and an undocumented status.
#[tokio::test(start_paused = true)]
async fn inside_the_body_of_each_status() {
    for status in [200, 404, 418, 429] {
        play_all(&status.to_string(), inside_the_body(status)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn undecodable_bodies_of_each_status() {
    for status in [200, 404, 418, 429] {
        play_all(&status.to_string(), undecodable(status)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn odd_but_as_documented() {
    for status in [200, 404, 418, 429] {
        play_all(&status.to_string(), as_documented(status)).await;
    }
}

async fn play_all(of: &str, rows: Vec<Row>) {
    for Row(name, steps, expected, requests) in rows {
        for (harmless, expected_requests) in [false, true].into_iter().zip(requests) {
            let server = Faulty::start(steps.clone()).await;
            let policy = RetryPolicy::default().backoff(Duration::ZERO, Duration::ZERO).repeat_harmless(harmless);
            let client = once(server.url()).retry(policy).build().unwrap();
            let outcome = untag(&client).await;
            let told = match &outcome {
                Ok(message) => {
                    assert_eq!(message, "removed");
                    Ok(())
                }
                Err(error) => Err((error.kind(), error.status().map(|status| status.as_u16()))),
            };
            assert_eq!(told, expected, "{name} ({of}): {outcome:?}");
            let seen = server.requests.load(Ordering::Relaxed);
            assert_eq!(seen, expected_requests, "requests at {name} ({of}), harmless: {harmless}: {outcome:?}");
            if let Err(error) = outcome {
                assert_eq!(error.attempts() as usize, seen, "{name} ({of})");
                let shown = format!("{error} {error:?} {error:#?}");
                assert!(!shown.contains(TOKEN) && !shown.contains(SECRET), "{shown}");
                assert_eq!(error.to_string().lines().count(), 1);
            }
        }
    }
}

/// Accepted and closed at once: the request may be on its way, so it is not sent again unless that is harmless.
#[tokio::test]
async fn accepted_and_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let closing = tokio::spawn(async move {
        loop {
            drop(listener.accept().await.unwrap());
        }
    });
    let error = untag(&once(base_url).build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (Connection, None));
    closing.abort();
}

/// A connection that the server closed between two calls is not the caller's problem.
#[tokio::test]
async fn a_pooled_connection_that_died() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = once(format!("http://{}", listener.local_addr().unwrap())).build().unwrap();
    let (closed, mut both_closed) = tokio::sync::mpsc::unbounded_channel();
    let serving = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await.unwrap();
            stream.write_all(&whole(200, "", REMOVED)).await.unwrap();
            stream.shutdown().await.unwrap();
            // The client closes its side when it has seen that the server did.
            while stream.read(&mut [0; 64]).await.unwrap() > 0 {}
            closed.send(()).unwrap();
        }
    });
    for _ in 0..50 {
        assert_eq!(untag(&client).await.unwrap(), "removed");
        both_closed.recv().await.unwrap();
    }
    serving.abort();
}

struct Faulty {
    base_url: String,
    requests: Arc<AtomicUsize>,
    serving: tokio::task::JoinHandle<()>,
}

impl Faulty {
    async fn start(steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let seen = requests.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(play(stream, steps.clone(), seen.clone()));
            }
        });
        Self { base_url, requests, serving }
    }

    fn url(&self) -> &str {
        &self.base_url
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Plays the steps for each request of a connection; what the client does not want any more is no matter.
async fn play(mut stream: TcpStream, steps: Vec<Step>, requests: Arc<AtomicUsize>) {
    stream.set_nodelay(true).unwrap();
    while read_request(&mut stream).await.is_some() {
        requests.fetch_add(1, Ordering::Relaxed);
        for step in &steps {
            let sent = match step {
                Send(bytes) => stream.write_all(bytes).await,
                Drip(bytes) => drip(&mut stream, bytes).await,
                Forever(bytes) => loop {
                    if let Err(error) = stream.write_all(bytes).await {
                        break Err(error);
                    }
                },
                Stall => std::future::pending().await,
                Close => return,
                Reset => return stream.set_zero_linger().unwrap(),
            };
            if sent.is_err() {
                return;
            }
        }
    }
}

async fn drip(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Reads a request to the end of its body; `None` if the client closed.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut received = Vec::new();
    loop {
        if stream.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&received);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(());
            }
        }
    }
}
