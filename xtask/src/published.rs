//! Reads the published documentation: the new version of each vendored page, pages that aren't vendored, and pages that are
//! gone, moved or unreadable.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::finding::{Finding, Level};
use crate::generator::model::Method;
use crate::index::{Index, Listing};
use crate::package::{Package, SOURCES, file_of};
use crate::verdict::Page;
use crate::{Outcome, documentation, input, page};

/// All pages of the documentation, or those that the inputs chose.
#[derive(Default)]
pub struct Published {
    pub vendored: Vec<Page>,
    /// Published pages with operations that aren't vendored.
    pub new: Vec<Page>,
    /// Findings about anything but a vendored page.
    pub findings: Vec<Finding>,
    /// The addresses in the index, if it was read.
    listed: Option<BTreeSet<String>>,
    /// The reasons why vendored pages can't be read.
    pub unread: Vec<String>,
    /// Whether every page was read.
    pub is_complete: bool,
}

type Texts = BTreeMap<String, Result<String, input::Error>>;

/// Reads the inputs, or without inputs the whole documentation, as published or as vendored.
pub fn read(package: &Package, inputs: &[String], is_offline: bool) -> Outcome<Published> {
    let mut published = Published { vendored: package.vendored()?, ..Published::default() };
    let index = package.index()?;
    if let Some(index) = index.as_ref().filter(|_| inputs.is_empty() && !is_offline) {
        published.read_index(index);
    }
    let places = if is_offline {
        let copy = |page: &Page| package.folder().join(page.copy()).display().to_string();
        published.vendored.iter().map(|page| (page.slug.clone(), copy(page))).collect()
    } else if inputs.is_empty() {
        published.vendored.iter().map(|page| (page.slug.clone(), published.current_url(page))).collect()
    } else {
        choose(&published.vendored, inputs)?
    };
    let wanted: BTreeSet<String> = places.values().chain(published.listed.iter().flatten()).cloned().collect();
    if wanted.len() > 1 && wanted.iter().any(|input| input::is_url(input)) {
        eprintln!("reading {} pages", wanted.len());
    }
    let texts = documentation::read(&wanted);
    let vendored: BTreeSet<_> = places.values().collect();
    for (url, text) in texts.iter().filter(|(url, _)| !vendored.contains(url)) {
        published.add_page(url, text);
    }
    published.read_vendored(&places, &texts);
    if published.unread.len() == places.len() && published.listed.is_none() {
        return Err(published.unread.join("\n       ").into());
    }
    let is_unread = |finding: &Finding| ["index-unreadable", "page-unreadable"].contains(&finding.id.as_str());
    published.is_complete = published.unread.is_empty()
        && places.len() == published.vendored.len()
        && published.listed.is_some() == index.is_some()
        && !published.findings.iter().any(is_unread);
    Ok(published)
}

impl Published {
    fn read_index(&mut self, index: &Index) {
        let find = |id: &str, new: Option<Value>, meaning: String| {
            Finding { new, ..Finding::new(id, Level::Rule, meaning) }.of(SOURCES)
        };
        match index.list() {
            Ok(Listing { pages, refused }) => {
                let expected = format!("expected {}some-page.md, with letters, digits and -._~/ only", index.pages);
                let meaning = format!("a link in the index that may be a page, and is not followed: {expected}");
                self.findings.extend(refused.iter().map(|link| find("index-link", Some(json!(link)), meaning.clone())));
                self.listed = Some(pages);
            }
            Err(error) => {
                self.findings.push(find("index-unreadable", None, format!("new pages are not seen: {error}")));
            }
        }
    }

    /// A vendored page's current address: if the index lists the page only under another address, that one.
    fn current_url(&self, Page { slug, url, .. }: &Page) -> String {
        let is_vendored = |url: &String| self.vendored.iter().any(|page| page.url == *url);
        let has_name = |url: &&String| slug_of(url).is_ok_and(|other| other == *slug) && !is_vendored(url);
        let listed = self.listed.as_ref().filter(|listed| !listed.contains(url));
        listed.and_then(|listed| listed.iter().find(has_name)).unwrap_or(url).clone()
    }

