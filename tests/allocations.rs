//! A call allocates no more than the same call by hand.

#[path = "../benches/calls/mod.rs"]
mod calls;
#[path = "../benches/loopback/mod.rs"]
mod loopback;

use allocation_counter::measure;
use loopback::{KNOWN_BOT, UNKNOWN_BOT};

/// The allocations of a call, after the first calls have made the connection and its buffers.
fn of(call: impl Fn() -> bool) -> u64 {
    const CALLS: u64 = 50;
    for _ in 0..CALLS {
        call();
    }
    let counted = measure(|| {
        for _ in 0..CALLS {
            call();
        }
    });
    counted.count_total / CALLS
}

#[test]
fn a_call_allocates_no_more_than_by_hand() {
    let base_url = format!("http://{}", loopback::start());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (sdk, hand) = (calls::sdk(&base_url), calls::hand(&base_url));
    // An error keeps its message, body and headers.
    for (bot, more) in [(KNOWN_BOT, 0), (UNKNOWN_BOT, 6)] {
        let by_hand = of(|| runtime.block_on(calls::by_hand(&hand, bot)));
        let by_sdk = of(|| runtime.block_on(calls::by_sdk(&sdk, bot)));
        assert!(by_sdk <= by_hand + more, "{bot}: {by_sdk} allocations, {by_hand} by hand");
    }
}
