//! The client of three merged pages: the vendored one, `clients.json` and `bots.json`.

mod loopback;

use std::time::Duration;

use loopback::{REMOVED, SECRET, Server, TOKEN, answer, json};
use mantago::types::{ClientUpdateRequest, TokenRequest};
use mantago::{ApiError, ClientIdentity, ErrorKind, Platform, RetryPolicy, types};

#[tokio::test]
async fn get_and_post_on_one_path() {
    let client_answer =
        r#"{"success":true,"client":{"id":"c 1","nickname":null,"tags":[{"id":"t","kind":"shared","new":1}]}}"#;
    let server = Server::start_with(move |request| {
        json("200 OK", if request.line().starts_with("GET") { client_answer } else { REMOVED })
    })
    .await;
    let client = server.client();

    let read = client.client_get().bot_id("b").client_id("c 1").send().await.unwrap();
    assert_eq!(read.client.tags[0].kind, types::TagKind::Shared);
    let update: ClientUpdateRequest = ClientUpdateRequest::builder().secret(SECRET).try_into().unwrap();
    let updated = client.client().bot_id("b").client_id("c 1").body(update).send().await.unwrap();
    assert_eq!(updated.message, "removed");

    let lines: Vec<_> = server.requests().iter().map(|request| request.line().to_owned()).collect();
    assert_eq!(lines, ["GET /openapi/client/c%201?botId=b HTTP/1.1", "POST /openapi/client/c%201?botId=b HTTP/1.1"]);
    assert!(server.requests()[0].header("content-type").is_empty());
}

