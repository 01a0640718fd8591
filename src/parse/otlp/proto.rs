//! Export requests in protobuf, and opentelemetry-proto's generated types, to the model.
//!
//! Protobuf gives a message wholly or not at all: invalid UTF-8 or a cut-off field anywhere refuses the request, as it
//! does with every other receiver.

use std::sync::Arc;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1 as logs;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::resource::v1 as resource;
use opentelemetry_proto::tonic::trace::v1 as trace;
use prost::Message as _;

use super::direct::{self, Stop};
use super::json::severity;
use super::keys::Keys;
use super::{DecodeError, Decoded, MAX_DEPTH, Origin, nanos, too_deep};
use crate::model::{
    LogRecord, Resource, Scope, Severity, Span, SpanEvent, SpanId, SpanKind, SpanLink, Status, StatusCode, TraceId,
    Value,
};

/// Reads an ExportLogsServiceRequest, directly where it is as senders write it; no bytes at all are an empty one.
pub fn decode_logs_proto(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    match direct::logs(bytes) {
        Err(Stop::Unusual) => generated(bytes).map(logs_from_proto),
        read => read.map_err(|_| DecodeError::TooMuch),
    }
}

/// Reads an ExportTraceServiceRequest, directly where it is as senders write it; TracesData and Tempo's Trace are the same bytes.
pub fn decode_spans_proto(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    match direct::spans(bytes) {
        Err(Stop::Unusual) => generated(bytes).map(spans_from_proto),
        read => read.map_err(|_| DecodeError::TooMuch),
    }
}

/// What is unusual is read only up to this length, in bytes: nothing bounds what prost makes of it.
const MAX_UNUSUAL: usize = 4 << 20;

/// Reads a message whose bytes are unusual, or broken, into its generated type.
fn generated<M: prost::Message + Default>(bytes: &[u8]) -> Result<M, DecodeError> {
    if bytes.len() > MAX_UNUSUAL {
        return Err(DecodeError::Unusual);
    }
    Ok(M::decode(bytes)?)
}

/// How many data points an ExportMetricsServiceRequest has.
pub fn data_points_in_proto(bytes: &[u8]) -> Result<u64, DecodeError> {
    let request = ExportMetricsServiceRequest::decode(bytes)?;
    let scopes = request.resource_metrics.iter().flat_map(|group| &group.scope_metrics);
    let points = scopes.flat_map(|scope| &scope.metrics).map(|metric| match &metric.data {
        None => 0,
        Some(Data::Gauge(data)) => data.data_points.len(),
        Some(Data::Sum(data)) => data.data_points.len(),
        Some(Data::Histogram(data)) => data.data_points.len(),
        Some(Data::ExponentialHistogram(data)) => data.data_points.len(),
        Some(Data::Summary(data)) => data.data_points.len(),
    });
    Ok(points.sum::<usize>() as u64)
}

/// Reads a message whose signal nobody told, as the Collector's files have them.
///
/// All three begin alike, so the signals are tried in turn: a span's first fields are ids of 16 and 8 bytes, a log
/// record's first field is a fixed-size time and a metric's is a text, which are different wire types. Only messages
/// without a single record, or log records without any time, leave a doubt.
pub fn decode_any_proto(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let spans = decode_spans_proto(bytes);
    if let Ok(decoded) = &spans
        && decoded.rejected_spans == 0
    {
        return spans;
    }
    if let Ok(decoded) = decode_logs_proto(bytes) {
        return Ok(decoded);
    }
    match data_points_in_proto(bytes) {
        Ok(data_points) => Ok(Decoded { data_points, ..Decoded::default() }),
        Err(_) => spans,
    }
}

/// The records of a request that is decoded already.
#[must_use]
pub fn logs_from_proto(request: ExportLogsServiceRequest) -> Decoded {
    let mut decoded = Decoded::default();
    let mut keys = Keys::default();
    for group in request.resource_logs {
        let resource = shared_resource(group.resource, &mut keys);
        for scoped in group.scope_logs {
            let origin = Origin { resource: Arc::clone(&resource), scope: shared_scope(scoped.scope, &mut keys) };
            decoded.logs.extend(scoped.log_records.into_iter().map(|log| log_record(log, &origin, &mut keys)));
        }
    }
    decoded
}

/// The spans of a request that is decoded already.
#[must_use]
pub fn spans_from_proto(request: ExportTraceServiceRequest) -> Decoded {
    let mut decoded = Decoded::default();
    let mut keys = Keys::default();
    for group in request.resource_spans {
        let resource = shared_resource(group.resource, &mut keys);
        for scoped in group.scope_spans {
            let origin = Origin { resource: Arc::clone(&resource), scope: shared_scope(scoped.scope, &mut keys) };
            for span in scoped.spans {
                match span_record(span, &origin, &mut keys) {
                    Some(span) => decoded.spans.push(span),
                    None => decoded.rejected_spans += 1,
                }
            }
        }
    }
    decoded
}

