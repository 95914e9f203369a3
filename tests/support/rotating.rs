//! A MantaGO that replaces its credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use mantago::{ClientBuilder, Credentials};

use super::{Request, Server, json, removed};

/// The pair of a generation.
pub fn pair(generation: usize) -> Credentials {
    Credentials::new(format!("tok-3f9a-{generation}"), format!("sec-b81e-{generation}"))
}

/// A MantaGO that accepts the pair of one generation, which the test can raise.
pub struct Rotating {
    pub server: Server,
    accepted: Arc<AtomicUsize>,
}

impl Rotating {
    pub async fn start() -> Self {
        let accepted = Arc::new(AtomicUsize::new(1));
        let generation = accepted.clone();
        let server = Server::start_with(move |request| {
            let superseded = r#"{"success":false,"errResponse":{"message":"superseded","code":120000}}"#;
            let accepted = pair(generation.load(SeqCst)) == sent(request);
            if accepted { removed() } else { json("401 Unauthorized", superseded) }
        })
        .await;
        Self { server, accepted }
    }

    pub fn builder(&self) -> ClientBuilder {
        ClientBuilder::new(pair(1)).base_url(self.server.url())
    }

    pub fn rotate(&self) {
        self.accepted.fetch_add(1, SeqCst);
    }

    /// The generation of each request's pair.
    pub fn generations(&self) -> Vec<usize> {
        self.server.requests().iter().map(generation).collect()
    }
}

/// The pair of a request.
fn sent(request: &Request) -> Credentials {
    Credentials::new(request.token(), request.json()["secret"].as_str().unwrap())
}

/// The generation of a request's token and secret, which must be the same.
pub fn generation(request: &Request) -> usize {
    let sent = sent(request);
    let token = sent.token().expose_secret();
    let generation = token.rsplit('-').next().unwrap().parse().unwrap();
    assert_eq!(sent, pair(generation), "a token met the secret of another pair");
    generation
}
