//! The moments of a trace: events of its spans and lines that name it, sorted by time.

use std::sync::Arc;

use crate::model::{Attributes, Level, Nanos, SpanEvent, SpanKind, Value};
use crate::store::{Line, LineId, Trace};
use crate::tui::world::World;

/// Characters of a line or a value that are shown and copied.
const MAX_CHARS: usize = 4096;
/// Attributes of an event that are shown behind its name.
const MAX_ATTRIBUTES: usize = 12;

/// All moments of a trace in the order of time.
#[derive(Debug, Default)]
pub(super) struct Moments {
    all: Vec<Moment>,
    /// How many of them are lines.
    lines: u64,
    /// The line that was stored first, which is the first to go.
    first_line: Option<LineId>,
}

/// Something that happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    pub(super) time: Nanos,
    pub(super) what: What,
    /// The span in which it happened, by its place in the trace.
    pub(super) span: Option<usize>,
    /// Whether it tells of an error.
    pub(super) is_error: bool,
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// An event of a span: the span's place in the trace, and the event's in the span.
    Event(usize, usize),
    /// A line was written.
    Line(LineId),
}

impl Moments {
    /// All moments of a trace. O(n log n) for its events and its lines.
    pub(super) fn of(trace: &Trace, world: &World) -> Self {
        let mut all = Vec::new();
        for (at, span) in trace.spans().iter().enumerate() {
            let moment = |(event, it): (usize, &SpanEvent)| Moment {
                time: it.time,
                what: What::Event(at, event),
                span: Some(at),
                is_error: is_exception(it),
            };
            all.extend(span.events.iter().enumerate().map(moment));
        }
        let index = trace.index();
        let is_server = |at: &u32| trace.spans().get(*at as usize).is_some_and(|span| span.kind == SpanKind::Server);
        for (id, span) in world.snapshot.lines_of_trace(trace.id, 0) {
            let Some(line) = world.snapshot.line(id) else { continue };
            let at = span.and_then(|span| index.all(span).find(is_server).or_else(|| index.all(span).next()));
            all.push(Moment {
                time: line.time(),
                what: What::Line(id),
                span: at.map(|at| at as usize),
                is_error: line.severity().level() >= Level::Error,
            });
        }
        all.sort_by_key(|moment| moment.time);
        let line = |moment: &Moment| match moment.what {
            What::Line(id) => Some(id),
            What::Event(..) => None,
        };
        let (lines, first_line) = (all.iter().filter_map(line).count() as u64, all.iter().filter_map(line).min());
        Self { all, lines, first_line }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The line that was stored first.
    pub(super) fn first_line(&self) -> Option<LineId> {
        self.first_line
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn get(&self, place: usize) -> Option<&Moment> {
        self.all.get(place)
    }

    /// How many of them are lines.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Where something stands now.
    pub(super) fn place_of(&self, what: What) -> Option<usize> {
        self.all.iter().position(|moment| moment.what == what)
    }

    /// The nearest error after `place`, or before it.
    pub(super) fn error_beside(&self, place: usize, forward: bool) -> Option<usize> {
        let is_error = |at: &usize| self.all.get(*at).is_some_and(|moment| moment.is_error);
        if forward {
            (place + 1..self.all.len()).find(is_error)
        } else {
            (0..place.min(self.all.len())).rev().find(is_error)
        }
    }
}

impl Moment {
    /// The event, where it is one.
    pub(super) fn event<'a>(&self, trace: &'a Trace) -> Option<&'a SpanEvent> {
        match self.what {
            What::Event(span, event) => trace.spans().get(span)?.events.get(event),
            What::Line(_) => None,
        }
    }

    /// What there is to say of it: an event's name with its main text, a line's message. Not made safe.
    pub(super) fn text(&self, trace: &Arc<Trace>, world: &World) -> String {
        match (self.event(trace), self.what) {
            (Some(event), _) => told(event),
            (None, What::Line(id)) => world.snapshot.line(id).map(|line| message(&line, world)).unwrap_or_default(),
            (None, What::Event(..)) => String::new(),
        }
    }
}

fn is_exception(event: &SpanEvent) -> bool {
    &*event.name == "exception"
}

/// An exception as its type and message, another event as its name and attributes.
fn told(event: &SpanEvent) -> String {
    let text = |key: &str| event.attributes.text(key).map(|text| clipped(text).to_owned());
    match (text("exception.type"), text("exception.message")) {
        (Some(kind), Some(message)) => format!("{kind}: {message}"),
        (Some(one), None) | (None, Some(one)) => format!("{} {one}", event.name),
        (None, None) => format!("{}{}", event.name, listed(&event.attributes)),
    }
}

fn listed(attributes: &Attributes) -> String {
    let pair = |(key, value): (&crate::model::Key, &Value)| format!("  {key}={}", clipped(&value.to_string()));
    attributes.iter().take(MAX_ATTRIBUTES).map(pair).collect()
}

/// The first line of a line's message.
fn message(line: &Line<'_>, world: &World) -> String {
    let text = line.text();
    let source = world.snapshot.sources.get(line.source());
    let told = match line.parts() {
        Some(mut parts) => {
            let rules = &world.settings.rules;
            rules.read_body(&mut parts.attributes, parts.body_format, source, &text).into_owned()
        }
        None => world.settings.rules.read(line.format(), source, &text).message.into_owned(),
    };
    clipped(told.lines().next().unwrap_or_default()).to_owned()
}

fn clipped(text: &str) -> &str {
    text.char_indices().nth(MAX_CHARS).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}
