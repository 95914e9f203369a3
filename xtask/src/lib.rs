//! The maintainer's commands: what `cargo xtask` does, as a library for its tests.

pub mod bench;
pub mod compare;
pub mod input;
pub mod package;
pub mod page;
pub mod report;
pub mod spec;

#[allow(dead_code, missing_docs, reason = "what build.rs needs of it, and the documentation, are not for here")]
#[path = "../../generator/mod.rs"]
pub mod generator;
