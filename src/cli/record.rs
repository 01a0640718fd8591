//! `spantail record`: writes a session without the screen.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;

use super::Ending;
use super::flags::{self, IngestFlags, Wanted};
use crate::config::StartAt;
use crate::ingest::Ingest;
use crate::session::{Masker, Recorder, RecorderOptions, SessionState, SourceFigures};
use crate::source::Clock;
use crate::store::{Accounting, SpanTail};

/// How often what has come is made safe on disk: a crash loses no more than this.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// For how long sources may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Arguments of `record`.
#[derive(Args, Clone, Debug)]
pub(super) struct RecordArgs {
    /// What to read: paths, globs, `-` for stdin, or URIs
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    overwrite: bool,
    /// Go on at the end of files, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// Write secrets as they came instead of masking them
    #[arg(long)]
    no_masking: bool,
    #[command(flatten)]
    ingest: IngestFlags,
}

/// Records until the sources end or a signal comes.
pub(super) fn run(args: &RecordArgs) -> anyhow::Result<Ending> {
    let clock = Clock::system();
    let config = flags::resolve(args.ingest.config.as_ref(), &args.ingest.settings())?;
    let start = if args.follow { StartAt::End } else { StartAt::Beginning };
    let wanted = Wanted { arguments: &args.sources, start, follow: args.follow };
    let sources = flags::sources(&wanted, &args.ingest, &config, &clock)?;
    if sources.is_empty() {
        bail!("nothing to record: name a SOURCE, pipe something in, or list sources in the config");
    }
    if !args.overwrite && args.output.exists() {
        bail!("{} is there already; choose another name, or replace it with --overwrite", args.output.display());
    }
    let masker = if args.no_masking { Masker::off() } else { Masker::new(&[])? };
    let title = sources.iter().map(|(source, _)| source.label()).collect::<Vec<_>>().join(", ");
    let recorder = Recorder::create(&args.output, RecorderOptions { masker, overwrite: args.overwrite })
        .map_err(|error| anyhow::anyhow!("{error}; {}", error.hint()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(async {
        let ingest = flags::ingest(sources, &config, &clock)?;
        let spans = ingest.traces().tail();
        let recording = Recording { ingest, recorder, spans, missed: 0, title, clock };
        recording.run(&args.output).await
    });
    // A source may sit in a read that nothing interrupts (stdin); the process does not wait for it.
    runtime.shutdown_background();
    ended
}

struct Recording {
    ingest: Ingest,
    recorder: Recorder,
    spans: SpanTail,
    missed: u64,
    title: String,
    clock: Clock,
}

impl Recording {
    async fn run(mut self, path: &Path) -> anyhow::Result<Ending> {
        let mut changes = self.ingest.changes();
        let mut flush = tokio::time::interval(FLUSH_EVERY);
        let mut signals = Signals::new()?;
        let signal = loop {
            tokio::select! {
                biased;
                number = signals.recv() => break Some(number),
                _ = flush.tick() => self.recorder.flush().with_context(|| path.display().to_string())?,
                changed = changes.changed() => {
                    self.take()?;
                    if changed.is_err() {
                        break None;
                    }
                }
            }
        };
        self.ingest.stop();
        // What is pending still belongs to the recording; a source that does not stop is not waited for.
        let _stopped = tokio::time::timeout(STOP_WITHIN, self.ingest.finished()).await;
        self.take()?;
        let accounting = self.ingest.accounting();
        let state = self.state(&accounting);
        let saved = self.recorder.finish(&state)?;
        summary(&accounting, self.missed);
        let failed = accounting.sources.iter().find_map(|source| match &source.state {
            crate::model::SourceState::Failed(why) => Some(format!("{}: {why}", source.label)),
            _ => None,
        });
        if let Some(why) = failed {
            bail!("{why} ({} lines and {} spans are in {})", saved.lines, saved.spans, path.display());
        }
        Ok(signal.map_or(Ending::Done, Ending::Signal))
    }

    /// Writes what has come since the last time.
    fn take(&mut self) -> anyhow::Result<()> {
        self.recorder.append(&self.ingest.logs().snapshot())?;
        let fresh = self.spans.take();
        self.missed += fresh.missed;
        self.recorder.append_spans(&fresh.spans)?;
        Ok(())
    }

    fn state(&self, accounting: &Accounting) -> SessionState {
        let figures = accounting.sources.iter();
        SessionState {
            title: self.title.clone(),
            saved_at: self.clock.now(),
            accounting: figures
                .map(|source| SourceFigures { label: source.label.clone(), logs: source.logs, spans: source.spans })
                .collect(),
            ..SessionState::default()
        }
    }
}

/// One line on what became of everything that came.
fn summary(accounting: &Accounting, missed: u64) {
    let mut sum = accounting.logs;
    sum.add(&accounting.spans);
    let count = crate::tui::text::count;
    let missed = if missed > 0 { format!("  spans not written {}", count(missed)) } else { String::new() };
    let line = format!(
        "received {}  stored {}  rate-limited {}  dropped {}  rejected {}{missed}",
        count(sum.received),
        count(sum.stored),
        count(sum.rate_limited),
        count(sum.dropped),
        count(sum.rejected),
    );
    let _told = writeln!(std::io::stderr(), "{line}");
}

/// The signals that end a recording.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    /// The number of the signal that came.
    async fn recv(&mut self) -> i32 {
        const INTERRUPT: i32 = 2;
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => INTERRUPT,
            _ = self.terminate.recv() => 15,
        }
        #[cfg(not(unix))]
        {
            let _came = tokio::signal::ctrl_c().await;
            INTERRUPT
        }
    }
}
