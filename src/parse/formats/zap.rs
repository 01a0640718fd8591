//! zap's console encoder: fields with tabs between, `time<TAB>LEVEL<TAB>[logger<TAB>][file.go:12<TAB>]message[<TAB>{json}]`.

use super::head::{Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Zap;

impl LineFormat for Zap {
    fn name(&self) -> &'static str {
        "zap"
    }

    fn about(&self) -> &'static str {
        "zap's console form: time, level, caller, message with tabs between"
    }

    fn samples(&self) -> &'static [&'static str] {
        &["2026-03-01T10:00:00.123+0100\tINFO\tapi/server.go:12\tlistening\t{\"port\": 8080}"]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    fn given(&self) -> &'static [&'static str] {
        &["caller"]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (mut head, mut at) = Head::stamped(probe)?;
    at.eat(b"\t")?;
    head.level(at.until(b"\t")?)?;
    // The logger's name and the caller may both be missing; neither has a blank.
    for _ in 0..2 {
        let before = at;
        match at.until(b"\t") {
            Some(caller) if caller.contains(&b':') && !caller.contains(&b' ') => head.part("caller", caller),
            Some(name) if head.service.is_none() && !name.contains(&b' ') && !at.rest.starts_with(b"{") => {
                head.service = Some(name);
            }
            _ => at = before,
        }
    }
    (head.message, head.has_tail) = (at.rest, true);
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "zap",
            &[
                ("2026-03-01T10:00:00.123Z\tWARN\tapi\ta/b.go:1\ttoo slow", "api", 13, "too slow", "caller=a/b.go:1"),
                (
                    "2025-04-24T19:51:47.625Z\tinfo\tsync/service.go:87\tstarting on port 8015\t{\"component\": \"Sync\"}",
                    "",
                    9,
                    "starting on port 8015",
                    "caller=sync/service.go:87 component=Sync",
                ),
            ],
        );
    }
}
