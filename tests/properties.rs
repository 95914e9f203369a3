//! For any response and any request: no panic, no lost status, no altered value, no request that breaks the rule, and no
//! credential shown.

mod support;

use std::path::Path;
use std::sync::{Arc, Mutex};

use mantago::types::PersonalTagMappingRequest;
use mantago::{Client, ClientIdentity, Credentials, Error, ErrorKind, Platform};
use proptest::option;
use proptest::prelude::*;
use support::{ERROR, REMOVED, Server, TOKEN, call, once, removed, response, untag};
use tokio::runtime::Runtime;

/// A server and its client, shared by all cases of a test. Each case sets the response.
struct Fixture {
    runtime: Runtime,
    server: Server,
    client: Client,
    next: Arc<Mutex<Vec<u8>>>,
}

impl Fixture {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let next = Arc::new(Mutex::new(removed()));
        let responses = next.clone();
        let server = runtime.block_on(Server::start_with(move |_| responses.lock().unwrap().clone()));
        let client = once(server.url()).build().unwrap();
        Self { runtime, server, client, next }
    }

    fn call(&self, response: Vec<u8>) -> Result<String, Error> {
        *self.next.lock().unwrap() = response;
        self.runtime.block_on(untag(&self.client))
    }
}

/// Any bytes, or nearly the documented JSON.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let refusal = r#"{"success":false,"message":"no"}"#;
    let nearly = (any::<prop::sample::Index>(), any::<u8>(), prop::sample::select(vec![REMOVED, refusal, ERROR]));
    let nearly = nearly.prop_map(|(at, byte, text)| {
        let mut bytes = text.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes
    });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..200), nearly]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ \t\n]{0,3}", "\\PC{0,40}"]
}

fn platform() -> impl Strategy<Value = Platform> {
    let all = [Platform::Line, Platform::Facebook, Platform::Instagram, Platform::LiveChat, Platform::Whatsapp];
    prop::sample::select(all.to_vec())
}

/// Everything that an error shows.
fn shown(error: &Error) -> String {
    format!(
        "{error} {error:?} {error:#?} {:?} {:?} {:?} {:?} {:?}",
        error.code(),
        error.message(),
        error.retry_after(),
        error.headers(),
        error.json::<serde_json::Value>(),
    )
}

#[test]
fn any_body_with_any_status_has_one_outcome() {
    let fixture = Fixture::new();
    let headers = prop::collection::vec(("[a-z-]{1,12}", "[ -~]{0,20}"), 0..4);
    proptest!(ProptestConfig::with_cases(1000), |(status in 200_u16..=999, body in body(), headers in headers)| {
        let body = if matches!(status, 204 | 304) { Vec::new() } else { body };
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !["content-length", "transfer-encoding", "connection"].contains(name)).collect();
        match fixture.call(response(&format!("{status} x"), &headers, &body)) {
            Ok(_) => prop_assert!(status < 300),
            Err(error) => {
                prop_assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{:?}", error);
                prop_assert_eq!(error.body(), body);
                prop_assert_eq!(error.to_string().lines().count(), 1);
                prop_assert!(!shown(&error).is_empty());
            }
        }
    });
}

/// The call ends in a success or in one line.
#[test]
fn any_bytes_as_a_response_end_the_call() {
    let fixture = Fixture::new();
    let after =
        |head: &'static [u8]| prop::collection::vec(any::<u8>(), 0..60).prop_map(move |tail| [head, &tail].concat());
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..200),
        after(b"HTTP/1.1 404 No\r\n"),
        after(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
    ];
    proptest!(ProptestConfig::with_cases(1000), |(bytes in bytes)| {
        if let Err(error) = fixture.call(bytes) {
            prop_assert_eq!(error.to_string().lines().count(), 1);
            prop_assert_ne!(error.kind(), ErrorKind::InvalidRequest);
        }
    });
}

