//! Token and secret are sent, and show nowhere else: not in a value, an error or a log, at any level.

mod log;
mod loopback;

use std::error::Error as _;
use std::fmt::{Debug, Display};

use log::Log;
use loopback::{REMOVED, SECRET, Server, TOKEN, answer, json, once, untag};
use mantago::types::PersonalTagMappingRequest;
use mantago::{ApiError, ClientBuilder, ClientIdentity, Error, Secret};

#[track_caller]
fn shows_none(text: &str) {
    for credential in [TOKEN, SECRET] {
        assert!(!text.contains(credential), "{credential} shows in: {text}");
    }
}

#[track_caller]
fn debug_shows_none(value: &impl Debug) {
    shows_none(&format!("{value:?}"));
    shows_none(&format!("{value:#?}"));
}

#[track_caller]
fn display_shows_none(value: &(impl Display + Debug)) {
    debug_shows_none(value);
    shows_none(&format!("{value}"));
    shows_none(&format!("{value:#}"));
}

#[test]
fn values() {
    let client = ClientBuilder::new(TOKEN).base_url("http://localhost").build().unwrap();
    let request = loopback::request();
    debug_shows_none(&Secret::from(SECRET));
    debug_shows_none(&ClientBuilder::new(TOKEN));
    debug_shows_none(&ClientBuilder::new(TOKEN).base_url(format!("https://user:{SECRET}@mantago.cc")));
    debug_shows_none(&client);
    debug_shows_none(&client.with_token(Secret::from(TOKEN.to_owned())).unwrap());
    debug_shows_none(&request);
    debug_shows_none(&ClientIdentity::try_from(&request).unwrap());
    debug_shows_none(&PersonalTagMappingRequest::builder().secret(SECRET));
    debug_shows_none(&client.personal_tag_mapping_delete().bot_id("b").body(request.clone()));
    debug_shows_none(&client.personal_tag_mapping_delete().body_map(|body| body.secret(SECRET)));
    debug_shows_none(&Some(vec![request]));
    assert_eq!(format!("{:?}", Secret::from(SECRET)), "Secret(redacted)");
}

#[test]
fn setup_errors() {
    display_shows_none(&ClientBuilder::new(format!("{TOKEN}\n")).build().unwrap_err());
    let with_password = format!("https://{TOKEN}:{SECRET}@mantago.cc");
    display_shows_none(&ClientBuilder::new("t").base_url(with_password).build().unwrap_err());
    let no_url = format!("http//{TOKEN}");
    display_shows_none(&ClientBuilder::new("t").base_url(no_url).build().unwrap_err());
}

/// Every kind of answer, with a server that repeats what it was sent wherever it can.
#[tokio::test]
async fn errors() {
    let said = format!("bad pair {TOKEN} / {SECRET}");
    let body =
        serde_json::json!({ "success": false, "message": said, "errResponse": { "message": said, "code": 1002 } });
    let body = body.to_string();
    let page = format!("<pre>Authorization: Bearer {TOKEN}\n{SECRET}</pre>");
    let headers = [("x-echo", said.as_str())];
    let target = format!("https://elsewhere.example/?secret={SECRET}");
    let quoted = serde_json::json!({ "success": SECRET, "message": "m", "errResponse": { "code": TOKEN } }).to_string();
    let mut answers = vec![
        answer("307 Temporary Redirect", &[("location", &target)], ""),
        answer("302 Found", &[("location", &target)], &page),
        answer("200 OK", &headers, &page),
        answer("200 OK", &headers, &body),
        answer("200 OK", &headers, &quoted),
        answer("404 Not Found", &headers, &quoted),
        answer("201 Created", &headers, serde_json::json!({ "success": true, "message": said }).to_string()),
        "nonsense\r\n\r\n".into(),
    ];
    for status in
        ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "429 Wait", "500 Oh", "502 Bad"]
    {
        answers.push(answer(status, &headers, &body));
        answers.push(answer(status, &headers, &page));
    }
    for answer in answers {
        let server = Server::start(answer).await;
        let client = server.client();
        let sent = client.personal_tag_mapping_delete().bot_id("b").body(loopback::request()).send().await;
        let error = sent.unwrap_err();
        display_shows_none(&error);
        let error = ApiError::from(error);
        display_shows_none(&error);
        shows_none(&String::from_utf8_lossy(error.body()));
        shows_none(error.message().unwrap_or_default());
        debug_shows_none(error.headers());
        let mut source = error.source();
        while let Some(error) = source {
            display_shows_none(&error);
            source = error.source();
        }
    }
}

