//! A client has one bot, like its credentials, and an operation may name another. Many bots share one connection pool.

mod support;

use std::sync::{Arc, Mutex};

use mantago::{Client, ClientBuilder, Credentials, Error, ErrorKind, Method};
use support::{ERROR, Server, credentials, json, once, removed, request, response};

async fn untag(client: &Client) -> Result<(), Error> {
    client.personal_tag_mapping_delete().body(request()).send().await.map(drop)
}

fn named(id: &str) -> Vec<(String, String)> {
    vec![("botId".to_owned(), id.to_owned())]
}

#[tokio::test]
async fn calls_use_the_clients_bot_by_default() {
    let server = Server::start(removed()).await;
    let client = once(server.url()).bot_id("bot 7&").build().unwrap();
    untag(&client).await.unwrap();
    assert_eq!(server.last_request().query(), named("bot 7&"));
    untag(&client.clone().with_bot_id("bot-8").unwrap()).await.unwrap();
    assert_eq!(server.last_request().query(), named("bot-8"));
    client.personal_tag_mapping_delete().bot_id("bot-9").body(request()).send().await.unwrap();
    assert_eq!(server.last_request().query(), named("bot-9"));
    // A clone of a builder has its own bot.
    let call = client.personal_tag_mapping_delete().body(request());
    call.clone().bot_id("bot-9").send().await.unwrap();
    call.send().await.unwrap();
    assert_eq!(server.last_request().query(), named("bot 7&"));
}

#[tokio::test]
async fn without_a_bot_nothing_is_sent() {
    let server = Server::start(removed()).await;
    let client = server.client();
    let other = client.with_bot_id("bot-7").unwrap().with_credentials(Credentials::new("other", "pair")).unwrap();
    for client in [client, other] {
        let error = untag(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        let why = "bot_id is missing: set it with bot_id(…), or for all calls with ClientBuilder::bot_id";
        assert_eq!(error.to_string(), format!("invalid request: {why}"));
    }
    assert_eq!(server.connections(), 0);
}

/// A pair of credentials belongs to one bot.
#[tokio::test]
async fn with_credentials_resets_the_bot() {
    let server = Server::start(removed()).await;
    let client = once(server.url()).bot_id("bot-7").build().unwrap();
    let other = client.with_credentials(Credentials::new("tok-other", "sec-other")).unwrap();
    other.request(Method::POST, "/a").send::<()>().await.unwrap();
    assert_eq!(server.last_request().query(), []);
    untag(&other.with_bot_id("bot-8").unwrap()).await.unwrap();
    assert_eq!((server.last_request().query(), server.last_request().token()), (named("bot-8"), "tok-other"));
    // New credentials for the same bot keep its ID.
    client.set_credentials(Credentials::new("tok-newer", "sec-newer")).unwrap();
    untag(&client).await.unwrap();
    assert_eq!((server.last_request().query(), server.last_request().token()), (named("bot-7"), "tok-newer"));
}

/// Over the same connections, each bot has its own pair, refresh, budget and pause.
#[tokio::test(start_paused = true)]
async fn each_bot_is_refreshed_separately() {
    let server = Server::start_with(|request| match (request.token(), &*request.query()[0].1) {
        ("tok-bot-1-new", "bot-1") | ("tok-bot-2", "bot-2") => removed(),
        ("tok-bot-3", "bot-3") => response("429 Wait", &[("retry-after", "30")], ""),
        _ => json("401 Unauthorized", ERROR),
    })
    .await;
    let pool = server.client();
    let fetches = Arc::new(Mutex::new(Vec::new()));
    let bots = ["bot-1", "bot-2", "bot-3"].map(|bot| {
        let fetches = fetches.clone();
        let fetch = move || {
            fetches.lock().unwrap().push(bot);
            std::future::ready(Ok::<_, Error>(Credentials::new(format!("tok-{bot}-new"), "sec-new")))
        };
        pool.with_refresh(Credentials::new(format!("tok-{bot}"), "sec-old"), bot, fetch).unwrap()
    });
    assert_eq!(bots[0].bot_id(), Some("bot-1"));
    untag(&bots[0]).await.unwrap();
    untag(&bots[1]).await.unwrap();
    assert_eq!(untag(&bots[2]).await.unwrap_err().kind(), ErrorKind::RateLimited);
    let start = tokio::time::Instant::now();
    untag(&bots[0]).await.unwrap();
    untag(&bots[1]).await.unwrap();
    assert!(start.elapsed().is_zero(), "another bot's pause");
    assert_eq!((&**fetches.lock().unwrap(), server.connections()), (&["bot-1"][..], 1));

    // Derived clients keep its refresh.
    let clone = bots[0].with_timeout(std::time::Duration::from_secs(9));
    clone.set_credentials(Credentials::new("tok-wrong", "sec-wrong")).unwrap();
    untag(&clone).await.unwrap();
    assert_eq!(**fetches.lock().unwrap(), ["bot-1", "bot-1"]);
    let refresh = || std::future::pending::<Result<Credentials, Error>>();
    let error = pool.with_refresh(Credentials::new("t", "s"), " ", refresh).unwrap_err();
    assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::Configuration, "the bot's ID is blank"));
    let error = pool.with_refresh(Credentials::new("", "s"), "bot-4", refresh).unwrap_err();
    assert_eq!(error.to_string(), "the token is blank");
}

#[test]
fn a_client_returns_its_bot_and_base_url() {
    let client = once("http://localhost:80/api/").build().unwrap();
    assert_eq!((client.base_url(), client.bot_id()), ("http://localhost/api", None));
    let bot = client.with_bot_id("bot-7").unwrap();
    assert_eq!((bot.base_url(), bot.bot_id()), ("http://localhost/api", Some("bot-7")));
    assert_eq!(bot.with_credentials(credentials()).unwrap().bot_id(), None);
    assert_eq!(once("http://localhost").build().unwrap().base_url(), "http://localhost");
    assert_eq!(ClientBuilder::new(credentials()).build().unwrap().base_url(), mantago::DEFAULT_BASE_URL);
}

#[test]
fn a_blank_or_padded_bot_id_is_rejected() {
    let client = once("http://localhost").build().unwrap();
    for (bot_id, why) in [("", "is blank"), (" \n", "is blank"), ("bot-7\n", "has white space around it")] {
        let builder = ClientBuilder::new(credentials()).bot_id(bot_id);
        for error in [client.with_bot_id(bot_id).unwrap_err(), builder.build().unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert_eq!(error.to_string(), format!("the bot's ID {why}"));
        }
    }
}
