//! PostgreSQL's server log in text: its prefix (`log_line_prefix`, by default time and `[pid]`), then `LEVEL:  message`. `DETAIL`,
//! `HINT` and the like belong to the message before and have no level of their own.
//!
//! The prefix is the administrator's: `user=shop,db=orders,app=psql,client=10.0.0.1`, `shop@orders`, `[local]:shop@orders:[811]:`,
//! the SQLSTATE, the session. What of these can be told from its looks becomes a field.

use memchr::memchr_iter;

use super::given::{cut, first_line, is_digits};
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
            "2026-03-01 10:00:00 UTC [811]: [3-1] user=shop,db=orders,app=psql,client=10.0.0.1 FATAL:  no such role",
            "2026-03-01 10:00:00 CET:[local]:shop@orders:[811]:LOG:  duration: 0.038 ms",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    fn given(&self) -> &'static [&'static str] {
        &[
            "process.pid",
            "db.user",
            "db.namespace",
            "db.response.status_code",
            "client.address",
            "application_name",
            "session_id",
        ]
    }

    headed!(head);
}

/// How long a prefix may be, in bytes.
const REACH: usize = 240;

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (mut head, at) = Head::stamped(probe)?;
    let first = first_line(at.rest);
    let colon = memchr_iter(b':', first.get(..REACH).unwrap_or(first)).find(|colon| is_end(first, *colon))?;
    let prefix = first.get(..colon)?;
    head.level = level_of(prefix)?;
    head.severity = severity(head.level)?;
    let prefix = prefix.get(..prefix.len() - head.level.len())?;
    let message = at.rest.get(colon + 1..)?;
    let is_wide = message.starts_with(b"  ");
    if !is_wide && !names_a_process(prefix, head.level) {
        return None;
    }
    let blanks = if is_wide { 2 } else { 1 };
    head.message = message.get(blanks..).unwrap_or_default();
    prefix.split(|byte| matches!(byte, b' ' | b',')).for_each(|word| name_word(&mut head, word));
    Some(head)
}

/// Whether the colon ends the level: a level stands before it, a blank behind.
fn is_end(text: &[u8], colon: usize) -> bool {
    let is_level = || text.get(..colon).and_then(level_of).and_then(severity).is_some();
    text.get(colon + 1) == Some(&b' ') && is_level()
}

/// The capitals and the digit that `prefix` ends in. The number of the line in its session may stand right before them.
fn level_of(prefix: &[u8]) -> Option<&[u8]> {
    let is_part = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let len = prefix.iter().rev().take_while(is_part).count();
    let word = prefix.get(prefix.len() - len..)?;
    word.get(word.iter().position(u8::is_ascii_uppercase)?..)
}

/// The server's words: more than its levels, and `LOG` is information whatever its rank.
#[inline]
pub(super) fn severity(word: &[u8]) -> Option<Severity> {
    match word {
        b"LOG" | b"INFO" => Some(Severity::INFO),
        b"NOTICE" => Some(Severity::NOTICE),
        b"WARNING" => Some(Severity::WARN),
        b"ERROR" => Some(Severity::ERROR),
        b"FATAL" | b"PANIC" => Some(Severity::FATAL),
        b"DEBUG" | b"DEBUG1" | b"DEBUG2" | b"DEBUG3" | b"DEBUG4" | b"DEBUG5" => Some(Severity::DEBUG),
        b"DETAIL" | b"HINT" | b"CONTEXT" | b"STATEMENT" | b"QUERY" | b"LOCATION" => Some(Severity::UNSET),
        _ => None,
    }
}

/// Whether a prefix with a single blank behind the level is PostgreSQL's all the same: a process in brackets stands there,
/// and with it what is rare in other logs, a role at a database, the number of the line, or a word that only this server
/// has for a level.
fn names_a_process(prefix: &[u8], level: &[u8]) -> bool {
    let mut words = prefix.split(|byte| matches!(byte, b' ' | b':'));
    let is_process = |word: &[u8]| process(word).is_some();
    let is_own = matches!(level, b"LOG" | b"STATEMENT" | b"DETAIL" | b"HINT" | b"CONTEXT" | b"PANIC");
    words.clone().any(is_process) && (is_own || words.any(|word| word.contains(&b'@') || word.contains(&b'-')))
}

