//! The program `mantago`, as it is run: what it takes, what it sends, what it prints and writes, and how it ends.

mod arguments;
mod disk;
#[path = "../../../examples/embedded_mantago/mod.rs"]
mod embedded_mantago;
mod folder;
mod interruptions;
mod journal;
mod list;
mod output;
mod stops;
#[allow(unexpected_cfgs, reason = "features of the SDK that the program does not have")]
#[path = "../../../tests/support/mod.rs"]
mod support;
