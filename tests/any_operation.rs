//! `Client::request`: an operation without a method of its own is the same call as one with it.

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use mantago::types::{BasicSuccessResponse, PersonalTagMappingRequest};
use mantago::{ClientIdentity, Credentials, ErrorCode, ErrorKind, Method, Platform, RetryPolicy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use support::{ERROR, SECRET, Server, TOKEN, at_once, credentials, nowhere, once, removed, request, response};

const ASSIGN: &str = "/openapi/personalTagMapping";

/// A request type that a user defines.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AutoTagMapping {
    #[serde(flatten)]
    client: ClientIdentity,
    auto_tag_id: String,
}

#[tokio::test]
async fn a_request_is_sent_byte_for_byte() {
    let server = Server::start(removed()).await;
    let client = server.client();
    let call = client.request(Method::POST, ASSIGN).query("botId", "bot-7").body(request());
    let reply = call.send::<BasicSuccessResponse>().await.unwrap();
    assert_eq!((&*reply.message, reply.status().as_u16(), reply.attempts()), ("removed", 200, 1));
    support::untag(&client).await.unwrap();

    // Apart from the path, the bytes are those of a typed call.
    let [any, typed] = &server.requests()[..] else { panic!("two requests") };
    assert_eq!(any.line(), "POST /openapi/personalTagMapping?botId=bot-7 HTTP/1.1");
    let sorted = |request: &support::Request| {
        let mut headers = request.head[1..].to_vec();
        headers.sort();
        headers
    };
    assert_eq!(sorted(any), sorted(typed));
    assert_eq!(any.json(), typed.json());
    assert_eq!(any.json(), json!({ "clientId": "client-1", "tagId": "tag-42", "secret": SECRET }));
}

#[tokio::test]
async fn a_custom_body_identifies_one_client() {
    let server = Server::start(removed()).await;
    let target = ClientIdentity::platform(Platform::Line, "U4af49806").unwrap();
    let body = AutoTagMapping { client: target, auto_tag_id: "auto-7".to_owned() };
    let client = server.client();
    client.request(Method::POST, "/openapi/autoTagMapping").body(&body).send::<()>().await.unwrap();
    let sent = json!({ "platform": "line", "platformClientId": "U4af49806", "autoTagId": "auto-7", "secret": SECRET });
    assert_eq!(server.request().json(), sent);
}

/// Requests and builders own their client.
#[tokio::test]
async fn a_call_can_be_spawned() {
    let server = Server::start(removed()).await;
    let (any, typed) = {
        let client = once(server.url()).bot_id("bot-7").build().unwrap();
        let any = tokio::spawn(client.request(Method::POST, "/a").send::<BasicSuccessResponse>());
        (any, tokio::spawn(client.personal_tag_mapping_delete().body(request()).send()))
    };
    for call in [any, typed] {
        assert_eq!(call.await.unwrap().unwrap().message, "removed");
    }
}

#[tokio::test]
async fn a_body_must_be_an_object_without_a_secret() {
    const EXPECTED: &str = "expected a JSON object without a secret: the client adds its own";
    let server = Server::start(removed()).await;
    let client = server.client();
    let call = || client.request(Method::POST, "/a");
    let keys_that_are_none = BTreeMap::from([((1, 2), 3)]);
    for (call, why) in [
        (call().body(json!([1])), EXPECTED),
        (call().body("text"), EXPECTED),
        (call().body(()), EXPECTED),
        (call().body(None::<AutoTagMapping>), EXPECTED),
        (call().body(7), EXPECTED),
        (call().body(json!({ "secret": "of mine" })), EXPECTED),
        (call().body(json!({ "secret": null })), EXPECTED),
        (call().body(keys_that_are_none), "key must be a string"),
    ] {
        let error = call.send::<()>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.to_string(), format!("invalid request: body: {why}"));
    }
    assert_eq!(server.connections(), 0);

    let nested = json!({ "message": { "secret": "a word" }, "n": 12_345_678_901_234_567_890_u64 });
    client.request(Method::POST, "/a").body(&nested).send::<()>().await.unwrap();
    let sent = json!({ "message": { "secret": "a word" }, "n": 12_345_678_901_234_567_890_u64, "secret": SECRET });
    assert_eq!(server.last_request().json(), sent);
}

/// A GET has no body by default.
#[tokio::test]
async fn without_a_body_only_the_secret_is_sent() {
    let server = Server::start(removed()).await;
    let client = server.client();
    let alone = json!({ "secret": SECRET }).to_string();
    for (method, body) in [
        (Method::POST, &*alone),
        (Method::PUT, &alone),
        (Method::PATCH, &alone),
        (Method::GET, ""),
        (Method::DELETE, ""),
    ] {
        client.request(method.clone(), "/a").send::<()>().await.unwrap();
        let sent = server.last_request();
        assert_eq!(sent.line(), format!("{method} /a HTTP/1.1"));
        assert_eq!(String::from_utf8_lossy(&sent.body), body, "{method}");
    }
    client.request(Method::DELETE, "/a").body(json!({})).send::<()>().await.unwrap();
    assert_eq!(server.last_request().json(), json!({ "secret": SECRET }));
}

