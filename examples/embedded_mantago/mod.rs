//! A small MantaGO on loopback, made from the vendored document: its paths, its bodies, its documented statuses. The
//! examples, the program in `cli/` and its tests share it.

#![allow(dead_code, reason = "each user of it needs a part")]

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Json, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use mantago::types::PersonalTagMappingRequest;
use mantago::{ClientIdentity, Credentials, ErrorCode, Platform};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const TOKEN: &str = "embedded-token";
pub const SECRET: &str = "embedded-secret";
pub const BOT_ID: &str = "bot-7";
pub const CLIENT_ID: &str = "client-1001";
pub const PLATFORM: Platform = Platform::Line;
pub const PLATFORM_CLIENT_ID: &str = "U4af49806";
pub const TAGS: [&str; 2] = ["trial", "vip"];

const DOCUMENT: &str = include_str!("../../openapi/remove-personal-tag-from-user.json");

/// What the server knows and how it behaves. By default it knows one client and serves every request at once.
pub struct Config {
    /// The clients of its bot. Each has both [`TAGS`].
    pub clients: Vec<KnownClient>,
    /// Of so many requests, the last ones get 429 and nothing is done.
    pub throttle_every: Option<usize>,
    /// How many of them.
    pub throttled: usize,
    /// The `Retry-After` of a 429, in seconds.
    pub retry_after: u64,
    /// After so many requests, another pair of credentials replaces the first.
    pub rotate_after: Option<usize>,
    /// How long each response takes: half of it before anything is done, half of it after.
    pub latency: Duration,
    /// Whether removing a tag that is already gone succeeds. The document does not say.
    pub is_idempotent: bool,
}

impl Default for Config {
    fn default() -> Self {
        let client = KnownClient {
            client_id: CLIENT_ID.to_owned(),
            platform: PLATFORM,
            platform_client_id: PLATFORM_CLIENT_ID.to_owned(),
        };
        Self {
            clients: vec![client],
            throttle_every: None,
            throttled: 1,
            retry_after: 1,
            rotate_after: None,
            latency: Duration::ZERO,
            is_idempotent: false,
        }
    }
}

/// One person, by both names that the API has for a client.
pub struct KnownClient {
    pub client_id: String,
    pub platform: Platform,
    pub platform_client_id: String,
}

/// A server that runs until the program ends. It knows one bot.
#[derive(Clone)]
pub struct EmbeddedMantago {
    pub address: SocketAddr,
    config: Arc<Config>,
    records: Arc<Mutex<Records>>,
}

struct Records {
    /// The tags of each client of the configuration, in its order.
    tags: Vec<BTreeSet<&'static str>>,
    /// Each client's place there, by both its names.
    places: HashMap<ClientIdentity, usize>,
    /// The last one is valid; the others were replaced.
    pairs: Vec<Credentials>,
    requests: usize,
    /// How often each client was named, in the order of the configuration.
    named: Vec<usize>,
}

impl EmbeddedMantago {
    pub async fn start() -> std::io::Result<Self> {
        Self::start_with(Config::default()).await
    }

    pub async fn start_with(config: Config) -> std::io::Result<Self> {
        let mut places = HashMap::new();
        for (place, client) in config.clients.iter().enumerate() {
            let by_platform = ClientIdentity::platform(client.platform, &client.platform_client_id);
            for identity in [ClientIdentity::client_id(&client.client_id), by_platform] {
                places.insert(identity.map_err(std::io::Error::other)?, place);
            }
        }
        let records = Records {
            tags: vec![BTreeSet::from(TAGS); config.clients.len()],
            places,
            pairs: vec![Credentials::new(TOKEN, SECRET)],
            requests: 0,
            named: vec![0; config.clients.len()],
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = Self { address, config: Arc::new(config), records: Arc::new(Mutex::new(records)) };

        let document: Value = serde_json::from_str(DOCUMENT)?;
        let mut router = Router::new();
        for (path, _) in document["paths"].as_object().into_iter().flatten() {
            router = router.route(path, post(remove_tag));
        }
        tokio::spawn(axum::serve(listener, router.with_state(server.clone())).into_future());
        Ok(server)
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.records().requests
    }

    /// The tags that a client still has.
    pub fn tags(&self, client: &ClientIdentity) -> Vec<&'static str> {
        let records = self.records();
        let tags = records.places.get(client).map(|place| &records.tags[*place]);
        tags.into_iter().flatten().copied().collect()
    }

