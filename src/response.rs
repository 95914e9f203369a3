//! What is kept of an answer: its body, and what is wrong with it, beside its status and headers.
//!
//! progenitor drops status and headers where a body does not decode. So the body is read before, in
//! `ClientHooks::exec`, and travels with the response in its extensions.

use std::mem::take;
use std::ops::Deref;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{Extensions, HeaderMap};
use memchr::{memchr, memchr_iter};
use reqwest::header::HeaderValue;
use reqwest::{Response, ResponseBuilderExt};
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
pub(crate) async fn capture<'a>(
    response: &mut Response,
    operation_id: &str,
    redirected: bool,
    credentials: impl FnOnce() -> Credentials<'a>,
) {
    let success = response.status().is_success();
    if success && !redirected && !operation::answers_json(operation_id) {
        return;
    }
    let limit = if success { SUCCESS_BODY_LIMIT } else { ERROR_BODY_LIMIT };
    let (body, end) = read(response, limit).await;
    *response = judge(response, operation_id, redirected, body, end, credentials);
}

/// The answer with its body, and with what is wrong with it.
fn judge<'a>(
    response: &mut Response,
    operation_id: &str,
    redirected: bool,
    mut body: Bytes,
    end: End,
    credentials: impl FnOnce() -> Credentials<'a>,
) -> Response {
    let status = response.status();
    let success = status.is_success();
    let documented = operation::documents(operation_id, status.as_u16());
    let check = |body: &[u8]| operation::check(operation_id, success, body);
    let undecodable = |error| Fault::Undecodable(Arc::new(error));
    let mut whole = matches!(end, End::Whole);
    let mut fault = match end {
        _ if redirected => Some(Fault::Redirected),
        End::Whole if success && documented => match check(&body) {
            Ok(Some(true)) => None,
            // A refusal counts, whatever else the body has or has not.
            Ok(Some(false)) => Some(Fault::Refused),
            _ if refuses(&body) => Some(Fault::Refused),
            checked => checked.err().map(undecodable),
        },
        _ if success && refuses(&body) => Some(Fault::Refused),
        End::Broken(error) => Some(Fault::Broken(Arc::new(error))),
        End::Cut if success => Some(Fault::TooLong),
        End::Whole if success => Some(Fault::Undocumented),
        _ => check(&body).err().map(undecodable),
    };
    let mut headers = take(response.headers_mut());
    if !success || fault.is_some() {
        if body.len() > ERROR_BODY_LIMIT {
            body = Bytes::copy_from_slice(&body[..ERROR_BODY_LIMIT]);
            whole = false;
        }
        let credentials = credentials();
        credentials.hide(&mut headers);
        if let Some(redacted) = credentials.redact(&body, whole) {
            body = redacted;
            if matches!(fault, None | Some(Fault::Undecodable(_))) {
                // What is wrong is said of what is shown: serde_json quotes values in its errors.
                fault = check(&body).err().map(undecodable);
            }
        }
    }
    // What progenitor decodes and returns needs no more.
    let captured = (fault.is_some() || !documented).then(|| Captured { body: body.clone(), fault });
    let extensions = take(response.extensions_mut());
    rebuild(response, headers, extensions, body, captured)
}

/// The same answer once more, for an error.
pub(crate) fn copy(response: &Response, captured: &Captured) -> Response {
    let headers = response.headers().clone();
    rebuild(response, headers, Extensions::new(), captured.body.clone(), Some(captured.clone()))
}

/// How the reading of a body ended.
enum End {
    Whole,
    Cut,
    Broken(reqwest::Error),
}

/// Reads a body up to a limit.
async fn read(response: &mut Response, limit: usize) -> (Bytes, End) {
    // Most bodies come in one piece, which is not copied.
    let mut first = Bytes::new();
    let mut body = BytesMut::new();
    let end = loop {
        match response.chunk().await {
            Ok(Some(mut chunk)) => {
                chunk.truncate(limit - first.len() - body.len());
                if first.is_empty() && body.is_empty() {
                    first = chunk;
                } else {
                    body.extend_from_slice(&take(&mut first));
                    body.extend_from_slice(&chunk);
                }
            }
            Ok(None) => break End::Whole,
            Err(error) => break End::Broken(error),
        }
        if first.len() + body.len() == limit {
            break End::Cut;
        }
    };
    (if body.is_empty() { first } else { body.freeze() }, end)
}

/// Whether the body of a success says that it is none.
fn refuses(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Verdict {
        success: bool,
    }
    serde_json::from_slice(body).is_ok_and(|Verdict { success }| !success)
}

