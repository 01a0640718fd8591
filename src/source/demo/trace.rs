//! Records one simulated request: opens and closes its spans, keeps their attributes, and writes its log lines.

use super::incident::Weather;
use super::line::{self, Head, Part};
use super::random::Random;
use super::service::{Service, Shared};
use super::shop::{Item, Output};
use crate::model::{
    Attributes, Level, Nanos, Span, SpanEvent, SpanId, SpanKind, SpanLink, Status, StatusCode, TraceId, Value,
};

/// A span of the trace being recorded, by its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Node(usize);

/// What a call came back with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Reply {
    /// When the caller had it.
    pub(super) end: Nanos,
    /// The HTTP status; 0 stands for a timeout.
    pub(super) status: u16,
}

impl Reply {
    /// Success at `end`.
    pub(super) fn ok(end: Nanos) -> Self {
        Self { end, status: 200 }
    }

    /// Whether the callee is to blame.
    pub(super) fn is_failure(self) -> bool {
        self.status == 0 || self.status >= 500
    }
}

/// An HTTP request as its spans are named: method and route.
pub(super) type Route = (&'static str, &'static str);

/// A trace in the making.
pub(super) struct Recorder<'a> {
    /// Where its randomness comes from.
    pub(super) random: &'a mut Random,
    /// What goes wrong while it runs.
    pub(super) weather: Weather,
    shared: &'a mut Shared,
    out: &'a mut Vec<Item>,
    trace_id: TraceId,
    spans: Vec<(Service, Span)>,
    ordinary_lines: u32,
}

impl<'a> Recorder<'a> {
    /// Begins a trace with a random id. Items are appended to `out` in no particular order of time.
    pub(super) fn new(
        random: &'a mut Random,
        weather: Weather,
        shared: &'a mut Shared,
        out: &'a mut Vec<Item>,
    ) -> Self {
        let trace_id = loop {
            let id = (u128::from(random.next()) << 64 | u128::from(random.next())).to_be_bytes();
            if let Some(id) = TraceId::from_bytes(&id) {
                break id;
            }
        };
        Self { random, weather, shared, out, trace_id, spans: Vec::with_capacity(32), ordinary_lines: 0 }
    }

    /// Ends the trace: hands over its spans and says how many lines of level info and below it wrote.
    pub(super) fn finish(self) -> u32 {
        let spans = self.spans.into_iter().map(|(_, span)| span);
        self.out.extend(spans.map(|span| Item { time: span.end, output: Output::Span(Box::new(span)) }));
        self.ordinary_lines
    }

    /// Opens a span. It ends where it begins until [`Recorder::close`].
    pub(super) fn open(
        &mut self,
        parent: Option<Node>,
        service: Service,
        name: impl Into<Box<str>>,
        kind: SpanKind,
        start: Nanos,
    ) -> Node {
        let span_id = loop {
            if let Some(id) = SpanId::from_u64(self.random.next()) {
                break id;
            }
        };
        let is_bad_version = self.weather.deploy > 0.0;
        let span = Span {
            trace_id: self.trace_id,
            span_id,
            parent_id: parent.and_then(|node| self.span_id(node)),
            trace_state: Box::default(),
            name: name.into(),
            kind,
            start,
            end: start,
            status: Status::default(),
            flags: 1,
            attributes: Attributes::default(),
            events: Vec::new(),
            links: Vec::new(),
            resource: self.shared.resource(service, is_bad_version, self.trace_id.low64()),
            scope: self.shared.scope(service),
        };
        self.spans.push((service, span));
        Node(self.spans.len() - 1)
    }

    /// Opens a span for work within `service`.
    pub(super) fn open_internal(&mut self, parent: Node, service: Service, name: &'static str, at: Nanos) -> Node {
        self.open(Some(parent), service, name, SpanKind::Internal, at)
    }

    /// A little time in which a service computes.
    pub(super) fn random_work(&mut self) -> Nanos {
        self.random.latency(0.5, 0.5)
    }

    /// Sets when a span ends.
    pub(super) fn close(&mut self, node: Node, end: Nanos) {
        self.edit(node, |span| span.end = end);
    }

    /// Sets an attribute.
    pub(super) fn set(&mut self, node: Node, name: &'static str, value: impl Into<Value>) {
        let key = self.shared.key(name);
        self.edit(node, |span| span.attributes.set(key, value));
    }

    /// Marks a span as failed; `kind` is its `error.type`.
    pub(super) fn fail(&mut self, node: Node, kind: &'static str, message: &str) {
        self.set(node, "error.type", kind);
        self.edit(node, |span| span.status = Status { code: StatusCode::Error, message: message.into() });
    }

