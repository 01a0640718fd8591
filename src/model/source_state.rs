//! How a source is doing, as a value that sources report and screens show.

use std::time::Duration;

/// The state of one source.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum SourceState {
    /// Not yet able to deliver.
    #[default]
    Connecting,
    /// Reading what is there already; `done` and `total` are bytes.
    CatchingUp {
        /// What is done with what ("unpacking app.log.gz"); empty where that goes without saying.
        what: String,
        /// Bytes read so far.
        done: u64,
        /// Bytes that there were at the start.
        total: u64,
    },
    /// Delivers; the text says from what ("127.0.0.1:4317", "3 files").
    Live(String),
    /// Lost its peer and tries again.
    Retrying {
        /// How long until the next try.
        wait: Duration,
        /// What went wrong.
        why: String,
    },
    /// Came to its natural end (end of stdin); the text says what there is to remark, or is empty.
    Ended(String),
    /// Switched off by the user.
    Off,
    /// Gave up; the text says why and what to do.
    Failed(String),
}
