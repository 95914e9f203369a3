//! Where a page comes from: a file, standard input, or a URL.

use std::error::Error;
use std::io::Read;
use std::time::Duration;
use std::{fs, io};

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// How much of a page is read, in bytes: 8 MiB.
const LIMIT: usize = 8 * 1024 * 1024;

/// Reads a page.
///
/// # Errors
/// One line if it cannot be had: no such file, no such page, a URL that is not https, a redirect to another host, more
/// than 8 MiB, or no response within 30 s.
pub fn read(input: &str) -> Result<String, Box<dyn Error>> {
    let bytes = if input == "-" {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().take(LIMIT as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("standard input: {error}"))?;
        bytes
    } else if is_url(input) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(fetch(input)).map_err(|error| format!("{input}: {error}"))?
    } else {
        fs::read(input).map_err(|error| format!("{input}: {error}"))?
    };
    let name = name(input);
    if bytes.len() > LIMIT {
        return Err(format!("{name}: more than 8 MiB").into());
    }
    String::from_utf8(bytes).map_err(|_| format!("{name}: not UTF-8").into())
}

/// What messages call an input.
#[must_use]
pub fn name(input: &str) -> &str {
    if input == "-" { "standard input" } else { input }
}

/// Whether an input is a URL, of whatever scheme.
#[must_use]
pub fn is_url(input: &str) -> bool {
    input.contains("://")
}

async fn fetch(url: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let url = Url::parse(url)?;
    // Plain http is for a page that is served on this machine.
    let loopback = url.host_str().is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host));
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return Err("expected an https URL".into());
    }
    let policy = Policy::custom(|attempt| {
        let same = attempt.previous().first().is_some_and(|first| {
            (first.scheme(), first.host_str(), first.port())
                == (attempt.url().scheme(), attempt.url().host_str(), attempt.url().port())
        });
        match (same, attempt.previous().len()) {
            (true, ..=5) => attempt.follow(),
            (true, _) => attempt.error("more than 5 redirects"),
            (false, _) => attempt.error("a redirect to another host"),
        }
    });
    // None is the default yet but, in a test, one that was installed before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder =
        Client::builder().redirect(policy).connect_timeout(Duration::from_secs(10)).timeout(Duration::from_secs(30));
    if loopback {
        builder = builder.no_proxy();
    }
    let mut response = builder.build()?.get(url).send().await.map_err(|error| root(&error))?;
    if !response.status().is_success() {
        return Err(response.status().to_string().into());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| root(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LIMIT {
            break;
        }
    }
    Ok(bytes)
}

/// The cause at the end of an error's chain, as a text: reqwest's own line does not say what happened.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
