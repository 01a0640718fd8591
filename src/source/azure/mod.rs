//! What all that is asked in Kusto's query language shares: who asks ([`asker`]), what comes ([`answer`]), and how values are
//! written into a query ([`quoted`], [`datetime`]).

mod answer;
mod asker;

pub(super) use answer::{Answer, Cell, Row, Table, told};
pub(super) use asker::Asker;

use crate::model::Nanos;

/// A text as Kusto reads it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A time as Kusto reads it; it keeps seven digits of a second.
pub(super) fn datetime(time: Nanos) -> String {
    let time = chrono::DateTime::from_timestamp_nanos(time).to_rfc3339_opts(chrono::SecondsFormat::Nanos, true);
    format!("datetime({time})")
}
