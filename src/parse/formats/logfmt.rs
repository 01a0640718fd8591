//! logfmt: `ts=… level=info msg="…" key=value`, as Go's slog and logrus, Grafana, Heroku and many others write it.

use std::borrow::Cow;

use super::json::unescape;
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
        Some(Reading {
            facts: found.facts(id, line),
            severity_text: found.severity.map_or(Cow::Borrowed(""), |level| text_of(level.raw)),
            message: found.message.map_or(Cow::Borrowed(""), |message| unescape(message.raw)),
            fields: fields(line, &found),
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

/// The pairs that did not become facts. A bare word is a flag that is set.
fn fields(line: &[u8], found: &Found<'_>) -> Attributes {
    let origins: Vec<_> = found.origins().collect();
    let mut fields = Attributes::default();
    for item in Items::new(line) {
        let pair = match item {
            Item::Pair(pair) => pair,
            Item::Word(word) => Pair { key: word, value: b"true", is_quoted: false },
        };
        if !origins.iter().any(|origin| std::ptr::eq(*origin, pair.value)) {
            pairs::add(&mut fields, &pair);
        }
    }
    fields
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
    fn one_field_is_read_by_its_name() {
        let format = format_by_name("logfmt").unwrap();
        let line = br#"level=info a.b=1 a.b=2 flag url="x\ty""#;
        assert_eq!(crate::parse::field(format, line, "a.b"), Some(Value::Int(2)));
        assert_eq!(crate::parse::field(format, line, "flag"), Some(Value::Bool(true)));
        assert_eq!(crate::parse::field(format, line, "url"), Some("x\ty".into()));
        assert_eq!(crate::parse::field(format, line, "b"), None);
    }
}
