//! What is vendored beside what is published: each page with its published version, and what has become of the pages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::Outcome;
use crate::documentation::{self, Index};
use crate::finding::{Finding, Level};
use crate::generator::model::Method;
use crate::package::{Package, file_of};
use crate::verdict::Page;
use crate::{input, page};

/// The pages of the documentation, or those that were chosen.
#[derive(Default)]
pub struct Published {
    pub vendored: Vec<Page>,
    /// Published pages with operations, of which nothing is vendored.
    pub new: Vec<Page>,
    /// What is of no vendored page.
    pub findings: Vec<Finding>,
    /// What the index lists, if it was read.
    listed: Option<BTreeSet<String>>,
    /// Why vendored pages cannot be read.
    pub unread: Vec<String>,
    /// Whether every page was looked at.
    pub is_complete: bool,
}

/// Reads the inputs that are given; or else the whole documentation, as it is published or as it was taken.
pub fn read(package: &Package, inputs: &[String], offline: bool) -> Outcome<Published> {
    let mut published = Published { vendored: package.vendored()?, ..Published::default() };
    let index = package.index()?;
    match index.as_ref().filter(|_| inputs.is_empty() && !offline).map(Index::list) {
        Some(Ok(pages)) => published.listed = Some(pages),
        Some(Err(error)) => {
            let finding = Finding::new("index-unreadable", Level::Rule, format!("new pages are not seen: {error}"));
            published.findings.push(finding.of("openapi/sources.toml"));
        }
        None => {}
    }
    let places = if offline {
        let taken = |page: &Page| package.folder().join(page.copy()).display().to_string();
        published.vendored.iter().map(|page| (page.slug.clone(), taken(page))).collect()
    } else if inputs.is_empty() {
        published.vendored.iter().map(|page| (page.slug.clone(), published.current(page))).collect()
    } else {
        choose(&published.vendored, inputs)?
    };
    let wanted: BTreeSet<String> = places.values().chain(published.listed.iter().flatten()).cloned().collect();
    if wanted.len() > 1 && wanted.iter().any(|input| input::is_url(input)) {
        eprintln!("reading {} pages", wanted.len());
    }
    let texts = documentation::read(&wanted);
    for (url, text) in texts.iter().filter(|(url, _)| !places.values().any(|place| place == *url)) {
        published.further_page(url, text);
    }
    let mut vendored = std::mem::take(&mut published.vendored);
    for page in &mut vendored {
        if let Some(place) = places.get(&page.slug) {
            published.unread.extend(page.read(place, &texts[place], &published).err());
        }
    }
    published.vendored = vendored;
    if published.unread.len() == places.len() && published.listed.is_none() {
        return Err(published.unread.join("\n       ").into());
    }
    published.is_complete = published.unread.is_empty()
        && places.len() == published.vendored.len()
        && published.listed.is_some() == index.is_some()
        && published.findings.iter().all(|finding| finding.id == "page-new");
    Ok(published)
}

impl Published {
    /// Where a page is now: where it was, or where the index lists one of its name.
    fn current(&self, Page { slug, url, .. }: &Page) -> String {
        let is_taken = |url: &String| self.vendored.iter().any(|page| page.url == *url);
        let is_it = |url: &&String| slug_of(url).is_ok_and(|other| other == *slug) && !is_taken(url);
        let listed = self.listed.as_ref().filter(|listed| !listed.contains(url));
        listed.and_then(|listed| listed.iter().find(is_it)).unwrap_or(url).clone()
    }

