//! Collects a mock's replies and translates them to httpmock's.

use std::cell::RefCell;
use std::fmt::Display;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use super::json_text;

type Change = Box<dyn FnOnce(httpmock::Then) -> httpmock::Then>;

/// The replies of a mock, in their order.
#[derive(Default)]
pub(crate) struct Replies {
    earlier: RefCell<Vec<Reply>>,
    /// The reply that is being set.
    last: RefCell<Reply>,
}

#[derive(Default)]
pub(super) struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Option<String>,
    changes: Vec<Change>,
}

impl Replies {
    #[track_caller]
    pub(crate) fn empty(&self, status: u16) {
        self.reply(status, None);
    }

    #[track_caller]
    pub(crate) fn json(&self, status: u16, body: impl Serialize) {
        self.reply(status, Some(json_text(&body, "a reply")));
    }

    /// A typed body, or its builder.
    #[track_caller]
    pub(crate) fn built<T: Serialize>(&self, status: u16, body: impl TryInto<T, Error: Display>) {
        match body.try_into() {
            Ok(body) => self.json(status, body),
            Err(error) => panic!("cannot mock a reply: {error}"),
        }
    }

    #[track_caller]
    fn reply(&self, status: u16, body: Option<String>) {
        let Ok(valid) = StatusCode::from_u16(status) else {
            panic!("cannot mock a reply: {status} is not an HTTP status");
        };
        let mut last = self.last.borrow_mut();
        (last.status, last.body) = (valid, body);
    }

    #[track_caller]
    pub(super) fn header(&self, name: &str, value: &str) {
        let Ok(valid_name) = name.parse::<HeaderName>() else {
            panic!("cannot mock a reply: {name:?} is not the name of an HTTP header");
        };
        let Ok(valid_value) = HeaderValue::from_str(value) else {
            panic!("cannot mock a reply: {value:?} cannot be the value of an HTTP header");
        };
        self.last.borrow_mut().headers.append(valid_name, valid_value);
    }

    pub(super) fn and(&self, change: impl FnOnce(httpmock::Then) -> httpmock::Then + 'static) {
        self.last.borrow_mut().changes.push(Box::new(change));
    }

    pub(super) fn next(&self) {
        let ended = self.last.take();
        self.earlier.borrow_mut().push(ended);
    }

    /// Takes the replies. All but the last are used once.
    pub(super) fn take(&self) -> impl Iterator<Item = Reply> {
        let mut earlier = self.earlier.take();
        for reply in &mut earlier {
            // Before the others, which may set another number.
            reply.changes.insert(0, Box::new(|then| then.up_to_n_times(1)));
        }
        earlier.into_iter().chain([self.last.take()])
    }
}

impl Reply {
    pub(super) fn apply(self, mut then: httpmock::Then) {
        then = then.status(self.status.as_u16());
        if let Some(body) = self.body {
            then = then.body(body);
            if !self.headers.contains_key(CONTENT_TYPE) {
                then = then.header("content-type", "application/json");
            }
        }
        for (name, value) in &self.headers {
            then = then.header(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
        }
        for change in self.changes {
            then = change(then);
        }
    }
}
