//! What a command without a screen says at its end: one line of figures, and what failed.

use std::io::Write as _;

use anyhow::bail;

use super::Ending;
use crate::model::SourceState;
use crate::store::{Accounting, Counts};
use crate::theme::safe::safe;
use crate::tui::text::count;

/// Says on stderr, in one line, what became of everything that came, and beside it the figures of the command.
pub(super) fn tell(counts: &Counts, own: &[(&str, u64)]) {
    let figures = [
        ("received", counts.received),
        ("stored", counts.stored),
        ("rate-limited", counts.rate_limited),
        ("dropped", counts.dropped),
        ("rejected", counts.rejected),
    ];
    let figures: Vec<String> =
        figures.iter().chain(own).map(|(name, number)| format!("{name} {}", count(*number))).collect();
    // Nobody may be left to read it.
    let _told = writeln!(std::io::stderr(), "{}", figures.join("  "));
}

/// Which sources failed and why, a line each; `None` when none did.
pub(super) fn failures(accounting: &Accounting) -> Option<String> {
    let failed = accounting.sources.iter().filter_map(|source| match &source.state {
        SourceState::Failed(why) => Some(format!("{}: {}", safe(&source.label), safe(why))),
        _ => None,
    });
    let failed: Vec<String> = failed.collect();
    (!failed.is_empty()).then(|| failed.join("\nspantail: "))
}

/// What the command ends with: a source that failed is a failure, unless a signal ended the command before.
pub(super) fn verdict(accounting: &Accounting, ending: Ending) -> anyhow::Result<Ending> {
    match (failures(accounting), ending) {
        (None, _) => Ok(ending),
        (Some(why), Ending::Done) => bail!("{why}"),
        (Some(why), Ending::Signal(_)) => {
            let _told = writeln!(std::io::stderr(), "spantail: {why}");
            Ok(ending)
        }
    }
}
