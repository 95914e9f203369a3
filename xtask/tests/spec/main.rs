//! The tests of `cargo xtask spec`, one module for each subject.

mod any_mutation;
mod cases;
mod checked_in;
mod commands;
mod drift;
mod forms;
mod generated;
mod generator;
mod generator_errors;
mod inline;
mod page;
mod trials;
mod vendored;
