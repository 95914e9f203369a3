//! Verifies what a build makes against the text that was checked in for the same documents.
//!
//! A build takes whatever versions of the generator's dependencies cargo picks. If they make another text of the same
//! documents, or none, they have moved and not the API: the checked-in text, which was tested, is the right one.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::{Document, Error, Generated, MODULES, message_of};

/// The first line of each file: it says of which documents the text is made.
pub fn header(documents: &[Document]) -> String {
    let mut sorted: Vec<_> = documents.iter().collect();
    sorted.sort_by_key(|document| &document.file);
    let parts = sorted.into_iter().flat_map(|Document { file, text }| [file.clone(), text.replace("\r\n", "\n")]);
    // FNV-1a: whether the documents are the same is no secret, and std's hashes differ from version to version.
    let bytes = parts.flat_map(|part| (part + "\0").into_bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("// Generated from openapi/*.json ({hash:016x}) by the generator. Not edited by hand.")
}

/// The folder that a build takes the text from: the checked-in one, if that is of the same documents, or else `out`. A
/// difference is no error there; why there is one comes with it.
pub fn choose(
    documents: &[Document],
    checked_in: &Path,
    out: &Path,
    generate: impl FnOnce(&[Document]) -> Result<Generated, Error>,
) -> Result<(PathBuf, Option<String>), Error> {
    let made = catch_unwind(AssertUnwindSafe(|| generate(documents)))
        .unwrap_or_else(|panic| Err(Error::at(super::FOLDER, "", message_of(&*panic))));
    let texts = MODULES.map(|name| fs::read_to_string(checked_in.join(format!("{name}.rs"))).unwrap_or_default());
    let texts = texts.map(|text| text.replace("\r\n", "\n"));
    let header = header(documents);
    if !texts.iter().all(|text| text.lines().next() == Some(&header)) {
        made?.write(out)?;
        return Ok((out.to_owned(), None));
    }
    let why = match made {
        Ok(made) if made.files().into_iter().map(|(_, text)| text).eq(texts) => None,
        Ok(_) => Some("make another client of the same documents".to_owned()),
        Err(error) => Some(format!("make no client of the same documents ({error})")),
    };
    let warning = why.map(|why| {
        format!(
            "the generator or its dependencies {why}: src/generated, which was tested, is used; without the feature \
             `codegen` nothing is generated"
        )
    });
    Ok((checked_in.to_owned(), warning))
}
