//! What happens around each request: the guard before it, and what is kept of the answer after it.

use std::convert::Infallible;
use std::mem::take;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::header::{AUTHORIZATION, HeaderValue, USER_AGENT};
use reqwest::{Body, Request, Response};

use crate::client::Inner;
use crate::generated::operation;
use crate::response::Captured;
use crate::retry;
use crate::{Client, Error};

/// What the SDK calls itself: to a client of its own this is said once, to one that was brought with each request.
pub(crate) const AGENT: HeaderValue = HeaderValue::from_static(concat!("mantago/", env!("CARGO_PKG_VERSION")));

impl ClientHooks<Inner> for Client {
    /// Refuses what no URL can carry, and completes the headers.
    async fn pre<E>(&self, request: &mut Request, info: &OperationInfo) -> Result<(), Error<E>> {
        keeps_path(&self.baseurl, request, info).map_err(Error::InvalidRequest)?;

        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.inner.authorization.clone());
        if self.inner.is_brought {
            headers.insert(USER_AGENT, AGENT);
        }
        Ok(())
    }

    /// Sends the request, again where the policy says so, and reads each answer while its status and headers are still
    /// there to keep.
    ///
    /// Not an `async fn`: it would have a future of its own, with another place for the request.
    fn exec(&self, request: Request, info: &OperationInfo) -> impl Future<Output = reqwest::Result<Response>> {
        retry::send(self, request, info.operation_id)
    }

    /// Ends the call with the whole answer, where the document does not have it or it did not come whole.
    async fn post<E>(&self, result: &reqwest::Result<Response>, _: &OperationInfo) -> Result<(), Error<E>> {
        let Ok(response) = result else { return Ok(()) };
        match Captured::of(response) {
            Some(captured) if captured.is_fault() => Err(Error::UnexpectedResponse(captured.show(response))),
            _ => Ok(()),
        }
    }
}

impl Client {
    /// Begins to send a request with a body, and says whether any of it was sent.
    pub(crate) fn begin(
        &self,
        mut request: Request,
        body: &Bytes,
    ) -> (impl Future<Output = reqwest::Result<Response>> + use<>, Option<Arc<AtomicBool>>) {
        let is_sent = (!body.is_empty()).then(Arc::<AtomicBool>::default);
        if let Some(is_sent) = &is_sent {
            *request.body_mut() = Some(Body::wrap(SentOnce { bytes: body.clone(), is_sent: is_sent.clone() }));
        }
        (self.client.execute(request), is_sent)
    }
}

/// A body that notes when it is first read, which is when there is a connection to send it over, and that cannot be
/// cloned: reqwest follows a 307 or 308 only with a body that can, and a client that was brought may follow redirects.
struct SentOnce {
    bytes: Bytes,
    is_sent: Arc<AtomicBool>,
}

impl http_body::Body for SentOnce {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.is_sent.store(true, Ordering::Release);
        let bytes = take(&mut self.bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
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
