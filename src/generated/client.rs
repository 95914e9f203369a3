// Generated from openapi/*.json (4b1166759a89c81c) by the generator. Not edited by hand.

use crate::{Client, types};
/// The version of the API that this crate is made for: `info.version` of its document.
pub const API_VERSION: &str = "0.318.0";
/// The base URL of the API: the first of `servers` in its document.
pub const DEFAULT_BASE_URL: &str = "https://mantago.cc/api";
impl Client {
    /**Delete personal tag mapping

Remove a personal tag from a client

Sends a `POST` request to `/openapi/personalTagMapping/delete`

Arguments:
- `bot_id`: The bot ID for the API request
- `body`

[`for_client`](crate::types::PersonalTagMappingRequest::for_client) makes the body.

# Responses

- `200`: Personal tag mapping deleted successfully
- `401`: JWT token is invalid or expired
- `403`: Permission denied or personal tag mapping operation failed
- `404`: OpenAPI configuration or client not found
- `429`: Rate limit exceeded
- `500`: Internal server error

# Errors

Any status that is not a success, or no response: see [`ErrorKind`](crate::ErrorKind).

# Example

```no_run
async fn example(
    client: &mantago::Client,
    body: mantago::types::PersonalTagMappingRequest,
    bot_id: String,
) -> Result<(), mantago::Error> {
    let response = client
        .personal_tag_mapping_delete()
        .bot_id(bot_id)
        .body(body)
        .send()
        .await?;
    println!("{response:?}");
    Ok(())
}
```*/
    pub fn personal_tag_mapping_delete(&self) -> builder::PersonalTagMappingDelete {
        builder::PersonalTagMappingDelete::new(self.clone())
    }
}
impl types::PersonalTagMappingRequest {
    /// A request that identifies one client, with the other required properties.
    pub fn for_client(
        client: crate::ClientIdentity,
        tag_id: impl Into<::std::string::String>,
    ) -> Self {
        let crate::identity::Properties { client_id, platform, platform_client_id } = client
            .into();
        Self {
            client_id,
            platform,
            platform_client_id,
            tag_id: tag_id.into(),
        }
    }
    /// Checks everything that [`send`](crate::builder) checks about the request: that it identifies exactly one
    /// client, by `clientId` or by `platform` and `platformClientId`, and that no ID is blank or has white space
    /// around it.
    ///
    /// # Errors
    /// The first field that is missing, blank, padded or surplus.
    pub fn validate(&self) -> Result<(), crate::IdentityError> {
        crate::identity::check_id("tagId", &self.tag_id)?;
        let (client_id, platform_client_id) = (
            self.client_id.as_deref(),
            self.platform_client_id.as_deref(),
        );
        crate::identity::check(client_id, self.platform.as_ref(), platform_client_id)
    }
    /// The client that the request identifies.
    ///
    /// # Errors
    /// If the request does not identify exactly one client.
    pub fn identity(&self) -> Result<crate::ClientIdentity, crate::IdentityError> {
        let (client_id, platform_client_id) = (
            self.client_id.clone(),
            self.platform_client_id.clone(),
        );
        crate::identity::Properties {
            client_id,
            platform: self.platform.clone(),
            platform_client_id,
        }
            .try_into()
    }
}
impl TryFrom<&types::PersonalTagMappingRequest> for crate::ClientIdentity {
    type Error = crate::IdentityError;
    fn try_from(
        request: &types::PersonalTagMappingRequest,
    ) -> Result<Self, Self::Error> {
        request.identity()
    }
}
/// A builder for each operation: it takes the parameters and the body, and sends the request.
pub mod builder {
    use crate::types;
    /**Builder for [`Client::personal_tag_mapping_delete`]

[`Client::personal_tag_mapping_delete`]: crate::Client::personal_tag_mapping_delete*/
    #[derive(Debug, Clone)]
    pub struct PersonalTagMappingDelete {
        client: crate::Client,
        bot_id: ::std::result::Result<
            ::std::string::String,
            ::std::borrow::Cow<'static, str>,
        >,
        body: ::std::result::Result<
            types::PersonalTagMappingRequest,
            ::std::borrow::Cow<'static, str>,
        >,
    }
    impl PersonalTagMappingDelete {
        pub(super) fn new(client: crate::Client) -> Self {
            Self {
                bot_id: crate::call::default_bot(&client),
                body: Err("body is missing: set it with body(…)".into()),
                client,
            }
        }
        /**The bot ID for the API request

Default: that of the [client](crate::ClientBuilder::bot_id).*/
        pub fn bot_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<::std::string::String>,
            V::Error: ::std::fmt::Display,
        {
            self.bot_id = value
                .try_into()
                .map_err(|error| format!("bot_id: {error}").into());
            self
        }
        ///The body, or a builder of it. [`for_client`](types::PersonalTagMappingRequest::for_client) makes one.
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<types::PersonalTagMappingRequest>,
            V::Error: ::std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map_err(|error| format!("body: {error}").into());
            self
        }
        /**Sends a `POST` request to `/openapi/personalTagMapping/delete`.

# Errors
See [`ErrorKind`](crate::ErrorKind).*/
        pub async fn send(
            self,
        ) -> ::std::result::Result<
            crate::Response<types::BasicSuccessResponse>,
            crate::Error,
        > {
            let Self { client, bot_id, body } = self;
            let bot_id = bot_id.map_err(crate::Error::invalid_request)?;
            let body = body.map_err(crate::Error::invalid_request)?;
            crate::call::check_id("botId", &bot_id)?;
            body.validate()?;
            crate::call::send(
                    &client,
                    &crate::call::Operation {
                        method: ::reqwest::Method::POST,
                        path: "/openapi/personalTagMapping/delete",
                        success: crate::call::Success::Object,
                    },
                    crate::call::Target {
                        url: client.url("/openapi/personalTagMapping/delete"),
                        bot_id: Some(&bot_id),
                    },
                    |request, _credentials| {
                        request
                            .json(&_credentials.with(&body))
                            .query(
                                &::progenitor_client::QueryParam::new("botId", &bot_id),
                            )
                    },
                )
                .await
        }
    }
}
