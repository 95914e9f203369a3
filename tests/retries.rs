//! A request is sent again only where the policy says so, not sooner than it says, and not longer.

mod loopback;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use loopback::{REMOVED, Server, TOKEN, answer, json, once, untag};
use mantago::{ApiError, Client, ClientBuilder, ErrorKind, RetryPolicy};
use tokio::time::Instant;

const HARMLESS: bool = true;

/// A server that gives these answers in turn, and then the last one again and again.
async fn in_turn(answers: Vec<Vec<u8>>) -> Server {
    let next = AtomicUsize::new(0);
    Server::start_with(move |_| {
        let turn = next.fetch_add(1, Ordering::Relaxed);
        answers[turn.min(answers.len() - 1)].clone()
    })
    .await
}

fn status(status: &str) -> Vec<u8> {
    answer(status, &[], "")
}

fn limited(retry_after: &str) -> Vec<u8> {
    answer("429 Too Many Requests", &[("retry-after", retry_after)], "")
}

fn client(server: &Server, policy: RetryPolicy) -> Client {
    once(server.url()).retry(policy).build().unwrap()
}

/// The default policy without its waits.
fn at_once() -> RetryPolicy {
    RetryPolicy::default().backoff(Duration::ZERO, Duration::ZERO)
}

#[track_caller]
fn attempts(error: &ApiError, server: &Server, expected: usize) {
    assert_eq!(server.requests().len(), expected, "requests that the server saw");
    assert_eq!(error.attempts() as usize, expected);
    assert_eq!(error.elapsed().is_some(), expected > 1);
    assert_eq!(error.to_string().contains(&format!("after {expected} attempts in ")), expected > 1, "{error}");
    assert!(!error.headers().contains_key("mantago-attempts"));
}

/// What the server did not act on is sent again by default; what it may have acted on, only where that is harmless.
#[tokio::test]
async fn statuses() {
    for (text, by_default, where_harmless) in [
        ("400 Bad Request", 1, 1),
        ("401 Unauthorized", 1, 1),
        ("403 Forbidden", 1, 1),
        ("404 Not Found", 1, 1),
        ("408 Request Timeout", 1, 1),
        ("418 I'm a teapot", 1, 1),
        ("429 Too Many Requests", 3, 3),
        ("500 Internal Server Error", 1, 3),
        ("501 Not Implemented", 1, 1),
        ("502 Bad Gateway", 1, 3),
        ("503 Service Unavailable", 3, 3),
        ("504 Gateway Timeout", 1, 3),
    ] {
        for (policy, expected) in [
            (at_once(), by_default),
            (at_once().repeat_harmless(HARMLESS), where_harmless),
            (RetryPolicy::none(), 1),
            (RetryPolicy::none().repeat_harmless(HARMLESS), 1),
        ] {
            let server = in_turn(vec![status(text)]).await;
            let error = untag(&client(&server, policy)).await.unwrap_err();
            attempts(&error, &server, expected);
            assert_eq!(error.status().unwrap().as_u16().to_string(), text[..3]);
        }
    }
}

/// The documented body of the last answer is read as always, and the attempts are told.
#[tokio::test(start_paused = true)]
async fn the_last_answer_is_the_error() {
    let body = r#"{"success":false,"errResponse":{"message":"slow down","code":7}}"#;
    let busy = answer("429 Too Many Requests", &[("retry-after", "2"), ("x-trace", "t")], body);
    let server = in_turn(vec![status("503 Service Unavailable"), busy]).await;
    let error = untag(&client(&server, at_once())).await.unwrap_err();
    attempts(&error, &server, 3);
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.message(), Some("slow down"));
    assert_eq!(error.headers()["x-trace"], "t");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(2)));
    assert_eq!(error.to_string(), "429 Too Many Requests: slow down (code 7) after 3 attempts in 2.0s");
}

#[tokio::test]
async fn a_success_after_failures_is_a_success() {
    let server = in_turn(vec![status("503 Busy"), status("429 Wait"), json("200 OK", REMOVED)]).await;
    let client = client(&server, at_once());
    let reply = client.personal_tag_mapping_delete().bot_id("bot-7").body(loopback::request()).send().await.unwrap();
    assert_eq!(reply.message, "removed");
    assert!(!reply.headers().contains_key("mantago-attempts"));

    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests[1..] {
        assert_eq!((&request.head, &request.body), (&requests[0].head, &requests[0].body));
    }
}

/// A server cannot say how many attempts there were.
#[tokio::test]
async fn the_count_is_the_clients_own() {
    let note = ("mantago-attempts", "attempts=9;ms=9;unsent=true");
    for body in ["", r#"{"success":false,"errResponse":{"message":"m","code":7}}"#] {
        let server = in_turn(vec![answer("404 Not Found", &[note], body)]).await;
        let error = untag(&client(&server, at_once())).await.unwrap_err();
        attempts(&error, &server, 1);
        assert!(!error.is_retryable());
    }
}

