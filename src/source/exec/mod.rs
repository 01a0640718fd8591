//! A command that is started and whose output is read: its standard output and its standard error, each as lines of its
//! own, and its end.
//!
//! The shell runs it, in a process group of its own and with nothing to read. While the intake is full the command waits
//! in its next write; nothing is lost. When the source has to stop, the whole group is told to end and, after
//! [`GRACE`], made to. Where the command ends and something it started keeps its output open, that is not waited
//! for (`child`). How it ended is a record of the log and the source's state (`exit`); it may be started again.

mod child;
mod exit;
mod group;
mod options;
mod stream;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use self::child::{Ending, Running};
use self::exit::Exit;
use self::options::{Job, Restart};
use super::retry::{Backoff, Trouble};
use super::{Batch, Parameter, Source, SourceContext, SourceError, SourceKind, SourceSpec, SourceState};
use crate::model::{Attributes, LogRecord, Resource};

/// How long a command that was told to end may take. A source has a second in all.
const GRACE: Duration = Duration::from_millis(600);

/// The kind of source that runs a command.
pub(super) struct ExecKind;

impl SourceKind for ExecKind {
    fn name(&self) -> &'static str {
        "exec"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["exec"]
    }

    fn about(&self) -> &'static str {
        "Runs a command by the shell and reads its standard output and standard error."
    }

    fn example(&self) -> &'static str {
        "exec:npm run dev"
    }

    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &[options::EXEC]
    }

    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(ExecSource { job: Job::parse(spec)? }))
    }
}

struct ExecSource {
    job: Job,
}

impl Source for ExecSource {
    fn label(&self) -> String {
        self.job.label()
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn has_parts(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        async move { self.job.run(&cx).await }.boxed()
    }
}

impl Job {
    /// Runs the command, as often as it is to be.
    async fn run(&self, cx: &SourceContext) -> Result<(), SourceError> {
        let mut backoff = Backoff::new();
        loop {
            let began = Instant::now();
            let mut running = Running::start(self)?;
            let pid = running.pid();
            cx.status.set(SourceState::Live(format!("process {pid}")));
            backoff.is_good();
            let Some(Ending { status, is_held }) = running.attend(cx).await else { return Ok(()) };
            let exit = Exit { status, lasted: began.elapsed(), is_held };
            self.record(&exit, pid, cx).await;
            let starts_again = match self.restart {
                Restart::No => false,
                Restart::OnFailure => !exit.is_success(),
                Restart::Always => true,
            };
            if !starts_again {
                cx.status.set(SourceState::Ended(exit.to_string()));
                return Ok(());
            }
            if !backoff.pause(Trouble::passing(exit.to_string()), cx).await {
                return Ok(());
            }
        }
    }

    /// Tells of the end as a record.
    async fn record(&self, exit: &Exit, pid: u32, cx: &SourceContext) {
        let mut attributes = Attributes::default();
        attributes.set("process.pid", i64::from(pid));
        if let Some(code) = exit.code() {
            attributes.set("process.exit.code", i64::from(code));
        }
        let now = cx.clock.now();
        let mut of = Attributes::default();
        of.set("process.command_line", &*self.command);
        let record = LogRecord {
            time: now,
            observed_time: now,
            severity: exit.severity(),
            body: exit.to_string().into(),
            attributes,
            resource: Arc::new(Resource { attributes: of }),
            ..LogRecord::default()
        };
        tokio::select! {
            biased;
            () = cx.shutdown.cancelled() => {}
            () = cx.intake.send(Batch::Logs(vec![record])) => {}
        }
    }
}
