//! A folder in which a test runs the program.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::support::{SECRET, Server, TOKEN};

pub const ARGUMENTS: [&str; 5] = ["remove-tag", "--bot-id", "bot-7", "--tag-id", "vip"];

/// The first line of the journal of `clients.csv`, for these arguments and a base URL.
pub fn job(base_url: &str) -> String {
    format!("{{\"botId\":\"bot-7\",\"tagId\":\"vip\",\"baseUrl\":\"{base_url}\",\"list\":\"clients.csv\"}}\n")
}

pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(test: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mantago").join(format!("{test}-{number}"));
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
        // An incomplete line doesn't count.
        let lines = journal.split_inclusive('\n').skip(1).filter(|line| line.ends_with('\n'));
        let entries = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        entries.map(|entry| (text(&entry["clientId"]), text(&entry["state"]))).collect()
    }

    /// Assigns the journal to another server, which behaves differently.
    pub fn adopt_journal(&self, server: &Server) {
        let journal = self.read("clients.csv.journal");
        let (_, steps) = journal.split_once('\n').unwrap();
        self.write("clients.csv.journal", job(&server.url()) + steps);
    }

    /// The program with these arguments, and without the variables that it reads.
    pub fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mantago"));
        for name in ["MANTAGO_TOKEN", "MANTAGO_SECRET", "MANTAGO_BOT_ID", "MANTAGO_BASE_URL"] {
            command.env_remove(name);
        }
        command.current_dir(&self.0).args(arguments).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The program with credentials, for the bot and the tag of [`ARGUMENTS`].
    pub fn program(&self, base_url: &str, arguments: &[&str]) -> Command {
        self.program_for("bot-7", "vip", base_url, arguments)
    }

    pub fn program_for(&self, bot: &str, tag: &str, base_url: &str, arguments: &[&str]) -> Command {
        let mut command = self.bare(&["remove-tag", "--bot-id", bot, "--tag-id", tag]);
        command.args(arguments).env("MANTAGO_BASE_URL", base_url);
        command.env("MANTAGO_TOKEN", TOKEN).env("MANTAGO_SECRET", SECRET);
        command
    }

    pub async fn run(&self, server: &Server, arguments: &[&str]) -> Ended {
        end(self.program(&server.url(), arguments)).await
    }

    /// A dry run of `clients.csv`, without credentials.
    pub async fn dry_run(&self) -> Ended {
        self.dry_run_for(mantago::DEFAULT_BASE_URL).await
    }

    /// A dry run of `clients.csv` for a server, whose journal it reads.
    pub async fn dry_run_for(&self, base_url: &str) -> Ended {
        let mut command = self.bare(&ARGUMENTS);
        command.args(["--dry-run", "clients.csv"]).env("MANTAGO_BASE_URL", base_url);
        end(command).await
    }

    /// Runs the program in a shell command, as `$mantago`.
    pub fn shell(&self, base_url: &str, script: &str) -> Command {
        let program = self.program(base_url, &[]);
        let words: Vec<_> = std::iter::once(program.get_program()).chain(program.get_args()).collect();
        let mut shell = Command::new("bash");
        shell.args(["-c", script]).env("mantago", words.join(" ".as_ref())).current_dir(&self.0);
        shell.envs(program.get_envs().filter_map(|(name, text)| Some((name, text?))));
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shell
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
    /// The only line on standard error, without the time at its end.
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

/// A list of clients by `clientId`: the client `c1` for the number 1, and so on.
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
