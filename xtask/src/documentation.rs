//! Fetches pages of the documentation, several at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::{panic, thread};

use crate::input::{self, Error};

/// Reads pages. One failure doesn't affect the others.
pub fn read(inputs: &BTreeSet<String>) -> BTreeMap<String, Result<String, Error>> {
    const THREADS: usize = 8;
    thread::scope(|scope| {
        let read_share = |first| {
            let share = inputs.iter().skip(first).step_by(THREADS);
            scope.spawn(move || share.map(|input| (input.clone(), read_twice(input))).collect::<Vec<_>>())
        };
        let threads: Vec<_> = (0..THREADS).map(read_share).collect();
        let shares =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        shares.flatten().collect()
    })
}

/// Reads a page. A URL is read a second time after a temporary error.
pub fn read_twice(input: &str) -> Result<String, Error> {
    match input::read(input) {
        Err(error) if error.is_temporary() && input::is_url(input) => input::read(input),
        read => read,
    }
}
