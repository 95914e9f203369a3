//! Starts the program `mantago`, whose code is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    mantago_cli::main()
}
