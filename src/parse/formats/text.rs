//! Text of no known format. It is shown as it came; its leading time, its level word, trace ids and `key=value` pairs
//! are recognised all the same.

use std::borrow::Cow;

use super::{LineFormat, Probe};
use crate::model::{Attributes, FormatId, Severity, Value};
use crate::parse::pairs::{self, text_of};
use crate::parse::time::{self, Stamp};
use crate::parse::{Facts, Reading, context, level};

/// The format.
pub(in crate::parse) struct Text;

/// A time that does not begin the line stands behind a `[`, a `|` or one of the first blanks within this many bytes.
const TIME_REACH: usize = 96;
/// Blanks within that reach behind which a time may begin: names of hosts, files and events come before it.
const TIME_WORDS: usize = 5;

impl LineFormat for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn about(&self) -> &'static str {
        "plain text; time, level and trace ids are found where they usually stand"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01 10:00:00,123 WARN slow query took=1.5s trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
            "panic: runtime error: invalid memory address",
            "",
        ]
    }

    fn may_begin(&self, _: u8) -> bool {
        true
    }

    #[inline]
    fn scan<'a>(&self, probe: &Probe<'a, '_>, _: FormatId) -> Option<Facts<'a>> {
        Some(facts(probe))
    }

    fn read<'a>(&self, probe: &Probe<'a, '_>, _: FormatId) -> Option<Reading<'a>> {
        Some(reading(probe))
    }

    fn field(&self, line: &[u8], key: &str) -> Option<Value> {
        pairs::loose_field(line, key)
    }
}

/// The facts of any line: what is of no other format is text.
#[inline]
pub(in crate::parse) fn facts<'a>(probe: &Probe<'a, '_>) -> Facts<'a> {
    Head::of(probe).facts(probe.line)
}

/// Any line taken apart as text.
pub(in crate::parse) fn reading<'a>(probe: &Probe<'a, '_>) -> Reading<'a> {
    let line = probe.line;
    let head = Head::of(probe);
    let severity_text = head.level.map_or(Cow::Borrowed(""), |(_, word)| text_of(word));
    let mut fields = Attributes::default();
    pairs::loose(line).for_each(|pair| pairs::add(&mut fields, &pair));
    Reading { facts: head.facts(line), severity_text, message: text_of(line), fields }
}

/// What the beginning of a line tells.
struct Head<'a> {
    stamp: Option<Stamp>,
    level: Option<(Severity, &'a [u8])>,
}

impl<'a> Head<'a> {
    #[inline]
    fn of(probe: &Probe<'a, '_>) -> Self {
        let line = probe.line;
        let Some((at, stamp)) = leading_stamp(probe) else {
            return Self { stamp: None, level: level::near_start(line) };
        };
        let (before, after) = (line.get(..at).unwrap_or_default(), line.get(at + stamp.len..).unwrap_or_default());
        let level = if at > 1 { level::near_start(before) } else { None };
        Self { stamp: Some(stamp), level: level.or_else(|| level::near_start(after)) }
    }

