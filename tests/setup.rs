//! A wrong setup gives a one-line error, and nothing is sent.

mod support;

use std::future::Future;
use std::time::Duration;

use mantago::{Client, ClientBuilder, Credentials, Error, ErrorKind, reqwest};
use support::{SECRET, Server, TOKEN, call, credentials, in_child, nowhere, once, removed, untag};
use tokio::time::Instant;

const PLAIN: &str = "base URL: plain http would show the token and the secret: expected https, or allow_http";

#[track_caller]
fn refused(builder: ClientBuilder) -> String {
    let error = builder.build().unwrap_err();
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Configuration, None, 0));
    error.to_string()
}

fn at(base_url: &str) -> ClientBuilder {
    ClientBuilder::new(credentials()).base_url(base_url)
}

#[test]
fn an_unusable_base_url_is_rejected() {
    const NO_URL: &str = "base URL: relative URL without a base: expected an https URL";
    const NOT_HTTPS: &str = "base URL: expected an https URL";
    for (base_url, why) in [
        ("http://mantago.cc/api", PLAIN),
        ("http://127.0.0.1.example.com", PLAIN),
        ("http://localhost.example.com", PLAIN),
        ("http://10.0.0.1", PLAIN),
        ("http://[::2]", PLAIN),
        ("http://0.0.0.0", PLAIN),
        ("ftp://mantago.cc", NOT_HTTPS),
        ("file:///etc/passwd", NOT_HTTPS),
        ("mantago.cc", NO_URL),
        ("", NO_URL),
        ("https://", "base URL: empty host: expected an https URL"),
        ("https://user:hunter2@mantago.cc", "base URL: expected no user name or password in it"),
        ("https://user@mantago.cc", "base URL: expected no user name or password in it"),
        ("https://mantago.cc/api?botId=1", "base URL: expected no query or fragment after it"),
        ("https://mantago.cc/api#top", "base URL: expected no query or fragment after it"),
    ] {
        assert_eq!(refused(at(base_url)), why, "{base_url}");
    }
    // Allowing http allows nothing else.
    assert_eq!(refused(at("ftp://h").allow_http(true)), NOT_HTTPS);
}

