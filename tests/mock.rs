//! The typed mock responds as the document says, and fits the client: for the tests of code that uses it.
#![cfg(feature = "mock")]

mod support;

use std::time::Duration;

use mantago::httpmock::MockServer;
use mantago::mock::MockServerExt;
use mantago::mock::operations::PersonalTagMappingDeleteThen as Then;
use mantago::types::{
    BasicSuccessResponse, ErrorResponse, ErrorResponseErrResponse, PersonalTagMappingRequest, builder,
};
use mantago::{Client, ClientIdentity, Error, ErrorCode, ErrorKind};

/// The code under test: it takes a tag from each of some clients, and counts those that are not there.
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

/// A builder is taken where its type is.
fn success() -> builder::BasicSuccessResponse {
    BasicSuccessResponse::builder().success(true).message("removed")
}

fn error(message: &str, code: i64) -> builder::ErrorResponse {
    let inner = ErrorResponseErrResponse::builder().message(message).code(code);
    ErrorResponse::builder().success(false).err_response(inner)
}

/// The mock is told of requests as code makes them: without the secret, which is on the wire all the same.
#[tokio::test]
async fn code_that_uses_the_client_is_tested_against_it() {
    let server = MockServer::start_async().await;
    let known = server.personal_tag_mapping_delete(|when, then| {
        when.bot_id("bot-7").body(&body("known"));
        then.ok(success());
    });
    let unknown = server.personal_tag_mapping_delete(|when, then| {
        when.bot_id("bot-7").body(&body("unknown"));
        then.not_found(error("Client not found", 37011));
    });
    let with_secret = server.mock(|when, then| {
        when.json_body_includes(format!(r#"{{"clientId":"other","secret":"{}"}}"#, support::SECRET));
        then.status(200).body(support::REMOVED);
    });
    let client = support::once(server.base_url()).build().unwrap();

    assert_eq!(untag_all(&client, &["known", "unknown", "known", "other"]).await.unwrap(), 1);
    known.assert_calls(2);
    unknown.assert_calls(1);
    with_secret.assert_calls(1);
}

/// What a user's own handling of failures is tested with: each is one line.
#[tokio::test]
async fn failures_are_played_in_one_line() {
    type Play = fn(Then) -> Then;
    let plays: [(Play, ErrorKind, usize); 4] = [
        (|then| then.error(429, None, "slow down").header("Retry-After", "0"), ErrorKind::RateLimited, 3),
        (|then| then.error(404, ErrorCode::BotNotFound, "no such bot"), ErrorKind::NotFound, 1),
        (|then| then.error(200, ErrorCode::UpdateFailed, "in use"), ErrorKind::Refused, 1),
        (|then| then.ok(success()).delay(Duration::from_secs(2)), ErrorKind::Timeout, 1),
    ];
    for (play, kind, calls) in plays {
        let server = MockServer::start_async().await;
        let mock = server.personal_tag_mapping_delete(|_, then| drop(play(then)));
        let timeout = Duration::from_millis(if kind == ErrorKind::Timeout { 200 } else { 30_000 });
        let builder = support::once(server.base_url()).retry(support::at_once());
        let client = builder.timeout(timeout).build().unwrap();
        assert_eq!(untag_all(&client, &["c"]).await.unwrap_err().kind(), kind);
        assert_eq!(mock.calls(), calls, "{kind:?}");
    }
}

#[tokio::test]
async fn each_documented_status_can_be_played() {
    type Play = fn(Then, ErrorResponse) -> Then;
    let plays: [(Play, ErrorKind); 5] = [
        (Then::unauthorized, ErrorKind::Unauthorized),
        (Then::forbidden, ErrorKind::PermissionDenied),
        (Then::not_found, ErrorKind::NotFound),
        (Then::too_many_requests, ErrorKind::RateLimited),
        (Then::internal_server_error, ErrorKind::Server),
    ];
    for (play, kind) in plays {
        let server = MockServer::start_async().await;
        server.personal_tag_mapping_delete(|_, then| drop(play(then, error("why", 1004).try_into().unwrap())));
        let client = support::once(server.base_url()).build().unwrap();
        let error = untag_all(&client, &["c"]).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(ErrorCode::ExpiredCredentials)));
    }
}

