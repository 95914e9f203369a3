#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

// First, so that rustdoc shows a client's operations before its settings.
#[allow(clippy::all, clippy::pedantic, missing_docs, unused_imports)]
mod generated;

mod call;
mod client;
mod credential_store;
mod credentials;
mod envelope;
mod error;
mod error_code;
mod identity;
mod json;
#[cfg(feature = "mock")]
pub mod mock;
mod operation;
pub mod optional;
mod outcome;
mod redaction;
mod request;
mod response;
mod retry;
mod secret;
mod setup;
#[cfg(feature = "tracing")]
mod span;
mod throttle;

pub use client::Client;
pub use credentials::Credentials;
pub use error::{Error, ErrorKind};
pub use error_code::ErrorCode;
pub use generated::api::{API_VERSION, DEFAULT_BASE_URL, builder};
pub use generated::types::{self, Platform};
#[cfg(feature = "mock")]
pub use httpmock;
pub use identity::{ClientIdentity, Identifier, IdentityError};
pub use request::Request;
pub use reqwest::{self, Method};
pub use response::Response;
pub use retry::RetryPolicy;
pub use secret::Secret;
pub use setup::ClientBuilder;