    #[inline]
    fn facts(&self, line: &'a [u8]) -> Facts<'a> {
        let ids = context::find(line);
        Facts {
            format: FormatId::TEXT,
            time: self.stamp.and_then(|stamp| stamp.time),
            severity: self.level.map(|(severity, _)| severity).unwrap_or_default(),
            service: None,
            trace_id: ids.trace_id,
            span_id: ids.span_id,
        }
    }
}

/// The time at the start of the line, behind brackets, colours and syslog's priority, behind the first `[` or `|`, or as one of
/// the first words; and where it stands.
#[inline]
fn leading_stamp(probe: &Probe<'_, '_>) -> Option<(usize, Stamp)> {
    let line = probe.line;
    let at = lead_len(line);
    let stamp_at = |at: usize| match at {
        0 => Some((0, probe.stamp()?)),
        _ => Some((at, time::stamp(line.get(at..)?, probe.hints)?)),
    };
    let head = line.get(..TIME_REACH).unwrap_or(line);
    let behind_mark = || {
        memchr::memchr2_iter(b'[', b'|', head).take(2).find_map(|mark| {
            let behind = head.get(mark + 1..)?;
            let blanks = behind.len() - behind.trim_ascii_start().len();
            stamp_at(mark + 1 + blanks)
        })
    };
    let in_words = || {
        let starts = memchr::memchr_iter(b' ', head).map(|blank| blank + 1).take(TIME_WORDS);
        starts.filter(|at| may_be_dated(line.get(*at..).unwrap_or_default())).find_map(stamp_at)
    };
    stamp_at(at).or_else(behind_mark).or_else(in_words)
}

/// Whether a word within the head, which is one among others, can begin a time that is worth reading: a time of day alone
/// is none, as it may be a duration, and a number only if it has as many digits as seconds since 1970 have.
#[inline]
fn may_be_dated(word: &[u8]) -> bool {
    match word {
        [b'0'..=b'9', b':', ..] | [b'0'..=b'9', b'0'..=b'9', b':', ..] => false,
        [b'0'..=b'9', ..] => {
            let digits = word.iter().take(11).take_while(|byte| byte.is_ascii_digit()).count();
            digits < 10 || (digits == 10 && word.first() == Some(&b'1'))
        }
        [b'A'..=b'Z', b'a'..=b'z', b'a'..=b'z', b' ', ..] => true,
        _ => false,
    }
}

/// How many bytes stand before the first letter or digit that is not part of a colour sequence or a syslog priority.
fn lead_len(line: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += match line.get(at..) {
            Some([b' ' | b'[' | b'(', ..]) => 1,
            Some([0x1b, b'[', sequence @ ..]) => match sequence.iter().take(16).position(|byte| *byte == b'm') {
                Some(end) => end + 3,
                None => return at,
            },
            Some([b'<', priority @ ..]) => match priority.iter().take(4).position(|byte| *byte == b'>') {
                Some(end) => end + 2,
                None => return at,
            },
            _ => return at,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::time::Hints;
    use crate::parse::{format_by_name, read};

    const HINTS: Hints = Hints { zone: crate::model::Zone::UTC, year_near: Some(1_772_400_000_000_000_000) };
    const TEN: i64 = 1_772_359_200_000_000_000;

    #[test]
    fn time_and_level_are_found_where_they_usually_stand() {
        let cases = [
            ("2026-03-01 10:00:00 [main] WARN  slow", Some(TEN), 13),
            ("[2026-03-01T10:00:00Z ERROR shop] x", Some(TEN), 17),
            ("<11>Mar  1 10:00:00 host app: x", Some(TEN), 0),
            ("1.2.3.4 - - [01/Mar/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200", Some(TEN), 0),
            ("I, [2026-03-01T10:00:00.000000 #12]  INFO -- : x", Some(TEN), 9),
            ("[INFO] [2026-03-01 10:00:00] x", Some(TEN), 9),
            ("web-1  | 2026-03-01 10:00:00 FATAL x", Some(TEN), 21),
            ("\u{1b}[2m2026-03-01T10:00:00Z\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m x", Some(TEN), 17),
            ("1772359200 WARN x", Some(TEN), 13),
            ("2026-03-01T10:00:00+00:00 err rbd  [22968]lotuscreds:ERROR:Could not", Some(TEN), 17),
            ("node-246 unix.hw state_change.unavailable 1772359200 1 Component State Change", Some(TEN), 0),
            ("- 1772359200 2026.03.01 dn228 Mar 1 12:01:01 dn228/dn228 crond[2915]: x", Some(TEN), 0),
            ("api.log.1.2017-05-16_13:53:08 2026-03-01 10:00:00.000 25746 INFO nova.x [req-1] x", Some(TEN), 9),
            ("web-1 Mar  1 10:00:00 x", Some(TEN), 0),
            ("took 00:00:12 for 9234567890 and 12345678901 bytes", None, 0),
            ("nothing of the kind", None, 0),
        ];
        for (line, time, severity) in cases {
            let facts = facts(&Probe::new(line.as_bytes(), &HINTS));
            assert_eq!((facts.time, facts.severity.number()), (time, severity), "{line:?}");
        }
    }

    #[test]
    fn pairs_in_a_text_are_fields_and_the_message_is_the_line() {
        let line = "2026-03-01 10:00:00 WARN job done job_id=42 by \"x\"";
        let reading = read(format_by_name("text").unwrap(), line.as_bytes());
        assert_eq!(reading.message, line);
        assert_eq!(reading.severity_text, "WARN");
        assert_eq!(reading.fields.get("job_id"), Some(&Value::Int(42)));
    }
}
