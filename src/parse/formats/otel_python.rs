//! What OpenTelemetry's instrumentation of Python's logging writes by default: `2026-03-01 10:00:00,123 INFO [logger] [file.py:12]
//! [trace_id=… span_id=… resource.service.name=shop trace_sampled=True] - message`.

use super::head::{Head, headed};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Value};
use crate::parse::pairs;
use crate::parse::{Facts, Reading};

/// The format.
pub(super) struct OtelPython;

impl LineFormat for OtelPython {
    fn name(&self) -> &'static str {
        "otel-python"
    }

    fn about(&self) -> &'static str {
        "Python's logging with OpenTelemetry: time LEVEL [logger] [file:line] [trace_id=…] - message"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01 10:00:00,123 INFO [main] [shop.py:47] [trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 resource.service.name=shop trace_sampled=True] - order placed",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    fn given(&self) -> &'static [&'static str] {
        &["logger", "code.file.path", "code.line.number"]
    }

    headed!(head);
}

#[inline]
fn head<'a>(probe: &Probe<'a, '_>) -> Option<Head<'a>> {
    let (mut head, mut at) = Head::stamped(probe)?;
    at.eat(b" ")?;
    head.level(at.word()?)?;
    at.eat(b" ")?;
    let logger = at.brackets()?;
    at.eat(b" ")?;
    let place = at.brackets()?;
    at.eat(b" ")?;
    let context = at.brackets().filter(|context| context.starts_with(b"trace_id="))?;
    at.eat(b" - ")?;
    let mut found = pairs::loose(context);
    let service = found.find(|pair| pair.key == b"resource.service.name").map(|pair| pair.value);
    head.service = service.or(Some(logger));
    if service.is_some() {
        head.part("logger", logger);
    }
    let colon = memchr::memrchr(b':', place)?;
    head.part("code.file.path", place.get(..colon)?);
    head.part("code.line.number", place.get(colon + 1..)?);
    let sampled = pairs::loose(context).find(|pair| pair.key == b"trace_sampled").map(|pair| pair.value);
    head.part("trace_sampled", sampled.unwrap_or_default());
    head.message = at.rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::head::check;

    #[test]
    fn heads_are_cut() {
        check(
            "otel-python",
            &[
                (
                    "2026-03-01 10:00:00,1 WARNING [a.b] [b.py:7] [trace_id=0 span_id=0 resource.service.name= trace_sampled=False] - c=1",
                    "a.b",
                    13,
                    "c=1",
                    "code.file.path=b.py code.line.number=7 trace_sampled=False c=1",
                ),
                (
                    "2026-03-01 10:00:00,1 ERROR [a.b] [b.py:7] [trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 resource.service.name=shop] - no",
                    "shop",
                    17,
                    "no",
                    "logger=a.b code.file.path=b.py code.line.number=7",
                ),
            ],
        );
    }
}
