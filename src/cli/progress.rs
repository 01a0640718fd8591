//! How far a command without a screen has come, in one line on stderr that is written over again and again.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::model::SourceState;
use crate::store::Accounting;
use crate::tui::text::{bytes, count};

/// Shorter work is not worth a word.
const SILENT_FOR: Duration = Duration::from_secs(1);
/// To the line's start, and nothing behind it.
pub(super) const ERASE: &str = "\r\x1b[K";

/// Shows progress where it is of use: stderr is a terminal, and stdout is another place.
pub(super) struct Progress {
    begun: Option<Instant>,
    is_shown: bool,
}

impl Progress {
    /// How often it is worth being called.
    pub(super) const EVERY: Duration = Duration::from_millis(200);

    pub(super) fn new() -> Self {
        let is_useful = std::io::stderr().is_terminal() && !std::io::stdout().is_terminal();
        Self { begun: is_useful.then(Instant::now), is_shown: false }
    }

    /// Shows how far the sources have been read; nothing when all there was is read.
    pub(super) fn show(&mut self, accounting: &Accounting) {
        if self.begun.is_none_or(|begun| begun.elapsed() < SILENT_FOR) {
            return;
        }
        match line(accounting) {
            Some(line) => {
                let _told = write!(std::io::stderr(), "{ERASE}{line}");
                self.is_shown = true;
            }
            None => self.erase(),
        }
    }

    /// Takes the line away.
    pub(super) fn erase(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            let _told = write!(std::io::stderr(), "{ERASE}");
        }
    }
}

fn line(accounting: &Accounting) -> Option<String> {
    let catching_up = accounting.sources.iter().filter_map(|source| match (source.indexing, &source.state) {
        (Some(indexing), _) => Some((indexing.done, indexing.total)),
        (None, SourceState::CatchingUp { done, total, .. }) => Some((*done, *total)),
        _ => None,
    });
    let (done, total) = catching_up.reduce(|a, b| (a.0 + b.0, a.1 + b.1))?;
    let share = done.saturating_mul(100).checked_div(total).unwrap_or(100).min(100);
    let lines = count(accounting.logs.stored);
    Some(format!("{share} %  {} of {}  {lines} lines", bytes(done), bytes(total)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Counts, Indexing, Pressure, SourceAccount};

    #[test]
    fn progress_is_of_what_is_still_to_be_read() {
        let source = |state, indexing| SourceAccount {
            key: 0,
            argument: String::new(),
            is_backend: false,
            label: String::new(),
            state,
            since: 0,
            logs: Counts::default(),
            spans: Counts::default(),
            pressure: Pressure::Ok,
            buffer_size: 0,
            formats: Vec::new(),
            indexing,
        };
        let logs = Counts { stored: 1204, ..Counts::default() };
        let mut accounting = Accounting { logs, ..Accounting::default() };
        accounting.sources.push(source(SourceState::Live(String::new()), None));
        assert_eq!(line(&accounting), None);
        accounting.sources.push(source(SourceState::CatchingUp { what: String::new(), done: 1024, total: 4096 }, None));
        let indexing = Some(Indexing { done: 1024, total: 4096 });
        accounting.sources.push(source(SourceState::Live(String::new()), indexing));
        assert_eq!(line(&accounting).as_deref(), Some("25 %  2 KiB of 8 KiB  1,204 lines"));
    }
}
