//! Each answer of the server ends in the outcome that its status says, documented or not, and no answer is lost.

mod loopback;

use std::time::{Duration, SystemTime};

use loopback::{REMOVED, Server, answer, error_of, json, once, untag};
use mantago::reqwest::StatusCode;
use mantago::{ApiError, Error, ErrorCode, ErrorKind};

/// The documented error statuses, and what they are read as.
const DOCUMENTED: [(&str, ErrorKind); 5] = [
    ("401 Unauthorized", ErrorKind::Unauthorized),
    ("403 Forbidden", ErrorKind::PermissionDenied),
    ("404 Not Found", ErrorKind::NotFound),
    ("429 Too Many Requests", ErrorKind::RateLimited),
    ("500 Internal Server Error", ErrorKind::Server),
];

const NOT_DOCUMENTED: &str = "the answer is not as documented";

fn error_body(message: &str, code: i64) -> String {
    serde_json::json!({ "success": false, "errResponse": { "message": message, "code": code, "botId": "bot-7" } })
        .to_string()
}

#[tokio::test]
async fn the_documented_success() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    let client = server.client();
    let reply = client.personal_tag_mapping_delete().bot_id("b").body(loopback::request()).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    assert_eq!(reply.headers()["content-type"], "application/json");
    assert!(reply.success);
    assert_eq!(reply.message, "removed");
}

#[tokio::test]
async fn each_documented_error() {
    for (status, kind) in DOCUMENTED {
        let body = error_body("they say why", 37011);
        let server = Server::start(answer(status, &[("x-trace", "t-1")], &body)).await;
        let error = untag(&server.client()).await.unwrap_err();

        assert_eq!(error.kind(), kind);
        assert_eq!(error.status().unwrap().as_u16().to_string(), status[..3]);
        assert_eq!(error.code(), Some(ErrorCode::ClientNotFound));
        assert_eq!(error.message(), Some("they say why"));
        assert_eq!(error.headers()["x-trace"], "t-1");
        assert_eq!(error.is_retryable(), kind == ErrorKind::RateLimited);
        assert_eq!(error.to_string(), format!("{status}: they say why (code 37011, no such client)"));
        assert!(std::error::Error::source(&error).is_none());
        assert_eq!(server.requests().len(), 1);
    }
}

/// What an operation returns stays progenitor's own error, with the documented type in it.
#[tokio::test]
async fn the_documented_error_keeps_its_type() {
    let server = Server::start(json("404 Not Found", error_body("gone", 1))).await;
    let client = server.client();
    let sent = client.personal_tag_mapping_delete().bot_id("b").body(loopback::request()).send().await;
    let Err(Error::ErrorResponse(response)) = sent else { panic!("not a documented error") };
    assert_eq!(response.err_response.bot_id.as_deref(), Some("bot-7"));
    assert_eq!(response.err_response.code, 1);
}

