//! Everything that can happen to the screen. If it is not here, it can not happen.

use std::ops::Range;
use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};

use super::inquiry::Said;
use crate::analysis::question::{Answer, Question};
use crate::model::{Dependency, Names, TraceId, TracePage};
use crate::query::Run;
use crate::store::{Accounting, EdgeStats, LineId, ServiceSummary, Snapshot, Volume};

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something; only where the user asked for the mouse.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has a new size: columns, rows.
    Resize(u16, u16),
    /// Time has passed and something shown depends on it.
    Tick,
    /// The store has something new.
    Data(Box<Data>),
    /// A running query found something.
    Found(Found),
    /// An effect has been carried out.
    Done(Outcome),
}

/// What can be read of the store now.
#[derive(Clone, Debug)]
pub struct Data {
    /// The log lines.
    pub snapshot: Snapshot,
    /// What became of everything that came.
    pub accounting: Accounting,
    /// Figures of services in the last five minutes.
    pub services: Vec<ServiceSummary>,
    /// Calls between them.
    pub edges: Vec<EdgeStats>,
}

/// Which of the two running queries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    /// The filter of the log pane.
    Filter,
    /// The search in it.
    Search,
}

/// A part of a query's answer.
#[derive(Debug)]
pub struct Found {
    /// Which query.
    pub slot: Slot,
    /// The generation that was asked for; an older one is ignored.
    pub generation: u64,
    /// The lines that were found since the last part.
    pub runs: Vec<Arc<Run>>,
    /// Their volume by level and time.
    pub volume: Volume,
    /// What is searched by now, so that the query can be taken up from here.
    pub searched: Range<LineId>,
    /// Whether every line that there was has been looked at.
    pub is_complete: bool,
}

/// How an effect ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// The session is in this file, with so many lines and spans.
    Saved {
        /// The file.
        path: String,
        /// Lines in it.
        lines: u64,
        /// Spans in it.
        spans: u64,
    },
    /// A source of this name was taken in.
    SourceAdded(String),
    /// No source could be made of this.
    SourceRefused {
        /// What was typed.
        argument: String,
        /// What is wrong with it.
        why: String,
    },
    /// A backend has answered for a trace; its spans are on their way into the store.
    TraceFetched {
        /// The trace.
        trace: TraceId,
        /// The backend's label.
        backend: String,
        /// What it said.
        said: Said,
        /// What there is to say beside.
        notes: Vec<String>,
    },
    /// A backend has answered a search.
    TracesFound {
        /// The search.
        generation: u64,
        /// The backend's label.
        backend: String,
        /// Its page, or what is wrong.
        page: Result<TracePage, String>,
    },
    /// A backend has told names.
    NamesTold {
        /// Of what.
        of: Names,
        /// The names.
        names: Vec<String>,
    },
    /// A backend has told who called whom.
    CallsTold {
        /// The backend's label.
        backend: String,
        /// The calls, or what is wrong.
        calls: Result<Vec<Dependency>, String>,
    },
    /// Where a person looks at a trace: each backend that knows, with the address.
    LinksFound(Vec<(String, String)>),
    /// The browser was asked to open this address.
    LinkOpened(String),
    /// There is no browser; this address is on the clipboard.
    LinkCopied(String),
    /// A question about traces is answered.
    Analysed(Box<(Question, Answer)>),
    /// The columns are in this config file.
    ColumnsKept(String),
    /// Something did not work; says what, why and what to do.
    Failed(String),
}
