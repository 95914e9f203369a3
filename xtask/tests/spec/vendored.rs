//! Each vendored document is identical to the document on its vendored page.

use std::fs;

use xtask::package::Package;
use xtask::page;

#[test]
fn each_vendored_document_is_its_pages() {
    let root = crate::repository();
    let sources = Package::new(root.clone()).sources().unwrap();
    assert!(!sources.is_empty());
    for source in sources {
        let taken = fs::read_to_string(root.join(source.copy())).unwrap();
        let document = page::document(&source.copy(), &taken).unwrap();
        assert_eq!(fs::read_to_string(root.join(&source.file)).unwrap(), format!("{document:#}\n"), "{}", source.file);
    }
}