/// An answer with the URL of another, for the one that was read has no body any more.
fn rebuild(
    response: &Response,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
    captured: Option<Captured>,
) -> Response {
    let mut rebuilt = http::Response::new(body);
    *rebuilt.status_mut() = response.status();
    *rebuilt.version_mut() = response.version();
    *rebuilt.headers_mut() = headers;
    // Only a builder takes the URL, and it puts it among the extensions.
    let mut builder = http::Response::builder();
    if let Some(all) = builder.extensions_mut() {
        *all = extensions;
    }
    let mut builder = builder.url(response.url().clone());
    *rebuilt.extensions_mut() = builder.extensions_mut().map(take).unwrap_or_default();
    if let Some(captured) = captured {
        rebuilt.extensions_mut().insert(captured);
    }
    rebuilt.into()
}

/// The credentials of a request: should the server repeat them in an error, they are not shown.
pub(crate) struct Credentials<'a>(Vec<Credential<'a>>);

/// The text of a credential: where it stands in the request or, where it is spelled otherwise there, a copy.
enum Credential<'a> {
    There(&'a str),
    Copy(Secret),
}

impl Deref for Credential<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::There(text) => text,
            Self::Copy(secret) => secret.expose_secret(),
        }
    }
}

impl<'a> Credentials<'a> {
    /// The token of the header, and what of the JSON body the generator made a [`Secret`].
    pub(crate) fn of(authorization: &'a HeaderValue, body: &'a [u8]) -> Self {
        let token = str::from_utf8(authorization.as_bytes()).unwrap_or_default().strip_prefix("Bearer ");
        let in_body = operation::CREDENTIALS.iter().flat_map(|name| {
            places(body, name).filter_map(|at| {
                // The body is serde_json's, without white space; in a string, the quote would be escaped.
                let value = body[at + name.len()..].strip_prefix(b"\":")?;
                let text = || serde_json::Deserializer::from_slice(value).into_iter().next()?.ok();
                let copy = || serde_json::Deserializer::from_slice(value).into_iter().next()?.ok();
                text().map(Credential::There).or_else(|| copy().map(Credential::Copy))
            })
        });
        let all = token.map(Credential::There).into_iter().chain(in_body);
        Self(all.filter(|text| text.len() >= SHORTEST_CREDENTIAL).collect())
    }

    /// The body with each credential replaced, if there is one: in the strings of JSON, however they are escaped, or else in
    /// the bytes. Of a body that is not whole, the end may be the beginning of one.
    fn redact(&self, body: &Bytes, whole: bool) -> Option<Bytes> {
        if whole && memchr(b'\\', body).is_none() && self.0.iter().all(|text| find(body, text).is_none()) {
            // Nor is it there in another spelling, which would need a backslash.
            return None;
        }
        if let Ok(mut value) = serde_json::from_slice(body) {
            return self.redact_value(&mut value).then(|| value.to_string().into());
        }
        let mut redacted = self.spellings().fold(body.clone(), |body, spelling| {
            if find(&body, &spelling).is_some() { replace(&body, &spelling).into() } else { body }
        });
        if !whole {
            let begun = |spelling: Credential<'_>| {
                let spelling = spelling.as_bytes();
                (SHORTEST_BEGINNING..spelling.len()).rev().find(|length| redacted.ends_with(&spelling[..*length]))
            };
            let cut = self.spellings().filter_map(begun).max().unwrap_or_default();
            redacted.truncate(redacted.len() - cut);
        }
        (redacted != body).then_some(redacted)
    }

    /// Replaces each credential in the strings and keys of a JSON value; says whether there was one.
    fn redact_value(&self, value: &mut Value) -> bool {
        let redacted = |text: &str| {
            let redact = |text: String, credential: &Credential<'_>| text.replace(&**credential, REDACTED);
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
        for spelling in self.spellings() {
            for value in headers.values_mut().filter(|value| value.len() >= spelling.len()) {
                if find(value.as_bytes(), &spelling).is_some() {
                    value.set_sensitive(true);
                }
            }
        }
    }

    /// Each credential as it is and, where that differs, as a JSON string has it.
    fn spellings(&self) -> impl Iterator<Item = Credential<'_>> {
        self.0.iter().flat_map(|text| {
            let is_escaped = text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\');
            let quoted = is_escaped.then(|| {
                let json = serde_json::to_string(&**text).unwrap_or_default();
                let quoted = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
                Credential::Copy(Secret::from(quoted.unwrap_or_default()))
            });
            [Some(Credential::There(text)), quoted].into_iter().flatten()
        })
    }
}

fn find(text: &[u8], part: &str) -> Option<usize> {
    places(text, part).next()
}

/// Where a text has a part. To search a short text, memchr's own search for parts would take longer to set up.
fn places<'t>(text: &'t [u8], part: &'t str) -> impl Iterator<Item = usize> {
    let first = part.as_bytes().first();
    let begun = first.into_iter().flat_map(|first| memchr_iter(*first, text));
    begun.filter(|at| text[*at..].starts_with(part.as_bytes()))
}

fn replace(mut text: &[u8], part: &str) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    while let Some(start) = find(text, part) {
        replaced.extend_from_slice(&text[..start]);
        replaced.extend_from_slice(REDACTED.as_bytes());
        text = &text[start + part.len()..];
    }
    replaced.extend_from_slice(text);
    replaced
}