#[derive(Debug, PartialEq, Deserialize)]
struct Tags {
    tags: Vec<String>,
}

#[tokio::test]
async fn a_success_deserializes_to_any_type() {
    let tags = r#"{"success":true,"tags":["vip"]}"#;
    let server = Server::in_turn(vec![
        support::json("200 OK", tags),
        support::json("200 OK", tags),
        support::json("200 OK", tags),
        support::json("200 OK", "[1,2]"),
    ])
    .await;
    let client = server.client();
    let call = || client.request(Method::GET, "/openapi/tags");
    assert_eq!(*call().send::<Tags>().await.unwrap(), Tags { tags: vec!["vip".to_owned()] });
    assert_eq!(call().send::<Value>().await.unwrap()["tags"][0], "vip");
    call().send::<()>().await.unwrap();
    assert_eq!(*call().send::<Vec<u8>>().await.unwrap(), [1, 2]);
}

#[tokio::test]
async fn an_empty_success_is_null() {
    for empty in [
        response("204 No Content", &[], ""),
        response("200 OK", &[], ""),
        response("202 Accepted", &[], "\n"),
        response("200 OK", &[], "\u{feff}"),
    ] {
        let server = Server::start(empty).await;
        let client = server.client();
        let call = || client.request(Method::GET, "/a");
        call().send::<()>().await.unwrap();
        assert_eq!(*call().send::<Value>().await.unwrap(), Value::Null);
        assert_eq!(*call().send::<Option<Tags>>().await.unwrap(), None);
        let error = call().send::<Tags>().await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_taken_effect()), (ErrorKind::UnexpectedResponse, true));
    }
}

#[tokio::test]
async fn failures_are_reported_as_for_typed_calls() {
    let refused = r#"{"success":false,"message":"no"}"#;
    let strange = r#"{"success":true,"errResponse":{"code":1}}"#;
    for (response, kind) in [
        (support::json("404 Not Found", ERROR), ErrorKind::NotFound),
        (support::json("200 OK", refused), ErrorKind::Refused),
        (support::json("200 OK", strange), ErrorKind::UnexpectedResponse),
        (support::json("200 OK", "<html>"), ErrorKind::UnexpectedResponse),
        (response("302 Found", &[("location", "/")], ""), ErrorKind::Redirect),
    ] {
        let client = Server::start(response).await;
        let error = client.client().request(Method::POST, "/a").send::<Value>().await.unwrap_err();
        assert_eq!(error.kind(), kind);
        if kind == ErrorKind::NotFound {
            assert_eq!(error.code(), Some(ErrorCode::ClientNotFound));
        }
    }
}

/// A GET is idempotent, and is retried where a POST is not.
#[tokio::test]
async fn retries_work_as_for_typed_calls() {
    let gateway = || response("502 Bad Gateway", &[], "");
    for (method, policy, attempts) in [
        (Method::GET, at_once(), 3),
        (Method::POST, at_once(), 1),
        (Method::DELETE, at_once(), 1),
        (Method::POST, at_once().assume_idempotent(true), 3),
        (Method::GET, RetryPolicy::none(), 1),
    ] {
        let server = Server::start(gateway()).await;
        let client = server.client_with(policy);
        let error = client.request(method.clone(), "/a").body(json!({ "n": 1 })).send::<()>().await.unwrap_err();
        assert_eq!(error.attempts(), attempts, "{method}");
        let requests = server.requests();
        assert!(requests.iter().all(|request| request.json() == json!({ "n": 1, "secret": SECRET })));
    }
    let client = once(nowhere()).retry(at_once()).build().unwrap();
    assert_eq!(client.request(Method::POST, "/a").send::<()>().await.unwrap_err().attempts(), 3);
}

#[tokio::test]
async fn a_retry_uses_the_refreshed_pair() {
    let server = Server::start_with(|request| match request.token() {
        TOKEN => support::json("401 Unauthorized", ERROR),
        _ => removed(),
    })
    .await;
    let newer = || async { Ok::<_, std::io::Error>(Credentials::new("tok-newer", "sec-newer")) };
    let client = once(server.url()).refresh_with(newer).build().unwrap();
    let reply = client.request(Method::POST, "/a").body(json!({ "n": 1 })).send::<()>().await.unwrap();
    assert_eq!(reply.attempts(), 2);
    assert_eq!(server.last_request().json(), json!({ "n": 1, "secret": "sec-newer" }));
}

/// The pause after a 429 belongs to the client, however a call is made.
#[tokio::test(start_paused = true)]
async fn a_pause_applies_to_every_kind_of_call() {
    let server = Server::start(response("429 Wait", &[("retry-after", "30")], "")).await;
    let client = server.client_with(RetryPolicy::none());
    support::untag(&client).await.unwrap_err();
    let hasty = client.with_retry(RetryPolicy::none().max_wait(Duration::ZERO));
    let error = hasty.request(Method::GET, "/a").send::<()>().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), server.request_count()), (ErrorKind::RateLimited, 0, 1));
}