    /// How many valid requests named a client.
    pub fn requests_for(&self, client: &ClientIdentity) -> usize {
        let records = self.records();
        records.places.get(client).map_or(0, |place| records.named[*place])
    }

    /// How many clients still have a tag.
    pub fn clients_with(&self, tag: &str) -> usize {
        self.records().tags.iter().filter(|tags| tags.contains(tag)).count()
    }

    /// The pair that is valid now.
    pub fn current_credentials(&self) -> Credentials {
        self.records().pairs.last().expect("there is always one").clone()
    }

    /// Replaces the pair, as refreshing it does.
    pub fn rotate(&self) {
        self.records().rotate();
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records {
    fn rotate(&mut self) {
        let number = self.pairs.len() + 1;
        self.pairs.push(Credentials::new(format!("{TOKEN}-{number}"), format!("{SECRET}-{number}")));
    }

    /// Why a pair is refused. A token with another pair's secret is no pair.
    fn refusal(&self, sent: &Credentials) -> Option<(ErrorCode, &'static str)> {
        match self.pairs.iter().rposition(|pair| pair == sent) {
            Some(place) if place + 1 == self.pairs.len() => None,
            Some(_) => Some((ErrorCode::SupersededCredentials, "JWT token was replaced")),
            None => Some((ErrorCode::WrongCredentials, "JWT token is invalid or expired")),
        }
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
    Json(body): Json<Value>,
) -> Response {
    // A connection that is lost in the meantime ends it, before the removal or after.
    tokio::time::sleep(server.config.latency / 2).await;
    let response = respond(&server, &parameters, &headers, body);
    tokio::time::sleep(server.config.latency / 2).await;
    response
}

fn respond(server: &EmbeddedMantago, parameters: &Parameters, headers: &HeaderMap, body: Value) -> Response {
    let mut records = server.records();
    records.requests += 1;
    if server.config.rotate_after.is_some_and(|count| records.requests == count + 1) {
        records.rotate();
    }
    if server.config.throttle_every.is_some_and(|every| records.requests % every >= every - server.config.throttled) {
        let wait = [(header::RETRY_AFTER, server.config.retry_after.to_string())];
        // MantaGO publishes no code for it.
        let text = error(StatusCode::TOO_MANY_REQUESTS, ErrorCode::Other(0), "Rate limit exceeded");
        return (wait, text).into_response();
    }
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = authorization.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let sent = Credentials::new(token, body["secret"].as_str().unwrap_or_default());
    if let Some((code, message)) = records.refusal(&sent) {
        return error(StatusCode::UNAUTHORIZED, code, message);
    }
    if parameters.bot_id != BOT_ID {
        return error(StatusCode::NOT_FOUND, ErrorCode::BotNotFound, "OpenAPI configuration not found");
    }
    let Some((client, tag_id)) = target(body) else {
        return error(StatusCode::NOT_FOUND, ErrorCode::MissingFields, "Required fields are missing");
    };
    let Some(&place) = records.places.get(&client) else {
        return error(StatusCode::NOT_FOUND, ErrorCode::ClientNotFound, "Client not found");
    };
    records.named[place] += 1;
    if !records.tags[place].remove(tag_id.as_str()) && !server.config.is_idempotent {
        return error(StatusCode::FORBIDDEN, ErrorCode::UpdateFailed, "Personal tag mapping operation failed");
    }
    Json(json!({ "success": true, "message": "Personal tag mapping deleted successfully" })).into_response()
}

/// The client and the tag that a body names.
fn target(mut body: Value) -> Option<(ClientIdentity, String)> {
    // A request itself has no secret.
    body.as_object_mut()?.remove("secret");
    let request: PersonalTagMappingRequest = serde_json::from_value(body).ok()?;
    Some((request.identity().ok()?, request.tag_id))
}

fn error(status: StatusCode, code: ErrorCode, message: &str) -> Response {
    let body = json!({ "success": false, "errResponse": { "message": message, "code": code.number() } });
    (status, Json(body)).into_response()
}
