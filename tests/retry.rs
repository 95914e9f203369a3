//! A request is retried only if the policy allows it, not sooner and not for longer. `outcomes.rs` has the outcomes that are
//! retried.

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use mantago::{Error, ErrorKind, RetryPolicy};
use support::{Server, at_once, call, nowhere, once, removed, response, untag};
use tokio::time::Instant;

fn status(status: &str) -> Vec<u8> {
    response(status, &[], "")
}

fn limited(retry_after: &[&str]) -> Vec<u8> {
    let headers: Vec<_> = retry_after.iter().map(|value| ("retry-after", *value)).collect();
    response("429 Too Many Requests", &headers, "")
}

/// Both sides agree on the number of attempts, and the error shows it if there was more than one.
#[track_caller]
fn attempts(error: &Error, server: &Server, expected: usize) {
    assert_eq!(server.request_count(), expected, "requests that the server saw");
    assert_eq!(error.attempts() as usize, expected);
    assert_eq!(error.to_string().contains(&format!(" ({expected} attempts, ")), expected > 1, "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_last_error_is_returned() {
    let body = r#"{"success":false,"errResponse":{"message":"slow down","code":7}}"#;
    let busy = response("429 Too Many Requests", &[("retry-after", "2"), ("x-trace", "t")], body);
    let server = Server::in_turn(vec![status("503 Service Unavailable"), busy]).await;
    let error = untag(&server.client_with(at_once())).await.unwrap_err();
    attempts(&error, &server, 3);
    assert_eq!((error.kind(), error.message()), (ErrorKind::RateLimited, Some("slow down")));
    assert_eq!(error.headers()["x-trace"], "t");
    assert_eq!((error.retry_after().unwrap().as_secs(), error.elapsed().as_secs()), (2, 2));
    let may = "the request may have been carried out by an earlier attempt";
    assert_eq!(error.to_string(), format!("429 Too Many Requests: slow down (code 7) (3 attempts, 2.0 s); {may}"));
}

#[tokio::test]
async fn retried_requests_are_identical() {
    let server = Server::in_turn(vec![status("503 Busy"), status("429 Wait"), removed()]).await;
    assert_eq!(untag(&server.client_with(at_once())).await.unwrap(), "removed");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| (&request.head, &request.body) == (&requests[0].head, &requests[0].body)));
}

