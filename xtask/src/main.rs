//! `cargo xtask`: the maintainer's commands.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::{Args, Parser, Subcommand};
use xtask::generator::json;
use xtask::package::Package;
use xtask::report::{FailOn, Format};
use xtask::spec::{self, Written};

/// The maintainer's commands of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The package's folder [default: this repository]
    #[arg(long, global = true, value_name = "FOLDER", default_value = REPOSITORY, hide_default_value = true)]
    root: PathBuf,
}

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

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
    /// Exit status: 0 nothing at or above --fail-on, 1 something, 2 the comparison could not be made.
    Check {
        #[command(flatten)]
        pages: Pages,
        /// Read no page: compare with the pages as they were taken
        #[arg(long, conflicts_with = "inputs")]
        offline: bool,
        /// From which level on a difference is a failure
        #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
        fail_on: FailOn,
        /// How the report is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// An earlier report of --format json: what is not in it comes first, and is marked
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
    },
    /// Vendor the published version: documents, src/generated, version, changelog
    ///
    /// The new client is compiled before anything is written. If a run is killed, run the same command again.
    /// Exit status: 0 done, or nothing to do; 2 refused, and nothing was changed.
    Update {
        #[command(flatten)]
        pages: Pages,
        /// Do not compile the new client first
        #[arg(long)]
        no_compile: bool,
    },
    /// Vendor the document of another page
    ///
    /// As update does. Exit status: 0 done, or nothing to do; 2 refused, and nothing was changed.
    Add {
        /// The page: a file, - for standard input, or an https URL
        #[arg(required_unless_present = "all")]
        input: Option<String>,
        /// The page's address, if the input is not it and the index does not list its name; its last step names the document
        #[arg(long, requires = "input")]
        url: Option<String>,
        /// Every page of the documentation that has operations and is not vendored
        #[arg(long, conflicts_with = "input")]
        all: bool,
        /// Do not compile the new client first
        #[arg(long)]
        no_compile: bool,
    },
    /// Take the document of a page out
    ///
    /// As update does. Exit status: 0 done; 2 refused, and nothing was changed.
    Remove {
        /// The name of the document, as list shows it
        name: String,
        /// Do not compile the new client first
        #[arg(long)]
        no_compile: bool,
    },
    /// List the vendored documents: name, version of the API, day, URL
    List,
}

#[derive(Args)]
struct Pages {
    /// The published pages: files, - for standard input, or https URLs [default: the documentation that
    /// openapi/sources.toml names]
    ///
    /// If several pages are vendored, each is named like its page: some-page.md
    inputs: Vec<String>,
}

fn main() -> ExitCode {
    let Arguments { command: Command::Spec(command), root } = Arguments::parse();
    run(command, &Package::new(root)).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

fn run(command: Spec, package: &Package) -> Result<ExitCode, Box<dyn Error>> {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let today = now.split('T').next().unwrap_or_default();
    match command {
        Spec::Check { pages, offline, fail_on, format, since } => {
            let mut report = spec::check(package, &pages.inputs, offline)?;
            if let Some(file) = since {
                let name = file.display().to_string();
                let earlier = std::fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))?;
                report.since(&json::parse(&name, &earlier)?).map_err(|error| format!("{name}: {error}"))?;
            }
            print!("{}", report.print(format));
            return Ok(ExitCode::from(u8::from(report.fails(fail_on))));
        }
        Spec::Update { pages, no_compile } => print(&spec::update(package, &pages.inputs, today, !no_compile)?),
        Spec::Add { input, url, no_compile, .. } => print(&match input {
            Some(input) => spec::add(package, &input, url.as_deref(), today, !no_compile)?,
            None => spec::add_all(package, today, !no_compile)?,
        }),
        Spec::Remove { name, no_compile } => print(&spec::remove(package, &name, today, !no_compile)?),
        Spec::List => {
            for source in package.sources()? {
                println!("{}  {}  {}  {}", source.slug, source.version, source.taken, source.url);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(written: &Written) {
    if written.files.is_empty() {
        return println!("nothing to do: the published documents are vendored already");
    }
    if !written.report.findings().is_empty() {
        println!("{}", written.report.print(Format::Text));
    }
    println!("written:\n  {}", written.files.join("\n  "));
    println!(
        "{}",
        if written.compiled { "compiled: without and with the mock" } else { "not compiled (--no-compile)" }
    );
    println!("still to do:\n  {}", written.remaining.join("\n  "));
}
