//! The journal of a run: one line of JSON for each step. A line is on disk before its request is sent, and another line
//! follows when the outcome is known. Whatever ends the program or the machine, the next run knows which clients are done,
//! which are not, and which may be.

use std::borrow::Cow;
use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use fs4::{FileExt, TryLockError};
use mantago::types::PersonalTagMappingRequest;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::job::{self, Job, Place};
use crate::list::{Rows, State};

/// A line after the first one, which is the [`Job`].
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

/// The history of earlier runs, apart from the state of each client.
#[derive(Default)]
pub struct History {
    /// The time of the last outcome.
    pub last: Option<String>,
    /// The length of the complete lines in bytes.
    length: u64,
}

/// Reads a journal, if it exists, without writing anything, not even a lock.
pub fn read(path: &Path, job: &Job, rows: &mut Rows) -> Result<History, String> {
    match File::open(path) {
        Ok(file) => History::read(&file, path, job, rows),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(History::default()),
        Err(error) => Err(failed(path, error)),
    }
}

impl History {
    fn read(file: &File, path: &Path, job: &Job, rows: &mut Rows) -> Result<Self, String> {
        let (mut reader, mut history, mut line) = (BufReader::new(file), Self::default(), Vec::new());
        for number in 1.. {
            line.clear();
            reader.read_until(b'\n', &mut line).map_err(|error| failed(path, error))?;
            // The last line is incomplete if the program was killed while writing it. The request that it announces was
            // not sent, or the outcome that it reports is uncertain: as if the line were missing.
            let is_complete = line.last() == Some(&b'\n');
            let added = match (is_complete, number) {
                (true, 1) => job.check_line(&line),
                (true, _) => history.add(&line, rows),
                (false, 1) => job.check_start(&line),
                (false, _) => Ok(()),
            };
            added
                .map_err(|error| format!("{}, line {number}: {error}; --fresh begins a new journal", path.display()))?;
            if !is_complete {
                break;
            }
            history.length += line.len() as u64;
        }
        Ok(history)
    }

    fn add(&mut self, line: &[u8], rows: &mut Rows) -> Result<(), String> {
        let entry: Entry = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let client = entry.request.identity().map_err(|error| error.to_string())?;
        // The client may have been deleted from the list.
        if let Some(row) = rows.get_mut(&client) {
            row.state = Some(entry.state);
        }
        self.last = entry.at.or(self.last.take());
        Ok(())
    }
}

/// A journal, locked until it is dropped.
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Whether this run created it and has sent nothing yet. Such a journal is deleted again.
    is_unused: bool,
}

