//! The client of several pages, and of the next version of the vendored one: see `pages.rs`.

mod forms;
#[path = "../support/mod.rs"]
mod support;
mod user;

use mantago::types::{
    AutoTagMappingRequest, BindCustomerRequest, ClientTagMappingRequest, PersonalTagListOrder,
    PersonalTagMappingRequest,
};
use mantago::{ClientIdentity, Credentials, ErrorKind, IdentityError, Platform};
use support::{SECRET, Server, TOKEN, at_once, json, response};

/// A success as the next version documents it.
const DONE: &str = r#"{"success":true,"message":"done","removedAt":"today"}"#;

/// Tries each row of the rule's table with an operation.
macro_rules! holds_the_rule {
    ($server:expr, $operation:ident, $request:ident, $tag:literal) => {
        let client = $server.client();
        for row in 0..8 {
            let seen = $server.request_count();
            let by_id = ClientIdentity::client_id("c").unwrap();
            let mut request = $request::for_client(by_id, "t");
            request.client_id = (row & 1 != 0).then(|| "c".to_owned());
            request.platform = (row & 2 != 0).then_some(Platform::Line);
            request.platform_client_id = (row & 4 != 0).then(|| "u".to_owned());
            let identity = ClientIdentity::try_from(&request);
            assert_eq!(request.validate(), identity.clone().map(drop));
            let sent = client.$operation().bot_id("b").body(request).send().await;
            match identity {
                Ok(identity) => {
                    assert!(row == 1 || row == 6);
                    assert_eq!(sent.unwrap().message, "done");
                    let body = $server.last_request().json();
                    assert_eq!((&body["secret"], &body[$tag]), (&SECRET.into(), &"t".into()));
                    assert_eq!($request::for_client(identity.clone(), "t").identity(), Ok(identity));
                }
                Err(why) => {
                    assert_eq!(sent.unwrap_err().to_string(), format!("invalid request: {why}"));
                    assert_eq!($server.request_count(), seen, "{why}");
                }
            }
        }
        let blank = $request::for_client(ClientIdentity::client_id("c").unwrap(), " ");
        let error = client.$operation().bot_id("b").body(blank).send().await.unwrap_err();
        assert_eq!(error.to_string(), concat!("invalid request: ", $tag, " is blank"));
    };
}

/// Whatever the schema's name, for every operation with such a body, and with a single `Platform` type.
#[tokio::test]
async fn every_request_that_must_name_a_client_holds_the_rule() {
    let server = Server::start(json("200 OK", DONE)).await;
    holds_the_rule!(server, personal_tag_mapping, PersonalTagMappingRequest, "tagId");
    holds_the_rule!(server, personal_tag_mapping_delete, PersonalTagMappingRequest, "tagId");
    holds_the_rule!(server, client_tag_mapping, ClientTagMappingRequest, "tagId");
    holds_the_rule!(server, client_tag_mapping_delete, ClientTagMappingRequest, "tagId");
    holds_the_rule!(server, auto_tag_mapping, AutoTagMappingRequest, "autoTagId");
    holds_the_rule!(server, auto_tag_mapping_delete, AutoTagMappingRequest, "autoTagId");
    assert_eq!(server.request_count(), 6 * 2);
}

/// A body that requires `clientId` always identifies a client.
#[tokio::test]
async fn other_requests_are_free_of_the_rule() {
    let server = Server::start(json("200 OK", DONE)).await;
    let client = server.client();
    let body = |client_id: &str, customer_id: &str| {
        BindCustomerRequest::builder().client_id(client_id).customer_id(customer_id).platform_client_id("u".to_owned())
    };
    let bound = client.bind_customer().bot_id("b").body(body("c", "cu")).send().await.unwrap();
    assert_eq!((bound.message.as_str(), &bound.bound_at), ("done", &None));
    assert_eq!(
        server.request().json(),
        serde_json::json!({ "clientId": "c", "customerId": "cu", "platformClientId": "u", "secret": SECRET })
    );
    for (client_id, customer_id, why) in
        [("", "cu", "clientId is blank"), ("c", "cu ", "customerId has white space around it")]
    {
        let error = client.bind_customer().bot_id("b").body(body(client_id, customer_id)).send().await.unwrap_err();
        assert_eq!(error.to_string(), format!("invalid request: {why}"));
    }
    assert_eq!(server.request_count(), 1);
}

