//! The generator's output: from this build with the feature `codegen`, otherwise as checked in.

#[cfg(feature = "codegen")]
macro_rules! generated {
    ($file:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $file));
    };
}

#[cfg(not(feature = "codegen"))]
macro_rules! generated {
    ($file:literal) => {
        include!(concat!("generated/", $file));
    };
}

/// The data types of requests and responses.
///
/// Requests are plain data that can be stored. Deserializing a request rejects unknown properties, because dropping one could
/// change the request's meaning. So during an upgrade, an older version of an application may reject requests that a newer
/// version stored. Responses may have unknown properties.
pub mod types {
    generated!("types.rs");
}

/// The operations.
pub mod api {
    generated!("client.rs");
}

#[cfg(feature = "mock")]
pub mod mocks {
    generated!("mock.rs");
}
