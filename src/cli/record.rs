//! `spantail record`: writes a session without the screen.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::flags::{self, FollowFlags, IngestFlags};
use super::headless::{Consumer, Work};
use super::{Ending, summary};
use crate::ingest::Gate;
use crate::session::{Masker, Recorder, RecorderOptions, SessionState, SourceFigures};
use crate::source::Clock;
use crate::store::{Accounting, Snapshot, SpanTail};

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
    #[command(flatten)]
    follow: FollowFlags,
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
    let sources = flags::sources(&args.follow.wanted(&args.sources), &args.ingest, &config, &clock)?;
    if sources.is_empty() {
        bail!("nothing to record: name a SOURCE, pipe something in, or list sources in the config");
    }
    if !args.overwrite && args.output.exists() {
        bail!("{} is there already; choose another name, or replace it with --overwrite", args.output.display());
    }
    let masker = if args.no_masking { Masker::off() } else { Masker::new(&[])? };
    let title = sources.iter().map(|feed| feed.source.label()).collect::<Vec<_>>().join(", ");
    let recorder = Recorder::create(&args.output, RecorderOptions { masker, overwrite: args.overwrite })
        .map_err(|error| anyhow::anyhow!("{error}; {}", error.hint()))?;
    // What was recorded is worth waiting for.
    let work = Work { sources, config: &config, clock: clock.clone(), patience: None };
    let ended = work.run(|ingest, gate| {
        Ok(Recording { recorder, spans: ingest.traces().tail(), missed: 0, path: args.output.clone(), gate })
    })?;
    let path = args.output.display();
    let Some(recording) = ended.consumer else { bail!("{path} was left unfinished: a second signal came") };
    let missed = recording.missed;
    let saved = recording.recorder.finish(&state(title, &clock, &ended.accounting))?;
    let mut sum = ended.accounting.logs;
    sum.add(&ended.accounting.spans);
    let own = [("spans not written", missed)];
    summary::tell(&sum, if missed > 0 { &own } else { &[] });
    if let Some(why) = summary::failures(&ended.accounting) {
        bail!("{why} ({} lines and {} spans are in {path})", saved.lines, saved.spans);
    }
    Ok(ended.ending)
}

/// Writes what comes to the session file.
struct Recording {
    recorder: Recorder,
    spans: SpanTail,
    missed: u64,
    path: PathBuf,
    gate: Gate,
}

impl Consumer for Recording {
    fn take(&mut self, snapshot: &Snapshot) -> anyhow::Result<()> {
        self.recorder.append(snapshot)?;
        self.gate.passed(snapshot.end());
        let fresh = self.spans.take();
        self.missed += fresh.missed;
        self.recorder.append_spans(&fresh.spans)?;
        Ok(())
    }

    /// A crash loses no more than what came since.
    fn flush(&mut self) -> anyhow::Result<()> {
        self.recorder.flush().with_context(|| self.path.display().to_string())
    }
}

fn state(title: String, clock: &Clock, accounting: &Accounting) -> SessionState {
    let figures = accounting.sources.iter();
    SessionState {
        title,
        saved_at: clock.now(),
        accounting: figures
            .map(|source| SourceFigures { label: source.label.clone(), logs: source.logs, spans: source.spans })
            .collect(),
        ..SessionState::default()
    }
}
