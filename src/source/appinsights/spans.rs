//! One trace: its rows as spans, with what was logged and thrown as their events.

use std::collections::HashMap;

use super::event::event;
use super::ids::{last_piece, span_id};
use super::kql::{self, MAX_ROWS};
use super::search::{note, rows, time};
use super::service::Service;
use super::span::Resources;
use super::tables::{Item, canonical, item};
use crate::model::{FetchedTrace, Span, SpanEvent, SpanId, TraceId, WantedTrace, Window};
use crate::source::azure::{Answer, Cell, Row};
use crate::source::recent::nanos;
use crate::source::retry::Trouble;

/// Clocks differ, and rows of a trace lie around the time that is known of it: so much is looked at more, in nanoseconds.
const AROUND: i64 = 3_600_000_000_000;

/// All that there is of a trace.
pub(super) async fn trace(service: &Service, wanted: &WantedTrace) -> Result<FetchedTrace, Trouble> {
    let lately = || Window::before(service.now().saturating_add(AROUND), nanos(service.settings.lookback));
    let window = wanted.window.map_or_else(lately, |window| window.widened(AROUND));
    let query = kql::trace(service.settings.schema, &service.written(wanted), window);
    let answer = service.ask(&query).await?;
    Ok(read(&answer, wanted.id))
}

/// A row's spans or events, before they are put together.
#[derive(Default)]
struct Parts {
    spans: Vec<Span>,
    /// Where each span is, by its id as it was written.
    places: HashMap<String, usize>,
    /// What each span says of its parent.
    parents: Vec<String>,
    /// Events, and the span that each says it belongs to.
    events: Vec<(String, SpanEvent)>,
    unread: usize,
}

/// The trace that the rows of an answer make.
pub(super) fn read(answer: &Answer, id: TraceId) -> FetchedTrace {
    let (mut parts, mut resources, mut operation) = (Parts::default(), Resources::default(), String::new());
    let mut count = 0;
    for row in rows(answer) {
        count += 1;
        let row: Row<'_> = row.into_iter().map(|(name, cell)| (canonical(name), cell)).collect();
        if operation.is_empty() {
            operation = text(&row, "operation_Id");
        }
        parts.take(row, id, &mut resources);
    }
    let mut fetched = FetchedTrace { notes: note(answer).into_iter().collect(), ..FetchedTrace::default() };
    if count >= MAX_ROWS {
        fetched.notes.push(format!("rows beyond the first {MAX_ROWS} were left out"));
    }
    if parts.unread > 0 {
        fetched.notes.push(format!("{} rows could not be read", parts.unread));
    }
    let lost = parts.put_together(&operation);
    if lost > 0 {
        fetched.notes.push(format!("{lost} log records and exceptions belong to no span that is here"));
    }
    fetched.spans = parts.spans;
    fetched
}

impl Parts {
    fn take(&mut self, row: Row<'_>, id: TraceId, resources: &mut Resources) {
        // Without the column a row of an export says what it is by having an id.
        let kind = row.get("itemType").and_then(|kind| item(&kind.text()));
        let kind = kind.or_else(|| row.contains_key("id").then_some(Item::Dependency)).unwrap_or(Item::Trace);
        let parent = text(&row, "operation_ParentId");
        let Some(at) = time(&row, "timestamp") else {
            self.unread += 1;
            return;
        };
        if !kind.is_span() {
            self.events.push((parent, event(row, kind, at)));
            return;
        }
        // A view of a page may have no id of its own.
        let own = [text(&row, "id"), text(&row, "itemId")].into_iter().find(|text| !text.is_empty());
        match own.as_deref().and_then(span_id) {
            Some((span_id, _)) => {
                self.places.entry(own.unwrap_or_default()).or_insert(self.spans.len());
                self.spans.push(resources.span(row, kind, at, (id, span_id)));
                self.parents.push(parent);
            }
            None => self.unread += 1,
        }
    }

    /// Gives spans their parents and events their spans; answers how many events have none.
    fn put_together(&mut self, operation: &str) -> usize {
        let ids: Vec<SpanId> = self.spans.iter().map(|span| span.span_id).collect();
        let places: HashMap<SpanId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let found = |parent: &str| {
            let named = || last_piece(parent).filter(|piece| places.contains_key(piece));
            self.places.get(parent).and_then(|place| ids.get(*place).copied()).or_else(named)
        };
        let is_root = |parent: &str| parent.is_empty() || parent == operation;
        let known: Vec<Option<SpanId>> = self
            .parents
            .iter()
            .map(|parent| if is_root(parent) { None } else { found(parent).or_else(|| Some(span_id(parent)?.0)) })
            .collect();
        let root = known.iter().position(Option::is_none);
        let owner = |parent: &str| found(parent).and_then(|id| places.get(&id).copied());
        let owners: Vec<Option<usize>> = self.events.iter().map(|(parent, _)| owner(parent)).collect();
        for (span, parent) in self.spans.iter_mut().zip(known) {
            span.parent_id = parent.filter(|parent| *parent != span.span_id);
        }
        let mut lost = 0;
        for ((parent, mut event), owner) in self.events.drain(..).zip(owners) {
            if owner.is_none() && !is_root(&parent) {
                event.attributes.set("operation_ParentId", parent);
            }
            match owner.or(root).and_then(|owner| self.spans.get_mut(owner)) {
                Some(span) => span.events.push(event),
                None => lost += 1,
            }
        }
        lost
    }
}

/// The text of a cell; empty where there is none.
pub(super) fn text(row: &Row<'_>, name: &str) -> String {
    row.get(name).map(Cell::text).unwrap_or_default()
}
