//! `untag BOT TAG CLIENT`: removes a tag, with the credentials in `MANTAGO_TOKEN` and `MANTAGO_SECRET`. A whole program.

use std::process::ExitCode;

use mantago::types::PersonalTagMappingRequest;
use mantago::{ClientBuilder, ClientIdentity, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [bot, tag, client] = &arguments[..] else {
        eprintln!("usage: untag BOT TAG CLIENT, with MANTAGO_TOKEN and MANTAGO_SECRET set");
        return ExitCode::from(2);
    };
    match untag(bot, tag, client).await {
        Ok(message) => println!("{message}"),
        Err(error) => {
            eprintln!("untag: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

async fn untag(bot: &str, tag: &str, client: &str) -> Result<String, Error> {
    let request = PersonalTagMappingRequest::for_client(ClientIdentity::client_id(client)?, tag);
    let api = ClientBuilder::from_env()?.build()?;
    Ok(api.personal_tag_mapping_delete().bot_id(bot).body(request).send().await?.into_inner().message)
}
