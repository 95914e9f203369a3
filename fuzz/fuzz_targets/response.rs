//! A call ends with a success or a one-line error, for any bytes as the response.
//!
//! `mkdir -p fuzz/corpus/response && cargo +nightly fuzz run response fuzz/corpus/response fuzz/seeds/response`

#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::sync::{Arc, LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use mantago::Client;
use support::{Server, untag};
use tokio::runtime::{Builder, Runtime};

struct Fixture {
    /// With a paused clock, so that an endless response takes no time.
    runtime: Runtime,
    client: Client,
    response: Arc<Mutex<Vec<u8>>>,
    _server: Server,
}

static FIXTURE: LazyLock<Mutex<Fixture>> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
    let response = Arc::new(Mutex::new(Vec::new()));
    let responses = response.clone();
    let server = runtime.block_on(Server::start_with(move |_| responses.lock().expect("one thread").clone()));
    let client = server.client();
    Mutex::new(Fixture { runtime, client, response, _server: server })
});

fuzz_target!(|bytes: &[u8]| {
    let fixture = FIXTURE.lock().expect("one thread");
    *fixture.response.lock().expect("one thread") = bytes.to_vec();
    if let Err(error) = fixture.runtime.block_on(untag(&fixture.client)) {
        assert_eq!(error.to_string().lines().count(), 1);
        let _ = format!("{error:?} {:?} {:?} {:?}", error.code(), error.retry_after(), error.headers());
    }
});
