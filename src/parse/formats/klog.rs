//! glog and klog, as Google's and Kubernetes' programs write: `I0301 10:00:00.123456   12 server.go:79] message`.
//!
//! The letter is the level, the date has a year in newer glogs only, the number is a thread. klog's structured form has a
//! quoted message and pairs behind it. Formats: `docs/logging.md` in google/glog, `content/en/docs/concepts/
//! cluster-administration/system-logs.md` in kubernetes/website.

use std::borrow::Cow;

use memchr::memmem;

use super::given::{Fields, Give, Given, attributes, cut, find, is_digits};
use super::json::unescape;
use super::{LineFormat, Probe};
use crate::model::{Attributes, FormatId, Nanos, Severity, Value};
use crate::parse::pairs::{self, Item, Items, text_of};
use crate::parse::{Facts, Reading, context, time};

/// The format.
pub(super) struct Klog;

impl LineFormat for Klog {
    fn name(&self) -> &'static str {
        "klog"
    }

    fn about(&self) -> &'static str {
        "glog and klog, as Kubernetes' own programs write it"
    }

    fn given(&self) -> &'static [&'static str] {
        &["thread.id", "code.file.path", "code.line.number"]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "I1025 00:15:15.525108       1 httplog.go:79] GET /api/v1/namespaces/kube-system: (1.512ms) 200",
            r#"I1025 00:15:15.525108       1 controller_utils.go:116] "Pod status updated" pod="kube-system/kubedns" status="ready""#,
            "E0517 15:04:22.619632 1952452992 logging_unittest.cc:253] Log every 3, iteration 19",
            "I20200308 23:47:32.089828 400441 config.cc:27] Loading user configuration: /home/a/.config/wmderland/config",
            "F0301 10:00:00.000001       1 main.go:10] cannot go on\ngoroutine 1 [running]:",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        b"IWEF".contains(&first)
    }

    #[inline]
    fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
        Some(Line::of(probe)?.facts(probe.line, id))
    }

    fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
        let line = Line::of(probe)?;
        let (message, pairs) =
            line.structured().map_or((text_of(line.text), None), |(text, pairs)| (unescape(text), Some(pairs)));
        let mut fields = attributes(&line);
        match pairs {
            Some(text) => add_pairs(&mut fields, text),
            None => pairs::loose(line.text).for_each(|pair| pairs::add(&mut fields, &pair)),
        }
        let severity_text = Cow::Borrowed(line.letter);
        Some(Reading { facts: line.facts(probe.line, id), severity_text, message, fields })
    }

    fn field(&self, line: &[u8], key: &str) -> Option<Value> {
        let hints = time::Hints::default();
        let line = Line::of(&Probe::new(line, &hints))?;
        let own = || find(&line, key);
        match line.structured() {
            Some((_, text)) => pairs_of(text).filter(|pair| pair.key == key.as_bytes()).last().map(|pair| pair.typed()),
            None => pairs::loose_field(line.text, key),
        }
        .or_else(own)
    }
}

/// A line whose message is yet to be told from its pairs.
struct Line<'a> {
    letter: &'static str,
    severity: Severity,
    time: Option<Nanos>,
    thread: &'a [u8],
    file: &'a [u8],
    number: &'a [u8],
    text: &'a [u8],
}

impl<'a> Line<'a> {
    #[inline]
    fn of(probe: &Probe<'a, '_>) -> Option<Self> {
        /// Paths of sources are not longer than this.
        const MAX_PLACE: usize = 256;
        let (first, rest) = probe.line.split_first()?;
        let (letter, severity) = match first {
            b'I' => ("I", Severity::INFO),
            b'W' => ("W", Severity::WARN),
            b'E' => ("E", Severity::ERROR),
            b'F' => ("F", Severity::FATAL),
            _ => return None,
        };
        let stamp = time::glog(rest, probe.hints)?;
        let rest = rest.get(stamp.len..)?.strip_prefix(b" ")?.trim_ascii_start();
        let (thread, rest) = cut(rest, b' ').filter(|(thread, _)| is_digits(thread))?;
        let (place, _) = cut(rest.get(..MAX_PLACE).unwrap_or(rest), b']')?;
        let text = rest.get(place.len() + 1..)?;
        let colon = memchr::memrchr(b':', place)?;
        let (file, number) = (place.get(..colon)?, place.get(colon + 1..)?);
        let text = text.strip_prefix(b" ").unwrap_or(text);
        is_digits(number).then_some(Self { letter, severity, time: stamp.time, thread, file, number, text })
    }

