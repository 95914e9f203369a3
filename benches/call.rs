//! The time of a call through the SDK, next to the same call by hand.

mod calls;
mod loopback;
mod pairs;

use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use loopback::{KNOWN_BOT, SECRET, TOKEN, UNKNOWN_BOT};
use mantago::{Credentials, RetryPolicy};
use pairs::{Pair, Ratio};

fn call(criterion: &mut Criterion<Ratio>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let base_url = format!("http://{}", loopback::start());
    let mut group = criterion.benchmark_group("call");
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(50)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(10));
    for (outcome, bot) in [("success", KNOWN_BOT), ("error", UNKNOWN_BOT)] {
        for in_flight in [1, 64] {
            let sdk = calls::sdk(&base_url);
            let hand = calls::hand(&base_url);
            let number = in_flight.max(16);
            group.bench_function(format!("{outcome}, {in_flight} in flight"), |bencher| {
                bencher.iter_custom(|times| {
                    runtime.block_on(async {
                        let mut pair = Pair { times, ..Pair::default() };
                        for turn in 0..times {
                            let sdk = async || calls::time(in_flight, number, || calls::by_sdk(&sdk, bot)).await;
                            let hand = async || calls::time(in_flight, number, || calls::by_hand(&hand, bot)).await;
                            if turn % 2 == 0 {
                                pair.sdk += sdk().await;
                                pair.by_hand += hand().await;
                            } else {
                                pair.by_hand += hand().await;
                                pair.sdk += sdk().await;
                            }
                        }
                        pair
                    })
                });
            });
        }
    }
}

/// Everything before the network, which a client for https refuses to use.
fn without_the_network(criterion: &mut Criterion<Ratio>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let http = || reqwest::Client::builder().https_only(true);
    let base_url = "http://127.0.0.1:9";
    let builder = mantago::ClientBuilder::new(Credentials::new(TOKEN, SECRET)).base_url(base_url).http(http());
    let sdk = builder.retry(RetryPolicy::none()).build().expect("a client");
    let hand = by_hand::Client::with(http().build().expect("a client"), base_url, TOKEN);
    let request = calls::request();
    let removal = calls::removal();
    let mut group = criterion.benchmark_group("without the network");
    group.sampling_mode(SamplingMode::Flat).sample_size(50).warm_up_time(Duration::from_secs(1));
    group.bench_function("building a request", |bencher| {
        bencher.iter_custom(|times| {
            runtime.block_on(in_turns(
                times,
                async || {
                    let call = sdk.personal_tag_mapping_delete().bot_id(KNOWN_BOT).body(request.clone());
                    assert!(call.send().await.is_err(), "nothing is sent");
                },
                async || assert!(hand.send(KNOWN_BOT, &removal.clone()).await.is_err(), "nothing is sent"),
            ))
        });
    });
}

/// Does both in turns, in rounds of 64.
async fn in_turns(times: u64, sdk: impl AsyncFn(), hand: impl AsyncFn()) -> Pair {
    let mut pair = Pair { times, ..Pair::default() };
    for _ in 0..times {
        let start = Instant::now();
        for _ in 0..64 {
            sdk().await;
        }
        pair.sdk += start.elapsed();
        let start = Instant::now();
        for _ in 0..64 {
            hand().await;
        }
        pair.by_hand += start.elapsed();
    }
    pair
}

criterion_group! { name = benches; config = pairs::criterion(); targets = call, without_the_network }
criterion_main!(benches);
