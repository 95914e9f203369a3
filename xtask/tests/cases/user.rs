// The code of a user who uses all of the base document's client: it no longer compiles where a change breaks it.

use mantago::mock::MockServerExt;
use mantago::types::{BasicSuccessResponse, ClientInfo, ErrorResponse, PersonalTagMappingRequest};
use mantago::{Client, ClientBuilder, ClientIdentity, Credentials, Platform};

async fn untag(client: &Client) -> Result<String, mantago::Error> {
    let target = ClientIdentity::platform(Platform::Whatsapp, "U4af49806")?;
    let mut request = PersonalTagMappingRequest::for_client(target, "tag-42");
    request.note = Some("by hand".to_owned());
    request.count = Some(1_i32);
    request.validate()?;
    let tag: String = request.tag_id.clone();
    let reply: mantago::Response<BasicSuccessResponse> =
        client.personal_tag_mapping_delete().bot_id("bot-7").body(request).send().await?;
    Ok(format!("{tag}: {}", reply.message))
}

async fn read(client: &Client, id: &str) -> Result<Option<String>, mantago::Error> {
    let found: ClientInfo = client.client_by_client_id().client_id(id).bot_id("bot-7").limit(7).send().await?.into_inner();
    let score: Option<i64> = found.score;
    let mail = found.contact.and_then(|contact| contact.email);
    let (id, channel, tags): (String, String, Vec<String>) = (found.id, found.channel.to_string(), found.tags);
    let name: Option<String> = found.name;
    println!("{id} {channel} {tags:?} {mail:?} {score:?}");
    Ok(name)
}

fn why(error: &mantago::Error) -> Option<String> {
    let documented: ErrorResponse = error.json()?;
    Some(documented.err_response.message)
}

fn say(platform: Platform) -> &'static str {
    match platform {
        Platform::Line => "LINE",
        Platform::Facebook | Platform::Instagram => "Meta",
        Platform::LiveChat | Platform::Whatsapp => "chat",
        _ => "another",
    }
}

fn mocks(server: &mantago::httpmock::MockServer, id: &String) {
    let request: PersonalTagMappingRequest =
        PersonalTagMappingRequest::builder().tag_id("tag-42").client_id("c".to_owned()).try_into().unwrap();
    let success: BasicSuccessResponse =
        BasicSuccessResponse::builder().success(true).message("done").try_into().unwrap();
    let broken = ErrorResponse::builder();
    server.personal_tag_mapping_delete(|when, then| {
        let _ = (when.bot_id(id).body(&request), then.ok(success));
    });
    if let Ok(error) = ErrorResponse::try_from(broken) {
        server.personal_tag_mapping_delete(|_, then| drop(then.unauthorized(error.clone())));
        server.personal_tag_mapping_delete(|_, then| drop(then.forbidden(error.clone())));
        server.personal_tag_mapping_delete(|_, then| drop(then.not_found(error.clone())));
        server.client_by_client_id(|when, then| {
            let _ = (when.client_id(id).bot_id(id), then.too_many_requests(error.clone()));
        });
    }
    let info = ClientInfo::builder().id("c").score(3_i64).tags(vec!["vip".to_owned()]);
    let _ = info.try_into().map(|info: ClientInfo| server.client_by_client_id(|_, then| drop(then.ok(info))));
}

fn main() {
    let client = ClientBuilder::new(Credentials::new("token", "secret")).build().unwrap();
    let _ = (untag(&client), read(&client, "c"), why, say(Platform::Line));
    let _ = (mantago::API_VERSION, mantago::DEFAULT_BASE_URL, mocks);
}
