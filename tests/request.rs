//! A request has only the documented parts, HTTP's own headers and a `User-Agent`, and each value arrives as given.

mod support;

use mantago::types::PersonalTagMappingRequest;
use mantago::{API_VERSION, ClientBuilder, ClientIdentity, DEFAULT_BASE_URL, ErrorKind, Platform};
use support::{SECRET, Server, TOKEN, call, credentials, once, removed, untag};

/// Values that are easily lost: in a query, a URL, JSON, or a log.
const ODD: [&str; 16] = [
    "a&b=c",
    "a#b",
    "100%",
    "%41",
    "a+b",
    "a b",
    "a  b",
    "\"a\\b\"",
    "{a}",
    "標籤",
    "👩‍👩‍👧",
    "é\u{301}",
    "a/../b",
    "a\nb\t\u{1}",
    "';--",
    "\u{feff}\u{202e}x",
];

#[tokio::test]
async fn a_request_is_sent_byte_for_byte() {
    let server = Server::start(removed()).await;
    untag(&server.client()).await.unwrap();

    let request = server.request();
    assert_eq!(request.line(), "POST /openapi/personalTagMapping/delete?botId=bot-7 HTTP/1.1");
    let mut headers = request.head[1..].to_vec();
    headers.sort();
    let body = format!(r#"{{"clientId":"client-1","tagId":"tag-42","secret":"{SECRET}"}}"#);
    assert_eq!(
        headers,
        [
            "accept: application/json".to_owned(),
            format!("authorization: Bearer {TOKEN}"),
            format!("content-length: {}", body.len()),
            "content-type: application/json".to_owned(),
            format!("host: {}", server.address),
            format!("user-agent: mantago/{}", env!("CARGO_PKG_VERSION")),
        ]
    );
    assert_eq!(String::from_utf8(request.body).unwrap(), body);
}

#[test]
fn a_request_does_not_contain_the_secret() {
    let request = serde_json::to_value(support::request()).unwrap();
    assert_eq!(request, serde_json::json!({ "clientId": "client-1", "tagId": "tag-42" }));
    let stored: PersonalTagMappingRequest = serde_json::from_value(request).unwrap();
    assert_eq!(stored.tag_id, "tag-42");
}

#[tokio::test]
async fn every_value_arrives_unchanged() {
    let server = Server::start(removed()).await;
    for (index, odd) in ODD.into_iter().enumerate() {
        let by_platform = index % 2 == 1;
        let identity = if by_platform {
            ClientIdentity::platform(Platform::LiveChat, odd).unwrap()
        } else {
            ClientIdentity::client_id(odd).unwrap()
        };
        let builder = ClientBuilder::new(mantago::Credentials::new(TOKEN, odd)).base_url(server.url());
        let body = PersonalTagMappingRequest::for_client(identity, odd);
        builder.build().unwrap().personal_tag_mapping_delete().bot_id(odd).body(body).send().await.unwrap();

        let request = server.last_request();
        assert!(request.line().starts_with("POST /openapi/personalTagMapping/delete?botId="), "{odd:?}");
        assert_eq!(request.query(), [("botId".to_owned(), odd.to_owned())]);
        let mut expected = serde_json::json!({ "secret": odd, "tagId": odd });
        if by_platform {
            expected["platform"] = "liveChat".into();
            expected["platformClientId"] = odd.into();
        } else {
            expected["clientId"] = odd.into();
        }
        assert_eq!(request.json(), expected);
    }
}

/// Blank, or with white space around it.
#[tokio::test]
async fn a_blank_or_padded_id_is_rejected() {
    const BLANK: &str = "is blank";
    const PADDED: &str = "has white space around it";
    let server = Server::start(removed()).await;
    let client = server.client();
    for (id, why) in [
        ("", BLANK),
        (" ", BLANK),
        ("\t\n", BLANK),
        ("\u{3000}", BLANK),
        (" a", PADDED),
        ("a\n", PADDED),
        ("\u{a0}a", PADDED),
    ] {
        let mut body = support::request();
        body.tag_id = id.to_owned();
        for (name, call) in [("botId", call(&client).bot_id(id)), ("tagId", call(&client).body(body))] {
            let error = call.send().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert_eq!(error.to_string(), format!("invalid request: {name} {why}"));
        }

        // The error for a blank ID of a client names the expected value.
        let why = if why == BLANK { "is blank: expected the client's ID" } else { why };
        let named = PersonalTagMappingRequest::builder().tag_id("t");
        let on_a_platform = named.clone().platform(Platform::Line).platform_client_id(id.to_owned());
        for (name, body, identity) in [
            ("clientId", named.client_id(id.to_owned()), ClientIdentity::client_id(id)),
            ("platformClientId", on_a_platform, ClientIdentity::platform(Platform::Line, id)),
        ] {
            let error = call(&client).body(body).send().await.unwrap_err();
            assert_eq!(error.to_string(), format!("invalid request: {name} {why}"));
            assert_eq!(identity.unwrap_err().to_string(), format!("{name} {why}"));
        }
    }
    assert_eq!(server.connections(), 0);
    let padded = ClientIdentity::client_id("client-1\n");
    assert!(matches!(padded, Err(mantago::IdentityError::Padded { field: "clientId", .. })), "{padded:?}");
}

#[tokio::test]
async fn platforms_are_spelled_as_documented() {
    let server = Server::start(removed()).await;
    let client = server.client();
    for (platform, name) in [
        (Platform::Line, "line"),
        (Platform::Facebook, "facebook"),
        (Platform::Instagram, "instagram"),
        (Platform::LiveChat, "liveChat"),
        (Platform::Whatsapp, "whatsapp"),
    ] {
        let identity = ClientIdentity::platform(platform, "u1").unwrap();
        call(&client).body(PersonalTagMappingRequest::for_client(identity, "t")).send().await.unwrap();
        assert_eq!(server.last_request().json()["platform"], name);
        assert_eq!(name.parse::<Platform>().unwrap(), platform);
        assert_eq!(platform.to_string(), name);
    }
}

#[tokio::test]
async fn the_base_url_works_with_and_without_a_slash() {
    let server = Server::start(removed()).await;
    for (suffix, path) in [("", ""), ("/", ""), ("/api", "/api"), ("/api/", "/api"), ("/a/b//", "/a/b")] {
        untag(&once(server.url() + suffix).build().unwrap()).await.unwrap();
        let line = server.last_request().line().to_owned();
        assert_eq!(line, format!("POST {path}/openapi/personalTagMapping/delete?botId=bot-7 HTTP/1.1"), "{suffix:?}");
    }
}

/// An application's name in `User-Agent` and its own HTTP setup change nothing else.
#[tokio::test]
async fn the_user_agent_begins_with_the_application() {
    let own = format!("mantago/{}", env!("CARGO_PKG_VERSION"));
    let http = || mantago::reqwest::Client::builder().user_agent("theirs");
    let server = Server::start(removed()).await;
    let builder = || ClientBuilder::new(credentials()).base_url(server.url());
    for (builder, expected) in [
        (builder(), own.clone()),
        (builder().user_agent("billing/1.4"), format!("billing/1.4 {own}")),
        (builder().http(http()), own.clone()),
        (builder().http(http()).user_agent("billing"), format!("billing {own}")),
    ] {
        untag(&builder.build().unwrap()).await.unwrap();
        assert_eq!(server.last_request().header("user-agent"), [expected]);
    }
    let bytes = |request: &support::Request| {
        let mut head = request.head.clone();
        head.retain(|line| !line.starts_with("user-agent: "));
        head.sort();
        (head, request.body.clone())
    };
    let requests = server.requests();
    assert!(requests.iter().all(|request| bytes(request) == bytes(&requests[0])));
}

#[test]
fn constants_match_the_document() {
    let document = include_str!("../openapi/remove-personal-tag-from-user.json");
    let document: serde_json::Value = serde_json::from_str(document).unwrap();
    assert_eq!(API_VERSION, document["info"]["version"]);
    assert_eq!(DEFAULT_BASE_URL, document["servers"][0]["url"]);
}
