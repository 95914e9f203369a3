//! The types of requests and responses, and their builders.

mod support;

use mantago::types::{BasicSuccessResponse, ErrorResponse, ErrorResponseErrResponse, PersonalTagMappingRequest};
use mantago::{ClientIdentity, ErrorKind, Platform};
use support::{Server, removed};

#[test]
fn an_enumeration_lists_all_its_values() {
    const FIRST: &str = Platform::ALL[0].as_str();
    assert!(Platform::ALL.contains(&Platform::Line) && Platform::ALL.len() > 4);
    for platform in Platform::ALL {
        let text = platform.as_str();
        assert_eq!(platform.to_string(), text);
        assert_eq!(text.parse::<Platform>().unwrap(), *platform);
        assert_eq!(serde_json::to_value(platform).unwrap(), text);
    }
    assert_eq!(FIRST, "line");
}

#[tokio::test]
async fn a_builder_takes_a_value_or_an_option() {
    let by_id = PersonalTagMappingRequest::builder().client_id("client-1").tag_id("tag-42");
    let built: PersonalTagMappingRequest = by_id.clone().try_into().unwrap();
    assert_eq!(built, support::request());
    let by_platform = PersonalTagMappingRequest::builder().platform("line").platform_client_id("u1").tag_id("tag-42");
    let built: PersonalTagMappingRequest = by_platform.try_into().unwrap();
    let identity = ClientIdentity::platform(Platform::Line, "u1").unwrap();
    assert_eq!(built, PersonalTagMappingRequest::for_client(identity, "tag-42"));

    // And as an option, as it comes from a command line.
    let none = PersonalTagMappingRequest::builder().client_id(Some("client-1".to_owned())).platform(None::<Platform>);
    let built: PersonalTagMappingRequest = none.tag_id("tag-42").try_into().unwrap();
    assert_eq!(built, support::request());

    // A builder can be passed where its type is expected.
    let server = Server::start(removed()).await;
    server.client().personal_tag_mapping_delete().bot_id("bot-7").body(by_id).send().await.unwrap();
    assert_eq!(server.request().json()["clientId"], "client-1");
    let inner = ErrorResponseErrResponse::builder().bot_id("bot-7").code(7).message("m");
    let error: ErrorResponse = ErrorResponse::builder().success(false).err_response(inner).try_into().unwrap();
    assert_eq!(error.err_response.bot_id.as_deref(), Some("bot-7"));
}

#[tokio::test]
async fn a_builder_names_the_invalid_field() {
    let builder = PersonalTagMappingRequest::builder;
    let said = |builder: mantago::types::builder::PersonalTagMappingRequest| {
        PersonalTagMappingRequest::try_from(builder).unwrap_err().to_string()
    };
    assert_eq!(said(builder().client_id("c")), "tag_id is missing: set it with tag_id(…)");
    let unknown = "fax".parse::<Platform>().unwrap_err();
    assert_eq!(said(builder().platform("fax").tag_id("t")), format!("platform: {unknown}"));
    let server = Server::start(removed()).await;
    let client = server.client();
    let error = client.personal_tag_mapping_delete().bot_id("b").body(builder()).send().await.unwrap_err();
    assert_eq!(error.to_string(), "invalid request: body: tag_id is missing: set it with tag_id(…)");
    assert_eq!(server.connections(), 0);
}

#[test]
fn requests_and_responses_can_be_compared() {
    let mut other = support::request();
    assert_eq!(other, support::request());
    other.tag_id.push('x');
    assert_ne!(other, support::request());
    let reply = |text| serde_json::from_str::<BasicSuccessResponse>(text).unwrap();
    assert_eq!(reply(support::REMOVED), reply(support::REMOVED));
}

/// Otherwise a misspelt property of a stored request would be dropped silently.
#[test]
fn a_stored_request_with_an_unknown_property_is_refused() {
    let read = |text: &str| serde_json::from_str::<PersonalTagMappingRequest>(text);
    let stored = serde_json::to_string(&support::request()).unwrap();
    assert_eq!(read(&stored).unwrap(), support::request());
    let error = read(r#"{"clientID":"client-1","tagId":"tag-42"}"#).unwrap_err().to_string();
    assert!(error.starts_with("unknown field `clientID`, expected one of `clientId`, "), "{error}");
    // A response may have unknown properties.
    let reply = r#"{"success":true,"message":"removed","later":1}"#;
    assert_eq!(serde_json::from_str::<BasicSuccessResponse>(reply).unwrap().message, "removed");
}

#[test]
fn kinds_and_identities_display_in_words() {
    for (kind, name) in [
        (ErrorKind::Configuration, "configuration"),
        (ErrorKind::InvalidRequest, "invalid request"),
        (ErrorKind::Unauthorized, "unauthorized"),
        (ErrorKind::PermissionDenied, "permission denied"),
        (ErrorKind::NotFound, "not found"),
        (ErrorKind::RateLimited, "rate limited"),
        (ErrorKind::Server, "server"),
        (ErrorKind::Refused, "refused"),
        (ErrorKind::Redirect, "redirect"),
        (ErrorKind::UnexpectedResponse, "unexpected response"),
        (ErrorKind::Timeout, "timeout"),
        (ErrorKind::Connection, "connection"),
    ] {
        assert_eq!(kind.to_string(), name);
    }
    assert_eq!(ClientIdentity::client_id("client-1").unwrap().to_string(), "clientId client-1");
    let identity = ClientIdentity::platform(Platform::LiveChat, "u1").unwrap();
    assert_eq!(identity.to_string(), "platform liveChat, platformClientId u1");
}
