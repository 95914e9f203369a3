//! The generator's output: with the feature `codegen` from this build, otherwise the checked-in one.

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
/// Requests are plain data that can be stored. A stored request with a property that this version does not know is rejected,
/// because dropping it could change its meaning. So during an upgrade, an older version of an application may reject
/// requests that a newer one stored. Responses may have unknown properties.
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
