//! Between sources and store: bounded queues, rate limits, drop policies and exact accounting.
//!
//! Every source has a queue of its own ([`queue`]). One writer thread drains them in turn, parses lines and appends to
//! the store; it is the only one who writes there. At every instant and for every source
//!
//! ```text
//! received = stored + rate_limited + dropped + rejected + pending
//! stored   = held + evicted
//! ```
//!
//! What was there before the sources looked is read in parallel and merged by time ([`history`]); files stay where
//! they are, and lines refer to them.
//!
//! A source that can wait is made to wait and loses nothing. One that can not loses what is over its limits, and where
//! it did a loss row stands in the log. A source runs in its own task: its end, failure or panic is a status, and the
//! others go on. Sources are added, removed, switched off and on while the others run ([`feed`]).

mod bucket;
#[cfg(test)]
#[cfg(unix)]
mod compliance;
mod feed;
mod file_reader;
mod gate;
mod history;
mod owners;
mod queue;
mod supervisor;
mod tally;
mod wake;
mod writer;

pub use feed::Feed;
pub use gate::Gate;
pub use supervisor::{Budgets, Ingest};
