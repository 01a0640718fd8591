//! `spantail traces compare`: two traces beside each other, or one beside what is usual for its operation.

use std::cmp::Reverse;
use std::path::Path;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::asking::{AskingArgs, ids, unless_interrupted};
use super::fetching::{fetch, tell_unread};
use crate::analysis::comparison::{Change, ComparedRow, Comparison, Figures, Side};
use crate::analysis::question::{Answer, Question};
use crate::cli::Ending;
use crate::cli::json::Json;
use crate::cli::output::{ColorFlags, Look, Out};
use crate::model::TraceId;
use crate::parse::context::trace_ids;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::text;

/// Levels that are drawn in front of a name, and that a path tells; of deeper ones the innermost.
const MAX_DEPTH: usize = 24;

/// Arguments of `traces compare`.
#[derive(Args, Clone, Debug)]
pub(super) struct CompareArgs {
    /// The trace that the other is measured by; without B the one that is measured by what is usual for its operation
    #[arg(value_name = "A")]
    a: String,
    /// The other trace
    #[arg(value_name = "B")]
    b: Option<String>,
    /// What to write
    #[arg(short, long, value_name = "FORMAT", default_value_t, value_enum)]
    output: Output,
    #[command(flatten)]
    color: ColorFlags,
    #[command(flatten)]
    asking: AskingArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Output {
    /// A table of the calls of both
    #[default]
    Text,
    /// One object
    Json,
}

/// Prints the comparison; fails where a trace is not found, or there is nothing to compare it with.
pub(super) fn run(args: &CompareArgs) -> anyhow::Result<Ending> {
    let mut args = args.clone();
    // Where the second argument is no trace it is the first source.
    if let Some(source) = args.b.take_if(|b| trace_ids(b.trim()).is_empty() || Path::new(b).exists()) {
        args.asking.push_front(source);
    }
    let traces = [Some(&args.a), args.b.as_ref()].into_iter().flatten();
    let wanted = traces.map(|text| Ok((text.as_str(), ids(text)?))).collect::<anyhow::Result<Vec<_>>>()?;
    let (comparison, look) = match unless_interrupted(compared(&args, &wanted))? {
        Ok(compared) => compared,
        Err(signal) => return Ok(Ending::Signal(signal)),
    };
    let mut out = Out::default();
    match args.output {
        Output::Text => table(&comparison, &look, &mut out.buf),
        Output::Json => object(&comparison, &mut out.buf),
    }
    out.flush()?;
    Ok(Ending::Done)
}

async fn compared(args: &CompareArgs, wanted: &[(&str, Vec<TraceId>)]) -> anyhow::Result<(Comparison, Look)> {
    let asking = args.asking.start()?;
    let until = args.asking.until();
    let look = args.color.look(&asking.config, args.asking.config.as_deref());
    let mut found = Vec::new();
    for (text, ids) in wanted {
        found.push(fetch(&asking, &args.asking, text, ids, until).await);
    }
    tell_unread(&asking);
    let found = found.into_iter().map(|trace| Ok(trace?.id)).collect::<anyhow::Result<Vec<_>>>()?;
    let question = match *found.as_slice() {
        [a, b] => Question::Compare { trace: b, with: Some(a) },
        [trace] => Question::Compare { trace, with: None },
        _ => bail!("no trace is named"),
    };
    match question.answer(asking.ingest.traces()) {
        Answer::Comparison(comparison) => Ok((comparison, look)),
        Answer::Nothing(why) => bail!("{why}; name a second trace, or a file with more of them"),
        Answer::Aggregate(_) | Answer::Verdicts(_) | Answer::Study(_) => bail!("the traces could not be compared"),
    }
}

/// A line that sums up, and one for each call.
fn table(comparison: &Comparison, look: &Look, out: &mut Vec<u8>) {
    let Comparison { a, b, rows } = comparison;
    let (more, fewer) = comparison.more_and_fewer();
    let mut said = vec![match b.duration_ns.saturating_sub(a.duration_ns) {
        0 => "as long".to_owned(),
        delta => text::difference(delta),
    }];
    said.extend((more > 0).then(|| format!("{} more", text::counted(more, "call"))));
    said.extend((fewer > 0).then(|| format!("{} missing", text::counted(fewer, "call"))));
    let head = format!(
        "{}  {}  {}  {} beside {}: {}\n{:>9} {:>9} {:>9} {:>9}\n",
        b.trace.map(|trace| trace.to_string()).unwrap_or_default(),
        safe(&b.service),
        safe(&b.operation),
        text::duration(b.duration_ns),
        measure(a, b),
        said.join(", "),
        if a.trace.is_some() { "A" } else { "usual" },
        if a.trace.is_some() { "B" } else { "this" },
        "Δ time",
        "Δ self",
    );
    out.extend_from_slice(head.as_bytes());
    for (at, row) in rows.iter().enumerate() {
        let time = |side: Option<Figures>| side.map_or_else(|| "·".to_owned(), |it| text::duration(it.duration_ns));
        let (role, mark) = mark(row.change);
        let line = format!(
            "{:>9} {:>9} {:>9} {:>9} {}{mark}{} {}{}  {}{}\n",
            time(row.a),
            time(row.b),
            text::difference(row.duration_delta()),
            text::difference(row.self_delta()),
            look.role(role),
            look.reset(),
            comparison.prefix(at, MAX_DEPTH, false),
            safe(&row.service),
            safe(&row.operation),
            times(row, a),
        );
        out.extend_from_slice(line.as_bytes());
    }
}

/// What is measured by, how long that takes, and where it is of another operation, of which.
fn measure(a: &Side, b: &Side) -> String {
    let duration = text::duration(a.duration_ns);
    match a.trace {
        Some(trace) if (&a.service, &a.operation) != (&b.service, &b.operation) => {
            format!("{trace} {duration} of another operation, {} {}", safe(&a.service), safe(&a.operation))
        }
        Some(trace) => format!("{trace} {duration}"),
        None if a.is_error_free => {
            format!("usual {duration} of {} without errors", text::counted(a.traces as u64, "trace"))
        }
        None => format!("usual {duration} of {}", text::counted(a.traces as u64, "trace")),
    }
}

fn mark(change: Change) -> (Role, char) {
    match change {
        Change::Same => (Role::Text, ' '),
        Change::Added => (Role::Warning, '+'),
        Change::Missing => (Role::Accent, '-'),
        Change::Grew => (Role::Warning, '▲'),
        Change::Shrank => (Role::Ok, '▼'),
    }
}

/// How often, where that is not once on both sides.
fn times(row: &ComparedRow, a: &Side) -> String {
    let beside = if a.trace.is_some() { "A" } else { "usual" };
    match row.counts() {
        (0 | 1, 0 | 1) => String::new(),
        (0, n) | (n, 0) => format!("  ×{}", text::count(n)),
        (a, b) if a == b => format!("  ×{}", text::count(b)),
        (a, b) => format!("  ×{} ({beside} {})", text::count(b), text::count(a)),
    }
}

fn object(comparison: &Comparison, out: &mut Vec<u8>) {
    let (json, Comparison { a, b, rows }) = (Json::default(), comparison);
    out.push(b'{');
    json.field("a", &a.trace.map(|trace| trace.to_string()).unwrap_or_default(), out);
    json.field("b", &b.trace.map(|trace| trace.to_string()).unwrap_or_default(), out);
    if a.trace.is_none() {
        json.number("usual_of", a.traces as u64, out);
    }
    for (key, side) in
        [("a_ns", a.duration_ns), ("b_ns", b.duration_ns), ("a_busy_ns", a.busy_ns), ("b_busy_ns", b.busy_ns)]
    {
        json.number(key, side.unsigned_abs(), out);
    }
    let list = |key: &str, is_meant: fn(Change) -> bool, out: &mut Vec<u8>| {
        json.key(key, out);
        out.push(b'[');
        let mut meant: Vec<usize> = (0..rows.len()).filter(|at| is_meant(rows[*at].change)).collect();
        meant.sort_by_key(|at| Reverse(rows[*at].self_delta().unsigned_abs()));
        for (place, at) in meant.into_iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            call(comparison, at, out);
        }
        out.push(b']');
    };
    list("added", |change| change == Change::Added, out);
    list("removed", |change| change == Change::Missing, out);
    list("changed", |change| matches!(change, Change::Grew | Change::Shrank), out);
    out.extend_from_slice(b"}\n");
}

/// A call with its path from the root, and what it is on both sides.
fn call(comparison: &Comparison, at: usize, out: &mut Vec<u8>) {
    let json = Json::default();
    let above = |at: &usize| comparison.rows.get(*at)?.parent;
    let mut path: Vec<&ComparedRow> =
        std::iter::successors(Some(at), above).take(MAX_DEPTH).filter_map(|at| comparison.rows.get(at)).collect();
    path.reverse();
    out.push(b'{');
    json.key("path", out);
    out.push(b'[');
    for (place, row) in path.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        json.text(&format!("{} {}", row.service, row.operation), out);
    }
    out.push(b']');
    let row = comparison.rows.get(at);
    for (side, figures) in [("a", row.and_then(|row| row.a)), ("b", row.and_then(|row| row.b))] {
        let Some(it) = figures else { continue };
        json.number(&format!("{side}_ns"), it.duration_ns.unsigned_abs(), out);
        json.number(&format!("{side}_self_ns"), it.self_ns.unsigned_abs(), out);
        json.number(&format!("{side}_count"), it.count, out);
        json.number(&format!("{side}_errors"), it.errors, out);
        json.field(&format!("{side}_span"), &it.longest.1.to_string(), out);
    }
    out.push(b'}');
}