    /// Adds a page that is in the index but not vendored, if it has operations. Most pages are prose.
    fn add_page(&mut self, url: &str, text: &Result<String, input::Error>) {
        let name = slug_of(url).map_or_else(|_| SOURCES.to_owned(), |slug| file_of(&slug));
        let mut find = |id: &str, new: Option<Value>, meaning: String| {
            self.findings.push(Finding { new, ..Finding::new(id, Level::Additive, meaning) }.of(&name));
        };
        let page = match text.as_ref().map(|text| (text, page::find(url, text))) {
            Ok((_, Ok(None))) => return,
            Ok((text, Ok(Some(document)))) => Page::new(url, text.clone(), document),
            Ok((_, Err(error))) => Err(error),
            Err(error) => Err(error.to_string().into()),
        };
        match page {
            Ok(page) => {
                let vendored: BTreeSet<_> = self.vendored.iter().flat_map(|page| operations(&page.old)).collect();
                let mut operations = operations(&page.new);
                operations.retain(|operation| !vendored.contains(operation));
                if !operations.is_empty() {
                    let meaning = format!("it is not vendored: cargo xtask spec add {url}");
                    find("page-new", Some(json!(operations)), meaning);
                }
                self.new.push(page);
            }
            Err(error) => find("page-unreadable", None, format!("its operations are unknown: {error}")),
        }
    }

    /// Reads each vendored page that `places` lists.
    fn read_vendored(&mut self, places: &BTreeMap<String, String>, texts: &Texts) {
        let mut vendored = std::mem::take(&mut self.vendored);
        for page in &mut vendored {
            if let Some(place) = places.get(&page.slug) {
                self.unread.extend(page.read(place, &texts[place], self).err());
            }
        }
        self.vendored = vendored;
    }
}

impl Page {
    /// A page that isn't vendored yet. `name` is for messages.
    pub fn first(url: &str, name: &str, text: String) -> Outcome<Self> {
        let document = page::document(name, &text)?;
        Self::new(url, text, document)
    }

    fn new(url: &str, text: String, new: Value) -> Outcome<Self> {
        let (slug, old) = (slug_of(url)?, Self::nothing(&new));
        let file = file_of(&slug);
        Ok(Self { slug, file, url: url.to_owned(), old, new, text: Some(text), ..Self::default() })
    }

    /// Sets the published version. Fails with the reason why the page can't be read.
    fn read(&mut self, place: &str, text: &Result<String, input::Error>, all: &Published) -> Result<(), String> {
        let name = input::name(place);
        let document = match text {
            Ok(text) => page::document(name, text).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let own = operations(&self.old);
        let has_own = |new: &&Self| operations(&new.new).iter().any(|operation| own.contains(operation));
        let moved = match all.new.iter().find(has_own) {
            Some(new) => format!("; its operations are now on {}", new.url),
            None => String::new(),
        };
        let is_gone = text.as_ref().is_err_and(input::Error::is_gone);
        let found = match &document {
            Err(error) if is_gone => Some(("page-gone", Level::Breaking, format!("the page is gone: {error}{moved}"))),
            Err(error) => Some(("page-unreadable", Level::Rule, format!("its published version is unknown: {error}"))),
            Ok(_) if all.listed.as_ref().is_some_and(|listed| !listed.contains(place)) => {
                Some(("page-gone", Level::Breaking, format!("the index no longer lists the page{moved}")))
            }
            Ok(_) if all.listed.is_some() && place != self.url => {
                place.clone_into(&mut self.url);
                Some(("page-moved", Level::Additive, format!("its address is now {place}: cargo xtask spec update")))
            }
            Ok(_) => None,
        };
        self.findings.extend(found.map(|(id, level, meaning)| Finding::new(id, level, meaning).of(&self.file)));
        (self.new, self.text) = (document?, text.as_ref().ok().cloned());
        Ok(())
    }
}

/// The input for each page to compare, by the page's name.
fn choose(pages: &[Page], inputs: &[String]) -> Outcome<BTreeMap<String, String>> {
    let mut chosen = BTreeMap::new();
    for input in inputs {
        let slug = slug_of(input).ok();
        let named = pages.iter().find(|page| slug.as_ref() == Some(&page.slug));
        // A single input for a single page may have any name.
        let ((Some(page), ..) | (None, [page], [_])) = (named, pages, inputs) else {
            let slugs = pages.iter().map(|page| page.slug.as_str()).collect::<Vec<_>>().join(", ");
            let expected = format!("expected the name of its page, which is one of {slugs}");
            return Err(format!("{}: unknown page: {expected}", input::name(input)).into());
        };
        if chosen.insert(page.slug.clone(), input.clone()).is_some() {
            return Err(format!("{}: two inputs for this page", page.slug).into());
        }
    }
    Ok(chosen)
}

/// The name of a page: the last segment of its address, without the extension.
pub fn slug_of(url: &str) -> Outcome<String> {
    let last = url.rsplit('/').next().unwrap_or_default();
    let slug = Path::new(last).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if slug.is_empty() || !slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        let expected = "expected an address that ends like /some-page.md, with letters, digits, - and _";
        return Err(format!("{url}: no name for the document: {expected}").into());
    }
    Ok(slug.to_owned())
}

/// The methods and paths of a document.
pub fn operations(document: &Value) -> Vec<String> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        let methods = Method::ALL.map(Method::as_str).into_iter().filter(|method| item.get(*method).is_some());
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    operations.collect()
}
