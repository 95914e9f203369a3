//! Whatever a server or the network does, a call has one outcome, with the right kind, status, text and number of requests.

mod support;

use ErrorKind::{
    Connection, NotFound, PermissionDenied, RateLimited, Redirect, Refused, Server as ServerError, Timeout,
    Unauthorized, UnexpectedResponse,
};
use Step::{Close, Drip, Forever, Reset, Stall};
use mantago::reqwest::StatusCode;
use mantago::types::ErrorResponse;
use mantago::{Error, ErrorCode, ErrorKind};
use support::{
    ERROR, REMOVED, SECRET, SHOWN_ERROR, Server, Step, TOKEN, at_once, call, error_of, json, nowhere, once, removed,
    response, send, untag,
};

/// The behaviour of a server and the outcome of a call: a success (no kind), or an error's kind, status and text, in which `*`
/// matches text of other crates. `requests` are the numbers of requests by default, and if requests count as idempotent.
struct Row {
    name: String,
    steps: Vec<Step>,
    kind: Option<ErrorKind>,
    status: Option<u16>,
    text: String,
    requests: [usize; 2],
}

const NEVER_RETRIED: [usize; 2] = [1, 1];
const RETRIED_IF_IDEMPOTENT: [usize; 2] = [1, 3];
const RETRIED: [usize; 2] = [3, 3];

const LOST: &str = "connection to 127.0.0.1:* lost: *";
const TOO_LATE: &str = "timed out: no complete response from 127.0.0.1:* within 30.0 s";

/// The end of the text if the last attempt may have been carried out.
const UNCERTAIN: &str = "; the request may have been carried out";

/// The end of the text if only an earlier attempt may have been.
const EARLIER: &str = "; the request may have been carried out by an earlier attempt";

/// The statuses for the rows on bodies: a success, a documented error, an undocumented status, and an error that is retried.
const STATUSES: [u16; 4] = [200, 404, 418, 429];

/// The kind of a documented error.
fn kind(status: u16) -> ErrorKind {
    match status {
        401 => Unauthorized,
        403 => PermissionDenied,
        404 => NotFound,
        429 => RateLimited,
        500.. => ServerError,
        _ => UnexpectedResponse,
    }
}

/// The kind of an error without MantaGO's `errResponse`: firewalls also send 403, and wrong servers 404.
fn kind_of_other(status: u16) -> ErrorKind {
    if matches!(status, 403 | 404) { UnexpectedResponse } else { kind(status) }
}

fn retries(status: u16) -> [usize; 2] {
    match status {
        429 | 503 => RETRIED,
        408 | 500..=599 => RETRIED_IF_IDEMPOTENT,
        _ => NEVER_RETRIED,
    }
}

/// The head of a response, up to the length of its body.
fn head(status: u16, headers: &str) -> String {
    format!("HTTP/1.1 {status} x\r\nx-trace: t\r\n{headers}")
}

fn complete(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = head(status, &format!("content-length: {}\r\n{headers}\r\n", body.len()));
    [head.as_bytes(), body].concat()
}

/// An error with a status.
fn error(name: &str, steps: Vec<Step>, status: u16, kind: ErrorKind, text: impl Into<String>) -> Row {
    let canonical = StatusCode::from_u16(status).unwrap();
    let refused = if kind == Refused { "refused with " } else { "" };
    Row {
        name: format!("{name} ({status})"),
        steps,
        kind: Some(kind),
        status: Some(status),
        text: format!("{refused}{canonical}: {}", text.into()),
        requests: if kind == Redirect { NEVER_RETRIED } else { retries(status) },
    }
}

