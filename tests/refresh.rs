//! A refused pair is refreshed once for all calls, even if the function that fetches it fails, hangs or panics.

mod support;

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use mantago::{ClientBuilder, Credentials, Error, ErrorCode, ErrorKind};
use support::rotating::{Rotating, pair};
use support::{Server, call, once, response, sources, untag};
use tokio::sync::Notify;
use tokio::time::Instant;

/// A function for `refresh_with` with outcomes that the test sets, and the number of its calls.
fn fetch(
    outcome: impl Fn(usize) -> Result<Credentials, &'static str> + Send + Sync + 'static,
) -> (Arc<AtomicUsize>, impl Fn() -> std::future::Ready<Result<Credentials, &'static str>>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    (calls, move || std::future::ready(outcome(counted.fetch_add(1, SeqCst) + 1)))
}

#[tokio::test]
async fn a_refused_pair_is_refreshed_and_the_call_retried() {
    let mantago = Rotating::start().await;
    let (calls, fetch) = fetch(|_| Ok(pair(2)));
    // With any policy, because a refused request has done nothing.
    let client = mantago.builder().retry(mantago::RetryPolicy::none()).refresh_with(fetch).build().unwrap();
    untag(&client).await.unwrap();
    assert_eq!(calls.load(SeqCst), 0, "called only after a refusal");
    mantago.rotate();
    assert_eq!(untag(&client.clone()).await.unwrap(), "removed");
    untag(&client).await.unwrap();
    assert_eq!((mantago.generations(), calls.load(SeqCst)), (vec![1, 1, 2, 2], 1));

    // The function does not fetch another bot's pair.
    let other = client.with_credentials(pair(1)).unwrap();
    assert_eq!(untag(&other).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(calls.load(SeqCst), 1);
}

#[tokio::test]
async fn without_a_refresh_function_the_401_is_returned() {
    let mantago = Rotating::start().await;
    mantago.rotate();
    let error = untag(&mantago.builder().build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unauthorized, Some(ErrorCode::SupersededCredentials)));
    assert!(error.source().is_none() && !error.is_retryable());
    assert_eq!(mantago.generations(), [1]);
}

/// Neither the same call nor the next ones refresh it again at once.
#[tokio::test(start_paused = true)]
async fn a_fetched_pair_that_is_refused_starts_the_backoff() {
    let server = Server::start(response("401 Unauthorized", &[], "")).await;
    let (calls, fetch) = fetch(|call| Ok(pair(call + 1)));
    let builder = ClientBuilder::new(pair(1)).base_url(server.url()).retry(support::at_once().assume_idempotent(true));
    let client = builder.refresh_with(fetch).build().unwrap();
    let start = Instant::now();
    for (at, attempts, expected) in [(0, 2, 1), (0, 1, 1), (900, 1, 1), (1100, 2, 2), (3000, 1, 2), (3200, 2, 3)] {
        for _ in 0..if attempts == 1 { 50 } else { 1 } {
            tokio::time::sleep_until(start + Duration::from_millis(at)).await;
            let error = untag(&client).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, attempts), "at {at} ms");
            assert_eq!(calls.load(SeqCst), expected, "at {at} ms");
            let said: Vec<_> = sources(&error).iter().map(ToString::to_string).collect();
            assert_eq!(said, ["refreshing the credentials failed", "it returned a pair that was also refused"]);
        }
    }
}

