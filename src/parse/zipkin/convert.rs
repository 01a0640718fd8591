//! From Zipkin's normal form to the model: who ran a span, how it ended, and what OpenTelemetry wrote into its tags.

use std::collections::HashMap;
use std::sync::Arc;

use super::event::{self, LINK};
use super::record::{Endpoint, Record};
use super::{ABSENT, DEBUG, SHARED};
use crate::model::{Attributes, Key, Resource, Scope, Span, SpanKind, SpanLink, Status, StatusCode, Value};
use crate::parse::otlp::keys::Keys;

/// The kinds that bridges of OpenTracing and the Collector write into the tag `span.kind`.
const KINDS: &[(&str, SpanKind)] = &[
    ("internal", SpanKind::Internal),
    ("client", SpanKind::Client),
    ("server", SpanKind::Server),
    ("producer", SpanKind::Producer),
    ("consumer", SpanKind::Consumer),
];

/// Codes of the tag `otel.status_code`, without the prefix that old exporters write.
const CODES: &[(&str, StatusCode)] =
    &[("UNSET", StatusCode::Unset), ("OK", StatusCode::Ok), ("ERROR", StatusCode::Error)];

/// The attributes of an endpoint: its service, its address, its port, and a second address.
type EndpointKeys = [&'static str; 4];

const LOCAL: EndpointKeys = ["service.name", "network.local.address", "network.local.port", "zipkin.local.ipv6"];

const REMOTE: EndpointKeys = ["peer.service", "network.peer.address", "network.peer.port", "zipkin.remote.ipv6"];

/// What the attributes of [`REMOTE`] are called where tags of these names say something else.
const REMOTE_BESIDE: EndpointKeys =
    ["zipkin.remote.service", "zipkin.remote.address", "zipkin.remote.port", "zipkin.remote.ipv6"];

/// The spans, those of one trace in the order of their start.
pub(super) fn spans(mut records: Vec<Record>) -> Vec<Span> {
    records.sort_by_key(|record| (record.trace_id, record.start));
    let mut interned = Interned::default();
    records.into_iter().map(|record| span(record, &mut interned)).collect()
}

/// What many spans have in common.
#[derive(Default)]
struct Interned {
    keys: Keys,
    resources: HashMap<Endpoint, Arc<Resource>>,
    scopes: HashMap<(Box<str>, Box<str>), Arc<Scope>>,
}

/// What tags say that the model has fields for.
#[derive(Default)]
struct Told {
    kind: Option<SpanKind>,
    error: Option<String>,
    code: Option<StatusCode>,
    description: String,
    scope: (Box<str>, Box<str>),
    trace_state: Box<str>,
    links: Vec<SpanLink>,
}

fn span(record: Record, interned: &mut Interned) -> Span {
    let mut told = Told::default();
    let (start, end) = (record.start, record.start.saturating_add(record.duration));
    let absent = absent(record.is_placed || start == 0, record.duration == 0);
    let marks = [(SHARED, record.is_shared), (DEBUG, record.is_debug)];
    let marks = marks.into_iter().filter(|(_, is_set)| *is_set).map(|(key, _)| (key, Value::Bool(true)));
    let (mut tags, mut local) = (record.tags, record.local);
    let remote = remote_attributes(&record.remote, &mut tags);
    let extra = remote.into_iter().chain(marks).chain(absent.map(|what| (ABSENT, Value::from(what))));
    let tags = tags.into_iter().filter_map(|tag| told.take(record.kind, &mut local, tag));
    let tags: Vec<(Key, Value)> = tags.map(|(key, text)| (interned.keys.intern(&key), Value::from(text))).collect();
    let extra = extra.map(|(key, value)| (interned.keys.intern(key), value));
    Span {
        trace_id: record.trace_id,
        span_id: record.id,
        parent_id: record.parent,
        kind: record.kind.or(told.kind).unwrap_or_default(),
        name: record.name.into(),
        start,
        end,
        flags: 0,
        attributes: tags.into_iter().chain(extra).collect(),
        events: record.annotations.into_iter().map(event::event).collect(),
        resource: interned.resource(local),
        scope: interned.scope(&told.scope),
        status: told.status(),
        trace_state: told.trace_state,
        links: told.links,
    }
}

/// What is told of times that were not reported.
fn absent(is_start: bool, is_duration: bool) -> Option<&'static str> {
    match (is_start, is_duration) {
        (false, false) => None,
        (true, false) => Some("timestamp"),
        (false, true) => Some("duration"),
        (true, true) => Some("timestamp and duration"),
    }
}

