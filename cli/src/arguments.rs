//! What the program is told: its arguments, and its help, which is all that its users have to read.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use mantago::ClientIdentity;

use crate::identifier;

/// What stands for standard input in place of a file.
pub const STANDARD_INPUT: &str = "-";

/// The arguments that name one client instead of a list.
const ONE: [&str; 3] = ["client_id", "platform", "platform_client_id"];

/// Work with a MantaGO bot from the command line
#[derive(Parser)]
#[command(name = "mantago", version)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Remove a personal tag from one client, or from all clients of a list
    #[command(after_long_help = REFERENCE)]
    RemoveTag(RemoveTag),
}

#[derive(Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RemoveTag {
    /// The list of clients: a CSV file, or - for standard input
    #[arg(required_unless_present_any = ONE)]
    pub list: Option<PathBuf>,

    /// The personal tag to remove
    #[arg(long, value_name = "ID", value_parser = id)]
    pub tag_id: String,

    /// The bot: what follows /chatbot/ in the dashboard's address [default: MANTAGO_BOT_ID]
    #[arg(long, value_name = "ID", value_parser = id)]
    pub bot_id: Option<String>,

    /// One client, by MantaGO's own ID
    #[arg(long, value_name = "ID", value_parser = id, conflicts_with_all = ["list", "platform", "platform_client_id"])]
    client_id: Option<String>,

    /// One client's platform: line, facebook, instagram, liveChat or whatsapp
    #[arg(long, value_name = "NAME", conflicts_with = "list", requires = "platform_client_id")]
    platform: Option<String>,

    /// One client, by its ID on that platform
    #[arg(long, value_name = "ID", value_parser = id, conflicts_with = "list", requires = "platform")]
    platform_client_id: Option<String>,

    /// How many calls are in flight, from 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub concurrency: u16,

    /// Check the list, say what would be done, and send and write nothing
    #[arg(long, conflicts_with_all = ONE)]
    pub dry_run: bool,

    /// Begin again with all clients of the list; the old journal is kept beside the new one
    #[arg(long, conflicts_with_all = ONE)]
    pub fresh: bool,

    /// Do not stop after 20 failures in a row that have nothing to do with their clients
    #[arg(long, conflicts_with_all = ONE)]
    pub keep_going: bool,

    /// Print lines of JSON for other programs: the plan, the outcome of each client, the summary
    #[arg(long)]
    pub json: bool,
}

impl RemoveTag {
    /// The one client that is named instead of a list.
    pub fn client(&self) -> Result<Option<ClientIdentity>, String> {
        let client = match (&self.client_id, &self.platform, &self.platform_client_id) {
            (Some(id), ..) => ClientIdentity::client_id(id),
            (None, Some(platform), Some(id)) => {
                let platform = identifier::platform(platform).map_err(|error| format!("--platform {error}"))?;
                ClientIdentity::platform(platform, id)
            }
            _ => return Ok(None),
        };
        client.map(Some).map_err(|error| error.to_string())
    }
}

/// An ID that the API would refuse for each client is refused once, here.
fn id(text: &str) -> Result<String, String> {
    identifier::check(text).map(|()| text.to_owned())
}

const REFERENCE: &str = "\
The list:
  The header names the columns: clientId, or platform (line, facebook, instagram, liveChat,
  whatsapp) and platformClientId, or all three. \"Client ID\" and client_id are right, too.
  Other columns are ignored. Each row names one client in one of the two ways; if any row is
  wrong, nothing is sent at all. Fields are separated by comma, semicolon or tab, and the
  text is UTF-8, UTF-16 or Windows-1252: the files that spreadsheets write.

Interruptions:
  Every step is written to LIST.journal, before a request is sent and after its outcome is
  known. Whatever ends a run (Ctrl-C, a crash, a power cut), the same command goes on where it
  ended, and skips the clients that are done. Clients that were in flight are uncertain: the
  tag may have been removed. The next run names them and calls them again. Only one run can
  use a journal at a time. Rows that failed are written to LIST.failed.csv, which can be used
  as a list. For standard input the two are called stdin-HASH.csv.…, by its content.

Environment:
  MANTAGO_TOKEN     the bot's API token
  MANTAGO_SECRET    the bot's secret key
  MANTAGO_BOT_ID    the bot, if --bot-id is not given
  MANTAGO_BASE_URL  optional: another base URL than MantaGO's

Exit status:
  0    the tag was removed from every client
  1    not from all of them
  2    wrong use, such as a wrong row in the list; nothing was sent
  130  interrupted by Ctrl-C; a second Ctrl-C does not wait for the calls in flight";
