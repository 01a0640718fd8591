//! `spantail stats`: what there is, in figures.

mod document;
mod page;
mod tally;

use std::time::Duration;

use clap::{Args, ValueEnum};

use self::tally::{Figures, Tally};
use super::headless::Work;
use super::output::{ColorFlags, Out};
use super::reading::{Reading, ReadingArgs};
use super::{Ending, summary};

/// For how long counting may go on after a signal.
const PATIENCE: Duration = Duration::from_secs(2);

/// Arguments of `stats`.
#[derive(Args, Clone, Debug)]
pub(super) struct StatsArgs {
    /// What to write
    #[arg(short, long, value_name = "FORMAT", default_value_t, value_enum)]
    output: Output,
    #[command(flatten)]
    color: ColorFlags,
    #[command(flatten)]
    reading: ReadingArgs,
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
    let Reading { clock, config, plan, sources } = args.reading.resolve("count")?;
    let filter = plan.source_text().to_owned();
    let work = Work { sources, config: &config, clock, patience: Some(PATIENCE) };
    let ended = work.run(|ingest, gate| Ok(Tally::new(plan, gate, ingest.traces().tail())))?;
    let Some(tally) = ended.consumer else { return Ok(ended.ending) };
    let figures = Figures { tally, filter, accounting: ended.accounting, names: ended.ingest.logs().snapshot() };
    let mut out = Out::default();
    match args.output {
        Output::Text => {
            let look = args.color.look(&config, args.reading.ingest.config.as_deref());
            page::write(&figures, &look, &mut out.buf);
        }
        Output::Json => document::write(&figures, &mut out.buf),
    }
    out.flush()?;
    summary::verdict(&figures.accounting, ended.ending)
}
