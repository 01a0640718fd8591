//! Python's Loguru: `2026-03-01 10:00:00.123 | INFO     | module:function:12 - message`.

use super::head::{Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Loguru;

impl LineFormat for Loguru {
    fn name(&self) -> &'static str {
        "loguru"
    }

    fn about(&self) -> &'static str {
        "Python's Loguru: time | LEVEL | module:function:line - message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01 10:00:00.123 | SUCCESS  | __main__:<module>:12 - done",
            "2026-03-01 10:00:00.123 | INFO     | app.jobs:run:7 - started job_id=42",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    fn given(&self) -> &'static [&'static str] {
        &["code.function.name", "code.line.number"]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (mut head, mut at) = Head::stamped(probe)?;
    at.eat(b" | ")?;
    let level = at.word()?;
    // Between info and warning.
    if level == b"SUCCESS" {
        head.level(b"info")?;
        head.level = level;
    } else {
        head.level(level)?;
    }
    at.blanks();
    at.eat(b"| ")?;
    let mut place = at.until(b" - ")?.rsplitn(3, |byte| *byte == b':');
    let (line, function, module) = (place.next()?, place.next()?, place.next()?);
    head.service = Some(module);
    head.part("code.function.name", function);
    head.part("code.line.number", line);
    head.message = at.rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "loguru",
            &[(
                "2026-03-01 10:00:00.123 | WARNING  | a.b:f:7 - c d=1",
                "a.b",
                13,
                "c d=1",
                "code.function.name=f code.line.number=7 d=1",
            )],
        );
    }
}
