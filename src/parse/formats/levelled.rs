//! A time and a level in small letters, then the program: `2026-03-01T10:00:00.123Z info vpxd[45715] [sub=Lro] message`; and the
//! logger before its level: `2026-03-01 10:00:00,123 app.jobs WARNING message`, as many Python programs have it. And one of them in
//! brackets: `2026-03-01 10:00:00,123 [INFO] app.jobs: message`, `2026-03-01 10:00:00 [scrapy.core.engine] INFO: message`.
//!
//! Words in small letters count as levels only right behind the time, and only those that hardly begin a sentence.

use super::given::is_digits;
use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Levelled;

impl LineFormat for Levelled {
    fn name(&self) -> &'static str {
        "levelled"
    }

    fn about(&self) -> &'static str {
        "time level [program[pid]] message, time logger LEVEL message, time [LEVEL] logger: message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01T10:00:00.123Z info vpxd[45715] [Originator@6876 sub=vpxLro opID=7e1280cf] -- BEGIN lro-846063",
            "2026-03-01 10:00:00 warn low on disk",
            "2026-03-01T10:00:00.123Z error: cannot connect",
            "2026-03-01 10:00:00,123 app.jobs WARNING retrying job_id=42",
            "2026-03-01 10:00:00,123 [INFO] app.jobs: started",
            "2026-03-01 10:00:00 [scrapy.core.engine] INFO: Spider opened",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    fn given(&self) -> &'static [&'static str] {
        &["process.pid"]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (mut head, mut at) = Head::stamped(probe)?;
    at.eat(b" ")?;
    at.blanks();
    if at.rest.starts_with(b"[") {
        // With slashes nginx' errors, without separators MySQL's.
        return (probe.line.get(4) == Some(&b'-')).then(|| bracketed(head, at)).flatten();
    }
    let word = at.word()?;
    if word.first()?.is_ascii_lowercase() && is_level(word) {
        head.level(word.strip_suffix(b":").unwrap_or(word))?;
        at.blanks();
        return Some(program(head, at));
    }
    // A level in the first place is not a logger.
    if !is_name(word) || head.level(word).is_some() {
        return None;
    }
    at.eat(b" ")?;
    at.blanks();
    let level = at.word()?;
    let level = level.strip_suffix(b":").unwrap_or(level);
    if !is_capital(level) {
        return None;
    }
    head.level(level)?;
    head.service = Some(word);
    at.blanks();
    head.message = at.rest;
    Some(head)
}

/// `[LEVEL] logger: message` without a logger too, and `[logger] LEVEL: message`.
fn bracketed<'a>(mut head: Head<'a>, mut at: Cursor<'a>) -> Option<Head<'a>> {
    let group = at.brackets()?.trim_ascii();
    at.eat(b" ")?;
    at.blanks();
    if is_capital(group) || is_level(group) {
        head.level(group)?;
        head.message = at.rest;
        let logger =
            at.word().and_then(|word| word.strip_suffix(b":")).filter(|name| is_name(name) && is_no_word(name));
        if let Some(name) = logger.filter(|_| at.rest.starts_with(b" ")) {
            (head.service, head.message) = (Some(name), at.rest.get(1..)?);
        }
        return Some(head);
    }
    let level = at.word()?.strip_suffix(b":").filter(|level| is_capital(level) && is_name(group))?;
    head.level(level)?;
    at.blanks();
    (head.service, head.message) = (Some(group), at.rest);
    Some(head)
}

/// Whether a name before a colon is rather a logger's than the first word of a message, as `Note: ` is.
fn is_no_word(name: &[u8]) -> bool {
    name.iter().any(|byte| b"._".contains(byte)) || name.iter().all(u8::is_ascii_lowercase)
}

fn is_capital(word: &[u8]) -> bool {
    matches!(word, b"TRACE" | b"DEBUG" | b"INFO" | b"WARN" | b"WARNING" | b"ERROR" | b"CRITICAL" | b"FATAL")
}

/// Levels that loggers write small, with or without a colon.
fn is_level(word: &[u8]) -> bool {
    let word = word.strip_suffix(b":").unwrap_or(word);
    matches!(
        word,
        b"trace"
            | b"verbose"
            | b"debug"
            | b"debug2"
            | b"debug3"
            | b"info"
            | b"warn"
            | b"warning"
            | b"error"
            | b"err"
            | b"fatal"
            | b"panic"
            | b"critical"
            | b"crit"
            | b"silly"
    )
}

/// Whether it may be the name of a logger.
fn is_name(word: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    word.first().is_some_and(u8::is_ascii_alphabetic) && word.iter().all(is_part)
}

/// The program behind the level: `vpxd[45715]`, with or without a colon. Anything else is the message.
fn program<'a>(mut head: Head<'a>, mut at: Cursor<'a>) -> Head<'a> {
    head.message = at.rest;
    let Some(word) = at.word() else { return head };
    let word = word.strip_suffix(b":").unwrap_or(word);
    let Some((name, pid)) = word.strip_suffix(b"]").and_then(|word| super::given::cut(word, b'[')) else { return head };
    if is_digits(pid) && is_name(name) {
        head.part("process.pid", pid);
        at.blanks();
        (head.service, head.message) = (Some(name), at.rest);
    }
    head
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::check_not;
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "levelled",
            &[
                (
                    "2022-06-02T12:21:26.285Z info vmware-vum-server[00932] [Originator@6876 sub=Auth] closed",
                    "vmware-vum-server",
                    9,
                    "[Originator@6876 sub=Auth] closed",
                    "process.pid=00932 sub=Auth",
                ),
                ("2022-06-02T12:21:26.285Z debug wcp [a/b.go:1] go", "", 5, "wcp [a/b.go:1] go", ""),
                ("2016-06-30 12:00:01 trace tracemessage", "", 1, "tracemessage", ""),
                ("2026-03-01T10:00:00Z error: no x=1", "", 17, "no x=1", "x=1"),
                ("2026-03-01 10:00:00,123 root ERROR: no", "root", 17, "no", ""),
                ("2026-03-01 10:00:00,123 [WARNING] a.b: low x=1", "a.b", 13, "low x=1", "x=1"),
                ("2026-03-01 10:00:00 [error] not found: x", "", 17, "not found: x", ""),
                ("2026-03-01 10:00:00 [INFO ] Note: it works", "", 9, "Note: it works", ""),
                ("2026-03-01 10:00:00 [a.b] DEBUG: go", "a.b", 5, "go", ""),
            ],
        );
    }

    #[test]
    fn sentences_and_levels_in_capitals_are_left_to_others() {
        check_not(
            "levelled",
            &[
                "2026-03-01 10:00:00 status unpacked rsyslog 4.2",
                "2026-03-01 10:00:00 INFO started",
                "2026-03-01 10:00:00 notice how it goes",
                "2026-03-01 10:00:00 errors were seen",
                "2026-03-01 10:00:00 GET INFORMATION",
                "2026/03/01 10:00:00 [error] 31#31: *5 open() failed",
                "2026-03-01 10:00:00 UTC [811] ERROR:  no",
                "2026-03-01 10:00:00 [main] ERROR a.B - no",
            ],
        );
    }
}