    /// Adds an event.
    pub(super) fn event(&mut self, node: Node, name: &str, time: Nanos, attributes: &[(&'static str, &str)]) {
        let attributes = attributes.iter().map(|(key, value)| (self.shared.key(key), *value)).collect();
        self.edit(node, |span| span.events.push(SpanEvent { time, name: name.into(), attributes }));
    }

    /// Adds a link to a span of another trace.
    pub(super) fn link(&mut self, node: Node, trace_id: TraceId, span_id: SpanId) {
        let link = SpanLink { trace_id, span_id, trace_state: Box::default(), attributes: Attributes::default() };
        self.edit(node, |span| span.links.push(link));
    }

    /// The ids of a span, for links.
    pub(super) fn ids(&self, node: Node) -> Option<(TraceId, SpanId)> {
        Some(self.trace_id).zip(self.span_id(node))
    }

    /// Writes a log line of the service that runs `node`.
    pub(super) fn log(&mut self, node: Node, level: Level, time: Nanos, parts: &[Part<'_>]) {
        let Some((service, span)) = self.spans.get(node.0) else { return };
        let head = Head { service: *service, time, level, ids: Some((span.trace_id, span.span_id)) };
        self.ordinary_lines += u32::from(level <= Level::Info);
        self.out.push(Item { time, output: Output::Line { service: *service, text: line::write_line(&head, parts) } });
    }

    /// Writes a line that continues the one before it (a stack trace), as it stands.
    pub(super) fn continue_log(&mut self, node: Node, time: Nanos, text: &str) {
        let Some((service, _)) = self.spans.get(node.0) else { return };
        self.out.push(Item { time, output: Output::Line { service: *service, text: text.as_bytes().into() } });
    }

    /// An HTTP call from the service of `from` to `callee`: a client span, a server span, and what `serve` does in it.
    pub(super) fn call(
        &mut self,
        from: Node,
        callee: Service,
        route: Route,
        at: Nanos,
        serve: impl FnOnce(&mut Self, Node, Nanos) -> Reply,
    ) -> (Node, Reply) {
        let Some(asking) = self.spans.get(from.0).map(|(service, _)| *service) else { return (from, Reply::ok(at)) };
        let wire = self.random.latency(0.4, 0.4);
        let name = [route.0, " ", route.1].concat();
        let client = self.open(Some(from), asking, name, SpanKind::Client, at);
        self.set(client, "http.request.method", route.0);
        self.set(client, "server.address", callee.name());
        self.set(client, "server.port", 8080_i64);
        self.set(client, "peer.service", callee.name());
        let server = self.serve(Some(client), callee, route, at + wire);
        let reply = serve(self, server, at + wire);
        self.respond(server, reply);
        let received = Reply { end: reply.end + wire, ..reply };
        self.respond(client, received);
        (client, received)
    }

    /// Opens the server span of a request.
    pub(super) fn serve(&mut self, parent: Option<Node>, service: Service, route: Route, at: Nanos) -> Node {
        let node = self.open(parent, service, [route.0, " ", route.1].concat(), SpanKind::Server, at);
        self.set(node, "http.request.method", route.0);
        self.set(node, "http.route", route.1);
        self.set(node, "url.scheme", "http");
        node
    }

    /// Ends a client or server span of a request with its status.
    pub(super) fn respond(&mut self, node: Node, reply: Reply) {
        self.close(node, reply.end);
        self.set(node, "http.response.status_code", i64::from(reply.status));
        match reply.status {
            500 => self.fail(node, "500", "internal error"),
            502 => self.fail(node, "502", "bad gateway"),
            503 => self.fail(node, "503", "service unavailable"),
            _ => {}
        }
    }

    /// A call to a database: a client span named by operation and target. Returns when it ended.
    pub(super) fn query(&mut self, from: Node, db: &Database, at: Nanos, median_ms: f64) -> (Node, Nanos) {
        let Some(caller) = self.spans.get(from.0).map(|(service, _)| *service) else { return (from, at) };
        let end = at + self.random.latency(median_ms, 0.45);
        let node = self.open(Some(from), caller, [db.operation, " ", db.target].concat(), SpanKind::Client, at);
        self.set(node, "db.system.name", db.system);
        self.set(node, "db.operation.name", db.operation);
        self.set(node, "db.collection.name", db.target);
        self.set(node, "db.query.text", db.text);
        self.set(node, "server.address", db.host);
        self.close(node, end);
        (node, end)
    }

    fn span_id(&self, node: Node) -> Option<SpanId> {
        self.spans.get(node.0).map(|(_, span)| span.span_id)
    }

    fn edit(&mut self, node: Node, change: impl FnOnce(&mut Span)) {
        // A node is only made by `open`, so it is there.
        if let Some((_, span)) = self.spans.get_mut(node.0) {
            change(span);
        }
    }
}

/// A statement to a database, in the words of OpenTelemetry's conventions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Database {
    /// `db.system.name`.
    pub(super) system: &'static str,
    /// `db.operation.name`.
    pub(super) operation: &'static str,
    /// `db.collection.name`.
    pub(super) target: &'static str,
    /// `db.query.text`.
    pub(super) text: &'static str,
    /// `server.address`.
    pub(super) host: &'static str,
}
