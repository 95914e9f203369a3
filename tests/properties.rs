//! What holds for any answer and any request: no panic, no status lost, nothing altered, nothing sent that breaks the
//! rule.

mod loopback;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use loopback::{REMOVED, Server, answer, json, once, untag};
use mantago::types::PersonalTagMappingRequest;
use mantago::{ApiError, Client, ClientIdentity, ErrorKind, Platform};
use proptest::option;
use proptest::prelude::*;
use tokio::runtime::Runtime;

/// A server whose answer is set for each case, and a client of it, which stay for all cases of a test.
struct Fixture {
    runtime: Runtime,
    server: Server,
    client: Client,
    next: Arc<Mutex<Vec<u8>>>,
}

impl Fixture {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let next = Arc::new(Mutex::new(json("200 OK", REMOVED)));
        let answers = next.clone();
        let server = runtime.block_on(Server::start_with(move |_| answers.lock().unwrap().clone()));
        let client = once(server.url()).build().unwrap();
        Self { runtime, server, client, next }
    }

    fn call(&self, answer: Vec<u8>) -> Result<String, ApiError> {
        *self.next.lock().unwrap() = answer;
        self.runtime.block_on(untag(&self.client))
    }
}

/// Bytes as bodies are: any, or nearly the documented JSON.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let nearly = (
        any::<prop::sample::Index>(),
        any::<u8>(),
        prop::sample::select(vec![
            REMOVED,
            r#"{"success":false,"message":"no"}"#,
            r#"{"success":false,"errResponse":{"message":"m","code":1004,"botId":"b"}}"#,
        ]),
    );
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

/// A date in one of the three forms that HTTP has, written by another library than the one that reads it.
fn date() -> impl Strategy<Value = (SystemTime, String)> {
    // To the end of 9999 and, where the year has two digits, of 2069.
    (0..253_402_300_800_u64, 0..3_140_553_600_u64, 0..3).prop_map(|(any_year, short_year, form)| {
        let date = UNIX_EPOCH + Duration::from_secs(if form == 1 { short_year } else { any_year });
        let text = httpdate::fmt_http_date(date);
        let [day_name, day, month, year, time, _] =
            text.split([' ', ',']).filter(|word| !word.is_empty()).collect::<Vec<_>>()[..]
        else {
            panic!("{text}")
        };
        let text = match form {
            0 => text,
            1 => format!("{day_name}day, {day}-{month}-{} {time} GMT", &year[2..]),
            _ => format!("{day_name} {month} {:>2} {time} {year}", day.trim_start_matches('0')),
        };
        (date, text)
    })
}

#[test]
fn any_date_of_a_retry_after() {
    let fixture = Fixture::new();
    proptest!(|((date, text) in date())| {
        let error = fixture.call(answer("429 Too Many Requests", &[("retry-after", &text)], "")).unwrap_err();
        let expected = date.duration_since(SystemTime::now()).unwrap_or_default();
        let wait = error.retry_after().unwrap();
        prop_assert!(wait.abs_diff(expected) < Duration::from_secs(60), "{}: {:?}, expected {:?}", text, wait, expected);
    });
}

#[test]
fn any_body_with_any_status() {
    let fixture = Fixture::new();
    let headers = prop::collection::vec(("[a-z-]{1,12}", "[ -~]{0,20}"), 0..4);
    proptest!(ProptestConfig::with_cases(1500), |(status in 200_u16..=999, body in body(), headers in headers)| {
        let body = if matches!(status, 204 | 304) { Vec::new() } else { body };
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !["content-length", "transfer-encoding", "connection"].contains(name)).collect();
        let outcome = fixture.call(answer(&format!("{status} x"), &headers, &body));
        match outcome {
            Ok(_) => prop_assert_eq!(status, 200),
            Err(error) => {
                prop_assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{:?}", error);
                prop_assert_eq!(error.to_string().lines().count(), 1);
                let shown = format!("{error:?} {error:#?} {:?} {:?} {:?}", error.code(), error.message(), error.retry_after());
                prop_assert!(!shown.is_empty());
            }
        }
    });
}

/// Whatever comes instead of an answer, the call ends, and ends in one line.
#[test]
fn any_bytes_as_an_answer() {
    let fixture = Fixture::new();
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..200),
        prop::collection::vec(any::<u8>(), 0..60).prop_map(|tail| [&b"HTTP/1.1 404 No\r\n"[..], &tail].concat()),
        prop::collection::vec(any::<u8>(), 0..60).prop_map(|tail| [
            &b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"[..],
            &tail
        ]
        .concat()),
    ];
    proptest!(ProptestConfig::with_cases(1500), |(bytes in bytes)| {
        *fixture.next.lock().unwrap() = bytes;
        if let Err(error) = fixture.runtime.block_on(untag(&fixture.client)) {
            prop_assert_eq!(error.to_string().lines().count(), 1);
            prop_assert_ne!(error.kind(), ErrorKind::InvalidRequest);
        }
    });
}

/// A request either breaks the rule and is not sent, or arrives as the same JSON value.
#[test]
fn any_request() {
    let fixture = Fixture::new();
    let fields = (option::of(text()), option::of(platform()), option::of(text()), text(), text(), text());
    proptest!(ProptestConfig::with_cases(1500), |(fields in fields)| {
        let (client_id, platform, platform_client_id, tag_id, secret, bot_id) = fields;
        let request: PersonalTagMappingRequest = PersonalTagMappingRequest::builder()
            .client_id(client_id).platform(platform).platform_client_id(platform_client_id)
            .tag_id(tag_id).secret(secret).try_into().unwrap();
        let seen = fixture.server.requests().len();
        let value = serde_json::to_value(&request).unwrap();
        let identity = ClientIdentity::try_from(&request);
        let call = fixture.client.personal_tag_mapping_delete().bot_id(bot_id.clone()).body(request);
        let sent = fixture.runtime.block_on(call.send()).map_err(ApiError::from);
        let requests = fixture.server.requests();
        match identity {
            Ok(_) => {
                prop_assert!(sent.is_ok(), "{:?}", sent.err());
                prop_assert_eq!(requests.len(), seen + 1);
                prop_assert_eq!(requests[seen].json(), value);
                prop_assert_eq!(requests[seen].query(), [("botId".to_owned(), bot_id)]);
            }
            Err(why) => {
                prop_assert_eq!(sent.map(drop).unwrap_err().to_string(), format!("invalid request: {why}"));
                prop_assert_eq!(requests.len(), seen);
            }
        }
    });
}