#[tokio::test]
async fn the_clients_bot_is_added_to_the_query() {
    let server = Server::start(removed()).await;
    let client = once(server.url()).bot_id("bot-7").build().unwrap();
    let bot = |id: &str| vec![("botId".to_owned(), id.to_owned())];
    client.request(Method::POST, ASSIGN).send::<()>().await.unwrap();
    assert_eq!(server.last_request().query(), bot("bot-7"));
    client.request(Method::POST, ASSIGN).query("botId", "bot-8").send::<()>().await.unwrap();
    assert_eq!(server.last_request().query(), bot("bot-8"));
    server.client().request(Method::POST, ASSIGN).send::<()>().await.unwrap();
    assert_eq!(server.last_request().query(), []);
}

#[test]
fn a_call_is_send() {
    fn may_move(_: impl Send) {}
    let client = once("http://localhost").build().unwrap();
    may_move(client.request(Method::GET, "/a").send::<Value>());
}

/// In two lines of a terminal, without the internals of the HTTP client or tokio.
#[test]
fn debug_output_is_short() {
    let builder = || mantago::ClientBuilder::new(credentials()).bot_id("bot-7");
    let client = builder().refresh_with(std::future::pending::<Result<_, mantago::Error>>).build().unwrap();
    let shown = r#"Client { base_url: "https://mantago.cc/api", bot_id: Some("bot-7"), timeout: 30s, deadline: 120s, headers: {}, .. }"#;
    assert_eq!(format!("{client:?}"), shown);
    let any = client.request(Method::POST, "/a/{b}").path_parameter("b", "c").body(json!({ "n": 1 }));
    let typed = client.personal_tag_mapping_delete().body(request());
    for shown in [format!("{:?}", builder()), format!("{any:?}"), format!("{typed:?}")] {
        assert!(shown.len() <= 320, "{}: {shown}", shown.len());
        assert!(!["tokio", "watch", "hyper", "Mutex"].iter().any(|part| shown.contains(part)), "{shown}");
    }
}

#[test]
fn debug_of_a_request_hides_credentials() {
    let client = mantago::ClientBuilder::new(credentials()).base_url(nowhere()).build().unwrap();
    let call = client.request(Method::POST, "/a/{b}").path_parameter("b", "c").body(json!({ "n": 1 }));
    let shown = format!("{call:?}");
    assert!(shown.contains("/a/{b}") && !shown.contains(TOKEN) && !shown.contains(SECRET), "{shown}");
}

#[test]
fn an_identity_serializes_to_its_properties() {
    let by_id = ClientIdentity::client_id("client-1").unwrap();
    let by_platform = ClientIdentity::platform(Platform::LiveChat, "u 1").unwrap();
    for (identity, text) in [
        (by_id, json!({ "clientId": "client-1" })),
        (by_platform, json!({ "platform": "liveChat", "platformClientId": "u 1" })),
    ] {
        assert_eq!(serde_json::to_value(&identity).unwrap(), text);
        assert_eq!(serde_json::from_value::<ClientIdentity>(text.clone()).unwrap(), identity);

        let request = AutoTagMapping { client: identity.clone(), auto_tag_id: "auto-7".to_owned() };
        let stored = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<AutoTagMapping>(&stored).unwrap(), request);

        // A typed request has the same properties.
        let typed = serde_json::to_value(PersonalTagMappingRequest::for_client(identity.clone(), "t")).unwrap();
        assert_eq!(serde_json::from_value::<ClientIdentity>(typed).unwrap(), identity);
    }
}

#[test]
fn an_invalid_identity_does_not_deserialize() {
    for (text, why) in [
        (r"{}", "no client is identified: expected clientId, or both platform and platformClientId"),
        (r#"{"clientId":null}"#, "no client is identified: expected clientId, or both platform and platformClientId"),
        (r#"{"platform":"line"}"#, "platformClientId is missing: platform identifies a client only together with it"),
        (
            r#"{"platformClientId":"u"}"#,
            "platform is missing: platformClientId identifies a client only together with it",
        ),
        (
            r#"{"clientId":"c","platform":"line","platformClientId":"u"}"#,
            "the client is ambiguous: expected clientId, or both platform and platformClientId, but not more",
        ),
        (r#"{"clientId":" "}"#, "clientId is blank: expected the client's ID"),
        (r#"{"platform":"line","platformClientId":""}"#, "platformClientId is blank: expected the client's ID"),
        (r#"{"clientId":"c1 "}"#, "clientId has white space around it"),
    ] {
        let mut properties: Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::from_value::<ClientIdentity>(properties.clone()).unwrap_err().to_string(), why);
        properties["autoTagId"] = "auto-7".into();
        assert_eq!(serde_json::from_value::<AutoTagMapping>(properties).unwrap_err().to_string(), why);
    }
    let unknown = serde_json::from_str::<ClientIdentity>(r#"{"platform":"fax","platformClientId":"u"}"#).unwrap_err();
    assert!(unknown.to_string().starts_with("unknown variant `fax`, expected one of `line`"), "{unknown}");
}
