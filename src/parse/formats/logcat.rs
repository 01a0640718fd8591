//! Android's logcat, as `threadtime` has it (`03-17 16:13:38.811  1702  2395 D Tag: message`) and as `brief` and `time` do
//! (`D/Tag( 1702): message`). With `-v uid` the user's number or name stands before the process.

use super::given::is_digits;
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
            "05-26 11:18:41.509  1000 23402 23402 V VirtualCameraSession: processCaptureRequest",
            "03-17 16:13:38.811 E/AndroidRuntime( 1702): FATAL EXCEPTION: main",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit() || b"VDIWEFA".contains(&first)
    }

    fn given(&self) -> &'static [&'static str] {
        &["user.id", "process.pid", "thread.id"]
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
    let [first, second] = [number(&mut at, false)?, number(&mut at, true)?];
    match number(&mut at, true) {
        Some(thread) => {
            head.part("user.id", first);
            head.part("process.pid", second);
            head.part("thread.id", thread);
        }
        None if is_digits(first) => {
            head.part("process.pid", first);
            head.part("thread.id", second);
        }
        None => return None,
    }
    at.blanks();
    level(&mut head, at.rest)?;
    at.rest = at.rest.get(1..)?;
    at.eat(b" ")?;
    let tag = at.until(b": ").or_else(|| at.until(b":"))?;
    (head.service, head.message) = (Some(tag.trim_ascii()), at.rest);
    Some(head)
}

/// The next number and the blank behind it; users may have names (`root`, `u0_a12`).
#[inline]
fn number<'a>(at: &mut Cursor<'a>, is_number: bool) -> Option<&'a [u8]> {
    let mut next = *at;
    next.blanks();
    let word = next.word()?;
    let is_name = || !is_number && word.len() > 1 && word.first().is_some_and(u8::is_ascii_lowercase);
    if !is_digits(word) && !is_name() {
        return None;
    }
    next.eat(b" ")?;
    *at = next;
    Some(word)
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
                (
                    "05-21 15:05:52.808  1047  1116  1240 E FMQ     : empty",
                    "FMQ",
                    17,
                    "empty",
                    "user.id=1047 process.pid=1116 thread.id=1240",
                ),
                (
                    "05-21 20:54:20.971  root  1215  1215 W [18:54:20.9][wlan]dhd: low",
                    "[18:54:20.9][wlan]dhd",
                    13,
                    "low",
                    "user.id=root process.pid=1215 thread.id=1215",
                ),
                ("F/x y( 12): z", "x y", 21, "z", "process.pid=12"),
                ("03-17 16:13:38.811 I/t(1): m", "t", 9, "m", "process.pid=1"),
            ],
        );
    }
}
