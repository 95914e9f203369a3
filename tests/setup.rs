//! A client is set up right or not at all: one line says what is wrong, and nothing is sent.

mod loopback;

use std::future::Future;

use loopback::{REMOVED, Server, TOKEN, json, untag};
use mantago::{ApiError, Client, ClientBuilder, ErrorKind, reqwest};

#[track_caller]
fn refused(builder: ClientBuilder) -> String {
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(error.status(), None);
    error.to_string()
}

#[test]
fn a_base_url_that_cannot_be_used() {
    const PLAIN: &str = "base URL: plain http would show the token and the secret: expected https, or allow_http";
    for (base_url, why) in [
        ("http://mantago.cc/api", PLAIN),
        ("http://127.0.0.1.example.com", PLAIN),
        ("http://localhost.example.com", PLAIN),
        ("http://10.0.0.1", PLAIN),
        ("http://[::2]", PLAIN),
        ("http://0.0.0.0", PLAIN),
        ("ftp://mantago.cc", "base URL: expected an https URL"),
        ("file:///etc/passwd", "base URL: expected an https URL"),
        ("mantago.cc", "base URL: relative URL without a base: expected an https URL"),
        ("", "base URL: relative URL without a base: expected an https URL"),
        ("https://", "base URL: empty host: expected an https URL"),
        ("https://user:hunter2@mantago.cc", "base URL: expected no user name or password in it"),
        ("https://user@mantago.cc", "base URL: expected no user name or password in it"),
        ("https://mantago.cc/api?botId=1", "base URL: expected no query or fragment after it"),
        ("https://mantago.cc/api#top", "base URL: expected no query or fragment after it"),
    ] {
        assert_eq!(refused(ClientBuilder::new(TOKEN).base_url(base_url)), why, "{base_url}");
    }
    // Allowing http allows nothing else.
    assert_eq!(
        refused(ClientBuilder::new(TOKEN).allow_http(true).base_url("ftp://h")),
        "base URL: expected an https URL"
    );
}

#[test]
fn a_base_url_that_can_be_used() {
    for loopback in
        ["http://localhost", "http://LOCALHOST:80/api", "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:9/"]
    {
        ClientBuilder::new(TOKEN).base_url(loopback).build().unwrap();
    }
    ClientBuilder::new(TOKEN).base_url("http://mantago.example").allow_http(true).build().unwrap();
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn the_default_base_url_can_be_used() {
    ClientBuilder::new(TOKEN).build().unwrap();
    ClientBuilder::new(TOKEN).base_url("https://mantago.example/api/").build().unwrap();
}

#[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
#[test]
fn without_tls_an_existing_client_is_needed() {
    assert_eq!(
        refused(ClientBuilder::new(TOKEN)),
        "https needs TLS: expected the feature \"rustls\" or \"native-tls\", or a reqwest::Client that has it"
    );
    ClientBuilder::new(TOKEN).http_client(loopback::reqwest_client().build().unwrap()).build().unwrap();
}

#[test]
fn a_token_that_no_header_can_carry() {
    for blank in ["", " ", "\n"] {
        assert_eq!(refused(ClientBuilder::new(blank)), "the token is blank");
    }
    for broken in ["tok\r\nx-evil: 1", "tok\0", "t\nok"] {
        let why = "the token has a character that no HTTP header can carry";
        assert_eq!(refused(ClientBuilder::new(broken)), why);
    }
    for padded in [" tok", "tok ", "tok\u{3000}"] {
        assert_eq!(refused(ClientBuilder::new(padded)), "the token has white space around it");
    }
    let client = ClientBuilder::new(TOKEN).base_url("http://localhost").build().unwrap();
    assert_eq!(client.with_token(" ").unwrap_err().to_string(), "the token is blank");
}

/// Connections, TLS and default headers are the existing client's; the rest is as always.
#[tokio::test]
async fn an_existing_client_is_used() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-team", "billing".parse().unwrap());
    let existing = loopback::reqwest_client().default_headers(headers).build().unwrap();
    let client = ClientBuilder::new(TOKEN).base_url(server.url()).http_client(existing).build().unwrap();
    untag(&client).await.unwrap();

    let request = server.request();
    assert_eq!(request.header("x-team"), ["billing"]);
    assert_eq!(request.header("authorization"), [format!("Bearer {TOKEN}")]);
    assert_eq!(request.header("user-agent"), [format!("mantago/{}", env!("CARGO_PKG_VERSION"))]);
    assert!(request.header("api-version").is_empty());
}

#[test]
fn a_client_is_shared_and_its_calls_move_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    fn moves<F: Future + Send>(_: &F) {}

    shared::<Client>();
    shared::<ClientBuilder>();
    shared::<mantago::Secret>();
    shared::<mantago::ClientIdentity>();
    error::<ApiError>();
    let client = ClientBuilder::new(TOKEN).base_url("http://localhost").build().unwrap();
    moves(&client.personal_tag_mapping_delete().send());
    moves(&untag(&client));
}
