// Generated from openapi/*.json (4b1166759a89c81c) by the generator. Not edited by hand.

use crate::types;
/// The version of the API that this crate is made for: `info.version` of its document.
pub const API_VERSION: &str = "0.318.0";
/// The base URL of the API: the first of `servers` in its document.
pub const DEFAULT_BASE_URL: &str = "https://mantago.cc/api";
/// A client of the MantaGO Open API, made by [`ClientBuilder`](crate::ClientBuilder). It has a method for each
/// operation.
///
/// It is cheap to clone: clones share connections and credentials.
///
/// Calls run on tokio, with its timer and I/O enabled. A synchronous program makes a runtime, and keeps it:
///
/// ```rust,no_run
/// # fn example(client: &mantago::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// let call = client.request(mantago::Method::POST, "/openapi/personalTag");
/// runtime.block_on(call.send::<()>())?;
/// # Ok(())
/// # }
/// ```
///
/// Dropping the future of a call cancels it: nothing more is sent. What was sent may take effect all the same.
///
/// # Tracing
///
/// With the feature `tracing`, each call is a span `mantago` at level INFO, with OpenTelemetry's names for an HTTP
/// client. Refreshes, retries and pauses are events in it, at level DEBUG. `attempt` is the one that failed, and
/// `reason` its status or kind. No body, query or header is recorded. For example:
///
/// ```text
/// INFO  mantago otel.name="POST /openapi/personalTagMapping/delete" server.address=mantago.cc …
/// DEBUG   refreshing the credentials
/// DEBUG   refreshed the credentials outcome=replaced
/// DEBUG   retrying after a wait attempt=2 reason=503 wait_ms=312
/// DEBUG   pausing, as a 429 asked to wait_ms=3000
///       … http.response.status_code=200 http.request.resend_count=2
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) baseurl: ::std::string::String,
    pub(crate) client: ::reqwest::Client,
    pub(crate) inner: crate::call::Settings,
}
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
    pub fn personal_tag_mapping_delete(&self) -> builder::PersonalTagMappingDelete<'_> {
        builder::PersonalTagMappingDelete::new(self)
    }
}
impl types::PersonalTagMappingRequest {
    /// A request for one client, with the other required properties. It passes [`validate`](Self::validate).
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
    /// Whether the request names exactly one client: by `clientId`, or by `platform` and `platformClientId`.
    /// It is checked before anything is sent.
    ///
    /// # Errors
    /// If an ID is missing or blank, or the client is identified twice.
    pub fn validate(&self) -> Result<(), crate::IdentityError> {
        self.identity().map(drop)
    }
    /// The client that the request names.
    ///
    /// # Errors
    /// Those of [`validate`](Self::validate).
    pub fn identity(&self) -> Result<crate::ClientIdentity, crate::IdentityError> {
        let (client_id, platform_client_id) = (
            self.client_id.clone(),
            self.platform_client_id.clone(),
        );
        crate::identity::Properties {
            client_id,
            platform: self.platform,
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

[`Client::personal_tag_mapping_delete`]: super::Client::personal_tag_mapping_delete*/
    #[derive(Debug, Clone)]
    pub struct PersonalTagMappingDelete<'a> {
        client: &'a super::Client,
        bot_id: ::std::result::Result<::std::string::String, ::std::string::String>,
        body: ::std::result::Result<
            types::PersonalTagMappingRequest,
            ::std::string::String,
        >,
    }
    impl<'a> PersonalTagMappingDelete<'a> {
        pub(super) fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                bot_id: client.inner.bot_id(),
                body: Err("body is missing: set it with body(…)".to_string()),
            }
        }
        /**The bot ID for the API request

Default: that of the [client](crate::ClientBuilder::bot_id).*/
        pub fn bot_id<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<::std::string::String>,
            V::Error: ::std::fmt::Display,
        {
            self.bot_id = value.try_into().map_err(|error| format!("bot_id: {error}"));
            self
        }
        ///The body, or a builder of it. [`for_client`](types::PersonalTagMappingRequest::for_client) makes one.
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<types::PersonalTagMappingRequest>,
            V::Error: ::std::fmt::Display,
        {
            self.body = value.try_into().map_err(|error| format!("body: {error}"));
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
            const OPERATION: crate::call::Operation = crate::call::Operation {
                method: "POST",
                path: "/openapi/personalTagMapping/delete",
                success: crate::call::Success::Object,
            };
            let Self { client, bot_id, body } = self;
            let bot_id = bot_id.map_err(crate::Error::invalid_request)?;
            let body = body.map_err(crate::Error::invalid_request)?;
            let url = format!("{}/openapi/personalTagMapping/delete", client.baseurl,);
            crate::call::check_id("botId", &bot_id)?;
            crate::call::check_id("tagId", &body.tag_id)?;
            body.validate()?;
            crate::call::send(
                    &client.inner,
                    &OPERATION,
                    |_credentials| {
                        client
                            .client
                            .post(&url)
                            .header(
                                ::reqwest::header::ACCEPT,
                                ::reqwest::header::HeaderValue::from_static(
                                    "application/json",
                                ),
                            )
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
