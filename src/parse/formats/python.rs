//! Lines of Python's usual `%(asctime)s - %(name)s - %(levelname)s - %(message)s`, also without the name, and with
//! bracketed pairs before the message: `… - INFO - [trace_id=abc123] [span_id=def456] - Request processed`.

use memchr::memmem;

use super::{LineFormat, Probe};
use crate::model::{Attributes, FormatId, Nanos, Severity, Value};
use crate::parse::pairs::{self, text_of};
use crate::parse::{Facts, Reading, context};

/// The format.
pub(super) struct Python;

const SEPARATOR: &[u8] = b" - ";
/// A logger's name or level further from the time than this is part of a message.
const MAX_PART: usize = 128;

impl LineFormat for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn about(&self) -> &'static str {
        "time - logger - LEVEL - message, as Python programs write it"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2025-12-24 10:30:45 - backend.app.main - INFO - [trace_id=abc123...] [span_id=def456...] - Request processed",
            "2025-12-24 10:30:45,123 - worker - ERROR - job failed - giving up",
            "2025-12-24 10:30:45,123 - WARNING - low disk",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    #[inline]
    fn scan<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Facts<'a>> {
        Some(Parts::split(probe)?.facts(probe.line, id))
    }

    fn read<'a>(&self, probe: &Probe<'a, '_>, id: FormatId) -> Option<Reading<'a>> {
        let parts = Parts::split(probe)?;
        let (groups, message) = split_groups(parts.rest);
        let mut fields = Attributes::default();
        let ids = parts.facts(probe.line, id);
        pairs::loose(groups)
            .chain(pairs::loose(message))
            .filter(|pair| !is_id(pair.key) || ids.trace_id.is_none())
            .for_each(|pair| pairs::add(&mut fields, &pair));
        Some(Reading { facts: ids, severity_text: text_of(parts.level), message: text_of(message), fields })
    }

    fn field(&self, line: &[u8], key: &str) -> Option<Value> {
        pairs::loose_field(line, key)
    }
}

fn is_id(key: &[u8]) -> bool {
    matches!(key, b"trace_id" | b"span_id")
}

/// A line cut at its separators.
struct Parts<'a> {
    time: Nanos,
    service: Option<&'a [u8]>,
    level: &'a [u8],
    severity: Severity,
    rest: &'a [u8],
}

impl<'a> Parts<'a> {
    #[inline]
    fn split(probe: &Probe<'a, '_>) -> Option<Self> {
        let line = probe.line;
        // Cheaper than the time: the separator stands behind the seconds or behind the usual three digits.
        let is_likely = [19, 23].iter().any(|at| line.get(*at..at + SEPARATOR.len()) == Some(SEPARATOR));
        if !is_likely {
            return None;
        }
        let stamp = probe.stamp()?;
        let time = stamp.time?;
        let rest = line.get(stamp.len..)?.strip_prefix(SEPARATOR)?;
        let (first, rest) = split_part(rest)?;
        if let Some(severity) = level_of(first) {
            return Some(Self { time, service: None, level: first, severity, rest });
        }
        let (second, rest) = split_part(rest)?;
        let severity = level_of(second)?;
        Some(Self { time, service: Some(first).filter(|name| !name.is_empty()), level: second, severity, rest })
    }

    fn facts(&self, line: &'a [u8], format: FormatId) -> Facts<'a> {
        let ids = context::find(line);
        Facts {
            format,
            time: Some(self.time),
            severity: self.severity,
            service: self.service,
            trace_id: ids.trace_id,
            span_id: ids.span_id,
        }
    }
}

fn split_part(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memmem::find(text.get(..MAX_PART).unwrap_or(text), SEPARATOR)?;
    Some((text.get(..at)?.trim_ascii(), text.get(at + SEPARATOR.len()..)?))
}

fn level_of(word: &[u8]) -> Option<Severity> {
    Severity::from_name(word).filter(|_| word.len() > 1)
}

/// The bracketed pairs that `rest` begins with, and the message behind them.
fn split_groups(rest: &[u8]) -> (&[u8], &[u8]) {
    let mut message = rest;
    while let Some(group) = message.strip_prefix(b"[") {
        let Some(end) = group.iter().position(|byte| *byte == b']') else { break };
        if !group.iter().take(end).any(|byte| *byte == b'=') {
            break;
        }
        message = group.get(end + 1..).unwrap_or_default().trim_ascii_start();
    }
    let groups = rest.get(..rest.len() - message.len()).unwrap_or_default();
    let is_cut_off = !groups.is_empty();
    (groups, message.strip_prefix(b"- ").filter(|_| is_cut_off).unwrap_or(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{format_by_name, read};

    #[test]
    fn the_parts_are_found() {
        let cases = [
            (
                "2025-12-24 10:30:45 - backend.app.main - INFO - [trace_id=abc123...] [span_id=def456...] - Request processed",
                (Some("backend.app.main"), Severity::INFO, "Request processed", "00000000000000000000000000abc123"),
            ),
            ("2025-12-24 10:30:45,123 - w - ERROR - a - b", (Some("w"), Severity::ERROR, "a - b", "")),
            ("2025-12-24 10:30:45 - WARNING - [main] low", (None, Severity::WARN, "[main] low", "")),
        ];
        let python = format_by_name("python").unwrap();
        for (line, (service, severity, message, trace)) in cases {
            let reading = read(python, line.as_bytes());
            assert_eq!(reading.facts.format, python, "{line}");
            assert_eq!(reading.facts.service, service.map(str::as_bytes), "{line}");
            assert_eq!(reading.facts.severity, severity, "{line}");
            assert_eq!(reading.message, message, "{line}");
            assert_eq!(reading.facts.trace_id.map_or(String::new(), |id| id.to_string()), trace, "{line}");
        }
    }

    #[test]
    fn bracketed_pairs_are_fields() {
        let line = b"2025-12-24 10:30:45 - w - INFO - [job_id=7] [trace_id=cafe] [queue=mail] - done x=1";
        let reading = read(format_by_name("python").unwrap(), line);
        let fields: Vec<_> = reading.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(fields, ["job_id=7", "queue=mail", "x=1"]);
        assert_eq!(Python.field(line, "x"), Some(Value::Int(1)));
    }
}
