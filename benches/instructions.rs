//! Calls to be counted under callgrind: `instructions sdk|hand success|error CALLS`.

mod calls;
mod loopback;

use loopback::{KNOWN_BOT, UNKNOWN_BOT};

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [side, outcome, number] = &arguments[..] else { return };
    let bot = if outcome == "success" { KNOWN_BOT } else { UNKNOWN_BOT };
    let base_url = format!("http://{}", loopback::start());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let number: usize = number.parse().expect("a number");
    runtime.block_on(async {
        match side.as_str() {
            "sdk" => {
                let client = calls::sdk(&base_url);
                for _ in 0..number {
                    calls::by_sdk(&client, bot).await;
                }
            }
            _ => {
                let client = calls::hand(&base_url);
                for _ in 0..number {
                    calls::by_hand(&client, bot).await;
                }
            }
        }
    });
}
