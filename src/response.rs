//! What is kept of an answer: its body, and what is wrong with it, beside its status and headers.
//!
//! progenitor drops status and headers where a body does not decode. So the body is read before, in
//! `ClientHooks::exec`, and travels with the response in its extensions.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use reqwest::header::HeaderValue;
use reqwest::{Response, ResponseBuilderExt, Url};
use serde::Deserialize;
use serde_json::Value;

use crate::Secret;
use crate::generated::operation;

/// How much of an error's body is read, and of any body kept, in bytes: 64 KiB.
const ERROR_BODY_LIMIT: usize = 64 * 1024;

/// How much of a success is read, in bytes: 16 MiB. A longer one is no answer that the document describes.
const SUCCESS_BODY_LIMIT: usize = 16 * 1024 * 1024;

/// A credential shorter than this is not searched for in an answer: it would be found everywhere.
const SHORTEST_CREDENTIAL: usize = 6;

/// How much of a credential at the end of a body that broke off is taken for one.
const SHORTEST_BEGINNING: usize = 4;

/// What stands for a credential.
pub(crate) const REDACTED: &str = "[redacted]";

/// The body of an answer, as it is kept in the response's extensions.
#[derive(Clone, Debug)]
pub(crate) struct Captured {
    pub(crate) body: Bytes,
    pub(crate) fault: Option<Fault>,
}

/// Why an answer cannot be taken as what the document says of it.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The body is not the documented JSON.
    Undecodable(Arc<serde_json::Error>),
    /// The body ended early.
    Broken(Arc<reqwest::Error>),
    /// The body of a success does not end.
    TooLong,
    /// The status is a success, and the body says `success: false`.
    Refused,
    /// The status is a success that the document does not have.
    Undocumented,
    /// The client that was brought followed a redirect.
    Redirected,
}

impl Captured {
    pub(crate) fn of(response: &Response) -> Option<&Self> {
        response.extensions().get()
    }

    pub(crate) fn is_fault(&self) -> bool {
        self.fault.is_some()
    }

    pub(crate) fn broke_off(&self) -> bool {
        matches!(self.fault, Some(Fault::Broken(_)))
    }

    /// Whether the answer is to another request than the one that was made.
    pub(crate) fn is_redirected(&self) -> bool {
        matches!(self.fault, Some(Fault::Redirected))
    }
}

/// Reads the body of an answer, unless it is to be streamed.
pub(crate) async fn capture(
    mut response: Response,
    operation_id: &str,
    sent_to: &Url,
    credentials: impl FnOnce() -> Credentials,
) -> Response {
    let success = response.status().is_success();
    let redirected = response.url() != sent_to;
    if success && !redirected && !operation::answers_json(operation_id) {
        return response;
    }
    let (mut body, end) = read(&mut response, if success { SUCCESS_BODY_LIMIT } else { ERROR_BODY_LIMIT }).await;
    let mut headers = std::mem::take(response.headers_mut());
    let undecodable = |body: &[u8]| {
        operation::check(operation_id, success, body).err().map(|error| Fault::Undecodable(Arc::new(error)))
    };
    let mut whole = matches!(end, End::Whole);
    let mut fault = match end {
        _ if redirected => Some(Fault::Redirected),
        // A refusal counts as soon as it is there, whatever follows it.
        _ if success && refuses(&body) => Some(Fault::Refused),
        End::Broken(error) => Some(Fault::Broken(Arc::new(error))),
        End::Cut if success => Some(Fault::TooLong),
        _ if success && !operation::documents(operation_id, response.status().as_u16()) => Some(Fault::Undocumented),
        _ => undecodable(&body),
    };
    if !success || fault.is_some() {
        if body.len() > ERROR_BODY_LIMIT {
            body = Bytes::copy_from_slice(&body[..ERROR_BODY_LIMIT]);
            whole = false;
        }
        let credentials = credentials();
        body = credentials.redact(body, whole);
        credentials.hide(&mut headers);
        if matches!(fault, None | Some(Fault::Undecodable(_))) {
            // What is wrong is said of what is shown: serde_json quotes values in its errors.
            fault = undecodable(&body);
        }
    }
    rebuild(&response, headers, Captured { body, fault })
}

/// The same answer once more, for an error.
pub(crate) fn copy(response: &Response, captured: &Captured) -> Response {
    rebuild(response, response.headers().clone(), captured.clone())
}

/// How the reading of a body ended.
enum End {
    Whole,
    Cut,
    Broken(reqwest::Error),
}

/// Reads a body up to a limit.
async fn read(response: &mut Response, limit: usize) -> (Bytes, End) {
    let mut body = BytesMut::new();
    let end = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk[..chunk.len().min(limit - body.len())]),
            Ok(None) => break End::Whole,
            Err(error) => break End::Broken(error),
        }
        if body.len() == limit {
            break End::Cut;
        }
    };
    (body.freeze(), end)
}

