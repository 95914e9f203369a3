//! A request identifies exactly one client, or nothing of it is sent.

mod support;

use mantago::types::PersonalTagMappingRequest;
use mantago::{ClientIdentity, Error, ErrorKind, IdentityError, Platform};
use support::{Server, call, nowhere, once, removed};

const MISSING: &str = "no client is identified: expected clientId, or both platform and platformClientId";
const NO_PLATFORM: &str = "platform is missing: platformClientId identifies a client only together with it";
const NO_ID: &str = "platformClientId is missing: platform identifies a client only together with it";
const AMBIGUOUS: &str =
    "the client is ambiguous: expected clientId, or both platform and platformClientId, but not more";
const BLANK_CLIENT: &str = "clientId is blank: expected the client's ID";
const BLANK_PLATFORM_CLIENT: &str = "platformClientId is blank: expected the client's ID";

/// `clientId`, `platform`, `platformClientId`, and the error.
type Row = (Option<&'static str>, Option<Platform>, Option<&'static str>, Option<&'static str>);

#[rustfmt::skip]
const TABLE: [Row; 25] = [
    (None,       None,                 None,       Some(MISSING)),
    (None,       None,                 Some("u1"), Some(NO_PLATFORM)),
    (None,       Some(Platform::Line), None,       Some(NO_ID)),
    (None,       Some(Platform::Line), Some("u1"), None),
    (Some("c1"), None,                 None,       None),
    (Some("c1"), None,                 Some("u1"), Some(AMBIGUOUS)),
    (Some("c1"), Some(Platform::Line), None,       Some(AMBIGUOUS)),
    (Some("c1"), Some(Platform::Line), Some("u1"), Some(AMBIGUOUS)),
    // A blank ID never counts as absent.
    (Some(""),     None,                 None,       Some(BLANK_CLIENT)),
    (Some(" "),    None,                 None,       Some(BLANK_CLIENT)),
    (Some("\t\n"), None,                 None,       Some(BLANK_CLIENT)),
    (Some("\u{3000}\u{a0}"), None,       None,       Some(BLANK_CLIENT)),
    (Some(""),     None,                 Some("u1"), Some(BLANK_CLIENT)),
    (Some(""),     Some(Platform::Line), None,       Some(BLANK_CLIENT)),
    (Some(""),     Some(Platform::Line), Some("u1"), Some(BLANK_CLIENT)),
    (Some(""),     Some(Platform::Line), Some(""),   Some(BLANK_CLIENT)),
    (None,         None,                 Some(""),   Some(BLANK_PLATFORM_CLIENT)),
    (None,         Some(Platform::Line), Some(""),   Some(BLANK_PLATFORM_CLIENT)),
    (None,         Some(Platform::Line), Some("  "), Some(BLANK_PLATFORM_CLIENT)),
    (Some("c1"),   None,                 Some(""),   Some(BLANK_PLATFORM_CLIENT)),
    (Some("c1"),   Some(Platform::Line), Some(""),   Some(BLANK_PLATFORM_CLIENT)),
    // Nor does an ID with white space around it, such as a line break from a file.
    (Some(" c1 "), None,                 None,       Some("clientId has white space around it")),
    (Some("c1\n"), None,                 None,       Some("clientId has white space around it")),
    (None,         Some(Platform::Whatsapp), Some(" u1"), Some("platformClientId has white space around it")),
    (Some("c1 "),  Some(Platform::Line), Some("u1"), Some("clientId has white space around it")),
];

fn requests() -> impl Iterator<Item = (PersonalTagMappingRequest, Option<&'static str>)> {
    TABLE.into_iter().map(|(client_id, platform, platform_client_id, verdict)| {
        let mut request = support::request();
        request.client_id = client_id.map(str::to_owned);
        request.platform = platform;
        request.platform_client_id = platform_client_id.map(str::to_owned);
        (request, verdict)
    })
}

#[test]
fn an_identity_allows_exactly_the_valid_combinations() {
    for (request, verdict) in requests() {
        let identity = ClientIdentity::try_from(&request);
        assert_eq!(identity.as_ref().err().map(ToString::to_string).as_deref(), verdict, "{request:?}");
        assert_eq!(request.identity(), identity);
        assert_eq!(request.validate(), identity.clone().map(drop));

        if let Ok(identity) = identity {
            let again = PersonalTagMappingRequest::for_client(identity, "tag-42");
            assert_eq!(again.client_id, request.client_id);
            assert_eq!(again.platform, request.platform);
            assert_eq!(again.platform_client_id, request.platform_client_id);
        }
    }
}

#[test]
fn an_identity_is_never_blank() {
    for blank in ["", " ", "\n", "\u{2003}"] {
        let by_id = ClientIdentity::client_id(blank).unwrap_err();
        assert_eq!(by_id.to_string(), BLANK_CLIENT);
        let by_platform = ClientIdentity::platform(Platform::Facebook, blank).unwrap_err();
        assert_eq!(by_platform.to_string(), BLANK_PLATFORM_CLIENT);
    }
}

#[tokio::test]
async fn an_invalid_request_is_never_sent() {
    for (request, verdict) in requests() {
        let server = Server::start(removed()).await;
        let sent = call(&server.client()).body(request.clone()).send().await;
        if let Some(why) = verdict {
            let error = sent.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert_eq!(error.to_string(), format!("invalid request: {why}"));
            assert_eq!((error.is_retryable(), error.attempts()), (false, 0));
            assert_eq!(server.connections(), 0, "{request:?}");
        } else {
            assert_eq!(sent.unwrap().message, "removed");
            assert_eq!(server.request_count(), 1);
        }
    }
}

/// It refuses every body that `send` would refuse, in the same words.
#[tokio::test]
async fn validate_and_send_report_the_same_errors() {
    let client = once(nowhere()).bot_id("bot-7").build().unwrap();
    for (tag_id, why) in [("", "tagId is blank"), (" \n", "tagId is blank"), ("t ", "tagId has white space around it")]
    {
        let request = PersonalTagMappingRequest::for_client(ClientIdentity::client_id("c").unwrap(), tag_id);
        let error = request.validate().unwrap_err();
        assert_eq!(error.to_string(), why);
        assert!(matches!(
            error,
            IdentityError::Blank { field: "tagId", .. } | IdentityError::Padded { field: "tagId", .. }
        ));
        // The identity is valid nevertheless.
        assert_eq!(request.identity(), Ok(ClientIdentity::client_id("c").unwrap()));
        let sent = client.personal_tag_mapping_delete().body(request).send().await;
        assert_eq!(sent.unwrap_err().to_string(), format!("invalid request: {why}"));
    }
}

/// Requests from the builder of their type or from JSON, with each kind of client.
#[tokio::test]
async fn every_way_to_send_is_validated() {
    let server = Server::start(removed()).await;
    let client = server.client();
    let parsed: PersonalTagMappingRequest =
        serde_json::from_str(r#"{"tagId":"t","clientId":"c","platform":"line"}"#).unwrap();
    let builder = || PersonalTagMappingRequest::builder().tag_id("t");
    let other_bot = client.with_credentials(mantago::Credentials::new("other", "pair")).unwrap();
    let retrying = client.with_retry(support::at_once().assume_idempotent(true));
    let over_own_http = once(server.url()).http(mantago::reqwest::Client::builder()).build().unwrap();
    for (call, why) in [
        (call(&client).body(builder()), MISSING),
        (call(&client).body(parsed), AMBIGUOUS),
        (call(&other_bot).body(builder()), MISSING),
        (call(&retrying).body(builder()), MISSING),
        (call(&over_own_http).body(builder()), MISSING),
    ] {
        assert_eq!(call.send().await.unwrap_err().to_string(), format!("invalid request: {why}"));
    }
    assert_eq!(server.connections(), 0);
}

/// A missing value is named with the method that sets it, and an unknown platform with the known ones.
#[tokio::test]
async fn errors_name_the_missing_field() {
    let client = once(nowhere()).build().unwrap();
    let delete = || client.personal_tag_mapping_delete();
    let builder = PersonalTagMappingRequest::builder;
    for (call, why) in [
        (
            delete().body(support::request()),
            "bot_id is missing: set it with bot_id(…), or for all calls with ClientBuilder::bot_id",
        ),
        (delete().bot_id("b"), "body is missing: set it with body(…)"),
        (
            delete().bot_id("b").body(builder().client_id("c".to_owned())),
            "body: tag_id is missing: set it with tag_id(…)",
        ),
    ] {
        let error = call.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.to_string(), format!("invalid request: {why}"));
    }
    let error = "sms".parse::<Platform>().unwrap_err().to_string();
    assert!(error.starts_with(r#""sms": expected line, facebook, instagram, liveChat"#), "{error}");
    assert_eq!(Platform::try_from("sms").unwrap_err().to_string(), error);
}

#[test]
fn an_identity_error_converts_to_an_error() {
    fn identify() -> Result<ClientIdentity, Error> {
        Ok(ClientIdentity::client_id("")?)
    }
    let error = identify().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(error.to_string(), format!("invalid request: {BLANK_CLIENT}"));
    assert!(matches!(ClientIdentity::client_id(""), Err(IdentityError::Blank { field: "clientId", .. })));
}
