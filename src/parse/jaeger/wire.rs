//! The shape of Jaeger's documents, as the bytes have it: `internal/uimodel/model.go` of Jaeger.
//!
//! Every field may be missing or null, and unknown keys are ignored. Parts of which one may be bad without spoiling the
//! others are kept as texts and read one by one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::parse::otlp::scalar::{Int, Text};

/// What every answer of the query API is wrapped in.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    pub(super) data: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) errors: Option<&'a RawValue>,
}

/// One error of an answer.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Error<'a> {
    #[serde(borrow)]
    msg: Text<'a>,
    #[serde(borrow, rename = "traceID")]
    trace_id: Text<'a>,
}

impl fmt::Display for Error<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.msg.0)?;
        if self.trace_id.0.is_empty() { Ok(()) } else { write!(f, " ({})", self.trace_id.0) }
    }
}

/// A trace, or what is enough of a span to see that it is one.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Trace<'a> {
    #[serde(borrow, rename = "traceID")]
    pub(super) trace_id: Text<'a>,
    #[serde(borrow)]
    pub(super) spans: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) processes: Option<HashMap<Cow<'a, str>, &'a RawValue>>,
    #[serde(borrow)]
    pub(super) warnings: Option<&'a RawValue>,
    #[serde(rename = "spanID")]
    pub(super) span_id: Option<IgnoredAny>,
}

/// A span.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Span<'a> {
    #[serde(borrow, rename = "traceID")]
    pub(super) trace_id: Text<'a>,
    #[serde(borrow, rename = "spanID")]
    pub(super) span_id: Text<'a>,
    /// In old answers and in Elasticsearch.
    #[serde(borrow, rename = "parentSpanID")]
    pub(super) parent_span_id: Text<'a>,
    pub(super) flags: Int,
    #[serde(borrow)]
    pub(super) operation_name: Text<'a>,
    #[serde(borrow)]
    pub(super) references: Option<Vec<Reference<'a>>>,
    /// In microseconds, as is the duration.
    pub(super) start_time: Int,
    pub(super) duration: Int,
    #[serde(borrow)]
    pub(super) tags: Option<Vec<Tag<'a>>>,
    #[serde(borrow)]
    pub(super) logs: Option<Vec<Log<'a>>>,
    #[serde(borrow, rename = "processID")]
    pub(super) process_id: Text<'a>,
    /// In Elasticsearch, instead of the id of one of the trace's processes.
    #[serde(borrow)]
    pub(super) process: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) warnings: Option<Vec<Text<'a>>>,
}

/// A pointer to another span.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Reference<'a> {
    #[serde(borrow, rename = "refType")]
    pub(super) kind: Text<'a>,
    #[serde(borrow, rename = "traceID")]
    pub(super) trace_id: Text<'a>,
    #[serde(borrow, rename = "spanID")]
    pub(super) span_id: Text<'a>,
}

/// A name with a value: an attribute.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Tag<'a> {
    #[serde(borrow)]
    pub(super) key: Text<'a>,
    /// `string`, `bool`, `int64`, `float64` or `binary`.
    #[serde(borrow, rename = "type")]
    pub(super) kind: Text<'a>,
    #[serde(borrow)]
    pub(super) value: Option<&'a RawValue>,
}

/// Something that happened at one moment of a span.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Log<'a> {
    /// In microseconds.
    pub(super) timestamp: Int,
    #[serde(borrow)]
    pub(super) fields: Option<Vec<Tag<'a>>>,
}

/// Who ran a span.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Process<'a> {
    #[serde(borrow)]
    pub(super) service_name: Text<'a>,
    #[serde(borrow)]
    pub(super) tags: Option<Vec<Tag<'a>>>,
}
