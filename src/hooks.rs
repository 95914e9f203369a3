//! What happens around each request: the guard before it, and what is kept of the answer after it.

use http_body_util::Full;
use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::header::{AUTHORIZATION, HeaderValue, USER_AGENT};
use reqwest::{Body, Request, Response};
use zeroize::Zeroizing;

use crate::client::Inner;
use crate::generated::operation;
use crate::response::{self, Captured, Credentials};
use crate::retry;
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
    async fn attempt(&self, mut request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        // A body that is a stream has no bytes to show, and cannot be cloned either.
        let bytes = request.body().and_then(Body::as_bytes);
        let is_bytes = bytes.is_some();
        let sent = Zeroizing::new(bytes.unwrap_or_default().to_vec());
        let url = request.url().clone();
        if is_bytes && !self.inner.own_client {
            // reqwest follows a 307 or 308 only with a body that it can clone, and this is none. Its client has no
            // setting for a single request that would say so.
            let body = Full::new(bytes::Bytes::from_owner(sent.clone()));
            *request.body_mut() = Some(Body::wrap(body));
        }
        let response = self.client.execute(request).await?;
        let credentials = || Credentials::of(&self.inner.authorization, &sent);
        Ok(response::capture(response, info.operation_id, &url, credentials).await)
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
