//! `many_bots FOLDER TAG CLIENT` removes a tag from a client of each of many bots.
//!
//! All bots share one connection pool. Each has its own credentials, refresh, retry budget and pauses, so that one bot's rate
//! limit or expired pair does not stop the others.
//!
//! FOLDER has a file for each bot, named after its ID: the token on the first line, the secret key on the second. A refused
//! pair is read again from there.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use mantago::types::PersonalTagMappingRequest;
use mantago::{Client, ClientBuilder, ClientIdentity, Credentials};
use tokio::task::JoinSet;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [folder, tag, client] = &arguments[..] else {
        eprintln!("usage: many_bots FOLDER TAG CLIENT");
        return ExitCode::from(2);
    };
    match run(Path::new(folder), tag, client).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("many_bots: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(folder: &Path, tag: &str, client: &str) -> Result<bool, Box<dyn Error>> {
    let request = PersonalTagMappingRequest::for_client(ClientIdentity::client_id(client)?, tag);
    let mut calls = JoinSet::new();
    for (bot, client) in bots(folder)? {
        let call = client.personal_tag_mapping_delete().body(request.clone());
        calls.spawn(async move { (bot, call.send().await) });
    }
    let mut all_removed = true;
    while let Some(ended) = calls.join_next().await {
        match ended? {
            (bot, Ok(reply)) => println!("{bot}: {}", reply.message),
            (bot, Err(error)) => {
                all_removed = false;
                eprintln!("{bot}: {error}");
            }
        }
    }
    Ok(all_removed)
}

/// A client for each bot, over the connections of the first.
fn bots(folder: &Path) -> Result<Vec<(String, Client)>, Box<dyn Error>> {
    let mut clients: Vec<(String, Client)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let bot = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let pair = read(&file)?;
        let shared = match clients.first() {
            Some((_, client)) => client.clone(),
            None => base(pair.clone()).build()?,
        };
        let client = shared.with_refresh(pair, &bot, move || std::future::ready(read(&file)))?;
        clients.push((bot, client));
    }
    Ok(clients)
}

fn base(pair: Credentials) -> ClientBuilder {
    let builder = Client::builder(pair);
    match env::var("MANTAGO_BASE_URL") {
        Ok(base_url) => builder.base_url(base_url),
        Err(_) => builder,
    }
}

fn read(file: &Path) -> io::Result<Credentials> {
    let text = fs::read_to_string(file)?;
    match text.lines().collect::<Vec<_>>()[..] {
        [token, secret] => Ok(Credentials::new(token, secret)),
        _ => Err(io::Error::other(format!("{}: expected two lines, token and secret", file.display()))),
    }
}
