//! A further page is one more file in `openapi/`: what is made of several pages compiles, and works over loopback.
//!
//! The package is copied with two more documents in it and a test of their operations, which cargo then runs.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

#[test]
fn a_client_of_three_pages_compiles_and_works() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let copy = target.join("further-pages");
    let _ = fs::remove_dir_all(&copy);
    for part in ["Cargo.lock", "README.md", "build", "build.rs", "openapi", "src", "tests/loopback"] {
        copy_all(&package.join(part), &copy.join(part)).unwrap();
    }
    for page in ["clients.json", "bots.json"] {
        fs::copy(package.join("tests/further_pages").join(page), copy.join("openapi").join(page)).unwrap();
    }
    fs::copy(package.join("tests/further_pages/client.rs"), copy.join("tests/client.rs")).unwrap();
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    fs::write(copy.join("Cargo.toml"), manifest + "\n[workspace]\n").unwrap();

    let features: Vec<_> = [
        ("rustls", cfg!(feature = "rustls")),
        ("native-tls", cfg!(feature = "native-tls")),
        ("mock", cfg!(feature = "mock")),
    ]
    .into_iter()
    .filter_map(|(name, on)| on.then_some(name))
    .collect();
    let output = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--locked", "--no-default-features", "--test", "client", "--features"])
        .arg(features.join(","))
        .current_dir(&copy)
        // The dependencies are built there already.
        .env("CARGO_TARGET_DIR", target.parent().unwrap())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("test result: ok. 8 passed"), "{printed}");
    assert!(!printed.contains("warning"), "{printed}");
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to.parent().unwrap())?;
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        copy_all(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}
