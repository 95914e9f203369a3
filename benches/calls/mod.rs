//! One removal of a tag, by the SDK and by hand.
#![allow(dead_code, reason = "each bench uses a part of it")]

use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use by_hand::Removal;
use mantago::types::PersonalTagMappingRequest;
use mantago::{ClientBuilder, ClientIdentity, Credentials, ErrorKind, Platform};

use crate::loopback::{PLATFORM_CLIENT_ID, SECRET, TAG, TOKEN};

pub fn sdk(base_url: &str) -> mantago::Client {
    ClientBuilder::new(Credentials::new(TOKEN, SECRET)).base_url(base_url).build().expect("a client")
}

pub fn hand(base_url: &str) -> by_hand::Client {
    by_hand::Client::new(base_url, TOKEN).expect("a client")
}

pub fn request() -> PersonalTagMappingRequest {
    let target = ClientIdentity::platform(Platform::Line, PLATFORM_CLIENT_ID).expect("not blank");
    PersonalTagMappingRequest::for_client(target, TAG)
}

pub fn removal() -> Removal {
    Removal {
        client_id: None,
        platform: Some(by_hand::Platform::Line),
        platform_client_id: Some(PLATFORM_CLIENT_ID.to_owned()),
        secret: SECRET.to_owned(),
        tag_id: TAG.to_owned(),
    }
}

/// Whether the call is a success.
pub async fn by_sdk(client: &mantago::Client, bot: &str) -> bool {
    match client.personal_tag_mapping_delete().bot_id(bot).body(request()).send().await {
        Ok(removed) => black_box(removed).success,
        Err(failure) => {
            assert_eq!(black_box(&failure).kind(), ErrorKind::NotFound, "{failure}");
            false
        }
    }
}

/// Whether the call is a success.
pub async fn by_hand(client: &by_hand::Client, bot: &str) -> bool {
    match client.send(bot, &removal()).await {
        Ok(removed) => black_box(removed).success,
        Err(by_hand::Error::Refused(_, failure)) => black_box(failure).success,
        Err(error) => panic!("{error:?}"),
    }
}

/// The time of a number of calls, with some of them in flight at once.
pub async fn time<F: Future<Output = bool>>(in_flight: usize, calls: usize, call: impl Fn() -> F) -> Duration {
    let start = Instant::now();
    let left = Cell::new(calls);
    let worker = async || {
        while let Some(less) = left.get().checked_sub(1) {
            left.set(less);
            black_box(call().await);
        }
    };
    futures_util::future::join_all((0..in_flight).map(|_| worker())).await;
    start.elapsed()
}
