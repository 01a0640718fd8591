//! The one state of a source of several parts: live once each of them has answered or failed, in trouble once all of them
//! are. What is wrong with one part alone stands beside it, and the others go on.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::options::Options;
use super::trouble::Wrong;
use crate::source::retry::Trouble;
use crate::source::{SourceContext, SourceState};

/// When a part that failed is tried again.
pub(super) const AGAIN: Duration = Duration::from_secs(30);

/// How many notes, and how many parts in trouble, are shown.
const SHOWN: usize = 3;

/// What the parts of a source say over one connection.
pub(super) struct Board {
    place: String,
    cx: SourceContext,
    said: Mutex<Said>,
}

#[derive(Default)]
struct Said {
    parts: Vec<(String, Report)>,
    notes: Vec<String>,
    was_live: bool,
}

/// What is known of a part.
#[derive(PartialEq, Eq)]
enum Report {
    Awaited,
    Goes,
    Fails(String),
}

impl Board {
    /// Nothing is known so far of the parts that `options` name.
    pub(super) fn new(options: &Options, cx: SourceContext) -> Self {
        let parts = options.titles().into_iter().map(|title| (title, Report::Awaited)).collect();
        Self { place: options.place(), cx, said: Mutex::new(Said { parts, ..Said::default() }) }
    }

    /// Shows `note` in the state from now on. Of many only the last are shown.
    pub(super) fn note(&self, note: String) {
        self.change(|said| {
            said.notes.push(note);
            said.notes.drain(..said.notes.len().saturating_sub(SHOWN));
            true
        });
    }

    /// Whether all was live at any time.
    pub(super) fn was_live(&self) -> bool {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).was_live
    }

    fn report(&self, title: &str, report: Report) {
        self.change(|said| match said.parts.iter_mut().find(|(name, known)| name == title && *known != report) {
            Some((_, known)) => {
                *known = report;
                true
            }
            None => false,
        });
    }

    /// Shows what `change` leaves, if it says that it changed anything.
    fn change(&self, change: impl FnOnce(&mut Said) -> bool) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if !change(&mut said) || said.parts.iter().any(|(_, report)| *report == Report::Awaited) {
            return;
        }
        let why = said.wrong();
        if said.parts.iter().all(|(_, report)| *report != Report::Goes) {
            self.cx.status.set(SourceState::Retrying { wait: AGAIN, why: why.join(" · ") });
            return;
        }
        said.was_live = true;
        let all = said.notes.iter().chain(&why).fold(self.place.clone(), |all, note| format!("{all} · {note}"));
        self.cx.status.set(SourceState::Live(all));
    }
}

impl Said {
    /// What is wrong with the parts that fail.
    fn wrong(&self) -> Vec<String> {
        let wrong = self.parts.iter().filter_map(|(_, report)| match report {
            Report::Fails(why) => Some(why),
            Report::Awaited | Report::Goes => None,
        });
        let mut shown: Vec<String> = wrong.clone().take(SHOWN).cloned().collect();
        let more = wrong.count().saturating_sub(SHOWN);
        if more > 0 {
            shown.push(format!("{more} more are in trouble"));
        }
        shown
    }
}

/// How one part fares.
pub(super) struct Health {
    /// `channel orders`, as the state shows it.
    title: String,
    /// When it is tried again, and what is wrong.
    wrong: Option<(Instant, String)>,
}

impl Health {
    /// That of the part that is shown as `title`.
    pub(super) fn new(title: String) -> Self {
        Self { title, wrong: None }
    }

    /// Whether nothing is wrong with it.
    pub(super) fn is_good(&self) -> bool {
        self.wrong.is_none()
    }

    /// Whether it is to be tried: nothing is wrong, or it was long ago.
    pub(super) fn is_due(&self) -> bool {
        self.wrong.as_ref().is_none_or(|(again, _)| *again <= Instant::now())
    }

    /// Forgets what was wrong over another connection.
    pub(super) fn start_over(&mut self) {
        self.wrong = None;
    }

    /// Tells `board` that the server answers for it.
    pub(super) fn answers(&mut self, board: &Board) {
        self.wrong = None;
        board.report(&self.title, Report::Goes);
    }

    /// Tells `board` of what came of trying it. Fails with what concerns all parts.
    pub(super) fn judge(&mut self, outcome: Result<(), Wrong>, board: &Board) -> Result<(), Trouble> {
        match outcome {
            Ok(()) => {
                self.answers(board);
                Ok(())
            }
            Err(Wrong::Part(why)) => {
                board.report(&self.title, Report::Fails(why.clone()));
                self.wrong = Some((Instant::now() + AGAIN, why));
                Ok(())
            }
            Err(Wrong::All(trouble)) => Err(trouble),
        }
    }

    /// For whoever wants what is there and no more: that it could not be had.
    pub(super) fn end(&self) -> Result<(), Trouble> {
        self.wrong.as_ref().map_or(Ok(()), |(_, why)| Err(Trouble::lasting(why.clone())))
    }
}
