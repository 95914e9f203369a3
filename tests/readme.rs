//! README's example of a mock compiles and passes exactly as it is printed.
#![cfg(feature = "mock")]

use mantago::types::{BasicSuccessResponse, PersonalTagMappingRequest};
use mantago::{Client, ClientIdentity, Credentials, httpmock::MockServer, mock::MockServerExt};

#[tokio::test]
async fn a_tag_is_removed() -> Result<(), mantago::Error> {
    let server = MockServer::start_async().await;
    let mock = server.personal_tag_mapping_delete(|when, then| {
        when.bot_id("bot-7").token("token").secret("secret");
        then.ok(BasicSuccessResponse::builder().success(true).message("removed"));
    });

    let builder = Client::builder(Credentials::new("token", "secret")).bot_id("bot-7");
    let client = builder.base_url(server.base_url()).build()?;
    let target = ClientIdentity::client_id("client-1")?;
    let request = PersonalTagMappingRequest::for_client(target, "tag-42");
    let reply = client.personal_tag_mapping_delete().body(request).send().await?;
    assert_eq!(reply.message, "removed");
    mock.assert_calls(1);
    Ok(())
}

#[test]
fn readme_prints_the_example_of_this_file() {
    let printed =
        include_str!("../README.md").split("```rust,ignore\n").nth(1).and_then(|rest| rest.split("```").next());
    assert!(include_str!("readme.rs").contains(printed.unwrap()));
}