/// If the function fails, panics, or returns the refused pair or an unusable one, the error is the 401 with the reason. The
/// function is called again after 1 s, then 2 s and so on up to 30 s.
#[tokio::test(start_paused = true)]
async fn a_failing_refresh_backs_off() {
    type Outcome = fn(usize) -> Result<Credentials, &'static str>;
    let outcomes: [(Outcome, &str); 4] = [
        (|_| Err("the vault is sealed"), "the vault is sealed"),
        (|_| Ok(pair(1)), "it returned the pair that was refused"),
        (|_| Ok(Credentials::new("token", " ")), "the secret is blank"),
        (|_| panic!("no vault here"), "panicked with message \"no vault here\""),
    ];
    for (outcome, why) in outcomes {
        let mantago = Rotating::start().await;
        mantago.rotate();
        let (calls, fetch) = fetch(outcome);
        let client = mantago.builder().refresh_with(fetch).build().unwrap();
        let start = Instant::now();
        let schedule = [
            (0, 1),
            (100, 1),
            (900, 1),
            (1_100, 2),
            (3_000, 2),
            (3_200, 3),
            (7_100, 3),
            (7_300, 4),
            (15_200, 4),
            (15_400, 5),
            (31_300, 5),
            (31_500, 6),
            (61_400, 6),
            (61_600, 7),
            (91_500, 7),
            // An old failure does not count.
            (122_000, 8),
            (123_100, 9),
        ];
        for (at, expected) in schedule {
            tokio::time::sleep_until(start + Duration::from_millis(at)).await;
            let error = untag(&client).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 1));
            assert_eq!(error.code(), Some(ErrorCode::SupersededCredentials));
            let sources = sources(&error);
            assert_eq!(sources[0].to_string(), "refreshing the credentials failed");
            assert!(sources.last().unwrap().to_string().ends_with(why), "{error:?}");
            let shown = error.to_string();
            assert!(shown.contains("; refreshing the credentials failed: ") && shown.ends_with(why), "{shown}");
            assert_eq!(calls.load(SeqCst), expected, "{why}, at {at} ms");
        }
        // For another pair, the function is called at once.
        client.set_credentials(pair(7)).unwrap();
        untag(&client).await.unwrap_err();
        assert_eq!(calls.load(SeqCst), 10);
    }
}

/// A pair that MantaGO accepted is refreshed at once, however many refreshes failed before.
#[tokio::test(start_paused = true)]
async fn an_accepted_pair_resets_the_backoff() {
    let mantago = Rotating::start().await;
    let (calls, fetch) = fetch(|call| if call < 4 { Err("not yet") } else { Ok(pair(call - 2)) });
    let client = mantago.builder().refresh_with(fetch).build().unwrap();
    mantago.rotate();
    for seconds in [0, 2, 4] {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        untag(&client).await.unwrap_err();
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    for fetches in 4..14 {
        assert_eq!(untag(&client).await.unwrap(), "removed");
        assert_eq!(calls.load(SeqCst), fetches);
        mantago.rotate();
    }
}

/// No call hangs.
#[tokio::test]
async fn a_panicking_refresh_fails_all_waiting_calls() {
    let mantago = Rotating::start().await;
    mantago.rotate();
    let go_on = Arc::new(Notify::new());
    let notified = go_on.clone();
    let fetch = move || {
        let go_on = notified.clone();
        async move {
            go_on.notified().await;
            let lines: Vec<&str> = "".lines().collect();
            Ok::<_, Error>(Credentials::new(lines[0], lines[1]))
        }
    };
    let client = mantago.builder().refresh_with(fetch).build().unwrap();
    let calls = (0..64).map(|_| untag(&client));
    let refused = async {
        support::until(|| mantago.server.request_count() == 64).await;
        go_on.notify_one();
    };
    let (errors, ()) = tokio::join!(futures_util::future::join_all(calls), refused);
    for error in errors.into_iter().map(Result::unwrap_err) {
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 1));
        assert!(sources(&error)[1].to_string().contains("panicked"), "{error:?}");
    }
}

