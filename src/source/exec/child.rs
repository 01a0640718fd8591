//! One run of a command: its process and its two pipes.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::maybe_done;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use super::GRACE;
use super::group::Group;
use super::options::Job;
use super::stream::{Pulse, Stream};
use crate::model::{Attributes, Resource};
use crate::source::{SourceContext, SourceError};

/// When nothing has come for so long after the end, nothing will: the command's own output is in the pipes by then.
const QUIET: Duration = Duration::from_millis(200);

/// What is read of a pipe after the end, at most, if others keep writing: what a pipe holds if it was made as large as can be.
const LEFT_BYTES: u64 = 1 << 20;

/// A command that runs.
pub(super) struct Running {
    child: Child,
    group: Group,
    pid: u32,
    pipes: Option<(ChildStdout, ChildStderr)>,
    name: String,
}

/// How a run ended.
pub(super) struct Ending {
    pub(super) status: ExitStatus,
    /// Whether something else keeps a pipe open.
    pub(super) is_held: bool,
}

impl Running {
    /// Starts `job`'s command.
    pub(super) fn start(job: &Job) -> Result<Self, SourceError> {
        let failed = |why: String| SourceError::Io { doing: format!("running {}", job.label()), why };
        if let Some(folder) = job.folder.as_deref().filter(|folder| !folder.is_dir()) {
            return Err(failed(format!("there is no folder {} to run it in", folder.display())));
        }
        let mut command = shell(&job.command);
        command.envs(job.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(job.folder.as_deref().unwrap_or(Path::new(".")));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let pid = child.id().unwrap_or_default();
        let pipes = child.stdout.take().zip(child.stderr.take());
        Ok(Self { child, group: Group::of(pid), pid, pipes, name: job.name.clone() })
    }

    /// The number of its process.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Reads what it writes until it ends. `None`: the source has to stop, and it was made to end.
    pub(super) async fn attend(&mut self, cx: &SourceContext) -> Option<Ending> {
        let (out, err) = self.pipes.take()?;
        let pulses = [Pulse::new(), Pulse::new()];
        let [of_out, of_err] = &pulses;
        let mut stdout = Stream::new(cx, of_out, None, self.resource("stdout"));
        let mut stderr = Stream::new(cx, of_err, Some(format!("{} stderr", self.name).into()), self.resource("stderr"));
        let outcome = {
            let read = async { tokio::join!(stdout.read(out), stderr.read(err)) };
            let mut reading = std::pin::pin!(maybe_done(read));
            let mut is_read = false;
            let status = loop {
                tokio::select! {
                    biased;
                    () = cx.shutdown.cancelled() => break None,
                    status = self.child.wait() => break Some(status),
                    () = &mut reading, if !is_read => is_read = true,
                }
            };
            if let Some(status) = status {
                self.group.is_gone();
                Some((status, drain(reading, &pulses, cx).await))
            } else {
                self.stop(reading).await;
                None
            }
        };
        let flushing = async { tokio::join!(stdout.flush(), stderr.flush()) };
        tokio::select! {
            biased;
            _ = flushing => {}
            () = cx.shutdown.cancelled() => {}
        }
        let (status, is_held) = outcome?;
        Some(Ending { status: status.ok()?, is_held })
    }

    /// Makes it end, with everything it has started. Its last words are taken meanwhile.
    async fn stop(&mut self, rest: impl Future<Output = ()>) {
        self.group.ask();
        let ended = async { tokio::join!(self.child.wait(), rest) };
        // Who does not end in time is not asked again.
        timeout(GRACE, ended).await.ok();
        self.group.end();
        self.child.start_kill().ok();
    }

    fn resource(&self, stream: &str) -> Arc<Resource> {
        let mut attributes = Attributes::default();
        attributes.set("log.iostream", stream);
        attributes.set("process.pid", i64::from(self.pid));
        Arc::new(Resource { attributes })
    }
}

/// Waits for `rest`, the end of both pipes, or until only others can still write to them. Answers whether others can.
async fn drain(rest: impl Future<Output = ()>, pulses: &[Pulse; 2], cx: &SourceContext) -> bool {
    let bytes = || pulses.iter().map(Pulse::bytes).sum::<Option<u64>>();
    for pulse in pulses {
        pulse.limit(LEFT_BYTES);
    }
    let mut rest = std::pin::pin!(rest);
    loop {
        let before = bytes();
        tokio::select! {
            biased;
            () = &mut rest => return pulses.iter().any(Pulse::is_over),
            () = cx.shutdown.cancelled() => return true,
            () = sleep(QUIET) => {}
        }
        if before.is_some() && before == bytes() {
            return true;
        }
    }
}

#[cfg(unix)]
fn shell(text: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(text).process_group(0);
    command
}

#[cfg(not(unix))]
fn shell(text: &str) -> Command {
    let mut command = Command::new("cmd");
    command.arg("/C").arg(text);
    command
}