/// Without a complete head, no status is known.
fn before_the_head() -> Vec<Row> {
    let row = |name: &str, steps, kind, text: &str| Row {
        name: name.to_owned(),
        steps,
        kind: Some(kind),
        status: None,
        text: text.to_owned(),
        requests: RETRIED_IF_IDEMPOTENT,
    };
    let lost = |name, steps| row(name, steps, Connection, LOST);
    let late = |name, steps| row(name, steps, Timeout, TOO_LATE);
    vec![
        lost("closed after the request", vec![Close]),
        lost("reset after the request", vec![Reset]),
        lost("closed inside the head", vec![send("HTTP/1.1 200 OK\r\ncontent-le"), Close]),
        lost("reset inside the head", vec![send("HTTP/1.1 404 Not Found\r\ncontent-le"), Reset]),
        late("stall before the head", vec![Stall]),
        late("stall inside the head", vec![send("HTTP/1.1 404 No\r\nx-a"), Stall]),
        lost("headers that never end", vec![send("HTTP/1.1 404 No\r\n"), Forever(b"x-a: b\r\n".to_vec())]),
        lost("a header that never ends", vec![send("HTTP/1.1 404 No\r\nx-a: "), Forever(vec![b'a'; 1000])]),
        lost("a header of 1 MiB", vec![send(complete(404, &format!("x-a: {}\r\n", "a".repeat(1 << 20)), ERROR))]),
        lost("200 headers", vec![send(complete(404, &"set-cookie: a=b\r\n".repeat(200), ERROR))]),
        lost("not HTTP", vec![send("SSH-2.0-OpenSSH\r\n\r\n"), Stall]),
        lost("a status of two digits", vec![send("HTTP/1.1 20 OK\r\n\r\n"), Stall]),
        lost("HTTP/3.7", vec![send("HTTP/3.7 200 OK\r\n\r\n"), Stall]),
        lost(
            "two lengths",
            vec![send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello"), Stall],
        ),
        lost("a length that is none", vec![send("HTTP/1.1 404 No\r\ncontent-length: -1\r\n\r\n"), Stall]),
    ]
}

/// If a body is incomplete, an error keeps its status, and a success is uncertain.
fn incomplete_bodies(status: u16) -> Vec<Row> {
    let announced = head(status, "content-length: 99\r\n\r\n");
    let chunked = |chunks: &str| send(head(status, "transfer-encoding: chunked\r\n\r\n") + chunks);
    let broken = |name, steps, received: usize, kind_of_success| {
        let kind = if status == 200 { kind_of_success } else { kind_of_other(status) };
        let row = error(name, steps, status, kind, format!("the response broke off after {received} bytes: *"));
        if status == 200 { Row { requests: RETRIED_IF_IDEMPOTENT, ..row } } else { row }
    };
    vec![
        broken("reset after the head", vec![send(&announced), Reset], 0, Connection),
        broken("reset inside the body", vec![send(announced.clone() + "{\"succ"), Reset], 6, Connection),
        broken("a body shorter than its length", vec![send(announced.clone() + "{\"succ"), Close], 6, Connection),
        broken("a bad chunk", vec![chunked("5\r\nhello\r\nnonsense\r\n"), Stall], 5, Connection),
        broken("a chunk that breaks off", vec![chunked("50\r\nhello"), Close], 5, Connection),
        broken("chunks without an end", vec![chunked("5\r\nhello\r\n"), Close], 5, Connection),
        broken("stall after the head", vec![send(&announced), Stall], 0, Timeout),
        broken("stall inside the body", vec![send(announced + "{\"succ"), Stall], 6, Timeout),
    ]
}

/// A complete body that is not the documented JSON: the text describes it.
fn undocumented_bodies(status: u16) -> Vec<Row> {
    let documented = if status == 200 { REMOVED } else { ERROR };
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let row = |name, headers: &str, body: &[u8], what: &str| {
        let text = format!("the response is not the documented JSON: {what}");
        error(name, vec![send(complete(status, headers, body))], status, kind_of_other(status), text)
    };
    let bytes = |name, body: &[u8]| row(name, "", body, &format!("no content type, {} bytes, *", body.len()));
    let html = "content-type: text/html\r\n";
    let mut rows = vec![
        row("empty", "", b"", "no content type, empty"),
        row("empty HTML", html, b"", "text/html, empty"),
        row("HTML", html, b"<h1>no</h1>", "text/html, 11 bytes, expected value at line 1 column 1"),
        bytes("null", b"null"),
        bytes("an array", b"[]"),
        bytes("a string", b"\"no\""),
        bytes("half a JSON", &documented.as_bytes()[..20]),
        bytes("another JSON", br#"{"success":true}"#),
        bytes("UTF-16", &utf16(documented)),
        bytes("UTF-16 with a BOM", &utf16(&format!("\u{feff}{documented}"))),
        bytes("no bytes of UTF-8", &[0xff; 40]),
        bytes("two BOMs", format!("\u{feff}\u{feff}{documented}").as_bytes()),
        bytes("a text after the JSON", format!("{documented} {documented}").as_bytes()),
        bytes("10,000 levels of arrays", "[".repeat(10_000).as_bytes()),
        bytes("10,000 levels of objects", "{\"a\":".repeat(10_000).as_bytes()),
        bytes("a number out of any range", format!("{}1e999}}", &ERROR[..ERROR.len() - 7]).as_bytes()),
        row("gzip", "content-encoding: gzip\r\n", b"\x1f\x8b\x08\0\0\0\0\0", "no content type, 8 bytes, *"),
        error(
            "no length and closed",
            vec![send(head(status, "\r\n{")), Close],
            status,
            kind_of_other(status),
            "the response is not the documented JSON: no content type, 1 byte, *",
        ),
    ];
    if status != 200 {
        // What MantaGO says is shown all the same, where half of it can be read.
        let half = |name, body: &str| {
            let kind = if body.contains("errResponse") { kind(status) } else { kind_of_other(status) };
            error(name, vec![send(complete(status, "", body))], status, kind, "they say why")
        };
        rows.extend([
            half("a code that is a text", &ERROR.replace("37011", "\"37011\"")),
            half("a code out of i64", &ERROR.replace("37011", "9223372036854775808")),
            half("a code that is no integer", &ERROR.replace("37011", "1.5")),
            half("no code", &ERROR.replace(",\"code\":37011", "")),
            half("a message and no errResponse", r#"{"message":"they say why"}"#),
            half("a message, and no object as an error", r#"{"message":"they say why","error":"no"}"#),
        ]);
    }
    rows
}

/// Odd but documented responses.
fn documented_bodies(status: u16) -> Vec<Row> {
    let body = if status == 200 { REMOVED } else { ERROR };
    let length = body.len();
    let row = |name, steps| {
        let row = error(name, steps, status, kind(status), SHOWN_ERROR);
        if status == 200 { Row { kind: None, ..row } } else { row }
    };
    let plain = complete(status, "", body);
    let with = |name, headers: &str| row(name, vec![send(complete(status, headers, body))]);
    let chunk = format!("transfer-encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\nx-trailer: t\r\n\r\n");
    vec![
        with("as it should be", "content-type: application/json\r\n"),
        with("no content type", ""),
        with("a wrong content type", "content-type: text/html\r\n"),
        with("an odd content type", "content-type: ;;;=\"\r\n"),
        with("two content types", "content-type: image/png\r\ncontent-type: application/json\r\n"),
        with("gzip declared and false", "content-encoding: gzip\r\n"),
        with("a header that is not ASCII", "x-a: \u{e9}\u{fc}\r\n"),
        with("80 cookies", &"set-cookie: a=b\r\n".repeat(80)),
        with("connection: close", "connection: close\r\n"),
        row("one byte at a time", vec![Drip(plain.clone())]),
        row("a body longer than its length", vec![send([&plain[..], b"and more"].concat())]),
        row("100 before", vec![send("HTTP/1.1 100 Continue\r\n\r\n"), send(&plain)]),
        row("103 twice before", vec![send("HTTP/1.1 103 Hints\r\nlink: a\r\n\r\n".repeat(2)), send(&plain)]),
        row("chunks", vec![send(head(status, &chunk))]),
        row("HTTP/1.0 without a length", vec![send(format!("HTTP/1.0 {status} x\r\nx-trace: t\r\n\r\n{body}")), Close]),
        row(
            "no reason after the status",
            vec![send(format!("HTTP/1.1 {status}\r\nx-trace: t\r\ncontent-length: {length}\r\n\r\n{body}"))],
        ),
        row("a BOM", vec![send(complete(status, "", format!("\u{feff}{body}")))]),
        row("a BOM and white space", vec![send(complete(status, "", format!("\u{feff}\n {body}\n")))]),
        row("unknown fields", vec![send(complete(status, "", format!("{{\"x\":[1,{{}}],\"y\":null,{}", &body[1..])))]),
    ]
}

/// Documented statuses and others.
fn statuses() -> Vec<Row> {
    let mut rows = Vec::new();
    for status in
        [400, 401, 403, 404, 405, 408, 409, 410, 413, 418, 422, 425, 429, 451, 500, 501, 502, 503, 504, 505, 520, 599]
    {
        rows.push(error(
            "the documented error",
            vec![send(complete(status, "", ERROR))],
            status,
            kind(status),
            SHOWN_ERROR,
        ));
        let undocumented = "the response is not the documented JSON: no content type, empty";
        rows.push(error("empty", vec![send(complete(status, "", ""))], status, kind_of_other(status), undocumented));
    }
    // Any 2xx with the documented body is a success, and without it, none is.
    for status in [200, 201, 202, 203, 206, 299] {
        let row = error("a success", vec![send(complete(status, "", REMOVED))], status, UnexpectedResponse, "");
        rows.push(Row { kind: None, ..row });
    }
    for status in [204, 304] {
        let undocumented = "the response is not the documented JSON: no content type, empty";
        rows.push(error("no content", vec![send(head(status, "\r\n"))], status, UnexpectedResponse, undocumented));
    }
    // A success that says it is none is an error, whatever else it has or has not.
    for (body, text) in [
        (r#"{"success":false,"message":"tag is in use"}"#, "tag is in use"),
        (r#"{"success":false}"#, "no message"),
        (r#"{"success":false,"x":1e999}"#, "no message"),
        (ERROR, SHOWN_ERROR),
        ("\u{feff}{\"success\":false,\"message\":\"tag is in use\"}", "tag is in use"),
    ] {
        for status in [200, 201] {
            rows.push(error(body, vec![send(complete(status, "", body))], status, Refused, text));
        }
        let chunk = format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\nbroken\r\n", body.len());
        rows.push(error("a refusal that breaks off", vec![send(head(200, &chunk))], 200, Refused, text));
    }
    // Nor is one a success that has an error beside it, or that is no object.
    for (body, what) in [
        (r#"["no",false]"#, "expected an object"),
        (r#"[true,"removed"]"#, "expected an object"),
        (r#"{"success":true,"message":"m","errResponse":{}}"#, "an error in a success; its message: m"),
        (r#"{"success":true,"message":"m","errResponse":"no"}"#, "an error in a success; its message: m"),
        (
            r#"{"success":true,"message":"m","errResponse":{"message":"they say why","code":37011}}"#,
            "an error in a success; its message: they say why (code 37011, no such client)",
        ),
        (r#"{"errResponse":{"message":"no"}}"#, "an error in a success; its message: no"),
    ] {
        for body in [body.to_owned(), format!("\u{feff}{body}")] {
            let text =
                format!("the response is not the documented JSON: no content type, {} bytes, {what}", body.len());
            rows.push(error(&body, vec![send(complete(200, "", &body))], 200, UnexpectedResponse, text));
        }
    }
    let no_error = REMOVED.replace('}', ",\"errResponse\":null}");
    let row = error("no error", vec![send(complete(200, "", no_error))], 200, UnexpectedResponse, "");
    rows.push(Row { kind: None, ..row });
    // A redirect is not followed, whatever its body says.
    for status in [301, 302, 303, 307, 308] {
        let target = "location: https://elsewhere.example/a?b\r\n";
        let text = "redirected to https://elsewhere.example/a?b, which is not followed: check the base URL";
        for body in ["", ERROR] {
            let row = error("a redirect", vec![send(complete(status, target, body))], status, Redirect, text);
            let text = if body.is_empty() { row.text } else { row.text + " (code 37011, no such client)" };
            rows.push(Row { text, ..row });
        }
        let undocumented = "the response is not the documented JSON: no content type, empty";
        let steps = vec![send(complete(status, "", ""))];
        rows.push(error("a redirect to nowhere", steps, status, UnexpectedResponse, undocumented));
    }
    rows
}

#[tokio::test(start_paused = true)]
async fn failures_before_the_head_have_no_status() {
    play(before_the_head()).await;
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_body_is_an_error() {
    play(STATUSES.into_iter().flat_map(incomplete_bodies)).await;
}

#[tokio::test(start_paused = true)]
async fn an_undocumented_body_is_an_error() {
    play(STATUSES.into_iter().flat_map(undocumented_bodies)).await;
}

#[tokio::test(start_paused = true)]
async fn a_documented_body_is_accepted() {
    play(STATUSES.into_iter().flat_map(documented_bodies)).await;
}

#[tokio::test(start_paused = true)]
async fn every_status_has_its_kind() {
    play(statuses()).await;
}

async fn play(rows: impl IntoIterator<Item = Row>) {
    let mut failures = Vec::new();
    for row in rows {
        for (idempotent, requests) in [false, true].into_iter().zip(row.requests) {
            let steps = row.steps.clone();
            let server = Server::start_with(move |_| steps.clone()).await;
            let client = server.client_with(at_once().assume_idempotent(idempotent));
            let sent = call(&client).send().await;
            let seen = server.request_count();
            if let Err(why) = judge(&row, requests, seen, sent) {
                failures.push(format!("{}, {}: {why}", row.name, if idempotent { "idempotent" } else { "by default" }));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

type Sent = Result<mantago::Response<mantago::types::BasicSuccessResponse>, Error>;

/// Compares the outcome of a call with the row.
fn judge(row: &Row, requests: usize, seen: usize, sent: Sent) -> Result<(), String> {
    let check = |so: bool, what: String| if so { Ok(()) } else { Err(what) };
    check(seen == requests, format!("{seen} requests, expected {requests}: {sent:?}"))?;
    let error = match sent {
        Ok(reply) => {
            check(row.kind.is_none(), format!("a success, expected {:?}", row.kind))?;
            check(Some(reply.status().as_u16()) == row.status, format!("{}", reply.status()))?;
            check(reply.headers()["x-trace"] == "t", format!("{:?}", reply.headers()))?;
            return check(reply.success && reply.into_inner().message == "removed", "another body".to_owned());
        }
        Err(error) => error,
    };
    check(Some(error.kind()) == row.kind, format!("{:?}, expected {:?}", error.kind(), row.kind))?;
    let status = error.status().map(|status| status.as_u16());
    check(status == row.status, format!("{status:?}, expected {:?}", row.status))?;
    check(status.is_none() || error.headers()["x-trace"] == "t", format!("{:?}", error.headers()))?;

    let shown = error.to_string();
    let is_uncertain = match row.kind {
        Some(Timeout | Connection | ServerError) => true,
        Some(UnexpectedResponse) => row.status == Some(408) || !(300..500).contains(&row.status.unwrap_or_default()),
        _ => false,
    };
    check(error.may_have_taken_effect() == is_uncertain, format!("may_have_taken_effect: {}", !is_uncertain))?;
    check(shown.ends_with(UNCERTAIN) == is_uncertain, shown.clone())?;
    let described = shown.trim_end_matches(UNCERTAIN);
    let text = described.split(" (3 attempts, ").next().unwrap_or_default();
    check((text != described) == (seen == 3), format!("{seen} requests: {shown}"))?;
    check(is_like(text, &row.text), format!("`{text}`, expected `{}`", row.text))?;
    check(shown.lines().count() == 1, shown.clone())?;
    check(error.attempts() as usize == seen, format!("{} attempts", error.attempts()))?;
    let retried_by_default = row.requests[0] > 1;
    check(error.is_retryable() == retried_by_default, format!("is_retryable: {}", error.is_retryable()))?;
    let all = format!("{error} {error:?} {error:#?}");
    check(!all.contains(TOKEN) && !all.contains(SECRET), all)
}

/// Whether a text matches a pattern, in which `*` is any text.
fn is_like(text: &str, expected: &str) -> bool {
    let parts: Vec<_> = expected.split('*').collect();
    let [first, middle @ .., last] = &parts[..] else { return text == expected };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in middle {
        // A star is at least one character.
        let Some(at) = rest.get(1..).and_then(|rest| rest.find(part)) else { return false };
        rest = &rest[1 + at + part.len()..];
    }
    rest.len() > last.len() && rest.ends_with(last)
}

#[tokio::test]
async fn a_failure_to_connect_names_the_server_and_the_cause() {
    let base_url = nowhere();
    let error = untag(&once(&base_url).build().unwrap()).await.unwrap_err();
    let address = base_url.trim_start_matches("http://");
    let refused = std::net::TcpStream::connect(address).unwrap_err();
    assert_eq!((error.kind(), error.status()), (Connection, None));
    assert!(error.is_retryable());
    assert_eq!(error.to_string(), format!("no connection to {address}: {refused}"));
    assert!(std::error::Error::source(&error).unwrap().is::<mantago::reqwest::Error>());
}

/// A connection that is accepted and closed at once: the request may have been sent.
#[tokio::test]
async fn a_connection_closed_at_once_may_have_carried_the_request() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let closing = tokio::spawn(async move {
        loop {
            drop(listener.accept().await.unwrap());
        }
    });
    let error = untag(&once(base_url).build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (Connection, None));
    closing.abort();
}

/// A connection that the server closed between two calls does not fail the second call.
#[tokio::test]
async fn a_dead_pooled_connection_is_replaced() {
    let server = Server::start_with(|_| vec![send(removed()), Close]).await;
    let client = server.client();
    for number in 1..=50 {
        assert_eq!(untag(&client).await.unwrap(), "removed");
        support::until(|| server.open_connections() == 0).await;
        assert_eq!(server.connections(), number);
    }
}

/// An error keeps everything that the server sent, besides its one line.
#[tokio::test]
async fn an_error_keeps_status_headers_and_body() {
    let error = error_of(response("404 Not Found", &[("x-trace", "t-1")], ERROR)).await;
    assert_eq!((error.message(), error.code()), (Some("they say why"), Some(ErrorCode::ClientNotFound)));
    assert_eq!((error.headers()["x-trace"].as_bytes(), error.body()), (&b"t-1"[..], ERROR.as_bytes()));
    let body: ErrorResponse = error.json().unwrap();
    assert_eq!((body.success, body.err_response.code, body.err_response.bot_id), (false, 37011, None));
    assert!(std::error::Error::source(&error).is_none());

    let page = "<html>slow down</html>";
    let error = error_of(response("429 Wait", &[("retry-after", "7"), ("server", "gateway")], page)).await;
    assert_eq!((error.message(), error.code()), (None, None));
    assert_eq!((error.headers()["server"].as_bytes(), error.body()), (&b"gateway"[..], page.as_bytes()));
    assert_eq!(error.retry_after().unwrap().as_secs(), 7);
    assert!(error.json::<ErrorResponse>().is_none());

    let error = error_of("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n").await;
    assert_eq!((error.kind(), error.body()), (Connection, &b"hello"[..]));
    assert!(std::error::Error::source(&error).is_some());

    let refusal = r#"{"success":false,"message":"no","errResponse":{"code":1004}}"#;
    let error = error_of(json("200 OK", refusal)).await;
    assert_eq!((error.message(), error.code()), (Some("no"), Some(ErrorCode::ExpiredCredentials)));
    assert_eq!(error.body(), refusal.as_bytes());
}

/// Text that is not Unicode costs one character and nothing else.
#[tokio::test]
async fn invalid_unicode_loses_only_that_character() {
    for (written, read) in [
        (&b"gel\xf6scht"[..], "gel\u{fffd}scht"),
        (b"half a pair \\ud83d!", "half a pair \u{fffd}!"),
        (b"the other half \\uDE00\\ud83d", "the other half \u{fffd}\u{fffd}"),
        (b"a pair \\ud83d\\ude00 and \xff", "a pair \u{1f600} and \u{fffd}"),
        (b"no escape \\\\ud83d \xe9", "no escape \\ud83d \u{fffd}"),
        ("\u{e9} \\n\\\"\\/ \\udfff".as_bytes(), "\u{e9} \n\"/ \u{fffd}"),
    ] {
        let body = |start: &str, end: &str| [start.as_bytes(), written, end.as_bytes()].concat();
        let error = error_of(json("404 No", body(r#"{"errResponse":{"message":""#, r#"","code":37011}}"#))).await;
        assert_eq!((error.kind(), error.code()), (NotFound, Some(ErrorCode::ClientNotFound)), "{read}");
        assert_eq!(error.message(), Some(read));
        assert!(error.json::<serde_json::Value>().is_some());
        let refused = error_of(json("200 OK", body(r#"{"success":false,"message":""#, r#""}"#))).await;
        assert_eq!((refused.kind(), refused.message()), (Refused, Some(read)));
        let server = Server::start(json("200 OK", body(r#"{"success":true,"message":""#, r#""}"#))).await;
        assert_eq!(untag(&server.client()).await.unwrap(), read);
    }
}

/// An error does not keep the memory of text that it does not show.
#[tokio::test]
async fn an_error_keeps_no_more_than_it_shows() {
    const LONG: usize = 15 * 1024 * 1024;
    let says = |text: &str| format!(r#"{{"success":false,"message":"{text}"}}"#);
    for (body, kind) in [
        (says(&"x".repeat(LONG)), Refused),
        (says(&"\u{e9}".repeat(LONG / 2)), Refused),
        (format!(r#"{{"success":true,"x":"{}"}}"#, "x".repeat(LONG)), UnexpectedResponse),
        ("x".repeat(LONG), UnexpectedResponse),
    ] {
        let error = error_of(json("200 OK", body)).await;
        assert_eq!((error.kind(), error.body().len()), (kind, 64 * 1024));
        assert!(error.to_string().chars().count() < 400, "{}", error.to_string().len());
        assert_eq!(error.message().map_or(64 * 1024, str::len), 64 * 1024);
    }
    // A character is not cut: the limit is within one.
    let error = error_of(json("403 Forbidden", says(&("x".to_owned() + &"\u{e9}".repeat(40_000))))).await;
    assert_eq!(error.message().map(str::len), Some(64 * 1024 - 1));
}

/// It counts all attempts: a later refusal does not undo an earlier attempt.
#[tokio::test]
async fn may_have_taken_effect_covers_all_attempts() {
    let refused = || json("404 Not Found", ERROR);
    let busy = || json("503 Busy", "");
    let limited = || json("429 Wait", "");
    for (responses, start, end) in [
        (vec![refused()], "404 Not Found: they say why (code 37011, no such client)", ""),
        (vec![limited(), refused()], "404 Not Found: they say why (code 37011, no such client) (2 attempts, ", ""),
        (vec![busy(), refused()], "404 Not Found: they say why (code 37011, no such client) (2 attempts, ", EARLIER),
        (vec![busy(), limited(), refused()], "404 Not Found: ", EARLIER),
        (
            vec![busy(), json("200 OK", r#"{"success":false}"#)],
            "refused with 200 OK: no message (2 attempts, ",
            EARLIER,
        ),
        (vec![busy(), json("302 Found", "")], "302 Found: ", EARLIER),
        (
            vec![json("500 Oh", ERROR)],
            "500 Internal Server Error: they say why (code 37011, no such client)",
            UNCERTAIN,
        ),
        (vec![json("200 OK", "{}")], "200 OK: ", UNCERTAIN),
        (vec![json("302 Found", "")], "302 Found: ", ""),
        (vec![json("200 OK", r#"{"success":false}"#)], "refused with 200 OK: no message", ""),
    ] {
        let server = Server::in_turn(responses).await;
        let error = untag(&server.client_with(at_once())).await.unwrap_err();
        let shown = error.to_string();
        assert_eq!(error.may_have_taken_effect(), !end.is_empty(), "{shown}");
        assert!(shown.starts_with(start) && shown.ends_with(end), "`{shown}`, expected `{start}…{end}`");
        assert_eq!(shown.contains("carried out"), !end.is_empty(), "{shown}");
    }

    // A connection that was lost, and then none.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = once(format!("http://{}", listener.local_addr().unwrap()));
    let client = client.retry(at_once().assume_idempotent(true)).build().unwrap();
    let lost = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 64]).await.unwrap();
    });
    let error = untag(&client).await.unwrap_err();
    lost.await.unwrap();
    assert!(error.is_retryable() && error.may_have_taken_effect(), "{error}");
    assert!(is_like(
        &error.to_string(),
        "no connection to *; the request may have been carried out by an earlier attempt"
    ));

    // Nothing was sent.
    let client = once(nowhere()).build().unwrap();
    assert!(!untag(&client).await.unwrap_err().may_have_taken_effect());
    assert!(!call(&client).bot_id(" ").send().await.unwrap_err().may_have_taken_effect());
}

/// 64 KiB of an error's body are kept, even if the server never stops sending.
#[tokio::test]
async fn an_error_body_is_kept_up_to_64_kib() {
    for status in ["404 Not Found", "418 I'm a teapot"] {
        let mut endless = format!("HTTP/1.1 {status}\r\ncontent-length: 1073741824\r\n\r\n").into_bytes();
        endless.resize(endless.len() + 200_000, b'x');
        let error = error_of(endless).await;
        assert_eq!(error.status().unwrap().as_u16().to_string(), status[..3]);
        assert_eq!(error.body().len(), 64 * 1024);
        assert!(error.to_string().starts_with(&format!(
            "{status}: the response is not the documented JSON: no content type, more than 64 KiB"
        )));
    }
}

/// Nothing is sent to the target.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let other = Server::start(removed()).await;
        let target = format!("{}/elsewhere", other.url());
        let server = Server::start(response(status, &[("location", &target)], "")).await;
        let follower = mantago::reqwest::Client::builder().redirect(mantago::reqwest::redirect::Policy::limited(9));
        for builder in [once(server.url()), once(server.url()).http(follower)] {
            let error = untag(&builder.build().unwrap()).await.unwrap_err();
            assert_eq!((error.kind(), error.headers()["location"].as_bytes()), (Redirect, target.as_bytes()));
        }
        assert_eq!((other.connections(), server.request_count()), (0, 2));
    }
}

#[tokio::test]
async fn every_documented_code_is_parsed() {
    for (number, code, shown) in [
        (1002, ErrorCode::WrongCredentials, "1002, wrong token or secret, or a plan without Open API"),
        (1004, ErrorCode::ExpiredCredentials, "1004, token or secret expired: refresh the pair"),
        (
            5001,
            ErrorCode::BotNotFound,
            "5001, no such bot: the ID is what follows /chatbot/ in the dashboard's address",
        ),
        (36000, ErrorCode::BroadcastFailed, "36000, the broadcast failed"),
        (37011, ErrorCode::ClientNotFound, "37011, no such client"),
        (60001, ErrorCode::BindFailed, "60001, binding failed"),
        (60002, ErrorCode::UnbindFailed, "60002, unbinding failed"),
        (110_000, ErrorCode::MissingFields, "110000, required fields of the body are missing"),
        (120_000, ErrorCode::SupersededCredentials, "120000, token and secret were replaced: use the newer pair"),
        (120_001, ErrorCode::UpdateFailed, "120001, the update failed"),
        (-7, ErrorCode::Other(-7), "-7"),
        (i64::MAX, ErrorCode::Other(i64::MAX), "9223372036854775807"),
    ] {
        assert_eq!((ErrorCode::from(number), code.number()), (code, number));
        // A code says nothing of the status that it comes with.
        let error = error_of(json("403 Forbidden", ERROR.replace("37011", &number.to_string()))).await;
        assert_eq!((error.kind(), error.code()), (PermissionDenied, Some(code)));
        assert_eq!(error.to_string(), format!("403 Forbidden: they say why (code {shown})"));
    }
}

/// `Display` shortens a server's message to one line, and `message()` has all of it.
#[tokio::test]
async fn a_server_message_is_displayed_as_one_line() {
    let says = |message: &str| {
        let body = serde_json::json!({ "success": false, "errResponse": { "message": message, "code": 5 } });
        error_of(json("403 Forbidden", body.to_string()))
    };
    let error = says("first\n\n\tsecond\u{1b}[31m\u{7} third").await;
    assert_eq!(error.to_string(), "403 Forbidden: first second [31m third (code 5)");
    assert_eq!(error.message(), Some("first\n\n\tsecond\u{1b}[31m\u{7} third"));

    let error = says(&"é".repeat(1000)).await;
    let shown = error.to_string();
    assert!(shown.starts_with("403 Forbidden: éé") && shown.ends_with("é… (code 5)"), "{shown}");
    assert!(shown.chars().count() < 350, "{shown}");
    assert_eq!(error.message().unwrap().chars().count(), 1000);
}
