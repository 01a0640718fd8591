//! MySQL's and MariaDB's error log: `2026-03-01T10:00:00.123456Z 0 [Warning] [MY-010068] [Server] message` since 8.0, `130219
//! 13:24:56 [Note] message` and `2026-03-01 10:00:00 812 [Note] InnoDB: message` before. And the general log, which has tabs:
//! `2026-03-01T10:00:00.123456Z<TAB>   10 Query<TAB>select 1`.

use super::head::{Cursor, Head, headed};
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
        "MySQL's and MariaDB's error log: time thread [Level] message, and their general log"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01T10:00:00.123456Z 0 [Warning] [MY-010068] [Server] CA certificate ca.pem is self signed.",
            "130219 13:24:56 [Note] Event Scheduler: Loaded 0 events",
            "2026-03-01 10:00:00 0 [Note] InnoDB: Buffer pool(s) load completed",
            "130219 13:24:56 mysqld_safe Starting mysqld daemon with databases from /var/lib/mysql",
            "2026-03-01T10:00:00.123456Z\t   10 Query\tselect @@version_comment limit 1",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    fn given(&self) -> &'static [&'static str] {
        &["thread.id", "error.code", "command"]
    }

    headed!(head);
}

/// What the server calls its parts where they stand before a message.
const SUBSYSTEMS: [&[u8]; 5] = [b"InnoDB", b"WSREP", b"mysqld", b"mariadbd", b"Aria engine"];

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (head, mut at) = Head::stamped(probe)?;
    if at.eat(b"\t").is_some() {
        return general(head, at);
    }
    at.eat(b" ")?;
    at.blanks();
    match at.rest.first()? {
        b'[' | b'0'..=b'9' => error(head, at),
        _ => before_levels(head, at),
    }
}

fn error<'a>(mut head: Head<'a>, mut at: Cursor<'a>) -> Option<Head<'a>> {
    if let Some(thread) = at.digits() {
        head.part("thread.id", thread);
        at.eat(b" ")?;
    }
    head.level = at.brackets()?;
    head.severity = match head.level {
        b"Note" | b"System" => Severity::INFO,
        b"Warning" => Severity::WARN,
        b"ERROR" | b"Error" => Severity::ERROR,
        _ => return None,
    };
    at.blanks();
    if at.rest.starts_with(b"[MY-") {
        head.part("error.code", at.brackets()?);
        at.blanks();
        head.service = at.brackets();
        at.blanks();
    } else {
        head.service = subsystem(at.rest);
    }
    head.message = at.rest;
    Some(head)
}

/// The part of the server that a message begins with; it stays there.
fn subsystem(message: &[u8]) -> Option<&[u8]> {
    SUBSYSTEMS
        .into_iter()
        .find(|name| message.strip_prefix(*name).is_some_and(|rest| rest.starts_with(b": ")))
        .and_then(|name| message.get(..name.len()))
}

/// What versions before 5.6 write without a level: `mysqld_safe Starting …`, `InnoDB: …`.
fn before_levels<'a>(mut head: Head<'a>, mut at: Cursor<'a>) -> Option<Head<'a>> {
    head.message = at.rest;
    if let Some(name) = subsystem(at.rest) {
        head.service = Some(name);
        return Some(head);
    }
    let script = at.word().filter(|word| matches!(*word, b"mysqld_safe" | b"mariadbd-safe"))?;
    (head.service, head.message) = (Some(script), at.rest.trim_ascii_start());
    Some(head)
}

/// `   10 Query<TAB>select 1`: the connection, what the client asked for, and its argument.
fn general<'a>(mut head: Head<'a>, mut at: Cursor<'a>) -> Option<Head<'a>> {
    at.blanks();
    head.part("thread.id", at.digits()?);
    at.eat(b" ")?;
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b' ';
    head.part("command", at.until(b"\t").filter(|command| command.iter().all(is_letter))?);
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
                ("2026-03-01 10:00:00 0 [Warning] WSREP: b", "WSREP", 13, "WSREP: b", "thread.id=0"),
                ("130219 13:24:56  InnoDB: Initializing", "InnoDB", 0, "InnoDB: Initializing", ""),
                ("130219 13:24:56 mysqld_safe Starting a=1", "mysqld_safe", 0, "Starting a=1", "a=1"),
                ("2025-08-15T14:04:40.8Z\t   10 Init DB\ttestdb1", "", 0, "testdb1", "thread.id=10 command=Init DB"),
                ("2025-08-15T14:04:40.8Z\t   10 Quit\t", "", 0, "", "thread.id=10 command=Quit"),
            ],
        );
    }
}
