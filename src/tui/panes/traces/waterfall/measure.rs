//! The room that the names of a trace take, measured when it is laid out, so that columns stand still while rows move.

use unicode_width::UnicodeWidthStr;

use crate::analysis::study::{Study, indent};
use crate::theme::safe::safe;

/// Characters of a name that count.
const COUNTED: usize = 64;
/// Services that are measured.
const MAX_SERVICES: usize = 1_000;

/// The cells that names take.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    /// The widest service.
    pub(super) service: u16,
    /// The widest operation with the lines of the tree.
    pub(super) operation: u16,
}

impl Measured {
    /// Measures the longest names, of which there is a bounded number.
    pub(super) fn of(study: &Study) -> Self {
        let services = study.trace.services().iter().take(MAX_SERVICES).map(|service| width(service));
        let operation = |row: &usize| Some(indent(study.row(*row)?.depth) + width(&study.span(*row)?.name));
        Self { service: cells(services.max()), operation: cells(study.widest.iter().filter_map(operation).max()) }
    }
}

fn width(name: &str) -> usize {
    let end = name.char_indices().nth(COUNTED).map_or(name.len(), |(end, _)| end);
    safe(name.get(..end).unwrap_or(name)).width()
}

fn cells(width: Option<usize>) -> u16 {
    u16::try_from(width.unwrap_or(0)).unwrap_or(u16::MAX)
}
