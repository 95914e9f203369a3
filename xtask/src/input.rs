//! Where a page comes from: a file, standard input, or a URL.

use std::io::{self, Read};
use std::time::Duration;

use ureq::http::Uri;

use crate::Outcome;
use crate::generator::prose;

/// How much of a page is read, in bytes: 8 MiB.
const LIMIT: u64 = 8 * 1024 * 1024;

/// Reads a page. An error is one line: no such file, no such page, a URL that is not https, a redirect, more than 8 MiB, or
/// no response within 30 s.
pub fn read(input: &str) -> Outcome<String> {
    let mut text = String::new();
    let read = match input {
        "-" => io::stdin().take(LIMIT + 1).read_to_string(&mut text).map_err(Box::from),
        url if is_url(url) => fetch(url).and_then(|page| Ok(page.take(LIMIT + 1).read_to_string(&mut text)?)),
        file => std::fs::read_to_string(file).map(|page| text = page).map(|()| 0).map_err(Box::from),
    };
    read.map_err(|error| format!("{}: {error}", name(input)))?;
    match text.len() as u64 {
        ..=LIMIT => Ok(text),
        _ => Err(format!("{}: more than 8 MiB", name(input)).into()),
    }
}

/// What messages call an input.
pub fn name(input: &str) -> &str {
    if input == "-" { "standard input" } else { input }
}

/// Whether an input is a URL, of whatever scheme.
pub fn is_url(input: &str) -> bool {
    input.contains("://")
}

/// Whether a URL may be read; plain http is for a page that is served on this machine.
pub fn check(url: &str) -> Result<(), &'static str> {
    if is_local(url) || url.starts_with("https://") { Ok(()) } else { Err("expected an https URL") }
}

fn is_local(url: &str) -> bool {
    let uri = url.parse::<Uri>().unwrap_or_default();
    uri.scheme_str() == Some("http") && ["localhost", "127.0.0.1"].map(Some).contains(&uri.host())
}

fn fetch(url: &str) -> Outcome<impl Read> {
    check(url)?;
    let settings = ureq::config::Config::builder().max_redirects(0).timeout_global(Some(Duration::from_secs(30)));
    let agent = if is_local(url) { settings.proxy(None) } else { settings }.build().new_agent();
    let response = agent.get(url).call()?;
    if response.status().is_success() {
        return Ok(response.into_body().into_reader());
    }
    let target = response.headers().get("location").map(|target| String::from_utf8_lossy(target.as_bytes()));
    let target = target.map(|target| format!(", redirected to {}", prose::shown(&target))).unwrap_or_default();
    Err(format!("{}{target}", response.status()).into())
}
