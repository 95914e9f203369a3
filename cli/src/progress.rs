//! The progress of a run on standard error: a bar on a terminal, otherwise a line every few seconds.

use std::cell::Cell;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use crate::console::{complain, duration, print_error};
use crate::list::State;

const BAR: &str = "{wide_bar} {pos} of {len}, {msg}";

pub struct Progress {
    bar: ProgressBar,
    failed: Cell<usize>,
    uncertain: Cell<usize>,
    paused_until: Cell<Option<Instant>>,
    next_notice: Cell<Option<Instant>>,
}

/// How often a line is printed without a bar, or about short waits.
const INTERVAL: Duration = Duration::from_secs(5);

impl Progress {
    pub fn new(calls: usize, has_bar: bool) -> Self {
        let is_shown = has_bar && stderr().is_terminal();
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(calls as u64), target);
        bar.set_style(ProgressStyle::with_template(BAR).unwrap_or(ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(250));
        let (failed, uncertain) = (Cell::default(), Cell::default());
        let progress = Self { bar, failed, uncertain, paused_until: Cell::default(), next_notice: Cell::default() };
        progress.bar.set_message(progress.status());
        progress
    }

    /// How often [`tick`](Self::tick) is due.
    pub fn interval(&self) -> Duration {
        if self.bar.is_hidden() { INTERVAL } else { Duration::from_secs(1) }
    }

    /// Counts a call that has ended.
    pub fn count(&self, state: State) {
        self.failed.set(self.failed.get() + usize::from(state == State::Failed));
        self.uncertain.set(self.uncertain.get() + usize::from(state == State::Uncertain));
        self.bar.set_message(self.status());
        self.bar.inc(1);
    }

    /// Shows a wait instead of a rate.
    pub fn pause_until(&self, end: Instant) {
        self.paused_until.set(Some(end));
        self.bar.set_message(self.status());
    }

    /// Prints a message about a wait. One of many short waits is enough.
    pub fn say_wait(&self, wait: Duration, message: &str) {
        let now = Instant::now();
        if wait >= INTERVAL || self.next_notice.get().is_none_or(|next| next <= now) {
            self.next_notice.set(Some(now + INTERVAL));
            self.say(message);
        }
    }

    /// Prints a message above the bar.
    pub fn say(&self, message: &str) {
        self.bar.suspend(|| complain(message));
    }

    /// Updates the bar, or prints a line without one.
    pub fn tick(&self) {
        if self.bar.is_hidden() {
            print_error(format_args!("{}, {}", self.done(), self.status()));
        } else {
            self.bar.set_message(self.status());
        }
    }

    /// Leaves a line about the whole run.
    pub fn finish(&self) {
        // When it is finished, the bar is complete.
        let (done, time) = (self.done(), HumanDuration(self.bar.elapsed()));
        self.bar.finish_and_clear();
        print_error(format_args!("{done}, {}, in {time}", self.failures()));
    }

    fn done(&self) -> String {
        format!("{} of {}", self.bar.position(), self.bar.length().unwrap_or_default())
    }

    fn failures(&self) -> String {
        format!("{} failed, {} uncertain", self.failed.get(), self.uncertain.get())
    }

    fn status(&self) -> String {
        let wait = self.paused_until.get().map(|end| end.saturating_duration_since(Instant::now()));
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return format!("{}, waiting {}", self.failures(), duration(wait));
        }
        if self.bar.position() == 0 {
            return self.failures();
        }
        let (rate, left) = (self.bar.per_sec(), HumanDuration(self.bar.eta()));
        format!("{}, {rate:.0}/s, {left} left", self.failures())
    }
}
