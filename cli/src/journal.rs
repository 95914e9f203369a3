//! What was done, a line of JSON a step, beside the list. A line is on disk before a request is sent, and another one is
//! written after its outcome is known, so that whatever ends the program, or the machine, the next run knows what was
//! done, what was not, and what may have been.

use std::borrow::Cow;
use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use fs4::{FileExt, TryLockError};
use mantago::types::PersonalTagMappingRequest;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::list::{Rows, State};

/// What its name is, after that of the list.
pub const SUFFIX: &str = ".journal";

/// The first line: what is done to every client.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub bot_id: String,
    pub tag_id: String,
}

/// The other lines.
#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    state: State,
    #[serde(flatten)]
    request: Cow<'a, PersonalTagMappingRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, str>>,
}

/// What earlier runs have left, apart from the state of each client.
#[derive(Default)]
pub struct History {
    /// When the last outcome was written.
    pub last: Option<String>,
    /// The length of its complete lines in bytes.
    length: u64,
}

/// Reads a journal, if there is one, and writes nothing: not even a lock.
pub fn read(path: &Path, job: &Job, rows: &mut Rows) -> Result<History, String> {
    match File::open(path) {
        Ok(file) => History::read(&file, path, job, rows),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(History::default()),
        Err(error) => Err(wrong(path, error)),
    }
}

impl History {
    fn read(file: &File, path: &Path, job: &Job, rows: &mut Rows) -> Result<Self, String> {
        let (mut reader, mut history, mut line) = (BufReader::new(file), Self::default(), Vec::new());
        for number in 1.. {
            line.clear();
            reader.read_until(b'\n', &mut line).map_err(|error| wrong(path, error))?;
            // The last line is incomplete if the program was killed while it wrote. What it announced was not sent, and
            // what it reported is uncertain: as if the line were not there.
            if line.last() != Some(&b'\n') {
                break;
            }
            history
                .add(&line, number, job, rows)
                .map_err(|error| format!("{}, line {number}: {error}; --fresh begins a new journal", path.display()))?;
            history.length += line.len() as u64;
        }
        Ok(history)
    }

    fn add(&mut self, line: &[u8], number: u64, job: &Job, rows: &mut Rows) -> Result<(), String> {
        if number == 1 {
            let found: Job = serde_json::from_slice(line).map_err(|error| error.to_string())?;
            let Job { bot_id, tag_id } = &found;
            return if found == *job {
                Ok(())
            } else {
                Err(format!("this journal is of bot {bot_id} and tag {tag_id}"))
            };
        }
        let entry: Entry = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let client = entry.request.identity().map_err(|error| error.to_string())?;
        // A client that is no more in the list does not matter.
        if let Some(row) = rows.get_mut(&client) {
            row.state = Some(entry.state);
        }
        self.last = entry.at.or(self.last.take());
        Ok(())
    }
}

