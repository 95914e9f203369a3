//! The mock server: it matches the requests of the client and no others, and replies as the documents say.
#![cfg(feature = "mock")]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use mantago::httpmock::MockServer;
use mantago::mock::operations::PersonalTagMappingDeleteThen as TypedThen;
use mantago::mock::{Mock, MockServerExt, When};
use mantago::types::{
    BasicSuccessResponse, ErrorResponse, ErrorResponseErrResponse, PersonalTagMappingRequest, builder,
};
use mantago::{Client, ClientIdentity, Error, ErrorCode, ErrorKind, Method, RetryPolicy};
use serde_json::json;

use support::{SECRET, TOKEN, at_once, once};

/// The code under test: removes a tag from each client, and counts the clients that don't exist.
async fn untag_all(client: &Client, ids: &[&str]) -> Result<usize, Error> {
    let mut missing = 0;
    for id in ids {
        match client.personal_tag_mapping_delete().bot_id("bot-7").body(body(id)).send().await {
            Ok(_) => {}
            Err(error) if error.code() == Some(ErrorCode::ClientNotFound) => missing += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(missing)
}

fn body(id: &str) -> PersonalTagMappingRequest {
    PersonalTagMappingRequest::for_client(ClientIdentity::client_id(id).unwrap(), "tag-42")
}

fn success() -> builder::BasicSuccessResponse {
    BasicSuccessResponse::builder().success(true).message("removed")
}

fn error(message: &str, code: i64) -> builder::ErrorResponse {
    let inner = ErrorResponseErrResponse::builder().message(message).code(code);
    ErrorResponse::builder().success(false).err_response(inner)
}

fn client(server: &MockServer) -> Client {
    once(server.base_url()).build().unwrap()
}

/// The message of a panic.
fn panic_of<T>(task: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(task)) else { panic!("expected a panic") };
    panic.downcast::<String>().map_or_else(|_| "no text".to_owned(), |message| *message)
}

#[tokio::test]
async fn a_typed_mock_matches_the_requests_that_code_makes() {
    let server = MockServer::start_async().await;
    let known = server.personal_tag_mapping_delete(|when, then| {
        when.bot_id("bot-7").body(&body("known"));
        then.ok(success());
    });
    let unknown = server.personal_tag_mapping_delete(|when, then| {
        when.bot_id("bot-7").body(&body("unknown"));
        then.not_found(error("Client not found", 37011));
    });
    assert_eq!(untag_all(&client(&server), &["known", "unknown", "known"]).await.unwrap(), 1);
    known.assert_calls(2);
    unknown.assert();
}

#[tokio::test]
async fn each_kind_of_failure_takes_one_line() {
    type Play = fn(TypedThen) -> TypedThen;
    let plays: [(Play, ErrorKind, usize); 4] = [
        (|then| then.error(429, None, "slow down").header("Retry-After", "0"), ErrorKind::RateLimited, 3),
        (|then| then.error(404, ErrorCode::BotNotFound, "no such bot"), ErrorKind::NotFound, 1),
        (|then| then.error(200, ErrorCode::UpdateFailed, "in use"), ErrorKind::Refused, 1),
        (|then| then.ok(success()).delay(Duration::from_secs(3600)), ErrorKind::Timeout, 1),
    ];
    for (play, kind, calls) in plays {
        let server = MockServer::start_async().await;
        let mock = server.personal_tag_mapping_delete(|_, then| drop(play(then)));
        let timeout = Duration::from_millis(if kind == ErrorKind::Timeout { 200 } else { 30_000 });
        let client = once(server.base_url()).retry(at_once()).timeout(timeout).build().unwrap();
        assert_eq!(untag_all(&client, &["c"]).await.unwrap_err().kind(), kind);
        assert_eq!(mock.calls(), calls, "{kind:?}");
    }
}

#[tokio::test]
async fn each_documented_status_has_a_reply() {
    type Play = fn(TypedThen, ErrorResponse) -> TypedThen;
    let plays: [(Play, ErrorKind); 5] = [
        (TypedThen::unauthorized, ErrorKind::Unauthorized),
        (TypedThen::forbidden, ErrorKind::PermissionDenied),
        (TypedThen::not_found, ErrorKind::NotFound),
        (TypedThen::too_many_requests, ErrorKind::RateLimited),
        (TypedThen::internal_server_error, ErrorKind::Server),
    ];
    for (play, kind) in plays {
        let server = MockServer::start_async().await;
        server.personal_tag_mapping_delete(|_, then| drop(play(then, error("why", 1004).try_into().unwrap())));
        let error = untag_all(&client(&server), &["c"]).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(ErrorCode::ExpiredCredentials)));
    }
}