/// It runs on after its call's deadline, or after the call was dropped, and serves the next call.
#[tokio::test(start_paused = true)]
async fn a_refresh_outlives_its_call() {
    const TAKES: Duration = Duration::from_millis(700);
    const LIMIT: Duration = Duration::from_millis(500);
    for is_dropped in [false, true] {
        let mantago = Rotating::start().await;
        mantago.rotate();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let fetch = move || {
            counted.fetch_add(1, SeqCst);
            async move {
                tokio::time::sleep(TAKES).await;
                Ok::<_, Error>(pair(2))
            }
        };
        let deadline = if is_dropped { 10 * LIMIT } else { LIMIT };
        let client = mantago.builder().deadline(deadline).refresh_with(fetch).build().unwrap();
        let start = Instant::now();
        if is_dropped {
            assert!(tokio::time::timeout(LIMIT, untag(&client)).await.is_err());
        } else {
            let error = untag(&client).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 1));
            assert_eq!(sources(&error)[0].to_string(), "the deadline ended the call before a refresh did");
        }
        assert_eq!(start.elapsed(), LIMIT);
        // It waits for the same one.
        assert_eq!(untag(&client).await.unwrap(), "removed");
        assert_eq!((calls.load(SeqCst), mantago.generations()), (1, vec![1, 1, 2]));
        assert!(start.elapsed() < TAKES + Duration::from_millis(10), "{:?}", start.elapsed());
    }
}

/// Credentials that are set during a refresh are used at once.
#[tokio::test(start_paused = true)]
async fn set_credentials_ends_the_wait_for_a_refresh() {
    let mantago = Rotating::start().await;
    mantago.rotate();
    let client = mantago.builder().refresh_with(std::future::pending::<Result<_, Error>>).build().unwrap();
    let set = async {
        support::until(|| mantago.server.request_count() == 1).await;
        client.set_credentials(pair(2)).unwrap();
    };
    let start = Instant::now();
    let (outcome, ()) = tokio::join!(untag(&client), set);
    assert_eq!((outcome.unwrap().as_str(), start.elapsed().as_secs()), ("removed", 0));
}

/// A refreshed call that another call's pause would hold for too long ends with its 401.
#[tokio::test(start_paused = true)]
async fn a_pause_after_a_refresh_leaves_the_401() {
    let server = Server::start_with(|request| match request.query()[0].1.as_str() {
        "busy" => response("429 Wait", &[("retry-after", "30")], ""),
        _ => response("401 Unauthorized", &[], ""),
    })
    .await;
    let (refused, refreshed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (is_refused, may_go_on) = (refused.clone(), refreshed.clone());
    let fetch = move || {
        is_refused.notify_one();
        let may_go_on = may_go_on.clone();
        async move {
            may_go_on.notified().await;
            Ok::<_, Error>(pair(2))
        }
    };
    let client = once(server.url()).deadline(Duration::from_secs(10)).refresh_with(fetch).build().unwrap();
    let busy = async {
        refused.notified().await;
        call(&client).bot_id("busy").send().await.unwrap_err();
        refreshed.notify_one();
    };
    let (outcome, ()) = tokio::join!(untag(&client), busy);
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 1));
    assert_eq!(server.request_count(), 2);
}

/// The server replaces the pair in the middle of 10,000 calls: no call fails, and the pair is fetched once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_under_load_fails_no_call() {
    const CALLS: usize = 10_000;
    const IN_FLIGHT: usize = 64;
    let mantago = Rotating::start().await;
    let fetches = Arc::new(AtomicUsize::new(0));
    let counted = fetches.clone();
    let fetch = move || {
        counted.fetch_add(1, SeqCst);
        async {
            tokio::task::yield_now().await;
            Ok::<_, Error>(pair(2))
        }
    };
    let client = mantago.builder().retry(mantago::RetryPolicy::none()).refresh_with(fetch).build().unwrap();
    let mut running: tokio::task::JoinSet<Result<String, Error>> = tokio::task::JoinSet::new();
    for number in 0..CALLS {
        if running.len() == IN_FLIGHT {
            assert_eq!(running.join_next().await.unwrap().unwrap().unwrap(), "removed");
        }
        if number == CALLS / 2 {
            mantago.rotate();
        }
        let client = client.clone();
        running.spawn(async move { untag(&client).await });
    }
    while let Some(sent) = running.join_next().await {
        assert_eq!(sent.unwrap().unwrap(), "removed");
    }
    assert_eq!(fetches.load(SeqCst), 1);
    let generations = mantago.generations();
    let refused = generations.len() - CALLS;
    assert!((1..=IN_FLIGHT).contains(&refused), "{refused} requests were refused");
}
