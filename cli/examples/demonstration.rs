//! Runs `mantago` with a list of 2,000 clients on an embedded MantaGO that throttles, replaces the credentials during the
//! run, and doesn't know every client. With arguments, the example is `mantago` itself.

#[path = "../../examples/embedded_mantago/mod.rs"]
mod embedded_mantago;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use embedded_mantago::{BOT_ID, Config, EmbeddedMantago, KnownClient};
use mantago::Platform;

const CLIENTS: usize = 2_000;
const TAG_ID: &str = "trial";

/// Every 100th client of the list is unknown to the server.
const UNKNOWN_EVERY: usize = 100;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if std::env::args_os().len() > 1 {
        return Ok(mantago_cli::main());
    }
    // The program runs in its own process, beside the server.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let server = runtime.block_on(EmbeddedMantago::start_with(config()))?;
    let folder = std::env::temp_dir().join(format!("mantago-demonstration-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = demonstrate(&server, &folder);
    fs::remove_dir_all(&folder)?;
    outcome.map(|()| ExitCode::SUCCESS)
}

fn demonstrate(server: &EmbeddedMantago, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::write(folder.join("clients.csv"), csv())?;
    println!("An embedded MantaGO listens on {}. Of 320 requests, 8 get 429.", server.address);
    println!("clients.csv lists {CLIENTS} clients, of whom it does not know {}.", CLIENTS / UNKNOWN_EVERY);

    println!("\n1. During the run, the credentials are replaced.");
    mantago(server, folder)?;
    println!("\n2. The same command again, with the new credentials.");
    mantago(server, folder)?;

    let left = server.clients_with(TAG_ID);
    println!("\n{} requests reached the server; {left} clients still have the tag.", server.requests());
    Ok(())
}

fn mantago(server: &EmbeddedMantago, folder: &Path) -> Result<(), Box<dyn Error>> {
    let arguments = ["remove-tag", "--bot-id", BOT_ID, "--tag-id", TAG_ID, "--concurrency", "32", "clients.csv"];
    println!("$ mantago {}", arguments.join(" "));
    let pair = server.current_credentials();
    let status = Command::new(std::env::current_exe()?)
        .args(arguments)
        .current_dir(folder)
        .env("MANTAGO_BASE_URL", server.base_url())
        .env("MANTAGO_TOKEN", pair.token().expose_secret())
        .env("MANTAGO_SECRET", pair.secret().expose_secret())
        .status()?;
    println!("({status})");
    Ok(())
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
        throttled: 8,
        retry_after: 1,
        rotate_after: Some(CLIENTS / 2),
        latency: Duration::from_millis(5),
        ..Config::default()
    }
}

/// Identifies half of the clients by `clientId` and half by their platform.
fn csv() -> String {
    let rows = (1..=CLIENTS).map(|number| match number % 2 {
        0 => format!("client-{number},,\n"),
        _ => format!(",line,U{number}\n"),
    });
    std::iter::once("clientId,platform,platformClientId\n".to_owned()).chain(rows).collect()
}
