//! A small MantaGO on loopback, made from the vendored document: its paths, its bodies, its documented statuses.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Json, Query, State};
use axum::http::{HeaderMap, StatusCode, header::AUTHORIZATION};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use mantago::types::PersonalTagMappingRequest;
use mantago::{ClientIdentity, ErrorCode, Platform};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const TOKEN: &str = "embedded-token";
pub const SECRET: &str = "embedded-secret";
pub const BOT_ID: &str = "bot-7";
pub const CLIENT_ID: &str = "client-1001";
pub const PLATFORM: Platform = Platform::Line;
pub const PLATFORM_CLIENT_ID: &str = "U4af49806";

const DOCUMENT: &str = include_str!("../../openapi/remove-personal-tag-from-user.json");

/// A server that runs until the program ends. It knows one bot, and one client of it with two tags.
#[derive(Clone)]
pub struct EmbeddedMantago {
    pub address: SocketAddr,
    state: Arc<Mutex<Records>>,
}

struct Records {
    tags: BTreeSet<&'static str>,
    requests: usize,
}

impl EmbeddedMantago {
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let records = Records { tags: BTreeSet::from(["trial", "vip"]), requests: 0 };
        let server = Self { address: listener.local_addr()?, state: Arc::new(Mutex::new(records)) };

        let document: Value = serde_json::from_str(DOCUMENT)?;
        let mut router = Router::new();
        for (path, _) in document["paths"].as_object().into_iter().flatten() {
            router = router.route(path, post(remove_tag));
        }
        tokio::spawn(axum::serve(listener, router.with_state(server.clone())).into_future());
        Ok(server)
    }

    /// The tags that the client still has.
    pub fn tags(&self) -> String {
        let tags: Vec<_> = self.records().tags.iter().copied().collect();
        if tags.is_empty() { "none".to_owned() } else { tags.join(", ") }
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.records().requests
    }

    fn records(&self) -> std::sync::MutexGuard<'_, Records> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    bot_id: String,
}

async fn remove_tag(
    State(server): State<EmbeddedMantago>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    Json(request): Json<PersonalTagMappingRequest>,
) -> Response {
    let mut records = server.records();
    records.requests += 1;
    let authorized = headers.get(AUTHORIZATION).is_some_and(|value| *value == format!("Bearer {TOKEN}").as_str());
    if !authorized || request.secret.expose_secret() != SECRET {
        return error(StatusCode::UNAUTHORIZED, ErrorCode::WrongCredentials, "JWT token is invalid or expired");
    }
    if parameters.bot_id != BOT_ID {
        return error(StatusCode::NOT_FOUND, ErrorCode::BotNotFound, "OpenAPI configuration not found");
    }
    let known = match ClientIdentity::try_from(&request) {
        Ok(ClientIdentity::ClientId(id)) => id.as_str() == CLIENT_ID,
        Ok(ClientIdentity::Platform { platform, platform_client_id }) => {
            platform == PLATFORM && platform_client_id.as_str() == PLATFORM_CLIENT_ID
        }
        Err(_) => return error(StatusCode::NOT_FOUND, ErrorCode::MissingFields, "Required fields are missing"),
    };
    if !known {
        return error(StatusCode::NOT_FOUND, ErrorCode::ClientNotFound, "Client not found");
    }
    if !records.tags.remove(request.tag_id.as_str()) {
        return error(StatusCode::FORBIDDEN, ErrorCode::UpdateFailed, "Personal tag mapping operation failed");
    }
    (StatusCode::OK, Json(json!({ "success": true, "message": "Personal tag mapping deleted successfully" })))
        .into_response()
}

fn error(status: StatusCode, code: ErrorCode, message: &str) -> Response {
    let body = json!({ "success": false, "errResponse": { "message": message, "code": code.number() } });
    (status, Json(body)).into_response()
}