/// A success with timestamps, which are text, and arrays of objects.
#[tokio::test]
async fn a_success_may_have_more_than_a_message() {
    let info = r#"{"success":true,"message":"m","removedAt":"d","client":{"id":"c 1","nickname":null,"platform":"line",
        "createdAt":"2023-07-15T10:30:28.700Z","tags":[{"id":"t","color":"red","new":1}],"notes":[{"text":"n"}]}}"#;
    let server = Server::start(json("200 OK", info)).await;
    let reply = server.client().client_by_client_id().bot_id("b").client_id("c 1").send().await.unwrap().into_inner();
    let client = reply.client.unwrap();
    assert_eq!(client.created_at.as_deref(), Some("2023-07-15T10:30:28.700Z"));
    assert_eq!((client.tags[0].id.as_deref(), client.notes[0].text.as_str()), (Some("t"), "n"));
    assert_eq!(server.request().json(), serde_json::json!({ "secret": SECRET }));
}

#[tokio::test]
async fn parameters_that_are_optional() {
    let server = Server::start(json("200 OK", DONE)).await;
    let client = server.client();
    let list = || client.personal_tag_list().bot_id("b");
    list().limit(5).order(PersonalTagListOrder::Newest).send().await.unwrap();
    list().send().await.unwrap();
    for (request, expected) in server.requests().iter().zip(["botId=b limit=5 order=newest", "botId=b"]) {
        let mut query: Vec<_> = request.query().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        query.sort();
        assert_eq!(query.join(" "), expected);
    }
}

/// A GET is idempotent, so it is retried where a POST is not. Without a body, it sends no secret.
#[tokio::test]
async fn a_get_is_idempotent() {
    let server = Server::start(response("502 Bad Gateway", &[], "")).await;
    let client = server.client_with(at_once());
    let got = client.client_by_client_id_get().bot_id("b").client_id("c").send().await.map(drop).unwrap_err();
    let posted = client.client_by_client_id().bot_id("b").client_id("c").send().await.map(drop).unwrap_err();
    assert_eq!((got.attempts(), posted.attempts()), (3, 1));
    let requests = server.requests();
    assert_eq!(requests[0].line(), "GET /openapi/client/c?botId=b HTTP/1.1");
    assert!(requests[0].header("content-type").is_empty() && requests[0].body.is_empty());
    assert_eq!((requests[3].line(), requests[0].token()), ("POST /openapi/client/c?botId=b HTTP/1.1", TOKEN));
}