/// Any credentials are refused, or sent unchanged and shown nowhere, even if the server repeats them.
#[test]
fn credentials_are_rejected_or_sent_unchanged_and_hidden() {
    let fixture = Fixture::new();
    let token = prop_oneof!["[!-~]{6,40}", any::<String>()];
    let secret = prop_oneof!["[!-~]{6,40}", "\\PC{6,40}", any::<String>()];
    proptest!(ProptestConfig::with_cases(500), |(token in token, secret in secret)| {
        let cannot_be_meant = |text: &str| text.trim() != text || text.is_empty();
        let Ok(client) = fixture.client.with_credentials(Credentials::new(token.as_str(), secret.as_str())) else {
            prop_assert!(cannot_be_meant(&token) || cannot_be_meant(&secret) || token.contains(|c: char| c.is_control()));
            return Ok(());
        };
        prop_assert!(!cannot_be_meant(&token) && !cannot_be_meant(&secret));
        let said = format!("no {token} / {secret}");
        let body = serde_json::json!({ "success": false, "errResponse": { "message": said, "code": 1004 } });
        *fixture.next.lock().unwrap() = response("401 Unauthorized", &[], body.to_string());
        let error = fixture.runtime.block_on(untag(&client)).unwrap_err();

        let request = fixture.server.last_request();
        prop_assert_eq!(&request.json()["secret"], secret.as_str());
        if token.is_ascii() {
            prop_assert_eq!(request.token(), token.as_str());
        }
        // What is shorter would be found everywhere.
        for credential in [&token, &secret] {
            let is_found = error.message().unwrap().contains(credential.as_str());
            prop_assert!(credential.len() < 6 || "[redacted]".contains(credential.as_str()) || !is_found, "{}", error);
        }
    });
}

/// A request either breaks a rule and is not sent, or arrives as the same JSON value with the secret.
#[test]
fn a_request_is_rejected_or_arrives_unchanged() {
    let fixture = Fixture::new();
    let fields = (option::of(text()), option::of(platform()), option::of(text()), text(), text());
    proptest!(ProptestConfig::with_cases(1500), |(fields in fields)| {
        let (client_id, platform, platform_client_id, tag_id, bot_id) = fields;
        let request: PersonalTagMappingRequest = PersonalTagMappingRequest::builder()
            .client_id(client_id).platform(platform).platform_client_id(platform_client_id)
            .tag_id(tag_id.clone()).try_into().unwrap();
        let seen = fixture.server.request_count();
        let mut value = serde_json::to_value(&request).unwrap();
        value["secret"] = support::SECRET.into();
        let cannot_be_meant = |id: &str| id.trim() != id || id.is_empty();
        let breaks_the_rule = ClientIdentity::try_from(&request).err().map(|why| format!("invalid request: {why}"));
        let sent = fixture.runtime.block_on(call(&fixture.client).bot_id(bot_id.clone()).body(request).send());
        if cannot_be_meant(&bot_id) || cannot_be_meant(&tag_id) {
            prop_assert_eq!(sent.unwrap_err().kind(), ErrorKind::InvalidRequest);
            prop_assert_eq!(fixture.server.request_count(), seen);
        } else if let Some(why) = breaks_the_rule {
            prop_assert_eq!(sent.unwrap_err().to_string(), why);
            prop_assert_eq!(fixture.server.request_count(), seen);
        } else {
            prop_assert!(sent.is_ok(), "{:?}", sent.err());
            let request = fixture.server.last_request();
            prop_assert_eq!(fixture.server.request_count(), seen + 1);
            prop_assert_eq!(request.json(), value);
            prop_assert_eq!(request.query(), [("botId".to_owned(), bot_id)]);
            prop_assert_eq!(request.token(), TOKEN);
        }
    });
}

/// The seeds of the fuzz target and its findings.
#[test]
fn every_fuzz_seed_ends_the_call() {
    let fixture = Fixture::new();
    let mut played = 0;
    for file in
        std::fs::read_dir(Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("fuzz/seeds/response"))
            .unwrap()
    {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let outcome = fixture.call(std::fs::read(file.path()).unwrap());
        assert_eq!(outcome.is_ok(), name.starts_with("success"), "{name}: {outcome:?}");
        assert_eq!(outcome.err().map_or(1, |error| error.to_string().lines().count()), 1, "{name}");
        played += 1;
    }
    assert!(played >= 20, "{played}");
}
