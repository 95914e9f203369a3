#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

// First, so that rustdoc shows a client's operations before its settings.
/// What the generator makes of the documents in `openapi/`: during this build, or when the text was checked in.
#[allow(clippy::all, clippy::pedantic, unused_imports)]
mod generated {
    /// What requests and responses consist of.
    ///
    /// Requests are plain data, which can be stored. What was stored with a property that this version does not know is not
    /// read: a misspelt one would be dropped without a word, and with it what it meant. So during an upgrade, what a newer
    /// version of an application stores may be refused by an older one. Responses may have properties that nobody knows.
    pub mod types {
        include!(concat!(env!("MANTAGO_GENERATED"), "/types.rs"));
    }
    pub mod client {
        include!(concat!(env!("MANTAGO_GENERATED"), "/client.rs"));
    }
    #[cfg(feature = "mock")]
    pub mod mock {
        include!(concat!(env!("MANTAGO_GENERATED"), "/mock.rs"));
    }
}

mod call;
mod client;
mod credentials;
mod current;
mod error;
mod error_code;
mod identity;
mod json;
#[cfg(feature = "mock")]
pub mod mock;
mod outcome;
mod redaction;
mod request;
mod response;
mod retry;
mod secret;
mod setup;
#[cfg(feature = "tracing")]
mod span;

pub use credentials::Credentials;
pub use error::{Error, ErrorKind};
pub use error_code::ErrorCode;
pub use generated::client::{API_VERSION, Client, DEFAULT_BASE_URL, builder};
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
