//! The mock of any operation: it matches the requests of `Client::request` exactly, and replies with any status and body.
#![cfg(feature = "mock")]

mod support;

use mantago::httpmock::MockServer;
use mantago::mock::{MockServerExt, Then, When};
use mantago::types::BasicSuccessResponse;
use mantago::{Client, Error, ErrorKind, Method};
use serde_json::{Value, json};

use support::{SECRET, TOKEN};

const GET_TAG: &str = "/openapi/personalTag/get/{tagId}";

fn client(server: &MockServer) -> Client {
    support::once(server.base_url()).build().unwrap()
}

/// Makes a call with everything that a mock has conditions for.
async fn get_tag(client: &Client) -> Result<Value, Error> {
    let tag = client.request(Method::POST, GET_TAG).path_parameter("tagId", "tag 43").query("botId", "bot-7");
    let request = tag.query("part", "a&b").query("part", 2).body(json!({ "ids": ["a"], "deep": { "n": 1.5 } }));
    Ok(request.send::<Value>().await?.into_inner())
}

#[tokio::test]
async fn a_mock_matches_if_every_condition_is_met() {
    type Condition = fn(When) -> When;
    let met: [Condition; 12] = [
        |when| when,
        |when| when.path_parameter("tagId", "tag 43"),
        |when| when.bot_id("bot-7"),
        |when| when.query("botId", "bot-7"),
        |when| when.query("part", "a&b").query("part", 2),
        |when| when.token(TOKEN),
        |when| when.secret(SECRET),
        |when| when.header("accept", "application/json").header("X-Trace", 7),
        |when| when.body(json!({ "deep": { "n": 1.5 }, "ids": ["a"] })),
        |when| when.body(json!({ "deep": { "n": 1.5 }, "ids": ["a"], "secret": SECRET })),
        |when| when.body_includes(json!({ "deep": {} })).body_includes(json!({ "ids": [] })),
        |when| when.and(|when| when.query_param_missing("other").header_exists("x-trace")),
    ];
    let unmet: [Condition; 15] = [
        |when| when.path_parameter("tagId", "tag%2043"),
        |when| when.bot_id("bot"),
        |when| when.query("part", "a&b"),
        |when| when.query("part", 2),
        |when| when.query("part", 2).query("part", "a&b"),
        |when| when.query("part", "a&b").query("part", 2).query("part", 3),
        |when| when.query("other", ""),
        |when| when.token("tok"),
        |when| when.secret("sec"),
        |when| when.header("x-trace", "70"),
        |when| when.body(json!({ "ids": ["a"] })),
        |when| when.body(json!({ "ids": ["a", "b"], "deep": { "n": 1.5 } })),
        |when| when.body(json!({ "ids": ["a"], "deep": { "n": 1.5 }, "secret": "sec" })),
        |when| when.body_includes(json!({ "ids": ["b"] })),
        |when| when.and(|when| when.query_param_missing("part")),
    ];
    let server = MockServer::start_async().await;
    let client = client(&server).with_header("x-trace", "7").unwrap();
    let conditions = met.into_iter().map(|condition| (condition, true));
    for (index, (condition, is_met)) in conditions.chain(unmet.map(|condition| (condition, false))).enumerate() {
        let mock = server.operation(Method::POST, GET_TAG, |when, then| {
            condition(when);
            then.ok(json!({ "success": true, "n": index }));
        });
        match get_tag(&client).await {
            Ok(reply) => assert_eq!((reply["n"].as_u64(), is_met), (u64::try_from(index).ok(), true), "{index}"),
            Err(error) => assert_eq!((error.kind(), is_met), (ErrorKind::UnexpectedResponse, false), "{index}"),
        }
        mock.assert_calls(usize::from(is_met));
        mock.delete();
    }
    for (method, path) in [(Method::PUT, GET_TAG), (Method::POST, "/openapi/personalTag/get"), (Method::POST, "/{a}")] {
        let mock = server.operation(method, path, |_, _| {});
        get_tag(&client).await.unwrap_err();
        mock.assert_calls(0);
    }
}

