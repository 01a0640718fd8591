//! What was asked of the systems that hold traces, and what each of them said: of one trace by its id, in a search, of names, of the
//! calls between services.
//!
//! It belongs to the screen as a whole and not to a view: going back does not take back an answer.

mod calls;
mod search;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use calls::{ASKED_ABOUT, Teller, TellerState, ToldCalls};
pub use search::{Found, SearchState, TraceSearch};

use crate::model::{Names, TraceId};

/// Traces of which it is remembered who was asked. When there are more, all are forgotten and can be asked for again.
const MAX_REMEMBERED: usize = 1024;

/// Kinds of names of which the answers are remembered.
const MAX_NAMES: usize = 256;

/// All questions and answers so far.
#[derive(Debug, Default)]
pub struct Inquiry {
    traces: HashMap<TraceId, Vec<Asked>>,
    names: HashMap<Names, Vec<String>>,
    /// The search in force.
    pub search: Option<TraceSearch>,
    /// The calls between services that they tell of.
    pub calls: ToldCalls,
}

/// What one backend said of one trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// The backend's label.
    pub backend: String,
    /// Its answer.
    pub said: Said,
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    /// None yet.
    Nothing,
    /// So many spans of it.
    Spans(usize),
    /// That it does not have the trace.
    Unknown,
    /// That something is wrong.
    Failed(String),
}

impl Inquiry {
    /// Notes that a trace is asked for; gives the backends that are to be asked: of `all` those that are not being asked.
    pub fn ask_trace(&mut self, trace: TraceId, all: Vec<String>) -> Vec<String> {
        if self.traces.len() >= MAX_REMEMBERED && !self.traces.contains_key(&trace) {
            self.traces.clear();
        }
        let known = self.traces.entry(trace).or_default();
        let is_waiting =
            |backend: &String| known.iter().any(|asked| asked.backend == *backend && asked.said == Said::Nothing);
        let to_ask: Vec<String> = all.into_iter().filter(|backend| !is_waiting(backend)).collect();
        known.retain(|asked| !to_ask.contains(&asked.backend));
        known.extend(to_ask.iter().map(|backend| Asked { backend: backend.clone(), said: Said::Nothing }));
        to_ask
    }

    /// Takes in what a backend said of a trace.
    pub fn trace_answered(&mut self, trace: TraceId, backend: &str, said: Said) {
        let asked = self.traces.get_mut(&trace).into_iter().flatten().find(|asked| asked.backend == backend);
        if let Some(asked) = asked {
            asked.said = said;
        }
    }

    /// Who was asked for a trace, and what each said.
    pub fn of_trace(&self, trace: TraceId) -> &[Asked] {
        self.traces.get(&trace).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether an answer is waited for.
    pub fn is_waiting(&self) -> bool {
        let for_trace = || self.traces.values().flatten().any(|asked| asked.said == Said::Nothing);
        self.search.as_ref().is_some_and(TraceSearch::is_waiting) || self.calls.is_waiting() || for_trace()
    }

    /// Whether names are to be asked for: once each.
    pub fn ask_names(&mut self, of: &Names) -> bool {
        if self.names.contains_key(of) {
            return false;
        }
        if self.names.len() >= MAX_NAMES {
            self.names.clear();
        }
        self.names.insert(of.clone(), Vec::new());
        true
    }

    /// Takes in names that a backend knows.
    pub fn names_answered(&mut self, of: &Names, names: Vec<String>) {
        let known = self.names.entry(of.clone()).or_default();
        known.extend(names);
        known.sort_unstable();
        known.dedup();
    }

    /// Forgets the names, so that they are asked for anew.
    pub fn forget_names(&mut self) {
        self.names.clear();
    }

    /// The names that are known, sorted.
    pub fn names(&self, of: &Names) -> &[String] {
        self.names.get(of).map(Vec::as_slice).unwrap_or_default()
    }
}
