//! Reads a page from a file, standard input, or a URL.

use std::fmt::{self, Display, Formatter};
use std::io::{self, Read};
use std::time::Duration;

use ureq::http::{Response, Uri};

use crate::generator::prose;

/// The most bytes that a page may have: 8 MiB.
const LIMIT: u64 = 8 * 1024 * 1024;

/// The reason why a page cannot be read, displayed on one line after the page's place.
#[derive(Clone, Debug)]
pub struct Error {
    message: String,
    kind: ErrorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ErrorKind {
    /// The server answered 404 or 410.
    Gone,
    /// Another attempt would end the same way.
    Permanent,
    /// Another attempt may succeed.
    Temporary,
}

/// Reads a page of at most 8 MiB. A URL is fetched over https, without redirects, within 30 s.
pub fn read(input: &str) -> Result<String, Error> {
    let mut text = String::new();
    let read = match input {
        "-" => read_to_limit(io::stdin(), &mut text),
        url if is_url(url) => fetch(url).and_then(|page| read_to_limit(page, &mut text)),
        file => std::fs::File::open(file).map_err(temporary).and_then(|page| read_to_limit(page, &mut text)),
    };
    match read {
        Ok(()) => Ok(text),
        Err(Error { message, kind }) => Err(Error { message: format!("{}: {message}", name(input)), kind }),
    }
}

fn read_to_limit(page: impl Read, text: &mut String) -> Result<(), Error> {
    page.take(LIMIT + 1).read_to_string(text).map_err(temporary)?;
    if text.len() as u64 > LIMIT { Err(permanent("more than 8 MiB")) } else { Ok(()) }
}

/// An input's name in messages.
pub fn name(input: &str) -> &str {
    if input == "-" { "standard input" } else { input }
}

/// Whether an input is a URL, with any scheme.
pub fn is_url(input: &str) -> bool {
    input.contains("://")
}

/// Accepts https URLs, and http URLs on this machine.
pub fn check(url: &str) -> Result<(), &'static str> {
    if is_local(url) || url.starts_with("https://") { Ok(()) } else { Err("expected an https URL") }
}

fn is_local(url: &str) -> bool {
    let uri = url.parse::<Uri>().unwrap_or_default();
    uri.scheme_str() == Some("http") && ["localhost", "127.0.0.1"].map(Some).contains(&uri.host())
}

fn fetch(url: &str) -> Result<impl Read + use<>, Error> {
    check(url).map_err(permanent)?;
    let settings = ureq::config::Config::builder().max_redirects(0).timeout_global(Some(Duration::from_secs(30)));
    let agent = if is_local(url) { settings.proxy(None) } else { settings }.build().new_agent();
    match agent.get(url).call() {
        Ok(response) if response.status().is_success() => Ok(response.into_body().into_reader()),
        Ok(response) => Err(permanent(redirect(&response))),
        Err(error) => {
            let kind = match error {
                ureq::Error::StatusCode(404 | 410) => ErrorKind::Gone,
                ureq::Error::StatusCode(400..=499) => ErrorKind::Permanent,
                _ => ErrorKind::Temporary,
            };
            Err(Error { message: error.to_string(), kind })
        }
    }
}

fn redirect<B>(response: &Response<B>) -> String {
    let status = response.status();
    let Some(target) = response.headers().get("location") else { return status.to_string() };
    let target = String::from_utf8_lossy(target.as_bytes());
    format!("{status}, redirected to {}", prose::shown(&target))
}

fn permanent(message: impl Into<String>) -> Error {
    Error { message: message.into(), kind: ErrorKind::Permanent }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn temporary(error: io::Error) -> Error {
    Error { message: error.to_string(), kind: ErrorKind::Temporary }
}

impl Error {
    /// Whether the server reported that the page is gone.
    pub fn is_gone(&self) -> bool {
        self.kind == ErrorKind::Gone
    }

    /// Whether another attempt may succeed.
    pub fn is_temporary(&self) -> bool {
        self.kind == ErrorKind::Temporary
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
