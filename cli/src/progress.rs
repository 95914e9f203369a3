//! How far a run is, on standard error: a bar on a terminal, otherwise a line every few seconds.

use std::cell::Cell;
use std::fmt::Write;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::complain;
use crate::list::State;

const BAR: &str = "{wide_bar} {pos} of {len}, {msg}, {rate}, {eta} left";

pub struct Progress {
    bar: ProgressBar,
    failed: Cell<usize>,
    uncertain: Cell<usize>,
}

impl Progress {
    /// How often a line is due where there is no bar.
    pub const INTERVAL: Duration = Duration::from_secs(5);

    pub fn new(calls: usize, has_bar: bool) -> Self {
        let is_shown = has_bar && stderr().is_terminal();
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(calls as u64), target);
        let style = ProgressStyle::with_template(BAR).unwrap_or(ProgressStyle::default_bar());
        bar.set_style(style.with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
            let _ = write!(text, "{:.0}/s", state.per_sec());
        }));
        bar.enable_steady_tick(Duration::from_millis(250));
        let progress = Self { bar, failed: Cell::default(), uncertain: Cell::default() };
        progress.bar.set_message(progress.not_removed());
        progress
    }

    /// Counts a call that has ended.
    pub fn count(&self, state: State) {
        self.failed.set(self.failed.get() + usize::from(state == State::Failed));
        self.uncertain.set(self.uncertain.get() + usize::from(state == State::Uncertain));
        self.bar.set_message(self.not_removed());
        self.bar.inc(1);
    }

    /// Says something above the bar.
    pub fn say(&self, line: &str) {
        self.bar.suspend(|| complain(line));
    }

    /// Where there is no bar.
    pub fn print_line(&self) {
        if self.bar.is_hidden() {
            let (done, all) = (self.bar.position(), self.bar.length().unwrap_or_default());
            let (rate, left) = (self.bar.per_sec(), HumanDuration(self.bar.eta()));
            eprintln!("{done} of {all}, {}, {rate:.0}/s, {left} left", self.not_removed());
        }
    }

    /// Leaves what is true of a run that has ended: it has no rate, and no time left.
    pub fn finish(&self) {
        let (done, all, time) = (self.bar.position(), self.bar.length().unwrap_or_default(), self.bar.elapsed());
        self.bar.finish_and_clear();
        eprintln!("{done} of {all}, {}, in {}", self.not_removed(), HumanDuration(time));
    }

    fn not_removed(&self) -> String {
        format!("{} failed, {} uncertain", self.failed.get(), self.uncertain.get())
    }
}
