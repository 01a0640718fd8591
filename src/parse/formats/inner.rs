//! A line within a line: what container runtimes, syslog and their like wrap is a line of some program's own format.
//!
//! The carrier says where the inner line stands; here it is recognised, without remembering those before it, so that a
//! stored line is read as it was scanned. What the inner line says of itself goes before what its carrier says.

use super::{Known, Probe, candidates, text};
use crate::model::{FormatId, Value};
use crate::parse::time::Hints;
use crate::parse::{Facts, Reading};

/// The facts of an inner line; its format is the inner one.
pub(in crate::parse) fn scan<'a>(line: &'a [u8], hints: &Hints) -> Facts<'a> {
    let probe = Probe::new(line, hints);
    known(line).find_map(|(id, format)| format.scan(&probe, *id)).unwrap_or_else(|| text::facts(&probe))
}

/// An inner line taken apart.
pub(in crate::parse) fn read<'a>(line: &'a [u8], hints: &Hints) -> Reading<'a> {
    let probe = Probe::new(line, hints);
    known(line).find_map(|(id, format)| format.read(&probe, *id)).unwrap_or_else(|| text::reading(&probe))
}

/// One field of an inner line.
pub(in crate::parse) fn field(line: &[u8], key: &str) -> Option<Value> {
    let hints = Hints::default();
    let probe = Probe::new(line, &hints);
    let of_format = known(line).find(|(id, format)| format.scan(&probe, *id).is_some());
    of_format.map_or(&text::Text as &dyn super::LineFormat, |(_, format)| *format).field(line, key)
}

fn known(line: &[u8]) -> impl Iterator<Item = &'static Known> {
    candidates(line).iter().filter(|(_, format)| !format.is_carrier())
}

impl<'a> Facts<'a> {
    /// The facts of a carrier's line: what the inner line says, and where it says nothing what the carrier says. A span
    /// goes with its trace.
    #[must_use]
    pub(in crate::parse) fn or_carrier(self, carrier: Facts<'a>) -> Self {
        let (trace_id, span_id) = match self.trace_id {
            Some(_) => (self.trace_id, self.span_id),
            None => (carrier.trace_id, carrier.span_id),
        };
        Self {
            format: carrier.format,
            time: self.time.or(carrier.time),
            severity: if self.severity == crate::model::Severity::UNSET { carrier.severity } else { self.severity },
            service: self.service.or(carrier.service),
            trace_id,
            span_id,
        }
    }

    /// A line of which nothing is known but its format.
    pub(in crate::parse) fn none(format: FormatId) -> Self {
        Self {
            format,
            time: None,
            severity: crate::model::Severity::UNSET,
            service: None,
            trace_id: None,
            span_id: None,
        }
    }
}
