//! Mocks of MantaGO's operations on an [`httpmock`] server, for the tests of code that uses this crate.
//!
//! [`MockServerExt`] adds a typed mock of each [`Client`](crate::Client) operation to [`MockServer`]. Its method
//! [`operation`](MockServerExt::operation) mocks those that [`Client::request`](crate::Client::request) calls:
//!
//! ```
//! use mantago::{Client, Credentials, Method, httpmock::MockServer, mock::MockServerExt};
//! use serde_json::{Value, json};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), mantago::Error> {
//! const GET_TAG: &str = "/openapi/personalTag/get/{tagId}";
//!
//! let server = MockServer::start_async().await;
//! let vip = server.operation(Method::POST, GET_TAG, |when, then| {
//!     when.path_parameter("tagId", "tag 42")
//!         .bot_id("bot-7")
//!         .token("token")
//!         .secret("secret")
//!         .body(json!({ "full": true }));
//!     then.ok(json!({ "success": true, "name": "vip" }));
//! });
//! let other_tags = server.operation(Method::POST, GET_TAG, |_, then| {
//!     then.error(404, None, "no such tag");
//! });
//!
//! let builder = Client::builder(Credentials::new("token", "secret")).bot_id("bot-7");
//! let client = builder.base_url(server.base_url()).build()?;
//! let request = |tag: &str| {
//!     let request = client.request(Method::POST, GET_TAG).path_parameter("tagId", tag);
//!     request.body(json!({ "full": true })).send::<Value>()
//! };
//! assert_eq!(request("tag 42").await?["name"], "vip");
//! assert_eq!(request("tag 43").await.unwrap_err().message(), Some("no such tag"));
//! vip.assert();
//! other_tags.assert();
//! # Ok(())
//! # }
//! ```
//!
//! If several mocks match a request, the first one replies. A request that no mock matches ends as
//! [`UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse).
//!
//! So that retries don't slow tests down, use a [policy](crate::RetryPolicy::base_backoff) without waits, and mock
//! `Retry-After` as 0. tokio's paused clock doesn't help: the server runs in its own thread.

#![allow(clippy::return_self_not_must_use, reason = "conditions and replies are set in statements")]

mod conditions;
mod replies;

use std::fmt::Display;
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;

use httpmock::MockServer;
use reqwest::Method;
use serde::Serialize;
use serde_json::json;

use self::conditions::Conditions;
use self::replies::{Replies, Reply};
use crate::ErrorCode;
pub use crate::generated::mocks::{MockServerExt, operations};

/// An operation that [`MockServerExt::operation`] mocks.
#[derive(Clone, Copy, Debug)]
pub struct AnyOperation;

/// The conditions of a mock. It matches a request that meets all of them.
///
/// `O` is the operation: [`AnyOperation`], or the builder of a typed operation, which adds methods for its parameters
/// and its body: see [`operations`].
pub struct When<O = AnyOperation> {
    pub(crate) conditions: Rc<Conditions>,
    operation: PhantomData<O>,
}

impl<O> When<O> {
    /// Matches this bearer token.
    pub fn token(self, token: &str) -> Self {
        self.conditions.header("authorization", Some(format!("Bearer {token}")));
        self
    }

    /// Matches a JSON body with at least this content: its objects may have more properties, and its lists more items at
    /// the end.
    ///
    /// # Panics
    /// If `part` cannot be serialized to JSON.
    #[track_caller]
    pub fn body_includes(self, part: impl Serialize) -> Self {
        self.conditions.body_includes(&part);
        self
    }

    /// Adds conditions with [`httpmock`]'s own methods: `when.and(|when| when.header_exists("x-trace"))`.
    ///
    /// The function runs once for each reply of a [sequence](Then::next).
    pub fn and(self, condition: impl Fn(httpmock::When) -> httpmock::When + 'static) -> Self {
        self.conditions.and(condition);
        self
    }
}

impl When {
    /// Matches this value (unescaped) of a path parameter. By default, every value matches.
    ///
    /// # Panics
    /// If the path has no such parameter.
    #[track_caller]
    pub fn path_parameter(self, name: &str, value: impl Display) -> Self {
        self.conditions.path_parameter(name, value);
        self
    }

    /// Matches this value (unescaped) of a query parameter. If a parameter has several values, call this once for each
    /// value, in order; a request with further values doesn't match.
    pub fn query(self, name: &str, value: impl Display) -> Self {
        self.conditions.add_query(name, value);
        self
    }

    /// Matches this `botId` in the query.
    pub fn bot_id(self, bot_id: &str) -> Self {
        self.conditions.query("botId", [bot_id]);
        self
    }

    /// Matches this header.
    pub fn header(self, name: &str, value: impl Display) -> Self {
        self.conditions.header(name, Some(value));
        self
    }

    /// Matches this secret in the body.
    pub fn secret(self, secret: &str) -> Self {
        self.conditions.secret(secret);
        self
    }

    /// Matches exactly this JSON body, with or without the secret that the client adds.
    /// [`body_includes`](Self::body_includes) matches a part.
    ///
    /// # Panics
    /// If `body` cannot be serialized to JSON.
    #[track_caller]
    pub fn body(self, body: impl Serialize) -> Self {
        // `Request::body` also converts to a `Value`, which turns an `f32` into an `f64`.
        let body = serde_json::to_value(body).unwrap_or_else(|error| panic!("cannot mock a request: {error}"));
        self.conditions.body(&body);
        self
    }
}

