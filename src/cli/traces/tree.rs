//! One trace as text: its spans as a tree, each with its time within the trace.

use std::sync::Arc;

use crate::analysis::critical_path::CriticalPath;
use crate::analysis::trace_tree::TraceTree;
use crate::cli::output::Look;
use crate::cli::stamp;
use crate::model::Span;
use crate::store::Trace;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::text;

/// Levels that are drawn in front of a name; deeper ones are cut.
const MAX_DEPTH: usize = 24;

/// Writes the trace: a line that sums it up, and one for each span.
pub(super) fn write(trace: &Trace, look: &Look, out: &mut Vec<u8>) {
    let summary = trace.summary();
    let failed = match summary.errors {
        0 => String::new(),
        errors => format!("  {}{errors} failed{}", look.role(Role::Error), look.reset()),
    };
    let head = format!(
        "{}  {}  {}  {}  {}  {}{failed}  {}{}{}\n",
        trace.id,
        safe(&summary.service),
        safe(&summary.operation),
        text::duration(summary.duration),
        text::counted(u64::from(summary.spans), "span"),
        stamp::rfc3339(summary.start),
        look.role(Role::Muted),
        safe(&summary.origins.join(", ")),
        look.reset(),
    );
    out.extend_from_slice(head.as_bytes());
    let tree = TraceTree::build(trace.spans());
    let path = CriticalPath::find(trace.spans(), &tree);
    for (at, row) in tree.rows().iter().enumerate() {
        let Some(span) = trace.spans().get(row.span) else { continue };
        let mark = if path.contains(row.span) { "*" } else { " " };
        let line = format!(
            "{:>9} {:>9} {mark} {}{}\n",
            text::duration(span.start.saturating_sub(summary.start)),
            text::duration(span.duration()),
            tree.prefix(at, MAX_DEPTH),
            name(span, look),
        );
        out.extend_from_slice(line.as_bytes());
    }
}

fn name(span: &Arc<Span>, look: &Look) -> String {
    let failed = if span.is_error() {
        let why =
            if span.status.message.is_empty() { String::new() } else { format!(": {}", safe(&span.status.message)) };
        format!("  {}failed{why}{}", look.role(Role::Error), look.reset())
    } else {
        String::new()
    };
    format!("{}  {} {}{failed}", safe(span.service()), safe(&span.name), span.kind.name())
}
