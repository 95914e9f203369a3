//! Credentials that are replaced while a program runs: the client reads the new pair from a file when MantaGO refuses the
//! old one.
//!
//! The file has the token on its first line and the secret key on its second, so that both always belong to one pair.

mod embedded_mantago;

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use embedded_mantago::{BOT_ID, CLIENT_ID, EmbeddedMantago};
use mantago::types::PersonalTagMappingRequest;
use mantago::{ClientBuilder, ClientIdentity, Credentials};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = EmbeddedMantago::start().await?;
    let file = std::env::temp_dir().join(format!("mantago-rotation-{}", std::process::id()));
    write(&file, &server.current_credentials()).await?;

    let path = file.clone();
    let client = ClientBuilder::new(read(file.clone()).await?)
        .base_url(server.base_url())
        .refresh_with(move || read(path.clone()))
        .build()?;
    for tag in ["vip", "trial"] {
        let request = PersonalTagMappingRequest::for_client(ClientIdentity::client_id(CLIENT_ID)?, tag);
        let reply = client.personal_tag_mapping_delete().bot_id(BOT_ID).body(request).send().await?;
        println!("{tag}: {} (requests: {})", reply.message, reply.attempts());

        // Whoever refreshes the pair at MantaGO writes the new one to the file.
        server.rotate();
        write(&file, &server.current_credentials()).await?;
    }
    tokio::fs::remove_file(&file).await?;
    Ok(())
}

async fn read(file: PathBuf) -> io::Result<Credentials> {
    let text = tokio::fs::read_to_string(&file).await?;
    match text.lines().collect::<Vec<_>>()[..] {
        [token, secret] => Ok(Credentials::new(token, secret)),
        _ => Err(io::Error::other(format!("{}: expected two lines, token and secret", file.display()))),
    }
}

/// Replaces the file atomically, so that a reader gets the old pair or the new one.
async fn write(file: &Path, pair: &Credentials) -> io::Result<()> {
    let text = format!("{}\n{}\n", pair.token().expose_secret(), pair.secret().expose_secret());
    let new = file.with_extension("new");
    tokio::fs::write(&new, text).await?;
    tokio::fs::rename(&new, file).await
}
