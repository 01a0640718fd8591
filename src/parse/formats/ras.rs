//! The event log of IBM's Blue Gene as the public archives have it: `- 1117838570 2005.06.03 node time node RAS KERNEL INFO message`;
//! in front an alert's category or a dash.

use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading, time};

/// The format.
pub(super) struct Ras;

impl LineFormat for Ras {
    fn name(&self) -> &'static str {
        "ras"
    }

    fn about(&self) -> &'static str {
        "Blue Gene's RAS events: category, seconds, date, node, time, node, RAS, facility, LEVEL"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "- 1772359200 2026.03.01 R02-M1-N0-C:J12-U11 2026-03-01-10.00.00.675872 R02-M1-N0-C:J12-U11 RAS KERNEL INFO cache parity error corrected",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'-' || first.is_ascii_uppercase()
    }

    fn given(&self) -> &'static [&'static str] {
        &["category", "host.name", "kind"]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let mut at = Cursor { rest: probe.line };
    let category = at.word()?;
    at.eat(b" ")?;
    let stamp = time::stamp(at.rest, probe.hints).filter(|stamp| stamp.len == 10)?;
    let mut head = Head { time: stamp.time, ..Head::default() };
    at.rest = at.rest.get(10..)?;
    head.part("category", category);
    let mut next = || {
        at.eat(b" ")?;
        at.word()
    };
    let (_date, node, _time, _again, kind, facility) = (next()?, next()?, next()?, next()?, next()?, next()?);
    let level = next()?;
    head.part("host.name", node);
    head.part("kind", kind);
    head.level(level)?;
    head.service = Some(facility);
    head.message = at.rest.strip_prefix(b" ").unwrap_or(at.rest);
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "ras",
            &[(
                "KERN 1772359200 2026.03.01 N 2026-03-01-10.00.00.6 N RAS APP FATAL ciod: x",
                "APP",
                21,
                "ciod: x",
                "category=KERN host.name=N kind=RAS",
            )],
        );
    }
}
