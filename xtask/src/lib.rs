//! The maintainer's commands: what `cargo xtask` does, as a library for its tests.

pub mod compare;
pub mod input;
pub mod json;
pub mod package;
pub mod page;
pub mod report;
pub mod spec;
pub mod stage;
pub mod surface;
pub mod verdict;

mod generator {
    pub use crate::old::{Document, Error, unite};
    pub struct Generated(String);
    impl Generated {
        pub fn files(&self) -> [(&'static str, &str); 1] {
            [("client.rs", &self.0)]
        }
    }
    pub fn generate(documents: &[Document]) -> Result<Generated, Error> {
        crate::old::generate(documents).map(Generated)
    }
}

#[allow(dead_code, missing_docs, reason = "what build.rs needs of it, and the documentation, are not for here")]
#[path = "../../build/generator.rs"]
mod old;
