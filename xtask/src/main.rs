//! `cargo xtask`: the maintainer's commands.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use xtask::bench;
use xtask::package::Package;
use xtask::report::{FailOn, Format};
use xtask::spec;

/// The maintainer's commands of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The vendored OpenAPI documents: compare them with the published pages, and vendor new ones
    #[command(subcommand)]
    Spec(Spec),
    /// Measure what the SDK costs next to a call by hand, and print the table that the README has
    ///
    /// It takes some ten minutes, and needs the feature native-tls to build. Instructions are counted where valgrind is.
    Bench,
}

#[derive(Subcommand)]
enum Spec {
    /// Compare the vendored documents with the published pages
    ///
    /// Exit status: 0 nothing at or above --fail-on, 1 something, 2 the comparison could not be made.
    Check {
        /// The published page: a file, - for standard input, or an https URL [default: the URL in openapi/sources.toml]
        input: Option<String>,
        /// The vendored page, by the name of its file, where there are several
        #[arg(long, value_name = "NAME")]
        page: Option<String>,
        /// From which level on a difference is a failure
        #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
        fail_on: FailOn,
        /// How the report is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// The package's folder [default: this repository]
        #[arg(long, value_name = "FOLDER")]
        root: Option<PathBuf>,
    },
    /// Vendor the published version: documents, src/generated.rs, version, changelog
    ///
    /// All files are written or none. Exit status: 0 done, or nothing to do; 2 refused, and nothing was changed.
    Update {
        /// The published page: a file, - for standard input, or an https URL [default: the URL in openapi/sources.toml]
        input: Option<String>,
        /// The vendored page, by the name of its file, where there are several
        #[arg(long, value_name = "NAME")]
        page: Option<String>,
        /// The package's folder [default: this repository]
        #[arg(long, value_name = "FOLDER")]
        root: Option<PathBuf>,
    },
    /// Vendor the document of a further page
    ///
    /// All files are written or none. Exit status: 0 done, or nothing to do; 2 refused, and nothing was changed.
    Add {
        /// The page: a file, - for standard input, or an https URL
        input: String,
        /// The page's address, where the input is not it; its last step names the document
        #[arg(long)]
        url: Option<String>,
        /// The package's folder [default: this repository]
        #[arg(long, value_name = "FOLDER")]
        root: Option<PathBuf>,
    },
    /// List the vendored documents: name, version of the API, day, URL
    List {
        /// The package's folder [default: this repository]
        #[arg(long, value_name = "FOLDER")]
        root: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Spec(command) => run(command),
        Command::Bench => {
            let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
            bench::run(&root, &today()).map(|()| ExitCode::SUCCESS)
        }
    };
    match done {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Spec) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Spec::Check { input, page, fail_on, format, root } => {
            let report = spec::check(&package(root), input.as_deref(), page.as_deref())?;
            print!("{}", report.print(format));
            let fails = report.findings().any(|finding| fail_on.includes(finding.level));
            Ok(ExitCode::from(u8::from(fails)))
        }
        Spec::Update { input, page, root } => {
            tell(&spec::update(&package(root), input.as_deref(), page.as_deref(), &today())?);
            Ok(ExitCode::SUCCESS)
        }
        Spec::Add { input, url, root } => {
            tell(&spec::add(&package(root), &input, url.as_deref(), &today())?);
            Ok(ExitCode::SUCCESS)
        }
        Spec::List { root } => {
            for source in package(root).sources()? {
                println!("{}  {}  {}  {}", source.slug, source.version, source.taken, source.url);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn package(root: Option<PathBuf>) -> Package {
    Package::new(root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")))
}

/// Today's date in UTC.
fn today() -> String {
    TimeZone::UTC.to_datetime(Timestamp::now()).date().to_string()
}

fn tell(written: &spec::Written) {
    if written.files.is_empty() {
        println!("nothing to do: the published documents are vendored already");
        return;
    }
    if written.report.findings().next().is_some() {
        println!("{}", written.report.print(Format::Text));
    }
    println!("written:");
    written.files.iter().for_each(|file| println!("  {file}"));
    println!("still to do:");
    written.remaining.iter().for_each(|task| println!("  {task}"));
}