/// A GET changes nothing, so it is sent again where a POST is not.
#[tokio::test]
async fn a_get_is_harmless() {
    let server = Server::start(answer("502 Bad Gateway", &[], "")).await;
    let policy = RetryPolicy::default().backoff(Duration::ZERO, Duration::ZERO);
    let client = server.client().with_retry(policy);
    let error = client.client_get().bot_id("b").client_id("c").send().await.map(drop).unwrap_err();
    assert_eq!(ApiError::from(error).attempts(), 3);
    let call = client.client().bot_id("b").client_id("c").body_map(|body| body.secret("s"));
    assert_eq!(ApiError::from(call.send().await.map(drop).unwrap_err()).attempts(), 1);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn odd_characters_in_a_path() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    let client = server.client();
    for odd in ["a/b", "a b", "a?b#c", "100%", "%2e%2e", "標籤", "a+b;c=d", "...", "a\tb\n", "👩‍👧", "[x]|^`", "~"]
    {
        let call = client.client_tag_history().bot_id("b").client_id(odd).tag_id("t").limit(5);
        call.body_map(|body| body.secret("s")).send().await.unwrap();
        let request = server.requests().pop().unwrap();
        let target = request.line().split(' ').nth(1).unwrap();
        let url = mantago::reqwest::Url::parse(&server.url()).unwrap().join(target).unwrap();
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        assert_eq!(segments.len(), 6, "{odd:?}");
        let client_id = percent_decoded(segments[2]);
        assert_eq!((client_id.as_str(), segments[4]), (odd, "t"));
        assert_eq!(request.query(), [("botId", "b"), ("limit", "5")].map(|(k, v)| (k.to_owned(), v.to_owned())));
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            bytes.push(u8::from_str_radix(str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// What a URL cannot carry as one segment is refused: it would be another path.
#[tokio::test]
async fn a_path_stays_the_documents() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    let client = server.client();
    for lost in ["", ".", "..", "a\\b", "..\\..\\x"] {
        let call = client.client_tag_history().bot_id("b").client_id("c").tag_id(lost);
        let error = ApiError::from(call.body_map(|body| body.secret("s")).send().await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(
            error.to_string(),
            "invalid request: a parameter of the path /openapi/client/{clientId}/tag/{tagId}/history is empty, \".\", \"..\" or has a backslash: no URL can carry it"
        );
        let error = ApiError::from(client.client_get().bot_id("b").client_id(lost).send().await.map(drop).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    assert_eq!(server.connections(), 0);
}

/// The rule holds for each operation whose body is that schema, and for one whose body is it and more.
#[tokio::test]
async fn the_rule_holds_for_each_operation_that_it_is_for() {
    let server = Server::start(answer("200 OK", &[], "")).await;
    let client = server.client();
    let mut broken = loopback::request();
    broken.platform = Some(Platform::Line);
    let error = client.personal_tag_mapping().bot_id("b").body(broken.clone()).send().await.map(drop).unwrap_err();
    assert_eq!(ApiError::from(error).kind(), ErrorKind::InvalidRequest);

    let bind = |body: types::BindCustomerBody| client.bind_customer().bot_id("b").body(body).send();
    let body = |client_id: Option<String>| {
        let body = types::BindCustomerBody::builder().secret(SECRET).tag_id("t").customer_id("cu");
        body.client_id(client_id).try_into().unwrap()
    };
    let error = ApiError::from(bind(body(None)).await.map(drop).unwrap_err());
    assert!(error.to_string().starts_with("invalid request: no client is identified"), "{error}");
    assert_eq!(server.connections(), 0);
    bind(body(Some("c".to_owned()))).await.unwrap();
    assert_eq!(server.request().json()["customerId"], "cu");
}

/// A body without the rule's schema is not checked against it.
#[tokio::test]
async fn other_operations_are_free_of_the_rule() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    let body = |body: types::builder::TokenRequest| body.secret("s");
    let reply = server.client().type_().bot_id("b").body_map(body).send().await.unwrap();
    assert_eq!(reply.message, "removed");
}

#[tokio::test]
async fn secrets_of_every_shape_are_kept() {
    let answer = r#"{"success":true,"token":"eyNew-tok-1","secret":"new-sec-1"}"#;
    let server = Server::start(json("200 OK", answer)).await;
    let client = server.client();
    let body: TokenRequest =
        TokenRequest::builder().secret(SECRET).token(mantago::Secret::from(TOKEN)).try_into().unwrap();
    assert_eq!(format!("{body:?}"), "TokenRequest { secret: Secret(redacted), token: Some(Secret(redacted)) }");
    let reply = client.token_refresh().bot_id("b").body(body).send().await.unwrap();
    assert_eq!(
        format!("{reply:?}"),
        "TokenResponse { secret: Secret(redacted), success: true, token: Secret(redacted) }"
    );
    assert_eq!(reply.token.expose_secret(), "eyNew-tok-1");
    assert_eq!(server.request().json(), serde_json::json!({ "secret": SECRET, "token": TOKEN }));
    client.with_token(reply.token.clone()).unwrap();

    let said = r#"{"success":false,"errResponse":{"message":"no body-tok-77 and no body-sec-88","code":1}}"#;
    let server = Server::start(json("401 Unauthorized", said)).await;
    let client = server.client();
    let call = client
        .token_refresh()
        .bot_id("b")
        .body_map(|body| body.secret("body-sec-88").token(mantago::Secret::from("body-tok-77")));
    let error = ApiError::from(call.send().await.map(drop).unwrap_err());
    assert_eq!(error.message(), Some("no [redacted] and no [redacted]"));
}

/// An error whose body is not JSON is there as a stream too, without what the request has to hide.
#[tokio::test]
async fn an_error_as_a_stream() {
    let server = Server::start(answer("404 Not Found", &[], format!("no text for {TOKEN}"))).await;
    let error = server.client().export_text().bot_id("b").send().await.map(drop).unwrap_err();
    let mantago::Error::ErrorResponse(response) = error else { panic!("{error:?}") };
    assert_eq!(response.status().as_u16(), 404);
    let mut stream = response.into_inner_stream();
    let read = std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await;
    assert_eq!(read.unwrap().unwrap(), "no text for [redacted]");
}

/// A stream is handed on as it comes, and its errors are read like all others.
#[tokio::test]
async fn a_stream_is_not_read_ahead() {
    let begun = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nfirst";
    let server = Server::start(begun).await;
    let client = server.client();
    let stream = client.export_file().bot_id("b").send().await.unwrap();
    assert_eq!(stream.status().as_u16(), 200);

    let server = Server::start(json("404 Not Found", "<html>")).await;
    let client = server.client();
    let error = ApiError::from(client.export_file().bot_id("b").send().await.map(drop).unwrap_err());
    assert_eq!((error.kind(), error.body()), (ErrorKind::NotFound, &b"<html>"[..]));
}

#[test]
fn the_vendored_operation_is_as_it_was() {
    let identity = ClientIdentity::client_id("c").unwrap();
    types::PersonalTagMappingRequest::for_client(identity, "t", "s").validate().unwrap();
}
