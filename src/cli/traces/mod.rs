//! `spantail traces`: traces found, fetched, compared and linked to, without the screen.

mod asking;
mod compare;
mod fetching;
mod get;
mod link;
mod links;
mod object;
mod search;
mod study;
mod tree;

use clap::{Args, Subcommand};

use super::Ending;

/// Arguments of `traces`.
#[derive(Args, Clone, Debug)]
pub(super) struct TracesArgs {
    #[command(subcommand)]
    command: TracesCommand,
}

#[derive(Subcommand, Clone, Debug)]
enum TracesCommand {
    /// Find traces, the latest first
    Search(Box<search::SearchArgs>),
    /// Fetch one trace from every system that has a part of it
    Get(Box<get::GetArgs>),
    /// Compare two traces, or one with what is usual for its operation
    Compare(Box<compare::CompareArgs>),
    /// Print the address where a person looks at a trace
    Link(link::LinkArgs),
}

/// Runs the subcommand.
pub(super) fn run(args: &TracesArgs) -> anyhow::Result<Ending> {
    match &args.command {
        TracesCommand::Search(args) => search::run(args),
        TracesCommand::Get(args) => get::run(args),
        TracesCommand::Compare(args) => compare::run(args),
        TracesCommand::Link(args) => link::run(args),
    }
}
