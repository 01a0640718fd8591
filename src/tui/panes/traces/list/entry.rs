//! One trace of the list, by what is known of it: all where it is in memory, little where a backend told of it.

use std::sync::Arc;

use crate::model::{Attributes, Nanos, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, TraceId};
use crate::query::Plan;
use crate::store::TraceSummary;
use crate::tui::inquiry::Found;
use crate::tui::world::World;

/// What is known of a trace. What is not known is `None`.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::tui::panes::traces) struct Entry {
    pub(in crate::tui::panes::traces) id: TraceId,
    pub(in crate::tui::panes::traces) start: Nanos,
    /// In nanoseconds.
    pub(in crate::tui::panes::traces) duration: Option<i64>,
    pub(in crate::tui::panes::traces) service: Arc<str>,
    pub(in crate::tui::panes::traces) operation: Box<str>,
    pub(in crate::tui::panes::traces) spans: Option<u32>,
    pub(in crate::tui::panes::traces) errors: Option<u32>,
    pub(in crate::tui::panes::traces) services: Option<u32>,
    pub(in crate::tui::panes::traces) is_complete: bool,
    /// Whether it is in memory.
    pub(in crate::tui::panes::traces) is_held: bool,
    /// The labels of the sources that have it.
    pub(in crate::tui::panes::traces) origins: Vec<Arc<str>>,
}

impl Entry {
    /// A trace in memory.
    pub(in crate::tui::panes::traces) fn of(summary: TraceSummary) -> Self {
        Self {
            id: summary.id,
            start: summary.start,
            duration: Some(summary.duration),
            service: summary.service,
            operation: summary.operation,
            spans: Some(summary.spans),
            errors: Some(summary.errors),
            services: Some(summary.services),
            is_complete: summary.is_complete,
            is_held: true,
            origins: summary.origins.to_vec(),
        }
    }

    /// Whether that is what is known of it already.
    pub(in crate::tui::panes::traces) fn is_of(&self, summary: &TraceSummary) -> bool {
        self.is_held
            && (self.start, self.duration) == (summary.start, Some(summary.duration))
            && (self.spans, self.errors) == (Some(summary.spans), Some(summary.errors))
            && (self.services, self.is_complete) == (Some(summary.services), summary.is_complete)
            && (&self.service, &self.operation) == (&summary.service, &summary.operation)
            && *self.origins == *summary.origins
    }

    /// A trace that backends told of; where it is in memory by now, that is what is known of it.
    pub(in crate::tui::panes::traces) fn found(found: &Found, world: &World) -> Self {
        if let Some(trace) = world.traces.get(found.hit.id) {
            return Self::of(trace.summary());
        }
        let hit = &found.hit;
        Self {
            id: hit.id,
            start: hit.start,
            duration: hit.duration,
            service: Arc::from(hit.service.as_str()),
            operation: hit.operation.as_str().into(),
            spans: hit.spans,
            errors: hit.errors,
            services: hit.services,
            is_complete: true,
            is_held: false,
            origins: Vec::new(),
        }
    }

    /// Notes who has it as well.
    pub(in crate::tui::panes::traces) fn add_origins(&mut self, backends: &[String]) {
        for backend in backends {
            if !self.origins.iter().any(|known| **known == **backend) {
                self.origins.push(Arc::from(backend.as_str()));
            }
        }
    }

    /// Whether it is known that a span of it failed.
    pub(in crate::tui::panes::traces) fn is_failed(&self) -> bool {
        self.errors.is_some_and(|errors| errors > 0)
    }

    /// Whether a filter holds of it: of its spans where it is in memory, else of what was told of it, as if it were one span.
    pub(in crate::tui::panes::traces) fn matches(&self, plan: &Plan, world: &World) -> bool {
        if let Some(trace) = world.traces.get(self.id).filter(|_| self.is_held) {
            return plan.matches_trace(&trace.summary(), trace.spans());
        }
        let summary = TraceSummary {
            id: self.id,
            start: self.start,
            duration: self.duration.unwrap_or(0),
            service: Arc::clone(&self.service),
            operation: self.operation.clone(),
            spans: self.spans.unwrap_or(0),
            errors: self.errors.unwrap_or(0),
            services: self.services.unwrap_or(0),
            is_complete: self.is_complete,
            origins: self.origins.iter().cloned().collect(),
        };
        self.as_span().is_some_and(|span| plan.matches_trace(&summary, &[Arc::new(span)]))
    }

    /// What is known of a trace of which no span is there, as one span.
    fn as_span(&self) -> Option<Span> {
        let code = if self.is_failed() { StatusCode::Error } else { StatusCode::Unset };
        let name = [("service.name", &*self.service)].into_iter().collect();
        Some(Span {
            trace_id: self.id,
            span_id: SpanId::from_u64(1)?,
            parent_id: None,
            trace_state: Box::default(),
            name: self.operation.clone(),
            kind: SpanKind::default(),
            start: self.start,
            end: self.start.saturating_add(self.duration.unwrap_or(0)),
            status: Status { code, message: Box::default() },
            flags: 0,
            attributes: Attributes::default(),
            events: Vec::new(),
            links: Vec::new(),
            resource: Arc::new(Resource { attributes: name }),
            scope: Arc::new(Scope::default()),
        })
    }
}

/// The kinds of these sources, the first words of their labels, each once.
pub(in crate::tui::panes::traces) fn kinds(labels: &[Arc<str>]) -> Vec<&str> {
    let mut kinds: Vec<&str> = Vec::new();
    for kind in labels.iter().map(|label| label.split(' ').next().unwrap_or(label)) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}