fn shared_resource(resource: Option<resource::Resource>, keys: &mut Keys) -> Arc<Resource> {
    let attributes = resource.unwrap_or_default().attributes;
    Arc::new(Resource { attributes: keys.attributes(pairs(attributes)) })
}

fn shared_scope(scope: Option<InstrumentationScope>, keys: &mut Keys) -> Arc<Scope> {
    let scope = scope.unwrap_or_default();
    Arc::new(Scope {
        name: scope.name.into_boxed_str(),
        version: scope.version.into_boxed_str(),
        attributes: keys.attributes(pairs(scope.attributes)),
    })
}

fn log_record(log: logs::LogRecord, origin: &Origin, keys: &mut Keys) -> LogRecord {
    LogRecord {
        time: nanos(log.time_unix_nano),
        observed_time: nanos(log.observed_time_unix_nano),
        severity: severity(Severity::from_number(log.severity_number.into()), &log.severity_text),
        severity_text: log.severity_text.into_boxed_str(),
        body: value(log.body, 0),
        attributes: keys.attributes(pairs(log.attributes)),
        trace_id: TraceId::from_bytes(&log.trace_id),
        span_id: SpanId::from_bytes(&log.span_id),
        flags: log.flags,
        event_name: log.event_name.into_boxed_str(),
        resource: Arc::clone(&origin.resource),
        scope: Arc::clone(&origin.scope),
    }
}

fn span_record(span: trace::Span, origin: &Origin, keys: &mut Keys) -> Option<Span> {
    let status = span.status.unwrap_or_default();
    Some(Span {
        trace_id: TraceId::from_bytes(&span.trace_id)?,
        span_id: SpanId::from_bytes(&span.span_id)?,
        parent_id: SpanId::from_bytes(&span.parent_span_id),
        trace_state: span.trace_state.into_boxed_str(),
        name: span.name.into_boxed_str(),
        kind: SpanKind::from_number(span.kind.into()),
        start: nanos(span.start_time_unix_nano),
        end: nanos(span.end_time_unix_nano),
        status: Status { code: StatusCode::from_number(status.code.into()), message: status.message.into_boxed_str() },
        flags: span.flags,
        attributes: keys.attributes(pairs(span.attributes)),
        events: span.events.into_iter().map(|event| span_event(event, keys)).collect(),
        links: span.links.into_iter().filter_map(|link| span_link(link, keys)).collect(),
        resource: Arc::clone(&origin.resource),
        scope: Arc::clone(&origin.scope),
    })
}

fn span_event(event: trace::span::Event, keys: &mut Keys) -> SpanEvent {
    SpanEvent {
        time: nanos(event.time_unix_nano),
        name: event.name.into_boxed_str(),
        attributes: keys.attributes(pairs(event.attributes)),
    }
}

fn span_link(link: trace::span::Link, keys: &mut Keys) -> Option<SpanLink> {
    Some(SpanLink {
        trace_id: TraceId::from_bytes(&link.trace_id)?,
        span_id: SpanId::from_bytes(&link.span_id)?,
        trace_state: link.trace_state.into_boxed_str(),
        attributes: keys.attributes(pairs(link.attributes)),
    })
}

fn pairs(attributes: Vec<KeyValue>) -> impl Iterator<Item = (String, Value)> {
    attributes.into_iter().map(|pair| (pair.key, value(pair.value, 0)))
}

/// The value that lies `depth` lists or maps below its record. prost itself refuses more than 100 nested messages, so
/// neither this recursion nor the one that frees what is too deep can run away.
fn value(any: Option<AnyValue>, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return too_deep();
    }
    match any.and_then(|any| any.value) {
        // A string-table index means something within profiles only.
        None | Some(any_value::Value::StringValueStrindex(_)) => Value::Null,
        Some(any_value::Value::StringValue(text)) => Value::Str(text.into_boxed_str()),
        Some(any_value::Value::BoolValue(truth)) => Value::Bool(truth),
        Some(any_value::Value::IntValue(number)) => Value::Int(number),
        Some(any_value::Value::DoubleValue(number)) => Value::Double(number),
        Some(any_value::Value::BytesValue(bytes)) => Value::Bytes(bytes.into_boxed_slice()),
        Some(any_value::Value::ArrayValue(list)) => {
            Value::Array(list.values.into_iter().map(|item| value(Some(item), depth + 1)).collect())
        }
        Some(any_value::Value::KvlistValue(map)) => {
            Value::Map(map.values.into_iter().map(|pair| (pair.key, value(pair.value, depth + 1))).collect())
        }
    }
}