/// Whether the body of a success says that it is none.
fn refuses(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Verdict {
        success: bool,
    }
    serde_json::from_slice(body).is_ok_and(|Verdict { success }| !success)
}

fn rebuild(response: &Response, headers: HeaderMap, captured: Captured) -> Response {
    let mut rebuilt = http::Response::new(captured.body.clone());
    *rebuilt.status_mut() = response.status();
    *rebuilt.version_mut() = response.version();
    *rebuilt.headers_mut() = headers;
    if let Ok(with_url) = http::Response::builder().url(response.url().clone()).body(()) {
        *rebuilt.extensions_mut() = with_url.into_parts().0.extensions;
    }
    rebuilt.extensions_mut().insert(captured);
    rebuilt.into()
}

/// The credentials of a request: should the server repeat them in an error, they are not shown.
pub(crate) struct Credentials(Vec<Secret>);

impl Credentials {
    /// The token of the header, and what of the JSON body the generator made a [`Secret`].
    pub(crate) fn of(authorization: &HeaderValue, body: &[u8]) -> Self {
        let token =
            str::from_utf8(authorization.as_bytes()).unwrap_or_default().strip_prefix("Bearer ").map(Secret::from);
        let mut all: Vec<_> = token.into_iter().collect();
        collect(serde_json::from_slice(body).unwrap_or_default(), false, &mut all);
        all.retain(|secret| secret.expose_secret().len() >= SHORTEST_CREDENTIAL);
        Self(all)
    }

    /// The body, with each credential replaced: in the strings of JSON, however they are escaped, or else in the bytes.
    /// Of a body that is not whole, the end may be the beginning of one.
    fn redact(&self, body: Bytes, whole: bool) -> Bytes {
        if let Ok(mut value) = serde_json::from_slice(&body) {
            let changed = self.redact_value(&mut value);
            return if changed { value.to_string().into() } else { body };
        }
        let mut body = self.spellings().fold(body, |body, spelling| {
            let spelling = spelling.expose_secret().as_bytes();
            if find(&body, spelling).is_some() { replace(&body, spelling, REDACTED.as_bytes()).into() } else { body }
        });
        if !whole {
            let begun = |spelling: Secret| {
                let spelling = spelling.expose_secret().as_bytes();
                (SHORTEST_BEGINNING..spelling.len()).rev().find(|length| body.ends_with(&spelling[..*length]))
            };
            let cut = self.spellings().filter_map(begun).max().unwrap_or_default();
            body.truncate(body.len() - cut);
        }
        body
    }

    /// Replaces each credential in the strings and keys of a JSON value; says whether there was one.
    fn redact_value(&self, value: &mut Value) -> bool {
        let redacted = |text: &str| {
            let redact = |text: String, secret: &Secret| text.replace(secret.expose_secret(), REDACTED);
            Some(self.0.iter().fold(text.to_owned(), redact)).filter(|redacted| redacted != text)
        };
        match value {
            Value::String(text) => redacted(text).map(|new| *text = new).is_some(),
            Value::Array(items) => items.iter_mut().fold(false, |changed, item| self.redact_value(item) | changed),
            Value::Object(members) => {
                let keys: Vec<_> = members.keys().filter_map(|key| Some((key.clone(), redacted(key)?))).collect();
                let changed = !keys.is_empty();
                for (old, new) in keys {
                    if let Some(member) = members.remove(&old) {
                        members.insert(new, member);
                    }
                }
                members.values_mut().fold(changed, |changed, member| self.redact_value(member) | changed)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// Marks the headers that hold a credential as sensitive, so that they do not show in `Debug`.
    fn hide(&self, headers: &mut HeaderMap) {
        for value in headers.values_mut() {
            if self.spellings().any(|spelling| find(value.as_bytes(), spelling.expose_secret().as_bytes()).is_some()) {
                value.set_sensitive(true);
            }
        }
    }

    /// Each credential as it is, and as a JSON string has it.
    fn spellings(&self) -> impl Iterator<Item = Secret> {
        self.0.iter().flat_map(|secret| {
            let json = serde_json::to_string(secret).unwrap_or_default();
            let quoted = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).map(Secret::from);
            [Some(secret.clone()), quoted].into_iter().flatten()
        })
    }
}

/// Takes the strings out of a JSON value that are below the name of a credential.
fn collect(value: Value, is_credential: bool, found: &mut Vec<Secret>) {
    match value {
        Value::String(text) if is_credential => found.push(text.into()),
        Value::Array(items) => items.into_iter().for_each(|item| collect(item, is_credential, found)),
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, operation::CREDENTIALS.contains(&name.as_str()), found);
            }
        }
        _ => {}
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn replace(mut text: &[u8], part: &[u8], by: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    while let Some(start) = find(text, part) {
        replaced.extend_from_slice(&text[..start]);
        replaced.extend_from_slice(by);
        text = &text[start + part.len()..];
    }
    replaced.extend_from_slice(text);
    replaced
}
