//! The seeds of the fuzz target, and whatever it found, each played as a plain test.

mod loopback;

use std::path::Path;

use loopback::{Server, untag};

#[tokio::test(start_paused = true)]
async fn every_seed_ends_in_one_outcome() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/answer");
    let mut played = 0;
    for file in std::fs::read_dir(corpus).unwrap() {
        let file = file.unwrap().path();
        let server = Server::start(std::fs::read(&file).unwrap()).await;
        let name = file.file_name().unwrap().to_string_lossy();
        match untag(&server.client()).await {
            Ok(_) => assert!(name.starts_with("success"), "{name}"),
            Err(error) => {
                assert!(!name.starts_with("success"), "{name}: {error}");
                assert_eq!(error.to_string().lines().count(), 1, "{name}: {error}");
            }
        }
        played += 1;
    }
    assert!(played >= 20, "{played}");
}
