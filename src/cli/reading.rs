//! What a command without a screen reads and which lines of it: the arguments that `stream` and `stats` share.

use anyhow::bail;
use clap::Args;

use super::filter::{self, FilterFlags, Span};
use super::flags::{self, FollowFlags, IngestFlags};
use crate::config::Config;
use crate::ingest::Feed;
use crate::query::Plan;
use crate::source::Clock;

/// What to read.
#[derive(Args, Clone, Debug)]
pub(super) struct ReadingArgs {
    /// What to read: paths, globs, `-` for stdin, or URIs
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    #[command(flatten)]
    filter: FilterFlags,
    /// End at this time, which is written as for --since
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    follow: FollowFlags,
    #[command(flatten)]
    pub(super) ingest: IngestFlags,
}

/// What was asked for, understood.
pub(super) struct Reading {
    pub(super) clock: Clock,
    pub(super) config: Config,
    /// Which lines are wanted.
    pub(super) plan: Plan,
    pub(super) sources: Vec<Feed>,
}

impl ReadingArgs {
    /// Resolves the config, compiles the query and makes the sources. `doing` is what a complaint about none calls it.
    pub(super) fn resolve(&self, doing: &str) -> anyhow::Result<Reading> {
        let clock = Clock::system();
        let config = flags::resolve(self.ingest.config.as_ref(), &self.ingest.settings())?;
        let until = self.until.as_deref().map(|until| filter::time("--until", until, &clock)).transpose()?;
        let span = Span { since: self.ingest.since(&clock)?, until };
        let plan = self.filter.plan(span, &filter::context(&config, &clock))?;
        let sources = flags::sources(&self.follow.wanted(&self.sources), &self.ingest, &config, &clock)?;
        if sources.is_empty() {
            bail!("nothing to {doing}: name a SOURCE, pipe something in, or list sources in the config");
        }
        Ok(Reading { clock, config, plan, sources })
    }
}
