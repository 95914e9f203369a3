//! What the SDK costs next to a call by hand: the benches, clean builds and binaries, as one table.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::available_parallelism;
use std::time::Instant;

use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What a crate depends on that is built: a package here, with features, and what else its build script needs.
struct Dependency {
    package: &'static str,
    folder: &'static str,
    features: &'static [&'static str],
    build: &'static str,
}

const BY_HAND: Dependency = Dependency { package: "by-hand", folder: "benches/by_hand", features: &[], build: "" };
const MANTAGO: Dependency = Dependency { package: "mantago", folder: "", features: &[], build: "" };
/// In the version of the lock file.
const PROGENITOR: &str = "progenitor = { version = \"*\", default-features = false }";

/// A kind of build, and the features of the hand-written crate that it is compared with.
struct Build {
    name: &'static str,
    dependency: Dependency,
    hand_features: &'static [&'static str],
}

const BUILDS: [Build; 8] = [
    Build { name: "no TLS, without codegen", dependency: MANTAGO, hand_features: &["stream"] },
    Build {
        name: "no TLS, without codegen, to by hand without reqwest's stream",
        dependency: MANTAGO,
        hand_features: &[],
    },
    Build {
        name: "no TLS, with codegen",
        dependency: Dependency { features: &["codegen"], ..MANTAGO },
        hand_features: &["stream"],
    },
    Build {
        name: "no TLS, by hand with progenitor beside it, which is not even run",
        dependency: Dependency { features: &["stream"], build: PROGENITOR, ..BY_HAND },
        hand_features: &["stream"],
    },
    Build {
        name: "rustls, without codegen",
        dependency: Dependency { features: &["rustls"], ..MANTAGO },
        hand_features: &["rustls", "stream"],
    },
    Build {
        name: "rustls, with codegen (the default)",
        dependency: Dependency { features: &["rustls", "codegen"], ..MANTAGO },
        hand_features: &["rustls", "stream"],
    },
    Build {
        name: "rustls, by hand with progenitor beside it, which is not even run",
        dependency: Dependency { features: &["rustls", "stream"], build: PROGENITOR, ..BY_HAND },
        hand_features: &["rustls", "stream"],
    },
    Build {
        name: "rustls, with codegen, to reqwest's own rustls with aws-lc",
        dependency: Dependency { features: &["rustls", "codegen"], ..MANTAGO },
        hand_features: &["aws-lc", "stream"],
    },
];

/// How many times each build is made: one alone can be a tenth off, and the middle one counts.
const ROUNDS: usize = 5;

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
    print!("{}", rows(&output(&mut Command::new(built(root, "many")?))?));
    generator(root)?;
    let work = tempfile::tempdir()?;
    builds(root, work.path())?;
    binaries(root, work.path())
}

/// The ratios that criterion has found.
fn calls(root: &Path) -> Outcome<()> {
    let found = target(root)?.join("criterion");
    let groups = ["call", "without the network"].map(|group| found.join(group));
    for group in &groups {
        // Not what an earlier run has left there.
        let _ = fs::remove_dir_all(group);
    }
    output(cargo(root).args(["bench", "--package", "benches", "--bench", "call"]))?;
    for group in groups {
        let mut benches = fs::read_dir(group)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
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
    let executable = built(root, "instructions")?;
    for outcome in ["success", "error"] {
        let allocations = |side: &str| -> Outcome<u64> {
            Ok(output(Command::new(&executable).args([side, outcome, "1000"]))?.trim().parse()?)
        };
        let (sdk, hand) = (allocations("sdk")?, allocations("hand")?);
        println!("| allocations of a call: {outcome} | {} ({sdk} to {hand}) |", ratio(sdk, hand));
        if has_valgrind() {
            // Only the thread that calls, and only what 500 more calls add.
            let of_a_call = |side: &str| -> Outcome<u64> {
                let of = |calls: &str| instructions(&executable, &[side, outcome, calls]);
                Ok((of("600")? - of("100")?) / 500)
            };
            let (sdk, hand) = (of_a_call("sdk")?, of_a_call("hand")?);
            println!("| instructions of a call: {outcome} | {} ({sdk} to {hand}) |", ratio(sdk, hand));
        }
    }
    Ok(())
}

/// The generator's time and, where valgrind is, its instructions.
fn generator(root: &Path) -> Outcome<()> {
    let executable = built(root, "generator")?;
    print!("{}", rows(&output(&mut Command::new(&executable))?));
    if has_valgrind() {
        let (more, fewer) = (instructions(&executable, &["1000"])?, instructions(&executable, &["100"])?);
        println!("| generator on 1000 operations to  100, in instructions | {} |", ratio(more, fewer));
    }
    Ok(())
}

/// Builds a bench, and says where it is.
fn built(root: &Path, bench: &str) -> Outcome<PathBuf> {
    let arguments = ["bench", "--package", "benches", "--bench", bench, "--no-run", "--message-format=json"];
    let messages = output(cargo(root).args(arguments))?;
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executable = artifacts.filter_map(|artifact| artifact["executable"].as_str().map(PathBuf::from)).next_back();
    Ok(executable.ok_or_else(|| format!("cargo built no bench {bench}"))?)
}

fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok()
}