/// The replies of a mock. By default, a mock has one reply, with status 200 and an empty body.
///
/// `O` is the operation: [`AnyOperation`], or the builder of a typed operation, which adds methods for its documented
/// responses: see [`operations`].
pub struct Then<O = AnyOperation> {
    pub(crate) replies: Rc<Replies>,
    operation: PhantomData<O>,
}

impl<O> Then<O> {
    /// Replies with this status and an empty body.
    ///
    /// # Panics
    /// If there is no such status.
    #[track_caller]
    pub fn status(self, status: u16) -> Self {
        self.replies.empty(status);
        self
    }

    /// Replies with an error as MantaGO sends it, with or without a code: `then.error(429, None, "slow down")`.
    ///
    /// # Panics
    /// If there is no such status.
    #[track_caller]
    pub fn error(self, status: u16, code: impl Into<Option<ErrorCode>>, message: &str) -> Self {
        let mut error = json!({ "message": message });
        if let Some(code) = code.into() {
            error["code"] = code.number().into();
        }
        self.replies.json(status, json!({ "success": false, "errResponse": error }));
        self
    }

    /// Adds a header to this reply, such as `Retry-After`.
    ///
    /// # Panics
    /// If HTTP doesn't allow the name or the value.
    #[track_caller]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.replies.header(name, value);
        self
    }

    /// Delays this reply and no other.
    pub fn delay(self, duration: Duration) -> Self {
        self.replies.and(move |then| then.delay(duration));
        self
    }

    /// Starts the reply to the next request. Each earlier reply is used once, the last one for all further requests.
    pub fn next(self) -> Self {
        self.replies.next();
        self
    }

    /// Changes this reply with [`httpmock`]'s own methods: `then.and(|then| then.body("not JSON"))`.
    pub fn and(self, change: impl FnOnce(httpmock::Then) -> httpmock::Then + 'static) -> Self {
        self.replies.and(change);
        self
    }
}

impl Then {
    /// Replies with status 200 and a JSON body.
    ///
    /// # Panics
    /// If `body` cannot be serialized to JSON.
    #[track_caller]
    pub fn ok(self, body: impl Serialize) -> Self {
        self.json(200, body)
    }

    /// Replies with this status and a JSON body.
    ///
    /// # Panics
    /// If there is no such status, or `body` cannot be serialized to JSON.
    #[track_caller]
    pub fn json(self, status: u16, body: impl Serialize) -> Self {
        self.replies.json(status, body);
        self
    }
}

/// A mock on a server. Dropping this value does not remove the mock.
pub struct Mock<'s> {
    /// One httpmock mock for each reply, because a delay applies to a whole mock.
    replies: Vec<httpmock::Mock<'s>>,
}

impl Mock<'_> {
    /// The number of matching requests so far.
    pub fn calls(&self) -> usize {
        self.replies.iter().map(httpmock::Mock::calls).sum()
    }

    /// Asserts that the mock matched exactly one request.
    ///
    /// # Panics
    /// If it didn't: see [`assert_calls`](Self::assert_calls).
    #[track_caller]
    pub fn assert(&self) {
        self.assert_calls(1);
    }

    /// Asserts that the mock matched exactly this number of requests.
    ///
    /// # Panics
    /// If it didn't. For a mock with one reply, the message compares the conditions with the most similar request. If it
    /// reports only `is_true` as unmet, the body has more content than expected, or a parameter's values are in another
    /// order.
    #[track_caller]
    pub fn assert_calls(&self, expected: usize) {
        match &self.replies[..] {
            [reply] => reply.assert_calls(expected),
            _ => assert_eq!(self.calls(), expected, "number of requests that matched the mock"),
        }
    }

    /// Removes the mock from the server.
    pub fn delete(mut self) {
        self.replies.iter_mut().for_each(httpmock::Mock::delete);
    }
}

impl MockServerExt for MockServer {
    #[track_caller]
    fn operation(&self, method: Method, path: &str, mock: impl FnOnce(When, Then)) -> Mock<'_> {
        let conditions = Rc::new(Conditions::new(method, path));
        let replies = Rc::new(Replies::default());
        configure(mock, &conditions, &replies);
        let add_reply = |reply: Reply| {
            self.mock(|when, then| {
                conditions.apply(when);
                reply.apply(then);
            })
        };
        Mock { replies: replies.take().map(add_reply).collect() }
    }
}

/// A mock of a typed operation, as [`MockServerExt::operation`] takes it.
pub(crate) fn typed<O>(mock: impl FnOnce(When<O>, Then<O>)) -> impl FnOnce(When, Then) {
    |when, then| configure(mock, &when.conditions, &then.replies)
}

fn configure<O>(mock: impl FnOnce(When<O>, Then<O>), conditions: &Rc<Conditions>, replies: &Rc<Replies>) {
    let when = When { conditions: conditions.clone(), operation: PhantomData };
    let then = Then { replies: replies.clone(), operation: PhantomData };
    mock(when, then);
}

/// Checks a status against a documented range, such as 4XX.
#[allow(dead_code, reason = "documents with such a range use it")]
#[track_caller]
pub(crate) fn status_in(range: RangeInclusive<u16>, status: u16) -> u16 {
    let (first, last) = (range.start(), range.end());
    assert!(range.contains(&status), "cannot mock a reply: {status} is not a status from {first} to {last}");
    status
}

#[track_caller]
fn json_text(value: &impl Serialize, part: &str) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| panic!("cannot mock {part}: {error}"))
}
