//! A further page is one more file in `openapi/`: what is made of several pages compiles, and works over loopback.
//!
//! The package is copied, and cargo builds the copy as a maintainer's change to `openapi/` would be built.

mod copy;

use std::fs;
use std::path::Path;

use copy::{Copy, PACKAGE};

#[test]
fn a_client_of_three_pages_compiles_and_works() {
    let copy = Copy::new("further-pages");
    fs::copy(Path::new(PACKAGE).join("tests/further_pages/client.rs"), copy.0.join("tests/client.rs")).unwrap();
    fs::write(copy.0.join("tests/nothing.rs"), "").unwrap();
    let built = copy.cargo(&["--no-run", "--test", "nothing"]);
    assert!(built.succeeded && built.ran_build_script(), "{}", built.printed);

    // Only a change in openapi/ runs the generator again.
    for file in ["src/secret.rs", "README.md", "tests/nothing.rs"] {
        let text = fs::read(copy.0.join(file)).unwrap();
        fs::write(copy.0.join(file), text).unwrap();
    }
    let rebuilt = copy.cargo(&["--no-run", "--test", "nothing"]);
    assert!(rebuilt.succeeded && !rebuilt.ran_build_script(), "{}", rebuilt.printed);
    assert!(rebuilt.printed.contains("Compiling mantago"), "{}", rebuilt.printed);

    for page in ["clients.json", "bots.json"] {
        fs::copy(Path::new(PACKAGE).join("tests/documents").join(page), copy.0.join("openapi").join(page)).unwrap();
    }
    let tested = copy.cargo(&["--test", "client"]);
    assert!(tested.succeeded && tested.ran_build_script(), "{}", tested.printed);
    assert!(tested.printed.contains("test result: ok. 10 passed"), "{}", tested.printed);
    assert!(!tested.printed.contains("warning"), "{}", tested.printed);

    fs::write(copy.0.join("openapi/bots.json"), "{ not json").unwrap();
    let failed = copy.cargo(&["--no-run", "--test", "client"]);
    assert!(!failed.succeeded);
    let line =
        format!("error: mantago@{}: openapi/bots.json:1:3: not JSON: key must be a string", env!("CARGO_PKG_VERSION"));
    assert!(failed.printed.lines().any(|printed| printed == line), "{}", failed.printed);
}