/// Several responses of one mock, one after the other; the last one is for all that come later.
#[tokio::test]
async fn a_sequence_of_responses() {
    let server = MockServer::start_async().await;
    let mock = server.personal_tag_mapping_delete(|_, then| {
        then.error(429, None, "slow down")
            .header("Retry-After", "0")
            .next()
            .error(503, None, "busy")
            .next()
            .ok(success());
    });
    let client = support::once(server.base_url()).retry(support::at_once()).build().unwrap();
    assert_eq!(untag_all(&client, &["a", "b"]).await.unwrap(), 0);
    mock.assert_calls(4);
    let client = client.with_retry(mantago::RetryPolicy::none());
    assert_eq!(untag_all(&client, &["c"]).await.unwrap(), 0);
}

#[tokio::test]
async fn an_error_with_a_code_and_one_without() {
    for code in [Some(ErrorCode::ClientNotFound), Some(ErrorCode::Other(7)), None] {
        let server = MockServer::start_async().await;
        server.personal_tag_mapping_delete(|_, then| drop(then.error(404, code, "why")));
        let client = support::once(server.base_url()).build().unwrap();
        let error = client.personal_tag_mapping_delete().bot_id("b").body(body("c")).send().await.unwrap_err();
        assert_eq!((error.kind(), error.code(), error.message()), (ErrorKind::NotFound, code, Some("why")));
    }
}

#[tokio::test]
async fn a_mock_asks_for_the_credentials() {
    for (token, secret, is_asked_for) in [
        (support::TOKEN, support::SECRET, true),
        ("another", support::SECRET, false),
        (support::TOKEN, "another", false),
    ] {
        let server = MockServer::start_async().await;
        let mock = server.personal_tag_mapping_delete(|when, then| {
            when.token(token).secret(secret).body(&body("c"));
            then.ok(success());
        });
        let client = support::once(server.base_url()).build().unwrap();
        assert_eq!(untag_all(&client, &["c"]).await.is_ok(), is_asked_for);
        mock.assert_calls(usize::from(is_asked_for));
    }
}

/// A test whose mock does not match must not look like one in which there is no such client.
#[tokio::test]
async fn a_request_that_no_mock_matches() {
    let server = MockServer::start_async().await;
    server.personal_tag_mapping_delete(|when, then| {
        when.bot_id("bot-8");
        then.ok(success());
    });
    let client = support::once(server.base_url()).build().unwrap();
    let error = untag_all(&client, &["c"]).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::UnexpectedResponse, None));
    assert!(error.to_string().contains("Request did not match any route or mock"), "{error}");
}

/// What a test has not said is its own fault.
#[test]
fn a_response_that_lacks_something() {
    let server = MockServer::start();
    let said = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        server.personal_tag_mapping_delete(|_, then| drop(then.ok(BasicSuccessResponse::builder().success(true))));
    }));
    let said = *said.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(said, "a mock's response: message is missing: set it with message(…)");
}

/// httpmock's own types say what ours cannot.
#[tokio::test]
async fn what_a_mock_of_an_operation_cannot_say() {
    let server = MockServer::start_async().await;
    server.personal_tag_mapping_delete(|when, then| {
        when.into_inner().header_exists("x-trace");
        then.into_inner().status(418).body("teapot");
    });
    let once = server.personal_tag_mapping_delete(|_, then| {
        then.ok(success()).into_inner().up_to_n_times(1);
    });
    let client = support::once(server.base_url()).build().unwrap();
    assert_eq!(untag_all(&client, &["c"]).await.unwrap(), 0);
    untag_all(&client, &["c"]).await.unwrap_err();
    once.assert_calls(1);
    let error = untag_all(&client.with_header("x-trace", "t").unwrap(), &["c"]).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.body()), (418, &b"teapot"[..]));
}
