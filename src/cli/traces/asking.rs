//! Where traces are looked for: the sources that are asked, and those that are read to their end.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use chrono::{Local, Offset as _};
use clap::Args;
use tokio::time::Instant;

use crate::cli::flags;
use crate::config::{Config, Flags, SourceOptions, StartAt, local_zone, parse_duration};
use crate::ingest::{Budgets, Feed, Ingest};
use crate::model::{SourceState, TraceId};
use crate::parse::context::trace_ids;
use crate::source::Clock;
use crate::source::backend::BackendHandle;

/// What is kept of files; as much as the screen keeps.
const BUDGETS: Budgets = Budgets { logs: 4 << 20, traces: 512 << 20 };
/// How often it is looked how the sources are.
const LOOK: Duration = Duration::from_millis(20);

/// Which sources are asked.
#[derive(Args, Clone, Debug)]
pub(super) struct AskingArgs {
    /// What to ask or read: trace backends and files of traces; without any, the trace backends of the config
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// For how long answers and files are waited for
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub(super) timeout: Duration,
    /// Use this config file
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

/// The sources, running.
pub(super) struct Asking {
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) ingest: Ingest,
    /// What can be asked, each by its label.
    pub(super) backends: Vec<(String, BackendHandle)>,
}

impl AskingArgs {
    /// Takes one more source, before the others.
    pub(super) fn push_front(&mut self, source: String) {
        self.sources.insert(0, source);
    }

    /// Makes the sources, without touching the outside.
    pub(super) fn feeds(&self) -> anyhow::Result<(Config, Clock, Vec<Feed>)> {
        let clock = Clock::system();
        let config = flags::resolve(self.config.as_ref(), &Flags::default())?;
        let offset = Local::now().offset().fix();
        let feeds = if self.sources.is_empty() {
            let own = config.sources.iter().map(|source| (source.uri.clone(), source.options(clock.now(), offset)));
            let feeds: Vec<Feed> = own.map(|(uri, options)| flags::open(&uri, options)).collect::<Result<_, _>>()?;
            feeds.into_iter().filter(|feed| feed.source.backend().is_some() && feed.options.is_enabled).collect()
        } else {
            let options = SourceOptions { start: StartAt::Beginning, ..config.source_options() };
            self.sources.iter().map(|argument| open(argument, &options)).collect::<Result<Vec<_>, _>>()?
        };
        if feeds.is_empty() {
            bail!(
                "nobody to ask: name a SOURCE such as jaeger+http://localhost:16686 or a file of traces, or list trace \
                 backends in the config"
            );
        }
        Ok((config, clock, feeds))
    }

    /// Starts the sources. Must be called within a runtime.
    pub(super) fn start(&self) -> anyhow::Result<Asking> {
        let (config, clock, feeds) = self.feeds()?;
        let ingest = Ingest::start_open(feeds, BUDGETS, &local_zone(), clock.clone())?;
        let backends = ingest.backends();
        Ok(Asking { config, clock, ingest, backends })
    }
}

/// A source: one that is asked stays, one that is read ends.
fn open(argument: &str, options: &SourceOptions) -> anyhow::Result<Feed> {
    let feed = flags::open(argument, options.clone())?;
    if feed.source.backend().is_some() {
        return Ok(feed);
    }
    flags::open(argument, SourceOptions { follow: false, ..options.clone() })
}

impl Asking {
    /// Waits until everything that is read has been read, and all that came is in the store, or the time is over; says
    /// on stderr what is wrong with a source.
    pub(super) async fn settle(&self, timeout: Duration) {
        let begun = Instant::now();
        loop {
            let accounting = self.ingest.accounting();
            let is_read = accounting.sources.iter().all(|source| {
                source.is_backend || matches!(source.state, SourceState::Ended(_) | SourceState::Failed(_))
            });
            let is_over = begun.elapsed() >= timeout;
            if (is_read && accounting.spans.pending + accounting.logs.pending == 0) || is_over {
                for source in accounting.sources.iter().filter(|source| !source.is_backend) {
                    match &source.state {
                        SourceState::Failed(why) => eprintln!("spantail: {}: {why}", source.label),
                        SourceState::Ended(_) => {}
                        _ => eprintln!("spantail: {} is not read to its end in time", source.label),
                    }
                }
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// The traces that an id may mean as somebody wrote it, the likeliest first.
pub(super) fn ids(text: &str) -> anyhow::Result<Vec<TraceId>> {
    let ids = trace_ids(text.trim());
    if ids.is_empty() {
        bail!(super::super::usage::Usage(format!(
            "`{text}` is no trace id: expected up to 32 hex digits, 1-5759e988-bd862e3fe1be46a994272793, a UUID or a \
             Datadog decimal"
        )));
    }
    Ok(ids)
}

/// A runtime for questions.
pub(super) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