    #[inline]
    fn facts(&self, line: &'a [u8], format: FormatId) -> Facts<'a> {
        let ids = context::find(line);
        Facts {
            format,
            time: self.time,
            severity: self.severity,
            service: self.logger(),
            trace_id: ids.trace_id,
            span_id: ids.span_id,
        }
    }

    /// The logger that klog's structured form names.
    fn logger(&self) -> Option<&'a [u8]> {
        const KEY: &[u8] = b" logger=\"";
        let (_, pairs) = self.structured()?;
        let value = pairs.get(memmem::find(pairs, KEY)? + KEY.len()..)?;
        cut(value, b'"').map(|(name, _)| name)
    }

    /// The quoted message and the pairs behind it.
    fn structured(&self) -> Option<(&'a [u8], &'a [u8])> {
        let quoted = self.text.strip_prefix(b"\"")?;
        let mut len = 0;
        loop {
            len += memchr::memchr2(b'"', b'\\', quoted.get(len..)?)?;
            if quoted.get(len) == Some(&b'"') {
                return Some((quoted.get(..len)?, quoted.get(len + 1..)?));
            }
            len += 2;
        }
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        give("thread.id", Given::Number(self.thread));
        give("code.file.path", Given::Text(self.file));
        give("code.line.number", Given::Number(self.number));
    }
}

fn pairs_of(text: &[u8]) -> impl Iterator<Item = pairs::Pair<'_>> {
    Items::new(text).filter_map(|item| match item {
        Item::Pair(pair) => Some(pair),
        Item::Word(_) => None,
    })
}

/// All pairs but the logger, which is a fact.
fn add_pairs(fields: &mut Attributes, text: &[u8]) {
    pairs_of(text).filter(|pair| pair.key != b"logger").for_each(|pair| pairs::add(fields, &pair));
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "klog",
            &[
                (
                    "I1025 00:15:15.525108       1 httplog.go:79] GET /x: (1.512ms) 200 verb=list",
                    (
                        "2025-10-25T00:15:15.525108Z",
                        9,
                        "",
                        "GET /x: (1.512ms) 200 verb=list",
                        "thread.id=1 code.file.path=httplog.go code.line.number=79 verb=list",
                    ),
                ),
                (
                    "I1025 00:15:15.525108       1 example.go:79] This is a message\nwhich has a line break.",
                    (
                        "2025-10-25T00:15:15.525108Z",
                        9,
                        "",
                        "This is a message\nwhich has a line break.",
                        "thread.id=1 code.file.path=example.go code.line.number=79",
                    ),
                ),
                (
                    r#"W0222 15:13:31.645988  197901 example.go:54] "run \"it\"" logger="example.myname" foo="bar" n=0.1"#,
                    (
                        "2026-02-22T15:13:31.645988Z",
                        13,
                        "example.myname",
                        "run \"it\"",
                        "thread.id=197901 code.file.path=example.go code.line.number=54 foo=bar n=0.1",
                    ),
                ),
                (
                    "E0517 15:04:22.619632      52992 logging_unittest.cc:253] Log every 3, iteration 19",
                    (
                        "2025-05-17T15:04:22.619632Z",
                        17,
                        "",
                        "Log every 3, iteration 19",
                        "thread.id=52992 code.file.path=logging_unittest.cc code.line.number=253",
                    ),
                ),
                (
                    "F20200308 23:47:32.089828 400441 src/config.cc:27] gone",
                    (
                        "2020-03-08T23:47:32.089828Z",
                        21,
                        "",
                        "gone",
                        "thread.id=400441 code.file.path=src/config.cc code.line.number=27",
                    ),
                ),
            ],
        );
    }

    #[test]
    fn other_lines_are_not_taken() {
        check_not(
            "klog",
            &[
                "I1025 00:15:15.525108 x httplog.go:79] x",
                "I1025 00:15:15.525108 1 httplog.go] x",
                "INFO 00:15:15 1 a.go:1] x",
                "I, [2026-03-01T10:00:00.000000 #12]  INFO -- : x",
                "Error 12:00:00",
            ],
        );
    }
}
