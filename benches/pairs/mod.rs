//! Pairs of equal work by the SDK and by hand, in turns. criterion gets the ratio of each sample.

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{Criterion, Throughput};

/// The times of both sides of a sample.
#[derive(Clone, Copy, Default)]
pub struct Pair {
    pub sdk: Duration,
    pub by_hand: Duration,
    /// The number of repetitions.
    pub times: u64,
}

/// The time of the SDK divided by that of the hand-written call.
pub struct Ratio;

impl Measurement for Ratio {
    type Intermediate = ();
    type Value = Pair;

    fn start(&self) {}

    fn end(&self, (): ()) -> Pair {
        unreachable!("every bench here times its own pairs")
    }

    fn add(&self, a: &Pair, b: &Pair) -> Pair {
        Pair { sdk: a.sdk + b.sdk, by_hand: a.by_hand + b.by_hand, times: a.times + b.times }
    }

    fn zero(&self) -> Pair {
        Pair::default()
    }

    /// criterion divides it by the number of iterations.
    #[allow(clippy::cast_precision_loss)]
    fn to_f64(&self, pair: &Pair) -> f64 {
        pair.sdk.as_secs_f64() / pair.by_hand.as_secs_f64() * pair.times as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for Ratio {
    fn format_value(&self, value: f64) -> String {
        format!("{value:.3}")
    }

    fn scale_values(&self, _: f64, _: &mut [f64]) -> &'static str {
        "of by hand"
    }

    fn scale_throughputs(&self, _: f64, _: &Throughput, _: &mut [f64]) -> &'static str {
        "of by hand"
    }

    fn scale_for_machines(&self, _: &mut [f64]) -> &'static str {
        "ratio"
    }
}

pub fn criterion() -> Criterion<Ratio> {
    Criterion::default().with_measurement(Ratio)
}
