//! logfmt: `ts=… level=info msg="…" key=value`, as Go's slog and logrus, Grafana, Heroku and many others write it.

use std::borrow::Cow;

use super::json::{told, unescape, with_rest};
use super::{LineFormat, Probe};
use crate::model::{Attributes, FormatId, Value};
use crate::parse::found::{Found, Kind};
use crate::parse::pairs::{self, Item, Items, Pair, text_of};
use crate::parse::time::Hints;
use crate::parse::{Facts, Reading, key};

/// The format.
pub(super) struct Logfmt;

/// A first key that proves the format even if little else of the line is pairs.
const OPENINGS: [&[u8]; 5] = [b"ts", b"time", b"level", b"lvl", b"msg"];

impl LineFormat for Logfmt {
    fn name(&self) -> &'static str {
        "logfmt"
    }

    fn about(&self) -> &'static str {
        "key=value pairs, as Go programs write them"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            r#"time="2015-03-26T01:27:38-04:00" level=warning msg="The group's number increased tremendously!" number=122 omg=true"#,
            r#"logger=settings t=2025-04-24T19:51:48.520963849Z level=info msg="Starting Grafana" version=11.5.2 commit=598e0338d5374d6bc404b02a58094132c5eeceb8"#,
            r#"level=info dd.service=checkout dd.env=prod dd.trace_id=1919331591217477537 dd.span_id=67667974448284343 msg="order placed""#,
            r"ts=1761019822.3152757 level=debug hello world and so on",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_alphabetic() || matches!(first, b'_' | b'@' | b' ')
    }

    #[inline]
    fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
        Some(walk(probe.line, probe.hints)?.facts(id, probe.line))
    }

    fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
        let line = probe.line;
        let found = walk(line, probe.hints)?;
        let (fields, rest) = fields(line, &found);
        let message = found.message.map_or(Cow::Borrowed(""), |message| unescape(message.raw));
        let message = if message.is_empty() { told(&fields).map_or(message, Cow::Owned) } else { message };
        Some(Reading {
            facts: found.facts(id, line),
            severity_text: found.severity.map_or(Cow::Borrowed(""), |level| text_of(level.raw)),
            message: with_rest(message, rest),
            fields,
        })
    }

    fn field(&self, line: &[u8], key: &str) -> Option<Value> {
        let value_of = |item| match item {
            Item::Pair(pair) if pair.key == key.as_bytes() => Some(pair.typed()),
            Item::Word(word) if word == key.as_bytes() => Some(Value::Bool(true)),
            _ => None,
        };
        Items::new(line).filter_map(value_of).last()
    }
}

/// One walk over the line. It is logfmt if it begins with a pair and either that is a usual first one, or there is a
/// second pair and most of the line is pairs.
#[inline]
fn walk<'a>(line: &'a [u8], hints: &Hints) -> Option<Found<'a>> {
    let mut items = Items::new(line);
    let Some(Item::Pair(first)) = items.next() else { return None };
    let mut found = Found::default();
    take(&mut found, first, hints);
    let mut pairs = 1;
    let mut word_bytes = 0;
    for item in items {
        match item {
            Item::Pair(pair) => {
                take(&mut found, pair, hints);
                pairs += 1;
            }
            Item::Word(word) => word_bytes += word.len() + 1,
        }
    }
    let is_mostly_pairs = pairs > 1 && word_bytes * 2 < line.len();
    (is_mostly_pairs || OPENINGS.contains(&first.key)).then_some(found)
}

#[inline]
fn take<'a>(found: &mut Found<'a>, pair: Pair<'a>, hints: &Hints) {
    if let Some(meaning) = key::meaning(pair.key) {
        found.take(meaning, pair.key, pair.value, Kind::Text, hints);
    }
}

