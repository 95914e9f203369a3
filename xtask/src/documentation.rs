//! The published documentation as a whole: an operation that nobody has vendored is on a page that nobody names, so that
//! its index has to be read, and every page that it lists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{panic, thread};

use crate::input;

/// The index of a documentation, GitBook's `llms.txt`, and with what the addresses of those of its pages begin that count:
/// it lists every language.
#[derive(Clone, Debug)]
pub struct Index {
    pub url: String,
    pub pages: String,
}

impl Index {
    /// The addresses of the pages, in their Markdown form.
    pub fn list(&self) -> Result<BTreeSet<String>, String> {
        const MOST: usize = 1000;
        let text = read_twice(&self.url)?;
        let origin = self.url.match_indices('/').nth(2).map_or(&self.url[..], |(end, _)| &self.url[..end]);
        let links = text.split("](").skip(1).filter_map(|link| link.split([')', ' ', '#', '?']).next());
        let links = links.map(|link| if link.starts_with('/') { format!("{origin}{link}") } else { link.to_owned() });
        let is_markdown = |link: &str| Path::new(link).extension().is_some_and(|extension| extension == "md");
        let pages: BTreeSet<_> = links.filter(|link| link.starts_with(&self.pages) && is_markdown(link)).collect();
        match pages.len() {
            0 => Err(format!("{}: it lists no page of {}", self.url, self.pages)),
            1..=MOST => Ok(pages),
            number => Err(format!("{}: it lists {number} pages: expected no more than {MOST}", self.url)),
        }
    }
}

/// The texts of pages, by where each is read from, or why it cannot be read.
pub fn read(inputs: &BTreeSet<String>) -> BTreeMap<String, Result<String, String>> {
    const AT_ONCE: usize = 8;
    thread::scope(|scope| {
        let share = |first| {
            let inputs = inputs.iter().skip(first).step_by(AT_ONCE);
            scope.spawn(move || inputs.map(|input| (input.clone(), read_twice(input))).collect::<Vec<_>>())
        };
        let shares: Vec<_> = (0..AT_ONCE).map(share).collect();
        let texts = shares.into_iter().map(|share| share.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        texts.flatten().collect()
    })
}

/// A server may have a moment's trouble, but not where it says what is wrong.
fn read_twice(input: &str) -> Result<String, String> {
    let read = || input::read(input).map_err(|error| error.to_string());
    let is_final =
        |error: &str| ["http status: 4", "redirected to", "more than"].iter().any(|said| error.contains(said));
    read().or_else(|error| if input::is_url(input) && !is_final(&error) { read() } else { Err(error) })
}

/// Whether a page is no longer there, by what reading it says.
pub fn is_gone(error: &str) -> bool {
    ["404", "410"].iter().any(|status| error.ends_with(&format!("http status: {status}")))
}
