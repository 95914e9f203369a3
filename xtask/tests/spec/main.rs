//! The tests of `cargo xtask spec`, one module for each subject.

mod any_mutation;
mod attribution;
mod cases;
mod commands;
mod documentation;
mod drift;
mod forms;
mod generated;
mod generator;
mod generator_errors;
mod page;
mod prose;
mod trials;
mod vendored;