#[tokio::test(start_paused = true)]
async fn no_connection() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let client = ClientBuilder::new(TOKEN).base_url(base_url).build().unwrap();
    let error = untag(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 3));
    let elapsed = error.elapsed().unwrap();
    assert!(elapsed <= Duration::from_millis(1500), "{elapsed:?}");
    assert!(error.to_string().ends_with(&format!(" after 3 attempts in {elapsed:.1?}")), "{error}");

    let error = untag(&client.with_retry(RetryPolicy::none())).await.unwrap_err();
    assert_eq!((error.attempts(), error.elapsed()), (1, None));
}

/// Silence and a connection that breaks are sent again only where that is harmless.
#[tokio::test(start_paused = true)]
async fn what_may_have_been_carried_out() {
    let unfinished = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".to_vec();
    for begun in [Vec::new(), unfinished, b"nonsense\r\n\r\n".to_vec()] {
        let server = in_turn(vec![begun.clone()]).await;
        let error = untag(&client(&server, at_once())).await.unwrap_err();
        attempts(&error, &server, 1);
        assert!(!error.is_retryable());

        let server = in_turn(vec![begun.clone(), begun, json("200 OK", REMOVED)]).await;
        let harmless = client(&server, at_once().repeat_harmless(HARMLESS));
        assert_eq!(untag(&harmless).await.unwrap(), "removed");
        assert_eq!(server.requests().len(), 3);
    }
}

/// The head of another answer has said what happened: its broken body is no reason to ask again.
#[tokio::test]
async fn a_broken_body_of_an_error_is_not_sent_again() {
    for head in ["401 Unauthorized", "404 Not Found", "302 Found\r\nlocation: http://127.0.0.1:1/"] {
        let broken = format!("HTTP/1.1 {head}\r\ntransfer-encoding: chunked\r\n\r\nbroken\r\n");
        let server = in_turn(vec![broken.into_bytes()]).await;
        let error = untag(&client(&server, at_once().repeat_harmless(HARMLESS))).await.unwrap_err();
        attempts(&error, &server, 1);
    }
}

/// A client that was brought and follows redirects: what its target answers, or that it is not there, says nothing of the
/// request. A 303 may be the answer to a request that was carried out.
#[tokio::test]
async fn what_comes_after_a_redirect_is_not_sent_again() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let busy = in_turn(vec![status("503 Busy")]).await;
    for target in [busy.url(), nowhere] {
        let server = in_turn(vec![answer("303 See Other", &[("location", &target)], "")]).await;
        let follower = loopback::reqwest_client().build().unwrap();
        let client = once(server.url()).retry(at_once()).http_client(follower).build().unwrap();
        let error = untag(&client).await.unwrap_err();
        assert_eq!(server.requests().len(), 1, "{target}");
        assert!(!error.is_retryable(), "{error}");
        assert_eq!((error.attempts(), error.elapsed()), (1, None));
    }
}

/// A policy is a client's, or that of a copy of it for one call.
#[tokio::test]
async fn a_policy_for_one_call() {
    let server = in_turn(vec![status("500 Oh")]).await;
    let careful = client(&server, at_once());
    let bold = careful.with_retry(at_once().attempts(5).repeat_harmless(HARMLESS));
    assert_eq!(untag(&bold).await.unwrap_err().attempts(), 5);
    assert_eq!(untag(&careful).await.unwrap_err().attempts(), 1);
    assert_eq!(server.connections(), 1);
    assert_eq!(RetryPolicy::none(), RetryPolicy::default().attempts(0));
}

