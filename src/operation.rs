//! The operation that a call invokes, and the URL it is sent to.

use reqwest::{Method, Url};

use crate::response::Success;

/// An operation of the API.
pub(crate) struct Operation<'a> {
    pub(crate) method: Method,
    /// With its parameters in braces.
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "a name in the span"))]
    pub(crate) path: &'a str,
    pub(crate) success: Success,
}

/// The destination of a call.
pub(crate) struct Target<'a> {
    pub(crate) url: Url,
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "a field of the span"))]
    pub(crate) bot_id: Option<&'a str>,
}
