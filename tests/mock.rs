//! The typed mock answers as the document says, and fits the client: for the tests of code that uses it.
#![cfg(feature = "mock")]

use mantago::httpmock::MockServer;
use mantago::mock::MockServerExt;
use mantago::types::{BasicSuccessResponse, ErrorResponse, ErrorResponseErrResponse, PersonalTagMappingRequest};
use mantago::{ApiError, Client, ClientBuilder, ClientIdentity, ErrorCode, ErrorKind, RetryPolicy};

/// The code under test: it takes a tag from each of some clients, and counts those that are not there.
async fn untag_all(client: &Client, ids: &[&str]) -> Result<usize, ApiError> {
    let mut missing = 0;
    for id in ids {
        let body = PersonalTagMappingRequest::for_client(ClientIdentity::client_id(*id)?, "tag-42", "secret");
        let sent = client.personal_tag_mapping_delete().bot_id("bot-7").body(body).send().await;
        match sent.map_err(ApiError::from) {
            Ok(_) => {}
            Err(error) if error.code() == Some(ErrorCode::ClientNotFound) => missing += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(missing)
}

fn body(id: &str) -> PersonalTagMappingRequest {
    PersonalTagMappingRequest::for_client(ClientIdentity::client_id(id).unwrap(), "tag-42", "secret")
}

fn success() -> BasicSuccessResponse {
    BasicSuccessResponse::builder().success(true).message("removed").try_into().unwrap()
}

fn error(message: &str, code: i64) -> ErrorResponse {
    let inner: ErrorResponseErrResponse =
        ErrorResponseErrResponse::builder().message(message).code(code).try_into().unwrap();
    ErrorResponse::builder().success(false).err_response(inner).try_into().unwrap()
}

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
    let client = ClientBuilder::new("token").base_url(server.base_url()).build().unwrap();

    assert_eq!(untag_all(&client, &["known", "unknown", "known"]).await.unwrap(), 1);
    known.assert_calls(2);
    unknown.assert_calls(1);
}

#[tokio::test]
async fn each_documented_status_can_be_played() {
    type Play = fn(mantago::mock::operations::PersonalTagMappingDeleteThen, &ErrorResponse);
    let plays: [(Play, ErrorKind); 5] = [
        (|then, body| drop(then.unauthorized(body)), ErrorKind::Unauthorized),
        (|then, body| drop(then.forbidden(body)), ErrorKind::PermissionDenied),
        (|then, body| drop(then.not_found(body)), ErrorKind::NotFound),
        (|then, body| drop(then.too_many_requests(body)), ErrorKind::RateLimited),
        (|then, body| drop(then.internal_server_error(body)), ErrorKind::Server),
    ];
    for (play, kind) in plays {
        let server = MockServer::start_async().await;
        server.personal_tag_mapping_delete(|_, then| play(then, &error("why", 1004)));
        let builder = ClientBuilder::new("token").retry(RetryPolicy::none());
        let client = builder.base_url(server.base_url()).build().unwrap();
        let error = untag_all(&client, &["c"]).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(ErrorCode::ExpiredCredentials)));
    }
}
