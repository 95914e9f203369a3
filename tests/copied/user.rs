//! A user's code, written for today's SDK. It must still compile after an API version that only adds things.

use mantago::types::{BasicSuccessResponse, ErrorResponse, PersonalTagMappingRequest};
use mantago::{Client, ClientIdentity, Error, ErrorKind, IdentityError, Platform, Response};

pub fn channel(platform: Platform) -> &'static str {
    match platform {
        Platform::Line => "chat",
        Platform::Facebook | Platform::Instagram => "social",
        _ => "other",
    }
}

pub fn request() -> Result<PersonalTagMappingRequest, IdentityError> {
    let target = ClientIdentity::platform(Platform::Line, "U4af49806")?;
    let mut request = PersonalTagMappingRequest::for_client(target, "tag-42");
    request.tag_id.push('!');
    Ok(request)
}

pub fn by_builder() -> PersonalTagMappingRequest {
    PersonalTagMappingRequest::builder().tag_id("t").client_id("c".to_owned()).try_into().unwrap()
}

fn read(reply: &BasicSuccessResponse) -> (bool, &str) {
    let BasicSuccessResponse { success, message, .. } = reply;
    (*success, message)
}

pub fn code(error: &Error) -> Option<i64> {
    Some(error.json::<ErrorResponse>()?.err_response.code)
}

pub async fn untag(client: &Client) -> Result<String, Error> {
    let sent: Result<Response<BasicSuccessResponse>, Error> =
        client.personal_tag_mapping_delete().bot_id("bot-7").body(request()?).send().await;
    match sent {
        Ok(reply) => Ok(read(&reply).1.to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok("gone".to_owned()),
        Err(error) => Err(error),
    }
}
