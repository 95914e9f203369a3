//! `src/generated.rs` is what `build.rs` makes of `openapi/`, checked in so that a change of it is reviewed.
//!
//! `UPDATE_GENERATED=1 cargo test --test generated` writes it anew.

use std::path::Path;

const BUILT: &str = include_str!(concat!(env!("OUT_DIR"), "/client.rs"));

#[test]
fn the_checked_in_text_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generated.rs");
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, BUILT).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    let first = checked_in.lines().chain(std::iter::repeat("")).zip(BUILT.lines()).position(|(old, new)| old != new);
    assert!(
        checked_in == BUILT,
        "src/generated.rs is stale from line {}: run UPDATE_GENERATED=1 cargo test --test generated",
        first.map_or(BUILT.lines().count(), |line| line) + 1,
    );
}
