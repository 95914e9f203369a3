//! The new tree, compiled before anything of it is put in place.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, io};

use crate::package::Changes;

/// Checks with cargo that the package compiles with the changes, without and with the mock.
///
/// # Errors
/// The compiler's first error.
pub fn compile(package: &Path, changes: &Changes) -> Result<(), String> {
    let package = package.canonicalize().map_err(|error| format!("{}: {error}", package.display()))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| package.join("target"), PathBuf::from);
    let target = std::path::absolute(target).map_err(|error| error.to_string())?;
    // Always the same folder for a package: what a killed run has left there is used again.
    let name: String = package.to_string_lossy().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let staged = target.join("staged").join(name.trim_matches('-'));
    let _ = fs::remove_dir_all(&staged);
    let fill = || -> io::Result<()> {
        copy(&package, &staged, &target)?;
        for (file, text) in changes {
            let path = staged.join(file);
            fs::create_dir_all(path.parent().unwrap_or(&staged))?;
            fs::write(path, text)?;
        }
        Ok(())
    };
    fill().map_err(|error| format!("{}: {error}", staged.display()))?;
    step();
    let compiled = [None, Some("mock")].into_iter().try_for_each(|feature| check(&staged, &target, feature));
    step();
    let _ = fs::remove_dir_all(&staged);
    compiled
}

fn check(package: &Path, target: &Path, feature: Option<&str>) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = |offline: bool| {
        let mut command = Command::new(&cargo);
        command.args(["check", "--quiet", "--lib", "--no-default-features", "--message-format=short", "--color=never"]);
        command.args(feature.map(|feature| format!("--features={feature}")));
        command.args(offline.then_some("--offline"));
        command.current_dir(package).env("CARGO_TARGET_DIR", target).env_remove("RUSTFLAGS").output()
    };
    let mut output = run(true).map_err(|error| format!("cargo: {error}"))?;
    let mut said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() && said.contains("--offline") {
        output = run(false).map_err(|error| format!("cargo: {error}"))?;
        said = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    if output.status.success() {
        return Ok(());
    }
    let first = said.lines().find(|line| line.contains("error")).unwrap_or("cargo check has failed");
    let with = feature.map_or_else(String::new, |feature| format!(" with {feature}"));
    Err(format!("the new client does not compile{with}: {first}; nothing was changed"))
}

/// Copies a package without what is built of it, and without its history.
fn copy(from: &Path, to: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if [".git", "target"].iter().any(|skipped| name == *skipped) || path == target {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&path, &to.join(name), target)?;
        } else {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// A point at which a test may have the command killed: at the step whose number `XTASK_KILLED_AT` says.
pub fn step() {
    static STEPS: AtomicUsize = AtomicUsize::new(0);
    let number = STEPS.fetch_add(1, Ordering::Relaxed) + 1;
    if env::var("XTASK_KILLED_AT").is_ok_and(|at| at == number.to_string()) {
        std::process::abort();
    }
}
