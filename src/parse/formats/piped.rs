//! Heads with bars between their parts: `2026-03-01 10:00:00.123 | INFO  | worker-1 | a.b.Session | message`. The last part is the message.

use super::given::first_line;
use super::head::{Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Piped;

impl LineFormat for Piped {
    fn name(&self) -> &'static str {
        "piped"
    }

    fn about(&self) -> &'static str {
        "time | LEVEL | thread | logger | message, in that order or another"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01T10:00:00.203Z | INFO  | state-manager1            | org.eclipse.jetty.server.session | DefaultSessionIdManager workerName=node0",
            "2026-03-01 10:00:00 | ERROR | out of memory",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    fn given(&self) -> &'static [&'static str] {
        &["thread.name", "context", "detail"]
    }

    headed!(head);
}

/// Parts before the message at most.
const MAX_PARTS: usize = 5;

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (mut head, mut at) = Head::stamped(probe)?;
    at.blanks();
    at.eat(b"|")?;
    let mut names = ["thread.name", "context", "detail"].into_iter();
    for _ in 0..MAX_PARTS {
        if !first_line(at.rest).contains(&b'|') {
            break;
        }
        let part = at.until(b"|")?.trim_ascii();
        if head.level.is_empty() && head.level(part).is_some() {
            continue;
        }
        if is_class(part) && head.service.is_none() {
            head.service = Some(part);
        } else if let Some(name) = names.next() {
            head.part(name, part);
        } else {
            return None;
        }
    }
    at.blanks();
    head.message = at.rest;
    (!head.level.is_empty() && !is_loguru(at.rest)).then_some(head)
}

/// Whether it is the name of a class or module within others.
fn is_class(part: &[u8]) -> bool {
    part.contains(&b'.') && part.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._$".contains(byte))
}

/// Whether the message begins with the place that Loguru writes, which is a format of its own: `module:function:12 - `.
fn is_loguru(message: &[u8]) -> bool {
    let word = super::given::word(message).0;
    memchr::memchr_iter(b':', word).count() > 1 && word.last().is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::check_not;
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "piped",
            &[
                (
                    "2022-06-02T12:23:11.514Z |  INFO | vim-async-1 | VcEventManager.java | 806 | [Event: 2] posted.",
                    "VcEventManager.java",
                    9,
                    "[Event: 2] posted.",
                    "thread.name=vim-async-1 context=806",
                ),
                (
                    "2023-07-18T20:10:41.345-0700 | DEBUG    | op-1 | exec-4 | SessionImpl | Invoke a=1",
                    "",
                    5,
                    "Invoke a=1",
                    "thread.name=op-1 context=exec-4 detail=SessionImpl a=1",
                ),
                ("2026-03-01 10:00:00 | WARN | a\n | b", "", 13, "a\n | b", ""),
            ],
        );
        check_not("piped", &["2026-03-01 10:00:00 | a | b", "2026-03-01 10:00:00.1 | INFO | a:b:1 - c"]);
    }
}
