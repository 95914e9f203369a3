//! The program `mantago`, for people who write no Rust: it removes a personal tag from one client, or from a list of
//! them. It is a library only so that the demonstration can start it; as such it promises nothing.

mod arguments;
mod failed_rows;
mod identifier;
mod journal;
mod list;
mod progress;
mod report;
mod run;
mod source;
mod tally;

use std::env;
use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use arguments::{Arguments, Command, RemoveTag};
use clap::Parser;
use journal::{History, Job, Journal};
use list::List;
use mantago::types::PersonalTagMappingRequest;
use mantago::{Client, ClientBuilder, ClientIdentity, RetryPolicy};
use report::Report;
use run::Run;
use source::Source;

/// How the program ends, apart from wrong use.
enum Ended {
    /// The tag was removed from every client.
    Done,
    /// Not from all of them.
    NotAll,
    Interrupted,
}

/// Runs the program with the arguments of this process.
#[tokio::main(flavor = "current_thread")]
#[allow(clippy::missing_panics_doc, reason = "tokio's macro has one, for a machine that cannot start a runtime")]
pub async fn main() -> ExitCode {
    let Arguments { command: Command::RemoveTag(arguments) } = Arguments::parse();
    match remove_tag(arguments).await {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::NotAll) => ExitCode::FAILURE,
        Ok(Ended::Interrupted) => ExitCode::from(130),
        Err(wrong_use) => {
            complain(wrong_use);
            ExitCode::from(2)
        }
    }
}

fn complain(what: impl Display) {
    eprintln!("mantago: {what}");
}

/// The error is of something that was wrong before the first request.
async fn remove_tag(arguments: RemoveTag) -> Result<Ended, String> {
    let bot_id = arguments.bot_id.clone().map_or_else(bot_id, Ok)?;
    let job = Job { bot_id, tag_id: arguments.tag_id.clone() };
    let report = Report::new(arguments.json);
    match arguments.client()? {
        Some(client) => Ok(remove_from_one(&api()?, &job, client, &report).await),
        None => remove_from_many(arguments, job, report).await,
    }
}

fn bot_id() -> Result<String, String> {
    match env::var("MANTAGO_BOT_ID") {
        Ok(id) => identifier::check(&id).map(|()| id).map_err(|why| format!("MANTAGO_BOT_ID {why}")),
        Err(env::VarError::NotPresent) => Err("no bot is named: expected --bot-id, or MANTAGO_BOT_ID".to_owned()),
        Err(error) => Err(format!("MANTAGO_BOT_ID: {error}")),
    }
}

fn api() -> Result<Client, String> {
    let builder = ClientBuilder::from_env().map_err(|error| error.to_string())?;
    let builder = builder.user_agent(concat!("mantago-cli/", env!("CARGO_PKG_VERSION")));
    // A list has time: it retries more often than the default policy.
    builder.retry(RetryPolicy::default().max_attempts(5)).build().map_err(|error| error.to_string())
}

async fn remove_from_one(api: &Client, job: &Job, client: ClientIdentity, report: &Report) -> Ended {
    let request = PersonalTagMappingRequest::for_client(client, &*job.tag_id);
    let call = api.personal_tag_mapping_delete().bot_id(&*job.bot_id).body(request.clone());
    tokio::select! {
        outcome = call.send() => {
            let is_removed = outcome.is_ok();
            match report.one(&request, outcome) {
                Ok(()) if is_removed => return Ended::Done,
                Ok(()) => {}
                Err(error) => complain(standard_output(&error)),
            }
            Ended::NotAll
        }
        Ok(()) = tokio::signal::ctrl_c() => {
            complain("interrupted; the tag may have been removed");
            Ended::Interrupted
        }
    }
}

async fn remove_from_many(arguments: RemoveTag, job: Job, report: Report) -> Result<Ended, String> {
    let path = arguments.list.as_deref().unwrap_or(arguments::STANDARD_INPUT.as_ref());
    if arguments.dry_run {
        return dry_run(Source::open(path)?, &job, arguments.fresh, &report);
    }
    let api = api()?;
    let source = Source::open(path)?;
    let failed_rows = source.beside(".failed.csv");
    // From here on, no other run does the same.
    let journal = Journal::lock(&source.beside(journal::SUFFIX))?;
    let mut list = List::read(source)?;
    if arguments.fresh {
        journal.keep_aside()?;
    }
    let history = journal.read(&job, &mut list.rows)?;
    report.plan(&list, history.last.as_deref(), &job.tag_id).map_err(|error| standard_output(&error))?;
    let calls = list.to_do().count();
    if calls == 0 {
        return Ok(Ended::Done);
    }
    let journal = journal.begin(&job, &history)?;
    let run = Run::new(&api, &job, &report, arguments.keep_going, calls);
    let tally = run.execute(&list, journal, arguments.concurrency.into()).await;
    let written = failed_rows::write(&failed_rows, &tally.failures);
    let summary = report.summary(&list, &tally, &failed_rows, &job.tag_id).map_err(|error| standard_output(&error));
    let mut is_whole = tally.removed == calls;
    for error in [tally.broken, written.err(), summary.err()].into_iter().flatten() {
        complain(error);
        is_whole = false;
    }
    Ok(match is_whole {
        _ if tally.is_interrupted => Ended::Interrupted,
        true => Ended::Done,
        false => Ended::NotAll,
    })
}

fn dry_run(source: Source, job: &Job, fresh: bool, report: &Report) -> Result<Ended, String> {
    let journal = source.beside(journal::SUFFIX);
    let mut list = List::read(source)?;
    let history = if fresh { History::default() } else { journal::read(&journal, job, &mut list.rows)? };
    report.plan(&list, history.last.as_deref(), &job.tag_id).map_err(|error| standard_output(&error))?;
    report.dry_run().map_err(|error| standard_output(&error))?;
    Ok(Ended::Done)
}

fn standard_output(error: &io::Error) -> String {
    format!("standard output: {error}")
}
