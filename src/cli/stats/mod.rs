//! `spantail stats`: what there is, in figures.

mod document;
mod page;
mod tally;

use std::time::Duration;

use anyhow::bail;
use clap::{Args, ValueEnum};

use self::tally::{Figures, Tally};
use super::filter::{self, FilterFlags, Span};
use super::flags::{self, FollowFlags, IngestFlags};
use super::headless::Work;
use super::output::{ColorFlags, Out};
use super::{Ending, summary};
use crate::source::Clock;

/// For how long counting may go on after a signal.
const PATIENCE: Duration = Duration::from_secs(2);

/// Arguments of `stats`.
#[derive(Args, Clone, Debug)]
pub(super) struct StatsArgs {
    /// What to read: paths, globs, `-` for stdin, or URIs
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// What to write
    #[arg(short, long, value_name = "FORMAT", default_value_t, value_enum)]
    output: Output,
    #[command(flatten)]
    filter: FilterFlags,
    /// End at this time, which is written as for --since
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    follow: FollowFlags,
    #[command(flatten)]
    color: ColorFlags,
    #[command(flatten)]
    ingest: IngestFlags,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Output {
    /// A page to read
    #[default]
    Text,
    /// One object
    Json,
}

/// Counts until the sources end or a signal comes, and prints what it counted.
pub(super) fn run(args: &StatsArgs) -> anyhow::Result<Ending> {
    let clock = Clock::system();
    let config = flags::resolve(args.ingest.config.as_ref(), &args.ingest.settings())?;
    let until = args.until.as_deref().map(|until| filter::time("--until", until, &clock)).transpose()?;
    let span = Span { since: args.ingest.since(&clock)?, until };
    let plan = args.filter.plan(span, &filter::context(&config, &clock))?;
    let sources = flags::sources(&args.follow.wanted(&args.sources), &args.ingest, &config, &clock)?;
    if sources.is_empty() {
        bail!("nothing to count: name a SOURCE, pipe something in, or list sources in the config");
    }
    let filter = plan.source_text().to_owned();
    let work = Work { sources, config: &config, clock, patience: Some(PATIENCE) };
    let ended = work.run(|ingest, gate| Ok(Tally::new(plan, gate, ingest.traces().tail())))?;
    let Some(tally) = ended.consumer else { return Ok(ended.ending) };
    let figures = Figures { tally, filter, accounting: ended.accounting, names: ended.ingest.logs().snapshot() };
    let mut out = Out::default();
    match args.output {
        Output::Text => page::write(&figures, &args.color.look(&config, args.ingest.config.as_deref()), &mut out.buf),
        Output::Json => document::write(&figures, &mut out.buf),
    }
    out.flush()?;
    summary::verdict(&figures.accounting, ended.ending)
}
