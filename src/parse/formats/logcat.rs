//! Android's logcat, as `threadtime` has it (`03-17 16:13:38.811  1702  2395 D Tag: message`) and as `brief` and `time` do
//! (`D/Tag( 1702): message`).

use super::head::{Cursor, Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Severity, Value};
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct Logcat;

impl LineFormat for Logcat {
    fn name(&self) -> &'static str {
        "logcat"
    }

    fn about(&self) -> &'static str {
        "Android's logcat: [time pid tid] L tag: message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "03-17 16:13:38.811  1702  2395 D WindowManager: acquire lock=233570404",
            "W/ActivityManager( 1702): Launch timeout has expired",
            "03-17 16:13:38.811 E/AndroidRuntime( 1702): FATAL EXCEPTION: main",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit() || b"VDIWEFA".contains(&first)
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    if let [_, b'/', ..] = probe.line {
        return brief(Head::default(), Cursor { rest: probe.line });
    }
    let (mut head, mut at) = Head::stamped(probe)?;
    at.eat(b" ")?;
    if let [_, b'/', ..] = at.rest {
        return brief(head, at);
    }
    for key in ["process.pid", "thread.id"] {
        at.blanks();
        head.part(key, at.digits()?);
        at.eat(b" ")?;
    }
    at.blanks();
    level(&mut head, at.rest)?;
    at.rest = at.rest.get(1..)?;
    at.eat(b" ")?;
    let tag = at.until(b": ").or_else(|| at.until(b":"))?;
    (head.service, head.message) = (Some(tag.trim_ascii()), at.rest);
    Some(head)
}

/// `D/Tag( 1702): message`.
fn brief<'a>(mut head: Head<'a>, mut at: Cursor<'a>) -> Option<Head<'a>> {
    level(&mut head, at.rest)?;
    at.rest = at.rest.get(2..)?;
    let tag = at.until(b"(")?.trim_ascii();
    at.blanks();
    head.part("process.pid", at.digits()?);
    at.eat(b"):")?;
    (head.service, head.message) = (Some(tag), at.rest.strip_prefix(b" ").unwrap_or(at.rest));
    Some(head)
}

/// The letter that `rest` begins with: `A` is an assertion that failed.
#[inline]
fn level<'a>(head: &mut Head<'a>, rest: &'a [u8]) -> Option<()> {
    head.severity = match rest.first()? {
        b'V' => Severity::TRACE,
        b'D' => Severity::DEBUG,
        b'I' => Severity::INFO,
        b'W' => Severity::WARN,
        b'E' => Severity::ERROR,
        b'F' | b'A' => Severity::FATAL,
        _ => return None,
    };
    head.level = rest.get(..1)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "logcat",
            &[
                ("03-17 16:13:38.811  1702  2395 V A: b c=1", "A", 1, "b c=1", "process.pid=1702 thread.id=2395 c=1"),
                ("F/x y( 12): z", "x y", 21, "z", "process.pid=12"),
                ("03-17 16:13:38.811 I/t(1): m", "t", 9, "m", "process.pid=1"),
            ],
        );
    }
}
