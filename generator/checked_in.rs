//! Chooses between the code that a build generates and the checked-in code.
//!
//! A build uses whichever versions of the generator's dependencies cargo picks. If they generate different code from the same
//! documents, or fail, the tools changed, not the API: the build then uses the checked-in code, which was tested.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::{Document, Error, Generated, MODULES, message_of};

/// The first line of each generated file. It identifies the documents.
pub fn header(documents: &[Document]) -> String {
    let mut sorted: Vec<_> = documents.iter().collect();
    sorted.sort_by_key(|document| &document.file);
    let parts = sorted.into_iter().flat_map(|Document { file, text }| [file.clone(), text.replace("\r\n", "\n")]);
    // FNV-1a: nobody gains from a collision, and std's hashes differ between versions.
    let bytes = parts.flat_map(|part| (part + "\0").into_bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("// Generated from openapi/*.json ({hash:016x}) by the generator. Not edited by hand.")
}

/// The files that a build compiles.
#[derive(Debug)]
pub struct Choice {
    /// Each file's name and text.
    pub files: Vec<(String, String)>,
    /// Why the files are the checked-in ones although the build generated something else.
    pub warning: Option<String>,
}

/// Chooses the generated files, or the checked-in ones if they come from the same documents and differ.
pub fn choose(
    documents: &[Document],
    checked_in: &Path,
    generate: impl FnOnce(&[Document]) -> Result<Generated, Error>,
) -> Result<Choice, Error> {
    let generated = catch_unwind(AssertUnwindSafe(|| generate(documents)))
        .unwrap_or_else(|panic| Err(Error::at(super::FOLDER, "", message_of(&*panic))))
        .map(|generated| generated.files().to_vec());
    let checked_in: Vec<_> = MODULES.iter().map(|module| read(checked_in, &format!("{module}.rs"))).collect();
    let header = header(documents);
    if checked_in.iter().any(|(_, text)| text.lines().next() != Some(&header)) {
        return Ok(Choice { files: generated?, warning: None });
    }
    let difference = match generated {
        Ok(generated) if generated == checked_in => return Ok(Choice { files: generated, warning: None }),
        Ok(_) => "generate a different client from the same documents".to_owned(),
        Err(error) => format!("cannot generate a client from the same documents ({error})"),
    };
    let warning = format!(
        "the generator or its dependencies {difference}: using src/generated, which was tested; without the feature \
         `codegen`, nothing is generated"
    );
    Ok(Choice { files: checked_in, warning: Some(warning) })
}

/// A file's name and text; the text is empty if the file cannot be read.
fn read(folder: &Path, name: &str) -> (String, String) {
    let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
    (name.to_owned(), text.replace("\r\n", "\n"))
}
