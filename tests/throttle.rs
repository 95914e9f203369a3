//! A client and its clones are throttled together when the server is in trouble.

mod support;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use mantago::{Client, Credentials, Error, ErrorKind, RetryPolicy};
use support::{Server, at_once, call, once, removed, response, untag};
use tokio::time::{Instant, advance, sleep};

const TWO_SECONDS: Duration = Duration::from_secs(2);

fn limited(seconds: u64) -> Vec<u8> {
    response("429 Too Many Requests", &[("retry-after", &seconds.to_string())], "")
}

fn pause_ends_in(left: Duration) -> String {
    let seconds = left.as_secs_f64();
    format!("rate limited: the server asked for a pause, which ends in {seconds:.1} s; nothing was sent")
}

fn client(server: &Server) -> Client {
    server.client_with(RetryPolicy::default())
}

/// A server that responds with 429 for 2 seconds, and the time and caller of each request.
async fn busy_for_two_seconds() -> (Server, Arc<Mutex<Vec<(Duration, String)>>>) {
    let start = Instant::now();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = requests.clone();
    let server = Server::start_with(move |request| {
        seen.lock().unwrap().push((start.elapsed(), request.query()[0].1.clone()));
        if start.elapsed() < TWO_SECONDS { limited(2) } else { removed() }
    })
    .await;
    (server, requests)
}

async fn untag_as(client: &Client, caller: usize) -> Result<(), Error> {
    call(client).bot_id(format!("caller-{caller}")).send().await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_429_pauses_every_clone() {
    let (server, requests) = busy_for_two_seconds().await;
    let client = client(&server);
    let calls = join_all((0..64).map(|caller| untag_as(&client, caller))).await;

    let requests = requests.lock().unwrap();
    let early: Vec<_> = requests.iter().filter(|(time, _)| *time < TWO_SECONDS).map(|(_, caller)| caller).collect();
    let callers: HashSet<_> = early.iter().collect();
    assert_eq!(callers.len(), early.len(), "requests in the 2 seconds");
    // Nobody is left behind: a wait that the server names needs no budget.
    assert!(calls.iter().all(Result::is_ok), "{calls:?}");
    assert_eq!(requests.len(), early.len() + calls.len());
}

/// After the first 429, no caller sends anything until its wait is over.
#[tokio::test(start_paused = true)]
async fn a_429_pauses_later_calls() {
    let (server, requests) = busy_for_two_seconds().await;
    let client = client(&server);
    let calls = (0..64).map(async |caller| {
        sleep(Duration::from_millis(30) * caller).await;
        untag(&client).await
    });
    for call in join_all(calls).await {
        assert_eq!(call.unwrap(), "removed");
    }
    let requests = requests.lock().unwrap();
    let early = requests.iter().filter(|(time, _)| *time < TWO_SECONDS).count();
    assert_eq!((early, requests.len()), (1, 65));
}

/// In an outage, there are few more requests than calls.
#[tokio::test(start_paused = true)]
async fn retries_do_not_worsen_an_outage() {
    const CALLS: usize = 400;
    for in_flight in [1, 64] {
        let server = Server::start(response("503 Service Unavailable", &[], "")).await;
        let client = server.client_with(at_once());
        let calls = stream::iter(0..CALLS).map(|_| untag(&client)).buffer_unordered(in_flight);
        let errors: Vec<_> = calls.map(Result::unwrap_err).collect().await;

        let requests = server.request_count();
        assert!(requests <= CALLS * 12 / 10, "{requests} requests of {CALLS} calls, {in_flight} in flight");
        assert!(requests > CALLS, "a few were retried");
        assert_eq!(errors.iter().map(|error| error.attempts() as usize).sum::<usize>(), requests);
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::Server));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_without_time_to_wait_fails_at_once() {
    let server = Server::start(limited(30)).await;
    let patient = once(server.url()).deadline(Duration::from_secs(10)).build().unwrap();
    let hasty = patient.with_retry(RetryPolicy::default().max_wait(Duration::from_secs(5)));
    assert_eq!(untag(&patient).await.unwrap_err().attempts(), 1);
    advance(Duration::from_secs(10)).await;

    // The first fails because of its deadline, the second because of its policy.
    for client in [&patient, &hasty] {
        let start = Instant::now();
        let error = untag(client).await.unwrap_err();
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert_eq!((error.kind(), error.attempts(), error.status()), (ErrorKind::RateLimited, 0, None));
        let left = error.retry_after().unwrap();
        assert!(left > Duration::from_millis(19_900) && left <= Duration::from_secs(20), "{left:?}");
        assert!(error.is_retryable());
        assert_eq!(error.to_string(), pause_ends_in(left));
    }
    assert_eq!(server.request_count(), 1);
}

/// Not the shorter pause that the policy allows, so that a queue does not retry too early.
#[tokio::test(start_paused = true)]
async fn an_unsent_call_reports_the_remaining_wait() {
    for (asked, next, after, left) in
        [(3600, 0, 10, 3590), (86400, 0, 59, 86341), (30, 0, 10, 20), (3600, 30, 90, 3600)]
    {
        let responses = if next == 0 { vec![limited(asked)] } else { vec![limited(next), limited(asked)] };
        let server = Server::in_turn(responses).await;
        let client = server.client_with(RetryPolicy::none());
        assert!(untag(&client).await.unwrap_err().retry_after().is_some());
        advance(Duration::from_secs(after)).await;
        if next > 0 {
            // A pause that has ended does not count.
            untag(&client).await.unwrap_err();
        }
        let error = untag(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 0));
        let retry_after = error.retry_after().unwrap();
        let expected = Duration::from_secs(left);
        assert!(retry_after <= expected && retry_after + Duration::from_millis(20) > expected, "{retry_after:?}");
        assert_eq!(error.to_string(), pause_ends_in(retry_after));
    }
}

