//! The `journalctl` that reads for us: started, listened to, and started again behind the last entry.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::entries::Entries;
use super::options::{From, Options};
use crate::model::Nanos;
use crate::source::retry::{Backoff, Connection, Trouble};
use crate::source::{Batch, Signal, SourceContext, SourceState};

/// The program.
const PROGRAM: &str = "journalctl";

/// How much one read asks for.
const BLOCK_BYTES: usize = 256 * 1024;

/// A `journalctl` that has said nothing for so long waits for entries: there are none yet.
const QUIET: Duration = Duration::from_millis(500);

/// For how long what it complained of is waited for after its end.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What is kept of what it complains of.
const MAX_COMPLAINT: usize = 400;

/// The journal, with the cursor that outlives each `journalctl`.
pub(super) struct Reader {
    options: Options,
    cx: SourceContext,
    /// Of the last entry that was handed over.
    cursor: Option<String>,
    /// When the first `journalctl` was started that found something to read; entries that came since are owed.
    begun: Option<Nanos>,
}

impl Reader {
    /// Nothing is read so far.
    pub(super) fn new(options: Options, cx: SourceContext) -> Self {
        Self { options, cx, cursor: None, begun: None }
    }

    fn start(&self) -> Result<Child, Trouble> {
        let from = match (&self.cursor, self.begun) {
            (Some(cursor), _) => From::After(cursor),
            (None, Some(begun)) => From::Since(begun),
            (None, None) => From::Start,
        };
        let mut command = Command::new(PROGRAM);
        command.args(self.options.arguments(from)).env("LC_ALL", "C.UTF-8").env("SYSTEMD_COLORS", "0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Trouble::lasting(format!(
                "{PROGRAM} is not installed or not on the PATH; it is part of systemd, and reads journal files that were \
                 copied from elsewhere too (journald:?directory=PATH)"
            )),
            _ => Trouble::passing(format!("starting {PROGRAM}: {error}")),
        })
    }

    /// Hands over what the child prints until it prints no more.
    async fn read(
        &mut self,
        mut output: ChildStdout,
        complaint: &Complaint,
        backoff: &mut Backoff,
    ) -> Result<(), Trouble> {
        let mut entries = Entries::default();
        let mut block = vec![0; BLOCK_BYTES];
        let mut is_live = false;
        loop {
            let reading = output.read(&mut block);
            let is_patient = is_live && !entries.is_waiting();
            let outcome = if is_patient { Ok(reading.await) } else { tokio::time::timeout(QUIET, reading).await };
            if !matches!(outcome, Ok(Ok(1..))) {
                entries.give_up();
                self.send(&mut entries).await;
            }
            let chunk = match outcome {
                Err(_) => &[],
                Ok(Ok(0)) => return Ok(()),
                Ok(Ok(length)) => block.get(..length).unwrap_or_default(),
                Ok(Err(error)) => return Err(Trouble::passing(format!("reading from {PROGRAM}: {error}"))),
            };
            if !is_live {
                is_live = true;
                self.live(complaint, backoff);
            }
            self.hand_over(&mut entries, chunk).await;
        }
    }

    fn live(&mut self, complaint: &Complaint, backoff: &mut Backoff) {
        backoff.is_good();
        let is_partial = complaint.text().contains("not seeing messages");
        let hint = if is_partial { " · only your own entries: the group systemd-journal sees all" } else { "" };
        self.cx.status.set(SourceState::Live(format!("{}{hint}", self.options.place)));
    }

    async fn hand_over(&mut self, entries: &mut Entries, chunk: &[u8]) {
        let mut rest = chunk;
        while !rest.is_empty() {
            let taken = entries.feed(rest);
            rest = rest.get(taken..).unwrap_or_default();
            self.send(entries).await;
        }
    }

    /// Hands over what is whole. What still waits for its rest is handed over before another child goes on behind it.
    async fn send(&mut self, entries: &mut Entries) {
        let (batch, cursor, left_out) = entries.take();
        if left_out > 0 {
            self.cx.intake.reject(Signal::Logs, left_out);
        }
        if !batch.is_empty() {
            self.cx.intake.send(Batch::Lines(batch)).await;
        }
        if cursor.is_some() {
            self.cursor = cursor;
        }
    }

    /// What the end of the child means.
    fn ended(&self, status: ExitStatus, complaint: &str) -> Result<(), Trouble> {
        let place = &self.options.place;
        let says = |words: &str| complaint.contains(words);
        if says("insufficient permissions") || says("Permission denied") {
            return Err(Trouble::lasting(format!(
                "{place}: {complaint}; join the group systemd-journal (usermod -aG systemd-journal USER) and log in again"
            )));
        }
        if says("No journal files were found") || says("No such boot ID") {
            return Err(Trouble::passing(format!(
                "{place}: no journal files were found; is systemd-journald running there, or are they elsewhere \
                 (journald:?directory=PATH)?"
            )));
        }
        if status.success() && !self.options.follow {
            return Ok(());
        }
        let complaint = if complaint.is_empty() { String::new() } else { format!(": {complaint}") };
        let told = format!("{place}: {PROGRAM} ended by {status}{complaint}");
        // It explains itself where it was asked for something that it can not do; a signal says nothing.
        Err(if status.code().is_some_and(|code| code != 0) && !says("Failed to get journal fd") {
            Trouble::lasting(told)
        } else {
            Trouble::passing(told)
        })
    }
}

impl Connection for Reader {
    async fn run(&mut self, backoff: &mut Backoff) -> Result<(), Trouble> {
        let started = self.cx.clock.now();
        let mut child = self.start()?;
        let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(Trouble::passing(format!("{PROGRAM} was started without its pipes")));
        };
        let complaint = Complaint::default();
        let complaining = tokio::spawn(complaint.clone().listen(errors));
        let outcome = self.read(output, &complaint, backoff).await;
        if matches!(self.cx.status.get(), SourceState::Live(_)) {
            self.begun.get_or_insert(started);
        }
        outcome?;
        let status = child.wait().await.map_err(|error| Trouble::passing(format!("waiting for {PROGRAM}: {error}")))?;
        // Where somebody else holds the pipe open, what has been said so far has to do.
        let _is_all = tokio::time::timeout(LAST_WORDS, complaining).await;
        self.ended(status, &complaint.text())
    }
}

/// What it complains of, in one line; the beginning of it.
#[derive(Clone, Default)]
struct Complaint(Arc<Mutex<String>>);

impl Complaint {
    fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Listens until the end, so that the child never waits for a reader.
    async fn listen(self, errors: ChildStderr) {
        let mut lines = BufReader::new(errors).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if told.len() < MAX_COMPLAINT {
                let separator = if told.is_empty() { "" } else { "; " };
                told.push_str(separator);
                told.extend(String::from_utf8_lossy(&line).trim().chars().take(MAX_COMPLAINT));
            }
        }
    }
}