#[tokio::test]
async fn odd_characters_in_a_path() {
    let server = Server::start(json("200 OK", DONE)).await;
    let client = server.client();
    for odd in ["a/b", "a b", "a?b#c", "100%", "%2e%2e", "標籤", "a+b;c=d", "...", "a\tb\nc", "👩‍👧", "[x]|^`", "~"]
    {
        client.personal_tag_get_by_tag_id().bot_id("b").tag_id(odd).send().await.unwrap();
        let url = server.last_request().url();
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        assert_eq!((segments.len(), segments[..3].join("/").as_str()), (4, "openapi/personalTag/get"), "{odd:?}");
        assert_eq!(percent_decoded(segments[3]), odd);
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

/// A value that would not stay one segment of the URL is refused, because the path would change.
#[tokio::test]
async fn a_path_stays_the_documents() {
    const WHY: &str = "cannot be part of a URL's path: it is empty, \".\" or \"..\", or has a backslash";
    let server = Server::start(json("200 OK", DONE)).await;
    let client = server.client();
    for lost in ["", ".", "..", "a\\b", "..\\..\\x"] {
        let errors = [
            ("tagId", client.personal_tag_get_by_tag_id().bot_id("b").tag_id(lost).send().await.map(drop).unwrap_err()),
            (
                "clientId",
                client.client_by_client_id_get().bot_id("b").client_id(lost).send().await.map(drop).unwrap_err(),
            ),
        ];
        for (name, error) in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            let why = if lost.is_empty() { "is blank" } else { WHY };
            assert_eq!(error.to_string(), format!("invalid request: {name} {why}"));
        }
    }
    assert_eq!(server.connections(), 0);
}

/// Whichever operation has a `botId` parameter.
#[tokio::test]
async fn every_operation_uses_the_clients_bot() {
    let server = Server::start(json("200 OK", DONE)).await;
    let client = server.client().with_bot_id("bot-7").unwrap();
    client.personal_tag_get_by_tag_id().tag_id("t").send().await.unwrap();
    client.client_by_client_id_get().client_id("c").send().await.unwrap();
    let bots: Vec<_> = server.requests().iter().map(|request| request.query()[0].1.clone()).collect();
    assert_eq!(bots, ["bot-7"; 2]);
}

/// `Debug` hides credentials in a response, but the caller can use them.
#[tokio::test]
async fn debug_hides_credentials_in_a_response() {
    let renewed = DONE.replace('}', r#","apiToken":"eyNew-tok-1","apiSecret":"new-sec-1"}"#);
    let server = Server::start(json("200 OK", renewed)).await;
    let client = server.client();
    let reply = client.token().bot_id("b").send().await.unwrap();
    let shown = format!("{reply:?} {:?}", *reply);
    assert!(shown.contains("redacted") && !shown.contains("New-tok") && !shown.contains("new-sec"), "{shown}");
    client.set_credentials(Credentials::new(reply.api_token.clone(), reply.api_secret.clone())).unwrap();
    client.token().bot_id("b").send().await.unwrap();
    assert_eq!(server.last_request().token(), "eyNew-tok-1");
    assert_eq!(server.last_request().json()["secret"], "new-sec-1");
}

#[tokio::test]
async fn todays_code_runs() {
    let server = Server::start(json("200 OK", DONE)).await;
    assert_eq!(user::untag(&server.client()).await.unwrap(), "done");
    assert_eq!(server.request().json()["tagId"], "tag-42!");
    assert_eq!((user::channel(Platform::Line), user::channel(Platform::Telegram)), ("chat", "other"));
    assert!(user::by_builder().validate().is_ok());
    assert!(matches!(ClientIdentity::client_id(" "), Err(IdentityError::Blank { .. })));
    let error = support::error_of(response("409 Conflict", &[], support::ERROR)).await;
    assert_eq!(user::code(&error), Some(37011));
}

#[cfg(feature = "mock")]
#[tokio::test]
async fn each_operation_has_its_mock() {
    use mantago::mock::MockServerExt;

    let server = mantago::httpmock::MockServer::start_async().await;
    let request = AutoTagMappingRequest::for_client(ClientIdentity::client_id("c").unwrap(), "t");
    let client_mock = server.client_by_client_id(|when, then| {
        when.client_id("c");
        then.error(404, mantago::ErrorCode::ClientNotFound, "no");
    });
    let auto_mock = server.auto_tag_mapping_delete(|when, then| {
        when.bot_id("b").body(&request);
        let body = mantago::types::BasicSuccessResponse::builder().success(true).message("m").removed_at("d");
        then.ok(body);
    });
    let client = support::once(server.base_url()).build().unwrap();
    client.auto_tag_mapping_delete().bot_id("b").body(request.clone()).send().await.unwrap();
    let error = client.client_by_client_id().bot_id("b").client_id("c").send().await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    client_mock.assert();
    auto_mock.assert();
}
