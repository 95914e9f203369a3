//! What is kept of an answer: its body, and what is wrong with it, beside its status and headers.
//!
//! progenitor drops status and headers where a body does not decode. So the body is read before, in
//! `ClientHooks::exec`, and travels with the response in its extensions; and the generated calls decode it by
//! [`decode`].

use std::mem::take;
use std::ops::Deref;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use memchr::{memchr, memchr_iter, memchr2};
use reqwest::header::HeaderValue;
use reqwest::{Response, ResponseBuilderExt};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::generated::operation;
use crate::retry::Attempts;
use crate::{Client, Error, ResponseValue, Secret};

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

/// The body of an answer, as it is kept in the response's extensions. It has no `Debug`, for it holds the secret.
#[derive(Clone, Default)]
pub(crate) struct Captured {
    pub(crate) body: Bytes,
    pub(crate) fault: Option<Fault>,
    /// What came before this answer, if there was more than one attempt.
    pub(crate) attempts: Option<Attempts>,
    /// The body of the request: should the answer be an error after all, the credentials in it are not shown.
    sent: Bytes,
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
    /// The document does not have the status.
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
    response: &mut Response,
    operation_id: &str,
    redirected: bool,
    authorization: &HeaderValue,
    sent: &Bytes,
) {
    let status = response.status();
    let success = status.is_success();
    if success && !redirected && !operation::answers_json(operation_id, true) {
        return;
    }
    let limit = if success { SUCCESS_BODY_LIMIT } else { ERROR_BODY_LIMIT };
    let (mut body, end) = read(response, limit).await;
    let documented = operation::documents(operation_id, status.as_u16());
    let whole = matches!(end, End::Whole);
    let fault = match end {
        _ if redirected => Some(Fault::Redirected),
        End::Whole if success && documented => None,
        // A refusal counts, whatever else the answer has or has not.
        _ if success && refuses(&body) => Some(Fault::Refused),
        End::Broken(error) => Some(Fault::Broken(Arc::new(error))),
        End::Cut if success => Some(Fault::TooLong),
        _ => (!documented).then_some(Fault::Undocumented),
    };
    if !success || fault.is_some() {
        Credentials::of(authorization, sent).withhold(response.headers_mut(), &mut body, whole);
    }
    let captured = Captured { body, fault, attempts: None, sent: sent.clone() };
    if !success && !operation::answers_json(operation_id, false) {
        *response = captured.show(response);
    } else {
        response.extensions_mut().insert(captured);
    }
}

/// Decodes an answer that has a body in JSON. Where it cannot, or where a success says that it is none, the error has
/// the whole answer.
#[expect(clippy::result_large_err, reason = "progenitor's error is what it is")]
pub(crate) fn decode<T, E>(client: &Client, mut response: Response) -> Result<ResponseValue<T>, Error<E>>
where
    T: DeserializeOwned + 'static,
{
    let success = response.status().is_success();
    let captured = response.extensions_mut().remove::<Captured>().unwrap_or_default();
    let error = match serde_json::from_slice::<T>(&captured.body) {
        Ok(value) if !success || !operation::refuses(&value) => {
            let mut headers = take(response.headers_mut());
            if !success {
                Attempts::put(captured.attempts, &mut headers);
            }
            return Ok(ResponseValue::new(value, response.status(), headers));
        }
        decoded => decoded.err(),
    };
    let again = |body: &[u8]| serde_json::from_slice::<T>(body).err();
    Err(Error::UnexpectedResponse(captured.fail(client, &mut response, error, again)))
}

impl Captured {
    /// The answer that did not decode or, where it did, is a refusal.
    fn fail(
        mut self,
        client: &Client,
        response: &mut Response,
        mut error: Option<serde_json::Error>,
        decode_again: impl Fn(&[u8]) -> Option<serde_json::Error>,
    ) -> Response {
        let success = response.status().is_success();
        let refused = error.is_none() || success && refuses(&self.body);
        if success {
            let credentials = Credentials::of(&client.inner.authorization, &self.sent);
            if credentials.withhold(response.headers_mut(), &mut self.body, true) {
                // What is wrong is said of what is shown: serde_json quotes values in its errors.
                error = decode_again(&self.body);
            }
        }
        self.fault = Some(match error {
            _ if refused => Fault::Refused,
            Some(error) => Fault::Undecodable(Arc::new(error)),
            None => Fault::Undocumented,
        });
        self.show(response)
    }

    /// The answer once more, for an error: the one that was read has no body any more.
    pub(crate) fn show(&self, response: &Response) -> Response {
        let mut shown = http::Response::new(self.body.clone());
        *shown.status_mut() = response.status();
        *shown.version_mut() = response.version();
        *shown.headers_mut() = response.headers().clone();
        Attempts::put(None, shown.headers_mut());
        // Only a builder takes the URL, and it puts it among the extensions.
        let mut builder = http::Response::builder().url(response.url().clone());
        *shown.extensions_mut() = builder.extensions_mut().map(take).unwrap_or_default();
        shown.extensions_mut().insert(Self { sent: Bytes::new(), ..self.clone() });
        shown.into()
    }
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

/// The text of a credential: where it stands in the request or, where it is spelled otherwise there, a copy.
enum Credential<'a> {
    There(&'a [u8]),
    Copy(Secret),
}

impl<'a> Credential<'a> {
    /// The string that follows a name. The JSON is serde_json's, without white space; in a string, the quote would be
    /// escaped.
    fn after(json: &'a [u8]) -> Option<Self> {
        let text = json.strip_prefix(b"\":\"")?;
        let end = memchr2(b'"', b'\\', text)?;
        if text[end] == b'"' {
            return Some(Self::There(&text[..end]));
        }
        serde_json::Deserializer::from_slice(&json[2..]).into_iter().next()?.ok().map(Self::Copy)
    }

