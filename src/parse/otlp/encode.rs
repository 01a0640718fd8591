//! Writing export requests in canonical OTLP JSON, one a line, straight into a byte buffer.
//!
//! Canonical means: lowerCamelCase keys, hex ids, 64-bit integers as decimal strings, enums as numbers, bytes as
//! base64, defaults left out. What the reader gives back equals what was written, with three exceptions that OTLP has
//! no words for: times before 1970 become 0 ("unknown"), values nested deeper than [`super::MAX_DEPTH`] are cut as on
//! the way in, and a record with a severity text but no severity comes back with the severity that the text means.

use std::borrow::Borrow;
use std::io::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{MAX_DEPTH, TOO_DEEP};
use crate::model::{
    Attributes, LogRecord, Nanos, Resource, Scope, Severity, Span, SpanEvent, SpanLink, Status, StatusCode, Value,
};

/// Appends one ExportLogsServiceRequest with all `records`, in their order, on one line without a line end.
/// Neighbours with equal resource and scope share a group.
pub fn encode_logs_json(records: &[LogRecord], out: &mut Vec<u8>) {
    groups(records, ["resourceLogs", "scopeLogs", "logRecords"], out, |log| (&log.resource, &log.scope), write_log);
}

/// Appends one ExportTraceServiceRequest with all `spans`, in their order, on one line without a line end.
/// Neighbours with equal resource and scope share a group.
pub fn encode_spans_json<S: Borrow<Span>>(spans: &[S], out: &mut Vec<u8>) {
    fn origin<S: Borrow<Span>>(span: &S) -> (&Arc<Resource>, &Arc<Scope>) {
        let span = span.borrow();
        (&span.resource, &span.scope)
    }
    let write = |span: &S, out: &mut Vec<u8>| write_span(span.borrow(), out);
    groups(spans, ["resourceSpans", "scopeSpans", "spans"], out, origin, write);
}

fn groups<R>(
    records: &[R],
    [resources_key, scopes_key, records_key]: [&str; 3],
    out: &mut Vec<u8>,
    origin: impl Fn(&R) -> (&Arc<Resource>, &Arc<Scope>),
    write: impl Fn(&R, &mut Vec<u8>),
) {
    let mut request = Object::open(out);
    request.key(resources_key);
    list(request.out, records.chunk_by(|a, b| same(origin(a).0, origin(b).0)), |group, out| {
        let mut resource = Object::open(out);
        if let Some(first) = group.first().filter(|first| **origin(first).0 != Resource::default()) {
            resource.key("resource");
            write_resource(origin(first).0, resource.out);
        }
        resource.key(scopes_key);
        list(resource.out, group.chunk_by(|a, b| same(origin(a).1, origin(b).1)), |scoped, out| {
            let mut scope = Object::open(out);
            if let Some(first) = scoped.first().filter(|first| **origin(first).1 != Scope::default()) {
                scope.key("scope");
                write_scope(origin(first).1, scope.out);
            }
            scope.key(records_key);
            list(scope.out, scoped, &write);
            scope.close();
        });
        resource.close();
    });
    request.close();
}

