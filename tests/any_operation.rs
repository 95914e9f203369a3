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

    // But for the path, they are those of an operation that has a method.
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

#[tokio::test]
async fn every_character_of_a_parameter_arrives() {
    let server = Server::start(removed()).await;
    let client = server.client();
    for odd in ["a/b", "a&b=c#d?e", "100%", "%2F", "a+b c", "{id}", "標籤", "👩‍👧", "a..b", "é"] {
        let call = client.request(Method::POST, "/openapi/client/{clientId}/tags/{tagId}");
        let call = call.path_parameter("clientId", odd).path_parameter("tagId", odd).query("name", odd);
        call.query("page", 7).query("name", "again").send::<()>().await.unwrap();
        let url = server.last_request().url();
        let segments: Vec<_> = url.path_segments().unwrap().map(str::to_owned).collect();
        assert_eq!(segments.len(), 5, "{odd:?}");
        for segment in [&segments[2], &segments[4]] {
            // In a query, these have a meaning that they do not have in a path.
            let escaped = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
            let decoded = format!("http://h/?{escaped}");
            let decoded = mantago::reqwest::Url::parse(&decoded).unwrap();
            assert_eq!(decoded.query_pairs().next().unwrap().0, odd);
        }
        let expected = [("name", odd), ("page", "7"), ("name", "again")];
        assert_eq!(server.last_request().query(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}

#[tokio::test]
async fn a_path_that_a_url_would_change_is_rejected() {
    let server = Server::start(removed()).await;
    let client = once(server.url() + "/api").build().unwrap();
    for path in [
        "",
        "openapi/personalTag",
        "https://elsewhere.example/openapi",
        "@elsewhere.example/",
        ".elsewhere.example/",
        ":80/",
        "/openapi?botId=1",
        "/openapi?",
        "/openapi#top",
        "/../admin",
        "/openapi/../../admin",
        "/openapi/%2e%2E/admin",
        "/openapi/./tags",
        "/openapi/..",
        "//elsewhere.example/tags",
        "/openapi//tags",
        "/openapi\\..\\admin",
        "/open\tapi",
        "/openapi\n",
        "/open api",
        "/標籤",
        "/openapi/{tagId",
        "/openapi/tagId}",
    ] {
        let error = client.request(Method::POST, path).send::<()>().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        let expected = "expected a path such as \"/openapi/tag/{tagId}\", with no query, no \"..\" and nothing that needs escaping";
        assert_eq!(error.to_string(), format!("invalid request: path {path:?}: {expected}"));
    }
    for (name, value, why) in [
        ("tagId", " ", "tagId is blank"),
        ("tagId", "a ", "tagId has white space around it"),
        ("part", "..", "part cannot be part of a URL's path: it is empty, \".\" or \"..\", or has a backslash"),
        ("part", "", "part cannot be part of a URL's path: it is empty, \".\" or \"..\", or has a backslash"),
    ] {
        let call = client.request(Method::POST, format!("/openapi/{{{name}}}")).path_parameter(name, value);
        assert_eq!(call.send::<()>().await.unwrap_err().to_string(), format!("invalid request: {why}"));
    }
    assert_eq!(server.connections(), 0);
    let call = client.request(Method::POST, "/a{b}{c}d").path_parameter("b", "/.").path_parameter("c", "./");
    call.send::<()>().await.unwrap();
    let dots = client.request(Method::POST, "/a/{b}{c}/d").path_parameter("b", "x").path_parameter("c", "y");
    dots.send::<()>().await.unwrap();
    // What is escaped stays as it is.
    client.request(Method::POST, "/openapi/a%2Fb").send::<()>().await.unwrap();
    // A slash at the end is a part of the path.
    client.request(Method::POST, "/openapi/client/").send::<()>().await.unwrap();
    let lines: Vec<_> = server.requests().iter().map(|request| request.line().to_owned()).collect();
    let expected = ["/api/a%2F..%2Fd", "/api/a/xy/d", "/api/openapi/a%2Fb", "/api/openapi/client/"];
    assert_eq!(lines, expected.map(|path| format!("POST {path} HTTP/1.1")));
}

#[tokio::test]
async fn every_path_parameter_must_be_set_exactly_once() {
    let server = Server::start(removed()).await;
    let client = server.client();
    for (path, given, why) in [
        ("/tag/{tagId}", &[][..], "tagId is missing: set it with path_parameter(\"tagId\", …)"),
        ("/a/{b}/{tagId}", &["b"], "tagId is missing: set it with path_parameter(\"tagId\", …)"),
        ("/tag/{tagId}", &["tag"], "tagId is missing: set it with path_parameter(\"tagId\", …)"),
        ("/tag", &["tagId"], "path_parameter(\"tagId\", …) was given, but the path has no {tagId}"),
        ("/tag/{tagId}", &["tagId", "other"], "path_parameter(\"other\", …) was given, but the path has no {other}"),
        ("/tag/{tagId}", &["tagId", "tagId"], "path_parameter(\"tagId\", …) was given twice"),
    ] {
        let call = given.iter().fold(client.request(Method::POST, path), |call, name| call.path_parameter(*name, "x"));
        let error = call.send::<()>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.to_string(), format!("invalid request: path {path:?}: {why}"));
    }
    assert_eq!(server.connections(), 0);
    client.request(Method::POST, "/{a}/b/{a}").path_parameter("a", "{b}").send::<()>().await.unwrap();
    assert_eq!(server.request().line(), "POST /%7Bb%7D/b/%7Bb%7D HTTP/1.1");
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Filter<'a> {
    name: Option<&'a str>,
    platform: Option<Platform>,
    page_size: u32,
    tag_ids: Vec<&'a str>,
    deep: bool,
}

#[tokio::test]
async fn a_query_can_be_a_struct() {
    let server = Server::start(removed()).await;
    let client = once(server.url()).bot_id("bot-7").build().unwrap();
    let filter =
        Filter { name: Some("a&b=c 標籤"), platform: None, page_size: 50, tag_ids: vec!["t 1", "t2"], deep: false };
    client.request(Method::GET, "/a").query("first", 1).queries(&filter).send::<()>().await.unwrap();
    let mut query = server.last_request().query();
    query.sort();
    let expected = [
        ("botId", "bot-7"),
        ("deep", "false"),
        ("first", "1"),
        ("name", "a&b=c 標籤"),
        ("pageSize", "50"),
        ("tagIds", "t 1"),
        ("tagIds", "t2"),
    ];
    assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));

    // An ID is checked, and a bot that is named here counts.
    let error = client.request(Method::GET, "/a").queries(&json!({ "tagId": " " })).send::<()>().await.unwrap_err();
    assert_eq!(error.to_string(), "invalid request: tagId is blank");
    client.request(Method::GET, "/a").queries(&BTreeMap::from([("botId", "bot-8")])).send::<()>().await.unwrap();
    assert_eq!(server.last_request().query(), [("botId".to_owned(), "bot-8".to_owned())]);

    let expected = "expected a struct or map of texts, numbers, booleans and lists of these";
    for (query, why) in [
        (json!(["a"]), expected.to_owned()),
        (json!("a=b"), expected.to_owned()),
        (Value::Null, expected.to_owned()),
        (json!({ "a": { "b": 1 } }), format!("a: {expected}")),
        (json!({ "a": [[1]] }), format!("a: {expected}")),
    ] {
        let error = client.request(Method::GET, "/a").queries(&query).send::<()>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.to_string(), format!("invalid request: query: {why}"));
    }
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
async fn a_blank_or_padded_id_in_the_query_is_rejected() {
    let server = Server::start(removed()).await;
    let client = server.client();
    for (value, why) in [("", "is blank"), ("bot-7\n", "has white space around it")] {
        let error = client.request(Method::GET, "/a").query("botId", value).send::<()>().await.unwrap_err();
        assert_eq!(error.to_string(), format!("invalid request: botId {why}"));
    }
    client.request(Method::GET, "/a").query("name", " a ").send::<()>().await.unwrap();
    assert_eq!(server.request().query(), [("name".to_owned(), " a ".to_owned())]);
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

        // The properties are those of a typed request.
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
