//! How many times a call allocates, next to the same call by hand, and that nothing of it stays: counted, over a connection
//! that is there already.

mod loopback;

use std::thread;

use allocation_counter::measure;
use by_hand::{Platform, Removal};
use loopback::{REMOVED, SECRET, Server, TOKEN, json, untag};
use mantago::ClientBuilder;
use tokio::runtime::Builder;

/// The server's answer, and how many more allocations than by hand a call with it may make.
fn assert_more(answer: Vec<u8>, most: u64) {
    let (sender, receiver) = std::sync::mpsc::channel();
    // In a thread of its own: only this one's allocations are counted.
    thread::spawn(move || {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let server = Server::start(answer).await;
            sender.send(server.url()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    let base_url = receiver.recv().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sdk = ClientBuilder::new(TOKEN).base_url(&base_url).retry(mantago::RetryPolicy::none()).build().unwrap();
    let hand = by_hand::Client::new(&base_url, TOKEN).unwrap();
    let removal = || Removal {
        client_id: None,
        platform: Some(Platform::Line),
        platform_client_id: Some("U4af49806".to_owned()),
        secret: SECRET.to_owned(),
        tag_id: "tag-42".to_owned(),
    };
    let by_sdk = || runtime.block_on(async { drop(untag(&sdk).await) });
    let by_hand = || runtime.block_on(async { drop(hand.send("bot-7", &removal()).await) });
    for _ in 0..10 {
        by_sdk();
        by_hand();
    }
    let of = |call: &dyn Fn()| {
        let calls = 500;
        let made = measure(|| (0..calls).for_each(|_| call()));
        // The connection may have taken another buffer.
        assert!(made.count_current <= 1, "{} allocations stay after {calls} calls", made.count_current);
        made.count_total / calls
    };
    let (sdk, hand) = (of(&by_sdk), of(&by_hand));
    assert!(sdk <= hand + most, "{sdk} allocations, {hand} by hand");
}

#[test]
fn a_success() {
    assert_more(json("200 OK", REMOVED), 1);
}

#[test]
fn a_documented_error() {
    let body = r#"{"success":false,"errResponse":{"message":"no such bot","code":5001}}"#;
    assert_more(json("404 Not Found", body), 6);
}
