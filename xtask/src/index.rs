//! The documentation's index: GitBook's `llms.txt`, a Markdown file that links to every page in every language.
//!
//! Addresses in the index end up in commands that maintainers are told to run, and the project doesn't control the index. So
//! only plain addresses are pages. A link that could be a page but isn't plain is refused, never skipped silently.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, TextMergeStream};
use url::Url;

use crate::documentation::read_twice;

/// The index's address, and the pages in it that count.
#[derive(Clone, Debug)]
pub struct Index {
    url: Url,
    /// The prefix of all page addresses in the vendored language.
    pub pages: String,
    /// The host and folder of `pages`, normalized by [`place_of`].
    place: String,
}

/// The links in an index that are below [`Index::pages`].
#[derive(Debug, Default)]
pub struct Listing {
    /// The addresses of pages, in their Markdown form.
    pub pages: BTreeSet<String>,
    /// Links that aren't plain addresses of pages in their Markdown form.
    pub refused: BTreeSet<String>,
}

impl Index {
    /// Takes the two settings from sources.toml. An error names the invalid one.
    pub fn new(url: &str, pages: &str) -> Result<Self, String> {
        let parsed = Url::parse(url).map_err(|error| format!("index: {url}: {error}"))?;
        let prefix = Url::parse(pages).map_err(|error| format!("pages: {pages}: {error}"))?;
        if prefix.as_str() != pages || !pages.ends_with('/') {
            return Err(format!("pages: {pages}: expected the folder of the pages, like https://a.example/en/"));
        }
        Ok(Self { url: parsed, pages: pages.to_owned(), place: place_of(&prefix) })
    }

    /// Reads the index.
    pub fn list(&self) -> Result<Listing, String> {
        const MOST: usize = 1000;
        let text = read_twice(self.url.as_str()).map_err(|error| error.to_string())?;
        let listing = self.listing(&text);
        match listing.pages.len() + listing.refused.len() {
            ..=MOST if listing.pages.is_empty() => Err(format!("{}: it lists no page of {}", self.url, self.pages)),
            ..=MOST => Ok(listing),
            number => Err(format!("{}: it lists {number} pages: expected no more than {MOST}", self.url)),
        }
    }

    /// Sorts every link in a Markdown text, and every other mention of an address that could be a page's.
    fn listing(&self, text: &str) -> Listing {
        let mut listing = Listing::default();
        let parser = Parser::new_ext(text, Options::empty());
        for (_, definition) in parser.reference_definitions().iter() {
            self.sort(&definition.dest, &mut listing);
        }
        let mut depth = 0;
        for event in TextMergeStream::new(parser) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => {
                    depth += 1;
                    self.sort(&dest_url, &mut listing);
                }
                Event::End(TagEnd::Link) => depth -= 1,
                // HTML has too many spellings of an attribute to parse it.
                Event::Html(html) | Event::InlineHtml(html) if html.to_lowercase().contains("href") => {
                    listing.refused.insert(html.trim().to_owned());
                }
                Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) if depth == 0 => {
                    self.sort_mentions(&text, &mut listing);
                }
                _ => {}
            }
        }
        listing
    }

    /// Sorts the words of a text that contain an address below [`Index::pages`].
    fn sort_mentions(&self, text: &str, listing: &mut Listing) {
        let (_, without_scheme) = self.pages.split_once("://").unwrap_or_default();
        let place = without_scheme.trim_end_matches('/');
        let words = text.split(|c: char| c.is_whitespace() || "<>()[]\"'`,".contains(c));
        for word in words.filter(|word| word.to_lowercase().contains(place)) {
            let mention = word.trim_end_matches(['.', ':', ';', '!', '?']);
            if mention.contains("://") {
                self.sort(mention, listing);
            } else {
                self.sort(&format!("//{mention}"), listing);
            }
        }
    }

    fn sort(&self, link: &str, listing: &mut Listing) {
        let Ok(mut url) = self.url.join(link) else {
            listing.refused.insert(link.to_owned());
            return;
        };
        url.set_fragment(None);
        if !place_of(&url).starts_with(&self.place) {
            return;
        }
        match url.as_str().strip_prefix(&self.pages).map(kind_of) {
            Some(Kind::Page) => listing.pages.insert(url.into()),
            Some(Kind::File) => false,
            Some(Kind::Unknown) | None => listing.refused.insert(link.to_owned()),
        };
    }
}

enum Kind {
    Page,
    /// An image or the like, or the folder itself.
    File,
    Unknown,
}

/// The kind of a path below [`Index::pages`].
fn kind_of(path: &str) -> Kind {
    let is_plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "._~/-".contains(c));
    let file = path.rsplit('/').next().unwrap_or_default();
    match file.rsplit_once('.') {
        _ if !is_plain => Kind::Unknown,
        Some((_, "md")) => Kind::Page,
        Some((_, extension)) if !extension.eq_ignore_ascii_case("md") => Kind::File,
        None if path.is_empty() => Kind::File,
        _ => Kind::Unknown,
    }
}

/// A URL's host and path, which are equal for all spellings of the same address.
fn place_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let mut place = format!("{host}/");
    for c in percent_decode_str(url.path()).decode_utf8_lossy().chars() {
        if c != '/' || !place.ends_with('/') {
            place.extend(c.to_lowercase());
        }
    }
    place
}
