//! The shape of an export request in JSON, as the bytes have it. Converted to the model in [`super::json`].
//!
//! Every key is taken in lowerCamelCase (the specification) and in snake_case (protobuf's own names, which the
//! Collector's reader takes too), every field may be missing or null, and unknown keys are ignored. Resource groups
//! are one type for logs and spans, generic over the record: [`Log`] or [`Span`] on the fast path, a raw JSON text on
//! the slow one.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::any_value::{AnyValue, KeyValues};
use super::scalar::{Enum, Text, Unsigned};

/// An export request of any signal.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a, L: Deserialize<'de>, S: Deserialize<'de>"))]
pub(super) struct Export<'a, L, S> {
    #[serde(borrow, rename = "resourceLogs", alias = "resource_logs")]
    pub(super) logs: Option<Vec<ResourceGroup<'a, L>>>,
    /// `batches` is what Tempo's first trace API calls them.
    #[serde(borrow, rename = "resourceSpans", alias = "resource_spans", alias = "batches")]
    pub(super) spans: Option<Vec<ResourceGroup<'a, S>>>,
    #[serde(rename = "resourceMetrics", alias = "resource_metrics")]
    pub(super) metrics: Option<Vec<ResourceMetrics>>,
}

/// What one resource sent: ResourceLogs or ResourceSpans.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a, R: Deserialize<'de>"))]
pub(super) struct ResourceGroup<'a, R> {
    #[serde(borrow)]
    pub(super) resource: Option<Resource<'a>>,
    #[serde(
        borrow,
        rename = "scopeLogs",
        alias = "scope_logs",
        alias = "scopeSpans",
        alias = "scope_spans",
        alias = "instrumentationLibrarySpans",
        alias = "instrumentationLibraryLogs"
    )]
    pub(super) scopes: Option<Vec<ScopeGroup<'a, R>>>,
}

/// What one library of a resource sent: ScopeLogs or ScopeSpans.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a, R: Deserialize<'de>"))]
pub(super) struct ScopeGroup<'a, R> {
    #[serde(borrow, alias = "instrumentationLibrary")]
    pub(super) scope: Option<Scope<'a>>,
    #[serde(rename = "logRecords", alias = "log_records", alias = "logs", alias = "spans")]
    pub(super) records: Option<Vec<R>>,
}

/// Resource.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Resource<'a> {
    #[serde(borrow)]
    pub(super) attributes: KeyValues<'a>,
}

/// InstrumentationScope.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Scope<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) version: Text<'a>,
    #[serde(borrow)]
    pub(super) attributes: KeyValues<'a>,
}

/// LogRecord.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Log<'a> {
    #[serde(alias = "time_unix_nano")]
    pub(super) time_unix_nano: Unsigned,
    #[serde(alias = "observed_time_unix_nano")]
    pub(super) observed_time_unix_nano: Unsigned,
    #[serde(borrow, alias = "severity_number")]
    pub(super) severity_number: Enum<'a>,
    #[serde(borrow, alias = "severity_text")]
    pub(super) severity_text: Text<'a>,
    pub(super) body: AnyValue,
    #[serde(borrow)]
    pub(super) attributes: KeyValues<'a>,
    pub(super) flags: Unsigned,
    #[serde(borrow, alias = "trace_id")]
    pub(super) trace_id: Text<'a>,
    #[serde(borrow, alias = "span_id")]
    pub(super) span_id: Text<'a>,
    #[serde(borrow, alias = "event_name")]
    pub(super) event_name: Text<'a>,
}

/// Span.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the wire's")]
pub(super) struct Span<'a> {
    #[serde(borrow, alias = "trace_id")]
    pub(super) trace_id: Text<'a>,
    #[serde(borrow, alias = "span_id")]
    pub(super) span_id: Text<'a>,
    #[serde(borrow, alias = "parent_span_id")]
    pub(super) parent_span_id: Text<'a>,
    #[serde(borrow, alias = "trace_state")]
    pub(super) trace_state: Text<'a>,
    pub(super) flags: Unsigned,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) kind: Enum<'a>,
    #[serde(alias = "start_time_unix_nano")]
    pub(super) start_time_unix_nano: Unsigned,
    #[serde(alias = "end_time_unix_nano")]
    pub(super) end_time_unix_nano: Unsigned,
    #[serde(borrow)]
    pub(super) attributes: KeyValues<'a>,
    #[serde(borrow)]
    pub(super) events: Option<Vec<Event<'a>>>,
    #[serde(borrow)]
    pub(super) links: Option<Vec<Link<'a>>>,
    #[serde(borrow)]
    pub(super) status: Option<Status<'a>>,
}

/// Span.Event.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Event<'a> {
    #[serde(alias = "time_unix_nano")]
    pub(super) time_unix_nano: Unsigned,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) attributes: KeyValues<'a>,
}

/// Span.Link.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Link<'a> {
    #[serde(borrow, alias = "trace_id")]
    pub(super) trace_id: Text<'a>,
    #[serde(borrow, alias = "span_id")]
    pub(super) span_id: Text<'a>,
    #[serde(borrow, alias = "trace_state")]
    pub(super) trace_state: Text<'a>,
    #[serde(borrow)]
    pub(super) attributes: KeyValues<'a>,
}

/// Status of a span.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Status<'a> {
    #[serde(borrow)]
    pub(super) code: Enum<'a>,
    #[serde(borrow)]
    pub(super) message: Text<'a>,
}

/// ResourceMetrics, as far as counting needs it.
#[derive(Deserialize)]
pub(super) struct ResourceMetrics {
    #[serde(rename = "scopeMetrics", alias = "scope_metrics")]
    scopes: Option<Vec<ScopeMetrics>>,
}

#[derive(Deserialize)]
struct ScopeMetrics {
    metrics: Option<Vec<Metric>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    gauge: Option<Points>,
    sum: Option<Points>,
    histogram: Option<Points>,
    #[serde(alias = "exponential_histogram")]
    exponential_histogram: Option<Points>,
    summary: Option<Points>,
}

#[derive(Deserialize)]
struct Points {
    #[serde(rename = "dataPoints", alias = "data_points")]
    points: Option<Vec<IgnoredAny>>,
}

impl ResourceMetrics {
    /// How many data points it has.
    pub(super) fn data_points(&self) -> u64 {
        let metrics = self.scopes.iter().flatten().flat_map(|scope| scope.metrics.iter().flatten());
        metrics.map(Metric::data_points).sum()
    }
}

impl Metric {
    fn data_points(&self) -> u64 {
        [&self.gauge, &self.sum, &self.histogram, &self.exponential_histogram, &self.summary]
            .into_iter()
            .flatten()
            .map(|data| data.points.as_ref().map_or(0, Vec::len) as u64)
            .sum()
    }
}
