//! What has been seen: log lines in a ring of segments, spans by trace, and the statistics of both.
//!
//! One writer (the ingest thread) appends; readers take cheap snapshots and never make it wait. Log lines live in
//! immutable [`Segment`]s behind `Arc`s, so a snapshot is a list of pointers and what a reader holds can not change
//! or vanish under it. Traces live in a table of their own with a budget of its own.
//!
//! Invariants: line ids are contiguous, monotonic and never reused; eviction drops whole segments, oldest first;
//! the bytes of a line are kept as they came.

mod accounting;
mod blob;
mod link_index;
mod log_store;
mod names;
mod operation_stats;
mod segment;
mod service_stats;
mod sketch;
mod span_tail;
mod trace;
mod trace_filter;
mod trace_table;
mod volume;

pub use accounting::{Accounting, Counts, Indexing, Pressure, SourceAccount};
pub use blob::RecordParts;
pub use log_store::{Evicted, HISTORY_IDS, LogReader, LogWriter, Snapshot, log_store};
pub use names::{Interner, NameId, Names};
pub use operation_stats::OperationFigures;
pub use segment::{Buffers, Draft, FileLines, Fresh, Line, MAX_PLACED_LINE, NewLine, Reread, Segment, TextLines, View};
pub use service_stats::{EdgeStats, ServiceStats, ServiceSummary};
pub use sketch::Sketch;
pub use span_tail::{FreshSpans, MAX_TAIL, SpanTail};
pub use trace::{Trace, TraceSummary};
pub use trace_table::{Linking, SpansAdded, TraceReader, TraceWriter, trace_table};
pub use volume::{Volume, VolumeBucket};

/// The number of a line: contiguous from 0 in the order of storing, never reused, valid after eviction.
pub type LineId = u64;
