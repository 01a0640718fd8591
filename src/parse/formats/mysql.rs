//! MySQL's and MariaDB's error log: `2026-03-01T10:00:00.123456Z 0 [Warning] [MY-010068] [Server] message` since 8.0, `130219
//! 13:24:56 [Note] message` and `2026-03-01 10:00:00 812 [Note] message` before.

use super::head::{Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Severity, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Mysql;

impl LineFormat for Mysql {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn about(&self) -> &'static str {
        "MySQL's and MariaDB's error log: time thread [Level] message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01T10:00:00.123456Z 0 [Warning] [MY-010068] [Server] CA certificate ca.pem is self signed.",
            "130219 13:24:56 [Note] Event Scheduler: Loaded 0 events",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (mut head, mut at) = Head::stamped(probe)?;
    at.eat(b" ")?;
    at.blanks();
    if let Some(thread) = at.digits() {
        head.part("thread.id", thread);
        at.eat(b" ")?;
    }
    head.severity = match at.brackets()? {
        b"Note" | b"System" => Severity::INFO,
        b"Warning" => Severity::WARN,
        b"ERROR" | b"Error" => Severity::ERROR,
        _ => return None,
    };
    let after = at.rest;
    head.level = probe.line.get(..probe.line.len() - after.len() - 1)?.rsplit(|byte| *byte == b'[').next()?;
    at.blanks();
    if at.rest.starts_with(b"[MY-") {
        head.part("error.code", at.brackets()?);
        at.blanks();
        head.service = at.brackets();
    }
    at.blanks();
    head.message = at.rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "mysql",
            &[
                (
                    "2026-03-01T10:00:00.1Z 7 [ERROR] [MY-1] [InnoDB] a",
                    "InnoDB",
                    17,
                    "a",
                    "thread.id=7 error.code=MY-1",
                ),
                ("2026-03-01 10:00:00 812 [Note] b", "", 9, "b", "thread.id=812"),
            ],
        );
    }
}
