//! The throughput of 10,000 removals by the SDK and by hand in turns, with 1, 16, 64 and 256 in flight, and the memory of 10,000
//! more, as rows of a table.

mod calls;
mod loopback;

use std::fs;
use std::time::Duration;

use calls::{by_hand, by_sdk, time};
use loopback::KNOWN_BOT;

const CALLS: usize = 10_000;
const ROUNDS: usize = 20;

fn main() {
    let base_url = format!("http://{}", loopback::start());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for in_flight in [1, 16, 64, 256] {
        let (sdk, hand) = (calls::sdk(&base_url), calls::hand(&base_url));
        let (mut sdk_time, mut hand_time) = (Duration::ZERO, Duration::ZERO);
        for round in 0..ROUNDS {
            runtime.block_on(async {
                let calls = CALLS / ROUNDS;
                let sdk = async || time(in_flight, calls, || removed(by_sdk(&sdk, KNOWN_BOT))).await;
                let hand = async || time(in_flight, calls, || removed(by_hand(&hand, KNOWN_BOT))).await;
                if round % 2 == 0 {
                    sdk_time += sdk().await;
                    hand_time += hand().await;
                } else {
                    hand_time += hand().await;
                    sdk_time += sdk().await;
                }
            });
        }
        let ratio = hand_time.as_secs_f64() / sdk_time.as_secs_f64();
        println!("| throughput of 10,000 calls, {in_flight} in flight | {ratio:.2} |");
        let early = memory();
        runtime.block_on(time(in_flight, CALLS, || removed(by_sdk(&sdk, KNOWN_BOT))));
        if let (Some(early), Some(late)) = (early, memory()) {
            println!("| memory after 10,000 more calls, {in_flight} in flight | {:.2} |", late / early);
        }
    }
}

/// The call, which must remove the tag.
async fn removed(call: impl Future<Output = bool>) -> bool {
    assert!(call.await, "the tag is removed");
    true
}

/// The resident memory in KiB, if the system reports it.
fn memory() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