#[tokio::test]
async fn an_error_may_have_a_code() {
    for code in [Some(ErrorCode::ClientNotFound), Some(ErrorCode::Other(7)), None] {
        let server = MockServer::start_async().await;
        server.personal_tag_mapping_delete(|_, then| drop(then.error(404, code, "why")));
        let error = support::untag(&client(&server)).await.unwrap_err();
        assert_eq!((error.kind(), error.code(), error.message()), (ErrorKind::NotFound, code, Some("why")));
    }
}

#[tokio::test]
async fn replies_follow_each_other_and_the_last_one_stays() {
    let server = MockServer::start_async().await;
    let mock = server.personal_tag_mapping_delete(|_, then| {
        then.error(429, None, "slow down")
            .header("Retry-After", "0")
            .next()
            .error(503, None, "busy")
            .next()
            .ok(success());
    });
    let client = once(server.base_url()).retry(at_once()).build().unwrap();
    assert_eq!(untag_all(&client, &["a", "b"]).await.unwrap(), 0);
    mock.assert_calls(4);
    assert_eq!(untag_all(&client.with_retry(RetryPolicy::none()), &["c"]).await.unwrap(), 0);
    let message = panic_of(|| mock.assert_calls(4));
    assert_eq!(
        message,
        "assertion `left == right` failed: number of requests that matched the mock\n  left: 5\n right: 4"
    );
}

#[tokio::test]
async fn with_concurrent_requests_each_earlier_reply_is_used_once() {
    let server = MockServer::start_async().await;
    let mock =
        server.operation(Method::GET, "/a", |_, then| drop(then.status(201).next().status(202).next().status(203)));
    let client = client(&server);
    let replies = (0..16).map(|_| client.request(Method::GET, "/a").send::<()>());
    let mut statuses: Vec<_> = futures_util::future::join_all(replies)
        .await
        .into_iter()
        .map(|reply| reply.unwrap().status().as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!((&statuses[..3], statuses[15], mock.calls()), (&[201, 202, 203][..], 203, 16));
}

/// The server has one thread, which a delay must not occupy.
#[tokio::test]
async fn a_delay_applies_to_one_reply_and_blocks_no_other_request() {
    let server = MockServer::start_async().await;
    let slow_once = server.personal_tag_mapping_delete(|_, then| {
        then.ok(success()).delay(Duration::from_secs(3600)).next().ok(success());
    });
    let retry = at_once().assume_idempotent(true);
    let client = once(server.base_url()).retry(retry).timeout(Duration::from_secs(1)).build().unwrap();
    let start = Instant::now();
    let reply = support::call(&client).send().await.unwrap();
    assert_eq!((reply.attempts(), slow_once.calls()), (2, 2));
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn credentials_must_match() {
    for (token, secret, matches) in [(TOKEN, SECRET, true), ("another", SECRET, false), (TOKEN, "another", false)] {
        let server = MockServer::start_async().await;
        let typed = server.personal_tag_mapping_delete(|when, then| {
            when.token(token).secret(secret).body(&body("c"));
            then.ok(success());
        });
        let any = server.operation(Method::POST, "/a", |when, _| drop(when.token(token).secret(secret)));
        let client = client(&server);
        assert_eq!(untag_all(&client, &["c"]).await.is_ok(), matches);
        assert_eq!(client.request(Method::POST, "/a").send::<()>().await.is_ok(), matches);
        typed.assert_calls(usize::from(matches));
        any.assert_calls(usize::from(matches));
    }
}

#[tokio::test]
async fn an_unmatched_request_does_not_look_like_a_missing_client() {
    let server = MockServer::start_async().await;
    server.personal_tag_mapping_delete(|when, then| {
        when.bot_id("bot-8");
        then.ok(success());
    });
    let error = untag_all(&client(&server), &["c"]).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::UnexpectedResponse, None));
    assert!(error.to_string().contains("Request did not match any route or mock"), "{error}");
}

