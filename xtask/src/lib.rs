//! The maintainer's commands: what `cargo xtask` does, as a library for its tests. Nobody else sees it.

#![allow(missing_docs, clippy::missing_errors_doc, reason = "see above")]

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

#[allow(dead_code, rustdoc::private_intra_doc_links, reason = "it is build.rs's own")]
#[path = "../../generator/mod.rs"]
pub mod generator;

/// Whatever is wrong is said in one line, and what may be wrong is not told apart.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