/// A body of `["a"]` is not one of `["a", "b"]`, and the other way round.
#[tokio::test]
async fn a_body_matches_exactly() {
    #[derive(serde::Serialize)]
    struct Weight {
        kg: f32,
    }
    let bodies = [
        json!({}),
        json!({ "ids": ["a"] }),
        json!({ "ids": ["a", "b"] }),
        json!({ "ids": ["b", "a"] }),
        json!({ "ids": ["a"], "more": null }),
        json!({ "ids": "a" }),
        json!({ "deep": { "secret": "s" } }),
        json!({ "deep": {} }),
        json!({ "n": 1 }),
        json!({ "n": 1.1 }),
        json!({ "n": 123_456_789.123_456_79 }),
        serde_json::to_value(Weight { kg: 1.1 }).unwrap(),
    ];
    let server = MockServer::start_async().await;
    let client = client(&server);
    for expected in &bodies {
        let mock = server.operation(Method::POST, "/a", |when, _| drop(when.body(expected)));
        for sent in &bodies {
            let matches = client.request(Method::POST, "/a").body(sent).send::<()>().await.is_ok();
            assert_eq!(matches, sent == expected, "{sent} where {expected} was expected");
        }
        mock.delete();
    }
    let mock = server.operation(Method::POST, "/a", |when, _| drop(when.body(Weight { kg: 1.1 })));
    client.request(Method::POST, "/a").body(Weight { kg: 1.1 }).send::<()>().await.unwrap();
    mock.assert();

    let extended = server.personal_tag_mapping_delete(|when, then| {
        when.body_includes(json!({ "clientId": "client-1" }));
        then.ok(BasicSuccessResponse::builder().success(true).message("removed"));
    });
    support::untag(&client).await.unwrap();
    extended.assert();
    extended.delete();
    let other =
        server.personal_tag_mapping_delete(|when, _| drop(when.body_includes(json!({ "clientId": "client-2" }))));
    support::untag(&client).await.unwrap_err();
    other.assert_calls(0);
}

#[tokio::test]
async fn a_path_parameter_is_given_unescaped() {
    let server = MockServer::start_async().await;
    let client = client(&server);
    let values =
        ["tag 43", "a/b", "100%", "a%20b", "[a-z]+", "a.c", "?x#y", "a:b@c;d=e&f", "ü 標 😀", "{tagId}", "~'\"^|`"];
    for value in values {
        let mock = server.operation(Method::GET, GET_TAG, |when, _| drop(when.path_parameter("tagId", value)));
        for sent in values {
            let request = client.request(Method::GET, GET_TAG).path_parameter("tagId", sent);
            assert_eq!(request.send::<()>().await.is_ok(), sent == value, "{sent} where {value} was expected");
        }
        mock.delete();
    }
    let path = "/openapi/{a}.{b}/v1.0";
    let both = server.operation(Method::GET, path, |when, _| drop(when.path_parameter("b", "x y")));
    let request = |b: &str| client.request(Method::GET, path).path_parameter("a", 7).path_parameter("b", b);
    request("x y").send::<()>().await.unwrap();
    request("x").send::<()>().await.unwrap_err();
    client.request(Method::GET, "/openapi/7.x%20y/v1!0").send::<()>().await.unwrap_err();
    both.assert();
}

#[tokio::test]
async fn a_mock_replies_with_any_status_and_body() {
    type Play = fn(Then) -> Then;
    let plays: [(Play, u16, &str, Option<&str>); 6] = [
        (|then| then, 200, "", None),
        (|then| then.status(204), 204, "", None),
        (|then| then.ok(json!([1])), 200, "[1]", Some("application/json")),
        (|then| then.json(201, "a").header("Content-Type", "application/json; charset=utf-8"), 201, "\"a\"", {
            Some("application/json; charset=utf-8")
        }),
        (|then| then.ok(json!([1])).status(202), 202, "", None),
        (|then| then.and(|then| then.status(203).body("5")), 203, "5", None),
    ];
    for (play, status, text, content_type) in plays {
        let server = MockServer::start_async().await;
        server.operation(Method::GET, "/a", |_, then| drop(play(then)));
        let reply = client(&server).request(Method::GET, "/a").send::<Value>().await.unwrap();
        let expected: Value = serde_json::from_str(text).unwrap_or_default();
        assert_eq!((reply.status().as_u16(), &*reply), (status, &expected));
        let shown = reply.headers().get("content-type").map(|value| value.to_str().unwrap());
        assert_eq!(shown, content_type);
    }
}