    /// It as a JSON string has it, if that differs.
    fn quoted(&self) -> Option<Credential<'static>> {
        let json = serde_json::to_string(self.as_str()).ok()?;
        let quoted = json.strip_prefix('"')?.strip_suffix('"')?;
        (quoted != self.as_str()).then(|| Credential::Copy(Secret::from(quoted)))
    }

    /// It was a string, and has been sent as one.
    fn as_str(&self) -> &str {
        str::from_utf8(self).unwrap_or_default()
    }
}

impl Deref for Credential<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::There(text) => text,
            Self::Copy(secret) => secret.expose_secret().as_bytes(),
        }
    }
}

/// The credentials of a request: should the server repeat them in an error, they are not shown.
struct Credentials<'a>(Vec<Credential<'a>>);

impl<'a> Credentials<'a> {
    /// The token of the header, and what of the JSON body the generator made a [`Secret`].
    fn of(authorization: &'a HeaderValue, body: &'a [u8]) -> Self {
        let mut all = Vec::with_capacity(1 + operation::CREDENTIALS.len());
        let mut add = |credential: Option<Credential<'a>>| match credential {
            Some(credential) if credential.len() >= SHORTEST_CREDENTIAL => all.push(credential),
            _ => {}
        };
        add(authorization.as_bytes().strip_prefix(b"Bearer ").map(Credential::There));
        for name in operation::CREDENTIALS {
            for at in places(body, name.as_bytes()) {
                add(Credential::after(&body[at + name.len()..]));
            }
        }
        Self(all)
    }

    /// Leaves of an answer what an error shows: no credential, and not more of the body than is kept. Says whether the body
    /// had one.
    fn withhold(&self, headers: &mut HeaderMap, body: &mut Bytes, mut whole: bool) -> bool {
        if body.len() > ERROR_BODY_LIMIT {
            *body = Bytes::copy_from_slice(&body[..ERROR_BODY_LIMIT]);
            whole = false;
        }
        if whole && !self.may_be_in(body) && !headers.values().any(|value| self.may_be_in(value.as_bytes())) {
            return false;
        }
        self.hide(headers);
        let redacted = self.redact(body, whole);
        redacted.map(|redacted| *body = redacted).is_some()
    }

    /// Whether a text has one of them, or what it takes for another spelling than its own: a backslash.
    fn may_be_in(&self, text: &[u8]) -> bool {
        text.len() >= SHORTEST_CREDENTIAL
            && (memchr(b'\\', text).is_some() || self.0.iter().any(|credential| find(text, credential).is_some()))
    }

    /// The body with each credential replaced, if there is one: in the strings of JSON, however they are escaped, or else in
    /// the bytes. Of a body that is not whole, the end may be the beginning of one.
    #[cold]
    fn redact(&self, body: &Bytes, whole: bool) -> Option<Bytes> {
        if let Ok(mut value) = serde_json::from_slice(body) {
            return self.redact_value(&mut value).then(|| value.to_string().into());
        }
        let spellings = self.spellings();
        let mut redacted = body.clone();
        for spelling in &spellings {
            if find(&redacted, spelling).is_some() {
                redacted = replace(&redacted, spelling).into();
            }
        }
        if !whole {
            let begun = |spelling: &Credential<'_>| {
                (SHORTEST_BEGINNING..spelling.len()).rev().find(|length| redacted.ends_with(&spelling[..*length]))
            };
            let cut = spellings.iter().filter_map(begun).max().unwrap_or_default();
            redacted.truncate(redacted.len() - cut);
        }
        (redacted != body).then_some(redacted)
    }

    /// Replaces each credential in the strings and keys of a JSON value; says whether there was one.
    fn redact_value(&self, value: &mut Value) -> bool {
        let redacted = |text: &str| {
            let redact = |text: String, credential: &Credential<'_>| text.replace(credential.as_str(), REDACTED);
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
    #[cold]
    fn hide(&self, headers: &mut HeaderMap) {
        let spellings = self.spellings();
        for value in headers.values_mut() {
            if spellings.iter().any(|spelling| find(value.as_bytes(), spelling).is_some()) {
                value.set_sensitive(true);
            }
        }
    }

    /// Each credential as it is and, where that differs, as a JSON string has it.
    fn spellings(&self) -> Vec<Credential<'_>> {
        let mut all = Vec::new();
        for credential in &self.0 {
            all.push(Credential::There(credential));
            all.extend(credential.quoted());
        }
        all
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    if text.len() < part.len() { None } else { places(text, part).next() }
}

/// Where a text has a part. To search a short text, memchr's own search for parts would take longer to set up.
fn places<'t>(text: &'t [u8], part: &'t [u8]) -> impl Iterator<Item = usize> {
    // Looked for by a digit, if there is one: answers have more of the letters.
    let at = part.iter().position(u8::is_ascii_digit).unwrap_or_default();
    let byte = part.get(at).copied().unwrap_or_default();
    let starts = (text.len() + 1).saturating_sub(part.len().max(1));
    memchr_iter(byte, text.get(at..at + starts).unwrap_or_default()).filter(|start| text[*start..].starts_with(part))
}

fn replace(mut text: &[u8], part: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    while let Some(start) = find(text, part) {
        replaced.extend_from_slice(&text[..start]);
        replaced.extend_from_slice(REDACTED.as_bytes());
        text = &text[start + part.len()..];
    }
    replaced.extend_from_slice(text);
    replaced
}
