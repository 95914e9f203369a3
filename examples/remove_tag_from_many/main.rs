//! Removes a personal tag from many clients, listed in a CSV file. Without arguments, it shows how on an embedded MantaGO.

mod demonstration;
#[path = "../embedded_mantago/mod.rs"]
mod embedded_mantago;
mod journal;
mod list;
mod progress;
mod run;
mod summary;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use journal::Job;
use lexopt::prelude::{Long, Short, Value, ValueExt};
use list::List;
use mantago::ClientBuilder;
use run::Run;
use tokio::sync::Notify;

const HELP: &str = "\
Removes a personal tag from many clients of a MantaGO bot.

usage: remove_tag_from_many --bot-id ID --tag-id ID [options] FILE
       remove_tag_from_many

FILE is CSV, - is standard input. The header names the columns: clientId, or
platform (line, facebook, instagram, liveChat, whatsapp) and platformClientId,
or all three; others are ignored. Each row names one client in one of the two
ways. If a row does not, nothing is sent at all.

Every step is written to FILE.journal. After an interruption, the same command
goes on: it skips whoever is done. Failed rows are written to FILE.failed.csv,
which can be run as it is. For standard input, the two are stdin.csv.journal
and stdin.csv.failed.csv.

Without arguments, it starts an embedded MantaGO on loopback and shows a run
with 5,000 clients.

options:
  --bot-id ID      the bot: what follows /chatbot/ in the dashboard's address
  --tag-id ID      the personal tag to remove
  --concurrency N  how many calls are in flight, from 1 to 1000; default: 8
  --dry-run        check FILE, say what would be done, and send nothing
  --help           print this and exit

environment:
  MANTAGO_TOKEN     the bot's API token
  MANTAGO_SECRET    the bot's secret key
  MANTAGO_BASE_URL  optional: the API's base URL, if it is not MantaGO's own

exit status: 0 the tag was removed from all clients, 1 not from all of them,
2 wrong use, and nothing was sent";

enum Task {
    Help,
    Demonstrate,
    Remove(Arguments),
}

struct Arguments {
    job: Job,
    file: String,
    concurrency: usize,
    is_dry_run: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let run = match task() {
        Ok(Task::Help) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(Task::Demonstrate) => return exit_code(demonstration::run().await),
        Ok(Task::Remove(arguments)) => prepare(arguments),
        Err(wrong_use) => Err(format!("{wrong_use} (--help tells more)").into()),
    };
    match run {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(run)) => {
            tokio::spawn(stop_at_ctrl_c(run.stop.clone()));
            exit_code(run.execute().await)
        }
        Err(wrong_use) => {
            eprintln!("remove_tag_from_many: {wrong_use}");
            ExitCode::from(2)
        }
    }
}

/// Whether the tag was removed from all clients, as an exit status.
fn exit_code(outcome: Result<bool, Box<dyn Error>>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("remove_tag_from_many: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn task() -> Result<Task, Box<dyn Error>> {
    let (mut bot_id, mut tag_id, mut file, mut concurrency, mut dry_run) = (None, None, None, None, None);
    let mut arguments = lexopt::Parser::from_env();
    let mut none = true;
    while let Some(argument) = arguments.next()? {
        none = false;
        match argument {
            Long("bot-id") => once(&mut bot_id, "--bot-id", id("--bot-id", arguments.value()?.string()?)?)?,
            Long("tag-id") => once(&mut tag_id, "--tag-id", id("--tag-id", arguments.value()?.string()?)?)?,
            Long("concurrency") => once(&mut concurrency, "--concurrency", number(&arguments.value()?.string()?)?)?,
            Long("dry-run") => once(&mut dry_run, "--dry-run", ())?,
            Long("help") | Short('h') => return Ok(Task::Help),
            Value(path) => once(&mut file, "FILE", path.string()?)?,
            other => return Err(other.unexpected().into()),
        }
    }
    if none {
        return Ok(Task::Demonstrate);
    }
    let job = Job { bot_id: bot_id.ok_or("--bot-id is missing")?, tag_id: tag_id.ok_or("--tag-id is missing")? };
    let file = file.ok_or("FILE is missing")?;
    Ok(Task::Remove(Arguments { job, file, concurrency: concurrency.unwrap_or(8), is_dry_run: dry_run.is_some() }))
}

fn once<T>(option: &mut Option<T>, name: &str, value: T) -> Result<(), String> {
    if option.replace(value).is_some() { Err(format!("{name} is given twice")) } else { Ok(()) }
}

/// An ID that the API would refuse for each client is refused once, here.
fn id(name: &str, id: String) -> Result<String, String> {
    match id.trim() {
        "" => Err(format!("{name} is blank: expected an ID")),
        trimmed if trimmed != id => Err(format!("{name} has white space around it")),
        _ => Ok(id),
    }
}

fn number(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1000).contains(number));
    number.ok_or(format!("--concurrency {text}: expected a number from 1 to 1000"))
}

/// Checks all that can be checked before the first request. There is no run after a dry run.
fn prepare(arguments: Arguments) -> Result<Option<Run>, Box<dyn Error>> {
    let list = List::read(&arguments.file, &arguments.job.tag_id)?;
    if arguments.is_dry_run {
        let plan = run::Plan::new(list, &arguments.job)?;
        println!("{plan}\nThis is a dry run: nothing was sent.");
        return Ok(None);
    }
    let client = ClientBuilder::from_env()?.user_agent("remove-tag-from-many/1.0").retry(Run::policy()).build()?;
    Run::new(client, arguments.job, list, arguments.concurrency).map(Some)
}

/// The first Ctrl-C stops new calls, the second one everything.
async fn stop_at_ctrl_c(stop: Arc<Notify>) {
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    eprintln!("\nNo more calls are begun. Waiting for those in flight; a second Ctrl-C ends at once.");
    stop.notify_one();
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(1);
    }
}
