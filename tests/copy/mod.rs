//! A copy of the package with `tests/documents/page.json` as its only document, on which cargo runs as it would after a
//! change of the maintainer's.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

pub const PACKAGE: &str = env!("CARGO_MANIFEST_DIR");

/// The line of the manifest that names the members of the workspace, most of which a copy does not have.
const MEMBERS: &str = "members = [\"benches\", \"benches/by_hand\", \"xtask\"]";

/// A copy of the package.
pub struct Copy(pub PathBuf);

pub struct Run {
    pub succeeded: bool,
    pub printed: String,
}

impl Copy {
    pub fn new(name: &str) -> Self {
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&copy);
        for part in ["Cargo.lock", "README.md", "benches/by_hand", "build", "build.rs", "src", "tests/loopback"] {
            copy_all(&Path::new(PACKAGE).join(part), &copy.join(part)).unwrap();
        }
        copy_all(&Path::new(PACKAGE).join("tests/documents/page.json"), &copy.join("openapi/page.json")).unwrap();
        let manifest = fs::read_to_string(Path::new(PACKAGE).join("Cargo.toml")).unwrap();
        fs::write(copy.join("Cargo.toml"), manifest.replace(MEMBERS, "members = [\"benches/by_hand\"]")).unwrap();
        Self(copy)
    }

    /// Runs `cargo test` on the copy with this build's own features, so that the dependencies are there already.
    pub fn cargo(&self, arguments: &[&str]) -> Run {
        let features = [
            ("codegen", true),
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
    pub fn ran_build_script(&self) -> bool {
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