    /// Takes up a page that the index lists and nobody has vendored.
    fn further_page(&mut self, url: &str, text: &Result<String, String>) {
        let file = file_of(&slug_of(url).unwrap_or_default());
        let mut find = |id: &str, new: Option<Value>, meaning: &str| {
            self.findings.push(Finding { new, ..Finding::new(id, Level::Additive, meaning) }.of(&file));
        };
        match text.clone().and_then(|text| Page::first(url, url, text).map_err(|error| error.to_string())) {
            Ok(new) => {
                let vendored: BTreeSet<_> = self.vendored.iter().flat_map(|page| operations(&page.old)).collect();
                let mut operations = operations(&new.new);
                operations.retain(|operation| !vendored.contains(operation));
                if !operations.is_empty() {
                    let meaning = format!("it is not vendored: cargo xtask spec add {url}");
                    find("page-new", Some(json!(operations)), &meaning);
                }
                self.new.push(new);
            }
            // Most pages of a documentation are prose.
            Err(error) if error.contains("no OpenAPI document in it") => {}
            Err(error) => find("page-unreadable", None, &format!("nobody knows what is on it: {error}")),
        }
    }
}

impl Page {
    /// A page of which nothing is vendored yet. `name` is for messages.
    pub fn first(url: &str, name: &str, text: String) -> Outcome<Self> {
        let (slug, new) = (slug_of(url)?, page::document(name, &text)?);
        let (file, old) = (file_of(&slug), Self::nothing(&new));
        Ok(Self { slug, file, url: url.to_owned(), old, new, text: Some(text), ..Self::default() })
    }

    /// Takes up what is published, or the reason why it cannot be read.
    fn read(&mut self, place: &str, text: &Result<String, String>, all: &Published) -> Result<(), String> {
        let name = input::name(place);
        let document = text.as_ref().map_err(String::clone);
        let document = document.and_then(|text| page::document(name, text).map_err(|error| error.to_string()));
        let own = operations(&self.old);
        let has = |new: &&Self| operations(&new.new).iter().any(|operation| own.contains(operation));
        let now = || all.new.iter().find(has).map(|new| format!("; its operations are now on {}", new.url));
        let now = || now().unwrap_or_default();
        let found = match &document {
            Err(error) if documentation::is_gone(error) => {
                Some(("page-gone", Level::Breaking, format!("the page is gone: {error}{}", now())))
            }
            Err(error) => Some(("page-unreadable", Level::Rule, format!("nobody knows what is on it now: {error}"))),
            Ok(_) if all.listed.as_ref().is_some_and(|listed| !listed.contains(place)) => {
                Some(("page-gone", Level::Breaking, format!("the index lists the page no longer{}", now())))
            }
            Ok(_) if all.listed.is_some() && place != self.url => {
                place.clone_into(&mut self.url);
                Some(("page-moved", Level::Additive, format!("its address is now {place}: cargo xtask spec update")))
            }
            Ok(_) => None,
        };
        self.findings.extend(found.map(|(id, level, meaning)| Finding::new(id, level, meaning).of(&self.file)));
        (self.new, self.text) = (document?, text.clone().ok());
        Ok(())
    }
}

/// The input for each page that is to be compared, by the page's name.
fn choose(sources: &[Page], inputs: &[String]) -> Outcome<BTreeMap<String, String>> {
    let mut chosen = BTreeMap::new();
    for input in inputs {
        let named = slug_of(input).ok();
        let found = sources.iter().find(|source| named.as_ref() == Some(&source.slug));
        // With one page and one input, there is nothing to choose.
        let ((Some(source), ..) | (None, [source], [_])) = (found, sources, inputs) else {
            let slugs = sources.iter().map(|source| source.slug.as_str()).collect::<Vec<_>>().join(", ");
            let expected = format!("expected a name like that of its page, which is one of {slugs}");
            return Err(format!("{}: of which page? {expected}", input::name(input)).into());
        };
        if chosen.insert(source.slug.clone(), input.clone()).is_some() {
            return Err(format!("{}: two inputs for this page", source.slug).into());
        }
    }
    Ok(chosen)
}

/// The name of a page: the last step of its address, without the ending.
pub fn slug_of(url: &str) -> Outcome<String> {
    let last = url.rsplit('/').next().unwrap_or_default();
    let slug = Path::new(last).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if slug.is_empty() || !slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        let expected = "expected an address that ends like /some-page.md";
        return Err(format!("{url}: no name for the document in it: {expected}").into());
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
