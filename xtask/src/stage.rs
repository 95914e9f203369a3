//! Compiles the changed package in a copy, before anything is written to the package itself.

use std::fmt::Write;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, io, thread};

/// Files with their new text, or `None` for a file to remove.
pub type Changes = Vec<(String, Option<String>)>;

/// Checks with cargo that the changed package compiles, with and without the feature `mock`, and that the examples in the
/// operations' documentation do.
pub fn compile(package: &Path, changes: &Changes, examples: &[String]) -> Result<(), String> {
    let target = target(package)?;
    let staged = folder(package, &target);
    let _ = fs::remove_dir_all(&staged);
    let laid_out = lay_out(package, &target, &staged, changes, examples);
    step();
    let compiled = laid_out
        .map_err(|error| format!("{}: {error}; nothing was changed", staged.display()))
        .and_then(|()| check(&staged, &target, ""))
        .and_then(|()| check(&staged, &target, "mock"));
    step();
    let _ = fs::remove_dir_all(&staged);
    compiled
}

/// Waits until no other command writes to the package, and locks others out while the returned file is open.
pub fn alone(package: &Path) -> Result<File, String> {
    let failed = |error: io::Error| format!("{}: {error}", package.display());
    let lock = folder(package, &target(package)?).with_extension("lock");
    write(&lock, "").map_err(failed)?;
    let file = File::open(lock).map_err(failed)?;
    if file.try_lock().is_err() {
        eprintln!("waiting: another command writes into {}", package.display());
        file.lock().map_err(failed)?;
    }
    Ok(file)
}

fn target(package: &Path) -> Result<PathBuf, String> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| package.join("target"), PathBuf::from);
    std::path::absolute(target).map_err(|error| error.to_string())
}

/// The copy's folder. It is the same in every run, so that a run cleans up after a killed one.
fn folder(package: &Path, target: &Path) -> PathBuf {
    let name: String = package.to_string_lossy().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    target.join("staged").join(name.trim_matches('-'))
}

fn check(package: &Path, target: &Path, feature: &str) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["check", "--quiet", "--lib", "--no-default-features", "--message-format=short", "--color=never"]);
    command.arg(format!("--features={feature}"));
    command.current_dir(package).env("CARGO_TARGET_DIR", target).env_remove("RUSTFLAGS");
    // The code comes from a page and must not see a token.
    command.env_remove("GH_TOKEN").env_remove("GITHUB_TOKEN");
    let output = command.output().map_err(|error| format!("cargo: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let first = stderr.lines().find(|line| line.contains("error")).unwrap_or("cargo check has failed");
    let with = if feature.is_empty() { String::new() } else { format!(" with {feature}") };
    Err(format!("the new client does not compile{with}: {first}; nothing was changed"))
}

/// Copies the package, applies the changes, and adds the examples as modules. The copy gets its own version: otherwise cargo
/// would reuse its build for the package.
fn lay_out(package: &Path, target: &Path, staged: &Path, changes: &Changes, examples: &[String]) -> io::Result<()> {
    copy(package, staged, target)?;
    for (file, text) in changes {
        let path = staged.join(file);
        text.as_ref().map_or_else(|| fs::remove_file(&path), |text| write(&path, text))?;
    }
    let manifest = staged.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)?;
    let line = text.lines().find(|line| line.starts_with("version = ")).unwrap_or_default();
    fs::write(manifest, text.replacen(line, &line.replacen('+', "+staged.", 1), 1))?;

    let library = staged.join("src/lib.rs");
    let mut text = fs::read_to_string(&library)?;
    text += "\nextern crate self as mantago;\n";
    for (number, example) in examples.iter().enumerate() {
        let _ = write!(text, "\n#[allow(dead_code)]\nmod example_{number} {{\n{example}}}\n");
    }
    fs::write(library, text)
}

/// Writes a file and creates its folder.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::write(path, text)
}

/// Copies a package without its build outputs and history.
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

/// Lets a test kill the command: prints "stopped" at the step in `XTASK_STOPPED_AT`, and waits.
pub fn step() {
    static STEPS: AtomicUsize = AtomicUsize::new(0);
    let step = STEPS.fetch_add(1, Ordering::Relaxed) + 1;
    if env::var("XTASK_STOPPED_AT").is_ok_and(|at| at == step.to_string()) {
        eprintln!("stopped");
        loop {
            thread::park();
        }
    }
}