/// Equal, and quickly so where both are one.
fn same<T: PartialEq>(a: &Arc<T>, b: &Arc<T>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

fn write_resource(resource: &Resource, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.attributes(&resource.attributes);
    object.close();
}

fn write_scope(scope: &Scope, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.text("name", &scope.name);
    object.text("version", &scope.version);
    object.attributes(&scope.attributes);
    object.close();
}

fn write_log(log: &LogRecord, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.time("timeUnixNano", log.time);
    object.time("observedTimeUnixNano", log.observed_time);
    if log.severity != Severity::UNSET {
        object.raw("severityNumber", log.severity.number());
    }
    object.text("severityText", &log.severity_text);
    if log.body != Value::Null {
        object.key("body");
        write_value(&log.body, 0, object.out);
    }
    object.attributes(&log.attributes);
    object.flags(log.flags);
    object.id("traceId", log.trace_id.as_ref().map(|id| &id.bytes()[..]));
    object.id("spanId", log.span_id.as_ref().map(|id| &id.bytes()[..]));
    object.text("eventName", &log.event_name);
    object.close();
}

fn write_span(span: &Span, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.id("traceId", Some(span.trace_id.bytes()));
    object.id("spanId", Some(span.span_id.bytes()));
    object.text("traceState", &span.trace_state);
    object.id("parentSpanId", span.parent_id.as_ref().map(|id| &id.bytes()[..]));
    object.flags(span.flags);
    object.text("name", &span.name);
    object.raw("kind", span.kind.number());
    object.time("startTimeUnixNano", span.start);
    object.time("endTimeUnixNano", span.end);
    object.attributes(&span.attributes);
    object.list("events", &span.events, write_event);
    object.list("links", &span.links, write_link);
    if span.status != Status::default() {
        object.key("status");
        write_status(&span.status, object.out);
    }
    object.close();
}

fn write_event(event: &SpanEvent, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.time("timeUnixNano", event.time);
    object.text("name", &event.name);
    object.attributes(&event.attributes);
    object.close();
}

fn write_link(link: &SpanLink, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.id("traceId", Some(link.trace_id.bytes()));
    object.id("spanId", Some(link.span_id.bytes()));
    object.text("traceState", &link.trace_state);
    object.attributes(&link.attributes);
    object.close();
}

fn write_status(status: &Status, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.text("message", &status.message);
    if status.code != StatusCode::Unset {
        object.raw("code", status.code.number());
    }
    object.close();
}

/// An AnyValue that lies `depth` lists or maps below its record.
fn write_value(value: &Value, depth: usize, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    match value {
        _ if depth > MAX_DEPTH => object.any_text("stringValue", TOO_DEEP),
        Value::Null => {}
        Value::Str(text) => object.any_text("stringValue", text),
        Value::Bool(truth) => object.raw("boolValue", truth),
        Value::Int(number) => object.raw("intValue", format_args!("\"{number}\"")),
        Value::Double(number) => write_double(*number, &mut object),
        Value::Bytes(bytes) => object.raw("bytesValue", format_args!("\"{}\"", STANDARD.encode(bytes))),
        Value::Array(items) => {
            object.key("arrayValue");
            let mut values = Object::open(object.out);
            values.key("values");
            list(values.out, items, |item, out| write_value(item, depth + 1, out));
            values.close();
        }
        Value::Map(map) => {
            object.key("kvlistValue");
            let mut values = Object::open(object.out);
            values.key("values");
            list(values.out, map.iter(), |(key, value), out| write_pair(key, value, depth + 1, out));
            values.close();
        }
    }
    object.close();
}

/// Rust's debug form of a finite double is its shortest exact one, and valid JSON.
fn write_double(number: f64, object: &mut Object<'_>) {
    match number {
        number if number.is_nan() => object.any_text("doubleValue", "NaN"),
        f64::INFINITY => object.any_text("doubleValue", "Infinity"),
        f64::NEG_INFINITY => object.any_text("doubleValue", "-Infinity"),
        number => object.raw("doubleValue", format_args!("{number:?}")),
    }
}

fn write_pair(key: &str, value: &Value, depth: usize, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object.any_text("key", key);
    object.key("value");
    write_value(value, depth, object.out);
    object.close();
}

fn list<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, mut write: impl FnMut(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}

/// A JSON object being written: puts the commas.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_empty: true }
    }

    fn close(self) {
        self.out.push(b'}');
    }

    /// Begins a member; `name` needs no escapes.
    fn key(&mut self, name: &str) {
        self.out.extend_from_slice(if self.is_empty { b"\"" } else { b",\"" });
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.is_empty = false;
    }

    /// A member whose text is JSON already.
    fn raw(&mut self, name: &str, json: impl std::fmt::Display) {
        self.key(name);
        // Writing to a vector never fails.
        drop(write!(self.out, "{json}"));
    }

    /// A text, also the empty one.
    fn any_text(&mut self, name: &str, text: &str) {
        self.key(name);
        write_text(text, self.out);
    }

    /// A text, left out when empty.
    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.any_text(name, text);
        }
    }

    /// A time, left out when unknown.
    fn time(&mut self, name: &str, time: Nanos) {
        if time > 0 {
            self.raw(name, format_args!("\"{time}\""));
        }
    }

    fn flags(&mut self, flags: u32) {
        if flags != 0 {
            self.raw("flags", flags);
        }
    }

    fn id(&mut self, name: &str, bytes: Option<&[u8]>) {
        let Some(bytes) = bytes else { return };
        self.key(name);
        self.out.push(b'"');
        for byte in bytes {
            self.out.extend(
                [byte >> 4, byte & 15].map(|nibble| if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble }),
            );
        }
        self.out.push(b'"');
    }

    fn list<T>(&mut self, name: &str, items: &[T], write: impl Fn(&T, &mut Vec<u8>)) {
        if !items.is_empty() {
            self.key(name);
            list(self.out, items, write);
        }
    }

    fn attributes(&mut self, attributes: &Attributes) {
        if !attributes.is_empty() {
            self.key("attributes");
            list(self.out, attributes.iter(), |(key, value), out| write_pair(key, value, 0, out));
        }
    }
}

/// A JSON string: quotes, backslashes and control characters escaped, all else as it is.
fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, after)) = special.split_first() else { break };
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => drop(write!(out, "\\u{control:04x}")),
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
