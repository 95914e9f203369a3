//! A bot's token and secret are one pair: they can be replaced while calls are in flight, or come from the environment.

mod support;

use std::sync::{Arc, Mutex};

use mantago::{Client, ClientBuilder, Credentials, ErrorKind};
use support::rotating::{generation, pair};
use support::{SECRET, Server, TOKEN, call, in_child, removed, response, untag};

#[tokio::test]
async fn set_credentials_applies_to_all_clones() {
    let server = Server::start(removed()).await;
    let client = ClientBuilder::new(pair(1)).base_url(server.url()).build().unwrap();
    let clones = [client.clone(), client.with_retry(mantago::RetryPolicy::none())];
    untag(&client).await.unwrap();
    clones[0].set_credentials(pair(2)).unwrap();
    for client in [&client, &clones[0], &clones[1]] {
        untag(client).await.unwrap();
    }
    assert_eq!(client.set_credentials(Credentials::new("", SECRET)).unwrap_err().kind(), ErrorKind::Configuration);
    untag(&client).await.unwrap();
    assert_eq!(server.requests().iter().map(generation).collect::<Vec<_>>(), [1, 2, 2, 2, 2]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn with_credentials_shares_connections() {
    let server = Server::start(removed()).await;
    let client = ClientBuilder::new(pair(1)).base_url(server.url()).build().unwrap();
    let other = client.with_credentials(pair(2)).unwrap();
    for client in [&client, &other, &client] {
        untag(client).await.unwrap();
    }
    other.set_credentials(pair(3)).unwrap();
    for client in [&client, &other] {
        untag(client).await.unwrap();
    }
    assert_eq!(server.requests().iter().map(generation).collect::<Vec<_>>(), [1, 2, 1, 1, 3]);
    assert_eq!(server.connections(), 1);
}

/// An attempt that was sent keeps its pair, and the next one uses the current pair.
#[tokio::test]
async fn a_retry_uses_the_current_pair() {
    let client = Arc::new(Mutex::new(None::<Client>));
    let rotating = client.clone();
    let server = Server::start_with(move |request| {
        let generation = generation(request);
        if generation == 4 {
            return removed();
        }
        rotating.lock().unwrap().as_ref().unwrap().set_credentials(pair(generation + 1)).unwrap();
        // A 401 for a replaced pair is also retried, in addition to the policy's attempts.
        response(if generation == 2 { "401 Unauthorized" } else { "503 Busy" }, &[], "")
    })
    .await;
    let builder = ClientBuilder::new(pair(1)).base_url(server.url()).retry(support::at_once());
    *client.lock().unwrap() = Some(builder.build().unwrap());
    let client = client.lock().unwrap().clone().unwrap();
    let reply = call(&client).send().await.unwrap();
    assert_eq!(reply.message, "removed");
    assert_eq!(server.requests().iter().map(generation).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environment_can_supply_the_pair() {
    const NAMES: [&str; 4] = ["MANTAGO_TOKEN", "MANTAGO_SECRET", "MANTAGO_BASE_URL", "MANTAGO_BOT_ID"];
    let server = Server::start(removed()).await;
    let url = server.url();
    let from_env = |values: &[&[u8]]| {
        let variables = NAMES.into_iter().zip(values.iter().map(|value| os_string(value)));
        let variables = variables.filter(|(_, value)| value != "-").collect::<Vec<_>>();
        in_child("the_environment_can_supply_the_pair", variables, || {
            let sent = mantago::Client::from_env()
                .and_then(|client| support::block_on(client.request(mantago::Method::POST, "/a").send::<()>()));
            sent.map_or_else(|error| format!("{:?}: {error}", error.kind()), |_| "sent".to_owned())
        })
    };
    let (token, secret) = (TOKEN.as_bytes(), SECRET.as_bytes());
    for (values, said) in [
        (&[&b"-"[..], b"-"][..], "Configuration: MANTAGO_TOKEN is not set"),
        (&[b"-", secret], "Configuration: MANTAGO_TOKEN is not set"),
        (&[token, b"-"], "Configuration: MANTAGO_SECRET is not set"),
        (&[b"", secret], "Configuration: MANTAGO_TOKEN is blank"),
        (&[token, b" "], "Configuration: MANTAGO_SECRET is blank"),
        (&[token, b"sec\n"], "Configuration: MANTAGO_SECRET has white space around it"),
        (&[token, secret, b""], "Configuration: MANTAGO_BASE_URL is blank"),
        (
            &[token, secret, b"mantago.cc"],
            "Configuration: MANTAGO_BASE_URL: relative URL without a base: expected an https URL",
        ),
        (
            &[token, secret, b"http://mantago.cc"],
            "Configuration: MANTAGO_BASE_URL: plain http would show the token and the secret: expected https, or allow_http",
        ),
        (&[token, secret, url.as_bytes(), b" "], "Configuration: MANTAGO_BOT_ID is blank"),
        (&[token, secret, url.as_bytes(), b"-"], "sent"),
        (&[token, secret, url.as_bytes(), b"bot-7"], "sent"),
        #[cfg(unix)]
        (&[b"\xff", secret], "Configuration: MANTAGO_TOKEN is not Unicode"),
        #[cfg(unix)]
        (&[token, b"\xff"], "Configuration: MANTAGO_SECRET is not Unicode"),
        #[cfg(unix)]
        (&[token, secret, b"\xff"], "Configuration: MANTAGO_BASE_URL is not Unicode"),
    ] {
        assert_eq!(from_env(values), said);
    }
    let [without_bot, with_bot] = &server.requests()[..] else { panic!("two requests") };
    assert_eq!(without_bot.line(), "POST /a HTTP/1.1");
    assert_eq!(with_bot.line(), "POST /a?botId=bot-7 HTTP/1.1");
    assert!(with_bot.token() == TOKEN && with_bot.json()["secret"] == SECRET);
}

/// A base URL that is set later is not named after the variable.
#[test]
fn errors_name_the_source_of_the_base_url() {
    let variables = [("MANTAGO_TOKEN", TOKEN), ("MANTAGO_SECRET", SECRET), ("MANTAGO_BASE_URL", "ftp://h")];
    let said = in_child("errors_name_the_source_of_the_base_url", variables, || {
        let of = |builder: ClientBuilder| builder.build().unwrap_err().to_string();
        let from_env = || ClientBuilder::from_env().unwrap();
        format!("{} | {}", of(from_env()), of(from_env().base_url("ftp://other")))
    });
    assert_eq!(said, "MANTAGO_BASE_URL: expected an https URL | base URL: expected an https URL");
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    String::from_utf8(bytes.to_vec()).unwrap().into()
}