/// The call ends at once, whether the wait is short or long.
#[tokio::test(start_paused = true)]
async fn a_policy_without_retries_never_waits() {
    for asked in [1, 59, 60, 3600] {
        for policy in
            [RetryPolicy::none(), at_once().max_attempts(0), at_once().max_attempts(1).max_wait(Duration::MAX)]
        {
            let server = Server::start(limited(asked)).await;
            let client = server.client_with(policy);
            untag(&client).await.unwrap_err();
            let start = Instant::now();
            let error = untag(&client).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts(), start.elapsed()), (ErrorKind::RateLimited, 0, Duration::ZERO));
            assert!(error.retry_after().unwrap().as_secs() + 1 >= asked, "{error}");
            assert_eq!(server.request_count(), 1);
        }
    }
}

/// A wrong header does not stop a client for longer than its policy waits.
#[tokio::test(start_paused = true)]
async fn a_pause_is_limited_to_max_wait() {
    for asked in ["86400", "99999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "18446744073709551615"] {
        for longest in [60, 5] {
            let longest = Duration::from_secs(longest);
            let busy = response("429 Too Many Requests", &[("retry-after", asked)], "");
            let server = Server::in_turn(vec![busy, removed()]).await;
            let client = server.client_with(at_once().max_wait(longest));
            let start = Instant::now();
            let error = untag(&client).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts(), start.elapsed()), (ErrorKind::RateLimited, 1, Duration::ZERO));
            // The 429 starts a pause nevertheless.
            assert_eq!(untag(&client).await.unwrap(), "removed");
            let waited = start.elapsed();
            assert!(waited >= longest && waited < longest + Duration::from_millis(10), "{asked}: {waited:?}");
        }
    }
    // An unlimited wait does not overflow the clock.
    let busy = response("429 Too Many Requests", &[("retry-after", "18446744073709551615")], "");
    let server = Server::start(busy).await;
    let client = server.client_with(at_once().max_wait(Duration::MAX));
    untag(&client).await.unwrap_err();
    let error = untag(&client).await.unwrap_err();
    assert_eq!((error.attempts(), server.request_count()), (0, 1));
    assert!(error.retry_after().unwrap() > Duration::from_secs(300 * 24 * 60 * 60), "{error}");
}

/// Calls that waited together are sent one after the other, and a single call at once.
#[tokio::test(start_paused = true)]
async fn calls_are_spread_after_a_pause() {
    for calls in [1, 50, 500] {
        let times = Arc::new(Mutex::new(Vec::new()));
        let seen = times.clone();
        let start = Instant::now();
        let server = Server::start_with(move |_| {
            seen.lock().unwrap().push(start.elapsed());
            if start.elapsed() < TWO_SECONDS { limited(2) } else { removed() }
        })
        .await;
        let client = client(&server);
        untag(&client.with_retry(RetryPolicy::none())).await.unwrap_err();
        let outcomes = join_all((0..calls).map(|_| untag(&client))).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");

        let times = times.lock().unwrap();
        let late: Vec<_> = times.iter().filter(|time| **time >= TWO_SECONDS).collect();
        assert_eq!((late.len(), times.len()), (calls, calls + 1));
        let spread = late.iter().max().unwrap().saturating_sub(TWO_SECONDS);
        let bound = Duration::from_millis(10) * u32::try_from(calls).unwrap();
        assert!(spread <= bound && spread + Duration::from_millis(5) >= bound / 2, "{calls} calls within {spread:?}");
        // No tenth of the time has much more than its share.
        let busiest = (0..10).map(|tenth| {
            let window = TWO_SECONDS + bound * tenth / 10..TWO_SECONDS + bound * (tenth + 1) / 10;
            late.iter().filter(|time| window.contains(time)).count()
        });
        assert!(calls < 500 || busiest.max().unwrap() < calls / 4, "{late:?}");
    }
}

