//! Redis' and Valkey's own log: `12:M 01 Mar 2026 10:00:00.123 * message`; roles M(aster), S(lave), C(hild), X (sentinel).
//! Versions before 3 write `[12] 01 Mar 10:00:00.123 * message`, and handlers of signals `12:signal-handler (1772359200) message`.

use super::given::is_digits;
use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Severity, Value};
use crate::parse::{Facts, Reading, time};

/// The format.
pub(super) struct Redis;

impl LineFormat for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn about(&self) -> &'static str {
        "Redis' and Valkey's own log: pid:role time mark message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "12:M 01 Mar 2026 10:00:00.123 * Ready to accept connections",
            "[3574] 13 Apr 12:52:30.731 # Sentinel runid is 2e3b1eed9e95d760e1853e047a33bf4f8ac16c59",
            "1:signal-handler (1772359200) Received SIGTERM scheduling shutdown...",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit() || first == b'['
    }

    fn given(&self) -> &'static [&'static str] {
        &["process.pid", "role"]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let mut at = Cursor { rest: probe.line };
    let mut head = Head::default();
    if at.rest.starts_with(b"[") {
        head.part("process.pid", at.brackets().filter(|pid| is_digits(pid))?);
    } else {
        head.part("process.pid", at.digits()?);
        at.eat(b":")?;
        if at.rest.starts_with(b"signal-handler (") {
            return signal_handler(head, at, probe);
        }
        let role = at.rest.get(..1).filter(|role| b"MSCX".contains(role.first().unwrap_or(&0)))?;
        head.part("role", role);
        at.rest = at.rest.get(1..)?;
    }
    at.eat(b" ")?;
    let stamp = time::stamp(at.rest, probe.hints)?;
    head.time = stamp.time;
    at.rest = at.rest.get(stamp.len..)?;
    at.eat(b" ")?;
    head.severity = match at.rest.first()? {
        b'.' | b'-' => Severity::DEBUG,
        b'*' => Severity::NOTICE,
        b'#' => Severity::WARN,
        _ => return None,
    };
    head.level = at.rest.get(..1)?;
    head.message = at.rest.strip_prefix(head.level)?.strip_prefix(b" ")?.trim_ascii_start();
    Some(head)
}

/// `(1772359200) message`: seconds since 1970, which is all that may be asked for while a signal is handled.
fn signal_handler<'a>(mut head: Head<'a>, mut at: Cursor<'a>, probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    head.part("role", at.until(b" (")?);
    head.time = time::parse_value(at.until(b") ")?, probe.hints);
    head.message = at.rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "redis",
            &[
                ("1:S 01 Mar 2026 10:00:00.123 # lost a=1", "", 13, "lost a=1", "process.pid=1 role=S a=1"),
                ("[3574] 13 Apr 12:52:30.731 - 1 client", "", 5, "1 client", "process.pid=3574"),
                (
                    "1:signal-handler (1693279182) Received SIGTERM",
                    "",
                    0,
                    "Received SIGTERM",
                    "process.pid=1 role=signal-handler",
                ),
            ],
        );
    }
}