#[tokio::test]
async fn each_undocumented_status() {
    for (status, kind) in [
        ("201 Created", ErrorKind::UnexpectedResponse),
        ("204 No Content", ErrorKind::UnexpectedResponse),
        ("304 Not Modified", ErrorKind::UnexpectedResponse),
        ("400 Bad Request", ErrorKind::UnexpectedResponse),
        ("418 I'm a teapot", ErrorKind::UnexpectedResponse),
        ("502 Bad Gateway", ErrorKind::Server),
        ("503 Service Unavailable", ErrorKind::Server),
    ] {
        let bodiless = status.starts_with("204") || status.starts_with("304");
        let body = if bodiless { "" } else { "<h1>no</h1>" };
        let head = format!("HTTP/1.1 {status}\r\nx-trace: t-2\r\n");
        let length = if bodiless { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        let error = error_of(format!("{head}{length}\r\n{body}")).await;

        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(error.status().unwrap().as_u16().to_string(), status[..3]);
        assert_eq!(error.headers()["x-trace"], "t-2");
        assert_eq!(error.body(), body.as_bytes());
        assert_eq!((error.code(), error.message()), (None, None));
        assert_eq!(error.is_retryable(), status.starts_with("503"));
        assert_eq!(error.to_string(), format!("{status}: {NOT_DOCUMENTED}"));
    }
}

/// An undocumented status may still say in MantaGO's way what is wrong.
#[tokio::test]
async fn an_undocumented_status_with_the_documented_body() {
    let error = error_of(json("400 Bad Request", error_body("fields are missing", 110_000))).await;
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert_eq!(error.code(), Some(ErrorCode::MissingFields));
    assert_eq!(
        error.to_string(),
        "400 Bad Request: fields are missing (code 110000, required fields of the body are missing)"
    );
}

#[tokio::test]
async fn an_undecodable_body_of_each_documented_status() {
    let bodies: [&[u8]; 8] = [
        b"<html>slow down</html>",
        b"",
        br#"{"success":false,"errResponse":{"mess"#,
        br#"{"success":false}"#,
        br#"{"success":false,"errResponse":{"message":"m","code":"1004"}}"#,
        b"null",
        b"\xff\xfe{\x00}\x00",
        b"{\"success\":\"\xff\"}",
    ];
    for (status, kind) in DOCUMENTED {
        for body in bodies {
            let error = error_of(answer(status, &[("retry-after", "7"), ("server", "gateway")], body)).await;
            assert_eq!(error.kind(), kind);
            assert_eq!(error.status().unwrap().as_u16().to_string(), status[..3]);
            assert_eq!(error.headers()["server"], "gateway");
            assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
            assert_eq!(error.body(), body);
            assert_eq!(error.code(), None);
            assert_eq!(error.is_retryable(), kind == ErrorKind::RateLimited);
            // What MantaGO says is shown all the same, where half of it can be read.
            assert_eq!(error.message(), body.ends_with(b"\"1004\"}}").then_some("m"));
            assert_eq!(error.to_string(), format!("{status}: {}", error.message().unwrap_or(NOT_DOCUMENTED)));
            assert!(std::error::Error::source(&error).unwrap().is::<serde_json::Error>());
        }
    }
}

#[tokio::test]
async fn an_undecodable_success() {
    let bodies: [&[u8]; 5] = [b"<html>", b"", br#"{"success":true}"#, b"[]", br#"{"message":"m"}"#];
    for body in bodies {
        let error = error_of(answer("200 OK", &[("x-trace", "t-3")], body)).await;
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
        assert_eq!(error.status(), Some(StatusCode::OK));
        assert_eq!(error.headers()["x-trace"], "t-3");
        assert_eq!(error.body(), body);
        // What it says is not shown as if the call had succeeded.
        let message = error.message().map(|message| format!(": {message}")).unwrap_or_default();
        assert_eq!(error.to_string(), format!("200 OK: {NOT_DOCUMENTED}{message}"));
    }
}

#[tokio::test]
async fn a_success_that_says_it_is_none_is_an_error() {
    for (body, shown, code) in [
        (r#"{"success":false,"message":"tag is in use"}"#, "200 OK: tag is in use", None),
        (r#"{"success":false}"#, "200 OK: the server says that it did not succeed", None),
        // A number that no f64 holds: it is not looked at, whether the rest is as documented or not.
        (r#"{"success":false,"x":1e999}"#, "200 OK: the server says that it did not succeed", None),
        (r#"{"success":false,"message":"no","x":1e999}"#, "200 OK: the server says that it did not succeed", None),
        (
            r#"{"success":false,"errResponse":{"message":"no such client","code":37011}}"#,
            "200 OK: no such client (code 37011, no such client)",
            Some(ErrorCode::ClientNotFound),
        ),
    ] {
        let server = Server::start(json("200 OK", body)).await;
        let client = server.client();
        let sent = client.personal_tag_mapping_delete().bot_id("b").body(loopback::request()).send().await;
        let error = ApiError::from(sent.expect_err("`?` alone must see the refusal"));
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(error.status(), Some(StatusCode::OK));
        assert_eq!(error.code(), code);
        assert_eq!(error.to_string(), shown);
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let success = r#"{"success":true,"message":"m","trace":{"id":[1,null]},"messages":7}"#;
    let server = Server::start(json("200 OK", success)).await;
    assert_eq!(untag(&server.client()).await.unwrap(), "m");

    let error = r#"{"success":false,"x":1,"errResponse":{"message":"m","code":5,"hint":"h","args":{}}}"#;
    let error = error_of(json("403 Forbidden", error)).await;
    assert_eq!(error.to_string(), "403 Forbidden: m (code 5)");
    assert_eq!(error.code(), Some(ErrorCode::Other(5)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let other = Server::start(json("200 OK", REMOVED)).await;
        let target = format!("{}/elsewhere", other.url());
        let server = Server::start(answer(status, &[("location", &target)], "")).await;
        let error = untag(&server.client()).await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Redirect);
        assert_eq!(error.status().unwrap().as_u16().to_string(), status[..3]);
        assert_eq!(error.headers()["location"], target.as_str());
        assert!(!error.is_retryable());
        assert_eq!(
            error.to_string(),
            format!("{status}: a redirect to {target}, which is not followed: expected the API's own base URL")
        );
        assert_eq!(other.connections(), 0);
        assert_eq!(server.requests().len(), 1);
    }
}

/// Nor with a `reqwest::Client` that follows redirects: it cannot send the body on.
#[tokio::test]
async fn no_redirect_takes_the_secret_along() {
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let other = Server::start(json("200 OK", REMOVED)).await;
        let server = Server::start(answer(status, &[("location", &other.url())], "")).await;
        let follower = loopback::reqwest_client().build().unwrap();
        let client = once(server.url()).http_client(follower).build().unwrap();
        let error = untag(&client).await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Redirect, "{status}");
        if status.starts_with("307") || status.starts_with("308") {
            assert_eq!(other.connections(), 0);
        } else {
            let request = other.request();
            assert_eq!(request.line(), "GET / HTTP/1.1");
            assert!(request.body.is_empty());
            assert!(request.header("authorization").is_empty());
            assert_eq!(
                error.to_string(),
                "200 OK: the reqwest::Client followed a redirect, which may show the token to its target: expected redirect::Policy::none()"
            );
        }
    }
}

#[tokio::test]
async fn every_code_is_read() {
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
        assert_eq!(ErrorCode::from(number), code);
        assert_eq!(code.number(), number);
        // A code says nothing of the status that it comes with.
        let error = error_of(json("403 Forbidden", error_body("m", number))).await;
        assert_eq!(error.code(), Some(code));
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert_eq!(error.to_string(), format!("403 Forbidden: m (code {shown})"));
    }
}

#[tokio::test]
async fn retry_after_in_both_forms() {
    let limited = |values: &[&str]| {
        let headers: Vec<_> = values.iter().map(|value| ("retry-after", *value)).collect();
        error_of(answer("429 Too Many Requests", &headers, ""))
    };
    for (values, wait) in [
        (&["0"][..], Some(0)),
        (&["120"], Some(120)),
        (&["Mon, 23 Nov 2020 00:00:00 GMT"], Some(0)),
        (&["3", "9"], Some(9)),
        (&[], None),
        (&["-1"], None),
        (&["soon"], None),
        (&["1.5"], None),
        (&[""], None),
    ] {
        assert_eq!(limited(values).await.retry_after(), wait.map(Duration::from_secs), "{values:?}");
    }

    let in_a_minute = httpdate(SystemTime::now() + Duration::from_secs(60));
    let wait = limited(&[&in_a_minute]).await.retry_after().unwrap();
    assert!((50..=60).contains(&wait.as_secs()), "{wait:?}");
}

fn httpdate(date: SystemTime) -> String {
    httpdate::fmt_http_date(date)
}

/// A foreign message stays one line of a length that fits a log.
#[tokio::test]
async fn a_message_of_the_server_is_one_line() {
    let error = error_of(json("403 Forbidden", error_body("first\n\n\tsecond\u{1b}[31m\u{7} third", 5))).await;
    assert_eq!(error.to_string(), "403 Forbidden: first second [31m third (code 5)");
    assert_eq!(error.message(), Some("first\n\n\tsecond\u{1b}[31m\u{7} third"));

    let error = error_of(json("403 Forbidden", error_body(&"é".repeat(1000), 5))).await;
    assert_eq!(error.to_string(), format!("403 Forbidden: {}… (code 5)", "é".repeat(300)));
    assert_eq!(error.message().unwrap().chars().count(), 1000);
}

/// Of an error's body 64 KiB are kept, though the server never stops sending.
#[tokio::test]
async fn an_error_body_is_read_up_to_a_limit() {
    for status in ["404 Not Found", "418 I'm a teapot"] {
        let mut endless = format!("HTTP/1.1 {status}\r\ncontent-length: 1073741824\r\n\r\n").into_bytes();
        endless.resize(endless.len() + 200_000, b'x');
        let error = error_of(endless).await;
        assert_eq!(error.status().unwrap().as_u16().to_string(), status[..3]);
        assert_eq!(error.body().len(), 64 * 1024);
    }
}

/// An undocumented success is no success, whatever its body says; of that, as much is kept as of an error.
#[tokio::test]
async fn an_undocumented_success_with_the_documented_body() {
    let body = format!(r#"{{"success":true,"message":"removed","more":"{}"}}"#, "x".repeat(200_000));
    let error = error_of(json("201 Created", &body)).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::UnexpectedResponse, Some(StatusCode::CREATED)));
    assert_eq!(error.body(), &body.as_bytes()[..64 * 1024]);
    let error = error_of(json("201 Created", REMOVED)).await;
    assert_eq!(error.to_string(), "201 Created: the answer is not as documented: removed");
}

/// A refusal counts though the connection breaks after it.
#[tokio::test]
async fn a_refusal_that_breaks_off() {
    let body = r#"{"success":false,"message":"tag is in use"}"#;
    let chunks =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\nbroken\r\n", body.len());
    let error = error_of(chunks).await;
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Refused, "200 OK: tag is in use".to_owned()));
}