/// The spread does not end a call with little time left.
#[tokio::test(start_paused = true)]
async fn the_spread_respects_the_deadline() {
    let server = Server::in_turn(vec![limited(2), removed()]).await;
    let client = once(server.url()).retry(at_once()).deadline(Duration::from_millis(2_100)).build().unwrap();
    untag(&client.with_retry(RetryPolicy::none())).await.unwrap_err();
    for sent in join_all((0..500).map(|_| untag(&client))).await {
        assert_eq!(sent.unwrap(), "removed");
    }
}

/// A wait of 0, or a date that has passed, costs a retry like any other failure.
#[tokio::test(start_paused = true)]
async fn a_zero_wait_uses_the_retry_budget() {
    const CALLS: usize = 400;
    for asked in ["0", "Mon, 23 Nov 2020 00:00:00 GMT", "0.0"] {
        let server = Server::start(response("429 Too Many Requests", &[("retry-after", asked)], "")).await;
        let client = server.client_with(at_once());
        let calls = stream::iter(0..CALLS).map(|_| untag(&client)).buffer_unordered(64);
        let errors: Vec<_> = calls.map(Result::unwrap_err).collect().await;
        let requests = server.request_count();
        assert!(requests > CALLS && requests <= CALLS * 12 / 10, "{requests} requests of {CALLS} calls");
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::RateLimited));
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_never_shortened_and_ends() {
    let responses = vec![limited(20), limited(1), response("429 Too Many Requests", &[], ""), removed()];
    let server = Server::in_turn(responses).await;
    let client = server.client_with(RetryPolicy::none());
    let start = Instant::now();
    // The second call was sent before the first one was told to wait.
    let errors = join_all([untag(&client), untag(&client)]).await;
    assert!(errors.iter().all(Result::is_err));
    let left = untag(&client).await.unwrap_err().retry_after().unwrap();
    assert!(left > Duration::from_secs(19) && left <= Duration::from_secs(20), "{left:?}");
    sleep(left).await;
    // A 429 without a wait starts no pause.
    let error = untag(&client).await.unwrap_err();
    assert_eq!((error.attempts(), error.retry_after()), (1, None));
    assert_eq!(untag(&client).await.unwrap(), "removed");
    assert!(start.elapsed() < Duration::from_secs(21));
}

#[tokio::test(start_paused = true)]
async fn each_bot_has_its_own_pause_and_budget() {
    let server = Server::start_with(|request| match request.token() {
        "tok-other" => removed(),
        _ => limited(30),
    })
    .await;
    let client = server.client_with(RetryPolicy::none());
    let other = client.with_credentials(Credentials::new("tok-other", "sec-other")).unwrap();
    untag(&client).await.unwrap_err();
    let start = Instant::now();
    assert_eq!(untag(&other).await.unwrap(), "removed");
    assert_eq!(start.elapsed(), Duration::ZERO);

    // A clone and a copy with another policy share them.
    for shared in [client.clone(), client.with_retry(RetryPolicy::none().max_wait(Duration::ZERO))] {
        let hasty = shared.with_retry(RetryPolicy::none().max_wait(Duration::ZERO));
        assert_eq!(untag(&hasty).await.unwrap_err().attempts(), 0);
    }

    let outage = Server::start(response("503 Service Unavailable", &[], "")).await;
    let client = outage.client_with(at_once());
    while untag(&client).await.unwrap_err().attempts() > 1 {}
    assert_eq!(untag(&client.clone()).await.unwrap_err().attempts(), 1);
    let other = client.with_credentials(Credentials::new("tok-other", "sec-other")).unwrap();
    assert_eq!(untag(&other).await.unwrap_err().attempts(), 3);
}
