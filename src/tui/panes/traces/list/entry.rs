//! One row of the list of traces, by what is known of a trace: all where it is in memory, little where a backend told of it.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use crate::model::{Nanos, TraceId};
use crate::store::TraceSummary;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::inquiry::Found;
use crate::tui::piece::{Look, Piece};
use crate::tui::text;
use crate::tui::world::World;

/// Below this width times are written to the second and spans are not counted, so that there is room for operations.
const WIDE: usize = 72;
/// Cells of the column that says where a trace came from, where there is room and where there is little.
const ORIGIN: (usize, usize) = (12, 7);

/// What is known of a trace. What is not known is `None`.
#[derive(Clone, Debug)]
pub(in crate::tui::panes::traces) struct Entry {
    pub(in crate::tui::panes::traces) id: TraceId,
    pub(in crate::tui::panes::traces) start: Nanos,
    pub(in crate::tui::panes::traces) duration: Option<i64>,
    pub(in crate::tui::panes::traces) service: Arc<str>,
    pub(in crate::tui::panes::traces) operation: Box<str>,
    pub(in crate::tui::panes::traces) spans: Option<u32>,
    pub(in crate::tui::panes::traces) errors: Option<u32>,
    pub(in crate::tui::panes::traces) is_complete: bool,
    /// Whether it is in memory.
    pub(in crate::tui::panes::traces) is_held: bool,
    /// The labels of the sources that have it.
    pub(in crate::tui::panes::traces) origins: Vec<Arc<str>>,
}

/// Which columns there are.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tui::panes::traces) struct Columns {
    is_narrow: bool,
    has_origin: bool,
}

impl Columns {
    /// The columns that fit into `width` cells.
    pub(in crate::tui::panes::traces) fn new(width: usize, has_origin: bool) -> Self {
        let wide = if has_origin { WIDE + ORIGIN.0 + 2 } else { WIDE };
        Self { is_narrow: width < wide, has_origin }
    }

    fn origin(self) -> usize {
        if self.is_narrow { ORIGIN.1 } else { ORIGIN.0 }
    }

    pub(in crate::tui::panes::traces) fn header(self) -> String {
        let (head, tail) = if self.is_narrow {
            ("time      duration  err  ", "service     operation")
        } else {
            ("time           duration  spans  errors  ", "service       operation")
        };
        let origin =
            if self.has_origin { format!("{:width$}  ", "from", width = self.origin()) } else { String::new() };
        format!("{head}{origin}{tail}")
    }
}

impl Entry {
    /// A trace in memory.
    pub(in crate::tui::panes::traces) fn of(summary: TraceSummary) -> Self {
        Self {
            id: summary.id,
            start: summary.start,
            duration: Some(summary.duration),
            service: summary.service,
            operation: summary.operation,
            spans: Some(summary.spans),
            errors: Some(summary.errors),
            is_complete: summary.is_complete,
            is_held: true,
            origins: summary.origins.to_vec(),
        }
    }

    /// A trace that backends told of; where it is in memory by now, that is what is known of it.
    pub(in crate::tui::panes::traces) fn found(found: &Found, world: &World) -> Self {
        if let Some(trace) = world.traces.get(found.hit.id) {
            return Self::of(trace.summary());
        }
        let hit = &found.hit;
        Self {
            id: hit.id,
            start: hit.start,
            duration: hit.duration,
            service: Arc::from(hit.service.as_str()),
            operation: hit.operation.as_str().into(),
            spans: hit.spans,
            errors: hit.errors,
            is_complete: true,
            is_held: false,
            origins: Vec::new(),
        }
    }

    /// Notes who has it as well.
    pub(in crate::tui::panes::traces) fn add_origins(&mut self, backends: &[String]) {
        for backend in backends {
            if !self.origins.iter().any(|known| **known == **backend) {
                self.origins.push(Arc::from(backend.as_str()));
            }
        }
    }

    pub(in crate::tui::panes::traces) fn row(&self, columns: Columns, world: &World) -> Vec<Piece> {
        let (error_role, errors) = match self.errors {
            Some(0) => (Role::Faint, "·".to_owned()),
            Some(errors) => (Role::Error, errors.to_string()),
            None => (Role::Faint, "?".to_owned()),
        };
        let duration = self.duration.map_or_else(|| "?".to_owned(), text::duration);
        let spans = self.spans.map_or_else(|| "?".to_owned(), |spans| spans.to_string());
        let (figures, errors, widest) = if columns.is_narrow {
            (format!("  {duration:>8}"), format!("  {errors:>3}"), 10)
        } else {
            (format!("  {duration:>9}  {spans:>5}"), format!("  {errors:>6}"), 12)
        };
        let mut row = vec![
            Piece::new(Role::Time, text::time_of_day(self.start, &world.settings, !columns.is_narrow)),
            Piece::new(Role::Text, figures),
            Piece::new(error_role, errors),
        ];
        if columns.has_origin {
            let role = if self.is_held { Role::Accent } else { Role::Muted };
            row.push(Piece::new(role, format!("  {}", text::fit(&self.origin(columns.origin()), columns.origin()))));
        }
        row.extend([
            Piece {
                text: format!("  {}", text::fit(&safe(&self.service), widest)),
                look: Look::Service(self.service.clone()),
            },
            Piece::new(Role::Text, format!("  {}", safe(&self.operation))),
            Piece::new(Role::Muted, if self.is_complete { "" } else { " (incomplete)" }),
        ]);
        row
    }

    /// The kinds of the sources that have it, the first words of their labels, in `width` cells.
    fn origin(&self, width: usize) -> String {
        let kinds = kinds(&self.origins);
        let all = safe(&kinds.join("+")).into_owned();
        match kinds.as_slice() {
            [first, others @ ..] if all.width() > width && !others.is_empty() => {
                let count = format!("+{}", others.len());
                format!("{}{count}", text::truncate(&safe(first), width.saturating_sub(count.len())))
            }
            _ => all,
        }
    }
}

/// The kinds of these sources, the first words of their labels, each once.
pub(in crate::tui::panes::traces) fn kinds(labels: &[Arc<str>]) -> Vec<&str> {
    let mut kinds: Vec<&str> = Vec::new();
    for kind in labels.iter().map(|label| label.split(' ').next().unwrap_or(label)) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}
