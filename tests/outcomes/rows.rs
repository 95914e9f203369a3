//! The table of server behaviour and outcomes.

use ErrorKind::{
    Connection, NotFound, PermissionDenied, RateLimited, Redirect, Refused, Server as ServerError, Timeout,
    Unauthorized, UnexpectedResponse,
};
use Step::{Close, Drip, Forever, Reset, Stall};
use mantago::ErrorKind;
use mantago::reqwest::StatusCode;

use super::support::{ERROR, REMOVED, SHOWN_ERROR, Step, send};

/// The behaviour of a server and the outcome of a call: a success (no kind), or an error's kind, status and text, in which `*`
/// matches text of other crates. `requests` are the numbers of requests by default, and if requests count as idempotent.
pub struct Row {
    pub name: String,
    pub steps: Vec<Step>,
    pub kind: Option<ErrorKind>,
    pub status: Option<u16>,
    pub text: String,
    pub requests: [usize; 2],
}

const NEVER_RETRIED: [usize; 2] = [1, 1];
const RETRIED_IF_IDEMPOTENT: [usize; 2] = [1, 3];
const RETRIED: [usize; 2] = [3, 3];

const LOST: &str = "connection to 127.0.0.1:* lost: *";
const TOO_LATE: &str = "timed out: no complete response from 127.0.0.1:* within 30.0 s";

/// The statuses for the rows on bodies: a success, a documented error, an undocumented status, and an error that is retried.
pub const STATUSES: [u16; 4] = [200, 404, 418, 429];

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
pub fn before_the_head() -> Vec<Row> {
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
pub fn incomplete_bodies(status: u16) -> Vec<Row> {
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
pub fn undocumented_bodies(status: u16) -> Vec<Row> {
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
        // MantaGO's message is shown even if the rest of the body is unreadable.
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
pub fn documented_bodies(status: u16) -> Vec<Row> {
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
pub fn statuses() -> Vec<Row> {
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
    // Any 2xx is a success with the documented body, and none without it.
    for status in [200, 201, 202, 203, 206, 299] {
        let row = error("a success", vec![send(complete(status, "", REMOVED))], status, UnexpectedResponse, "");
        rows.push(Row { kind: None, ..row });
    }
    for status in [204, 304] {
        let undocumented = "the response is not the documented JSON: no content type, empty";
        rows.push(error("no content", vec![send(head(status, "\r\n"))], status, UnexpectedResponse, undocumented));
    }
    // A success status with `success: false` is an error, with or without other fields.
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
    // A redirect is not followed, even if its body reports a success.
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