#[tokio::test]
async fn with_retry_changes_the_policy_of_a_copy() {
    let server = Server::in_turn(vec![status("500 Oh")]).await;
    let careful = server.client_with(at_once());
    let bold = careful.with_retry(at_once().max_attempts(5).assume_idempotent(true));
    for (client, expected) in [
        (&bold, 5),
        (&careful, 1),
        (&careful.with_retry(RetryPolicy::none().assume_idempotent(true)), 1),
        (&careful.with_retry(at_once().assume_idempotent(true).max_attempts(0)), 1),
    ] {
        assert_eq!(untag(client).await.unwrap_err().attempts(), expected);
    }
    assert_eq!(server.connections(), 1);

    // Not even after a 503.
    let busy = Server::in_turn(vec![status("503 Busy")]).await;
    assert_eq!(untag(&busy.client_with(RetryPolicy::none())).await.unwrap_err().attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_to_connect_is_retried() {
    let client = once(nowhere()).retry(RetryPolicy::default()).build().unwrap();
    let error = untag(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 3));
    assert!(error.elapsed() <= Duration::from_millis(1500), "{:?}", error.elapsed());
    assert_eq!(untag(&client.with_retry(RetryPolicy::none())).await.unwrap_err().attempts(), 1);
}

/// The waits are random up to 500 ms, then up to 1 s, and so on up to 8 s.
#[tokio::test(start_paused = true)]
async fn the_backoff_doubles_up_to_its_limit() {
    const ATTEMPTS: usize = 8;
    let bounds = [500, 1000, 2000, 4000, 8000, 8000, 8000].map(Duration::from_millis);
    let mut longest = [Duration::ZERO; ATTEMPTS - 1];
    for _ in 0..40 {
        let times = Arc::new(Mutex::new(Vec::new()));
        let seen = times.clone();
        let server = Server::start_with(move |_| {
            seen.lock().unwrap().push(Instant::now());
            status("503 Busy")
        })
        .await;
        let policy = RetryPolicy::default().max_attempts(u32::try_from(ATTEMPTS).unwrap());
        attempts(&untag(&server.client_with(policy)).await.unwrap_err(), &server, ATTEMPTS);
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
async fn the_backoff_is_configurable() {
    let server = Server::in_turn(vec![status("503 Busy")]).await;
    let second = Duration::from_secs(1);
    let policy = RetryPolicy::default().max_attempts(8).base_backoff(second).max_backoff(second);
    let error = untag(&server.client_with(policy)).await.unwrap_err();
    attempts(&error, &server, 8);
    let expected = Duration::from_millis(10)..=Duration::from_millis(7100);
    assert!(expected.contains(&error.elapsed()), "{:?}", error.elapsed());
}

/// It has seconds, rounded up, or a date in any format. The longest of several counts, and unreadable ones are ignored.
#[tokio::test(start_paused = true)]
async fn retry_after_is_the_minimum_wait() {
    let in_30_s = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(30));
    for (asked, least, most) in [
        (&["0"][..], 0, 0),
        (&["7"], 7, 7),
        (&["60"], 60, 60),
        (&["  5 "], 5, 5),
        (&["3", "9"], 9, 9),
        (&["9", "soon"], 9, 9),
        (&["12, 12"], 12, 12),
        (&["3,9, 5"], 9, 9),
        (&["1.5"], 2, 2),
        (&["30.0001"], 31, 31),
        (&["0.0"], 0, 0),
        (&[".5"], 1, 1),
        (&[&in_30_s], 20, 30),
        (&["Mon, 23 Nov 2020 00:00:00 GMT"], 0, 0),
        (&["Monday, 23-Nov-20 00:00:00 GMT"], 0, 0),
        (&["Mon Nov 23 00:00:00 2020"], 0, 0),
    ] {
        let server = Server::in_turn(vec![limited(asked), removed()]).await;
        let start = Instant::now();
        assert_eq!(untag(&server.client_with(at_once())).await.unwrap(), "removed");
        let waited = start.elapsed().as_secs();
        assert!((least..=most).contains(&waited), "{asked:?}: {waited} s");

        let error = untag(&Server::start(limited(asked)).await.client()).await.unwrap_err();
        let read = error.retry_after().unwrap().as_secs();
        assert!((least..=most).contains(&read), "{asked:?}: {read} s");
    }
    for asked in [
        &[][..],
        &["-1"],
        &["soon"],
        &["3s"],
        &["1e3"],
        &["+3"],
        &["1.2.3"],
        &["."],
        &["inf"],
        &[""],
        &["Mon, 99 Nov 2020 00:00:00 GMT"],
    ] {
        let server = Server::in_turn(vec![limited(asked)]).await;
        let start = Instant::now();
        let error = untag(&server.client_with(at_once())).await.unwrap_err();
        attempts(&error, &server, 3);
        assert_eq!((error.retry_after(), start.elapsed().as_secs()), (None, 0), "{asked:?}");
    }
}

/// The server's clock may differ from this machine's.
#[tokio::test]
async fn a_retry_after_date_is_relative_to_the_responses_date() {
    for (now, until, expected) in [
        ("Mon, 23 Nov 2020 10:00:00 GMT", "Mon, 23 Nov 2020 10:00:07 GMT", Some(7)),
        ("Mon, 23 Nov 2020 10:00:07 GMT", "Mon, 23 Nov 2020 10:00:00 GMT", Some(0)),
        ("Sun, 23 Nov 2200 10:00:00 GMT", "Sun, 23 Nov 2200 10:00:30 GMT", Some(30)),
        // A `Date` that is none leaves this machine's clock.
        ("today", "Mon, 23 Nov 2020 10:00:07 GMT", Some(0)),
        ("Mon, 23 Nov 2020 10:00:00 GMT", "tomorrow", None),
    ] {
        let error = support::error_of(response("429 Wait", &[("date", now), ("retry-after", until)], "")).await;
        assert_eq!(error.retry_after().map(|wait| wait.as_secs()), expected, "{until} at {now}");
    }
}

/// Otherwise the call ends at once, with the error that asked for the wait.
#[tokio::test(start_paused = true)]
async fn no_wait_exceeds_max_wait() {
    let in_ten_years = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(10 * 365 * 86400));
    for asked in ["61", "315360000", "99999999999999999999999999", &in_ten_years] {
        let server = Server::in_turn(vec![limited(&[asked])]).await;
        let start = Instant::now();
        let error = untag(&server.client_with(at_once())).await.unwrap_err();
        attempts(&error, &server, 1);
        assert!(error.retry_after().unwrap() > Duration::from_secs(60), "{asked}");
        assert_eq!(start.elapsed().as_secs(), 0, "{asked}");
    }
    for (longest, expected) in [(61, 2), (60, 1), (0, 1)] {
        let server = Server::in_turn(vec![limited(&["61"]), removed()]).await;
        let _ = untag(&server.client_with(at_once().max_wait(Duration::from_secs(longest)))).await;
        assert_eq!(server.request_count(), expected, "{longest} s");
    }
}

/// A wait that would overrun the deadline is not begun.
#[tokio::test(start_paused = true)]
async fn no_wait_overruns_the_deadline() {
    let server = Server::in_turn(vec![limited(&["50"])]).await;
    let start = Instant::now();
    let error = untag(&server.client_with(at_once().max_attempts(10))).await.unwrap_err();
    // At 0, 50 and 100 s; the next would be at 150 s, and the deadline is 120 s.
    attempts(&error, &server, 3);
    assert_eq!((error.kind(), start.elapsed().as_secs()), (ErrorKind::RateLimited, 100));
}

/// The last attempt gets the rest of the deadline.
#[tokio::test(start_paused = true)]
async fn no_attempt_overruns_the_deadline() {
    for (deadline, timeout, expected) in [(120, 30, 4), (100, 30, 4), (45, 30, 2), (10, 30, 1), (5, 2, 3)] {
        let server = Server::start("").await;
        let client = once(server.url())
            .retry(at_once().max_attempts(100).assume_idempotent(true))
            .deadline(Duration::from_secs(deadline))
            .timeout(Duration::from_secs(timeout))
            .build()
            .unwrap();
        let start = Instant::now();
        let error = untag(&client).await.unwrap_err();
        attempts(&error, &server, expected);
        assert_eq!((error.kind(), start.elapsed().as_secs()), (ErrorKind::Timeout, deadline));
    }
}

/// Not even a retry that it was waiting for.
#[tokio::test(start_paused = true)]
async fn a_dropped_call_sends_nothing_more() {
    let server = Server::in_turn(vec![limited(&["30"])]).await;
    let client = server.client_with(at_once());
    let waiting = tokio::time::timeout(Duration::from_secs(10), untag(&client)).await;
    assert!(waiting.is_err(), "it waits for 30 s");
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(server.request_count(), 1);
}

/// Its connection is closed, and the client keeps working.
#[tokio::test]
async fn a_dropped_call_closes_its_connection() {
    let is_silent = |request: &support::Request| request.line().contains("silent");
    let server = Server::start_with(move |request| if is_silent(request) { Vec::new() } else { removed() }).await;
    let client = server.client();
    let mut dropped = Box::pin(call(&client).bot_id("silent").send());
    tokio::select! {
        _ = &mut dropped => panic!("it has no response"),
        () = support::until(|| server.request_count() == 1) => {}
    }
    drop(dropped);
    support::until(|| server.open_connections() == 0).await;
    assert_eq!(untag(&client).await.unwrap(), "removed");
}