#[test]
fn a_usable_base_url_is_accepted() {
    for loopback in
        ["http://localhost", "http://LOCALHOST:80/api", "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:9/"]
    {
        at(loopback).build().unwrap();
    }
    at("http://mantago.example").allow_http(true).build().unwrap();
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn the_default_base_url_is_accepted() {
    ClientBuilder::new(credentials()).build().unwrap();
    at("https://mantago.example/api/").build().unwrap();
    // An application's own client works beside this crate: no provider of cryptography has to be installed.
    drop(reqwest::Client::new());
}

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
#[test]
fn https_requires_a_tls_feature() {
    assert_eq!(
        refused(ClientBuilder::new(credentials())),
        "https needs TLS: expected the feature \"rustls\" or \"native-tls\", or a reqwest::ClientBuilder with TLS"
    );
}

/// reqwest would panic, even for plain http, and a panic is reported or ends the program before anyone can catch it.
#[cfg(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "native-tls"))))]
#[test]
fn without_a_provider_build_returns_an_error() {
    let said = in_child("without_a_provider_build_returns_an_error", [("TEST", "1")], || {
        std::panic::set_hook(Box::new(|_| std::process::exit(70)));
        let without = [refused(ClientBuilder::new(credentials())), refused(at("http://localhost"))];
        rustls::crypto::ring::default_provider().install_default().unwrap();
        ClientBuilder::new(credentials()).build().unwrap();
        at("http://localhost").build().unwrap();
        without.join(" | ")
    });
    let why = "TLS has no provider: expected the feature \"rustls\", or rustls::crypto::CryptoProvider::install_default before";
    assert_eq!(said, format!("{why} | {why}"));
}

#[test]
fn unsendable_credentials_are_rejected() {
    let is_blank = |name| format!("the {name} is blank");
    let is_padded = |name| format!("the {name} has white space around it");
    let client = at("http://localhost").build().unwrap();
    let mut rows = Vec::new();
    for blank in ["", " ", "\n", "\u{3000}"] {
        rows.push((Credentials::new(blank, SECRET), is_blank("token")));
        rows.push((Credentials::new(TOKEN, blank), is_blank("secret")));
    }
    for padded in [" abc", "abc ", "abc\n", "abc\u{3000}"] {
        rows.push((Credentials::new(padded, SECRET), is_padded("token")));
        rows.push((Credentials::new(TOKEN, padded), is_padded("secret")));
    }
    for broken in ["tok\r\nx-evil: 1", "t\0k", "t\nok"] {
        let why = "the token has a character that no HTTP header can carry".to_owned();
        rows.push((Credentials::new(broken, SECRET), why));
    }
    for (credentials, why) in rows {
        assert_eq!(refused(ClientBuilder::new(credentials.clone()).base_url("http://localhost")), why);
        assert_eq!(client.set_credentials(credentials.clone()).unwrap_err().to_string(), why);
        assert_eq!(client.with_credentials(credentials).unwrap_err().to_string(), why);
    }
    // A secret is sent in JSON, which can carry any character.
    at("http://localhost").build().unwrap().set_credentials(Credentials::new(TOKEN, "s\n\0é")).unwrap();
}

/// The application sets default headers, proxies and the like, and this crate's promises still hold.
#[tokio::test]
async fn a_custom_http_client_keeps_the_crates_guarantees() {
    let server = Server::start(removed()).await;
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-team", "billing".parse().unwrap());
    let proxy = reqwest::Proxy::all(nowhere()).unwrap();
    let http = reqwest::Client::builder().default_headers(headers).proxy(proxy);
    // To loopback no proxy is used: it would get the secret in plain text.
    untag(&once(server.url()).http(http).build().unwrap()).await.unwrap();

    let request = server.request();
    assert_eq!(request.header("x-team"), ["billing"]);
    assert_eq!(request.token(), TOKEN);
    assert!(request.header("api-version").is_empty());

    let broken = reqwest::Client::builder().user_agent("line\nbreak");
    let outcome =
        once("http://localhost").http(broken).user_agent("line\nbreak").build().map(drop).map_err(|error| error.kind());
    assert_eq!(outcome, Err(ErrorKind::Configuration));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_is_limited_to_30_s_by_default() {
    let server = Server::start("").await;
    let http = || reqwest::Client::builder().timeout(Duration::from_secs(300));
    let (address, two) = (server.address, Duration::from_secs(2));
    for (builder, seconds) in [
        (once(server.url()), 30),
        (once(server.url()).http(http()), 30),
        (once(server.url()).timeout(two), 2),
        (once(server.url()).timeout(two).http(http()), 2),
        (once(server.url()).deadline(two), 2),
    ] {
        let start = Instant::now();
        let error = untag(&builder.build().unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed().as_secs()), (ErrorKind::Timeout, seconds));
        let said =
            format!("no complete response from {address} within {seconds}.0 s; the request may have been carried out");
        assert_eq!(error.to_string(), format!("timed out: {said}"));
    }
}

/// Without a TLS handshake there is no connection, and nothing was sent. To know that, an attempt stops connecting before its
/// own limit.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test(start_paused = true)]
async fn connecting_is_limited_to_10_s_by_default() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let builder = || once(format!("https://{address}"));
    for (builder, limit) in [
        (builder(), "10.0 s"),
        (builder().connect_timeout(Duration::from_secs(3)), "3.0 s"),
        (builder().timeout(Duration::from_secs(5)), "4.5 s"),
        (builder().deadline(Duration::from_secs(5)), "4.5 s"),
        (builder().deadline(Duration::from_secs(2)).connect_timeout(Duration::from_secs(1)), "1.0 s"),
        (builder().connect_timeout(Duration::MAX).timeout(Duration::from_secs(50)), "45.0 s"),
        (builder().http(reqwest::Client::builder().connect_timeout(Duration::from_secs(1))), "10.0 s"),
    ] {
        let start = Instant::now();
        let error = untag(&builder.build().unwrap()).await.unwrap_err();
        assert_eq!(format!("{:.1} s", start.elapsed().as_secs_f64()), limit);
        assert_eq!((error.kind(), error.is_retryable(), error.attempts()), (ErrorKind::Timeout, true, 1));
        assert_eq!(error.to_string(), format!("timed out: no connection to {address} within {limit}"));
        assert!(!error.may_have_taken_effect());
    }
    // An attempt near the deadline cannot know, and counts as possibly carried out.
    let client = builder().deadline(Duration::from_secs(15)).retry(support::at_once()).build().unwrap();
    let error = untag(&client).await.unwrap_err();
    assert_eq!((error.attempts(), error.elapsed().as_secs()), (2, 15));
    assert!(!error.is_retryable() && error.may_have_taken_effect(), "{error}");
}

