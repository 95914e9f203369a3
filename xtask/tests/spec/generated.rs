//! `src/generated/` is the generator's output for `openapi/`, checked in so that changes are reviewed.
//!
//! `UPDATE_GENERATED=1 cargo test -p xtask --test spec generated` rewrites it.

use xtask::generator;

#[test]
fn the_checked_in_text_is_up_to_date() {
    let package = crate::repository();
    let folder = package.join("src/generated");
    let generated = generator::generate(&generator::read(&package).unwrap()).unwrap();
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        generated.write(&folder).unwrap();
    }
    for (name, text) in generated.files() {
        let checked_in = std::fs::read_to_string(folder.join(&name)).unwrap_or_default();
        let lines = checked_in.lines().chain(std::iter::repeat("")).zip(text.lines());
        let first = lines.clone().position(|(old, new)| old != new).unwrap_or(text.lines().count());
        assert!(
            checked_in == text,
            "src/generated/{name} is stale from line {}: run UPDATE_GENERATED=1 cargo test -p xtask --test spec generated",
            first + 1,
        );
    }
}