/// The instructions of a program's first thread.
fn instructions(executable: &Path, arguments: &[&str]) -> Outcome<u64> {
    let work = tempfile::tempdir()?;
    let file = work.path().join("callgrind.out");
    output(
        Command::new("valgrind")
            .args(["--tool=callgrind", "--separate-threads=yes", "--quiet"])
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(executable)
            .args(arguments),
    )?;
    let counted = fs::read_to_string(work.path().join("callgrind.out-01"))?;
    let total = counted.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.ok_or("callgrind has counted nothing")?.trim().parse()?)
}

/// Clean debug builds of a crate that depends on mantago, next to the hand-written one: the middle one of some rounds.
fn builds(root: &Path, work: &Path) -> Outcome<()> {
    let mut ratios = BUILDS.map(|_| Vec::new());
    let mut crates = BUILDS.map(|_| (0, 0));
    for _ in 0..ROUNDS {
        let mut by_hand = BTreeMap::new();
        for (row, Build { dependency, hand_features, .. }) in BUILDS.iter().enumerate() {
            if !by_hand.contains_key(hand_features) {
                let dependency = Dependency { features: hand_features, ..BY_HAND };
                by_hand.insert(hand_features, clean_build(root, work, &dependency)?);
            }
            let (hand_time, hand_crates) = by_hand[hand_features];
            let (time, count) = clean_build(root, work, dependency)?;
            ratios[row].push(time / hand_time);
            crates[row] = (count, hand_crates);
        }
    }
    for ((Build { name, .. }, ratios), (crates, hand_crates)) in BUILDS.iter().zip(&mut ratios).zip(crates) {
        ratios.sort_by(f64::total_cmp);
        let [least, middle, most] = [0, ROUNDS / 2, ROUNDS - 1].map(|at| ratios[at]);
        println!("| clean debug build: {name} | {middle:.2} ({least:.2} to {most:.2}) |");
        println!("| crates: {name} | {crates} to {hand_crates} |");
    }
    let time = build_script(root, work)?;
    println!("| build.rs on the vendored document, unoptimized as a debug build has it, in ms | {time:.0} |");
    Ok(())
}

/// The time that mantago's build script takes in a debug build, in milliseconds: the middle one of some runs.
fn build_script(root: &Path, work: &Path) -> Outcome<f64> {
    let dependency = Dependency { features: &["codegen"], ..MANTAGO };
    clean_build(root, work, &dependency)?;
    let user = work.join("user");
    let source = serde_json::json!(root.join("build.rs").canonicalize()?);
    let messages = output(cargo_of_user(&user).args(["build", "--message-format=json"]))?;
    let script = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(|message| {
        let target = &message["target"];
        let is_it = target["kind"][0] == "custom-build" && target["src_path"] == source;
        is_it.then(|| message["filenames"][0].as_str().map(PathBuf::from)).flatten()
    });
    let script = script.ok_or("cargo built no build script")?;
    let mut times = Vec::new();
    for _ in 0..11 {
        let start = Instant::now();
        output(Command::new(&script).env("CARGO_MANIFEST_DIR", root).env("OUT_DIR", work))?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// The time of a clean build in seconds, and the number of crates in it.
fn clean_build(root: &Path, work: &Path, dependency: &Dependency) -> Outcome<(f64, usize)> {
    let Dependency { package, folder, features, build } = dependency;
    let user = work.join("user");
    let _ = fs::remove_dir_all(&user);
    fs::create_dir_all(user.join("src"))?;
    fs::write(user.join("src/lib.rs"), "")?;
    fs::copy(root.join("Cargo.lock"), user.join("Cargo.lock"))?;
    let folder = serde_json::json!(root.join(folder).canonicalize()?);
    if !build.is_empty() {
        fs::write(user.join("build.rs"), "fn main() {}")?;
    }
    fs::write(
        user.join("Cargo.toml"),
        format!(
            "[package]\nname = \"user\"\nedition = \"2024\"\n\n[dependencies]\n{package} = {{ path = {folder}, \
             default-features = false, features = {features:?} }}\n\n[build-dependencies]\n{build}\n\n[workspace]\n"
        ),
    )?;
    let tree =
        output(cargo_of_user(&user).args(["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]))?;
    let mut crates: Vec<_> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    crates.sort_unstable();
    crates.dedup();
    let start = Instant::now();
    output(cargo_of_user(&user).args(["build", "--quiet"]))?;
    // Not the crate that depends on it.
    Ok((start.elapsed().as_secs_f64(), crates.len() - 1))
}

/// Never incrementally, as cargo builds what a user has from a registry: by path, they would be.
fn cargo_of_user(user: &Path) -> Command {
    let mut cargo = cargo(user);
    cargo.env("CARGO_TARGET_DIR", user.join("target")).env("CARGO_INCREMENTAL", "0");
    cargo
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
