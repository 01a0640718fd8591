//! Ruby's Logger, which Rails uses: `I, [2026-03-01T10:00:00.123456 #12]  INFO -- prog: message`.

use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading, time};

/// The format.
pub(super) struct Ruby;

impl LineFormat for Ruby {
    fn name(&self) -> &'static str {
        "ruby"
    }

    fn about(&self) -> &'static str {
        "Ruby's Logger, as of Rails: L, [time #pid] LEVEL -- program: message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "I, [2026-03-01T10:00:00.123456 #12]  INFO -- : Started GET \"/\" for 127.0.0.1",
            "E, [2026-03-01T10:00:00.123456 #12] ERROR -- sidekiq: job failed",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        b"DIWEFAU".contains(&first)
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let mut at = Cursor { rest: probe.line.get(1..)? };
    at.eat(b", [")?;
    let stamp = time::stamp(at.rest, probe.hints)?;
    let mut head = Head { time: stamp.time, ..Head::default() };
    at.rest = at.rest.get(stamp.len..)?;
    at.blanks();
    at.eat(b"#")?;
    head.part("process.pid", at.until(b"]")?);
    at.blanks();
    let level = at.word()?;
    // Its word for no level.
    if level != b"ANY" {
        head.level(level)?;
    }
    at.eat(b" -- ")?;
    head.service = Some(at.until(b":")?);
    head.message = at.rest.strip_prefix(b" ").unwrap_or(at.rest);
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "ruby",
            &[("W, [2026-03-01T10:00:00.1 #12]  WARN -- app: a b=1", "app", 13, "a b=1", "process.pid=12 b=1")],
        );
    }
}
