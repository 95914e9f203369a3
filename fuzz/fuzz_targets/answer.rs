//! Any bytes as the answer to a call: it ends, in a success or in one line.
//!
//! `mkdir -p fuzz/corpus/answer && cargo +nightly fuzz run answer fuzz/corpus/answer fuzz/seeds/answer`

#![no_main]

#[path = "../../tests/loopback/mod.rs"]
mod loopback;

use std::sync::{Arc, LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use loopback::{Server, untag};
use mantago::Client;
use tokio::runtime::{Builder, Runtime};

struct Fixture {
    /// Its clock is paused, so that an answer that never ends takes no time.
    runtime: Runtime,
    client: Client,
    answer: Arc<Mutex<Vec<u8>>>,
    _server: Server,
}

static FIXTURE: LazyLock<Mutex<Fixture>> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
    let answer = Arc::new(Mutex::new(Vec::new()));
    let answers = answer.clone();
    let server = runtime.block_on(Server::start_with(move |_| answers.lock().expect("one thread").clone()));
    let client = server.client();
    Mutex::new(Fixture { runtime, client, answer, _server: server })
});

fuzz_target!(|bytes: &[u8]| {
    let fixture = FIXTURE.lock().expect("one thread");
    *fixture.answer.lock().expect("one thread") = bytes.to_vec();
    if let Err(error) = fixture.runtime.block_on(untag(&fixture.client)) {
        assert_eq!(error.to_string().lines().count(), 1);
        let _ = format!("{error:?} {:?} {:?} {:?}", error.code(), error.retry_after(), error.headers());
    }
});
