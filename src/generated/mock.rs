// Generated from openapi/*.json (4b1166759a89c81c) by the generator. Not edited by hand.

pub mod operations {
    //! [`When`](::httpmock::When) and [`Then`](::httpmock::Then)
    //! wrappers for each operation. Each can be converted to
    //! its inner type with a call to `into_inner()`. This can
    //! be used to explicitly deviate from permitted values.
    use crate::types;
    pub struct PersonalTagMappingDeleteWhen(::httpmock::When);
    impl PersonalTagMappingDeleteWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            let path = ::regex::Regex::new("^/openapi/personalTagMapping/delete$")
                .unwrap();
            Self(inner.method(::httpmock::Method::POST).path_matches(path))
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn bot_id(self, value: &str) -> Self {
            Self(self.0.query_param("botId", value.to_string()))
        }
        pub fn body(self, value: &types::PersonalTagMappingRequest) -> Self {
            Self(
                self
                    .0
                    .json_body_includes(
                        ::serde_json::to_string(value).expect("a request is JSON"),
                    ),
            )
        }
    }
    pub struct PersonalTagMappingDeleteThen(::httpmock::Then);
    impl PersonalTagMappingDeleteThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(self, value: &types::BasicSuccessResponse) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn unauthorized(self, value: &types::ErrorResponse) -> Self {
            Self(
                self
                    .0
                    .status(401u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn forbidden(self, value: &types::ErrorResponse) -> Self {
            Self(
                self
                    .0
                    .status(403u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn not_found(self, value: &types::ErrorResponse) -> Self {
            Self(
                self
                    .0
                    .status(404u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn too_many_requests(self, value: &types::ErrorResponse) -> Self {
            Self(
                self
                    .0
                    .status(429u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        pub fn internal_server_error(self, value: &types::ErrorResponse) -> Self {
            Self(
                self
                    .0
                    .status(500u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
        /// Responds with an error as MantaGO words it.
        pub fn error(self, status: u16, code: crate::ErrorCode, message: &str) -> Self {
            let detail = ::serde_json::json!(
                { "message" : message, "code" : code.number() }
            );
            let body = ::serde_json::json!(
                { "success" : false, "errResponse" : detail }
            );
            Self(self.0.status(status).json_body(body))
        }
        /// Adds a header to the response, such as `Retry-After`.
        pub fn header(self, name: &str, value: &str) -> Self {
            Self(self.0.header(name, value))
        }
        /// Delays the response.
        pub fn delay(self, duration: ::std::time::Duration) -> Self {
            Self(self.0.delay(duration))
        }
    }
}
/// An extension trait for [`MockServer`](::httpmock::MockServer) that
/// adds a method for each operation. These are the equivalent of
/// type-checked [`mock()`](::httpmock::MockServer::mock) calls.
pub trait MockServerExt {
    fn personal_tag_mapping_delete<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(
            operations::PersonalTagMappingDeleteWhen,
            operations::PersonalTagMappingDeleteThen,
        );
}
impl MockServerExt for ::httpmock::MockServer {
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
