//! What the SDK costs next to a call by hand: the benches, clean builds and binaries, as one table.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::available_parallelism;
use std::time::Instant;

use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A kind of build: what it is called, mantago's features, and those of the hand-written crate that are alike.
const BUILDS: [(&str, &str, &str); 5] = [
    ("no TLS, without codegen", "", ""),
    ("no TLS, with codegen", "codegen", ""),
    ("rustls, without codegen", "rustls", "rustls"),
    ("rustls, with codegen (the default)", "rustls,codegen", "rustls"),
    ("rustls, with codegen, to reqwest's own rustls with aws-lc", "rustls,codegen", "aws-lc"),
];

/// Mantago's features in a binary, and those of the hand-written crate that are alike.
const BINARIES: [(&str, &str, &str); 5] = [
    ("no TLS", "", ""),
    ("rustls", "rustls", "rustls"),
    ("native-tls", "native-tls", "native-tls"),
    ("rustls, tracing", "rustls,tracing", "rustls"),
    ("rustls, codegen", "rustls,codegen", "rustls"),
];

/// Measures all, and prints row after row of a table in Markdown.
///
/// # Errors
/// One line if a command cannot be run, or fails.
pub fn run(root: &Path, day: &str) -> Outcome<()> {
    let cores = available_parallelism()?;
    println!("{day}, {cores} cores{}, {}\n", memory(), output(Command::new("rustc").arg("--version"))?.trim());
    println!("| what, next to the same by hand | ratio |\n|---|---:|");
    calls(root)?;
    costs(root)?;
    for bench in ["many", "generator"] {
        print!("{}", rows(&output(cargo(root).args(["bench", "--quiet", "--package", "benches", "--bench", bench]))?));
    }
    let work = tempfile::tempdir()?;
    builds(root, work.path())?;
    binaries(root, work.path())
}

/// The ratios that criterion has found.
fn calls(root: &Path) -> Outcome<()> {
    output(cargo(root).args(["bench", "--package", "benches", "--bench", "call"]))?;
    let found = target(root)?.join("criterion");
    for group in ["call", "without the network"] {
        let mut benches = fs::read_dir(found.join(group.replace(' ', "_")))
            .or_else(|_| fs::read_dir(found.join(group)))?
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<Vec<_>>>()?;
        benches.retain(|bench| bench.join("new/estimates.json").is_file());
        benches.sort();
        for bench in benches {
            let read =
                |file: &str| Ok::<Value, Box<dyn Error>>(serde_json::from_str(&fs::read_to_string(bench.join(file))?)?);
            let median = &read("new/estimates.json")?["median"];
            let name = read("new/benchmark.json")?["full_id"].as_str().unwrap_or_default().replace('/', ": ");
            let bounds = &median["confidence_interval"];
            let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
            println!(
                "| time: {name} | {:.3} ({:.3} to {:.3}) |",
                number(&median["point_estimate"]),
                number(&bounds["lower_bound"]),
                number(&bounds["upper_bound"])
            );
        }
    }
    Ok(())
}

/// Allocations and, where valgrind is, instructions of a call.
fn costs(root: &Path) -> Outcome<()> {
    let built = output(cargo(root).args([
        "bench",
        "--package",
        "benches",
        "--bench",
        "instructions",
        "--no-run",
        "--message-format=json",
    ]))?;
    let artifacts = built.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut executables = artifacts.filter_map(|artifact| artifact["executable"].as_str().map(PathBuf::from));
    let executable = executables.next_back();
    let executable = executable.ok_or("cargo built no bench instructions")?;
    let work = tempfile::tempdir()?;
    let has_valgrind = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok();
    for outcome in ["success", "error"] {
        let allocations = |side: &str| -> Outcome<u64> {
            Ok(output(Command::new(&executable).args([side, outcome, "1000"]))?.trim().parse()?)
        };
        let (sdk, hand) = (allocations("sdk")?, allocations("hand")?);
        println!("| allocations of a call: {outcome} | {} ({sdk} to {hand}) |", ratio(sdk, hand));
        if has_valgrind {
            // Only the thread that calls, and only what 500 more calls add.
            let instructions = |side: &str, calls: &str| -> Outcome<u64> {
                let file = work.path().join("callgrind.out");
                output(
                    Command::new("valgrind")
                        .args(["--tool=callgrind", "--separate-threads=yes", "--quiet"])
                        .arg(format!("--callgrind-out-file={}", file.display()))
                        .arg(&executable)
                        .args([side, outcome, calls]),
                )?;
                let counted = fs::read_to_string(work.path().join("callgrind.out-01"))?;
                let total = counted.lines().find_map(|line| line.strip_prefix("totals: "));
                Ok(total.ok_or("callgrind has counted nothing")?.trim().parse()?)
            };
            let of_a_call =
                |side: &str| Ok::<u64, Box<dyn Error>>((instructions(side, "600")? - instructions(side, "100")?) / 500);
            let (sdk, hand) = (of_a_call("sdk")?, of_a_call("hand")?);
            println!("| instructions of a call: {outcome} | {} ({sdk} to {hand}) |", ratio(sdk, hand));
        }
    }
    Ok(())
}

