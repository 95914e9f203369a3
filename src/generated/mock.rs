// Generated from openapi/*.json (4b1166759a89c81c) by the generator. Not edited by hand.

/// For each operation, what a mock is asked and what it responds.
///
/// Where they cannot say it, [`When`](::httpmock::When) and [`Then`](::httpmock::Then) of httpmock can, by
/// `into_inner()`.
pub mod operations {
    use crate::types;
    ///What a mock of [`personal_tag_mapping_delete`](crate::Client::personal_tag_mapping_delete) is asked.
    pub struct PersonalTagMappingDeleteWhen(::httpmock::When);
    impl PersonalTagMappingDeleteWhen {
        /// Asks for the method and the path.
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::POST)
                    .path_matches(
                        ::regex::Regex::new("^/openapi/personalTagMapping/delete$")
                            .unwrap(),
                    ),
            )
        }
        /// What can ask for anything.
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        ///Asks for this `botId`.
        pub fn bot_id(self, value: &str) -> Self {
            Self(self.0.query_param("botId", value.to_string()))
        }
        /// Asks for this body.
        pub fn body(self, value: &types::PersonalTagMappingRequest) -> Self {
            Self(
                self
                    .0
                    .json_body_includes(
                        ::serde_json::to_string(value).expect("a request is JSON"),
                    ),
            )
        }
        /// Asks for this bearer token.
        pub fn token(self, token: &str) -> Self {
            Self(self.0.header("authorization", format!("Bearer {token}")))
        }
        /// Asks for this secret in the body.
        pub fn secret(self, secret: &str) -> Self {
            let body = ::serde_json::json!({ "secret" : secret }).to_string();
            Self(self.0.json_body_includes(body))
        }
    }
    ///What a mock of [`personal_tag_mapping_delete`](crate::Client::personal_tag_mapping_delete) responds.
    pub struct PersonalTagMappingDeleteThen(Replies);
    impl PersonalTagMappingDeleteThen {
        /// Responds with status 200 and nothing else.
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(Replies::new(inner))
        }
        /// What can respond with anything, if nothing else was said here.
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0.inner
        }
        ///Responds with status 200.
        pub fn ok<V>(self, value: V) -> Self
        where
            V: ::std::convert::TryInto<types::BasicSuccessResponse>,
            V::Error: ::std::fmt::Display,
        {
            Self(self.0.reply(200u16, json(value.try_into())))
        }
        ///Responds with status 401.
        pub fn unauthorized<V>(self, value: V) -> Self
        where
            V: ::std::convert::TryInto<types::ErrorResponse>,
            V::Error: ::std::fmt::Display,
        {
            Self(self.0.reply(401u16, json(value.try_into())))
        }
        ///Responds with status 403.
        pub fn forbidden<V>(self, value: V) -> Self
        where
            V: ::std::convert::TryInto<types::ErrorResponse>,
            V::Error: ::std::fmt::Display,
        {
            Self(self.0.reply(403u16, json(value.try_into())))
        }
        ///Responds with status 404.
        pub fn not_found<V>(self, value: V) -> Self
        where
            V: ::std::convert::TryInto<types::ErrorResponse>,
            V::Error: ::std::fmt::Display,
        {
            Self(self.0.reply(404u16, json(value.try_into())))
        }
        ///Responds with status 429.
        pub fn too_many_requests<V>(self, value: V) -> Self
        where
            V: ::std::convert::TryInto<types::ErrorResponse>,
            V::Error: ::std::fmt::Display,
        {
            Self(self.0.reply(429u16, json(value.try_into())))
        }
        ///Responds with status 500.
        pub fn internal_server_error<V>(self, value: V) -> Self
        where
            V: ::std::convert::TryInto<types::ErrorResponse>,
            V::Error: ::std::fmt::Display,
        {
            Self(self.0.reply(500u16, json(value.try_into())))
        }
        /// Responds with an error as MantaGO words it, with a code or `None`.
        pub fn error(
            self,
            status: u16,
            code: impl Into<Option<crate::ErrorCode>>,
            message: &str,
        ) -> Self {
            let mut detail = ::serde_json::json!({ "message" : message });
            if let Some(code) = code.into() {
                detail["code"] = code.number().into();
            }
            let body = ::serde_json::json!(
                { "success" : false, "errResponse" : detail }
            );
            Self(self.0.reply(status, Some(body)))
        }
        /// Adds a header to the response, such as `Retry-After`.
        pub fn header(self, name: &str, value: &str) -> Self {
            Self(self.0.header(name, value))
        }
        /// Ends a response: what follows is the one to the next request. The last one is the response to all further
        /// requests.
        pub fn next(self) -> Self {
            Self(self.0.next())
        }
        /// Delays the response, and where there are several, each of them.
        pub fn delay(mut self, duration: ::std::time::Duration) -> Self {
            self.0.inner = self.0.inner.delay(duration);
            self
        }
    }
    struct Replies {
        inner: ::httpmock::Then,
        earlier: Vec<::httpmock::HttpMockResponse>,
        last: ::httpmock::HttpMockResponse,
    }
    impl Replies {
        fn new(inner: ::httpmock::Then) -> Self {
            Self {
                inner,
                earlier: Vec::new(),
                last: empty(),
            }
        }
        fn reply(mut self, status: u16, body: Option<::serde_json::Value>) -> Self {
            self.last.status = Some(status);
            let headers = self.last.headers.get_or_insert_default();
            headers.retain(|(name, _)| name != "content-type");
            headers
                .extend(
                    body
                        .iter()
                        .map(|_| (
                            "content-type".to_owned(),
                            "application/json".to_owned(),
                        )),
                );
            self.last.body = body.map(|body| body.to_string().into());
            self.played()
        }
        fn header(mut self, name: &str, value: &str) -> Self {
            self.last
                .headers
                .get_or_insert_default()
                .push((name.to_owned(), value.to_owned()));
            self.played()
        }
        fn next(mut self) -> Self {
            self.earlier.push(::std::mem::replace(&mut self.last, empty()));
            self.played()
        }
        fn played(mut self) -> Self {
            let earlier = ::std::sync::Mutex::new(self.earlier.clone().into_iter());
            let last = self.last.clone();
            self.inner = self
                .inner
                .respond_with(move |_| {
                    let next = earlier
                        .lock()
                        .ok()
                        .and_then(|mut earlier| earlier.next());
                    next.unwrap_or_else(|| last.clone())
                });
            self
        }
    }
    fn empty() -> ::httpmock::HttpMockResponse {
        ::httpmock::HttpMockResponse::builder().status(200).build()
    }
    /// Panics where a test has not said all of a response.
    fn json<T: ::serde::Serialize>(
        value: Result<T, impl ::std::fmt::Display>,
    ) -> Option<::serde_json::Value> {
        let value = value.unwrap_or_else(|error| panic!("a mock's response: {error}"));
        Some(::serde_json::to_value(value).expect("a response is JSON"))
    }
}
/// A mock for each operation, on a [`MockServer`](::httpmock::MockServer): its function says what is asked, and what
/// the response is.
///
/// A request that no mock matches ends as [`UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse). So that no
/// test waits for a retry, give the client a [policy](crate::RetryPolicy::base_backoff) whose waits are 0, and a mocked
/// `Retry-After` the value 0. tokio's paused clock is no help: the server runs in threads of its own.
pub trait MockServerExt {
    ///A mock of [`personal_tag_mapping_delete`](crate::Client::personal_tag_mapping_delete).
    fn personal_tag_mapping_delete<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::PersonalTagMappingDeleteWhen,
            operations::PersonalTagMappingDeleteThen,
        );
}
impl MockServerExt for ::httpmock::MockServer {
    ///A mock of [`personal_tag_mapping_delete`](crate::Client::personal_tag_mapping_delete).
    fn personal_tag_mapping_delete<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::PersonalTagMappingDeleteWhen,
            operations::PersonalTagMappingDeleteThen,
        ),
    {
        self.mock(|when, then| config_fn(
            operations::PersonalTagMappingDeleteWhen::new(when),
            operations::PersonalTagMappingDeleteThen::new(then),
        ))
    }
}
