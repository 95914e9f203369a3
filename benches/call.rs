//! One call through the SDK, next to the same call by hand.

mod calls;
mod loopback;
mod pairs;

use std::hint::black_box;
use std::time::{Duration, Instant};

use calls::{by_hand, by_sdk};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use loopback::{KNOWN_BOT, UNKNOWN_BOT};
use pairs::{Pair, Ratio};

/// The time of a number of calls, of which as many are in flight as is said.
async fn time<F: Future<Output = bool>>(in_flight: usize, calls: usize, call: impl Fn() -> F) -> Duration {
    let start = Instant::now();
    if in_flight == 1 {
        for _ in 0..calls {
            black_box(call().await);
        }
    } else {
        let one_after_another = async || {
            for _ in 0..calls / in_flight {
                black_box(call().await);
            }
        };
        futures_util::future::join_all((0..in_flight).map(|_| one_after_another())).await;
    }
    start.elapsed()
}

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
            let calls = in_flight.max(16);
            group.bench_function(format!("{outcome}, {in_flight} in flight"), |bencher| {
                bencher.iter_custom(|times| {
                    runtime.block_on(async {
                        let mut pair = Pair { times, ..Pair::default() };
                        for turn in 0..times {
                            let sdk = async || time(in_flight, calls, || by_sdk(&sdk, bot)).await;
                            let hand = async || time(in_flight, calls, || by_hand(&hand, bot)).await;
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

criterion_group! { name = benches; config = pairs::criterion(); targets = call }
criterion_main!(benches);
