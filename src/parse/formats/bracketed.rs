//! Heads of brackets, as spdlog and many others have them: `[time] [logger] [level] message`, in any order behind the time.

use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading, time};

/// The format.
pub(super) struct Bracketed;

impl LineFormat for Bracketed {
    fn name(&self) -> &'static str {
        "bracketed"
    }

    fn about(&self) -> &'static str {
        "[time] [logger] [level] message, as spdlog writes it"
    }

    fn samples(&self) -> &'static [&'static str] {
        &["[2026-03-01 10:00:00.123] [console] [info] Welcome to spdlog", "[2026-03-01 10:00:00] [error] out of order"]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'['
    }

    headed!(head);
}

/// Brackets behind the time at most.
const MAX_GROUPS: usize = 5;

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let mut at = Cursor { rest: probe.line.strip_prefix(b"[")? };
    // A weekday in front is Apache's.
    if !at.rest.first()?.is_ascii_digit() {
        return None;
    }
    let stamp = time::stamp(at.rest, probe.hints)?;
    let mut head = Head { time: stamp.time, ..Head::default() };
    at.rest = at.rest.get(stamp.len..)?;
    at.eat(b"]")?;
    for _ in 0..MAX_GROUPS {
        at.blanks();
        let Some(group) = at.brackets() else { break };
        if head.level.is_empty() && head.level(group.trim_ascii()).is_some() {
            continue;
        }
        match head.service {
            None => head.service = Some(group),
            Some(_) => head.part("context", group),
        }
    }
    at.blanks();
    head.message = at.rest;
    (!head.level.is_empty()).then_some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check("bracketed", &[("[2026-03-01 10:00:00.123] [warning] [net] a [b]", "net", 13, "a [b]", "")]);
    }
}
