//! The removal of a personal tag, written by hand with reqwest: the baseline for the SDK's cost.
//!
//! It has the SDK's settings of reqwest (no redirects, the same timeouts, no proxy, because it calls loopback) and looks at the
//! status of the response. It does not check the request, hide the secret, retry, or keep a body that it cannot decode.

use std::time::Duration;

use reqwest::{Request, StatusCode};
use serde::{Deserialize, Serialize};

/// A client of one bot's token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    token: String,
}

/// The body of a request.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// MantaGO's own ID of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The client's platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The client's ID on the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_client_id: Option<String>,
    /// The bot's secret key.
    pub secret: String,
    /// The tag.
    pub tag_id: String,
}

/// A messaging platform.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is its own name")]
pub enum Platform {
    Line,
    Facebook,
    Instagram,
    LiveChat,
    Whatsapp,
}

/// The body of a success.
#[derive(Debug, Deserialize)]
pub struct Removed {
    /// `true`
    pub success: bool,
    /// The server's message.
    pub message: String,
}

/// The body of an error.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// `false`
    pub success: bool,
    /// The failure.
    pub err_response: FailureDetail,
}

/// A failure.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailureDetail {
    /// The server's message.
    pub message: String,
    /// MantaGO's code.
    pub code: i64,
    /// The bot.
    pub bot_id: Option<String>,
}

/// Why a call failed.
#[derive(Debug)]
pub enum Error {
    /// No response, or not the documented one.
    Http(reqwest::Error),
    /// A documented error.
    Refused(StatusCode, Failure),
    /// An undocumented status.
    Undocumented(StatusCode),
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

impl Client {
    /// A client with a connection pool of its own.
    ///
    /// # Errors
    /// If reqwest has no TLS that it can use.
    pub fn new(base_url: &str, token: &str) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .user_agent("by-hand/0.0.0")
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            .no_proxy()
            .build()?;
        Ok(Self::with(http, base_url, token))
    }

    /// A client over an existing one.
    #[must_use]
    pub fn with(http: reqwest::Client, base_url: &str, token: &str) -> Self {
        Self { http, base_url: base_url.to_owned(), token: token.to_owned() }
    }

    fn request(&self, bot_id: &str, removal: &Removal) -> Result<Request, Error> {
        let request = self
            .http
            .post(format!("{}/openapi/personalTagMapping/delete", self.base_url))
            .bearer_auth(&self.token)
            .query(&[("botId", bot_id)])
            .json(removal);
        Ok(request.build()?)
    }

    /// Removes a tag.
    ///
    /// # Errors
    /// If the server refuses, or there is no response that can be read.
    pub async fn send(&self, bot_id: &str, removal: &Removal) -> Result<Removed, Error> {
        let response = self.http.execute(self.request(bot_id, removal)?).await?;
        let status = response.status();
        match status.as_u16() {
            200 => Ok(response.json().await?),
            401 | 403 | 404 | 429 | 500 => Err(Error::Refused(status, response.json().await?)),
            _ => Err(Error::Undocumented(status)),
        }
    }
}
