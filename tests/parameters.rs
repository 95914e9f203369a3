//! The parameters of `Client::request` arrive as they are given, or nothing is sent.

mod support;

use std::collections::BTreeMap;

use mantago::{ErrorKind, Method, Platform};
use serde::Serialize;
use serde_json::{Value, json};
use support::{Server, once, removed};

#[tokio::test]
async fn every_character_of_a_parameter_arrives() {
    let server = Server::start(removed()).await;
    let client = server.client();
    for odd in ["a/b", "a&b=c#d?e", "100%", "%2F", "a+b c", "{id}", "標籤", "👩‍👧", "a..b", "é"] {
        let tags = client.request(Method::POST, "/openapi/client/{clientId}/tags/{tagId}");
        let call = tags.path_parameter("clientId", odd).path_parameter("tagId", odd).query("name", odd);
        call.query("page", 7).query("name", "again").send::<()>().await.unwrap();
        let url = server.last_request().url();
        let segments: Vec<_> = url.path_segments().unwrap().map(str::to_owned).collect();
        assert_eq!(segments.len(), 5, "{odd:?}");
        for segment in [&segments[2], &segments[4]] {
            // These characters are special in a query, but not in a path.
            let escaped = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
            let decoded = format!("http://h/?{escaped}");
            let decoded = mantago::reqwest::Url::parse(&decoded).unwrap();
            assert_eq!(decoded.query_pairs().next().unwrap().0, odd);
        }
        let expected = [("name", odd), ("page", "7"), ("name", "again")];
        assert_eq!(server.last_request().query(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}

#[tokio::test]
async fn a_path_that_a_url_would_change_is_rejected() {
    let server = Server::start(removed()).await;
    let client = once(server.url() + "/api").build().unwrap();
    for path in [
        "",
        "openapi/personalTag",
        "https://elsewhere.example/openapi",
        "@elsewhere.example/",
        ".elsewhere.example/",
        ":80/",
        "/openapi?botId=1",
        "/openapi?",
        "/openapi#top",
        "/../admin",
        "/openapi/../../admin",
        "/openapi/%2e%2E/admin",
        "/openapi/./tags",
        "/openapi/..",
        "//elsewhere.example/tags",
        "/openapi//tags",
        "/openapi\\..\\admin",
        "/open\tapi",
        "/openapi\n",
        "/open api",
        "/標籤",
        "/openapi/{tagId",
        "/openapi/tagId}",
    ] {
        let error = client.request(Method::POST, path).send::<()>().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        let expected = "expected a path such as \"/openapi/tag/{tagId}\", with no query, no \"..\" and nothing that needs escaping";
        assert_eq!(error.to_string(), format!("invalid request: path {path:?}: {expected}"));
    }
    for (name, value, why) in [
        ("tagId", " ", "tagId is blank"),
        ("tagId", "a ", "tagId has white space around it"),
        ("part", "..", "part cannot be part of a URL's path: it is empty, \".\" or \"..\", or has a backslash"),
        ("part", "", "part cannot be part of a URL's path: it is empty, \".\" or \"..\", or has a backslash"),
    ] {
        let call = client.request(Method::POST, format!("/openapi/{{{name}}}")).path_parameter(name, value);
        assert_eq!(call.send::<()>().await.unwrap_err().to_string(), format!("invalid request: {why}"));
    }
    assert_eq!(server.connections(), 0);
    let call = client.request(Method::POST, "/a{b}{c}d").path_parameter("b", "/.").path_parameter("c", "./");
    call.send::<()>().await.unwrap();
    let dots = client.request(Method::POST, "/a/{b}{c}/d").path_parameter("b", "x").path_parameter("c", "y");
    dots.send::<()>().await.unwrap();
    // Escapes are kept.
    client.request(Method::POST, "/openapi/a%2Fb").send::<()>().await.unwrap();
    // A trailing slash is part of the path.
    client.request(Method::POST, "/openapi/client/").send::<()>().await.unwrap();
    let lines: Vec<_> = server.requests().iter().map(|request| request.line().to_owned()).collect();
    let expected = ["/api/a%2F..%2Fd", "/api/a/xy/d", "/api/openapi/a%2Fb", "/api/openapi/client/"];
    assert_eq!(lines, expected.map(|path| format!("POST {path} HTTP/1.1")));
}

#[tokio::test]
async fn every_path_parameter_must_be_set_exactly_once() {
    let server = Server::start(removed()).await;
    let client = server.client();
    for (path, given, why) in [
        ("/tag/{tagId}", &[][..], "tagId is missing: set it with path_parameter(\"tagId\", …)"),
        ("/a/{b}/{tagId}", &["b"], "tagId is missing: set it with path_parameter(\"tagId\", …)"),
        ("/tag/{tagId}", &["tag"], "tagId is missing: set it with path_parameter(\"tagId\", …)"),
        ("/tag", &["tagId"], "path_parameter(\"tagId\", …) was given, but the path has no {tagId}"),
        ("/tag/{tagId}", &["tagId", "other"], "path_parameter(\"other\", …) was given, but the path has no {other}"),
        ("/tag/{tagId}", &["tagId", "tagId"], "path_parameter(\"tagId\", …) was given twice"),
    ] {
        let call = given.iter().fold(client.request(Method::POST, path), |call, name| call.path_parameter(*name, "x"));
        let error = call.send::<()>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.to_string(), format!("invalid request: path {path:?}: {why}"));
    }
    assert_eq!(server.connections(), 0);
    client.request(Method::POST, "/{a}/b/{a}").path_parameter("a", "{b}").send::<()>().await.unwrap();
    assert_eq!(server.request().line(), "POST /%7Bb%7D/b/%7Bb%7D HTTP/1.1");
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Filter<'a> {
    name: Option<&'a str>,
    platform: Option<Platform>,
    page_size: u32,
    tag_ids: Vec<&'a str>,
    deep: bool,
}

#[tokio::test]
async fn a_query_can_be_a_struct() {
    let server = Server::start(removed()).await;
    let client = once(server.url()).bot_id("bot-7").build().unwrap();
    let filter =
        Filter { name: Some("a&b=c 標籤"), platform: None, page_size: 50, tag_ids: vec!["t 1", "t2"], deep: false };
    client.request(Method::GET, "/a").query("first", 1).queries(&filter).send::<()>().await.unwrap();
    let mut query = server.last_request().query();
    query.sort();
    let expected = [
        ("botId", "bot-7"),
        ("deep", "false"),
        ("first", "1"),
        ("name", "a&b=c 標籤"),
        ("pageSize", "50"),
        ("tagIds", "t 1"),
        ("tagIds", "t2"),
    ];
    assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));

    // IDs in a struct are checked, and its bot replaces the client's.
    let error = client.request(Method::GET, "/a").queries(&json!({ "tagId": " " })).send::<()>().await.unwrap_err();
    assert_eq!(error.to_string(), "invalid request: tagId is blank");
    client.request(Method::GET, "/a").queries(&BTreeMap::from([("botId", "bot-8")])).send::<()>().await.unwrap();
    assert_eq!(server.last_request().query(), [("botId".to_owned(), "bot-8".to_owned())]);

    let expected = "expected a struct or map of texts, numbers, booleans and lists of these";
    for (query, why) in [
        (json!(["a"]), expected.to_owned()),
        (json!("a=b"), expected.to_owned()),
        (Value::Null, expected.to_owned()),
        (json!({ "a": { "b": 1 } }), format!("a: {expected}")),
        (json!({ "a": [[1]] }), format!("a: {expected}")),
    ] {
        let error = client.request(Method::GET, "/a").queries(&query).send::<()>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.to_string(), format!("invalid request: query: {why}"));
    }
}

#[tokio::test]
async fn a_blank_or_padded_id_in_the_query_is_rejected() {
    let server = Server::start(removed()).await;
    let client = server.client();
    for (value, why) in [("", "is blank"), ("bot-7\n", "has white space around it")] {
        let error = client.request(Method::GET, "/a").query("botId", value).send::<()>().await.unwrap_err();
        assert_eq!(error.to_string(), format!("invalid request: botId {why}"));
    }
    client.request(Method::GET, "/a").query("name", " a ").send::<()>().await.unwrap();
    assert_eq!(server.request().query(), [("name".to_owned(), " a ".to_owned())]);
}
