//! Bytes to records: what a line says of time, level, service and trace, found without being told its format.
//!
//! Two ways in. The hot one, [`LineParser`], runs once for every line that arrives: it remembers the source's format,
//! allocates nothing and reports only what the store keeps in columns ([`Facts`]). The cold one, [`read`], takes a
//! stored line apart completely, for the rows on the screen, the detail view and filters on attributes.
//!
//! Owns the registry of line formats, one file each, the recognition of terminal sequences ([`ansi`]), of trace ids
//! ([`context`]) and of timestamps ([`time`]), the OTLP encodings ([`otlp`]), the answers of Grafana Tempo, which are nearly
//! OTLP ([`tempo`]), and the traces of Jaeger ([`jaeger`]) and Zipkin ([`zipkin`]). Knows no files, no sockets and no clock.
//!
//! To add a line format: one file here that implements `LineFormat`, and one line in the registry.

#![warn(clippy::indexing_slicing)]

pub mod ansi;
pub mod context;
mod formats;
mod found;
pub mod jaeger;
pub mod join;
mod key;
mod level;
mod line;
pub mod otlp;
mod pairs;
mod reading;
pub mod rules;
pub mod tempo;
#[cfg(test)]
mod tests;
pub mod time;
pub mod zipkin;

pub use formats::{FORMATS, LineFormat, Probe, format_by_name, format_name, is_derived, is_given};
pub use level::severity_hint;
pub use line::{LineParser, ParseOptions};
pub use reading::{Reading, field, read};
pub use rules::Rules;

use crate::model::{FormatId, Nanos, Severity, SpanId, TraceId};

/// What the store keeps of a line beside its bytes. Borrows from the line.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Facts<'a> {
    /// The format that the line was read as.
    pub format: FormatId,
    /// When the line says it was written.
    pub time: Option<Nanos>,
    /// Its severity; unset when the line has none.
    pub severity: Severity,
    /// The service or logger it names, as written in the line (JSON escapes and all). None where colours stand within it.
    pub service: Option<&'a [u8]>,
    /// The trace it belongs to.
    pub trace_id: Option<TraceId>,
    /// The span it belongs to.
    pub span_id: Option<SpanId>,
}

impl Facts<'_> {
    /// The same of the line as it came, where these are of the line without its terminal sequences.
    fn of_original<'a>(&self, line: &'a [u8]) -> Facts<'a> {
        Facts {
            format: self.format,
            time: self.time,
            severity: self.severity,
            service: self.service.and_then(|name| ansi::in_original(line, name)),
            trace_id: self.trace_id,
            span_id: self.span_id,
        }
    }
}
