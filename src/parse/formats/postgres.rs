//! PostgreSQL's server log in text: its prefix (`log_line_prefix`, by default time and `[pid]`), then `LEVEL:  message`. `DETAIL`,
//! `HINT` and the like belong to the message before and have no level of their own.

use super::head::{Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Severity, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Postgres;

impl LineFormat for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn about(&self) -> &'static str {
        "PostgreSQL's server log: time [pid] prefix LEVEL:  message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01 10:00:00.123 UTC [811] LOG:  checkpoint starting: time",
            "2026-03-01 10:00:00 CET [811] shop@orders ERROR:  relation \"x\" does not exist at character 15",
            "2026-03-01 10:00:00.123 UTC [811] DETAIL:  Key (id)=(1) already exists.",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    headed!(head);
}

/// Words of a prefix beside time and process at most.
const MAX_WORDS: usize = 6;

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (mut head, mut at) = Head::stamped(probe)?;
    let prefix = at.until(b":  ")?;
    let mut words = prefix.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let word = words.clone().take(MAX_WORDS).last()?;
    severity(&mut head, word)?;
    if let Some(pid) = words.find_map(|word| word.strip_prefix(b"[")?.split(|byte| matches!(byte, b']' | b'-')).next())
    {
        head.part("process.pid", pid);
    }
    if let Some(at) = words.find_map(|word| Some((word, word.iter().position(|byte| *byte == b'@')?))) {
        head.part("db.user", at.0.get(..at.1)?);
        head.part("db.namespace", at.0.get(at.1 + 1..)?);
    }
    head.message = at.rest;
    Some(head)
}

/// The server's words: more than its levels, and `LOG` is information whatever its rank.
#[inline]
fn severity<'a>(head: &mut Head<'a>, word: &'a [u8]) -> Option<()> {
    head.severity = match word {
        b"LOG" | b"INFO" => Severity::INFO,
        b"NOTICE" => Severity::NOTICE,
        b"WARNING" => Severity::WARN,
        b"ERROR" => Severity::ERROR,
        b"FATAL" | b"PANIC" => Severity::FATAL,
        b"DEBUG" | b"DEBUG1" | b"DEBUG2" | b"DEBUG3" | b"DEBUG4" | b"DEBUG5" => Severity::DEBUG,
        b"DETAIL" | b"HINT" | b"CONTEXT" | b"STATEMENT" | b"QUERY" | b"LOCATION" => Severity::UNSET,
        _ => return None,
    };
    head.level = word;
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "postgres",
            &[
                (
                    "2026-03-01 10:00:00.1 UTC [8] me@db FATAL:  gone",
                    "",
                    21,
                    "gone",
                    "process.pid=8 db.user=me db.namespace=db",
                ),
                ("2026-03-01 10:00:00.1 UTC [8] STATEMENT:  select 1", "", 0, "select 1", "process.pid=8"),
            ],
        );
    }
}
