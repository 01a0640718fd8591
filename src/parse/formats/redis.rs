//! Redis' and Valkey's own log: `12:M 01 Mar 2026 10:00:00.123 * message`; roles M(aster), S(lave), C(hild), X (sentinel).

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
        &["12:M 01 Mar 2026 10:00:00.123 * Ready to accept connections"]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let mut at = Cursor { rest: probe.line };
    let mut head = Head::default();
    head.part("process.pid", at.digits()?);
    at.eat(b":")?;
    let role = at.rest.get(..1).filter(|role| b"MSCX".contains(role.first().unwrap_or(&0)))?;
    head.part("role", role);
    at.rest = at.rest.get(1..)?;
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
    head.message = at.rest.get(1..)?.trim_ascii_start();
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check("redis", &[("1:S 01 Mar 2026 10:00:00.123 # lost a=1", "", 13, "lost a=1", "process.pid=1 role=S a=1")]);
    }
}
