// Generated from openapi/*.json (4b1166759a89c81c) by the generator. Not edited by hand.

#[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BasicSuccessResponse {
    pub message: ::std::string::String,
    pub success: bool,
}
impl BasicSuccessResponse {
    ///Starts a [`builder`].
    pub fn builder() -> builder::BasicSuccessResponse {
        ::std::default::Default::default()
    }
}
#[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ErrorResponse {
    ///`errResponse` on the wire.
    #[serde(rename = "errResponse")]
    pub err_response: ErrorResponseErrResponse,
    pub success: bool,
}
impl ErrorResponse {
    ///Starts a [`builder`].
    pub fn builder() -> builder::ErrorResponse {
        ::std::default::Default::default()
    }
}
#[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ErrorResponseErrResponse {
    ///`botId` on the wire.
    #[serde(rename = "botId", skip_serializing_if = "::std::option::Option::is_none")]
    pub bot_id: ::std::option::Option<::std::string::String>,
    pub code: i64,
    pub message: ::std::string::String,
}
impl ErrorResponseErrResponse {
    ///Starts a [`builder`].
    pub fn builder() -> builder::ErrorResponseErrResponse {
        ::std::default::Default::default()
    }
}
/**Client identification rules:
- Either provide 'clientId' OR both 'platform' and 'platformClientId'*/
#[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PersonalTagMappingRequest {
    ///The client ID (required if platform + platformClientId not provided)
    #[serde(rename = "clientId", skip_serializing_if = "::std::option::Option::is_none")]
    pub client_id: ::std::option::Option<::std::string::String>,
    ///Platform type (required if platformClientId provided)
    #[serde(skip_serializing_if = "::std::option::Option::is_none")]
    pub platform: ::std::option::Option<Platform>,
    ///Platform-specific client ID (required if clientId not provided)
    #[serde(
        rename = "platformClientId",
        skip_serializing_if = "::std::option::Option::is_none"
    )]
    pub platform_client_id: ::std::option::Option<::std::string::String>,
    ///The personal tag ID
    #[serde(rename = "tagId")]
    pub tag_id: ::std::string::String,
}
impl PersonalTagMappingRequest {
    ///Starts a [`builder`].
    pub fn builder() -> builder::PersonalTagMappingRequest {
        ::std::default::Default::default()
    }
}
///The platforms that a request may name its client by.
#[derive(
    ::serde::Deserialize,
    ::serde::Serialize,
    Clone,
    Copy,
    Debug,
    Eq,
    Hash,
    Ord,
    PartialEq,
    PartialOrd
)]
#[non_exhaustive]
pub enum Platform {
    ///`line` on the wire.
    #[serde(rename = "line")]
    Line,
    ///`facebook` on the wire.
    #[serde(rename = "facebook")]
    Facebook,
    ///`instagram` on the wire.
    #[serde(rename = "instagram")]
    Instagram,
    ///`liveChat` on the wire.
    #[serde(rename = "liveChat")]
    LiveChat,
    ///`whatsapp` on the wire.
    #[serde(rename = "whatsapp")]
    Whatsapp,
}
impl ::std::fmt::Display for Platform {
    fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
        match *self {
            Self::Line => f.write_str("line"),
            Self::Facebook => f.write_str("facebook"),
            Self::Instagram => f.write_str("instagram"),
            Self::LiveChat => f.write_str("liveChat"),
            Self::Whatsapp => f.write_str("whatsapp"),
        }
    }
}
impl ::std::convert::TryFrom<&str> for Platform {
    type Error = self::error::ConversionError;
    fn try_from(
        value: &str,
    ) -> ::std::result::Result<Self, self::error::ConversionError> {
        value.parse()
    }
}
impl ::std::convert::TryFrom<::std::string::String> for Platform {
    type Error = self::error::ConversionError;
    fn try_from(
        value: ::std::string::String,
    ) -> ::std::result::Result<Self, self::error::ConversionError> {
        value.parse()
    }
}
/**Builders of the types.

Pass a builder wherever its type is expected, such as an operation's `body(…)`, or end it with `try_into()`. Either reports a missing property.*/
pub mod builder {
    ///Builder of [`BasicSuccessResponse`](super::BasicSuccessResponse).
    #[derive(Clone, Debug)]
    pub struct BasicSuccessResponse {
        message: ::std::result::Result<::std::string::String, ::std::string::String>,
        success: ::std::result::Result<bool, ::std::string::String>,
    }
    impl ::std::convert::TryFrom<BasicSuccessResponse> for super::BasicSuccessResponse {
        type Error = super::error::ConversionError;
        fn try_from(
            value: BasicSuccessResponse,
        ) -> ::std::result::Result<Self, super::error::ConversionError> {
            ::std::result::Result::Ok(Self {
                message: value.message?,
                success: value.success?,
            })
        }
    }
    impl ::std::convert::From<super::BasicSuccessResponse> for BasicSuccessResponse {
        fn from(value: super::BasicSuccessResponse) -> Self {
            Self {
                message: ::std::result::Result::Ok(value.message),
                success: ::std::result::Result::Ok(value.success),
            }
        }
    }
    ///Builder of [`ErrorResponse`](super::ErrorResponse).
    #[derive(Clone, Debug)]
    pub struct ErrorResponse {
        err_response: ::std::result::Result<
            super::ErrorResponseErrResponse,
            ::std::string::String,
        >,
        success: ::std::result::Result<bool, ::std::string::String>,
    }
    impl ::std::convert::TryFrom<ErrorResponse> for super::ErrorResponse {
        type Error = super::error::ConversionError;
        fn try_from(
            value: ErrorResponse,
        ) -> ::std::result::Result<Self, super::error::ConversionError> {
            ::std::result::Result::Ok(Self {
                err_response: value.err_response?,
                success: value.success?,
            })
        }
    }
    impl ::std::convert::From<super::ErrorResponse> for ErrorResponse {
        fn from(value: super::ErrorResponse) -> Self {
            Self {
                err_response: ::std::result::Result::Ok(value.err_response),
                success: ::std::result::Result::Ok(value.success),
            }
        }
    }
    ///Builder of [`ErrorResponseErrResponse`](super::ErrorResponseErrResponse).
    #[derive(Clone, Debug)]
    pub struct ErrorResponseErrResponse {
        bot_id: ::std::result::Result<
            ::std::option::Option<::std::string::String>,
            ::std::string::String,
        >,
        code: ::std::result::Result<i64, ::std::string::String>,
        message: ::std::result::Result<::std::string::String, ::std::string::String>,
    }
    impl ::std::convert::TryFrom<ErrorResponseErrResponse>
    for super::ErrorResponseErrResponse {
        type Error = super::error::ConversionError;
        fn try_from(
            value: ErrorResponseErrResponse,
        ) -> ::std::result::Result<Self, super::error::ConversionError> {
            ::std::result::Result::Ok(Self {
                bot_id: value.bot_id?,
                code: value.code?,
                message: value.message?,
            })
        }
    }
    impl ::std::convert::From<super::ErrorResponseErrResponse>
    for ErrorResponseErrResponse {
        fn from(value: super::ErrorResponseErrResponse) -> Self {
            Self {
                bot_id: ::std::result::Result::Ok(value.bot_id),
                code: ::std::result::Result::Ok(value.code),
                message: ::std::result::Result::Ok(value.message),
            }
        }
    }
    ///Builder of [`PersonalTagMappingRequest`](super::PersonalTagMappingRequest).
    #[derive(Clone, Debug)]
    pub struct PersonalTagMappingRequest {
        client_id: ::std::result::Result<
            ::std::option::Option<::std::string::String>,
            ::std::string::String,
        >,
        platform: ::std::result::Result<
            ::std::option::Option<super::Platform>,
            ::std::string::String,
        >,
        platform_client_id: ::std::result::Result<
            ::std::option::Option<::std::string::String>,
            ::std::string::String,
        >,
        tag_id: ::std::result::Result<::std::string::String, ::std::string::String>,
    }
    impl ::std::convert::TryFrom<PersonalTagMappingRequest>
    for super::PersonalTagMappingRequest {
        type Error = super::error::ConversionError;
        fn try_from(
            value: PersonalTagMappingRequest,
        ) -> ::std::result::Result<Self, super::error::ConversionError> {
            ::std::result::Result::Ok(Self {
                client_id: value.client_id?,
                platform: value.platform?,
                platform_client_id: value.platform_client_id?,
                tag_id: value.tag_id?,
            })
        }
    }
    impl ::std::convert::From<super::PersonalTagMappingRequest>
    for PersonalTagMappingRequest {
        fn from(value: super::PersonalTagMappingRequest) -> Self {
            Self {
                client_id: ::std::result::Result::Ok(value.client_id),
                platform: ::std::result::Result::Ok(value.platform),
                platform_client_id: ::std::result::Result::Ok(value.platform_client_id),
                tag_id: ::std::result::Result::Ok(value.tag_id),
            }
        }
    }
    impl ::std::default::Default for BasicSuccessResponse {
        fn default() -> Self {
            Self {
                message: ::std::result::Result::Err(
                    "message is missing: set it with message(…)".to_string(),
                ),
                success: ::std::result::Result::Err(
                    "success is missing: set it with success(…)".to_string(),
                ),
            }
        }
    }
    impl BasicSuccessResponse {
        pub fn message<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<::std::string::String>,
            V::Error: ::std::fmt::Display,
        {
            self.message = value
                .try_into()
                .map_err(|error| format!("message: {error}").into());
            self
        }
        pub fn success<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<bool>,
            V::Error: ::std::fmt::Display,
        {
            self.success = value
                .try_into()
                .map_err(|error| format!("success: {error}").into());
            self
        }
    }
    impl ::std::default::Default for ErrorResponse {
        fn default() -> Self {
            Self {
                err_response: ::std::result::Result::Err(
                    "err_response is missing: set it with err_response(…)".to_string(),
                ),
                success: ::std::result::Result::Err(
                    "success is missing: set it with success(…)".to_string(),
                ),
            }
        }
    }
    impl ErrorResponse {
        ///`errResponse` on the wire.
        pub fn err_response<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<super::ErrorResponseErrResponse>,
            V::Error: ::std::fmt::Display,
        {
            self.err_response = value
                .try_into()
                .map_err(|error| format!("err_response: {error}").into());
            self
        }
        pub fn success<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<bool>,
            V::Error: ::std::fmt::Display,
        {
            self.success = value
                .try_into()
                .map_err(|error| format!("success: {error}").into());
            self
        }
    }
    impl ::std::default::Default for ErrorResponseErrResponse {
        fn default() -> Self {
            Self {
                bot_id: ::std::result::Result::Ok(::std::default::Default::default()),
                code: ::std::result::Result::Err(
                    "code is missing: set it with code(…)".to_string(),
                ),
                message: ::std::result::Result::Err(
                    "message is missing: set it with message(…)".to_string(),
                ),
            }
        }
    }
    impl ErrorResponseErrResponse {
        ///`botId` on the wire.
        pub fn bot_id<V, As>(mut self, value: V) -> Self
        where
            V: crate::optional::Optional<::std::string::String, As>,
        {
            self.bot_id = value
                .optional()
                .map_err(|error| format!("bot_id: {error}").into());
            self
        }
        pub fn code<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<i64>,
            V::Error: ::std::fmt::Display,
        {
            self.code = value
                .try_into()
                .map_err(|error| format!("code: {error}").into());
            self
        }
        pub fn message<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<::std::string::String>,
            V::Error: ::std::fmt::Display,
        {
            self.message = value
                .try_into()
                .map_err(|error| format!("message: {error}").into());
            self
        }
    }
    impl ::std::default::Default for PersonalTagMappingRequest {
        fn default() -> Self {
            Self {
                client_id: ::std::result::Result::Ok(::std::default::Default::default()),
                platform: ::std::result::Result::Ok(::std::default::Default::default()),
                platform_client_id: ::std::result::Result::Ok(
                    ::std::default::Default::default(),
                ),
                tag_id: ::std::result::Result::Err(
                    "tag_id is missing: set it with tag_id(…)".to_string(),
                ),
            }
        }
    }
    impl PersonalTagMappingRequest {
        ///The client ID (required if platform + platformClientId not provided)
        pub fn client_id<V, As>(mut self, value: V) -> Self
        where
            V: crate::optional::Optional<::std::string::String, As>,
        {
            self.client_id = value
                .optional()
                .map_err(|error| format!("client_id: {error}").into());
            self
        }
        ///Platform type (required if platformClientId provided)
        pub fn platform<V, As>(mut self, value: V) -> Self
        where
            V: crate::optional::Optional<super::Platform, As>,
        {
            self.platform = value
                .optional()
                .map_err(|error| format!("platform: {error}").into());
            self
        }
        ///Platform-specific client ID (required if clientId not provided)
        pub fn platform_client_id<V, As>(mut self, value: V) -> Self
        where
            V: crate::optional::Optional<::std::string::String, As>,
        {
            self.platform_client_id = value
                .optional()
                .map_err(|error| format!("platform_client_id: {error}").into());
            self
        }
        ///The personal tag ID
        pub fn tag_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<::std::string::String>,
            V::Error: ::std::fmt::Display,
        {
            self.tag_id = value
                .try_into()
                .map_err(|error| format!("tag_id: {error}").into());
            self
        }
    }
}
/// Error types.
pub mod error {
    /// Error from a `TryFrom` or `FromStr` implementation.
    pub struct ConversionError(::std::borrow::Cow<'static, str>);
    impl ::std::error::Error for ConversionError {}
    impl ::std::fmt::Display for ConversionError {
        fn fmt(
            &self,
            f: &mut ::std::fmt::Formatter<'_>,
        ) -> Result<(), ::std::fmt::Error> {
            ::std::fmt::Display::fmt(&self.0, f)
        }
    }
    impl ::std::fmt::Debug for ConversionError {
        fn fmt(
            &self,
            f: &mut ::std::fmt::Formatter<'_>,
        ) -> Result<(), ::std::fmt::Error> {
            ::std::fmt::Debug::fmt(&self.0, f)
        }
    }
    impl From<&'static str> for ConversionError {
        fn from(value: &'static str) -> Self {
            Self(value.into())
        }
    }
    impl From<String> for ConversionError {
        fn from(value: String) -> Self {
            Self(value.into())
        }
    }
}
impl Platform {
    /// All values, in the order of the document.
    pub const ALL: &'static [Self] = &[
        Self::Line,
        Self::Facebook,
        Self::Instagram,
        Self::LiveChat,
        Self::Whatsapp,
    ];
    /// The value as the API spells it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Facebook => "facebook",
            Self::Instagram => "instagram",
            Self::LiveChat => "liveChat",
            Self::Whatsapp => "whatsapp",
        }
    }
}
impl ::std::str::FromStr for Platform {
    type Err = self::error::ConversionError;
    fn from_str(
        value: &str,
    ) -> ::std::result::Result<Self, self::error::ConversionError> {
        let known = Self::ALL.iter().find(|known| known.as_str() == value);
        known
            .cloned()
            .ok_or_else(|| {
                format!(
                    "{value:?}: expected {}",
                    "line, facebook, instagram, liveChat or whatsapp"
                )
                    .into()
            })
    }
}
