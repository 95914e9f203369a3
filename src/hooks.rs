//! What happens around each request: the guard before it, and what is kept of the answer after it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::header::{AUTHORIZATION, HeaderValue, USER_AGENT};
use reqwest::{Body, Request, Response};
use zeroize::Zeroizing;

use crate::client::Inner;
use crate::generated::operation;
use crate::response::{self, Captured, Credentials};
use crate::retry::{self, Attempt};
use crate::types::PersonalTagMappingRequest;
use crate::{Client, Error};

const AGENT: HeaderValue = HeaderValue::from_static(concat!("mantago/", env!("CARGO_PKG_VERSION")));

impl ClientHooks<Inner> for Client {
    /// Refuses what breaks the rules, and completes the headers.
    async fn pre<E>(&self, request: &mut Request, info: &OperationInfo) -> Result<(), Error<E>> {
        identifies_client(request, info).map_err(Error::InvalidRequest)?;
        keeps_path(&self.baseurl, request, info).map_err(Error::InvalidRequest)?;

        let headers = request.headers_mut();
        // progenitor adds it to every request; the document does not describe it.
        headers.remove("api-version");
        headers.insert(AUTHORIZATION, self.inner.authorization.clone());
        headers.insert(USER_AGENT, AGENT);
        Ok(())
    }

    /// Sends the request, again where the policy says so, and reads each answer while its status and headers are still
    /// there to keep.
    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        retry::send(&self.inner, request, info.operation_id, |request| self.attempt(request, info)).await
    }

    /// Ends the call with the whole answer, where decoding it would lose the status, the headers or a refusal.
    async fn post<E>(&self, result: &reqwest::Result<Response>, _: &OperationInfo) -> Result<(), Error<E>> {
        let Ok(response) = result else { return Ok(()) };
        match Captured::of(response) {
            Some(captured) if captured.is_fault() => Err(Error::UnexpectedResponse(response::copy(response, captured))),
            _ => Ok(()),
        }
    }
}

impl Client {
    /// Sends a request once.
    async fn attempt(&self, mut request: Request, info: &OperationInfo) -> Attempt {
        // A stream has no bytes to show, and cannot be cloned either; an empty body is never read.
        let bytes = request.body().and_then(Body::as_bytes).filter(|bytes| !bytes.is_empty());
        let is_bytes = bytes.is_some();
        let sent = Bytes::from_owner(Zeroizing::new(bytes.unwrap_or_default().to_vec()));
        let url = request.url().clone();
        let is_sent = Arc::new(AtomicBool::new(false));
        if is_bytes {
            let body = Full::new(sent.clone());
            *request.body_mut() = Some(Body::wrap(SentOnce { body, is_sent: is_sent.clone() }));
        }
        let outcome = match self.client.execute(request).await {
            Ok(response) => {
                let credentials = || Credentials::of(&self.inner.authorization, &sent);
                Ok(response::capture(response, info.operation_id, &url, credentials).await)
            }
            Err(error) => Err(error),
        };
        let unsent = match &outcome {
            Ok(_) => false,
            Err(error) if is_bytes => !error.is_builder() && !is_sent.load(Ordering::Acquire),
            Err(error) => error.is_connect(),
        };
        Attempt { outcome, unsent }
    }
}

/// A body that notes when it is first read, which is when there is a connection to send it over, and that cannot be
/// cloned: reqwest follows a 307 or 308 only with a body that can, and a client that was brought may follow redirects.
struct SentOnce {
    body: Full<Bytes>,
    is_sent: Arc<AtomicBool>,
}

impl http_body::Body for SentOnce {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.is_sent.store(true, Ordering::Release);
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Applies the rule of [`crate::identity`] to the bytes that would be sent: they are what counts, however they came.
fn identifies_client(request: &Request, info: &OperationInfo) -> Result<(), String> {
    if !operation::identifies_client(info.operation_id) {
        return Ok(());
    }
    let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
    let body: PersonalTagMappingRequest =
        serde_json::from_slice(body).map_err(|error| format!("the body cannot be checked: {error}"))?;
    body.validate().map_err(|error| error.to_string())
}

/// Refuses a path parameter that changes the path: an empty one, `.`, `..`, or one with a backslash.
///
/// progenitor escapes what RFC 3986 asks for, and the URL parser then takes these for parts of the path all the same.
fn keeps_path(base_url: &str, request: &Request, info: &OperationInfo) -> Result<(), String> {
    let Some(template) = operation::path(info.operation_id) else {
        return Ok(());
    };
    let base = base_url.split_once("://").map_or("", |(_, rest)| rest);
    let expected = base.split('/').count() - 1 + template.split('/').count() - 1;
    let path = request.url().path();
    let matches = path.split('/').count() - 1 == expected
        && path
            .rsplit('/')
            .zip(template.rsplit('/'))
            .all(|(segment, expected)| if expected.contains('{') { !segment.is_empty() } else { segment == expected });
    if matches {
        return Ok(());
    }
    Err(format!("a parameter of the path {template} is empty, \".\", \"..\" or has a backslash: no URL can carry it"))
}
