//! Spans as Jaeger writes them to spans of the model.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::tag::{self, Bytes};
use super::told::{Pair, Told};
use super::wire;
use super::{ids, object};
use crate::model::{Attributes, Nanos, Resource, Scope, Span, SpanEvent, SpanId, SpanLink, TraceId, Value};
use crate::parse::otlp::keys::Keys;
use crate::parse::otlp::scalar::Text;

/// What the warnings of a span are called as an attribute: Jaeger's api_v3 calls them so
/// (`internal/jptrace/attributes.go`).
const WARNINGS: &str = "@jaeger@warnings";

/// What the texts of ids are called as attributes, where these are no hex.
const TRACE_TEXT: &str = "jaeger.trace_id";
const SPAN_TEXT: &str = "jaeger.span_id";

/// The attribute of a link that says what kind of reference it was, by OpenTelemetry's conventions for OpenTracing. A link
/// of OpenTelemetry comes as FOLLOWS_FROM, so only the other kind is said.
const REFERENCE_KIND: &str = "opentracing.ref_type";

/// The fields of a log that name what happened; the second one is older.
const EVENT_NAMES: [&str; 2] = ["event", "message"];

/// What stands for a service without a name, as Jaeger's translator writes it.
const NO_SERVICE: &str = "OTLPResourceNoServiceName";

/// What the spans of one trace share.
#[derive(Default)]
pub(super) struct Trace<'a> {
    pub(super) id: Text<'a>,
    pub(super) processes: HashMap<Cow<'a, str>, &'a RawValue>,
}

/// Who made the spans of one document, each kept once.
#[derive(Default)]
pub(super) struct Origins<'a> {
    keys: Keys,
    /// By the process as the document writes it.
    resources: HashMap<&'a str, Arc<Resource>>,
    scopes: HashMap<(Box<str>, Box<str>), Arc<Scope>>,
}

impl<'a> Origins<'a> {
    /// `None` where the ids do not tell which span it is.
    pub(super) fn span(&mut self, span: wire::Span<'a>, trace: &Trace<'a>) -> Option<Span> {
        let (trace_id, trace_text) = ids::trace(&span.trace_id).or_else(|| ids::trace(&trace.id))?;
        let (span_id, span_text) = ids::span(&span.span_id)?;
        let bytes = if span.process_id.0.is_empty() { Bytes::Hex } else { Bytes::Base64 };
        let process = trace.processes.get(&span.process_id.0).copied().or(span.process);
        let mut tags = pairs(span.tags, bytes);
        let told = Told::take(&mut tags);
        tags.extend(warnings(span.warnings));
        let texts = [(TRACE_TEXT, trace_text), (SPAN_TEXT, span_text)];
        tags.extend(texts.into_iter().filter_map(|(key, text)| Some((Cow::Borrowed(key), Value::from(text?)))));
        let (parent_id, links) = self.references(span.references.unwrap_or_default(), trace_id, span_id);
        let start = nanos(span.start_time.0);
        Some(Span {
            trace_id,
            span_id,
            parent_id: parent_id.or_else(|| Some(ids::span(&span.parent_span_id)?.0)),
            trace_state: told.trace_state,
            name: span.operation_name.into_box(),
            kind: told.kind,
            start,
            end: start.saturating_add(nanos(span.duration.0)),
            status: told.status,
            flags: u32::try_from(span.flags.0).unwrap_or(0),
            attributes: self.keys.attributes(tags),
            events: span.logs.into_iter().flatten().map(|log| self.event(log, bytes)).collect(),
            links,
            resource: process.map(|process| self.resource(process, bytes)).unwrap_or_default(),
            scope: self.scope(told.scope_name, told.scope_version),
        })
    }

    /// The parent and the links. The parent is the first CHILD_OF of this trace. Where there is none it is the first
    /// FOLLOWS_FROM of this trace, which stays a link too: a cause that nobody waits for, or a link of OpenTelemetry.
    fn references(
        &mut self,
        references: Vec<wire::Reference<'a>>,
        trace_id: TraceId,
        span_id: SpanId,
    ) -> (Option<SpanId>, Vec<SpanLink>) {
        let (mut parent, mut cause) = (None, None);
        let mut links = Vec::new();
        for reference in references {
            let (Some((trace, _)), Some((span, _))) = (ids::trace(&reference.trace_id), ids::span(&reference.span_id))
            else {
                continue;
            };
            let is_child = reference.kind.0.eq_ignore_ascii_case("CHILD_OF");
            if trace == trace_id && span != span_id {
                if is_child && parent.is_none() {
                    parent = Some(span);
                    continue;
                }
                cause = cause.or(Some(span));
            }
            let kind = is_child.then(|| (REFERENCE_KIND, Value::from("child_of")));
            let attributes = self.keys.attributes(kind);
            links.push(SpanLink { trace_id: trace, span_id: span, trace_state: Box::default(), attributes });
        }
        (parent.or(cause), links)
    }

    fn event(&mut self, log: wire::Log<'a>, bytes: Bytes) -> SpanEvent {
        let mut fields = pairs(log.fields, bytes);
        let is_name = |name: &&str, (key, value): &Pair<'_>| key == name && value.as_str().is_some();
        let place = EVENT_NAMES.iter().find_map(|name| fields.iter().position(|field| is_name(name, field)));
        let name = match place.map(|place| fields.remove(place).1) {
            Some(Value::Str(name)) => name,
            _ => Box::default(),
        };
        SpanEvent { time: nanos(log.timestamp.0), name, attributes: self.keys.attributes(fields) }
    }

    fn resource(&mut self, process: &'a RawValue, bytes: Bytes) -> Arc<Resource> {
        if let Some(known) = self.resources.get(process.get()) {
            return Arc::clone(known);
        }
        let read: wire::Process<'_> = object(process).unwrap_or_default();
        let service = Some(read.service_name.0).filter(|name| !name.is_empty() && name != NO_SERVICE);
        let service = service.map(|name| (Cow::Borrowed("service.name"), Value::from(name.into_owned())));
        let attributes: Attributes = self.keys.attributes(service.into_iter().chain(pairs(read.tags, bytes)));
        let resource = Arc::new(Resource { attributes });
        self.resources.insert(process.get(), Arc::clone(&resource));
        resource
    }

    fn scope(&mut self, name: Box<str>, version: Box<str>) -> Arc<Scope> {
        let made = self.scopes.entry((name, version)).or_insert_with_key(|(name, version)| {
            Arc::new(Scope { name: name.clone(), version: version.clone(), attributes: Attributes::default() })
        });
        Arc::clone(made)
    }
}

fn pairs(tags: Option<Vec<wire::Tag<'_>>>, bytes: Bytes) -> Vec<Pair<'_>> {
    let tags = tags.into_iter().flatten();
    tags.map(|tag| (tag::value(&tag, bytes), tag.key.0)).map(|(value, key)| (key, value)).collect()
}

/// What Jaeger found odd about a span, as an attribute.
fn warnings(warnings: Option<Vec<Text<'_>>>) -> Option<Pair<'_>> {
    let told: Vec<Value> = warnings?.into_iter().map(|warning| Value::Str(warning.into_box())).collect();
    (!told.is_empty()).then_some((Cow::Borrowed(WARNINGS), Value::Array(told)))
}

/// Nanoseconds of microseconds.
fn nanos(micros: i64) -> Nanos {
    micros.saturating_mul(1000)
}
