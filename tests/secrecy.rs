//! Credentials show nowhere: in no value, no error and no log.

mod support;

use std::fmt::{Debug, Display, Write};
use std::sync::Mutex;

use mantago::{ClientBuilder, Credentials, Error, Secret};
use support::{SECRET, Server, TOKEN, call, credentials, json, nowhere, once, removed, response, sources, untag};

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
fn debug_and_display_hide_credentials() {
    let builder = || ClientBuilder::new(credentials());
    let client = builder().base_url("http://localhost").refresh_with(|| async { Ok::<_, Error>(credentials()) });
    debug_shows_none(&client);
    let client = client.build().unwrap();
    debug_shows_none(&Secret::from(SECRET));
    debug_shows_none(&credentials());
    debug_shows_none(&builder());
    debug_shows_none(&builder().base_url(format!("https://user:{SECRET}@mantago.cc")));
    debug_shows_none(&client);
    debug_shows_none(&client.with_credentials(credentials()).unwrap());
    debug_shows_none(&call(&client));
    assert_eq!(format!("{:?}", Some(Secret::from(SECRET.to_owned()))), "Some(Secret([redacted]))");
    assert_eq!(credentials().secret().expose_secret(), SECRET);

    display_shows_none(&ClientBuilder::new(Credentials::new(format!("{TOKEN}\n"), SECRET)).build().unwrap_err());
    for base_url in [format!("https://{TOKEN}:{SECRET}@mantago.cc"), format!("http//{TOKEN}")] {
        display_shows_none(&builder().base_url(base_url).build().unwrap_err());
    }
}

/// For every kind of response from a server that repeats the credentials everywhere.
#[tokio::test]
async fn errors_hide_credentials() {
    let said = format!("bad pair {TOKEN} / {SECRET}");
    let error = serde_json::json!({ "message": said, "code": 1002 });
    let body = serde_json::json!({ "success": false, "message": said, "errResponse": error }).to_string();
    let quoted = serde_json::json!({ "success": SECRET, "message": "m", "errResponse": { "code": TOKEN } }).to_string();
    let page = format!("<pre>Authorization: Bearer {TOKEN}\n{SECRET}</pre>");
    let content_type = format!("text/{SECRET}");
    let headers = [("x-echo", said.as_str()), ("content-type", &content_type)];
    let target = format!("https://elsewhere.example/?secret={SECRET}");
    let mut responses = vec![
        response("307 Temporary Redirect", &[("location", &target)], ""),
        response("302 Found", &[("location", &target)], &page),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{page}\r\nbroken\r\n", page.len()).into(),
        "nonsense\r\n\r\n".into(),
    ];
    for status in
        ["200 OK", "400 Bad", "401 Unauthorized", "403 Forbidden", "404 Not Found", "429 Wait", "500 Oh", "502 Bad"]
    {
        for body in [&body, &quoted, &page] {
            responses.push(response(status, &headers, body));
        }
    }
    for response in responses {
        let error = support::error_of(response).await;
        display_shows_none(&error);
        shows_none(&String::from_utf8_lossy(error.body()));
        shows_none(error.message().unwrap_or_default());
        debug_shows_none(error.headers());
        sources(&error).iter().for_each(display_shows_none);
    }
    let error = untag(&once(nowhere()).build().unwrap()).await.unwrap_err();
    display_shows_none(&error);
    sources(&error).iter().for_each(display_shows_none);
}

/// The default headers of an application's own HTTP client may be secret, too.
#[test]
fn debug_hides_default_headers() {
    let mut headers = mantago::reqwest::header::HeaderMap::new();
    headers.insert("x-api-key", SECRET.parse().unwrap());
    let http = || mantago::reqwest::Client::builder().default_headers(headers.clone());
    let builder = || ClientBuilder::new(Credentials::new("tok-other", "sec-other")).http(http());
    debug_shows_none(&builder());
    let client = builder().base_url("http://localhost").build().unwrap();
    debug_shows_none(&client);
    debug_shows_none(&call(&client));
    let shown = format!("{client:?}");
    assert!(shown.starts_with(r#"Client { base_url: "http://localhost", bot_id: None, "#), "{shown}");
}

/// At the most verbose level, including the dependencies, by `tracing` and by `log`.
#[tokio::test]
async fn logs_hide_credentials() {
    static LOG: Log = Log(Mutex::new(String::new()));
    log::set_logger(&LOG).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let layer = tracing_subscriber::layer::SubscriberExt::with(tracing_subscriber::registry(), &LOG);
    tracing::subscriber::set_global_default(layer).unwrap();
    tracing::trace!(seen = "by tracing", "an event");

    let success = Server::start(removed()).await;
    let refused = Server::start(json("401 Unauthorized", format!(r#"{{"message":"{TOKEN} {SECRET}"}}"#))).await;
    untag(&success.client()).await.unwrap();
    untag(&refused.client()).await.unwrap_err();
    untag(&once(nowhere()).build().unwrap()).await.unwrap_err();

    let log = LOG.0.lock().unwrap().clone();
    for seen in ["by tracing", "starting new connection"] {
        assert!(log.contains(seen), "{seen:?} is not in: {log}");
    }
    shows_none(&log);
}

/// The whole log as one text.
struct Log(Mutex<String>);

impl Log {
    fn add(&self, value: &dyn Debug) {
        let _ = writeln!(self.0.lock().unwrap(), "{value:?}");
    }
}

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.add(record.args());
    }

    fn flush(&self) {}
}

impl tracing::field::Visit for &Log {
    fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn Debug) {
        self.add(value);
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for &'static Log {
    fn on_new_span(
        &self,
        span: &tracing::span::Attributes<'_>,
        _: &tracing::span::Id,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        span.record(&mut &**self);
    }

    fn on_record(
        &self,
        _: &tracing::span::Id,
        values: &tracing::span::Record<'_>,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        values.record(&mut &**self);
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        event.record(&mut &**self);
    }
}
