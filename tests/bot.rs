//! The bot is the client's, like the credentials, and an operation may name another.

mod support;

use mantago::{Client, ClientBuilder, Credentials, Error, ErrorKind, Method};
use support::{Server, credentials, once, removed, request};

async fn untag(client: &Client) -> Result<(), Error> {
    client.personal_tag_mapping_delete().body(request()).send().await.map(drop)
}

fn named(id: &str) -> Vec<(String, String)> {
    vec![("botId".to_owned(), id.to_owned())]
}

#[tokio::test]
async fn the_clients_bot_is_that_of_its_calls() {
    let server = Server::start(removed()).await;
    let client = once(server.url()).bot_id("bot 7&").build().unwrap();
    untag(&client).await.unwrap();
    assert_eq!(server.last_request().query(), named("bot 7&"));
    untag(&client.clone().with_bot_id("bot-8").unwrap()).await.unwrap();
    assert_eq!(server.last_request().query(), named("bot-8"));
    client.personal_tag_mapping_delete().bot_id("bot-9").body(request()).send().await.unwrap();
    assert_eq!(server.last_request().query(), named("bot-9"));
    // It is known when the builder is made, and so is what has been set on it.
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

/// A pair of credentials is one bot's.
#[tokio::test]
async fn other_credentials_come_without_a_bot() {
    let server = Server::start(removed()).await;
    let client = once(server.url()).bot_id("bot-7").build().unwrap();
    let other = client.with_credentials(Credentials::new("tok-other", "sec-other")).unwrap();
    other.request(Method::POST, "/a").send::<()>().await.unwrap();
    assert_eq!(server.last_request().query(), []);
    untag(&other.with_bot_id("bot-8").unwrap()).await.unwrap();
    assert_eq!((server.last_request().query(), server.last_request().token()), (named("bot-8"), "tok-other"));
    // New credentials of the same bot leave it as it is.
    client.set_credentials(Credentials::new("tok-newer", "sec-newer")).unwrap();
    untag(&client).await.unwrap();
    assert_eq!((server.last_request().query(), server.last_request().token()), (named("bot-7"), "tok-newer"));
}

#[test]
fn a_bot_that_cannot_be_meant() {
    let client = once("http://localhost").build().unwrap();
    for (bot_id, why) in [("", "is blank"), (" \n", "is blank"), ("bot-7\n", "has white space around it")] {
        let builder = ClientBuilder::new(credentials()).bot_id(bot_id);
        for error in [client.with_bot_id(bot_id).unwrap_err(), builder.build().unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert_eq!(error.to_string(), format!("the bot's ID {why}"));
        }
    }
}