#[test]
fn a_wrong_setup_fails_with_a_reason() {
    let server = MockServer::start();
    let typed = |mock: fn(TypedThen) -> TypedThen| {
        panic_of(|| drop(server.personal_tag_mapping_delete(|_, then| drop(mock(then)))))
    };
    assert_eq!(
        typed(|then| then.ok(BasicSuccessResponse::builder().success(true))),
        "cannot mock a reply: message is missing: set it with message(…)"
    );
    assert_eq!(typed(|then| then.status(99)), "cannot mock a reply: 99 is not an HTTP status");
    assert_eq!(typed(|then| then.error(0, None, "")), "cannot mock a reply: 0 is not an HTTP status");
    assert_eq!(
        typed(|then| then.header("Retry After", "1")),
        "cannot mock a reply: \"Retry After\" is not the name of an HTTP header"
    );
    assert_eq!(
        typed(|then| then.header("x", "a\nb")),
        "cannot mock a reply: \"a\\nb\" cannot be the value of an HTTP header"
    );

    let any = |path: &str, mock: fn(When)| panic_of(|| drop(server.operation(Method::GET, path, |when, _| mock(when))));
    assert_eq!(
        any("/openapi/personalTag/get/{tagId}", |when| drop(when.path_parameter("tag", "t"))),
        "path \"/openapi/personalTag/get/{tagId}\" has no parameter {tag}"
    );
    let nameless = std::collections::BTreeMap::from([(Vec::<u8>::new(), 1)]);
    let unserializable = panic_of(|| {
        server.operation(Method::POST, "/a", |when, _| drop(when.body(&nameless)));
    });
    assert_eq!(unserializable, "cannot mock a request: key must be a string");
    for path in ["", "a", "/a b", "/a?b=c", "/a#b", "/../a", "/a/{b", "/a/b}", "/a//b", "/ü", "/a\\b"] {
        assert_eq!(
            any(path, drop),
            format!(
                "path {path:?}: expected a path such as \"/openapi/tag/{{tagId}}\", with no query, no \"..\" and nothing \
                 that needs escaping"
            )
        );
    }
}

#[tokio::test]
async fn a_failed_assertion_shows_the_difference() {
    let server = MockServer::start_async().await;
    let mock = server.operation(Method::POST, "/a", |when, _| drop(when.bot_id("bot-8").body(json!({ "n": 1 }))));
    let client = client(&server);
    let request = client.request(Method::POST, "/a").query("botId", "bot-7").body(json!({ "n": 2 }));
    request.send::<()>().await.unwrap_err();
    let message = panic_of(|| mock.assert());
    for part in ["0 of 1 expected requests matched", "bot-8", "bot-7", r#"{"n":1}"#, r#"{"n":2,"#] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[tokio::test]
async fn httpmock_adds_conditions_and_limits() {
    let server = MockServer::start_async().await;
    let header = String::from("x-trace");
    server.personal_tag_mapping_delete(|when, then| {
        when.and(move |when| when.header_exists(&header));
        then.and(|then| then.status(418).body("teapot"));
    });
    let twice: Mock = server.personal_tag_mapping_delete(|_, then| {
        then.ok(success()).and(|then| then.up_to_n_times(2)).next().error(500, None, "why");
    });
    let client = client(&server);
    assert_eq!(untag_all(&client, &["c", "c"]).await.unwrap(), 0);
    assert_eq!(untag_all(&client, &["c"]).await.unwrap_err().kind(), ErrorKind::Server);
    twice.assert_calls(3);
    let error = untag_all(&client.with_header("x-trace", "t").unwrap(), &["c"]).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.body()), (418, &b"teapot"[..]));
}

#[tokio::test]
async fn a_deleted_mock_leaves_its_requests_to_the_next_one() {
    let server = MockServer::start_async().await;
    let first =
        server.personal_tag_mapping_delete(|_, then| drop(then.error(503, None, "a").next().error(500, None, "b")));
    let second = server.personal_tag_mapping_delete(|_, then| drop(then.ok(success())));
    let client = client(&server);
    assert_eq!(support::untag(&client).await.unwrap_err().status().unwrap().as_u16(), 503);
    first.delete();
    support::untag(&client).await.unwrap();
    second.assert();
}
