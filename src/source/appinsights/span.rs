//! A row as a span, and who ran it.

use std::sync::Arc;

use super::ids;
use super::spans::text;
use super::tables::Item;
use crate::model::{Attributes, Nanos, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, TraceId, Value};
use crate::source::azure::{Cell, Row};
use crate::source::decimal::scaled;
use crate::source::json_value::flatten;

/// Columns that say who ran something, and the names of OpenTelemetry's conventions for them.
const OF_RESOURCE: &[(&str, &str)] = &[
    ("cloud_RoleName", "service.name"),
    ("cloud_RoleInstance", "service.instance.id"),
    ("application_Version", "service.version"),
    ("sdkVersion", "telemetry.sdk.version"),
    ("appName", "appName"),
    ("appId", "appId"),
    ("iKey", "iKey"),
    ("TenantId", "azure.log_analytics.workspace.id"),
    ("_ResourceId", "cloud.resource_id"),
];

/// Columns that OpenTelemetry's conventions have a name for.
const NAMES: &[(&str, &str)] = &[
    ("url", "url.full"),
    ("client_IP", "client.address"),
    ("session_Id", "session.id"),
    ("user_AuthenticatedId", "enduser.id"),
];

/// Columns that a span has in its own fields.
const IN_FIELDS: &[&str] = &["timestamp", "name", "duration", "success"];

/// Kinds of dependencies that put something into a queue, by what their type begins with.
const QUEUES: &[&str] =
    &["Queue Message", "Azure Service Bus", "Azure Event Hubs", "Azure queue", "Kafka", "RabbitMQ", "Message Queue"];

/// So many resources are compared with for being the same.
const MAX_SAME: usize = 64;

/// Who ran things, each kept once.
#[derive(Default)]
pub(super) struct Resources {
    known: Vec<Arc<Resource>>,
    scope: Arc<Scope>,
}

impl Resources {
    /// The span that a row is. Its parent is not known yet.
    pub(super) fn span(
        &mut self,
        mut row: Row<'_>,
        kind: Item,
        start: Nanos,
        (trace_id, span_id): (TraceId, SpanId),
    ) -> Span {
        let resource = self.resource(&mut row);
        let length = row.get("duration").and_then(|cell| scaled(&cell.text(), 6)).unwrap_or(0);
        let has_failed = row.get("success").and_then(Cell::truth) == Some(false);
        let (name, span_kind) = (text(&row, "name"), span_kind(&row, kind));
        let name = if name.is_empty() { text(&row, "operation_Name") } else { name };
        row.retain(|name, _| !IN_FIELDS.contains(name));
        Span {
            trace_id,
            span_id,
            parent_id: None,
            trace_state: Box::default(),
            name: name.into(),
            kind: span_kind,
            start,
            end: start.saturating_add(length),
            // A success is what Application Insights assumes, and nobody's verdict.
            status: if has_failed {
                Status { code: StatusCode::Error, message: Box::default() }
            } else {
                Status::default()
            },
            flags: 0,
            attributes: attributes(row, kind),
            events: Vec::new(),
            links: Vec::new(),
            resource,
            scope: Arc::clone(&self.scope),
        }
    }

    fn resource(&mut self, row: &mut Row<'_>) -> Arc<Resource> {
        let said = OF_RESOURCE.iter().filter_map(|(column, name)| Some((*name, row.remove(column)?.text())));
        let attributes: Attributes = said.collect();
        if let Some(known) = self.known.iter().rev().take(MAX_SAME).find(|known| known.attributes == attributes) {
            return Arc::clone(known);
        }
        let new = Arc::new(Resource { attributes });
        self.known.push(Arc::clone(&new));
        new
    }
}

fn span_kind(row: &Row<'_>, kind: Item) -> SpanKind {
    let (of_dependency, source) = (text(row, "type"), text(row, "source"));
    match kind {
        // Other applications call over HTTP and say which they are; anything else is what a message came from.
        Item::Request if source.is_empty() || source.starts_with("cid-v1:") => SpanKind::Server,
        Item::Request => SpanKind::Consumer,
        Item::Dependency if of_dependency.starts_with("InProc") => SpanKind::Internal,
        Item::Dependency if QUEUES.iter().any(|queue| of_dependency.starts_with(queue)) => SpanKind::Producer,
        _ => SpanKind::Client,
    }
}

/// What else a row says. `customDimensions` keep their own names.
pub(super) fn attributes(mut row: Row<'_>, kind: Item) -> Attributes {
    let mut all: Vec<(String, Value)> = Vec::new();
    for column in ["customDimensions", "customMeasurements"] {
        let Some(cell) = row.remove(column) else { continue };
        flatten(cell.json(), "", 1, &mut |path, value| all.push((path, value)));
    }
    let is_http = row.contains_key("url") || text(&row, "type").to_ascii_lowercase().starts_with("http");
    if let Some(code) = text(&row, "resultCode").parse::<i64>().ok().filter(|code| is_http && *code > 0) {
        all.push(("http.response.status_code".to_owned(), Value::Int(code)));
    }
    if kind == Item::Dependency
        && let Some(data) = row.get("data")
    {
        let name = if is_http { "url.full" } else { "db.query.text" };
        let is_it = is_http || text(&row, "type").contains("SQL");
        if is_it {
            all.push((name.to_owned(), data.text().into()));
            row.remove("data");
        }
    }
    let rest = row.into_iter().filter(|(name, cell)| !is_plain(name, &cell.text()));
    all.extend(rest.map(|(name, cell)| {
        let name = NAMES.iter().find(|(column, _)| *column == name).map_or(name, |(_, name)| name);
        (name.to_owned(), cell.value())
    }));
    all.into_iter().collect()
}

/// Whether it is an id that says no more than the span's own does.
fn is_plain(name: &str, id: &str) -> bool {
    match name {
        "operation_Id" => ids::trace_id(id).is_some_and(|(_, says_more)| !says_more),
        "id" | "operation_ParentId" => ids::span_id(id).is_some_and(|(_, says_more)| !says_more),
        _ => false,
    }
}
