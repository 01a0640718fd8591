//! How one source is to be read and held back. The command line sets them for all, a `[[source]]` table for one.

use std::collections::BTreeMap;

use crate::model::{Nanos, Zone};
use crate::parse::Rules;

/// How to read one source.
#[derive(Clone, PartialEq, Debug)]
pub struct SourceOptions {
    /// A name to show instead of the source's own label.
    pub name: Option<String>,
    /// The line format's name where it is not to be detected.
    pub format: Option<String>,
    /// How its lines are joined to records, where not by what they look like: `off`, or the pattern of a first line.
    pub join: Option<String>,
    /// The zone of times in its lines that name none; `None` is that of the clocks where the program runs, or what the
    /// source itself knows.
    pub zone: Option<Zone>,
    /// Where to begin.
    pub start: StartAt,
    /// Whether to wait for more at the end. A headless command over files does not.
    pub follow: bool,
    /// Log lines a second that are let in; 0 is unlimited. Spans are bounded by the queue alone.
    pub max_lines_per_second: u64,
    /// Pending records that the source's queue holds at most.
    pub buffer_size: u64,
    /// Pending records from which on the source is paused or refused.
    pub backpressure_limit: u64,
    /// What gives way when the queue is full and the source can not wait.
    pub drop_policy: DropPolicy,
    /// The rules that tell facts of its lines.
    pub rules: Rules,
    /// Whether it runs from the start; one that does not is listed and can be switched on.
    pub is_enabled: bool,
    /// What its kind is told beside its URI: the table's `options`, by name, tables within with a dot.
    pub parameters: BTreeMap<String, String>,
}

/// Where to begin in what is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum StartAt {
    /// The end first, then what comes; what is before the end is read behind it.
    #[default]
    Tail,
    /// Only what comes.
    End,
    /// From the beginning.
    Beginning,
    /// From this time on.
    Since(Nanos),
}

/// What gives way when a queue is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DropPolicy {
    /// The oldest pending records make room: the newest are what one wants to see.
    #[default]
    Oldest,
    /// The newest are turned away: what is pending is kept.
    Newest,
    /// Errors are kept and one in N of the rest, N growing with the overload.
    Sample,
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self {
            name: None,
            format: None,
            join: None,
            zone: None,
            start: StartAt::default(),
            follow: true,
            max_lines_per_second: 0,
            buffer_size: 65_536,
            backpressure_limit: 49_152,
            drop_policy: DropPolicy::default(),
            rules: Rules::default(),
            is_enabled: true,
            parameters: BTreeMap::new(),
        }
    }
}
