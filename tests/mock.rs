//! The typed mock responds as the document says, and fits the client: for the tests of code that uses it.
#![cfg(feature = "mock")]

mod support;

use std::time::Duration;

use mantago::httpmock::MockServer;
use mantago::mock::MockServerExt;
use mantago::mock::operations::PersonalTagMappingDeleteThen as Then;
use mantago::types::{BasicSuccessResponse, ErrorResponse, ErrorResponseErrResponse, PersonalTagMappingRequest};
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

fn success() -> BasicSuccessResponse {
    BasicSuccessResponse::builder().success(true).message("removed").try_into().unwrap()
}

fn error(message: &str, code: i64) -> ErrorResponse {
    let inner: ErrorResponseErrResponse =
        ErrorResponseErrResponse::builder().message(message).code(code).try_into().unwrap();
    ErrorResponse::builder().success(false).err_response(inner).try_into().unwrap()
}

/// The mock is told of requests as code makes them: without the secret, which is on the wire all the same.
#[tokio::test]
async fn code_that_uses_the_client_is_tested_against_it() {
    let server = MockServer::start_async().await;
    let known = server.personal_tag_mapping_delete(|when, then| {
        when.bot_id("bot-7").body(&body("known"));
        then.ok(&success());
    });
    let unknown = server.personal_tag_mapping_delete(|when, then| {
        when.bot_id("bot-7").body(&body("unknown"));
        then.not_found(&error("Client not found", 37011));
    });
    let with_secret = server.mock(|when, then| {
        when.json_body_includes(format!(r#"{{"clientId":"other","secret":"{}"}}"#, support::SECRET));
        then.status(200).json_body_obj(&success());
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
        (
            |then| then.error(429, ErrorCode::Other(0), "slow down").header("Retry-After", "0"),
            ErrorKind::RateLimited,
            3,
        ),
        (|then| then.error(404, ErrorCode::BotNotFound, "no such bot"), ErrorKind::NotFound, 1),
        (|then| then.error(200, ErrorCode::UpdateFailed, "in use"), ErrorKind::Refused, 1),
        (|then| then.ok(&success()).delay(Duration::from_secs(2)), ErrorKind::Timeout, 1),
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
    type Play = fn(Then, &ErrorResponse) -> Then;
    let plays: [(Play, ErrorKind); 5] = [
        (Then::unauthorized, ErrorKind::Unauthorized),
        (Then::forbidden, ErrorKind::PermissionDenied),
        (Then::not_found, ErrorKind::NotFound),
        (Then::too_many_requests, ErrorKind::RateLimited),
        (Then::internal_server_error, ErrorKind::Server),
    ];
    for (play, kind) in plays {
        let server = MockServer::start_async().await;
        server.personal_tag_mapping_delete(|_, then| drop(play(then, &error("why", 1004))));
        let client = support::once(server.base_url()).build().unwrap();
        let error = untag_all(&client, &["c"]).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(ErrorCode::ExpiredCredentials)));
    }
}
