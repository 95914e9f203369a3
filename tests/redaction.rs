//! Credentials that a server repeats are replaced, in each spelling that SECURITY.md lists, and in linear time.

mod support;

use std::sync::{Arc, Mutex};

use mantago::{Client, ClientBuilder, Credentials, Error};
use support::rotating::pair;
use support::{SECRET, Server, TOKEN, call, json, response, untag};

/// The error of a call with this secret and response.
async fn error_with(secret: &str, response: Vec<u8>) -> Error {
    let server = Server::start(response).await;
    untag(&server.client().with_credentials(Credentials::new(TOKEN, secret)).unwrap()).await.unwrap_err()
}

/// Credentials, each with a spelling of it.
#[rustfmt::skip]
const SPELLINGS: [(&str, &str); 24] = [
    ("abc/def+ghi=", "abc/def+ghi="),
    ("abc/def+ghi=", r"abc\/def+ghi="),
    ("abc/def+ghi=", r"abc/def\u002bghi\u003D"),
    ("abc/def+ghi=", r"abc\u002Fdef\u002Bghi\u003d"),
    ("abc/def+ghi=", "abc%2Fdef%2Bghi%3D"),
    ("abc/def+ghi=", "abc%2fdef%2bghi%3d"),
    ("abc/def+ghi=", "%61%62%63%2f%64%65%66%2b%67%68%69%3d"),
    ("abc/def+ghi=", "abc&#47;def&#43;ghi&#61;"),
    ("abc/def+ghi=", "abc&#x2F;def&#X2b;ghi&#x3d;"),
    // Each character is escaped in another way.
    ("abc/def+ghi=", r"a%62c\u002fdef&#43;ghi%3d"),
    // Quoted twice, and percent-encoded three times.
    ("abc/def+ghi=", r"abc\\/def\\u002bghi="),
    ("abc/def+ghi=", "abc%25252fdef%2525252bghi="),
    ("abc/def+ghi=", "abc&amp;#47;def&amp;amp;#43;ghi="),
    ("s3\"cr<e>t&'", r#"s3\"cr<e>t&'"#),
    ("s3\"cr<e>t&'", "s3&quot;cr&lt;e&gt;t&amp;&#039;"),
    ("s3\"cr<e>t&'", "s3&QUOT;cr&LT;e&GT;t&AMP;&apos;"),
    ("s3\"cr<e>t&'", r"s3\u0022cr\u003ce\u003et\u0026\u0027"),
    ("back\\slash", r"back\\slash"),
    ("back\\slash", r"back\\\\slash"),
    ("back\\slash", "back%5Cslash"),
    ("100%41-sure", "100%41-sure"),
    ("100%41-sure", "100%2541-sure"),
    ("s3cret-\u{e9}\u{1f600}", "s3cret-\u{e9}\u{1f600}"),
    ("s3cret-\u{e9}\u{1f600}", "s3cret-%C3%a9%f0%9F%98%80"),
];

/// In errors and successes.
#[tokio::test]
async fn every_spelling_is_redacted() {
    for (secret, spelled) in SPELLINGS {
        let page = format!("<p>no {spelled}!</p>");
        let is_header = page.is_ascii();
        let echo = if is_header { page.as_str() } else { "" };
        for status in ["401 Unauthorized", "200 OK"] {
            let error = error_with(secret, response(status, &[("x-echo", echo)], &page)).await;
            assert_eq!(String::from_utf8_lossy(error.body()), "<p>no [redacted]!</p>", "{spelled}");
            assert!(!is_header || error.headers()["x-echo"] == "<p>no [redacted]!</p>", "{spelled}: {error:?}");
        }
        // In a message, and in the error of the JSON parser, which quotes it.
        let said = serde_json::Value::from(format!("no {spelled}!")).to_string();
        let error = error_with(secret, json("401 Unauthorized", format!(r#"{{"message":{said}}}"#))).await;
        assert_eq!(
            (error.message(), error.to_string()),
            (Some("no [redacted]!"), "401 Unauthorized: no [redacted]!".into())
        );
        let error = error_with(secret, json("200 OK", format!(r#"{{"success":{said},"message":"m"}}"#))).await;
        assert!(error.to_string().contains("no [redacted]!"), "{spelled}: {error}");

        let success = format!(r#"{{"success":true,"message":{said}}}"#);
        let server = Server::start(response("200 OK", &[("x-echo", echo)], success)).await;
        let client = server.client().with_credentials(Credentials::new(TOKEN, secret)).unwrap();
        let reply = call(&client).send().await.unwrap();
        assert!(!is_header || reply.headers()["x-echo"] == "<p>no [redacted]!</p>", "{spelled}: {reply:?}");
        for shown in [format!("{reply:?}"), format!("{reply:#?}")] {
            assert!(shown.contains("no [redacted]!"), "{spelled}: {shown}");
        }
        // The body is data: it is not changed.
        assert_eq!(reply.message, format!("no {spelled}!"));
    }
}

/// Similar text is not a credential, and credentials under six bytes are not replaced.
#[tokio::test]
async fn nothing_else_is_redacted() {
    for (secret, said) in [
        ("abc/def", "abc\\def"),
        ("abc/def", "abc%2Edef"),
        ("abc/def", "ABC/DEF"),
        ("abc/def", "abc/d"),
        ("abcde", "abcde"),
        ("abc/def", "%"),
        ("abc/def", "&#x2F"),
    ] {
        let error = error_with(secret, response("401 Unauthorized", &[], said)).await;
        assert_eq!(String::from_utf8_lossy(error.body()), said, "{secret}");
    }
}

/// The pair that replaced the attempt's pair in the meantime is not shown either.
#[tokio::test]
async fn the_current_pair_is_redacted_too() {
    let client = Arc::new(Mutex::new(None::<Client>));
    let rotating = client.clone();
    let server = Server::start_with(move |request| {
        rotating.lock().unwrap().as_ref().unwrap().set_credentials(pair(10)).unwrap();
        // One begins with the other.
        let said = format!("{} tok-3f9a-10 sec-b81e-10 sec-b81e-1", request.token());
        let body = serde_json::json!({ "success": request.line().contains("fine"), "message": said });
        response("200 OK", &[("x-echo", &said)], body.to_string())
    })
    .await;
    let client_of = || ClientBuilder::new(pair(1)).base_url(server.url()).build().unwrap();
    *client.lock().unwrap() = Some(client_of());
    let first = client.lock().unwrap().clone().unwrap();
    let error = untag(&first).await.unwrap_err();
    assert_eq!(error.message(), Some("[redacted] [redacted] [redacted] [redacted]"));
    assert_eq!(error.headers()["x-echo"], "[redacted] [redacted] [redacted] [redacted]");
    let again = client_of();
    *client.lock().unwrap() = Some(again.clone());
    let reply = call(&again).bot_id("fine").send().await.unwrap();
    assert!(format!("{reply:?}").contains(r#"message: "[redacted] [redacted] [redacted] [redacted]""#), "{reply:?}");
}

/// A secret that equals a part of the JSON does not change status or headers.
#[tokio::test]
async fn redacting_keeps_the_status() {
    let body = r#"{"success":false,"errResponse":{"message":"m","code":120000}}"#;
    for secret in ["120000", "message", "errResponse", "success", "\":false"] {
        let error = error_with(secret, response("429 Too Many Requests", &[("retry-after", "3")], body)).await;
        assert_eq!((error.status().unwrap().as_u16(), error.is_retryable()), (429, true), "{secret}");
        assert_eq!(error.retry_after().unwrap().as_secs(), 3);
    }
}

/// A credential at the limit of a body does not show in part.
#[tokio::test]
async fn a_secret_at_the_limit_is_redacted() {
    const LIMIT: usize = 64 * 1024;
    for spelled in [SECRET.to_owned(), SECRET.replace('-', "%2d")] {
        for left in 1..spelled.len() {
            for status in ["404 Not Found", "200 OK"] {
                let error = error_with(SECRET, response(status, &[], "x".repeat(LIMIT - left) + &spelled)).await;
                assert!(!String::from_utf8_lossy(error.body()).contains("xs"), "{left} bytes of it");
            }
            // The replacements before the limit are shorter, so that the text at the limit is shown.
            let many = spelled.repeat(100_000 / spelled.len()) + &spelled[..left];
            let body = error_with(SECRET, response("404 Not Found", &[], many)).await.body().to_vec();
            let shown = String::from_utf8(body).unwrap().replace("[redacted]", "");
            assert!(shown.len() < 6 + 2, "{left} bytes of it: {shown}");
            // A body that breaks off.
            let broken = format!("HTTP/1.1 404 No\r\ncontent-length: 99\r\n\r\nno {}", &spelled[..left]);
            let server = Server::start_with(move |_| vec![support::send(&broken), support::Step::Close]).await;
            let error = untag(&server.client()).await.unwrap_err();
            let shown = String::from_utf8_lossy(error.body()).into_owned();
            assert!(shown == "no [redacted]" || shown.len() < 3 + 6 + 2, "{left} bytes of it: {shown}");
        }
    }
}

#[tokio::test]
async fn repeated_and_overlapping_credentials_are_redacted() {
    for (secret, text, shown) in [
        ("abcabc", "xabcabcabcx", "x[redacted]x"),
        ("abcdef", "abcdefabcdef", "[redacted][redacted]"),
        ("aaaaaaa", "aaaaaaaaaaaaaaaaaaab", "[redacted]b"),
        ("ababac", "abababac", "ab[redacted]"),
        ("abcdef", "abcdeabcdef", "abcde[redacted]"),
    ] {
        let error = error_with(secret, response("401 Unauthorized", &[], text)).await;
        assert_eq!(String::from_utf8_lossy(error.body()), shown);
    }
}

/// In a header and a body of the greatest length.
#[tokio::test]
async fn hostile_text_is_searched_in_linear_time() {
    const SECRET: &str = "ababababababababababababababababababababababababababababababababc/+";
    let mut slow: Vec<String> = [
        "\\",
        "\\u",
        "\\u005c",
        "\\\\u005c",
        "\\u0",
        "%",
        "%%%25",
        "%25",
        "%2525",
        "%3",
        "&",
        "&amp;",
        "&amp;amp;",
        "&#38;",
        "&#x26;",
        "&;",
        ";",
        "&&&&&&&&;",
        "\\%&",
        "\\&%25;",
        "a",
        "ab",
        "abab",
        "%61",
        "%61%62",
        "\\u0061\\u0062",
        &SECRET[..66],
        &SECRET[2..],
        TOKEN,
        &TOKEN[..TOKEN.len() - 1],
    ]
    .map(str::to_owned)
    .to_vec();
    slow.push("%3".repeat(50) + "3");
    for unit in &slow {
        for (spelled, is_json) in [(SECRET.replace('/', "%2f"), false), (SECRET.replace('+', "\\u002b"), true)] {
            let header = unit.repeat(350_000 / unit.len()) + "~" + &spelled;
            let body = unit.repeat(60_000 / unit.len()) + "~" + &spelled;
            let body = if is_json { serde_json::json!({ "message": body }).to_string() } else { body };
            let start = std::time::Instant::now();
            let error = error_with(SECRET, response("401 Unauthorized", &[("x-echo", &header)], body)).await;
            let shown = format!("{error} {error:?} {:?} {:?}", error.headers(), error.message());
            assert!(start.elapsed().as_secs() < 1, "{unit:?}: {:?}", start.elapsed());
            let texts = [shown.as_bytes(), error.headers()["x-echo"].as_bytes(), error.body()];
            for text in texts.map(String::from_utf8_lossy) {
                let is_hidden = [SECRET, TOKEN, &spelled].iter().all(|credential| !text.contains(credential));
                assert!(is_hidden, "{unit:?}: {spelled}");
            }
        }
    }
}