/// The waits: random up to 500 ms, then up to 1 s, and so on up to 8 s.
#[tokio::test(start_paused = true)]
async fn the_backoff_doubles_up_to_its_bound() {
    const ATTEMPTS: usize = 8;
    let bounds = [500, 1000, 2000, 4000, 8000, 8000, 8000].map(Duration::from_millis);
    let mut longest = [Duration::ZERO; ATTEMPTS - 1];
    for _ in 0..40 {
        let times = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let seen = times.clone();
        let server = Server::start_with(move |_| {
            seen.lock().unwrap().push(Instant::now());
            status("503 Busy")
        })
        .await;
        let policy = RetryPolicy::default().attempts(u32::try_from(ATTEMPTS).unwrap());
        let error = untag(&client(&server, policy)).await.unwrap_err();
        attempts(&error, &server, ATTEMPTS);
        let times = times.lock().unwrap();
        for (index, pair) in times.windows(2).enumerate() {
            let wait = pair[1] - pair[0];
            // The clock of a paused runtime moves in whole milliseconds.
            assert!(wait <= bounds[index] + Duration::from_millis(2), "wait {index}: {wait:?}");
            longest[index] = longest[index].max(wait);
        }
    }
    for (bound, longest) in bounds.into_iter().zip(longest) {
        // 40 times in the lower half by chance: once in 10^12 runs.
        assert!(longest > bound / 2, "{longest:?} of {bound:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_the_least_wait() {
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(30));
    for (asked, least, most) in [("0", 0, 0), ("7", 7, 7), ("60", 60, 60), ("  5 ", 5, 5), (date.as_str(), 20, 30)] {
        let server = in_turn(vec![limited(asked), json("200 OK", REMOVED)]).await;
        let start = Instant::now();
        assert_eq!(untag(&client(&server, at_once())).await.unwrap(), "removed");
        let waited = start.elapsed().as_secs();
        assert!((least..=most).contains(&waited), "{asked}: {waited} s");
    }
    let two = answer("429 Too Many Requests", &[("retry-after", "3"), ("retry-after", "9")], "");
    let server = in_turn(vec![two, json("200 OK", REMOVED)]).await;
    let start = Instant::now();
    untag(&client(&server, at_once())).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 9);
}

/// What cannot be read is as if it were not there; what asks for too long ends the call at once.
#[tokio::test(start_paused = true)]
async fn retry_after_that_cannot_be_kept() {
    let ten_years = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(10 * 365 * 86400));
    for (asked, expected) in [
        ("-1", 3),
        ("soon", 3),
        ("1.5", 3),
        ("", 3),
        ("Mon, 23 Nov 2020 00:00:00 GMT", 3),
        ("Mon, 99 Nov 2020 00:00:00 GMT", 3),
        ("61", 1),
        ("315360000", 1),
        ("99999999999999999999999999", 1),
        (ten_years.as_str(), 1),
    ] {
        let server = in_turn(vec![limited(asked)]).await;
        let start = Instant::now();
        let error = untag(&client(&server, at_once())).await.unwrap_err();
        attempts(&error, &server, expected);
        assert_eq!(start.elapsed().as_secs(), 0, "{asked}");
    }
    let server = in_turn(vec![limited("61"), json("200 OK", REMOVED)]).await;
    let patient = client(&server, at_once().longest_wait(Duration::from_secs(100)));
    assert_eq!(untag(&patient).await.unwrap(), "removed");
}

/// A wait that would overrun the deadline is not begun.
#[tokio::test(start_paused = true)]
async fn no_wait_overruns_the_deadline() {
    let server = in_turn(vec![limited("50")]).await;
    let client = client(&server, at_once().attempts(10));
    let start = Instant::now();
    let error = untag(&client).await.unwrap_err();
    // At 0, 50 and 100 s; the next would be at 150 s, and the deadline is 120 s.
    attempts(&error, &server, 3);
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(start.elapsed().as_secs(), 100);
}

/// The last attempt gets what is left of the deadline, and no more.
#[tokio::test(start_paused = true)]
async fn no_attempt_overruns_the_deadline() {
    for (deadline, timeout, expected) in [(120, 30, 4), (100, 30, 4), (45, 30, 2), (10, 30, 1), (5, 2, 3)] {
        let server = Server::start("").await;
        let client = once(server.url())
            .retry(at_once().attempts(100).repeat_harmless(HARMLESS))
            .deadline(Duration::from_secs(deadline))
            .timeout(Duration::from_secs(timeout))
            .build()
            .unwrap();
        let start = Instant::now();
        let error = untag(&client).await.unwrap_err();
        attempts(&error, &server, expected);
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(start.elapsed().as_secs(), deadline);
    }
}

/// A call that waits for its next attempt ends when it is dropped.
#[tokio::test(start_paused = true)]
async fn a_dropped_call_sends_nothing_more() {
    let server = in_turn(vec![limited("30")]).await;
    let client = client(&server, at_once());
    let call = tokio::time::timeout(Duration::from_secs(10), untag(&client)).await;
    assert!(call.is_err(), "it waits for 30 s");
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(server.requests().len(), 1);
}

/// The rule is checked once, before the first attempt.
#[tokio::test]
async fn a_request_that_breaks_the_rule_is_not_tried_again() {
    let server = in_turn(vec![status("503 Busy")]).await;
    let client = client(&server, at_once().repeat_harmless(HARMLESS));
    let mut request = loopback::request();
    request.client_id = None;
    let sent = client.personal_tag_mapping_delete().bot_id("b").body(request).send().await;
    let error = ApiError::from(sent.unwrap_err());
    assert_eq!((error.attempts(), error.elapsed()), (0, None));
    assert_eq!(server.connections(), 0);
}
