//! What `tracing` is told of a call: enough to see what happened, and nothing that is secret or names a bot.
#![cfg(feature = "tracing")]

mod log;
mod loopback;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use log::Log;
use loopback::{REMOVED, SECRET, Server, TOKEN, answer, json, once, untag};
use mantago::RetryPolicy;
use tracing::Level;

/// The events of this crate up to that level, without their times.
async fn events_of(level: Level, call: impl Future<Output = ()>) -> Vec<String> {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .without_time()
        .with_ansi(false)
        .with_writer(move || writer.clone());
    let guard = tracing::subscriber::set_default(subscriber.finish());
    call.await;
    drop(guard);
    let log = log.text();
    log.lines().filter(|line| line.contains(" mantago: ")).map(|line| line.trim().to_owned()).collect()
}

/// One call that is answered with 429, then with 200.
async fn a_repeated_call() {
    let turn = AtomicUsize::new(0);
    let server = Server::start_with(move |_| match turn.fetch_add(1, Ordering::Relaxed) {
        0 => answer("429 Too Many Requests", &[("retry-after", "3")], format!("{TOKEN} {SECRET}")),
        _ => json("200 OK", REMOVED),
    })
    .await;
    let client = once(server.url()).retry(RetryPolicy::default()).build().unwrap();
    untag(&client).await.unwrap();
}

/// The events without their durations, and these, in milliseconds.
fn durations(events: &[String]) -> (Vec<&str>, Vec<u64>) {
    let split = events.iter().map(|event| event.split_once(" duration_ms=").unwrap_or((event, "0")));
    split.map(|(event, duration)| (event, duration.parse::<u64>().unwrap())).unzip()
}

#[tokio::test(start_paused = true)]
async fn attempts_waits_and_outcomes_are_told() {
    let events = events_of(Level::TRACE, a_repeated_call()).await;
    let (events, durations) = durations(&events);
    // The clock of a paused runtime may be a millisecond ahead after each wait.
    assert!(matches!(durations[..], [0..=1, 0, 0..=1, 3000..=3002]), "{durations:?}");
    assert_eq!(
        events,
        [
            r#"DEBUG mantago: attempt ended operation="personal_tag_mapping_delete" attempt=1 status=429"#,
            r#"DEBUG mantago: waiting before the next attempt operation="personal_tag_mapping_delete" attempt=1 wait_ms=3000"#,
            r#"DEBUG mantago: attempt ended operation="personal_tag_mapping_delete" attempt=2 status=200"#,
            r#"DEBUG mantago: call ended operation="personal_tag_mapping_delete" attempts=2 status=200"#,
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_is_told() {
    let silence = async {
        let server = Server::start("").await;
        untag(&server.client()).await.unwrap_err();
        let client = once("http://127.0.0.1:1").timeout(Duration::from_secs(1)).build().unwrap();
        untag(&client).await.unwrap_err();
    };
    let events = events_of(Level::DEBUG, silence).await;
    let (events, durations) = durations(&events);
    assert!(matches!(durations[..], [30_000..=30_002, 30_000..=30_002, 0..=1, 0..=1]), "{durations:?}");
    let failures: Vec<_> = events.iter().filter_map(|event| event.split("failure=").nth(1)).collect();
    assert_eq!(failures, ["\"timed out\"", "\"timed out\"", "\"no connection\"", "\"no connection\""]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_told_above_debug_and_no_event_names_a_bot() {
    assert!(events_of(Level::INFO, a_repeated_call()).await.is_empty());
    for event in events_of(Level::TRACE, a_repeated_call()).await {
        for hidden in [TOKEN, SECRET, "bot-7", "client-1", "tag-42", "removed"] {
            assert!(!event.contains(hidden), "{event}");
        }
    }
}
