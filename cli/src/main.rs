//! The program `mantago`: the library beside it, started.

use std::process::ExitCode;

fn main() -> ExitCode {
    mantago_cli::main()
}
