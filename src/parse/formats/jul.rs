//! java.util.logging's two lines: `Mar 01, 2026 10:00:00 AM class method`, then `LEVEL: message`, joined to one record.

use super::head::{Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Jul;

impl LineFormat for Jul {
    fn name(&self) -> &'static str {
        "jul"
    }

    fn about(&self) -> &'static str {
        "java.util.logging: time class method, and LEVEL: message on the next line"
    }

    fn samples(&self) -> &'static [&'static str] {
        &["Mar 01, 2026 10:00:00 AM com.example.Server start\nSEVERE: cannot bind"]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_uppercase()
    }

    fn given(&self) -> &'static [&'static str] {
        &["code.function.name"]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    // The comma behind the day tells it from syslog.
    if !matches!(probe.line, [_, _, _, b' ', _, b',', ..] | [_, _, _, b' ', _, _, b',', ..]) {
        return None;
    }
    let (mut head, mut at) = Head::stamped(probe)?;
    at.eat(b" ")?;
    head.service = Some(at.word()?);
    let method = at.until(b"\n")?;
    head.part("code.function.name", method.trim_ascii());
    head.level(at.until(b": ")?)?;
    head.message = at.rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "jul",
            &[(
                "Mar 01, 2026 10:00:00 AM a.B run\nWARNING: c\n\tat d",
                "a.B",
                13,
                "c\n\tat d",
                "code.function.name=run",
            )],
        );
    }
}