/// The number in `[811]` or `[811-1]`.
fn process(word: &[u8]) -> Option<&[u8]> {
    let inner = word.strip_prefix(b"[")?.strip_suffix(b"]")?;
    inner.split(|byte| *byte == b'-').next().filter(|digits| is_digits(digits))
}

/// Gives the words of a prefix their names.
fn name_word<'a>(head: &mut Head<'a>, word: &'a [u8]) {
    match cut(word, b'=') {
        Some((b"user", value)) => head.part_once("db.user", value),
        Some((b"db" | b"database", value)) => head.part_once("db.namespace", value),
        Some((b"app", value)) => head.part_once("application_name", value),
        Some((b"client" | b"host", value)) => head.part_once("client.address", value),
        Some((b"pid", value)) => head.part_once("process.pid", value),
        Some(_) => {}
        None => word.split(|byte| *byte == b':').for_each(|word| name_unnamed(head, word)),
    }
}

fn name_unnamed<'a>(head: &mut Head<'a>, word: &'a [u8]) {
    if let Some(pid) = process(word) {
        head.part_once("process.pid", pid);
    } else if let Some((user, database)) = cut(word, b'@') {
        head.part_once("db.user", user);
        head.part_once("db.namespace", database);
    } else if word == b"[local]" {
        head.part_once("client.address", word);
    } else if is_state(word) {
        head.part_once("db.response.status_code", word);
    } else if cut(word, b'.').is_some_and(|(start, process)| is_hex(start, 8) && is_hex(process, 1)) {
        head.part_once("session_id", word);
    }
}

/// Whether `word` is an SQLSTATE: `00000`, `42P01`. One of digits alone may as well be a process.
fn is_state(word: &[u8]) -> bool {
    let is_code = word.len() == 5 && word.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    is_code && (word == b"00000" || (word.iter().any(u8::is_ascii_digit) && !is_digits(word)))
}

fn is_hex(word: &[u8], min_len: usize) -> bool {
    word.len() >= min_len && word.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::check_not;
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
                ("2026-03-01 10:00:00.1 UTC [8] LOG: one blank", "", 9, "one blank", "process.pid=8"),
                ("2026-03-01 10:00:00 UTC [8-1] LOG:  a: b LOG:  c", "", 9, "a: b LOG:  c", "process.pid=8"),
            ],
        );
    }

    #[test]
    fn prefixes_of_administrators_are_fields() {
        check(
            "postgres",
            &[
                (
                    "2025-06-05 17:10:04 MSK [608647-3] [local] me@db WARNING: terminating",
                    "",
                    13,
                    "terminating",
                    "process.pid=608647 client.address=[local] db.user=me db.namespace=db",
                ),
                (
                    "2020-03-11 20:40:45 CET:[local]:me@template1:[12777]:LOG:  duration: 0.038 ms",
                    "",
                    9,
                    "duration: 0.038 ms",
                    "client.address=[local] db.user=me db.namespace=template1 process.pid=12777",
                ),
                ("2020-03-11 20:40:43 CET::@:[12760]:LOG:  starting", "", 9, "starting", "process.pid=12760"),
                (
                    "2026-03-01 10:00:00 UTC [8]: [3-1] user=me,db=shop,app=psql,client=10.0.0.1 42P01 ERROR:  none",
                    "",
                    17,
                    "none",
                    "process.pid=8 db.user=me db.namespace=shop application_name=psql client.address=10.0.0.1 db.response.status_code=42P01",
                ),
                (
                    "2023-07-25 02:14:09.790 UTC 64bf2ff1.21fc1e 0 VCDB me [local] 2227230 5LOG:  closed",
                    "",
                    9,
                    "closed",
                    "session_id=64bf2ff1.21fc1e client.address=[local]",
                ),
            ],
        );
    }

    #[test]
    fn one_blank_behind_the_level_is_not_enough() {
        check_not(
            "postgres",
            &[
                "2026-03-01 10:00:00 [811] ERROR: out",
                "2026-03-01 10:00:00 WARNING: low",
                "2026-03-01 10:00:00 x LOGS:  y",
            ],
        );
    }
}
