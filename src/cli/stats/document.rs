//! Figures as a JSON document: the contract of docs/OUTPUT.md.

use std::io::{IsTerminal as _, Write as _};

use super::tally::Figures;
use crate::cli::json::Json;
use crate::cli::stamp::Stamp;
use crate::model::{Level, Nanos};
use crate::store::{Counts, SourceAccount};
use crate::tui::text;

/// Appends the document.
pub(super) fn write(figures: &Figures, out: &mut Vec<u8>) {
    let json = Json { is_safe: std::io::stdout().is_terminal() };
    let tally = &figures.tally;
    out.push(b'{');
    counts(json, &figures.accounting.logs, out);
    json.field("filter", &figures.filter, out);
    json.number("matched", tally.lines, out);
    json.number("bytes", tally.bytes, out);
    if let Some(rate) = figures.lines_per_second() {
        json.key("lines_per_second", out);
        // Writing to memory can not fail.
        let _written = write!(out, "{rate:.3}");
    }
    object(json, "levels", Level::ALL.map(Level::name).into_iter().zip(tally.levels), out);
    object(json, "services", figures.services(), out);
    json.key("sources", out);
    out.push(b'[');
    for (at, account) in figures.accounting.sources.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        source(json, account, out);
    }
    out.push(b']');
    object(json, "origins", figures.origins(), out);
    json.number("traces", tally.traces(), out);
    if figures.accounting.spans.received > 0 {
        json.key("spans", out);
        out.push(b'{');
        counts(json, &figures.accounting.spans, out);
        out.push(b'}');
    }
    if let Some((from, to)) = tally.time_range {
        json.key("time_range", out);
        out.push(b'{');
        time(json, "from", from, out);
        time(json, "to", to, out);
        out.push(b'}');
    }
    out.extend_from_slice(b"}\n");
}

fn source(json: Json, account: &SourceAccount, out: &mut Vec<u8>) {
    let (state, detail) = text::state(&account.state);
    out.push(b'{');
    json.field("name", &account.label, out);
    counts(json, &account.logs, out);
    json.field("state", state, out);
    json.field("detail", &detail, out);
    out.push(b'}');
}

fn counts(json: Json, counts: &Counts, out: &mut Vec<u8>) {
    for (key, number) in [
        ("received", counts.received),
        ("stored", counts.stored),
        ("held", counts.held()),
        ("evicted", counts.evicted),
        ("rate_limited", counts.rate_limited),
        ("dropped", counts.dropped),
        ("rejected", counts.rejected),
        ("pending", counts.pending),
    ] {
        json.number(key, number, out);
    }
}

fn object<'a>(json: Json, key: &str, counts: impl IntoIterator<Item = (&'a str, u64)>, out: &mut Vec<u8>) {
    json.key(key, out);
    out.push(b'{');
    for (name, count) in counts {
        json.number(name, count, out);
    }
    out.push(b'}');
}

fn time(json: Json, key: &str, at: Nanos, out: &mut Vec<u8>) {
    json.key(key, out);
    out.push(b'"');
    Stamp::default().write(at, out);
    out.push(b'"');
}
