//! PHP's Monolog, which Laravel and Symfony use: `[2026-03-01 10:00:00] channel.LEVEL: message {context} [extra]`.

use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading, time};

/// The format.
pub(super) struct Monolog;

impl LineFormat for Monolog {
    fn name(&self) -> &'static str {
        "monolog"
    }

    fn about(&self) -> &'static str {
        "PHP's Monolog, as of Laravel: [time] channel.LEVEL: message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &["[2026-03-01 10:00:00] production.ERROR: Undefined index {\"userId\":7} []"]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'['
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let mut at = Cursor { rest: probe.line };
    at.eat(b"[")?;
    let stamp = time::stamp(at.rest, probe.hints)?;
    let mut head = Head { time: stamp.time, ..Head::default() };
    at.rest = at.rest.get(stamp.len..)?;
    at.eat(b"] ")?;
    let name = at.word()?.strip_suffix(b":")?;
    let dot = name.iter().rposition(|byte| *byte == b'.')?;
    head.level(name.get(dot + 1..)?)?;
    head.service = name.get(..dot);
    (head.message, head.has_tail) = (at.rest.strip_prefix(b" ").unwrap_or(at.rest), true);
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "monolog",
            &[
                ("[2026-03-01T10:00:00.5+00:00] app.sql.WARNING: slow [] []", "app.sql", 13, "slow", ""),
                (
                    "[2026-03-01 10:00:00] production.ERROR: Undefined \"id\" {\"userId\":7,\"tags\":{\"a\":1}} {\"url\":\"/x\"}",
                    "production",
                    17,
                    "Undefined \"id\"",
                    "userId=7 tags={\"a\":1} url=/x",
                ),
                ("[2026-03-01 10:00:00] local.INFO: no object {x}", "local", 9, "no object {x}", ""),
            ],
        );
    }
}
