//! A span of the model.

use std::sync::Arc;

use super::raw::Raw;
use crate::model::{Attributes, Key, Resource, Scope, Span, SpanKind, Status, StatusCode, TraceId, Value};

/// Tags that say who ran something, and the names of OpenTelemetry's conventions for them.
const OF_RESOURCE: &[(&str, &str)] = &[
    ("service", "service.name"),
    ("version", "service.version"),
    ("env", "deployment.environment.name"),
    ("host", "host.name"),
    ("container_id", "container.id"),
    ("language", "telemetry.sdk.language"),
    ("tags", "tags"),
];

/// Tags that the model has fields for.
const IN_FIELDS: &[&str] =
    &["resource_name", "duration", "_dd.p.tid", "status", "otel.trace_id", "otel.status_code", "w3c.tracestate"];

/// Tags of the scope: its name, its version, by their names of today and before.
const OF_SCOPE: &[&str] = &["otel.scope.name", "otel.library.name", "otel.scope.version", "otel.library.version"];

/// Words for kinds of spans.
const KINDS: &[(&str, SpanKind)] = &[
    ("internal", SpanKind::Internal),
    ("server", SpanKind::Server),
    ("client", SpanKind::Client),
    ("producer", SpanKind::Producer),
    ("consumer", SpanKind::Consumer),
];

/// So many resources are compared with for being the same.
const MAX_SAME: usize = 64;

/// Makes spans, each resource once.
#[derive(Default)]
pub(super) struct Spans {
    resources: Vec<Arc<Resource>>,
    scopes: Vec<Arc<Scope>>,
}

impl Spans {
    /// The span of the trace `id`, which may be known better than the span itself has it.
    pub(super) fn span(&mut self, raw: &Raw, id: TraceId) -> Span {
        let kind = raw.tags.text("span.kind").unwrap_or_default();
        let kind = KINDS.iter().find(|(word, _)| kind.eq_ignore_ascii_case(word)).map(|(_, kind)| *kind);
        let (mut attributes, mut of_resource) = (Vec::new(), Vec::new());
        let is_in_field =
            |key: &str| IN_FIELDS.contains(&key) || OF_SCOPE.contains(&key) || (key == "span.kind" && kind.is_some());
        for (key, value) in raw.tags.iter().filter(|(key, _)| !is_in_field(key)) {
            match OF_RESOURCE.iter().find(|(tag, _)| *tag == &**key) {
                Some((_, name)) => of_resource.push((*name, value.clone())),
                None => attributes.push((Key::clone(key), value.clone())),
            }
        }
        Span {
            trace_id: id,
            span_id: raw.span_id,
            parent_id: raw.parent_id,
            trace_state: raw.tags.text("w3c.tracestate").unwrap_or_default().into(),
            name: name(&raw.tags).into(),
            kind: kind.unwrap_or_default(),
            start: raw.start,
            end: raw.start.saturating_add(raw.duration),
            status: status(raw),
            flags: 0,
            attributes: attributes.into_iter().collect(),
            events: Vec::new(),
            links: Vec::new(),
            resource: self.resource(of_resource.into_iter().collect()),
            scope: self.scope(&raw.tags),
        }
    }

    fn scope(&mut self, tags: &Attributes) -> Arc<Scope> {
        let said = |name: &str| {
            OF_SCOPE.iter().filter(|tag| tag.ends_with(name)).find_map(|tag| tags.text(tag)).unwrap_or_default()
        };
        let (name, version) = (said(".name"), said(".version"));
        let is_it = |known: &&Arc<Scope>| (&*known.name, &*known.version) == (name, version);
        if let Some(known) = self.scopes.iter().rev().take(MAX_SAME).find(is_it) {
            return Arc::clone(known);
        }
        let new = Arc::new(Scope { name: name.into(), version: version.into(), ..Scope::default() });
        self.scopes.push(Arc::clone(&new));
        new
    }

    fn resource(&mut self, attributes: Attributes) -> Arc<Resource> {
        if let Some(known) = self.resources.iter().rev().take(MAX_SAME).find(|known| known.attributes == attributes) {
            return Arc::clone(known);
        }
        let new = Arc::new(Resource { attributes });
        self.resources.push(Arc::clone(&new));
        new
    }
}

/// What a span is called: its resource, as Datadog calls that, or else its operation.
pub(super) fn name(tags: &Attributes) -> &str {
    ["resource_name", "operation_name"].iter().find_map(|tag| tags.text(tag)).unwrap_or_default()
}

fn status(raw: &Raw) -> Status {
    let said = ["error.message", "error.msg", "otel.status_description"].iter().find_map(|tag| raw.tags.text(tag));
    if raw.has_failed {
        return Status { code: StatusCode::Error, message: said.unwrap_or_default().into() };
    }
    // Nobody but OpenTelemetry's SDKs says that a span is fine.
    let is_ok =
        raw.tags.get("otel.status_code").map(Value::to_string).is_some_and(|code| code.eq_ignore_ascii_case("ok"));
    Status { code: if is_ok { StatusCode::Ok } else { StatusCode::Unset }, message: Box::default() }
}
