//! How far a run is: a bar on a terminal, otherwise a line every few seconds.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

const BAR: &str = "{wide_bar} {pos} of {len}, {msg}, {eta} left";
const LINE_INTERVAL: Duration = Duration::from_secs(5);

pub struct Progress {
    bar: ProgressBar,
    failed: usize,
    /// When the next line is due, if there is no terminal for a bar.
    next_line: Option<Instant>,
}

impl Progress {
    pub fn new(calls: usize) -> Self {
        let bar = ProgressBar::new(calls as u64);
        bar.set_style(ProgressStyle::with_template(BAR).unwrap_or(ProgressStyle::default_bar()));
        let next_line = (!stderr().is_terminal()).then(|| Instant::now() + LINE_INTERVAL);
        let progress = Self { bar, failed: 0, next_line };
        progress.bar.set_message(progress.message());
        progress
    }

    /// Counts a call that has ended.
    pub fn count(&mut self, has_failed: bool) {
        self.failed += usize::from(has_failed);
        self.bar.inc(1);
        self.bar.set_message(self.message());
        if self.next_line.is_some_and(|due| due <= Instant::now()) {
            self.next_line = Some(Instant::now() + LINE_INTERVAL);
            self.print_line();
        }
    }

    pub fn finish(&self) {
        self.bar.abandon();
        match self.next_line {
            Some(_) => self.print_line(),
            // The cursor is still at the end of the bar.
            None => eprintln!(),
        }
    }

    fn message(&self) -> String {
        format!("{} failed, {:.0}/s", self.failed, self.bar.per_sec())
    }

    fn print_line(&self) {
        let (done, all) = (self.bar.position(), self.bar.length().unwrap_or_default());
        eprintln!("{done} of {all}, {}, {} left", self.message(), HumanDuration(self.bar.eta()));
    }
}