/// The attributes of the other side. A tag that says the same goes; beside one that says something else, ours has another
/// name.
fn remote_attributes(remote: &Endpoint, tags: &mut Vec<(String, String)>) -> Vec<(&'static str, Value)> {
    let mut attributes = Vec::new();
    for ((value, key), beside) in endpoint_values(remote).into_iter().zip(REMOTE).zip(REMOTE_BESIDE) {
        let Some(value) = value else { continue };
        let told = tags.iter().position(|(known, _)| known == key);
        let is_same = told.and_then(|at| tags.get(at)).is_none_or(|(_, text)| *text == value.to_string());
        if let Some(at) = told.filter(|_| is_same) {
            tags.remove(at);
        }
        attributes.push((if is_same { key } else { beside }, value));
    }
    attributes
}

impl Told {
    /// Takes what a tag says that the model has a field for; gives back every other.
    fn take(
        &mut self,
        kind: Option<SpanKind>,
        local: &mut Endpoint,
        (key, text): (String, String),
    ) -> Option<(String, String)> {
        match key.as_str() {
            "error" => self.error = Some(text),
            "otel.status_code" => match code(&text) {
                Some(code) => self.code = Some(code),
                None => return Some((key, text)),
            },
            "otel.status_description" => self.description = text,
            "otel.scope.name" | "otel.library.name" => self.scope.0 = text.into(),
            "otel.scope.version" | "otel.library.version" => self.scope.1 = text.into(),
            "w3c.tracestate" => self.trace_state = text.into(),
            "span.kind" => match named(KINDS, &text).filter(|named| kind.is_none_or(|kind| kind == *named)) {
                Some(kind) => self.kind = Some(kind),
                None => return Some((key, text)),
            },
            "service.name" if local.service.is_empty() => local.service = text,
            "service.name" if local.service == text => {}
            _ => match event::link(&text).filter(|_| key.starts_with(LINK)) {
                Some(link) => self.links.push(link),
                None => return Some((key, text)),
            },
        }
        None
    }

    /// A tag `error` is a verdict, whatever it says: Zipkin's own dependency linker counts an empty one too.
    fn status(&mut self) -> Status {
        let message = match &mut self.error {
            Some(error) if self.description.is_empty() && error != "true" => std::mem::take(error),
            _ => std::mem::take(&mut self.description),
        };
        let code = if self.error.is_some() { StatusCode::Error } else { self.code.unwrap_or_default() };
        Status { code, message: message.into() }
    }
}

fn code(text: &str) -> Option<StatusCode> {
    named(CODES, text.strip_prefix("STATUS_CODE_").unwrap_or(text))
}

fn named<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

/// What an endpoint says, in the order of [`EndpointKeys`].
fn endpoint_values(endpoint: &Endpoint) -> [Option<Value>; 4] {
    let (first, second) = match (endpoint.ipv4.as_str(), endpoint.ipv6.as_str()) {
        ("", only) => (only, ""),
        both => both,
    };
    let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    let port = (endpoint.port != 0).then(|| Value::Int(endpoint.port.into()));
    [text(&endpoint.service), text(first), port, text(second)]
}

impl Interned {
    fn resource(&mut self, endpoint: Endpoint) -> Arc<Resource> {
        if let Some(known) = self.resources.get(&endpoint) {
            return Arc::clone(known);
        }
        let told = LOCAL.into_iter().zip(endpoint_values(&endpoint)).filter_map(|(key, value)| Some((key, value?)));
        let resource = Arc::new(Resource { attributes: self.keys.attributes(told) });
        self.resources.insert(endpoint, Arc::clone(&resource));
        resource
    }

    fn scope(&mut self, name: &(Box<str>, Box<str>)) -> Arc<Scope> {
        if let Some(known) = self.scopes.get(name) {
            return Arc::clone(known);
        }
        let (scope, version) = name.clone();
        let scope = Arc::new(Scope { name: scope, version, attributes: Attributes::default() });
        self.scopes.insert(name.clone(), Arc::clone(&scope));
        scope
    }
}
