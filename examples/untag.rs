//! `untag BOT TAG CLIENT` removes a tag, with the credentials in `MANTAGO_TOKEN` and `MANTAGO_SECRET`: a complete program.

use std::ffi::OsString;
use std::process::ExitCode;

use mantago::types::PersonalTagMappingRequest;
use mantago::{ClientBuilder, ClientIdentity, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Result<Vec<_>, _> = std::env::args_os().skip(1).map(OsString::into_string).collect();
    let Ok([bot, tag, client]) = arguments.as_deref() else {
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
    let reply = api.personal_tag_mapping_delete().bot_id(bot).body(request).send().await?;
    Ok(reply.into_inner().message)
}
