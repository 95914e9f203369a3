//! An axum service that shares one client among its requests: `DELETE /bots/{bot}/clients/{client}/tags/{tag}`.
//!
//! It calls an embedded MantaGO, serves two requests that it sends itself, and ends.

mod embedded_mantago;

use std::error::Error;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::delete;
use embedded_mantago::{BOT_ID, CLIENT_ID, EmbeddedMantago, SECRET, TOKEN};
use mantago::types::PersonalTagMappingRequest;
use mantago::{Client, ClientBuilder, ClientIdentity, Credentials, ErrorKind, reqwest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mantago = EmbeddedMantago::start().await?;
    // Each request gets a clone: it is cheap, and shares connections, credentials, and the pause after a 429.
    let client = ClientBuilder::new(Credentials::new(TOKEN, SECRET))
        .base_url(mantago.base_url())
        .user_agent("tag-service/1.0")
        .build()?;
    let service = Router::new().route("/bots/{bot}/clients/{client}/tags/{tag}", delete(remove)).with_state(client);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, service).into_future());

    for tag in ["vip", "vip"] {
        let url = format!("http://{address}/bots/{BOT_ID}/clients/{CLIENT_ID}/tags/{tag}");
        let response = reqwest::Client::builder().no_proxy().build()?.delete(url).send().await?;
        println!("DELETE {tag}: {} {}", response.status(), response.text().await?);
    }
    Ok(())
}

type Outcome = Result<&'static str, (StatusCode, &'static str)>;

/// Logs MantaGO's message, which is not for the callers of this service.
async fn remove(State(client): State<Client>, Path((bot, target, tag)): Path<(String, String, String)>) -> Outcome {
    call(&client, bot, target, tag).await.map_err(|error| {
        eprintln!("tag-service: {error}");
        match error.kind() {
            ErrorKind::InvalidRequest => (StatusCode::BAD_REQUEST, "an ID is not valid"),
            ErrorKind::PermissionDenied => (StatusCode::FORBIDDEN, "the tag cannot be removed"),
            ErrorKind::NotFound => (StatusCode::NOT_FOUND, "no such bot or client"),
            ErrorKind::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "try again later"),
            _ if error.may_have_taken_effect() => (StatusCode::BAD_GATEWAY, "the tag may have been removed"),
            _ => (StatusCode::BAD_GATEWAY, "the tag was not removed"),
        }
    })
}

async fn call(client: &Client, bot: String, target: String, tag: String) -> Result<&'static str, mantago::Error> {
    let request = PersonalTagMappingRequest::for_client(ClientIdentity::client_id(target)?, tag);
    client.personal_tag_mapping_delete().bot_id(bot).body(request).send().await?;
    Ok("removed")
}
