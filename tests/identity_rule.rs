//! A request identifies exactly one client, or not one byte of it leaves the machine.

mod loopback;

use loopback::{REMOVED, Server, json};
use mantago::types::PersonalTagMappingRequest;
use mantago::{ApiError, ClientIdentity, ErrorKind, IdentityError, Platform};

const MISSING: &str = "no client is identified: expected clientId, or both platform and platformClientId";
const NO_PLATFORM: &str = "platform is missing: platformClientId identifies a client only together with it";
const NO_ID: &str = "platformClientId is missing: platform identifies a client only together with it";
const AMBIGUOUS: &str =
    "the client is ambiguous: expected clientId, or both platform and platformClientId, but not more";
const BLANK_CLIENT: &str = "clientId is blank: expected the client's ID";
const BLANK_PLATFORM_CLIENT: &str = "platformClientId is blank: expected the client's ID";

/// `clientId`, `platform`, `platformClientId`, and what is wrong with them.
type Row = (Option<&'static str>, Option<Platform>, Option<&'static str>, Option<&'static str>);

/// The whole table.
#[rustfmt::skip]
const TABLE: [Row; 23] = [
    (None,       None,                 None,       Some(MISSING)),
    (None,       None,                 Some("u1"), Some(NO_PLATFORM)),
    (None,       Some(Platform::Line), None,       Some(NO_ID)),
    (None,       Some(Platform::Line), Some("u1"), None),
    (Some("c1"), None,                 None,       None),
    (Some("c1"), None,                 Some("u1"), Some(AMBIGUOUS)),
    (Some("c1"), Some(Platform::Line), None,       Some(AMBIGUOUS)),
    (Some("c1"), Some(Platform::Line), Some("u1"), Some(AMBIGUOUS)),
    // A blank ID is never taken as absent, whatever else is there.
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
    // White space around an ID is the caller's, and stays.
    (Some(" c1 "), None,                 None,       None),
    (None,         Some(Platform::Whatsapp), Some(" u1 "), None),
];

fn requests() -> impl Iterator<Item = (PersonalTagMappingRequest, Option<&'static str>)> {
    TABLE.into_iter().map(|(client_id, platform, platform_client_id, verdict)| {
        let mut request = loopback::request();
        request.client_id = client_id.map(str::to_owned);
        request.platform = platform;
        request.platform_client_id = platform_client_id.map(str::to_owned);
        (request, verdict)
    })
}

#[test]
fn the_type_holds_what_the_table_allows() {
    for (request, verdict) in requests() {
        let identity = ClientIdentity::try_from(&request);
        assert_eq!(identity.as_ref().err().map(ToString::to_string).as_deref(), verdict, "{request:?}");
        assert_eq!(request.validate().err(), identity.as_ref().err().cloned());

        if let Ok(identity) = identity {
            let again = PersonalTagMappingRequest::for_client(identity, "tag-42", loopback::SECRET);
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
async fn no_request_that_breaks_the_rule_is_sent() {
    for (request, verdict) in requests() {
        let server = Server::start(json("200 OK", REMOVED)).await;
        let sent = server.client().personal_tag_mapping_delete().bot_id("bot-7").body(request.clone()).send().await;
        let sent = sent.map_err(ApiError::from);
        match verdict {
            None => {
                assert_eq!(sent.unwrap().message, "removed");
                assert_eq!(server.requests().len(), 1);
            }
            Some(why) => {
                let error = sent.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidRequest);
                assert_eq!(error.to_string(), format!("invalid request: {why}"));
                assert!(!error.is_retryable());
                assert_eq!(server.connections(), 0, "{request:?}");
            }
        }
    }
}

/// The builder of the body, the builder of the call, and a request read from JSON: each way to send is guarded.
#[tokio::test]
async fn every_way_to_send_is_guarded() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    let client = server.client();
    let parsed: PersonalTagMappingRequest =
        serde_json::from_str(r#"{"secret":"s","tagId":"t","clientId":"c","platform":"line"}"#).unwrap();
    let builder = || PersonalTagMappingRequest::builder().secret("s").tag_id("t");
    let other_client = loopback::reqwest_client().build().unwrap();
    let other_client =
        mantago::ClientBuilder::new("token").base_url(server.url()).http_client(other_client).build().unwrap();

    let rotated = client.with_token("other").unwrap();
    let calls = [
        (client.personal_tag_mapping_delete().body(builder()), MISSING),
        (client.personal_tag_mapping_delete().body_map(|body| body.secret("s").tag_id("t")), MISSING),
        (client.personal_tag_mapping_delete().body(parsed), AMBIGUOUS),
        (mantago::builder::PersonalTagMappingDelete::new(&client).body(builder()), MISSING),
        (rotated.personal_tag_mapping_delete().body(builder()), MISSING),
        (other_client.personal_tag_mapping_delete().body(builder()), MISSING),
    ];
    for (call, why) in calls {
        let error = ApiError::from(call.bot_id("b").send().await.unwrap_err());
        assert_eq!(error.to_string(), format!("invalid request: {why}"));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn what_the_document_requires_is_required() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    let client = server.client();
    let call = || client.personal_tag_mapping_delete();
    let calls = [
        (call().body(loopback::request()), "bot_id was not initialized"),
        (call().bot_id("b"), "no value supplied for secret"),
        (
            call().bot_id("b").body_map(|body| body.secret("s").client_id("c".to_owned())),
            "no value supplied for tag_id",
        ),
    ];
    for (call, why) in calls {
        let error = ApiError::from(call.send().await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.to_string(), format!("invalid request: {why}"));
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn an_identity_error_becomes_an_api_error() {
    fn identify() -> Result<ClientIdentity, ApiError> {
        Ok(ClientIdentity::client_id("")?)
    }
    let error = identify().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(error.to_string(), format!("invalid request: {BLANK_CLIENT}"));
    assert!(matches!(ClientIdentity::client_id(""), Err(IdentityError::Blank { field: "clientId", .. })));
}
