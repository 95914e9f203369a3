//! A refresh runs in its own task, which may hang, block or lose its runtime.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use mantago::{Credentials, Error, ErrorKind};
use support::rotating::{Rotating, pair};
use support::{sources, untag};
use tokio::time::Instant;

/// A function whose first call never ends and whose next ones return the second pair, and the number of calls.
fn hanging_once() -> (impl Fn() -> BoxFuture<'static, Result<Credentials, Error>> + Send + Sync, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let fetch = move || {
        let first = counted.fetch_add(1, SeqCst) == 0;
        async move { if first { std::future::pending().await } else { Ok(pair(2)) } }.boxed()
    };
    (fetch, calls)
}

/// The call ends at its deadline, and a later call begins another refresh.
#[tokio::test(start_paused = true)]
async fn the_deadline_ends_the_wait_for_a_hanging_refresh() {
    let mantago = Rotating::start().await;
    mantago.rotate();
    let (fetch, calls) = hanging_once();
    let client = mantago.builder().deadline(Duration::from_secs(20)).refresh_with(fetch).build().unwrap();
    let start = Instant::now();
    for ends_at in [20, 40] {
        let error = untag(&client).await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed().as_secs()), (ErrorKind::Unauthorized, ends_at));
        assert_eq!(sources(&error)[0].to_string(), "the deadline ended the call before a refresh did");
        assert_eq!(calls.load(SeqCst), 1);
    }
    assert_eq!((untag(&client).await.unwrap().as_str(), calls.load(SeqCst)), ("removed", 2));
}

/// A function that blocks its thread beyond the deadline leaves the 401, without an attempt that has no time.
#[tokio::test]
async fn a_blocking_refresh_leaves_the_401() {
    let mantago = Rotating::start().await;
    mantago.rotate();
    let fetch = || {
        std::thread::sleep(Duration::from_millis(300));
        std::future::ready(Ok::<_, Error>(pair(2)))
    };
    let builder = mantago.builder().deadline(Duration::from_millis(250)).refresh_with(fetch);
    let client = builder.build().unwrap();
    let error = untag(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthorized, 1));
    assert_eq!(sources(&error)[0].to_string(), "the deadline ended the call before a refresh did");
    assert_eq!(mantago.generations(), [1]);
    // The refresh has set the pair nevertheless.
    assert_eq!(untag(&client).await.unwrap(), "removed");
    assert_eq!(mantago.generations(), [1, 2]);
}

/// A client outlives the runtime in which a refresh began.
#[test]
fn a_refresh_is_restarted_if_its_runtime_ends() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let of_the_server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mantago = of_the_server.block_on(Rotating::start());
    mantago.rotate();
    let (fetch, calls) = hanging_once();
    let client = mantago.builder().refresh_with(fetch).build().unwrap();
    runtime().block_on(async {
        tokio::select! {
            _ = untag(&client) => panic!("it waits for the refresh"),
            () = support::until(|| calls.load(SeqCst) == 1) => {}
        }
    });
    assert_eq!(runtime().block_on(untag(&client)).unwrap(), "removed");
    assert_eq!(calls.load(SeqCst), 2);
}