/// Clean debug builds of a crate that depends on mantago, and of the hand-written one.
fn builds(root: &Path, work: &Path) -> Outcome<()> {
    let mut by_hand = std::collections::BTreeMap::new();
    for (name, features, hand_features) in BUILDS {
        if !by_hand.contains_key(hand_features) {
            by_hand.insert(hand_features, clean_build(root, work, "by-hand", "benches/by_hand", hand_features)?);
        }
        let (hand_time, hand_crates) = by_hand[hand_features];
        let (time, crates) = clean_build(root, work, "mantago", "", features)?;
        println!("| clean debug build: {name} | {:.2} |", time / hand_time);
        println!("| crates: {name} | {crates} to {hand_crates} |");
    }
    Ok(())
}

/// The time of a clean build in seconds, and the number of crates in it.
fn clean_build(root: &Path, work: &Path, package: &str, folder: &str, features: &str) -> Outcome<(f64, usize)> {
    let user = work.join("user");
    let _ = fs::remove_dir_all(&user);
    fs::create_dir_all(user.join("src"))?;
    fs::write(user.join("src/lib.rs"), "")?;
    fs::copy(root.join("Cargo.lock"), user.join("Cargo.lock"))?;
    let features: Vec<_> = features.split(',').filter(|feature| !feature.is_empty()).collect();
    let dependency = serde_json::json!(root.join(folder).canonicalize()?);
    fs::write(
        user.join("Cargo.toml"),
        format!(
            "[package]\nname = \"user\"\nedition = \"2024\"\n\n[dependencies]\n{package} = {{ path = {dependency}, \
             default-features = false, features = {features:?} }}\n\n[workspace]\n"
        ),
    )?;
    let cargo = || {
        let mut cargo = cargo(&user);
        cargo.env("CARGO_TARGET_DIR", user.join("target"));
        cargo
    };
    let tree = output(cargo().args(["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]))?;
    let mut crates: Vec<_> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    crates.sort_unstable();
    crates.dedup();
    let start = Instant::now();
    output(cargo().args(["build", "--quiet"]))?;
    // Not the crate that depends on it.
    Ok((start.elapsed().as_secs_f64(), crates.len() - 1))
}

/// The sizes of stripped release binaries that do the same.
fn binaries(root: &Path, work: &Path) -> Outcome<()> {
    let target = work.join("release");
    let size = |package: &str, kind: [&str; 2], features: &str, path: &str| -> Outcome<u64> {
        output(
            cargo(root)
                .args([
                    "build",
                    "--quiet",
                    "--release",
                    "--no-default-features",
                    "--config",
                    "profile.release.strip=true",
                ])
                .args(["--package", package, "--features", features])
                .args(kind)
                .env("CARGO_TARGET_DIR", &target),
        )?;
        Ok(fs::metadata(target.join("release").join(path))?.len())
    };
    for (name, features, hand_features) in BINARIES {
        let hand = size("by-hand", ["--example", "by_hand"], hand_features, "examples/by_hand")?;
        let sdk = size("mantago", ["--example", "untag"], features, "examples/untag")?;
        println!(
            "| stripped release binary: {name} | {} ({} KiB to {} KiB) |",
            ratio(sdk, hand),
            sdk / 1024,
            hand / 1024
        );
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "none of them is that large")]
fn ratio(sdk: u64, hand: u64) -> String {
    format!("{:.2}", sdk as f64 / hand as f64)
}

/// The memory of this machine, where the system tells it.
fn memory() -> String {
    let read = || {
        let total = fs::read_to_string("/proc/meminfo").ok()?;
        let kib: u64 = total.lines().next()?.split_whitespace().nth(1)?.parse().ok()?;
        Some(format!(", {} GiB", kib.div_ceil(1024 * 1024)))
    };
    read().unwrap_or_default()
}

fn rows(printed: &str) -> String {
    printed.split_inclusive('\n').filter(|line| line.starts_with("| ")).collect()
}

fn target(root: &Path) -> Outcome<PathBuf> {
    let metadata = output(cargo(root).args(["metadata", "--no-deps", "--format-version=1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    Ok(PathBuf::from(metadata["target_directory"].as_str().unwrap_or_default()))
}

fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder);
    cargo
}

/// What a command prints, if it succeeds.
fn output(command: &mut Command) -> Outcome<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command.stderr(Stdio::inherit()).output().map_err(|error| format!("{program}: {error}"))?;
    if !done.status.success() {
        return Err(format!("{program}: {}", done.status).into());
    }
    Ok(String::from_utf8(done.stdout)?)
}
