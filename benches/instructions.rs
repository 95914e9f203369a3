//! What a call costs beside time: allocations and, where it runs under callgrind, instructions.
//!
//! `cargo bench --package benches --bench instructions -- sdk|hand success|error CALLS` makes that many calls and prints
//! the allocations of one. Under callgrind, the difference of two numbers of calls is free of what a client does once.

mod calls;
mod loopback;

use allocation_counter::measure;
use loopback::{KNOWN_BOT, UNKNOWN_BOT};

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [side, outcome, number] = &arguments[..] else {
        return;
    };
    let bot = if outcome == "success" { KNOWN_BOT } else { UNKNOWN_BOT };
    let number: u64 = number.parse().expect("a number of calls");
    let base_url = format!("http://{}", loopback::start());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (sdk, hand) = (calls::sdk(&base_url), calls::hand(&base_url));
    let call = || match side.as_str() {
        "sdk" => runtime.block_on(calls::by_sdk(&sdk, bot)),
        _ => runtime.block_on(calls::by_hand(&hand, bot)),
    };
    // The first calls make the connection, and the buffers that it keeps.
    for _ in 0..20 {
        call();
    }
    let made = measure(|| {
        for _ in 0..number {
            call();
        }
    });
    println!("{}", made.count_total / number);
}
