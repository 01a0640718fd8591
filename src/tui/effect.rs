//! Everything that the screen can ask to have done. Only the runtime does it.

use std::ops::Range;
use std::sync::Arc;

use super::event::Slot;
use crate::analysis::question::Question;
use crate::config::Columns;
use crate::model::{Names, TraceId, TraceQuery, WantedTrace, Window};
use crate::query::Plan;
use crate::session::SessionState;
use crate::store::LineId;

/// Something to be done outside of the state.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Run a query over all lines but those that it has searched, and keep it running as lines come.
    RunQuery {
        /// Which of the two.
        slot: Slot,
        /// Comes back with every answer.
        generation: u64,
        /// What to look for.
        plan: Arc<Plan>,
        /// What it searched when it ran before; empty for nothing.
        searched: Range<LineId>,
    },
    /// Stop a query.
    StopQuery(Slot),
    /// Put a text on the clipboard of the terminal (OSC 52).
    Copy(String),
    /// Save what is held to a file.
    Save {
        /// The file.
        path: String,
        /// What travels with it.
        state: Box<SessionState>,
    },
    /// Keep these columns of the log pane in the config file.
    KeepColumns(Columns),
    /// Take in the source that this SOURCE argument means.
    AddSource(String),
    /// Run the source with this key anew.
    RunSource(usize),
    /// End the run of the source with this key.
    StopSource(usize),
    /// End the run of the source with this key and list it no more.
    RemoveSource(usize),
    /// Ask these backends for a trace.
    FetchTrace {
        /// The trace.
        wanted: WantedTrace,
        /// The labels of the backends.
        backends: Vec<String>,
    },
    /// Ask backends for a page of traces each.
    SearchTraces {
        /// Comes back with every answer.
        generation: u64,
        /// What is looked for.
        query: Box<TraceQuery>,
        /// The label of each backend, and which page; the first one without.
        pages: Vec<(String, Option<String>)>,
    },
    /// Ask all backends for names.
    AskNames(Names),
    /// Ask backends who called whom.
    AskCalls {
        /// In this time.
        window: Window,
        /// The labels of the backends.
        backends: Vec<String>,
    },
    /// Find out where a person looks at this trace.
    FindLinks(TraceId),
    /// Open an address in the browser, or put it on the clipboard where there is none.
    OpenLink(String),
    /// Find the answer to a question about the traces in memory, beside the screen.
    Analyse(Question),
    /// Clear the terminal and draw everything anew.
    Redraw,
    /// Stop the process until the user brings it back (Ctrl-Z).
    Suspend,
    /// Leave.
    Quit,
    /// Leave the start screen and open the demo.
    OpenDemo,
}
