//! The `tracing` span of a call, as a subscriber receives it: with OpenTelemetry's names, and without secrets.
#![cfg(feature = "tracing")]

#[path = "support/recorder.rs"]
mod recorder;
mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use mantago::RetryPolicy;
use recorder::{Fields, Recorder, Span};
use support::{ERROR, SECRET, Server, TOKEN, at_once, call, json, nowhere, once, removed, response, untag};
use tracing::Level;

/// The fields of each call's span, and these others.
fn fields(server: &str, others: &[(&str, &str)]) -> Fields {
    let of_each_call = [
        ("otel.kind", "client"),
        ("otel.name", "POST /openapi/personalTagMapping/delete"),
        ("http.request.method", "POST"),
        ("server.address", "127.0.0.1"),
        ("server.port", server.rsplit(':').next().unwrap()),
        ("mantago.bot_id", "bot-7"),
    ];
    let all = of_each_call.iter().chain(others);
    Fields(all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

#[tokio::test]
async fn a_call_is_one_span() {
    let (recorder, _guard) = Recorder::start();
    let server = Server::start(removed()).await;
    untag(&server.client()).await.unwrap();
    let span = recorder.span();
    assert_eq!((span.name, span.level, span.parent), ("mantago", Level::INFO, None));
    assert_eq!(span.fields, fields(&server.url(), &[("http.response.status_code", "200")]));
    assert!(span.is_closed);
    assert_eq!(events(&span), [ended("200", 1, "the call succeeded")]);
}

/// With an ID in the path, there would be a name for each client.
#[tokio::test]
async fn spans_show_the_path_template() {
    let (recorder, _guard) = Recorder::start();
    let server = Server::start(removed()).await;
    let client = server.client();
    let request = client.request(mantago::Method::GET, "/openapi/client/{clientId}");
    request.path_parameter("clientId", "client-1").send::<()>().await.unwrap();
    let span = recorder.span();
    for (field, value) in [
        ("otel.name", "GET /openapi/client/{clientId}"),
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
    ] {
        assert_eq!(span.fields.0[field], value);
    }
    assert!(!span.fields.0.contains_key("mantago.bot_id"));
}

/// It is the bot in the query, which may differ from the client's.
#[tokio::test]
async fn the_span_has_the_bot_of_the_call() {
    let server = Server::start(removed()).await;
    let client = once(server.url()).bot_id("bot-6").build().unwrap();
    let any = || client.request(mantago::Method::POST, "/a");
    let (recorder, _guard) = Recorder::start();
    untag(&client).await.unwrap();
    any().send::<()>().await.unwrap();
    any().query("botId", "bot-8").send::<()>().await.unwrap();
    let bots: Vec<_> = recorder.spans().iter().map(|span| span.fields.0["mantago.bot_id"].clone()).collect();
    assert_eq!(bots, ["bot-7", "bot-6", "bot-8"]);
}

#[tokio::test(start_paused = true)]
async fn a_retried_call_is_one_span_with_an_event_for_each_retry() {
    let (recorder, _guard) = Recorder::start();
    let busy = response("429 Too Many Requests", &[("retry-after", "3")], "");
    let server = Server::in_turn(vec![response("503 Busy", &[], ""), busy, removed()]).await;
    untag(&server.client_with(at_once())).await.unwrap();

    let span = recorder.span();
    let outcome = [("http.response.status_code", "200"), ("http.request.resend_count", "2")];
    assert_eq!(span.fields, fields(&server.url(), &outcome));
    assert!(span.is_closed);
    let retry = |attempt: &str, reason: &str, wait: &str| {
        let fields =
            [("attempt", attempt), ("reason", reason), ("wait_ms", wait), ("message", "retrying after a wait")];
        event(&fields)
    };
    let expected = [retry("1", "503", "0"), retry("2", "429", "3000"), ended("200", 3, "the call succeeded")];
    assert_eq!(events(&span), expected);
    assert!(recorder.recorded().strays.iter().all(|event| !event.target.starts_with("mantago")));
}

/// For a call during the pause.
#[tokio::test(start_paused = true)]
async fn a_pause_is_an_event() {
    let busy = response("429 Too Many Requests", &[("retry-after", "3")], "");
    let server = Server::in_turn(vec![busy, removed()]).await;
    let client = server.client_with(RetryPolicy::none());
    untag(&client).await.unwrap_err();
    let (recorder, _guard) = Recorder::start();
    untag(&client.with_retry(at_once())).await.unwrap();
    let pause = event(&[("wait_ms", "3000"), ("message", "pausing after a 429")]);
    assert_eq!(events(&recorder.span()), [pause, ended("200", 1, "the call succeeded")]);
}

#[tokio::test]
async fn a_refresh_is_two_events_and_its_failure_a_warning() {
    let begun = || event(&[("message", "refreshing the credentials")]);
    let refreshed = || event(&[("message", "refreshed the credentials")]);
    let failed = |reason: &str| {
        let fields = [("reason", reason), ("message", "refreshing the credentials failed")];
        (Level::WARN, event(&fields).1)
    };
    for (fetched, expected) in [
        (Ok("tok-newer"), vec![begun(), refreshed(), ended("200", 2, "the call succeeded")]),
        (Ok(TOKEN), vec![begun(), failed("it returned the pair that was refused"), ended("401", 1, "the call failed")]),
        (Err("no vault"), vec![begun(), failed("no vault"), ended("401", 1, "the call failed")]),
        // The function may quote the refused pair.
        (Err(SECRET), vec![begun(), failed("[redacted]"), ended("401", 1, "the call failed")]),
    ] {
        let server = Server::start_with(|request| match request.token() {
            "tok-newer" => removed(),
            _ => json("401 Unauthorized", ERROR),
        })
        .await;
        let fetch = move || async move { fetched.map(|token| mantago::Credentials::new(token, SECRET)) };
        let client = once(server.url()).refresh_with(fetch).build().unwrap();
        let (recorder, _guard) = Recorder::start();
        let _ = untag(&client).await;
        assert_eq!(events(&recorder.span()), expected);
        assert!(recorder.recorded().strays.iter().all(|event| !event.target.starts_with("mantago")));
    }
    // Without a function, nothing is refreshed.
    let (recorder, _guard) = Recorder::start();
    untag(&Server::start(json("401 Unauthorized", ERROR)).await.client()).await.unwrap_err();
    assert_eq!(events(&recorder.span()), [ended("401", 1, "the call failed")]);
}

fn event(fields: &[(&str, &str)]) -> (Level, Fields) {
    (Level::DEBUG, Fields(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()))
}

/// The event at the end of a call.
fn ended(outcome: &str, attempts: u32, message: &str) -> (Level, Fields) {
    event(&[("outcome", outcome), ("attempts", &attempts.to_string()), ("message", message)])
}

/// The events of this crate in a span, without the time that the call took.
fn events(span: &Span) -> Vec<(Level, Fields)> {
    let mut events: Vec<_> = span.events().into_iter().map(|event| (event.level, event.fields.clone())).collect();
    let (_, last) = events.last_mut().expect("the end of the call");
    assert!(last.0.remove("elapsed_ms").unwrap().parse::<u64>().is_ok());
    events
}

const FAILED: (&str, &str) = ("otel.status_code", "ERROR");

#[tokio::test]
async fn error_type_is_the_status_or_the_kind() {
    let refusal = r#"{"success":false,"message":"no"}"#;
    for (response, outcome) in [
        (json("404 Not Found", ERROR), [("http.response.status_code", "404"), ("error.type", "404")]),
        (response("500 Oh", &[], ""), [("http.response.status_code", "500"), ("error.type", "500")]),
        (response("307 Away", &[("location", "/")], ""), [("http.response.status_code", "307"), ("error.type", "307")]),
        (json("200 OK", refusal), [("http.response.status_code", "200"), ("error.type", "Refused")]),
        (json("201 Created", "[]"), [("http.response.status_code", "201"), ("error.type", "UnexpectedResponse")]),
    ] {
        let (recorder, _guard) = Recorder::start();
        let server = Server::start(response).await;
        untag(&server.client()).await.unwrap_err();
        let span = recorder.span();
        assert_eq!(span.fields, fields(&server.url(), &[&outcome[..], &[FAILED]].concat()));
        assert_eq!(events(&span), [ended(outcome[1].1, 1, "the call failed")]);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_response_the_span_has_no_status() {
    let (recorder, guard) = Recorder::start();
    let nowhere = nowhere();
    let client = once(&nowhere).retry(at_once()).build().unwrap();
    untag(&client).await.unwrap_err();
    let outcome = [("http.request.resend_count", "2"), ("error.type", "Connection"), FAILED];
    assert_eq!(recorder.span().fields, fields(&nowhere, &outcome));
    drop(guard);

    let (recorder, guard) = Recorder::start();
    let silent = Server::start("").await;
    untag(&once(silent.url()).timeout(Duration::from_secs(1)).build().unwrap()).await.unwrap_err();
    assert_eq!(recorder.span().fields, fields(&silent.url(), &[("error.type", "Timeout"), FAILED]));
    drop(guard);

    // Nothing was sent, because the server asked the client to wait.
    let busy = Server::start(response("429 Wait", &[("retry-after", "9")], "")).await;
    let limited = busy.client();
    untag(&limited).await.unwrap_err();
    let client = limited.with_retry(RetryPolicy::none().max_wait(Duration::from_secs(1)));
    let (recorder, _guard) = Recorder::start();
    untag(&client).await.unwrap_err();
    assert_eq!(recorder.span().fields, fields(&busy.url(), &[("error.type", "RateLimited"), FAILED]));
}

#[tokio::test]
async fn an_invalid_request_has_no_span() {
    let (recorder, _guard) = Recorder::start();
    let client = once(nowhere()).build().unwrap();
    call(&client).bot_id(" ").send().await.unwrap_err();
    assert!(recorder.spans().is_empty());
}

#[tokio::test(start_paused = true)]
async fn concurrent_calls_have_separate_spans_below_the_callers() {
    let (recorder, _guard) = Recorder::start();
    let server = Server::in_turn(vec![response("503 Busy", &[], ""), removed()]).await;
    let client = server.client_with(at_once());
    let calls = join_all((0..8).map(|_| untag(&client)));
    for outcome in tracing::Instrument::instrument(calls, tracing::info_span!("campaign")).await {
        outcome.unwrap();
    }
    let spans: Vec<_> = recorder.spans().into_iter().filter(|span| span.name == "mantago").collect();
    assert_eq!(spans.len(), 8);
    assert!(spans.iter().all(|span| span.is_closed && span.parent == Some("campaign")));
    // One of them has waited, and each has ended.
    assert_eq!(spans.iter().map(|span| span.events().len()).sum::<usize>(), 1 + 8);
    assert_eq!(spans.iter().filter(|span| span.fields.0.contains_key("http.request.resend_count")).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_closes_its_span() {
    let (recorder, _guard) = Recorder::start();
    let silent = Server::start("").await;
    assert!(tokio::time::timeout(Duration::from_secs(1), untag(&silent.client())).await.is_err());
    let span = recorder.span();
    assert!(span.is_closed);
    assert_eq!(span.fields, fields(&silent.url(), &[]));
}

/// No body, query, header or credential, at every level and from every dependency.
#[tokio::test(start_paused = true)]
async fn nothing_secret_is_recorded() {
    let (recorder, _guard) = Recorder::start();
    let told = format!(r#"{{"success":false,"errResponse":{{"message":"{TOKEN} {SECRET} told","code":1004}}}}"#);
    let server = Server::in_turn(vec![
        json("503 Busy", &told),
        response("429 Wait", &[("retry-after", "1"), ("x-echo", TOKEN)], &told),
        json("401 Unauthorized", &told),
    ])
    .await;
    let client = once(format!("{}/base", server.url())).retry(at_once()).build().unwrap();
    untag(&client).await.unwrap_err();
    assert_eq!(server.request_count(), 3);

    let seen = recorder.recorded();
    let events = seen.spans.iter().flat_map(|span| &span.events).chain(&seen.strays);
    let fields = events.map(|event| &event.fields).chain(seen.spans.iter().map(|span| &span.fields));
    let all: Vec<_> = fields.flat_map(|fields| fields.0.values()).collect();
    assert!(all.len() > 8, "{all:?}");
    for value in all {
        for private in [TOKEN, SECRET, "told", "botId", "client-1", "tag-42", "x-echo"] {
            assert!(!value.contains(private), "{private}: {value}");
        }
    }
}

/// The documentation of `Client` shows the output of a plain subscriber. `…` stands for the fields of the span, which repeat.
#[tokio::test(start_paused = true)]
async fn a_plain_subscriber_prints_the_documented_lines() {
    let server = Server::in_turn(vec![response("503 Busy", &[], ""), json("401 Unauthorized", ERROR)]).await;
    let fetch = || std::future::ready(Err::<mantago::Credentials, _>("the vault is sealed"));
    let client = once(server.url()).retry(RetryPolicy::default()).refresh_with(fetch).build().unwrap();
    let printed = Arc::new(Mutex::new(Vec::new()));
    let lines = printed.clone();
    let plain = tracing_subscriber::fmt().with_max_level(Level::DEBUG).without_time().with_ansi(false);
    let subscriber = plain.with_writer(move || Lines(lines.clone())).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    untag(&client).await.unwrap_err();
    drop(guard);

    let output = String::from_utf8(printed.lock().unwrap().clone()).unwrap();
    let printed: Vec<_> = output.lines().filter(|line| line.contains("}: mantago: ")).collect();
    let package = std::path::PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let source = std::fs::read_to_string(package.join("src/client.rs")).unwrap();
    let (_, block) = source.split_once("/// ```text\n").unwrap();
    let (text, _) = block.split_once("/// ```\n").unwrap();
    let documented: Vec<_> = text.lines().map(|line| line.trim_start_matches("/// ")).collect();
    assert_eq!(documented.len(), printed.len(), "{printed:#?}");
    for (documented, printed) in documented.into_iter().zip(printed) {
        let (start, end) = documented.split_once('…').unwrap_or((documented, ""));
        let printed = without_places_and_times(printed.trim());
        let is_printed = |part: &str| printed.contains(without_places_and_times(part.trim()).as_str());
        assert!(is_printed(start) && is_printed(end), "`{documented}` is not `{printed}`");
    }
}

/// A line without the values that differ from run to run.
fn without_places_and_times(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.split_once('=') {
        Some((name @ ("server.address" | "server.port" | "wait_ms" | "elapsed_ms"), _)) => format!("{name}=0"),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
