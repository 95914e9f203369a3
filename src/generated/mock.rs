// Generated from openapi/*.json (4b1166759a89c81c) by the generator. Not edited by hand.

/// The conditions and replies that each operation adds to [`When`](crate::mock::When) and
/// [`Then`](crate::mock::Then).
pub mod operations {
    use crate::types;
    ///The conditions of a mock of [`personal_tag_mapping_delete`](crate::Client::personal_tag_mapping_delete).
    pub type PersonalTagMappingDeleteWhen = crate::mock::When<
        crate::builder::PersonalTagMappingDelete,
    >;
    impl PersonalTagMappingDeleteWhen {
        ///Matches this `botId`.
        pub fn bot_id(self, value: &str) -> Self {
            self.conditions.query("botId", Some(value));
            self
        }
        /// Matches exactly this body, with or without the secret that the client adds.
        /// [`body_includes`](crate::mock::When::body_includes) matches a part of one.
        #[track_caller]
        pub fn body(self, value: &types::PersonalTagMappingRequest) -> Self {
            self.conditions.body(value);
            self
        }
        /// Matches this secret in the body.
        pub fn secret(self, secret: &str) -> Self {
            self.conditions.secret(secret);
            self
        }
    }
    ///The replies of a mock of [`personal_tag_mapping_delete`](crate::Client::personal_tag_mapping_delete).
    pub type PersonalTagMappingDeleteThen = crate::mock::Then<
        crate::builder::PersonalTagMappingDelete,
    >;
    impl PersonalTagMappingDeleteThen {
        ///Replies with status 200.
        #[track_caller]
        pub fn ok(
            self,
            value: impl ::std::convert::TryInto<
                types::BasicSuccessResponse,
                Error: ::std::fmt::Display,
            >,
        ) -> Self {
            self.replies.built::<types::BasicSuccessResponse>(200u16, value);
            self
        }
        ///Replies with status 401.
        #[track_caller]
        pub fn unauthorized(
            self,
            value: impl ::std::convert::TryInto<
                types::ErrorResponse,
                Error: ::std::fmt::Display,
            >,
        ) -> Self {
            self.replies.built::<types::ErrorResponse>(401u16, value);
            self
        }
        ///Replies with status 403.
        #[track_caller]
        pub fn forbidden(
            self,
            value: impl ::std::convert::TryInto<
                types::ErrorResponse,
                Error: ::std::fmt::Display,
            >,
        ) -> Self {
            self.replies.built::<types::ErrorResponse>(403u16, value);
            self
        }
        ///Replies with status 404.
        #[track_caller]
        pub fn not_found(
            self,
            value: impl ::std::convert::TryInto<
                types::ErrorResponse,
                Error: ::std::fmt::Display,
            >,
        ) -> Self {
            self.replies.built::<types::ErrorResponse>(404u16, value);
            self
        }
        ///Replies with status 429.
        #[track_caller]
        pub fn too_many_requests(
            self,
            value: impl ::std::convert::TryInto<
                types::ErrorResponse,
                Error: ::std::fmt::Display,
            >,
        ) -> Self {
            self.replies.built::<types::ErrorResponse>(429u16, value);
            self
        }
        ///Replies with status 500.
        #[track_caller]
        pub fn internal_server_error(
            self,
            value: impl ::std::convert::TryInto<
                types::ErrorResponse,
                Error: ::std::fmt::Display,
            >,
        ) -> Self {
            self.replies.built::<types::ErrorResponse>(500u16, value);
            self
        }
    }
}
/// Mocks of operations on a [`MockServer`](::httpmock::MockServer). The function `mock` sets the conditions and
/// the replies of each: see the [module](crate::mock).
pub trait MockServerExt {
    /// A mock of any operation, as [`Client::request`](crate::Client::request) calls it: with the same method, and
    /// the same path with its parameters in braces.
    ///
    /// # Panics
    /// If `Client::request` would refuse the path, or httpmock doesn't know the method.
    fn operation(
        &self,
        method: crate::Method,
        path: &str,
        mock: impl FnOnce(crate::mock::When, crate::mock::Then),
    ) -> crate::mock::Mock<'_>;
    ///A mock of [`personal_tag_mapping_delete`](crate::Client::personal_tag_mapping_delete).
    fn personal_tag_mapping_delete(
        &self,
        mock: impl FnOnce(
            operations::PersonalTagMappingDeleteWhen,
            operations::PersonalTagMappingDeleteThen,
        ),
    ) -> crate::mock::Mock<'_> {
        self.operation(
            crate::Method::POST,
            "/openapi/personalTagMapping/delete",
            crate::mock::typed(mock),
        )
    }
}
