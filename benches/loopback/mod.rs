//! A cheap MantaGO on loopback, in a thread of its own, with two fixed responses.
#![allow(dead_code, reason = "each bench uses a part of it")]

use std::net::SocketAddr;
use std::thread;

use axum::Router;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::post;
use bytes::Bytes;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::runtime;

pub const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJib3QiOiJib3QtNyJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
pub const SECRET: &str = "sec-b81e04d2a93c4f7f";
pub const PLATFORM_CLIENT_ID: &str = "U4af4980629f1c7e2d5b08a63";
pub const TAG: &str = "tag-42";

/// The bot that has the tag, and one that MantaGO does not know.
pub const KNOWN_BOT: &str = "bot-7";
pub const UNKNOWN_BOT: &str = "bot-8";

pub const REMOVED: &str = r#"{"success":true,"message":"Personal tag mapping deleted successfully"}"#;
const NOT_FOUND: &str =
    r#"{"success":false,"errResponse":{"message":"OpenAPI configuration not found","code":5001,"botId":"bot-8"}}"#;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    bot_id: String,
}

/// Starts the server, which runs until the program ends.
pub fn start() -> SocketAddr {
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            sender.send(listener.local_addr().expect("an address")).expect("the bench waits");
            let router = Router::new().route("/openapi/personalTagMapping/delete", post(remove));
            axum::serve(listener, router).await.expect("it serves for ever");
        });
    });
    receiver.recv().expect("the server starts")
}

async fn remove(Query(parameters): Query<Parameters>, _: HeaderMap, _: Bytes) -> impl IntoResponse {
    let (status, body) =
        if parameters.bot_id == KNOWN_BOT { (StatusCode::OK, REMOVED) } else { (StatusCode::NOT_FOUND, NOT_FOUND) };
    (status, [(CONTENT_TYPE, "application/json")], body)
}
