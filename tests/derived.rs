//! A derived client differs in one setting and shares everything else.

mod support;

use std::time::Duration;

use mantago::{Client, Credentials, ErrorKind, Method, RetryPolicy};
use support::{Server, at_once, once, removed, response, untag};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// A client from each method, with the method's name.
fn derived(client: &Client) -> Vec<(&'static str, Client)> {
    vec![
        ("with_bot_id", client.with_bot_id("bot-8").unwrap()),
        ("with_deadline", client.with_deadline(60 * SECOND)),
        ("with_header", client.with_header("x-trace", "t-1").unwrap()),
        ("with_retry", client.with_retry(RetryPolicy::none())),
        ("with_timeout", client.with_timeout(60 * SECOND)),
    ]
}

#[tokio::test]
async fn derived_clients_share_connections_and_credentials() {
    let server = Server::start(removed()).await;
    let client = server.client();
    for (name, other) in derived(&client) {
        untag(&other).await.unwrap();
        assert_eq!(server.connections(), 1, "{name}");
        let (token, secret) = (format!("tok-of-{name}"), format!("sec-of-{name}"));
        client.set_credentials(Credentials::new(&*token, &*secret)).unwrap();
        untag(&other).await.unwrap();
        let sent = server.last_request();
        assert_eq!((sent.token(), sent.json()["secret"].as_str()), (&*token, Some(&*secret)));
    }
}

#[tokio::test(start_paused = true)]
async fn derived_clients_share_the_pause_and_the_budget() {
    for index in 0..derived(&once("http://localhost").build().unwrap()).len() {
        let hasty = || RetryPolicy::none().max_wait(Duration::ZERO);
        let server = Server::start(response("429 Wait", &[("retry-after", "30")], "")).await;
        let client = server.client_with(RetryPolicy::none());
        let (name, other) = derived(&client).swap_remove(index);
        untag(&client).await.unwrap_err();
        assert_eq!(untag(&other.with_retry(hasty())).await.unwrap_err().attempts(), 0, "{name}");

        let outage = Server::start(response("503 Service Unavailable", &[], "")).await;
        let client = outage.client_with(at_once());
        while untag(&client).await.unwrap_err().attempts() > 1 {}
        let (_, other) = derived(&client).swap_remove(index);
        assert_eq!(untag(&other.with_retry(at_once())).await.unwrap_err().attempts(), 1, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn time_limits_can_be_changed() {
    let silent = Server::start("").await;
    let client = silent.client_with(RetryPolicy::default().base_backoff(Duration::ZERO).assume_idempotent(true));
    for (client, attempts, seconds) in [
        (client.with_timeout(2 * SECOND), 3, 6),
        (client.with_deadline(2 * SECOND), 1, 2),
        (client.with_timeout(2 * SECOND).with_deadline(5 * SECOND), 3, 5),
        (client.clone(), 3, 90),
    ] {
        let start = Instant::now();
        let error = untag(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, attempts));
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[tokio::test]
async fn an_added_header_is_sent() {
    let server = Server::start(removed()).await;
    let client = server.client();
    let traced = client.with_header("X-Trace", "t-1").unwrap().with_header("x-team", "billing").unwrap();
    untag(&traced).await.unwrap();
    let sent = server.last_request();
    assert_eq!((sent.header("x-trace"), sent.header("x-team")), (vec!["t-1"], vec!["billing"]));
    // The later value replaces the first, for every kind of call, and the original client has no such header.
    let later = traced.with_header("x-trace", "t-2").unwrap();
    later.request(Method::POST, "/a").send::<()>().await.unwrap();
    assert_eq!(server.last_request().header("x-trace"), ["t-2"]);
    untag(&client).await.unwrap();
    assert!(server.last_request().header("x-trace").is_empty());
}

#[test]
fn debug_hides_added_headers() {
    let client = once("http://localhost").build().unwrap().with_header("x-gateway-key", "key-77").unwrap();
    let shown = format!("{client:?} {client:#?} {:?}", client.personal_tag_mapping_delete());
    assert!(shown.contains("x-gateway-key") && !shown.contains("key-77"), "{shown}");
}

#[test]
fn an_invalid_or_managed_header_is_rejected() {
    const OWN: &str = "the client sets it itself";
    const NAME: &str = "expected the name of an HTTP header";
    const VALUE: &str = "its value has a character that no header can carry";
    let client = once("http://localhost").build().unwrap();
    for (name, value, why) in [
        ("Authorization", "Bearer x", OWN),
        ("HOST", "h", OWN),
        ("content-length", "0", OWN),
        ("Content-Type", "text/plain", OWN),
        ("transfer-encoding", "chunked", OWN),
        ("connection", "close", OWN),
        ("keep-alive", "1", OWN),
        ("user-agent", "u", OWN),
        ("accept", "*/*", OWN),
        ("accept-encoding", "gzip", OWN),
        ("", "v", NAME),
        ("x y", "v", NAME),
        ("x:", "v", NAME),
        ("x\r\ny", "v", NAME),
        ("x", "a\r\ny: z", VALUE),
        ("x", "a\0", VALUE),
    ] {
        let error = client.with_header(name, value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(error.to_string(), format!("header {name:?}: {why}"));
    }
}
