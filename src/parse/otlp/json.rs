//! Reading export requests in JSON.
//!
//! Two passes at most. The first reads everything straight into the wire types, which is what nearly every request
//! needs. When that fails on something other than a cut-off text, the second reads the records as raw JSON texts and
//! each of them on its own, so that a bad record never loses its neighbours; it also replaces invalid UTF-8.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::keys::Keys;
use super::scalar::IdForm;
use super::wire::{self, Export, ResourceGroup};
use super::{DecodeError, Decoded, Origin, nanos};
use crate::model::{LogRecord, Resource, Scope, Severity, Span, SpanEvent, SpanLink, Status};

/// Reads one export request of any signal, told apart by its top key: `resourceLogs`, `resourceSpans`,
/// `resourceMetrics`. Linear in the length of `bytes`.
pub fn decode_json(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let (decoded, had_signal) = decode(bytes)?;
    if had_signal { Ok(decoded) } else { Err(DecodeError::NoSignal) }
}

/// Reads an ExportLogsServiceRequest; `{}` is an empty one.
pub fn logs_from_json(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let (Decoded { logs, rejected_logs, .. }, _) = decode(bytes)?;
    Ok(Decoded { logs, rejected_logs, ..Decoded::default() })
}

/// Reads an ExportTraceServiceRequest; `{}` is an empty one.
pub fn spans_from_json(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let (Decoded { spans, rejected_spans, .. }, _) = decode(bytes)?;
    Ok(Decoded { spans, rejected_spans, ..Decoded::default() })
}

/// Reads groups of spans whose ids are in base64, as Tempo answers; `{}` has none.
pub(in crate::parse) fn spans_with_base64_ids(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let (Decoded { spans, rejected_spans, .. }, _) = decode_ids(bytes, IdForm::Base64)?;
    Ok(Decoded { spans, rejected_spans, ..Decoded::default() })
}

/// How many data points an ExportMetricsServiceRequest has; `{}` has none.
pub fn data_points_in_json(bytes: &[u8]) -> Result<u64, DecodeError> {
    decode(bytes).map(|(decoded, _)| decoded.data_points)
}

/// What the request holds, and whether it named any signal at all.
fn decode(bytes: &[u8]) -> Result<(Decoded, bool), DecodeError> {
    decode_ids(bytes, IdForm::ByLength)
}

/// Objects that one request may have: each takes some hundred bytes, however short its text. Requests of senders have one in
/// forty bytes.
const MAX_OBJECTS: usize = 2 << 20;

fn decode_ids(bytes: &[u8], ids: IdForm) -> Result<(Decoded, bool), DecodeError> {
    if bytes.len() > MAX_OBJECTS && memchr::memchr_iter(b'{', bytes).count() > MAX_OBJECTS {
        return Err(DecodeError::TooMuch);
    }
    let strict = serde_json::from_slice::<Export<'_, wire::Log<'_>, wire::Span<'_>>>(bytes);
    match strict {
        Ok(export) => Ok(collect(export, ids, Some, Some)),
        Err(error) if error.is_eof() => Err(DecodeError::Incomplete(error.to_string())),
        Err(_) => {
            let text = mend_surrogates(String::from_utf8_lossy(bytes));
            let export: Export<'_, &RawValue, &RawValue> =
                serde_json::from_str(&text).map_err(|error| DecodeError::Json(error.to_string()))?;
            Ok(collect(export, ids, one::<wire::Log<'_>>, one::<wire::Span<'_>>))
        }
    }
}

/// Replaces escaped halves of surrogate pairs that lack their other half with U+FFFD. JavaScript's SDK writes them
/// when it cuts a text at its length limit, and serde_json refuses them.
fn mend_surrogates(json: Cow<'_, str>) -> Cow<'_, str> {
    let mut mended = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(backslash) = memchr::memchr(b'\\', json.as_bytes().get(at..).unwrap_or_default()) {
        let start = at + backslash;
        at = start + 2;
        let is_low = match unit(&json, start) {
            Some(0xd800..=0xdbff) => false,
            Some(0xdc00..=0xdfff) => true,
            _ => continue,
        };
        at = start + 6;
        if !is_low && matches!(unit(&json, at), Some(0xdc00..=0xdfff)) {
            at += 6;
            continue;
        }
        mended.extend_from_slice(json.as_bytes().get(copied..start).unwrap_or_default());
        mended.extend_from_slice(b"\\ufffd");
        copied = at;
    }
    if copied == 0 {
        return json;
    }
    mended.extend_from_slice(json.as_bytes().get(copied..).unwrap_or_default());
    String::from_utf8(mended).map_or(json, Cow::Owned)
}

/// The UTF-16 unit that the escape at `at` stands for, if it is a `\uXXXX` one.
fn unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

fn one<'a, R: Deserialize<'a>>(text: &'a RawValue) -> Option<R> {
    serde_json::from_str(text.get()).ok()
}

fn collect<'a, L, S>(
    export: Export<'a, L, S>,
    ids: IdForm,
    read_log: impl Fn(L) -> Option<wire::Log<'a>>,
    read_span: impl Fn(S) -> Option<wire::Span<'a>>,
) -> (Decoded, bool) {
    let had_signal = export.logs.is_some() || export.spans.is_some() || export.metrics.is_some();
    let mut decoded = Decoded::default();
    let mut keys = Keys::default();
    each(export.logs, &mut keys, |raw, origin, keys| match read_log(raw) {
        Some(log) => decoded.logs.push(log_record(log, ids, origin, keys)),
        None => decoded.rejected_logs += 1,
    });
    each(export.spans, &mut keys, |raw, origin, keys| {
        match read_span(raw).and_then(|span| span_record(span, ids, origin, keys)) {
            Some(span) => decoded.spans.push(span),
            None => decoded.rejected_spans += 1,
        }
    });
    decoded.data_points = export.metrics.iter().flatten().map(wire::ResourceMetrics::data_points).sum();
    (decoded, had_signal)
}

