//! What is sent is what the document describes, what HTTP needs, and a `User-Agent`; and each value arrives as given.

mod loopback;

use loopback::{REMOVED, SECRET, Server, TOKEN, json, untag};
use mantago::types::PersonalTagMappingRequest;
use mantago::{API_VERSION, ClientBuilder, ClientIdentity, DEFAULT_BASE_URL, Platform};

/// Values that are easily lost: in a query, a URL, JSON, or a log.
const ODD: [&str; 16] = [
    "a&b=c",
    "a#b",
    "100%",
    "%41",
    "a+b",
    "a b",
    " a ",
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
async fn the_exact_bytes_of_a_request() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    untag(&server.client()).await.unwrap();

    let request = server.request();
    assert_eq!(request.line(), "POST /openapi/personalTagMapping/delete?botId=bot-7 HTTP/1.1");
    let mut headers = request.head[1..].to_vec();
    headers.sort();
    let body = format!(r#"{{"clientId":"client-1","secret":"{SECRET}","tagId":"tag-42"}}"#);
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

/// A client that was brought has its own way with bodies; the bytes are the same.
#[tokio::test]
async fn the_same_bytes_over_an_existing_client() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    untag(&server.client()).await.unwrap();
    let existing = loopback::reqwest_client().user_agent("theirs").build().unwrap();
    let client = ClientBuilder::new(TOKEN).base_url(server.url()).http_client(existing).build().unwrap();
    untag(&client).await.unwrap();

    let [mut own, mut brought] = server.requests().try_into().ok().unwrap();
    own.head.sort();
    brought.head.sort();
    assert_eq!(own.head, brought.head);
    assert_eq!(own.body, brought.body);
}

#[tokio::test]
async fn odd_characters_in_every_value() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    let client = server.client();
    for (index, odd) in ODD.into_iter().enumerate() {
        let by_platform = index % 2 == 1;
        let identity = if by_platform {
            ClientIdentity::platform(Platform::LiveChat, odd).unwrap()
        } else {
            ClientIdentity::client_id(odd).unwrap()
        };
        let body = PersonalTagMappingRequest::for_client(identity, odd, odd);
        client.personal_tag_mapping_delete().bot_id(odd).body(body).send().await.unwrap();

        let request = server.requests().pop().unwrap();
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

#[tokio::test]
async fn each_platform_as_the_document_spells_it() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    let client = server.client();
    for (platform, name) in [
        (Platform::Line, "line"),
        (Platform::Facebook, "facebook"),
        (Platform::Instagram, "instagram"),
        (Platform::LiveChat, "liveChat"),
        (Platform::Whatsapp, "whatsapp"),
    ] {
        let identity = ClientIdentity::platform(platform, "u1").unwrap();
        let body = PersonalTagMappingRequest::for_client(identity, "t", "s");
        client.personal_tag_mapping_delete().bot_id("b").body(body).send().await.unwrap();
        assert_eq!(server.requests().pop().unwrap().json()["platform"], name);
        assert_eq!(name.parse::<Platform>().unwrap(), platform);
    }
}

#[tokio::test]
async fn the_base_url_works_with_and_without_a_slash() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    for (suffix, path) in [("", ""), ("/", ""), ("/api", "/api"), ("/api/", "/api"), ("/a/b//", "/a/b")] {
        let client = ClientBuilder::new(TOKEN).base_url(server.url() + suffix).build().unwrap();
        untag(&client).await.unwrap();
        let line = server.requests().pop().unwrap().line().to_owned();
        assert_eq!(line, format!("POST {path}/openapi/personalTagMapping/delete?botId=bot-7 HTTP/1.1"), "{suffix:?}");
    }
}

#[tokio::test]
async fn another_token_goes_over_the_same_connection() {
    let server = Server::start(json("200 OK", REMOVED)).await;
    let client = server.client();
    let rotated = client.with_token("tok-rotated").unwrap();
    untag(&client).await.unwrap();
    untag(&rotated).await.unwrap();
    untag(&client).await.unwrap();

    let tokens: Vec<_> =
        server.requests().iter().map(|request| request.header("authorization")[0].to_owned()).collect();
    assert_eq!(tokens, [format!("Bearer {TOKEN}"), "Bearer tok-rotated".to_owned(), format!("Bearer {TOKEN}")]);
    assert_eq!(server.connections(), 1);
}

#[test]
fn constants_come_from_the_document() {
    let document = include_str!("../openapi/remove-personal-tag-from-user.json");
    let document: serde_json::Value = serde_json::from_str(document).unwrap();
    assert_eq!(API_VERSION, document["info"]["version"]);
    assert_eq!(DEFAULT_BASE_URL, document["servers"][0]["url"]);
}
