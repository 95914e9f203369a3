#![doc = include_str!("../README.md")]

mod client;
mod error;
mod error_code;
#[cfg(feature = "tracing")]
mod events;
mod hooks;
mod identity;
mod response;
mod retry;
mod secret;

/// What the generator makes of the documents in `openapi/`: now, in `build.rs`, or when the text was checked in.
#[allow(clippy::all, clippy::pedantic, missing_docs, rustdoc::all, unused_imports)]
mod generated {
    #[cfg(feature = "codegen")]
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
    #[cfg(not(feature = "codegen"))]
    include!("generated.rs");
}

pub use client::ClientBuilder;
pub use error::{ApiError, ErrorKind};
pub use error_code::ErrorCode;
#[cfg(feature = "mock")]
pub use generated::mock;
pub use generated::types::PersonalTagMappingRequestPlatform as Platform;
pub use generated::{API_VERSION, Client, DEFAULT_BASE_URL, Error, ResponseValue, builder, types};
#[cfg(feature = "mock")]
pub use httpmock;
pub use identity::{ClientIdentity, Identifier, IdentityError};
pub use reqwest;
pub use retry::RetryPolicy;
pub use secret::Secret;
