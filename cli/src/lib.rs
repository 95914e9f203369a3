//! The program `mantago` removes a personal tag from one client, or from a list of clients, for people who don't write
//! Rust. It is a library only so that the demonstration can start it, and has no stable interface.
#![deny(clippy::print_stderr, clippy::print_stdout)]

mod arguments;
mod console;
mod encoding;
mod failed_rows;
mod header;
mod identifier;
mod job;
mod journal;
mod list;
mod progress;
mod records;
mod remover;
mod report;
mod run;
mod signals;
mod source;
mod tally;

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use arguments::{Arguments, Command, RemoveTag, STANDARD_INPUT};
use console::complain;
use job::Job;
use journal::{History, Journal};
use list::List;
use mantago::reqwest::Url;
use mantago::types::PersonalTagMappingRequest;
use mantago::{Client, ClientBuilder, ClientIdentity, DEFAULT_BASE_URL, RetryPolicy};
use progress::Progress;
use remover::Remover;
use report::Report;
use run::Run;
use signals::Signals;
use source::Source;

/// The outcome of the program, except for wrong usage.
enum Ended {
    /// The tag was removed from every client.
    Done,
    /// The tag was not removed from every client.
    Incomplete,
    Interrupted,
}

/// Runs the program with this process's arguments.
#[tokio::main(flavor = "current_thread")]
#[allow(clippy::missing_panics_doc, reason = "tokio's macro panics if the machine can't start a runtime")]
pub async fn main() -> ExitCode {
    let ended = match Arguments::read().command {
        Command::RemoveTag(arguments) => remove_tag(arguments).await,
        Command::Completions { shell } => console::write_out(&arguments::completions(shell)).map(|()| Ended::Done),
        Command::Man => console::write_out(&arguments::man_page()).map(|()| Ended::Done),
    };
    match ended {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Incomplete) => ExitCode::FAILURE,
        Ok(Ended::Interrupted) => ExitCode::from(130),
        Err(wrong_use) => {
            complain(wrong_use);
            ExitCode::from(2)
        }
    }
}

/// An error means that nothing was sent.
async fn remove_tag(arguments: RemoveTag) -> Result<Ended, String> {
    let bot_id = arguments.bot_id.clone().map_or_else(bot_id, Ok)?;
    let report = Report::new(arguments.json);
    let mut job = Job { bot_id, tag_id: arguments.tag_id.clone(), base_url: base_url()?, list: String::new() };
    let Some(client) = arguments.client()? else {
        let source = Source::open(arguments.list.as_deref().unwrap_or(STANDARD_INPUT.as_ref()))?;
        job.list = source.journal_name();
        return if arguments.dry_run {
            dry_run(source, &arguments, &job, &report)
        } else {
            remove_from_list(source, &arguments, &job, &report).await
        };
    };
    if arguments.dry_run {
        report.plan_one(&client, &job.tag_id, &job.bot_id)?;
        return report.dry_run().map(|()| Ended::Done);
    }
    Ok(remove_from_one(&api()?, &job, client, &report).await)
}

fn bot_id() -> Result<String, String> {
    match env::var("MANTAGO_BOT_ID") {
        Ok(id) => identifier::check(&id).map(|()| id).map_err(|flaw| format!("MANTAGO_BOT_ID {flaw}")),
        Err(env::VarError::NotPresent) => Err("no bot is named: expected --bot-id, or MANTAGO_BOT_ID".to_owned()),
        Err(error) => Err(format!("MANTAGO_BOT_ID: {error}")),
    }
}

/// The base URL in one spelling, so that a journal recognizes it.
fn base_url() -> Result<String, String> {
    let text = env::var("MANTAGO_BASE_URL").unwrap_or(DEFAULT_BASE_URL.to_owned());
    let url = Url::parse(&text).map_err(|error| format!("MANTAGO_BASE_URL: {error}: expected an https URL"))?;
    if url.username() != "" || url.password().is_some() {
        return Err("MANTAGO_BASE_URL: expected no user name or password in it".to_owned());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn api() -> Result<Client, String> {
    let builder = ClientBuilder::from_env().map_err(|error| error.to_string())?;
    let builder = builder.user_agent(concat!("mantago-cli/", env!("CARGO_PKG_VERSION")));
    // The remover does the retrying and waiting.
    builder.retry(RetryPolicy::none().max_wait(Duration::ZERO)).build().map_err(|error| error.to_string())
}

async fn remove_from_one(api: &Client, job: &Job, client: ClientIdentity, report: &Report) -> Ended {
    let request = PersonalTagMappingRequest::for_client(client, &*job.tag_id);
    let progress = Progress::new(1, false);
    let remover = Remover::new(api, job, &progress, true, 1);
    let mut signals = Signals::new();
    tokio::select! {
        outcome = remover.remove(&request) => {
            match report.one(&request, &outcome, remover.reason().as_ref()) {
                Ok(()) if outcome.is_ok() => return Ended::Done,
                Ok(()) => {}
                Err(error) => complain(error),
            }
            Ended::Incomplete
        }
        () = signals.next() => {
            complain("interrupted; the tag may have been removed");
            Ended::Interrupted
        }
    }
}

async fn remove_from_list(source: Source, arguments: &RemoveTag, job: &Job, report: &Report) -> Result<Ended, String> {
    let api = api()?;
    let place = source.journal(arguments.journal.clone(), &job.tag_id)?;
    // From here on, no other run does the same work.
    let journal = Journal::lock(&place, job)?;
    let failed_rows = source::failed_rows(journal.path());
    let mut list = List::read(source.name.clone(), source.read()?)?;
    if arguments.fresh {
        journal.keep_aside()?;
    }
    let history = journal.read(job, &mut list.rows)?;
    report.plan(&list, history.last.as_deref(), &job.tag_id)?;
    let calls = list.to_do().count();
    if calls == 0 {
        return Ok(Ended::Done);
    }
    let journal = journal.begin(job, &history)?;
    let progress = Progress::new(calls, report.has_bar());
    let remover = Remover::new(&api, job, &progress, arguments.keep_going, arguments.concurrency);
    let run = Run { job, remover: &remover, progress: &progress, report, journal };
    let tally = run.execute(&list, arguments.concurrency).await;
    let written = failed_rows::write(&failed_rows, &list, &tally.failures);
    let summary = report.summary(&list, &tally, &failed_rows, &job.tag_id);
    if let Some(stop) = &tally.stop {
        complain(format_args!("stopped: {}. {}", stop.message, stop.advice));
    }
    let errors: Vec<_> = [written.err(), summary.err()].into_iter().flatten().collect();
    errors.iter().for_each(complain);
    Ok(match tally.removed == calls && errors.is_empty() && tally.stop.is_none() {
        _ if tally.is_interrupted() => Ended::Interrupted,
        true => Ended::Done,
        false => Ended::Incomplete,
    })
}

fn dry_run(source: Source, arguments: &RemoveTag, job: &Job, report: &Report) -> Result<Ended, String> {
    let place = source.journal(arguments.journal.clone(), &job.tag_id)?;
    let mut list = List::read(source.name.clone(), source.read()?)?;
    let history =
        if arguments.fresh { History::default() } else { journal::read(place.path(job), job, &mut list.rows)? };
    report.plan(&list, history.last.as_deref(), &job.tag_id)?;
    report.dry_run().map(|()| Ended::Done)
}
