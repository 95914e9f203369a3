//! Removes a personal tag from a client. Without arguments, it shows how on an embedded MantaGO.

mod embedded_mantago;

use std::env::{self, VarError};
use std::error::Error;
use std::process::ExitCode;

use embedded_mantago::{BOT_ID, CLIENT_ID, EmbeddedMantago, PLATFORM, PLATFORM_CLIENT_ID, SECRET, TOKEN};
use lexopt::prelude::{Long, Short, ValueExt};
use mantago::types::PersonalTagMappingRequest;
use mantago::{API_VERSION, ApiError, Client, ClientBuilder, ClientIdentity, Platform};

const HELP: &str = "\
Removes a personal tag from a client of a MantaGO bot.

usage: remove_personal_tag --tag-id ID --client-id ID
       remove_personal_tag --tag-id ID --platform NAME --platform-client-id ID
       remove_personal_tag

Without arguments, and with none of the credentials below set, it starts an
embedded MantaGO on loopback and shows four requests to it.

options:
  --tag-id ID              the personal tag to remove
  --client-id ID           the client, by MantaGO's own ID of it
  --platform NAME          the client's platform: line, facebook, instagram,
                           liveChat or whatsapp
  --platform-client-id ID  the client, by its ID on that platform
  --help                   print this and exit

environment:
  MANTAGO_TOKEN     the bot's API token
  MANTAGO_SECRET    the bot's secret key
  MANTAGO_BOT_ID    the bot: what follows /chatbot/ in the dashboard's address
  MANTAGO_BASE_URL  optional: the API's base URL, if it is not MantaGO's own

exit status: 0 the tag was removed, 1 the call failed, 2 wrong use";

const CREDENTIALS: [&str; 3] = ["MANTAGO_TOKEN", "MANTAGO_SECRET", "MANTAGO_BOT_ID"];

/// What the program is asked to do.
enum Task {
    Help,
    Demonstrate,
    Remove(Box<Removal>),
}

struct Removal {
    client: Client,
    bot_id: String,
    request: PersonalTagMappingRequest,
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match task() {
        Ok(Task::Help) => {
            println!("{HELP}");
            Ok(())
        }
        Ok(Task::Demonstrate) => demonstrate().await,
        Ok(Task::Remove(removal)) => removal.send().await.map(|message| println!("{message}")).map_err(Box::from),
        Err(wrong_use) => {
            eprintln!("remove_personal_tag: {wrong_use} (--help tells more)");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("remove_personal_tag: {failure}");
            ExitCode::FAILURE
        }
    }
}

impl Removal {
    async fn send(self) -> Result<String, ApiError> {
        let call = self.client.personal_tag_mapping_delete().bot_id(self.bot_id).body(self.request);
        Ok(call.send().await?.into_inner().message)
    }
}

/// Reads the arguments, and the credentials from the environment.
fn task() -> Result<Task, Box<dyn Error>> {
    let (mut tag_id, mut client_id, mut platform, mut platform_client_id) = (None, None, None, None);
    let mut arguments = lexopt::Parser::from_env();
    let mut none = true;
    while let Some(argument) = arguments.next()? {
        none = false;
        match argument {
            Long("tag-id") => tag_id = Some(arguments.value()?.string()?),
            Long("client-id") => client_id = Some(arguments.value()?.string()?),
            Long("platform") => {
                let name = arguments.value()?.string()?;
                platform = Some(name.parse::<Platform>().map_err(|_| {
                    format!("--platform {name}: expected line, facebook, instagram, liveChat or whatsapp")
                })?);
            }
            Long("platform-client-id") => platform_client_id = Some(arguments.value()?.string()?),
            Long("help") | Short('h') => return Ok(Task::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    if none && CREDENTIALS.iter().all(|name| env::var_os(name).is_none()) {
        return Ok(Task::Demonstrate);
    }

    let tag_id = tag_id.ok_or("--tag-id is missing")?;
    let target = match (client_id, platform, platform_client_id) {
        (Some(id), None, None) => ClientIdentity::client_id(id).map_err(|error| format!("--client-id: {error}"))?,
        (None, Some(platform), Some(id)) => {
            ClientIdentity::platform(platform, id).map_err(|error| format!("--platform-client-id: {error}"))?
        }
        _ => return Err("expected --client-id, or both --platform and --platform-client-id".into()),
    };
    let secret = variable("MANTAGO_SECRET")?;
    let bot_id = variable("MANTAGO_BOT_ID")?;
    let client = ClientBuilder::from_env()?.build()?;
    let request = PersonalTagMappingRequest::for_client(target, tag_id, secret);
    Ok(Task::Remove(Box::new(Removal { client, bot_id, request })))
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| match error {
        VarError::NotPresent => format!("{name} is not set"),
        VarError::NotUnicode(_) => format!("{name} is not Unicode"),
    })
}

/// Four requests to an embedded MantaGO, told to a person.
async fn demonstrate() -> Result<(), Box<dyn Error>> {
    let server = EmbeddedMantago::start().await?;
    println!("An embedded MantaGO listens on {}, made from the document of API {API_VERSION}.", server.address);
    println!("It knows one client: {CLIENT_ID}, who is {PLATFORM_CLIENT_ID} on {PLATFORM}. Tags: {}.", server.tags());

    let client = ClientBuilder::new(TOKEN).base_url(format!("http://{}", server.address)).build()?;
    let removal = |target, tag_id: &str| Removal {
        client: client.clone(),
        bot_id: BOT_ID.to_owned(),
        request: PersonalTagMappingRequest::for_client(target, tag_id, SECRET),
    };
    let report = |outcome: Result<String, ApiError>| {
        match outcome {
            Ok(message) => println!("   done: {message}"),
            Err(error) => println!("   error: {error}"),
        }
        println!("   requests that reached it: {}, tags that are left: {}", server.requests(), server.tags());
    };

    println!("\n1. Remove the tag \"vip\", the client named by clientId.");
    report(removal(ClientIdentity::client_id(CLIENT_ID)?, "vip").send().await);

    println!("\n2. Remove the tag \"trial\", the client named by platform and platformClientId.");
    report(removal(ClientIdentity::platform(PLATFORM, PLATFORM_CLIENT_ID)?, "trial").send().await);

    println!("\n3. Name the client in both ways at once. The API does not say which would count, so it is not sent.");
    let mut ambiguous = removal(ClientIdentity::client_id(CLIENT_ID)?, "vip");
    ambiguous.request.platform = Some(PLATFORM);
    ambiguous.request.platform_client_id = Some(PLATFORM_CLIENT_ID.to_owned());
    report(ambiguous.send().await);

    println!("\n4. Name a client that it does not know.");
    report(removal(ClientIdentity::client_id("client-9999")?, "vip").send().await);
    Ok(())
}