/// The pairs that did not become facts, and what follows the line of pairs. A bare word is a flag that is set.
fn fields<'a>(line: &'a [u8], found: &Found<'_>) -> (Attributes, &'a [u8]) {
    let origins: Vec<_> = found.origins().collect();
    let mut fields = Attributes::default();
    let mut items = Items::new(line);
    for item in items.by_ref() {
        let pair = match item {
            Item::Pair(pair) => pair,
            Item::Word(word) => Pair { key: word, value: b"true", is_quoted: false },
        };
        if !origins.iter().any(|origin| std::ptr::eq(*origin, pair.value)) {
            pairs::add(&mut fields, &pair);
        }
    }
    (fields, items.rest())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Severity;
    use crate::parse::{ParseOptions, format_by_name, line::LineParser, read};

    #[test]
    fn facts_and_fields_come_apart() {
        let line = br#"time="2015-03-26T01:27:38-04:00" level=panic msg="It's \"over\" 9000!" animal=orca size=9009 omg err= size=1"#;
        let reading = read(format_by_name("logfmt").unwrap(), line);
        assert_eq!(reading.facts.time, Some(1_427_347_658_000_000_000));
        assert_eq!(reading.facts.severity, Severity::FATAL);
        assert_eq!(reading.severity_text, "panic");
        assert_eq!(reading.message, "It's \"over\" 9000!");
        let fields: Vec<_> = reading.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(fields, ["animal=orca", "size=[9009,1]", "omg=true", "err="]);
    }

    #[test]
    fn text_with_some_pairs_is_not_logfmt() {
        for line in
            ["user=bob logged in from a host that nobody knew before", "a=b", "x = y z", "", "=a =b", "2026 a=1 b=2"]
        {
            let facts = LineParser::new(&ParseOptions::default()).parse(line.as_bytes());
            assert_eq!(facts.format, FormatId::TEXT, "{line}");
        }
    }

    #[test]
    fn what_programs_write_is_understood() {
        // Grafana, Prometheus, slog, Heroku's router, a Go map, and a record of several lines.
        let cases = [
            (
                r#"logger=settings t=2025-04-24T19:51:48.521246943Z level=info msg="Config overridden" arg="default.paths.data=/var/lib""#,
                (
                    Some(1_745_524_308_521_246_943),
                    9,
                    "settings",
                    "Config overridden",
                    "arg=default.paths.data=/var/lib",
                ),
            ),
            (
                r#"ts=2024-03-10T14:13:06.714Z caller=cluster.go:186 level=warn component=cluster msg="addr" port=9094"#,
                (Some(1_710_079_986_714_000_000), 13, "cluster", "addr", "caller=cluster.go:186 port=9094"),
            ),
            (
                r"time=2024-05-01T12:00:00.000+02:00 level=DEBUG-4 msg=x group.a=1 group.b=0x1F dur=1.5s",
                (Some(1_714_557_600_000_000_000), 1, "", "x", "group.a=1 group.b=0x1F dur=1.5s"),
            ),
            (
                r#"at=error code=H12 method=GET path="/cart?x=1" host=a.example status=503 bytes=0"#,
                (
                    None,
                    17,
                    "",
                    "GET /cart?x=1 503",
                    "code=H12 method=GET path=/cart?x=1 host=a.example status=503 bytes=0",
                ),
            ),
            (
                r#"time="2015-03-26T01:27:38-04:00" level=fatal err="&{0x2082280c0 map[animal:orca size:9009]}" labels=map[a:1"#,
                (
                    Some(1_427_347_658_000_000_000),
                    21,
                    "",
                    "&{0x2082280c0 map[animal:orca size:9009]}",
                    "err=&{0x2082280c0 map[animal:orca size:9009]} labels=map[a:1",
                ),
            ),
            ("level=error msg=\"a\nb\" n=1\n  at f x=2\n  at g", (None, 17, "", "a\nb\n  at f x=2\n  at g", "n=1")),
            (
                r#"time="2021-09-15T21:17:10Z" level=error msg=gone reason= status=Pending pod=a pod=b"#,
                (Some(1_631_740_630_000_000_000), 17, "", "gone", r#"reason= status=Pending pod=["a","b"]"#),
            ),
        ];
        for (line, (time, severity, service, message, expected)) in cases {
            let reading = read(format_by_name("logfmt").unwrap(), line.as_bytes());
            let shown: Vec<_> = reading.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
            assert_eq!((reading.facts.time, reading.facts.severity.number()), (time, severity), "{line}");
            assert_eq!(reading.facts.service.unwrap_or_default(), service.as_bytes(), "{line}");
            assert_eq!((&*reading.message, &*shown.join(" ")), (message, expected), "{line}");
        }
    }

    #[test]
    fn one_field_is_read_by_its_name() {
        let format = format_by_name("logfmt").unwrap();
        let line = br#"level=info a.b=1 a.b=2 flag url="x\ty""#;
        assert_eq!(crate::parse::field(format, line, "a.b"), Some(Value::Int(2)));
        assert_eq!(crate::parse::field(format, line, "flag"), Some(Value::Bool(true)));
        assert_eq!(crate::parse::field(format, line, "url"), Some("x\ty".into()));
        assert_eq!(crate::parse::field(format, line, "b"), None);
    }
}
