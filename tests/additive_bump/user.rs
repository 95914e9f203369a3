//! A program of a user, written against the SDK as it is: it uses what there is, and must compile after a bump.

use mantago::types::{BasicSuccessResponse, ErrorResponse, PersonalTagMappingRequest};
use mantago::{ApiError, Client, ClientBuilder, ClientIdentity, Error, ErrorCode, ErrorKind, Platform, Secret};

fn channel(platform: Platform) -> &'static str {
    match platform {
        Platform::Line => "chat",
        Platform::Facebook | Platform::Instagram => "social",
        _ => "other",
    }
}

fn request(secret: Secret) -> Result<PersonalTagMappingRequest, mantago::IdentityError> {
    let target = ClientIdentity::platform(Platform::Line, "U4af49806")?;
    let mut request = PersonalTagMappingRequest::for_client(target, "tag-42", secret);
    request.tag_id.push('!');
    Ok(request)
}

fn by_builder(secret: &str) -> PersonalTagMappingRequest {
    let builder = PersonalTagMappingRequest::builder().secret(secret).tag_id("t").client_id("c".to_owned());
    builder.try_into().unwrap()
}

fn read(reply: &BasicSuccessResponse) -> (bool, &str) {
    let BasicSuccessResponse { success, message, .. } = reply;
    (*success, message)
}

fn code(error: &Error<ErrorResponse>) -> Option<i64> {
    match error {
        Error::ErrorResponse(response) => Some(response.err_response.code),
        _ => None,
    }
}

async fn untag(client: &Client, secret: &str) -> Result<String, ApiError> {
    let request = request(Secret::from(secret))?;
    let sent = client.personal_tag_mapping_delete().bot_id("bot-7").body(request).send().await;
    if let Err(error) = &sent {
        println!("{:?}", code(error));
    }
    let reply = sent?;
    Ok(read(&reply).1.to_owned())
}

#[tokio::test]
async fn it_runs() {
    let client = ClientBuilder::new("token").base_url("http://127.0.0.1:1").retry(mantago::RetryPolicy::none()).build().unwrap();
    let error = untag(&client, "secret").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_ne!(error.code(), Some(ErrorCode::BotNotFound));
    assert_eq!(channel(Platform::Whatsapp), "other");
    assert!(by_builder("secret").validate().is_ok());
    let reply = r#"{"success":true,"message":"m","removedAt":"today"}"#;
    assert_eq!(read(&serde_json::from_str(reply).unwrap()), (true, "m"));
}
