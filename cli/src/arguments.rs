//! The command line: its arguments, its help, completions for shells, and the man page.

use std::env;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgGroup, Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use clap_mangen::Man;
use mantago::ClientIdentity;

use crate::identifier;

/// Stands for standard input in place of a file.
pub const STANDARD_INPUT: &str = "-";

/// The arguments that identify one client instead of a list.
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
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the man page
    Man,
}

#[derive(Args)]
#[command(group = ArgGroup::new("target").args(["list", "client_id", "platform"]).required(true))]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RemoveTag {
    /// The list of clients: a CSV file, or - for standard input
    pub list: Option<PathBuf>,

    /// The personal tag to remove
    #[arg(long, value_name = "ID", value_parser = id)]
    pub tag_id: String,

    /// The bot: the text after /chatbot/ in the dashboard's address [default: MANTAGO_BOT_ID]
    #[arg(long, value_name = "ID", value_parser = id)]
    pub bot_id: Option<String>,

    /// One client, by MantaGO's own ID
    #[arg(long, value_name = "ID", value_parser = id, conflicts_with = "platform_client_id")]
    client_id: Option<String>,

    /// One client's platform: line, facebook, instagram, liveChat or whatsapp
    #[arg(long, value_name = "NAME", requires = "platform_client_id")]
    platform: Option<String>,

    /// One client, by its ID on that platform
    #[arg(long, value_name = "ID", value_parser = id, conflicts_with = "list", requires = "platform")]
    platform_client_id: Option<String>,

    /// The number of calls in flight, from 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub concurrency: u16,

    /// Check the list and show the plan, but send and write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// The journal of the run [default: beside the list]
    #[arg(long, value_name = "PATH", conflicts_with_all = ONE)]
    pub journal: Option<PathBuf>,

    /// Start again with all clients of the list; the old journal is kept beside the new one
    #[arg(long, conflicts_with_all = ONE)]
    pub fresh: bool,

    /// Do not stop after 20 failures in a row that are unrelated to the clients
    #[arg(long, conflicts_with_all = ONE)]
    pub keep_going: bool,

    /// Print lines of JSON for other programs: the plan, the outcome of each client, the summary
    #[arg(long)]
    pub json: bool,
}

impl Arguments {
    /// Reads the arguments of this process. If they are wrong, or ask for help, the program ends here.
    pub fn read() -> Self {
        Self::try_parse().unwrap_or_else(|error| explain(error).exit())
    }
}

/// Adds the most likely correction to clap's message.
fn explain(mut error: clap::Error) -> clap::Error {
    let has_tag = env::args().any(|argument| argument == "--tag-id" || argument.starts_with("--tag-id="));
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing)))
            if missing.iter().any(|argument| argument.contains("LIST")) =>
        {
            let tag = if has_tag { "" } else { "--tag-id is needed, and " };
            let message = format!(
                "{tag}a list or a client is needed: expected LIST, --client-id, or --platform with --platform-client-id"
            );
            command().error(ErrorKind::MissingRequiredArgument, message)
        }
        (ErrorKind::UnknownArgument, Some(ContextValue::String(argument))) if !has_tag => {
            let tag = argument.trim_start_matches('-').split('=').next().unwrap_or_default().to_owned();
            if argument.starts_with("--") && !tag.starts_with("tag") {
                error.insert(ContextKind::SuggestedArg, ContextValue::String(format!("--tag-id {tag}")));
            }
            error
        }
        _ => error,
    }
}

impl RemoveTag {
    /// The one client that is identified instead of a list.
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

/// Refuses an ID once that the API would refuse for each client.
fn id(text: &str) -> Result<String, String> {
    identifier::check(text).map(|()| text.to_owned())
}

pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "mantago", &mut script);
    script
}

/// One page for the program and all its subcommands.
pub fn man_page() -> Vec<u8> {
    let program = Man::new(Arguments::command());
    let remove_tag = Man::new(command());
    let mut page = Vec::new();
    let written = [
        program.render_title(&mut page),
        program.render_name_section(&mut page),
        remove_tag.render_synopsis_section(&mut page),
        remove_tag.render_description_section(&mut page),
        remove_tag.render_options_section(&mut page),
    ];
    debug_assert!(written.iter().all(Result::is_ok), "a Vec takes all bytes");
    for section in REFERENCE.split("\n\n").chain([OTHER_COMMANDS]) {
        let (title, lines) = section.split_once(":\n").unwrap_or_default();
        let lines = lines.replace('\\', "\\e").replace('-', "\\-");
        page.extend_from_slice(format!(".SH {}\n.nf\n{lines}\n.fi\n", title.to_uppercase()).as_bytes());
    }
    page
}

/// `mantago remove-tag`.
fn command() -> clap::Command {
    let mut command = Arguments::command();
    command.build();
    command.find_subcommand("remove-tag").cloned().unwrap_or(command)
}

const OTHER_COMMANDS: &str = "\
Other commands:
  mantago completions SHELL   prints completions for bash, elvish, fish, powershell or zsh
  mantago man                 prints this page";

/// Sections of the help and of the man page.
const REFERENCE: &str = "\
The list:
  The header names the columns: clientId, or platform (line, facebook, instagram, liveChat,
  whatsapp) and platformClientId, or all three. \"Client ID\" and client_id work, too. Other
  columns are ignored. Each row identifies one client in one of the two ways. Fields are
  separated by commas, semicolons, tabs or pipes, as the header or a first line such as sep=;
  shows, and the text is UTF-8, UTF-16 or Windows-1252: the files that spreadsheets write. (An
  ID beyond ASCII needs UTF-8 or UTF-16.) If any row is wrong, or could be read in two ways,
  nothing is sent.

Interruptions:
  Each step is written to the journal, before a request is sent and after its outcome is
  known. After a Ctrl-C, a crash or a power cut, run the same command again: it skips the
  clients that are done. Clients whose requests were in flight are uncertain: the tag may have
  been removed. The next run lists them and calls them again.
  The journal is LIST.journal, or LIST.TAG.journal if the list has a journal of another tag.
  It belongs to one bot, tag, server and list, and to one run at a time. Rows that failed are
  written to LIST.failed.csv (always beside the journal) as they are in the list, with the
  error in a last column, and can be used as a list. For standard input and pipes, LIST is
  stdin-HASH.csv in the current folder, where HASH depends on the content.

When a run stops early:
  It stops at once if MantaGO refuses the credentials, does not know the bot, or asks to wait
  for more than a minute; and after 20 failures in a row that are unrelated to the clients. The
  last line says what to do. A shorter wait does not stop it.

Environment:
  MANTAGO_TOKEN     the bot's API token
  MANTAGO_SECRET    the bot's secret key
  MANTAGO_BOT_ID    the bot, if --bot-id is not given
  MANTAGO_BASE_URL  optional: another base URL than MantaGO's

Exit status:
  0    the tag was removed from every client
  1    the tag was not removed from every client
  2    wrong usage, such as an invalid row in the list; nothing was sent
  130  interrupted by Ctrl-C, SIGTERM or SIGHUP; a second Ctrl-C quits without waiting for
       the calls in flight";