/// A call that has no time sends nothing.
#[tokio::test(start_paused = true)]
async fn a_zero_deadline_sends_nothing() {
    let server = Server::start(removed()).await;
    let error = untag(&once(server.url()).deadline(Duration::ZERO).build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), server.connections()), (ErrorKind::Timeout, 0, 0));
    assert_eq!(error.to_string(), "timed out: the deadline has passed; nothing was sent");
    assert!(error.is_retryable() && !error.may_have_taken_effect());
}

/// The `read_timeout` of an application's own client applies in addition, and the error has the time.
#[tokio::test(start_paused = true)]
async fn a_custom_read_timeout_applies() {
    let server = Server::start("").await;
    let http = reqwest::Client::builder().read_timeout(Duration::from_secs(3));
    let error = untag(&once(server.url()).http(http).build().unwrap()).await.unwrap_err();
    let said =
        format!("no complete response from {} within 3.0 s; the request may have been carried out", server.address);
    assert_eq!(error.to_string(), format!("timed out: {said}"));
}

/// An idle connection is closed before most servers would close it, after a minute.
#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_25_s() {
    let server = Server::start(removed()).await;
    let client = once(server.url()).build().unwrap();
    for (idle, connections) in [(0, 1), (24, 1), (24, 1), (26, 2)] {
        tokio::time::sleep(Duration::from_secs(idle)).await;
        untag(&client).await.unwrap();
        assert_eq!(server.connections(), connections, "after {idle} s");
    }
    tokio::time::sleep(Duration::from_secs(59)).await;
    support::until(|| server.open_connections() == 0).await;
}

/// Errors name the proxy that is used for everything except loopback.
#[test]
fn errors_name_the_proxy() {
    let proxy = nowhere();
    let address = proxy.trim_start_matches("http://").to_owned();
    let said = in_child("errors_name_the_proxy", [("HTTP_PROXY", &proxy), ("ALL_PROXY", &proxy)], || {
        let builder = once("http://mantago.example").allow_http(true);
        support::block_on(untag(&builder.build().unwrap())).unwrap_err().to_string()
    });
    let start = format!("no connection to mantago.example:80 via the proxy {address}: ");
    assert!(said.starts_with(&start) && said.len() > start.len(), "{said}");
}

#[test]
fn loopback_uses_no_proxy() {
    let proxy = nowhere();
    let said = in_child("loopback_uses_no_proxy", [("http_proxy", &proxy), ("ALL_PROXY", &proxy)], || {
        support::block_on(async {
            let server = Server::start(removed()).await;
            untag(&server.client()).await.unwrap()
        })
    });
    assert_eq!(said, "removed");
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn loopback_uses_no_proxy_with_tls() {
    let proxy = nowhere();
    let name = "loopback_uses_no_proxy_with_tls";
    let said = in_child(name, [("https_proxy", &proxy), ("ALL_PROXY", &proxy)], || {
        let base_url = nowhere().replace("http://127.0.0.1", "https://localhost");
        support::block_on(untag(&once(base_url).build().unwrap())).unwrap_err().to_string()
    });
    assert!(said.starts_with("no connection to localhost:"), "{said}");
}

#[test]
fn clients_are_sync_and_calls_are_send() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    fn moves<F: Future + Send>(_: &F) {}

    shared::<Client>();
    shared::<Credentials>();
    shared::<mantago::RetryPolicy>();
    shared::<mantago::Secret>();
    shared::<mantago::ClientIdentity>();
    shared::<mantago::Response<mantago::types::BasicSuccessResponse>>();
    error::<Error>();
    error::<mantago::IdentityError>();
    let client = at("http://localhost").build().unwrap();
    moves(&call(&client).send());
    moves(&untag(&client));
}
