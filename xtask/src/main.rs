//! `cargo xtask`: the maintainers' commands.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::{Parser, Subcommand};
use xtask::Outcome;
use xtask::generator::{json, prose};
use xtask::package::Package;
use xtask::report::{FailOn, Format};
use xtask::spec::{self, Vendoring};

/// The maintainers' commands of this repository
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The package's folder [default: the repository in which cargo runs this, or else the current folder]
    #[arg(long, global = true, value_name = "FOLDER")]
    root: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// The vendored OpenAPI documents: compare them with the published pages, and vendor new ones
    #[command(subcommand)]
    Spec(Spec),
}

#[derive(Subcommand)]
enum Spec {
    /// Compare the vendored documents with the published pages
    ///
    /// Exit status: 0 no finding at or above --fail-on, 1 at least one, 2 the comparison failed.
    Check {
        /// The published pages: files, - for standard input, or https URLs [default: the documentation that
        /// openapi/sources.toml names]
        ///
        /// If several pages are vendored, each is named like its page: some-page.md
        inputs: Vec<String>,
        /// Compare with the pages as they were vendored, without the network
        #[arg(long, conflicts_with = "inputs")]
        offline: bool,
        /// The level from which a difference is a failure
        #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
        fail_on: FailOn,
        /// The format of the report
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// An earlier report of --format json: findings that it lacks come first and are marked as new
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
    },
    #[command(flatten)]
    Write(Vendoring),
    /// List the vendored documents: name, version of the API, day, URL
    List,
}

fn main() -> ExitCode {
    let Arguments { command: Command::Spec(command), root } = Arguments::parse();
    let done = folder(root).and_then(|folder| run(command, &Package::new(folder)));
    done.unwrap_or_else(|error| {
        let text = error.to_string();
        eprintln!("error: {}", text.lines().map(prose::visible).collect::<Vec<_>>().join("\n"));
        ExitCode::from(2)
    })
}

/// The package's folder, at run time: a `target` may be copied to another checkout after this program was compiled.
fn folder(given: Option<PathBuf>) -> Outcome<PathBuf> {
    if let Some(folder) = given {
        return Ok(folder);
    }
    let of_cargo = env::var_os("CARGO_MANIFEST_DIR").and_then(|xtask| Path::new(&xtask).parent().map(Path::to_owned));
    let folder = of_cargo.map_or_else(env::current_dir, Ok)?;
    if folder.join("openapi/sources.toml").is_file() {
        return Ok(folder);
    }
    let name = folder.display();
    Err(format!("{name}: no openapi/sources.toml: run cargo xtask in the repository, or name its folder with --root")
        .into())
}

fn run(command: Spec, package: &Package) -> Outcome<ExitCode> {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let today = now.split('T').next().unwrap_or_default();
    match command {
        Spec::Check { inputs, offline, fail_on, format, since } => {
            let mut report = spec::check(package, &inputs, offline)?;
            if let Some(file) = since {
                let name = file.display().to_string();
                let earlier = std::fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))?;
                report.since(&json::parse(&name, &earlier)?).map_err(|error| format!("{name}: {error}"))?;
            }
            print!("{}", report.print(format));
            return Ok(ExitCode::from(u8::from(report.fails(fail_on))));
        }
        Spec::Write(vendoring) => {
            let (written, summary) = spec::write(package, &vendoring, today)?;
            if !written.findings.is_empty() {
                println!("{}", written.print(Format::Text));
            }
            print!("{summary}");
            if let Vendoring::Update { report: Some(file), .. } = vendoring {
                let markdown = written.print(Format::Markdown);
                std::fs::write(&file, markdown).map_err(|error| format!("{}: {error}", file.display()))?;
            }
        }
        Spec::List => {
            for source in package.sources()? {
                println!("{}  {}  {}  {}", source.slug, source.version, source.taken, source.url);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
