//! The maintainer's commands: what `cargo xtask` does, as a library for its tests.

pub mod compare;
pub mod input;
pub mod package;
pub mod page;
pub mod report;
pub mod spec;
pub mod stage;
pub mod surface;
pub mod verdict;

#[allow(
    dead_code,
    missing_docs,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "what build.rs needs of it, and the documentation, are not for here"
)]
#[path = "../../generator/mod.rs"]
pub mod generator;
