//! The commands of `cargo xtask`, as a library so that tests can call them.

#![allow(missing_docs, clippy::missing_errors_doc, reason = "only the tests use it")]

pub mod changelog;
pub mod compare;
pub mod documentation;
pub mod finding;
pub mod index;
pub mod input;
pub mod package;
pub mod page;
pub mod published;
pub mod remaining;
pub mod report;
pub mod spec;
pub mod stage;
pub mod surface;
pub mod verdict;

#[allow(dead_code, rustdoc::private_intra_doc_links, reason = "build.rs owns it")]
#[path = "../../generator/mod.rs"]
pub mod generator;

/// The result of a command. Errors are one line of text: callers don't match on them.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
