//! Removes a personal tag from a client. Without arguments, it shows how on an embedded MantaGO.

mod embedded_mantago;

use std::error::Error;
use std::fmt::Display;
use std::io::Write;
use std::process::{ExitCode, exit};
use std::{env, io};

use embedded_mantago::{BOT_ID, CLIENT_ID, EmbeddedMantago, PLATFORM, PLATFORM_CLIENT_ID, SECRET, TOKEN};
use lexopt::prelude::{Long, Short, ValueExt};
use mantago::types::PersonalTagMappingRequest;
use mantago::{API_VERSION, Client, ClientBuilder, ClientIdentity, Credentials, Platform};

const HELP: &str = "\
Removes a personal tag from a client of a MantaGO bot.

usage: remove_personal_tag --tag-id ID --client-id ID
       remove_personal_tag --tag-id ID --platform NAME --platform-client-id ID
       remove_personal_tag

Without arguments and without credentials in the environment, it starts an
embedded MantaGO on loopback and sends four requests to it.

options:
  --tag-id ID              the personal tag to remove
  --client-id ID           the client, by MantaGO's own ID
  --platform NAME          the client's platform: line, facebook, instagram,
                           liveChat or whatsapp
  --platform-client-id ID  the client, by its ID on that platform
  --help                   print this and exit

environment:
  MANTAGO_TOKEN     the bot's API token
  MANTAGO_SECRET    the bot's secret key
  MANTAGO_BOT_ID    the bot: what follows /chatbot/ in the dashboard's address
  MANTAGO_BASE_URL  optional: another base URL than MantaGO's

exit status: 0 the tag was removed, 1 the call failed, 2 wrong usage";

/// The task of the program.
enum Task {
    Help,
    Demonstrate,
    Remove(Box<(Client, PersonalTagMappingRequest)>),
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match task() {
        Ok(Task::Help) => {
            print(HELP);
            Ok(())
        }
        Ok(Task::Demonstrate) => demonstrate().await,
        Ok(Task::Remove(call)) => {
            let (client, request) = *call;
            remove(&client, request).await.map(print).map_err(Box::from)
        }
        Err(wrong_usage) => {
            eprintln!("remove_personal_tag: {wrong_usage} (see --help)");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("remove_personal_tag: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line unless nobody reads it any more, as in `--help | head`, where `println!` would panic.
fn print(line: impl Display) {
    if writeln!(io::stdout(), "{line}").is_err() {
        exit(0);
    }
}

/// The call itself.
async fn remove(client: &Client, request: PersonalTagMappingRequest) -> Result<String, mantago::Error> {
    let reply = client.personal_tag_mapping_delete().body(request).send().await?;
    Ok(reply.into_inner().message)
}

/// Reads the arguments, and the credentials from the environment.
fn task() -> Result<Task, Box<dyn Error>> {
    let [mut tag_id, mut client_id, mut platform, mut platform_client_id] = [const { None::<String> }; 4];
    let mut arguments = lexopt::Parser::from_env();
    let mut is_empty = true;
    while let Some(argument) = arguments.next()? {
        is_empty = false;
        let (name, slot) = match argument {
            Long("tag-id") => ("tag-id", &mut tag_id),
            Long("client-id") => ("client-id", &mut client_id),
            Long("platform") => ("platform", &mut platform),
            Long("platform-client-id") => ("platform-client-id", &mut platform_client_id),
            Long("help") | Short('h') => return Ok(Task::Help),
            other => return Err(other.unexpected().into()),
        };
        if slot.replace(arguments.value()?.string()?).is_some() {
            return Err(format!("--{name} is given twice").into());
        }
    }
    let variables = ["MANTAGO_TOKEN", "MANTAGO_SECRET", "MANTAGO_BOT_ID"];
    if is_empty && variables.iter().all(|name| env::var_os(name).is_none()) {
        return Ok(Task::Demonstrate);
    }

    let tag_id = tag_id.ok_or("--tag-id is missing")?;
    let target = match (client_id, platform, platform_client_id) {
        (Some(id), None, None) => ClientIdentity::client_id(id).map_err(|error| format!("--client-id: {error}"))?,
        (None, Some(platform), Some(id)) => {
            let parsed = platform.parse::<Platform>().map_err(|error| format!("--platform {error}"))?;
            ClientIdentity::platform(parsed, id).map_err(|error| format!("--platform-client-id: {error}"))?
        }
        _ => return Err("expected --client-id, or both --platform and --platform-client-id".into()),
    };
    let client = Client::from_env()?;
    if env::var_os("MANTAGO_BOT_ID").is_none() {
        return Err("MANTAGO_BOT_ID is not set".into());
    }
    Ok(Task::Remove(Box::new((client, PersonalTagMappingRequest::for_client(target, tag_id)))))
}

/// Sends four requests to an embedded MantaGO, and prints the outcomes.
async fn demonstrate() -> Result<(), Box<dyn Error>> {
    let server = EmbeddedMantago::start().await?;
    let by_id = ClientIdentity::client_id(CLIENT_ID)?;
    let by_platform = ClientIdentity::platform(PLATFORM, PLATFORM_CLIENT_ID)?;
    let address = server.address;
    print(format_args!("An embedded MantaGO listens on {address}, made from the document of API {API_VERSION}."));
    print(format_args!("It knows one client: {CLIENT_ID}, who is {PLATFORM_CLIENT_ID} on {PLATFORM}, with two tags."));

    let mut ambiguous = PersonalTagMappingRequest::for_client(by_id.clone(), "vip");
    ambiguous.platform = Some(PLATFORM);
    let steps = [
        (
            "Remove the tag \"vip\" from the client with that clientId.",
            PersonalTagMappingRequest::for_client(by_id.clone(), "vip"),
        ),
        (
            "Remove the tag \"trial\" from the client with that platform and platformClientId.",
            PersonalTagMappingRequest::for_client(by_platform, "trial"),
        ),
        ("Name the client in both ways. It is not sent: the API does not say which would count.", ambiguous),
        (
            "Name a client that does not exist.",
            PersonalTagMappingRequest::for_client(ClientIdentity::client_id("client-9999")?, "vip"),
        ),
    ];
    let client =
        ClientBuilder::new(Credentials::new(TOKEN, SECRET)).bot_id(BOT_ID).base_url(server.base_url()).build()?;
    for (number, (what, request)) in (1..).zip(steps) {
        print(format_args!("\n{number}. {what}"));
        match remove(&client, request).await {
            Ok(message) => print(format_args!("   done: {message}")),
            Err(error) => print(format_args!("   error: {error}")),
        }
        let tags = server.tags(&by_id).join(", ");
        let tags = if tags.is_empty() { "none" } else { &tags };
        let requests = server.requests();
        print(format_args!("   requests that the server got: {requests}, tags that are left: {tags}"));
    }
    Ok(())
}
