//! A further page is one more file in `openapi/`: what is made of several pages compiles, and works over loopback.
//!
//! The package is copied, and cargo builds the copy as a maintainer's change to `openapi/` would be built.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

const PACKAGE: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn a_client_of_three_pages_compiles_and_works() {
    let copy = Copy::new();
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
        fs::copy(Path::new(PACKAGE).join("tests/further_pages").join(page), copy.0.join("openapi").join(page)).unwrap();
    }
    let tested = copy.cargo(&["--test", "client"]);
    assert!(tested.succeeded && tested.ran_build_script(), "{}", tested.printed);
    assert!(tested.printed.contains("test result: ok. 9 passed"), "{}", tested.printed);
    assert!(!tested.printed.contains("warning"), "{}", tested.printed);

    fs::write(copy.0.join("openapi/bots.json"), "{ not json").unwrap();
    let failed = copy.cargo(&["--no-run", "--test", "client"]);
    assert!(!failed.succeeded);
    let line =
        format!("error: mantago@{}: openapi/bots.json:1:3: not JSON: key must be a string", env!("CARGO_PKG_VERSION"));
    assert!(failed.printed.lines().any(|printed| printed == line), "{}", failed.printed);
}

/// A copy of the package with the test of the further pages in it.
struct Copy(PathBuf);

struct Run {
    succeeded: bool,
    printed: String,
}

impl Copy {
    fn new() -> Self {
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("further-pages");
        let _ = fs::remove_dir_all(&copy);
        for part in ["Cargo.lock", "README.md", "build", "build.rs", "openapi", "src", "tests/loopback"] {
            copy_all(&Path::new(PACKAGE).join(part), &copy.join(part)).unwrap();
        }
        let manifest = fs::read_to_string(Path::new(PACKAGE).join("Cargo.toml")).unwrap();
        fs::write(copy.join("Cargo.toml"), manifest.replace("members = [\"xtask\"]", "members = []")).unwrap();
        fs::copy(Path::new(PACKAGE).join("tests/further_pages/client.rs"), copy.join("tests/client.rs")).unwrap();
        fs::write(copy.join("tests/nothing.rs"), "").unwrap();
        Self(copy)
    }

    /// Runs `cargo test` on the copy with this build's own features, so that the dependencies are there already.
    fn cargo(&self, arguments: &[&str]) -> Run {
        let features = [
            ("rustls", cfg!(feature = "rustls")),
            ("native-tls", cfg!(feature = "native-tls")),
            ("mock", cfg!(feature = "mock")),
            ("tracing", cfg!(feature = "tracing")),
        ];
        let features: Vec<_> = features.into_iter().filter_map(|(name, on)| on.then_some(name)).collect();
        let output = Command::new(env!("CARGO"))
            .args(["test", "--verbose", "--offline", "--no-default-features", "--features"])
            .arg(features.join(","))
            .args(arguments)
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
            .env("CARGO_TERM_COLOR", "never")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        Run { succeeded: output.status.success(), printed: printed.into_owned() }
    }
}

impl Run {
    fn ran_build_script(&self) -> bool {
        self.printed.lines().any(|line| line.contains("Running") && line.contains("build-script-build"))
    }
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