/// A journal that is this run's alone until it is dropped.
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    pub fn lock(path: &Path) -> Result<Self, String> {
        loop {
            let file = OpenOptions::new().read(true).append(true).create(true).open(path);
            let file = file.map_err(|error| wrong(path, error))?;
            match FileExt::try_lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(wrong(path, "another run is at work with this journal; nothing was sent"));
                }
                Err(TryLockError::Error(error)) => return Err(wrong(path, error)),
            }
            // Another run that came to nothing may have deleted it in the meantime.
            let same = file
                .try_clone()
                .and_then(same_file::Handle::from_file)
                .map(|locked| same_file::Handle::from_path(path).is_ok_and(|found| found == locked));
            if same.map_err(|error| wrong(path, error))? {
                return Ok(Self { file, path: path.to_owned() });
            }
        }
    }

    /// Copies what is there to a file beside it, and empties it. The lock stays.
    pub fn keep_aside(&self) -> Result<(), String> {
        if self.is_empty() {
            return Ok(());
        }
        for number in 1_u32.. {
            let mut kept = self.path.clone().into_os_string();
            kept.push(format!(".{number}"));
            let kept = PathBuf::from(kept);
            match File::create_new(&kept) {
                Ok(copy) => {
                    return self.copy_to(&copy).map_err(|error| {
                        // Half a journal is worse than none, and the old one is still in its place.
                        let _ = fs::remove_file(&kept);
                        wrong(&kept, error)
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(wrong(&kept, error)),
            }
        }
        Ok(())
    }

    fn copy_to(&self, mut copy: &File) -> io::Result<()> {
        (&self.file).rewind()?;
        io::copy(&mut &self.file, &mut copy)?;
        copy.sync_all()?;
        self.file.set_len(0)
    }

    pub fn read(&self, job: &Job, rows: &mut Rows) -> Result<History, String> {
        (&self.file).rewind().map_err(|error| wrong(&self.path, error))?;
        History::read(&self.file, &self.path, job, rows)
    }

    /// Gets ready to write after what is there.
    pub fn begin(self, job: &Job, history: &History) -> Result<Writer, String> {
        let ready = self.prepare(job, history.length);
        ready.map_err(|error| wrong(&self.path, error))?;
        let (lines, received) = mpsc::channel();
        let path = self.path.clone();
        Ok(Writer { lines, thread: thread::spawn(move || self.write(&received)), path })
    }

    fn prepare(&self, job: &Job, length: u64) -> io::Result<()> {
        if self.file.metadata()?.len() != length {
            self.file.set_len(length)?;
        }
        if length == 0 {
            (&self.file).write_all(&line(job)?)?;
            self.file.sync_all()?;
            // So that the file is still there after a power cut. Other systems than Unix have no such call.
            #[cfg(unix)]
            File::open(self.path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new(".")))?
                .sync_all()?;
        }
        Ok(())
    }

    /// Writes whatever has come in the meantime at once: the disk is waited for once a batch, not once a call.
    fn write(&self, lines: &mpsc::Receiver<Line>) -> io::Result<()> {
        let mut length = self.file.metadata()?.len();
        while let Ok(first) = lines.recv() {
            let batch: Vec<_> = std::iter::once(first).chain(lines.try_iter()).collect();
            let text: Vec<u8> = batch.iter().flat_map(|line| &line.text).copied().collect();
            let waiting: Vec<_> = batch.into_iter().filter_map(|line| line.is_on_disk).collect();
            let mut written = (&self.file).write_all(&text);
            // An outcome alone can wait: the call after it, in its place, has to wait for the disk.
            if !waiting.is_empty() {
                written = written.and_then(|()| self.file.sync_data());
            }
            if let Err(error) = written {
                // A part of a line, which another line must not follow. If that fails, too, the next run cuts it off.
                let _ = self.file.set_len(length);
                return Err(error);
            }
            length += text.len() as u64;
            for call in waiting {
                // A call that was given up does not wait any more.
                let _ = call.send(());
            }
        }
        self.file.sync_data()
    }

    fn is_empty(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| metadata.len() == 0)
    }
}

/// A run that came to nothing leaves nothing.
impl Drop for Journal {
    fn drop(&mut self) {
        if self.is_empty() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes in a thread of its own, because waiting for a disk would keep the calls from going on.
pub struct Writer {
    lines: mpsc::Sender<Line>,
    thread: JoinHandle<io::Result<()>>,
    path: PathBuf,
}

struct Line {
    text: Vec<u8>,
    is_on_disk: Option<oneshot::Sender<()>>,
}

/// The journal cannot be written any more. [`Writer::close`] says why.
pub struct NotWritten;

impl Writer {
    /// Returns when the line is on disk.
    pub async fn announce(&self, request: &PersonalTagMappingRequest) -> Result<(), NotWritten> {
        let entry = Entry { state: State::Sending, request: Cow::Borrowed(request), at: None, error: None };
        let (sender, is_on_disk) = oneshot::channel();
        let text = line(&entry).map_err(|_| NotWritten)?;
        self.lines.send(Line { text, is_on_disk: Some(sender) }).map_err(|_| NotWritten)?;
        is_on_disk.await.map_err(|_| NotWritten)
    }

    /// Does not wait for the disk. If it cannot be written, the next call is not begun.
    pub fn record(&self, state: State, request: &PersonalTagMappingRequest, error: Option<&str>) {
        let at = Some(humantime::format_rfc3339_seconds(SystemTime::now()).to_string());
        if let Ok(text) = line(&Entry { state, request: Cow::Borrowed(request), at, error: error.map(Cow::Borrowed) }) {
            let _ = self.lines.send(Line { text, is_on_disk: None });
        }
    }

    /// Returns when all lines are on disk.
    pub fn close(self) -> Result<(), String> {
        drop(self.lines);
        let written = self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that writes it ended")));
        written.map_err(|error| wrong(&self.path, error))
    }
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

fn wrong(path: &Path, error: impl Display) -> String {
    format!("{}: {error}", path.display())
}