impl Journal {
    /// Locks the job's journal.
    pub fn lock(place: &Place, job: &Job) -> Result<Self, String> {
        for _ in 0..50 {
            let path = place.path(job);
            if let Some(journal) = Self::try_lock(path, job)? {
                // Another tag's run may have taken the short name in the meantime.
                if place.path(job) == path {
                    return Ok(journal);
                }
                continue;
            }
            if place.path(job) == path && job::first_line(path).is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(failed(place.path(job), "another run is using this journal; nothing was sent"))
    }

    fn try_lock(path: &Path, job: &Job) -> Result<Option<Self>, String> {
        let failed = |error: io::Error| format!("{}: {error}; --journal chooses another file", path.display());
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(failed(io::Error::other("expected a file for the journal")));
        }
        loop {
            let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
            match FileExt::try_lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // A run that sent nothing may have deleted it in the meantime.
            let locked = file.try_clone().and_then(same_file::Handle::from_file).map_err(failed)?;
            if same_file::Handle::from_path(path).is_ok_and(|found| found == locked) {
                let is_unused = file.metadata().map_err(failed)?.len() == 0;
                let journal = Self { file, path: path.to_owned(), is_unused };
                if is_unused {
                    journal.write_job(job).map_err(failed)?;
                }
                return Ok(Some(journal));
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write_job(&self, job: &Job) -> io::Result<()> {
        (&self.file).write_all(&line(job)?)?;
        self.file.sync_all()?;
        // So that the file still exists after a power cut. Other systems than Unix have no such call.
        #[cfg(unix)]
        File::open(self.path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new(".")))?
            .sync_all()?;
        Ok(())
    }

    /// Copies the journal to a file beside it, and empties it. The lock stays.
    pub fn keep_aside(&self) -> Result<(), String> {
        if self.is_unused {
            return Ok(());
        }
        for number in 1_u32.. {
            let mut kept = self.path.clone().into_os_string();
            kept.push(format!(".{number}"));
            let kept = PathBuf::from(kept);
            match File::create_new(&kept) {
                Ok(copy) => {
                    return self.copy_to(&copy).map_err(|error| {
                        // The original is still complete.
                        let _ = fs::remove_file(&kept);
                        failed(&kept, error)
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(&kept, error)),
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
        (&self.file).rewind().map_err(|error| failed(&self.path, error))?;
        History::read(&self.file, &self.path, job, rows)
    }

    /// Prepares to append lines.
    pub fn begin(mut self, job: &Job, history: &History) -> Result<Writer, String> {
        self.prepare(job, history.length).map_err(|error| failed(&self.path, error))?;
        self.is_unused = false;
        let (lines, received) = mpsc::channel();
        let path = self.path.clone();
        Ok(Writer { lines, thread: thread::spawn(move || self.write(&received)), path })
    }

    /// Cuts off an incomplete line.
    fn prepare(&self, job: &Job, length: u64) -> io::Result<()> {
        if self.file.metadata()?.len() != length {
            self.file.set_len(length)?;
        }
        if length == 0 { self.write_job(job) } else { Ok(()) }
    }

    /// Writes all lines that have arrived at once: the disk is waited for once a batch, not once a call.
    fn write(&self, lines: &mpsc::Receiver<Line>) -> io::Result<()> {
        let mut length = self.file.metadata()?.len();
        while let Ok(first) = lines.recv() {
            let batch: Vec<_> = std::iter::once(first).chain(lines.try_iter()).collect();
            let text: Vec<u8> = batch.iter().flat_map(|line| &line.text).copied().collect();
            let waiting: Vec<_> = batch.into_iter().filter_map(|line| line.is_on_disk).collect();
            let mut written = (&self.file).write_all(&text);
            // Outcomes need no sync of their own: the next call waits for the disk.
            if !waiting.is_empty() {
                written = written.and_then(|()| self.file.sync_data());
            }
            if let Err(error) = written {
                // No line may follow an incomplete one. If this fails, too, the next run cuts it off.
                let _ = self.file.set_len(length);
                return Err(error);
            }
            length += text.len() as u64;
            for call in waiting {
                // A call that was abandoned no longer waits.
                let _ = call.send(());
            }
        }
        self.file.sync_data()
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if self.is_unused {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes in its own thread, so that calls go on while it waits for the disk.
pub struct Writer {
    lines: mpsc::Sender<Line>,
    thread: JoinHandle<io::Result<()>>,
    path: PathBuf,
}

struct Line {
    text: Vec<u8>,
    is_on_disk: Option<oneshot::Sender<()>>,
}

/// The journal can't be written any more; [`Writer::close`] returns the cause.
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

    /// Doesn't wait for the disk. If this line can't be written, the next call isn't started.
    pub fn record(&self, state: State, request: &PersonalTagMappingRequest, error: Option<&str>) {
        let at = Some(humantime::format_rfc3339_seconds(SystemTime::now()).to_string());
        if let Ok(text) = line(&Entry { state, request: Cow::Borrowed(request), at, error: error.map(Cow::Borrowed) }) {
            let _ = self.lines.send(Line { text, is_on_disk: None });
        }
    }

    /// Returns when all lines are on disk.
    pub fn close(self) -> Result<(), String> {
        drop(self.lines);
        let written = self.thread.join().unwrap_or_else(|_| Err(io::Error::other("its thread ended")));
        written.map_err(|error| failed(&self.path, error))
    }
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

fn failed(path: &Path, error: impl Display) -> String {
    format!("{}: {error}", path.display())
}
