//! `by_hand BOT TAG CLIENT`: removes a tag, with the credentials in `MANTAGO_TOKEN` and `MANTAGO_SECRET`. The
//! counterpart of mantago's example `untag`, to compare their sizes.

use std::process::ExitCode;

use by_hand::{Client, Error, Removal};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let variables = (std::env::var("MANTAGO_TOKEN"), std::env::var("MANTAGO_SECRET"));
    let ([bot, tag, client], (Ok(token), Ok(secret))) = (&arguments[..], variables) else {
        eprintln!("usage: by_hand BOT TAG CLIENT, with MANTAGO_TOKEN and MANTAGO_SECRET set");
        return ExitCode::from(2);
    };
    match untag(&token, secret, bot, tag, client).await {
        Ok(message) => println!("{message}"),
        Err(error) => {
            eprintln!("{error:?}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

async fn untag(token: &str, secret: String, bot: &str, tag: &str, client: &str) -> Result<String, Error> {
    let removal = Removal {
        client_id: Some(client.to_owned()),
        platform: None,
        platform_client_id: None,
        secret,
        tag_id: tag.to_owned(),
    };
    Ok(Client::new("https://mantago.cc/api", token)?.send(bot, &removal).await?.message)
}
