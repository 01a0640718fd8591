//! Windows' component based servicing and its kin (CBS.log, DISM): `2016-09-28 04:30:30, Info                  CBS    message`.

use super::head::{Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Cbs;

impl LineFormat for Cbs {
    fn name(&self) -> &'static str {
        "cbs"
    }

    fn about(&self) -> &'static str {
        "Windows CBS and DISM logs: time, Level component message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01 10:00:00, Info                  CBS    Loaded Servicing Stack v6.1.7601.23505",
            "2026-03-01 10:00:00, Error                 DISM   API: PID=1432 failed",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    if probe.line.get(19..21) != Some(b", ") {
        return None;
    }
    let (mut head, mut at) = Head::stamped(probe)?;
    at.eat(b", ")?;
    head.level(at.word()?)?;
    at.eat(b" ")?;
    at.blanks();
    head.service = Some(at.word().unwrap_or_default());
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
            "cbs",
            &[("2026-03-01 10:00:00, Warning               CSI    00000001 a=b", "CSI", 13, "00000001 a=b", "a=b")],
        );
    }
}