/// Calls `take` with every record and who made it.
fn each<R>(groups: Option<Vec<ResourceGroup<'_, R>>>, keys: &mut Keys, mut take: impl FnMut(R, &Origin, &mut Keys)) {
    for group in groups.into_iter().flatten() {
        let resource = group.resource.unwrap_or_default();
        let resource = Arc::new(Resource { attributes: keys.attributes(resource.attributes.0) });
        for scoped in group.scopes.into_iter().flatten() {
            let scope = Arc::new(scope_of(scoped.scope.unwrap_or_default(), keys));
            let origin = Origin { resource: Arc::clone(&resource), scope };
            for record in scoped.records.into_iter().flatten() {
                take(record, &origin, keys);
            }
        }
    }
}

fn scope_of(scope: wire::Scope<'_>, keys: &mut Keys) -> Scope {
    Scope {
        name: scope.name.into_box(),
        version: scope.version.into_box(),
        attributes: keys.attributes(scope.attributes.0),
    }
}

fn log_record(log: wire::Log<'_>, ids: IdForm, origin: &Origin, keys: &mut Keys) -> LogRecord {
    let number = log.severity_number.0.severity();
    LogRecord {
        time: nanos(log.time_unix_nano.0),
        observed_time: nanos(log.observed_time_unix_nano.0),
        severity: severity(number, &log.severity_text.0),
        severity_text: log.severity_text.into_box(),
        body: log.body.0,
        attributes: keys.attributes(log.attributes.0),
        trace_id: log.trace_id.trace_id(ids),
        span_id: log.span_id.span_id(ids),
        flags: u32::try_from(log.flags.0).unwrap_or(0),
        event_name: log.event_name.into_box(),
        resource: Arc::clone(&origin.resource),
        scope: Arc::clone(&origin.scope),
    }
}

/// The number's severity, or what the text means where there is no number.
pub(super) fn severity(number: Severity, text: &str) -> Severity {
    if number == Severity::UNSET { Severity::from_name(text.as_bytes()).unwrap_or_default() } else { number }
}

/// `None` when the ids do not tell which span it is.
fn span_record(span: wire::Span<'_>, ids: IdForm, origin: &Origin, keys: &mut Keys) -> Option<Span> {
    let status = span.status.unwrap_or_default();
    Some(Span {
        trace_id: span.trace_id.trace_id(ids)?,
        span_id: span.span_id.span_id(ids)?,
        parent_id: span.parent_span_id.span_id(ids),
        trace_state: span.trace_state.into_box(),
        name: span.name.into_box(),
        kind: span.kind.0.span_kind(),
        start: nanos(span.start_time_unix_nano.0),
        end: nanos(span.end_time_unix_nano.0),
        status: Status { code: status.code.0.status_code(), message: status.message.into_box() },
        flags: u32::try_from(span.flags.0).unwrap_or(0),
        attributes: keys.attributes(span.attributes.0),
        events: span.events.into_iter().flatten().map(|event| span_event(event, keys)).collect(),
        links: span.links.into_iter().flatten().filter_map(|link| span_link(link, ids, keys)).collect(),
        resource: Arc::clone(&origin.resource),
        scope: Arc::clone(&origin.scope),
    })
}

fn span_event(event: wire::Event<'_>, keys: &mut Keys) -> SpanEvent {
    SpanEvent {
        time: nanos(event.time_unix_nano.0),
        name: event.name.into_box(),
        attributes: keys.attributes(event.attributes.0),
    }
}

/// `None` when it does not tell what it points to: the span is kept without it.
fn span_link(link: wire::Link<'_>, ids: IdForm, keys: &mut Keys) -> Option<SpanLink> {
    Some(SpanLink {
        trace_id: link.trace_id.trace_id(ids)?,
        span_id: link.span_id.span_id(ids)?,
        trace_state: link.trace_state.into_box(),
        attributes: keys.attributes(link.attributes.0),
    })
}
