//! A run on an embedded MantaGO that throttles, rotates the credentials, and does not know every client.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use mantago::{ClientBuilder, Platform};

use crate::embedded_mantago::{BOT_ID, Config, EmbeddedMantago, KnownClient};
use crate::journal::Job;
use crate::list::List;
use crate::run::Run;

const CLIENTS: usize = 5_000;
const TAG_ID: &str = "trial";

/// Every 100th client of the list is unknown to the server.
const UNKNOWN_EVERY: usize = 100;

/// The interruption comes after so many requests.
const INTERRUPTED_AFTER: usize = 1_500;

pub async fn run() -> Result<bool, Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("remove_tag_from_many-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = demonstrate(&folder).await;
    fs::remove_dir_all(&folder)?;
    outcome.map(|()| true)
}

async fn demonstrate(folder: &Path) -> Result<(), Box<dyn Error>> {
    let server = EmbeddedMantago::start_with(config()).await?;
    let path = folder.join("clients.csv").display().to_string();
    fs::write(&path, csv())?;
    println!("An embedded MantaGO listens on {}. It throttles 5 % of the requests: 16 of 320 get 429.", server.address);
    println!(
        "{path} lists {CLIENTS} clients, of whom it does not know {}. It goes at the end.",
        CLIENTS / UNKNOWN_EVERY
    );

    println!("\n1. A run that is interrupted, as by Ctrl-C.");
    let interrupted = prepare(&server, &path)?;
    let (requests, stop) = (server.clone(), interrupted.stop.clone());
    tokio::spawn(async move {
        while requests.requests() < INTERRUPTED_AFTER {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.notify_one();
    });
    interrupted.execute().await?;

    println!("\n2. The same command again. In the middle of it, the credentials are replaced and fetched anew.");
    prepare(&server, &path)?.execute().await?;

    println!(
        "\n{} requests reached the server; {} clients still have the tag.",
        server.requests(),
        server.clients_with(TAG_ID)
    );
    Ok(())
}

fn prepare(server: &EmbeddedMantago, path: &str) -> Result<Run, Box<dyn Error>> {
    let vault = server.clone();
    let client = ClientBuilder::new(server.current_credentials())
        .base_url(server.base_url())
        .retry(Run::policy())
        .refresh_with(move || {
            let credentials = vault.current_credentials();
            async { Ok::<_, std::io::Error>(credentials) }
        })
        .build()?;
    let job = Job { bot_id: BOT_ID.to_owned(), tag_id: TAG_ID.to_owned() };
    Run::new(client, job, List::read(path, TAG_ID)?, 32)
}

fn config() -> Config {
    let known = (1..=CLIENTS).filter(|number| number % UNKNOWN_EVERY != 0);
    let client = |number| KnownClient {
        client_id: format!("client-{number}"),
        platform: Platform::Line,
        platform_client_id: format!("U{number}"),
    };
    Config {
        clients: known.map(client).collect(),
        throttle_every: Some(320),
        throttled: 16,
        retry_after: 1,
        rotate_after: Some(CLIENTS / 2),
        latency: Duration::from_millis(5),
    }
}

/// Half of the clients by one name, half by the other.
fn csv() -> String {
    let rows = (1..=CLIENTS).map(|number| match number % 2 {
        0 => format!("client-{number},,\n"),
        _ => format!(",line,U{number}\n"),
    });
    std::iter::once("clientId,platform,platformClientId\n".to_owned()).chain(rows).collect()
}
