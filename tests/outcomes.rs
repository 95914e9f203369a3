//! Whatever a server or the network does, a call has one outcome, with the right kind, status, text and number of requests.

#[path = "outcomes/rows.rs"]
mod rows;
mod support;

use mantago::Error;
use mantago::ErrorKind::{Connection, Server as ServerError, Timeout, UnexpectedResponse};
use rows::{Row, STATUSES, before_the_head, documented_bodies, incomplete_bodies, statuses, undocumented_bodies};
use support::{SECRET, Server, TOKEN, at_once, call};

/// The end of the text if the last attempt may have been carried out.
const UNCERTAIN: &str = "; the request may have been carried out";

#[tokio::test(start_paused = true)]
async fn failures_before_the_head_have_no_status() {
    play(before_the_head()).await;
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_body_is_an_error() {
    play(STATUSES.into_iter().flat_map(incomplete_bodies)).await;
}

#[tokio::test(start_paused = true)]
async fn an_undocumented_body_is_an_error() {
    play(STATUSES.into_iter().flat_map(undocumented_bodies)).await;
}

#[tokio::test(start_paused = true)]
async fn a_documented_body_is_accepted() {
    play(STATUSES.into_iter().flat_map(documented_bodies)).await;
}

#[tokio::test(start_paused = true)]
async fn every_status_has_its_kind() {
    play(statuses()).await;
}

async fn play(rows: impl IntoIterator<Item = Row>) {
    let mut failures = Vec::new();
    for row in rows {
        for (idempotent, requests) in [false, true].into_iter().zip(row.requests) {
            let steps = row.steps.clone();
            let server = Server::start_with(move |_| steps.clone()).await;
            let client = server.client_with(at_once().assume_idempotent(idempotent));
            let sent = call(&client).send().await;
            let seen = server.request_count();
            if let Err(why) = judge(&row, requests, seen, sent) {
                failures.push(format!("{}, {}: {why}", row.name, if idempotent { "idempotent" } else { "by default" }));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

type Sent = Result<mantago::Response<mantago::types::BasicSuccessResponse>, Error>;

/// Compares the outcome of a call with the row.
fn judge(row: &Row, requests: usize, seen: usize, sent: Sent) -> Result<(), String> {
    let check = |so: bool, what: String| if so { Ok(()) } else { Err(what) };
    check(seen == requests, format!("{seen} requests, expected {requests}: {sent:?}"))?;
    let error = match sent {
        Ok(reply) => {
            check(row.kind.is_none(), format!("a success, expected {:?}", row.kind))?;
            check(Some(reply.status().as_u16()) == row.status, format!("{}", reply.status()))?;
            check(reply.headers()["x-trace"] == "t", format!("{:?}", reply.headers()))?;
            return check(reply.success && reply.into_inner().message == "removed", "another body".to_owned());
        }
        Err(error) => error,
    };
    check(Some(error.kind()) == row.kind, format!("{:?}, expected {:?}", error.kind(), row.kind))?;
    let status = error.status().map(|status| status.as_u16());
    check(status == row.status, format!("{status:?}, expected {:?}", row.status))?;
    check(status.is_none() || error.headers()["x-trace"] == "t", format!("{:?}", error.headers()))?;

    let shown = error.to_string();
    let is_uncertain = match row.kind {
        Some(Timeout | Connection | ServerError) => true,
        Some(UnexpectedResponse) => row.status == Some(408) || !(300..500).contains(&row.status.unwrap_or_default()),
        _ => false,
    };
    check(error.may_have_taken_effect() == is_uncertain, format!("may_have_taken_effect: {}", !is_uncertain))?;
    check(shown.ends_with(UNCERTAIN) == is_uncertain, shown.clone())?;
    let described = shown.trim_end_matches(UNCERTAIN);
    let text = described.split(" (3 attempts, ").next().unwrap_or_default();
    check((text != described) == (seen == 3), format!("{seen} requests: {shown}"))?;
    check(is_like(text, &row.text), format!("`{text}`, expected `{}`", row.text))?;
    check(shown.lines().count() == 1, shown.clone())?;
    check(error.attempts() as usize == seen, format!("{} attempts", error.attempts()))?;
    let retried_by_default = row.requests[0] > 1;
    check(error.is_retryable() == retried_by_default, format!("is_retryable: {}", error.is_retryable()))?;
    let all = format!("{error} {error:?} {error:#?}");
    check(!all.contains(TOKEN) && !all.contains(SECRET), all)
}

/// Whether a text matches a pattern, in which `*` is any text.
fn is_like(text: &str, expected: &str) -> bool {
    let parts: Vec<_> = expected.split('*').collect();
    let [first, middle @ .., last] = &parts[..] else { return text == expected };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in middle {
        // A star is at least one character.
        let Some(at) = rest.get(1..).and_then(|rest| rest.find(part)) else { return false };
        rest = &rest[1 + at + part.len()..];
    }
    rest.len() > last.len() && rest.ends_with(last)
}
