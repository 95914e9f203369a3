//! `cargo xtask`: the maintainer's commands.

use std::error::Error;
use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use xtask::json;
use xtask::package::Package;
use xtask::report::{FailOn, Format};
use xtask::spec::{self, Manner};

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
}

#[derive(Subcommand)]
enum Spec {
    /// Compare the vendored documents with the published pages
    ///
    /// Exit status: 0 nothing at or above --fail-on, 1 something, 2 the comparison could not be made.
    Check {
        /// The published pages: files, - for standard input, or https URLs [default: the URLs in openapi/sources.toml]
        ///
        /// Of several, each is named like its page.
        inputs: Vec<String>,
        /// The vendored page, by the name of its file, where there are several
        #[arg(long, value_name = "NAME")]
        page: Option<String>,
        /// From which level on a difference is a failure
        #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
        fail_on: FailOn,
        /// How the report is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// An earlier report of --format json: what is not in it comes first, and is marked
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
        /// The package's folder [default: this repository]
        #[arg(long, value_name = "FOLDER")]
        root: Option<PathBuf>,
    },
    /// Vendor the published version: documents, src/generated, version, changelog
    ///
    /// The new client is compiled before anything is written. A run that was killed is finished by the same command.
    /// Exit status: 0 done, or nothing to do; 2 refused, and nothing was changed.
    Update {
        /// The published pages: files, - for standard input, or https URLs [default: the URLs in openapi/sources.toml]
        ///
        /// Of several, each is named like its page.
        inputs: Vec<String>,
        /// The vendored page, by the name of its file, where there are several
        #[arg(long, value_name = "NAME")]
        page: Option<String>,
        /// Do not compile the new client first
        #[arg(long)]
        no_compile: bool,
        /// The package's folder [default: this repository]
        #[arg(long, value_name = "FOLDER")]
        root: Option<PathBuf>,
    },
    /// Vendor the document of a further page
    ///
    /// As update does. Exit status: 0 done, or nothing to do; 2 refused, and nothing was changed.
    Add {
        /// The page: a file, - for standard input, or an https URL
        input: String,
        /// The page's address, where the input is not it; its last step names the document
        #[arg(long)]
        url: Option<String>,
        /// Do not compile the new client first
        #[arg(long)]
        no_compile: bool,
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
    let Command::Spec(command) = Arguments::parse().command;
    match run(command) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Spec) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Spec::Check { inputs, page, fail_on, format, since, root } => {
            let mut report = spec::check(&package(root), &inputs, page.as_deref())?;
            if let Some(file) = since {
                let wrong = |error: &dyn Display| format!("{}: {error}", file.display());
                let earlier = std::fs::read_to_string(&file).map_err(|error| wrong(&error))?;
                let earlier = json::parse(&earlier).map_err(|error| wrong(&error))?;
                report.since(&earlier).map_err(|error| wrong(&error))?;
            }
            print!("{}", report.print(format));
            Ok(ExitCode::from(u8::from(report.fails(fail_on))))
        }
        Spec::Update { inputs, page, no_compile, root } => {
            let manner = Manner { today: &today(), compile: !no_compile };
            tell(&spec::update(&package(root), &inputs, page.as_deref(), manner)?);
            Ok(ExitCode::SUCCESS)
        }
        Spec::Add { input, url, no_compile, root } => {
            let manner = Manner { today: &today(), compile: !no_compile };
            tell(&spec::add(&package(root), &input, url.as_deref(), manner)?);
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
    println!(
        "{}",
        if written.compiled { "compiled: without and with the mock" } else { "not compiled (--no-compile)" }
    );
    println!("still to do:");
    written.remaining.iter().for_each(|task| println!("  {task}"));
}