#[tokio::test]
async fn errors_before_anything_is_sent() {
    let client = once("http://127.0.0.1:1").build().unwrap();
    let mut ambiguous = loopback::request();
    ambiguous.platform_client_id = Some("u".to_owned());
    for body in [loopback::request(), ambiguous] {
        let error = client.personal_tag_mapping_delete().bot_id("b").body(body).send().await.unwrap_err();
        display_shows_none(&error);
        display_shows_none(&ApiError::from(error));
    }
    let error = client.personal_tag_mapping_delete().body_map(|body| body.secret(SECRET)).send().await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(_)));
    display_shows_none(&error);
}

/// The error of a request with this secret, if the server answers so.
async fn error_with(secret: &str, answer: Vec<u8>) -> ApiError {
    let server = Server::start(answer).await;
    let mut request = loopback::request();
    request.secret = secret.into();
    let client = server.client();
    client.personal_tag_mapping_delete().bot_id("b").body(request).send().await.unwrap_err().into()
}

/// A credential with characters that JSON escapes is known however it is spelled, and JSON stays what it was.
#[tokio::test]
async fn an_escaped_secret_is_redacted() {
    for (secret, spelled) in [
        ("s\"3\\cr\"t", r#"s\"3\\cr\"t"#),
        ("abc/def/ghi=", r"abc\/def\/ghi="),
        ("abc/def/ghi=", r"abc/def/ghi\u003d"),
        ("s3cret-\u{e9}", r"s3cret-\u00e9"),
    ] {
        let body = format!(r#"{{"success":false,"errResponse":{{"message":"no {spelled}!","code":1}}}}"#);
        let error = error_with(secret, json("401 Unauthorized", body)).await;
        assert_eq!(error.to_string(), "401 Unauthorized: no [redacted]! (code 1)");
    }
}

/// A secret that is like a part of the JSON itself costs neither status nor headers.
#[tokio::test]
async fn redacting_keeps_the_status() {
    let body = r#"{"success":false,"errResponse":{"message":"m","code":120000}}"#;
    for secret in ["120000", "message", "errResponse", "success", "\":false"] {
        let limited = answer("429 Too Many Requests", &[("retry-after", "3")], body);
        let error = error_with(secret, limited).await;
        assert_eq!(error.status().unwrap().as_u16(), 429, "{secret}");
        assert_eq!(error.retry_after().unwrap().as_secs(), 3);
        assert!(error.is_retryable());
    }
}

/// A credential that is cut by the limit, or by a connection that breaks, does not show in part.
#[tokio::test]
async fn the_beginning_of_a_secret_is_redacted() {
    let part = &SECRET[..SECRET.len() - 2];
    let cut = answer("404 Not Found", &[], "x".repeat(64 * 1024 - part.len()) + SECRET);
    let broken =
        format!("HTTP/1.1 404 No\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\nx{part}\r\nbroken\r\n", part.len() + 1);
    for answer in [cut, broken.into_bytes()] {
        let error = error_with(SECRET, answer).await;
        assert!(error.body().ends_with(b"x"), "{:?}", String::from_utf8_lossy(error.body()));
    }
}

/// Whatever this crate and those below it log, by `tracing` or by `log`, at the most talkative level.
#[tokio::test]
async fn logs() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).init();
    tracing::trace!("the log by tracing is on");
    ::log::trace!("the log by log is on");

    let server = Server::start(json("200 OK", REMOVED)).await;
    untag(&server.client()).await.unwrap();
    let existing = loopback::reqwest_client().build().unwrap();
    let client = once(server.url()).http_client(existing).build().unwrap();
    untag(&client).await.unwrap();
    let failing = Server::start(json("401 Unauthorized", "{}")).await;
    untag(&failing.client()).await.unwrap_err();
    let unreachable = once("http://127.0.0.1:1").build().unwrap();
    untag(&unreachable).await.unwrap_err();

    let log = log.text();
    for seen in ["the log by tracing is on", "the log by log is on", "starting new connection"] {
        assert!(log.contains(seen), "{seen:?} is not in: {log}");
    }
    shows_none(&log);
}
