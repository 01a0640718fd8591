//! Where signals come from: the contract every source keeps, and the registry of all kinds.
//!
//! A kind of source is one folder here: how it is written on the command line, what it listens or connects to, and
//! how it turns what it hears into [`Batch`]es. It parses no log lines (the ingest workers do that), never touches the
//! store, never prints and never draws.
//!
//! To add one: make its folder with a unit struct that implements [`SourceKind`], and add one line to [`SOURCES`].
//! URI schemes, `--help`, README's table and the tests over the registry follow from that line.
//!
//! A source MUST
//! - take its output, shutdown token, clock and status reporter from its [`SourceContext`] and nothing global;
//! - send batches (at most [`MAX_BATCH_BYTES`] of text each), not single lines, when there is more than one to send;
//! - return within a second after `shutdown` is cancelled;
//! - survive malformed input and count it with [`Intake::reject`];
//! - bound every message, line and decompressed size that comes from outside.

#![warn(clippy::indexing_slicing)]

mod address;
mod appinsights;
#[cfg(test)]
mod asked;
mod aws;
mod azure;
mod azure_logs;
pub mod backend;
mod batch;
mod clock;
mod cloudwatch;
#[cfg(test)]
mod collected;
#[cfg(test)]
mod collected_lines;
mod datadog;
mod decimal;
pub mod demo;
mod docker;
pub mod documents;
mod elasticsearch;
mod exec;
pub mod file;
mod fluent;
mod gcp_logging;
pub mod http;
#[cfg(test)]
pub(crate) mod in_time;
mod jaeger;
mod journald;
mod json_value;
mod kubernetes;
pub mod lines;
pub mod listen;
mod loki;
mod otlp;
pub mod otlp_file;
mod parameters;
mod postgres;
#[cfg(test)]
#[cfg(unix)]
mod real_server;
pub mod recent;
mod redis;
mod registry;
pub mod retry;
#[cfg(test)]
#[cfg(unix)]
pub(crate) mod rigs;
pub mod secret;
mod status;
pub mod stdin;
mod syslog;
mod tempo;
pub mod tls;
pub mod upload;
#[cfg(test)]
mod witness;
mod xray;
mod zipkin;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

pub use address::Address;
pub use batch::{Batch, LineBatch, Peek, Place, Signal};
pub use clock::Clock;
pub use lines::join_rule;
pub use parameters::{Parameter, Parameters};
pub use registry::{SOURCES, open};
pub use status::StatusReporter;

pub use crate::model::SourceState;

use crate::config::SourceOptions;
use crate::extent::Stretch;
use crate::model::Zone;
use crate::parse::join::JoinRule;

/// The most text that one batch carries. Keeps the time between two looks at the shutdown token short.
pub const MAX_BATCH_BYTES: usize = 1 << 20;

/// A line longer than this is cut, and what was cut is marked at its end.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// What a kind of source is called and how one is made. Implemented by a unit struct per folder.
pub trait SourceKind: Sync {
    /// A short lower-case name, unique among all kinds: `file`, `otlp`.
    fn name(&self) -> &'static str;
    /// The URI schemes that mean it, without the colon. The empty scheme is a bare path, `-` is a lone dash.
    fn schemes(&self) -> &'static [&'static str];
    /// One sentence on what it reads.
    fn about(&self) -> &'static str;
    /// A SOURCE argument as a user would write it.
    fn example(&self) -> &'static str;
    /// What it may be told beside where it is, in groups: its own parameters, those of everything that speaks HTTP, …
    fn parameters(&self) -> &'static [&'static [Parameter]] {
        &[]
    }
    /// Makes the source that `spec` describes, without touching the outside world yet.
    fn open(&self, spec: &SourceSpec) -> Result<Box<dyn Source>, SourceError>;
}

/// One source as the user asked for it.
#[derive(Clone, Debug, Default)]
pub struct SourceSpec {
    /// The scheme in front of the colon; empty for a path or `-`.
    pub scheme: String,
    /// What follows the scheme and its colon, or the whole argument where there is no scheme.
    pub rest: String,
    /// What the command line and the config say about how to read it.
    pub options: SourceOptions,
}

/// A live source: runs until it ends, fails or is shut down, and owns its reconnects and its cursor.
pub trait Source: Send {
    /// How the screen names it, short: a file's name, `otlp 127.0.0.1:4317`.
    fn label(&self) -> String;
    /// Whether it can be made to wait without losing anything (a file can, a receiver of datagrams can not). A
    /// pausable source uses [`Intake::send`], the others [`Intake::offer`].
    fn is_pausable(&self) -> bool;
    /// Whether its lines may come from several parts with names of their own: files of a glob, containers, channels.
    fn has_parts(&self) -> bool {
        false
    }
    /// The way to ask it, where it is a system that holds traces ([`backend`]).
    fn backend(&self) -> Option<backend::BackendHandle> {
        None
    }
    /// The zone of times in its lines that name none; `None` where only the user can know.
    fn zone(&self) -> Option<Zone> {
        None
    }
    /// Runs it. `Ok` means that it ended by itself or was shut down; an error is shown with the source.
    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>>;
    /// Whether it calls [`Intake::history`]: once, right after it has looked at what is there. What other sources have
    /// from before is merged with it by time, and waits for it a little.
    fn has_history(&self) -> bool {
        false
    }
}

/// All that a source may know of the world.
#[derive(Clone)]
pub struct SourceContext {
    /// Where batches go.
    pub intake: Arc<dyn Intake>,
    /// Cancelled when the source has to stop.
    pub shutdown: CancellationToken,
    /// Where the source says how it is.
    pub status: StatusReporter,
    /// What time it is.
    pub clock: Clock,
    /// How its lines are joined to records.
    pub join: JoinRule,
}

/// The entry to the bounded queue of one source. Every record that passes it is accounted for.
pub trait Intake: Send + Sync + 'static {
    /// Hands over `batch`, waiting while the queue is full or the rate is spent. Loses nothing. Also returns, with
    /// what is left unsent and uncounted, when the program shuts down.
    fn send(&self, batch: Batch) -> BoxFuture<'_, ()>;
    /// Hands over `batch` without waiting. What is over the rate is counted as rate-limited; what the queue has no
    /// room for is dropped by the drop policy and counted.
    fn offer(&self, batch: Batch);
    /// Whether `backpressure_limit` is reached: a receiver whose protocol has a retryable refusal answers with it
    /// now instead of offering more.
    fn is_pressed(&self) -> bool;
    /// Hands over the text that was there before the source looked: the ingest reads it by itself, in parallel, and
    /// merges it by time with that of other sources. Counted line by line as it is stored; not held back by the rate
    /// limit. `order` says which end is wanted first. An empty list says that there is none.
    fn history(&self, stretches: Vec<Stretch>, order: HistoryOrder);
    /// Counts `count` records that came but could not be decoded, or were over a size limit.
    fn reject(&self, signal: Signal, count: u64);
}

/// In which order text that is there already is taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HistoryOrder {
    /// The newest first, then back: its end is on the screen at once, and what comes meanwhile follows it.
    FromEnd,
    /// From its beginning on; what the source sends otherwise is stored after it.
    FromStart,
}

/// Why a source could not be opened or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The SOURCE argument or table is wrong; says what was expected.
    #[error("{0}")]
    Spec(String),
    /// Something outside failed; says what was being done, to what, and a hint where one helps.
    #[error("{doing}: {why}")]
    Io {
        /// What was being done, to what.
        doing: String,
        /// What came back.
        why: String,
    },
}
