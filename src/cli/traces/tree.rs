//! One trace as text: its spans as a tree, each with its time within the trace, and what these come to.

use super::study::Study;
use crate::analysis::error_propagation::{ErrorPropagation, ErrorRole, exception};
use crate::cli::output::Look;
use crate::cli::stamp;
use crate::model::{Nanos, Span};
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::text;

/// Levels that are drawn in front of a name; deeper ones are cut.
const MAX_DEPTH: usize = 24;

/// Bottlenecks, and errors, that the last lines tell of.
const MAX_TOLD: usize = 5;

/// Writes the trace: a line that sums it up, one for each span, and some that say where time went and errors came from.
pub(super) fn write(study: &Study, look: &Look, out: &mut Vec<u8>) {
    let mut page = Page { study, look, out };
    page.head();
    page.spans();
    page.bottlenecks();
    page.errors();
    page.clocks();
}

struct Page<'a> {
    study: &'a Study<'a>,
    look: &'a Look,
    out: &'a mut Vec<u8>,
}

impl Page<'_> {
    fn head(&mut self) {
        let summary = self.study.trace.summary();
        let failed = match summary.errors {
            0 => String::new(),
            errors => format!("  {}", self.styled(Role::Error, &format!("{errors} failed"))),
        };
        let head = format!(
            "{}  {}  {}  {}  {}  {}{failed}  {}",
            self.study.trace.id,
            safe(&summary.service),
            safe(&summary.operation),
            text::duration(summary.duration),
            text::counted(u64::from(summary.spans), "span"),
            stamp::rfc3339(summary.start),
            self.styled(Role::Muted, &safe(&summary.origins.join(", "))),
        );
        self.line(&head);
        let columns = format!("{:>9} {:>9} {:>9}   * critical path", "at", "for", "itself");
        self.line(&self.styled(Role::Muted, &columns));
    }

    fn spans(&mut self) {
        let start = self.study.trace.summary().start;
        for (at, row) in self.study.tree.rows().iter().enumerate() {
            let (Some(span), Some(own)) = (self.study.span(row.span), self.study.own.get(row.span)) else { continue };
            let mark = if self.study.path.contains(row.span) { "*" } else { " " };
            let line = format!(
                "{:>9} {:>9} {:>9} {} {}{}  {} {}{}",
                text::duration(span.start.saturating_sub(start)),
                text::duration(span.duration()),
                text::duration(*own),
                self.styled(Role::CriticalPath, mark),
                self.study.tree.prefix(at, MAX_DEPTH),
                safe(span.service()),
                safe(&span.name),
                span.kind.name(),
                self.notes(row.span, span),
            );
            self.line(&line);
        }
    }

    /// What is to be said of a span behind its name, each behind two blanks.
    fn notes(&self, at: usize, span: &Span) -> String {
        let failed = format!("failed{}", why(span));
        let began = (Role::Error, "(error began here)".to_owned());
        let absorbed = (Role::Warning, "(absorbed an error)".to_owned());
        let mut notes = match self.study.roles.get(at).copied().unwrap_or_default() {
            ErrorRole::Origin => vec![(Role::Error, failed), began],
            ErrorRole::Anew => vec![(Role::Error, failed), began, absorbed],
            ErrorRole::Propagated => vec![(Role::Error, failed)],
            ErrorRole::Recovered => vec![absorbed],
            ErrorRole::None => Vec::new(),
        };
        if let Some(thrown) = exception(span).filter(|_| !span.is_error()) {
            let kind = thrown.attributes.text("exception.type").unwrap_or("exception");
            notes.push((Role::Muted, format!("threw {}", safe(kind))));
        }
        let (shift, above) = (self.shift(at), self.study.parent(at).map_or(0, |parent| self.shift(parent)));
        // What is below on the same clock says nothing new.
        if shift != 0 && shift != above {
            notes.push((Role::Muted, format!("(clock off by {})", signed(shift.saturating_neg()))));
        }
        notes.iter().flat_map(|(role, note)| ["  ".to_owned(), self.styled(*role, note)]).collect()
    }

    fn bottlenecks(&mut self) {
        if self.study.bottlenecks.is_empty() {
            return;
        }
        let on_path = self.study.path.spans().count() as u64;
        let length = text::duration(self.study.path.length());
        self.line("");
        self.line(&format!("critical path  {length} through {}", text::counted(on_path, "span")));
        for it in self.study.bottlenecks.iter().take(MAX_TOLD) {
            let spans = if it.spans == 1 { String::new() } else { format!("  {} spans", text::count(it.spans as u64)) };
            let (time, share) = (text::duration(it.exclusive_ns), text::percent(it.share));
            self.line(&format!("{time:>9} {share:>7}  {}  {}{spans}", safe(&it.service), safe(&it.operation)));
        }
        let rest = self.study.bottlenecks.iter().skip(MAX_TOLD);
        let count = rest.clone().count() as u64;
        if count > 0 {
            let time = text::duration(rest.clone().map(|it| it.exclusive_ns).sum());
            let share = text::percent(rest.map(|it| it.share).sum());
            self.line(&format!("{time:>9} {share:>7}  {}", text::counted(count, "other operation")));
        }
    }

    fn errors(&mut self) {
        if self.study.errors.is_empty() {
            return;
        }
        self.line("");
        for error in self.study.errors.iter().take(MAX_TOLD) {
            let told = self.told(error);
            self.line(&told);
        }
        let more = self.study.errors.len().saturating_sub(MAX_TOLD) as u64;
        if more > 0 {
            self.line(&format!("and {} that began elsewhere", text::counted(more, "error")));
        }
    }

    /// Where an error began, how far it went, and what became of it.
    fn told(&self, error: &ErrorPropagation) -> String {
        let name = |at: usize| {
            self.study.span(at).map_or_else(String::new, |it| format!("{} {}", safe(it.service()), safe(&it.name)))
        };
        let reason = self.study.span(error.origin).map_or_else(String::new, |span| why(span));
        let went = match error.affected {
            0 => String::new(),
            affected => format!(", went up through {}", text::counted(affected as u64, "span")),
        };
        let outermost = self.study.tree.row_of(error.outermost).and_then(|row| self.study.tree.rows().get(row));
        let end = match error.recovery {
            Some(recovery) => format!(", absorbed by {}", name(recovery)),
            None if outermost.is_some_and(|row| row.is_orphan) => ", up to a span whose parent is not here".to_owned(),
            None => ", up to the root".to_owned(),
        };
        format!("{}  began in {}{reason}{went}{end}", self.styled(Role::Error, "error"), name(error.origin))
    }

    fn clocks(&mut self) {
        let wrong = self.study.shifts.iter().filter(|shift| **shift != 0).count() as u64;
        if wrong > 0 {
            self.line("");
            let (is, its) = if wrong == 1 { ("is", "its") } else { ("are", "their") };
            let spans = text::counted(wrong, "span");
            self.line(&format!("clocks  {spans} {is} timed by a clock that is not {its} parent's"));
        }
    }

    fn shift(&self, at: usize) -> Nanos {
        self.study.shifts.get(at).copied().unwrap_or_default()
    }

    fn styled(&self, role: Role, text: &str) -> String {
        format!("{}{text}{}", self.look.role(role), self.look.reset())
    }

    fn line(&mut self, line: &str) {
        self.out.extend_from_slice(line.as_bytes());
        self.out.push(b'\n');
    }
}

/// What a failed span says of it, behind a colon; nothing if it says nothing.
fn why(span: &Span) -> String {
    if span.status.message.is_empty() { String::new() } else { format!(": {}", safe(&span.status.message)) }
}

fn signed(time: Nanos) -> String {
    format!("{}{}", if time < 0 { "−" } else { "+" }, text::duration(time.saturating_abs()))
}
