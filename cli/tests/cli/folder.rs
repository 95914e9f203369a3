//! A folder for one test, in which the program runs.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{SECRET, Server, TOKEN};

pub const ARGUMENTS: [&str; 5] = ["remove-tag", "--bot-id", "bot-7", "--tag-id", "vip"];

/// The first line of a journal of these arguments.
pub const JOB: &str = "{\"botId\":\"bot-7\",\"tagId\":\"vip\"}\n";

pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mantago").join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub fn with_list(test: &str, list: impl AsRef<[u8]>) -> Self {
        let folder = Self::new(test);
        folder.write("clients.csv", list);
        folder
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The last state of each client in the journal.
    pub fn states(&self) -> HashMap<String, String> {
        let journal = self.read("clients.csv.journal");
        // What was cut off is no line.
        let lines = journal.split_inclusive('\n').skip(1).filter(|line| line.ends_with('\n'));
        let entries = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        entries.map(|entry| (text(&entry["clientId"]), text(&entry["state"]))).collect()
    }

    /// The program, without any variable of this environment that it reads.
    pub fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mantago"));
        for name in ["MANTAGO_TOKEN", "MANTAGO_SECRET", "MANTAGO_BOT_ID", "MANTAGO_BASE_URL"] {
            command.env_remove(name);
        }
        command.current_dir(&self.0).args(arguments).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The program for the bot and the tag, with credentials.
    pub fn program(&self, base_url: &str, arguments: &[&str]) -> Command {
        let mut command = self.bare(&ARGUMENTS);
        command.args(arguments).env("MANTAGO_BASE_URL", base_url);
        command.env("MANTAGO_TOKEN", TOKEN).env("MANTAGO_SECRET", SECRET);
        command
    }

    pub async fn run(&self, server: &Server, arguments: &[&str]) -> Ended {
        end(self.program(&server.url(), arguments)).await
    }

    /// Checks the list, and sends nothing.
    pub async fn dry_run(&self) -> Ended {
        let mut command = self.bare(&ARGUMENTS);
        command.args(["--dry-run", "clients.csv"]);
        end(command).await
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// The only line on standard error, without the time that it took.
    pub fn last_progress(&self) -> &str {
        self.stderr.split_once(", in ").filter(|(_, time)| time.lines().count() == 1).expect("one line").0
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

pub async fn end(mut command: Command) -> Ended {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap().into()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A list of clients by `clientId`.
pub fn list(clients: impl IntoIterator<Item = usize>) -> String {
    let rows = clients.into_iter().map(|number| format!("c{number}\n"));
    std::iter::once("clientId\n".to_owned()).chain(rows).collect()
}

/// The clients of a server's requests, sorted.
pub fn clients(server: &Server) -> Vec<String> {
    let mut clients: Vec<_> = server.requests().iter().map(|request| text(&request.json()["clientId"])).collect();
    clients.sort();
    clients
}
