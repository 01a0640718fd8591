//! Go's standard logger: `2026/03/01 10:00:00[.123456] [file.go:12: ]message`. It knows no levels; one that the message
//! begins with counts.

use super::head::{Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::{Facts, Reading, level};

/// The format.
pub(super) struct GoLog;

impl LineFormat for GoLog {
    fn name(&self) -> &'static str {
        "golog"
    }

    fn about(&self) -> &'static str {
        "Go's standard logger: yyyy/mm/dd hh:mm:ss message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &["2026/03/01 10:00:00 listening on :8080", "2026/03/01 10:00:00.123456 main.go:12: cannot open"]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    fn given(&self) -> &'static [&'static str] {
        &["code.file.path", "code.line.number"]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    if probe.line.get(4) != Some(&b'/') || probe.line.get(10) != Some(&b' ') {
        return None;
    }
    let (mut head, mut at) = Head::stamped(probe)?;
    at.eat(b" ")?;
    // nginx' errors.
    if matches!(at.rest, [b'[', b'a'..=b'z', ..]) {
        return None;
    }
    let place = at;
    if let Some((file, line)) = at.until(b": ").and_then(file_and_line) {
        head.part("code.file.path", file);
        head.part("code.line.number", line);
    } else {
        at = place;
    }
    head.message = at.rest;
    if let Some((severity, word)) = level::near_start(at.rest) {
        (head.severity, head.level) = (severity, word);
    }
    Some(head)
}

fn file_and_line(place: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = place.iter().rposition(|byte| *byte == b':')?;
    let (file, line) = (place.get(..at)?, place.get(at + 1..)?);
    let is_line = !line.is_empty() && line.iter().all(u8::is_ascii_digit);
    (is_line && file.ends_with(b".go")).then_some((file, line))
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "golog",
            &[
                ("2026/03/01 10:00:00 a: b", "", 0, "a: b", ""),
                (
                    "2026/03/01 10:00:00 /x/main.go:7: [ERROR] c=1",
                    "",
                    17,
                    "[ERROR] c=1",
                    "code.file.path=/x/main.go code.line.number=7 c=1",
                ),
            ],
        );
    }
}
