//! What one service tells the next of a trace: contexts read from and written to the headers of a request.
//!
//! One table, [`FORMATS`], with a reader and a writer for each way of saying it; each family has a file. Headers that go with
//! a request are read by the letter of their specifications, and one that is invalid is as good as absent; what is printed
//! into logs is read more leniently, by [`super::find`]. To add a format: its file, and one line in the table.
//!
//! Sources: W3C "Trace Context" levels 1 and 2; "b3-propagation" of OpenZipkin; Jaeger's "Propagation format"; AWS X-Ray
//! "Tracing header"; Datadog's "Trace context propagation" and its tracers; Google Cloud "Trace context"; Microsoft's
//! "HTTP Correlation protocol".

mod b3;
mod datadog;
mod jaeger;
mod others;
mod state;
#[cfg(test)]
mod tests;
mod w3c;
mod xray;

pub use state::TraceState;

use crate::model::{SpanId, TraceId};

/// What travels from one service to the next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TraceContext {
    /// The trace; `None` where only a decision travels, or an id that is no number.
    pub trace_id: Option<TraceId>,
    /// The span that makes the request.
    pub span_id: Option<SpanId>,
    /// The span above that one, where it is told.
    pub parent_id: Option<SpanId>,
    /// Whether the trace is recorded; `None` where that is left to whoever comes next.
    pub sampled: Option<bool>,
    /// Whether it is recorded whatever the samplers say. Says yes to `sampled`.
    pub is_debug: bool,
    /// Whether the low half of the trace's id is known to be random (W3C level 2).
    pub is_random: bool,
    /// What tracers tell each other beside.
    pub trace_state: TraceState,
    /// The whole `Request-Id` of Microsoft's older libraries, whose root need not be a number.
    pub request_id: Option<String>,
}

impl TraceContext {
    /// The operation that the request belongs to by its `Request-Id`: the text between its bar and its first dot.
    #[must_use]
    pub fn operation_id(&self) -> Option<&str> {
        others::root_of(self.request_id.as_deref()?)
    }
}

/// The headers of a request, in their order; names are the same in any case.
#[derive(Clone, Debug, Default)]
pub struct Headers<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Headers<'a> {
    /// The value of the first header of this name, without blanks around it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// The values of all headers of this name.
    fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim_ascii())
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Headers<'a> {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// Headers to be sent.
pub type Written = Vec<(&'static str, String)>;

/// One way of telling the next service.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// What it is called.
    pub name: &'static str,
    /// The headers that it uses.
    pub headers: &'static [&'static str],
    /// Reads it; `None` where its headers are absent or invalid.
    pub read: fn(&Headers<'_>) -> Option<TraceContext>,
    /// Writes it; nothing where it can not say what there is to say.
    pub write: fn(&TraceContext) -> Written,
}

/// Every format; where a request has several, the first counts.
pub const FORMATS: &[Format] = &[
    Format { name: "w3c", headers: &[w3c::PARENT, w3c::STATE], read: w3c::read, write: w3c::write },
    Format { name: "b3-single", headers: &[b3::SINGLE], read: b3::read_single, write: b3::write_single },
    Format { name: "b3-multi", headers: b3::MULTI, read: b3::read_multi, write: b3::write_multi },
    Format { name: "uber-trace-id", headers: &[jaeger::HEADER], read: jaeger::read, write: jaeger::write },
    Format { name: "xray", headers: &[xray::HEADER], read: xray::read, write: xray::write },
    Format { name: "datadog", headers: datadog::HEADERS, read: datadog::read, write: datadog::write },
    Format { name: "google", headers: &[others::GOOGLE], read: others::read_google, write: others::write_google },
    Format {
        name: "request-id",
        headers: &[others::REQUEST],
        read: others::read_request,
        write: others::write_request,
    },
    Format { name: "x-trace-id", headers: others::PLAIN, read: others::read_plain, write: others::write_plain },
    Format { name: "traceresponse", headers: w3c::RESPONSE, read: w3c::read_response, write: w3c::write_response },
];

/// The context that `headers` tell, and in which format.
#[must_use]
pub fn read(headers: &Headers<'_>) -> Option<(&'static Format, TraceContext)> {
    FORMATS.iter().find_map(|format| Some((format, (format.read)(headers)?)))
}
