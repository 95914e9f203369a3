pub const API_VERSION: &str = "0.318.0";
pub const DEFAULT_BASE_URL: &str = "https://mantago.cc/api";
use crate::types;
#[derive(Clone, Debug)]
pub struct Client { pub(crate) baseurl: String, pub(crate) client: ::reqwest::Client, pub(crate) inner: crate::call::Settings }
impl Client { pub fn personal_tag_mapping_delete(&self) -> builder::PersonalTagMappingDelete<'_> { builder::PersonalTagMappingDelete::new(self) } }
impl types::PersonalTagMappingRequest {
    pub fn for_client(client: crate::ClientIdentity, tag_id: impl Into<String>) -> Self {
        let (client_id, platform, platform_client_id) = client.into_parts();
        Self { client_id, platform, platform_client_id, tag_id: tag_id.into() }
    }
    pub fn validate(&self) -> Result<(), crate::IdentityError> { self.identity().map(drop) }
    pub fn identity(&self) -> Result<crate::ClientIdentity, crate::IdentityError> { crate::identity::read(self.client_id.as_deref(), self.platform, self.platform_client_id.as_deref()) }
}
impl TryFrom<&types::PersonalTagMappingRequest> for crate::ClientIdentity { type Error = crate::IdentityError; fn try_from(r: &types::PersonalTagMappingRequest) -> Result<Self, Self::Error> { r.identity() } }
/// Types for composing operation parameters.
#[allow(clippy::all)]
pub mod builder {
    use crate::types;
    /**Builder for [`Client::personal_tag_mapping_delete`]

[`Client::personal_tag_mapping_delete`]: super::Client::personal_tag_mapping_delete*/
    #[derive(Debug, Clone)]
    pub struct PersonalTagMappingDelete<'a> {
        client: &'a super::Client,
        bot_id: Result<::std::string::String, String>,
        body: Result<types::builder::PersonalTagMappingRequest, String>,
    }
    impl<'a> PersonalTagMappingDelete<'a> {
        pub(super) fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                bot_id: Err("bot_id was not initialized".to_string()),
                body: Err("body is missing: set it with body(…)".to_string()),
            }
        }
        pub fn bot_id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.bot_id = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for bot_id failed"
                        .to_string()
                });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::PersonalTagMappingRequest>,
            <V as std::convert::TryInto<
                types::PersonalTagMappingRequest,
            >>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| {
                    format!(
                        "conversion to `PersonalTagMappingRequest` for body failed: {}",
                        s
                    )
                });
            self
        }
        ///Sends a `POST` request to `/openapi/personalTagMapping/delete`
        pub async fn send(self) -> Result<crate::Response<types::BasicSuccessResponse>, crate::Error> {
            const OPERATION: crate::call::Operation = crate::call::Operation { method: "POST", path: "/openapi/personalTagMapping/delete" };
            let Self { client, bot_id, body } = self;
            let bot_id = bot_id.map_err(crate::Error::invalid_request)?;
            let body = body.and_then(|v| types::PersonalTagMappingRequest::try_from(v).map_err(|e| e.to_string())).map_err(crate::Error::invalid_request)?;
            crate::call::check_id("botId", &bot_id)?;
            crate::call::check_id("tagId", &body.tag_id)?;
            body.validate()?;
            let url = format!("{}/openapi/personalTagMapping/delete", client.baseurl);
            crate::call::send(&client.inner, &OPERATION, |credentials| {
                client.client.post(&url).header(::reqwest::header::ACCEPT, ::reqwest::header::HeaderValue::from_static("application/json"))
                    .json(&credentials.with(&body)).query(&::progenitor_client::QueryParam::new("botId", &bot_id))
            }).await
        }
    }
}
