//! An error keeps the response, within limits, and reports whether the request may have been carried out.

mod support;

use ErrorKind::{Connection, NotFound, PermissionDenied, Redirect, Refused, UnexpectedResponse};
use Step::Close;
use mantago::types::ErrorResponse;
use mantago::{ErrorCode, ErrorKind};
use support::{ERROR, Server, Step, at_once, call, error_of, json, nowhere, once, removed, response, send, untag};

const UNCERTAIN: &str = "; the request may have been carried out";
const EARLIER: &str = "; the request may have been carried out by an earlier attempt";

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
    // The limit is within a character, which is dropped as a whole.
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

    // First a lost connection, then no connection.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let builder = once(format!("http://{}", listener.local_addr().unwrap()));
    let client = builder.retry(at_once().assume_idempotent(true)).build().unwrap();
    let lost = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 64]).await.unwrap();
    });
    let error = untag(&client).await.unwrap_err();
    lost.await.unwrap();
    assert!(error.is_retryable() && error.may_have_taken_effect(), "{error}");
    let shown = error.to_string();
    assert!(shown.starts_with("no connection to ") && shown.ends_with(EARLIER), "{shown}");

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
        // A code may come with any status.
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
