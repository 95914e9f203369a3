//! Runs the program `mantago` and checks its requests, its output, its files and its exit status.

mod arguments;
mod delimiters;
mod disk;
#[path = "../../../examples/embedded_mantago/mod.rs"]
mod embedded_mantago;
mod failed_rows;
mod folder;
mod interruptions;
mod journal;
mod list;
mod output;
mod places;
mod sources;
mod stops;
mod streams;
#[allow(unexpected_cfgs, reason = "the program lacks these features of the SDK")]
#[path = "../../../tests/support/mod.rs"]
mod support;
