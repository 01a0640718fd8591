//! What is asked of systems that hold traces, and what they answer: the terms of Jaeger's and Tempo's search forms.

use super::{Nanos, Span, TraceId};

/// A stretch of time, both ends within it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// Its beginning.
    pub from: Nanos,
    /// Its end, not before its beginning.
    pub to: Nanos,
}

impl Window {
    /// The stretch of so many nanoseconds before `to`.
    #[must_use]
    pub fn before(to: Nanos, length: i64) -> Self {
        Self { from: to.saturating_sub(length), to }
    }

    /// The stretch that is wider by so many nanoseconds at each end: clocks of two hosts differ.
    #[must_use]
    pub fn widened(self, by: i64) -> Self {
        Self { from: self.from.saturating_sub(by), to: self.to.saturating_add(by) }
    }

    /// Whether `time` lies in it.
    #[must_use]
    pub fn contains(self, time: Nanos) -> bool {
        (self.from..=self.to).contains(&time)
    }
}

/// Which traces are looked for. A trace is meant when one span of it has everything that is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TraceQuery {
    /// The span's service.
    pub service: Option<String>,
    /// The span's name.
    pub operation: Option<String>,
    /// Attributes of the span or of its resource, as text, all of which it has.
    pub tags: Vec<(String, String)>,
    /// The least that it takes, in nanoseconds.
    pub min_duration: Option<i64>,
    /// The most that it takes, in nanoseconds.
    pub max_duration: Option<i64>,
    /// Whether it has failed.
    pub is_error: bool,
    /// When the trace began.
    pub window: Window,
    /// How many traces a page has at most; at least 1.
    pub limit: usize,
}

impl TraceQuery {
    /// All traces of that time.
    #[must_use]
    pub fn all(window: Window, limit: usize) -> Self {
        Self {
            service: None,
            operation: None,
            tags: Vec::new(),
            min_duration: None,
            max_duration: None,
            is_error: false,
            window,
            limit,
        }
    }
}

/// One trace that is looked for by its id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WantedTrace {
    /// Its id.
    pub id: TraceId,
    /// The id as it was written, where that says more than [`id`](Self::id): text that is no number (old Application
    /// Insights).
    pub written: Option<String>,
    /// When it is likely to have happened, where that is known: many stores look only there, or are faster there.
    pub window: Option<Window>,
}

impl WantedTrace {
    /// The trace with this id, whenever it was.
    #[must_use]
    pub fn of(id: TraceId) -> Self {
        Self { id, written: None, window: None }
    }
}

/// What a system has of one trace; no span where it does not have it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FetchedTrace {
    /// Its spans, in any order.
    pub spans: Vec<Span>,
    /// What there is to say of them: that some are missing, and why.
    pub notes: Vec<String>,
}

/// One trace in the answer of a search, by what the answer says. What it does not say is `None`.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceHit {
    /// The trace.
    pub id: TraceId,
    /// When it began.
    pub start: Nanos,
    /// How long it took, in nanoseconds.
    pub duration: Option<i64>,
    /// The service of its root, or of what is known of it; empty where nothing is.
    pub service: String,
    /// The name of that span.
    pub operation: String,
    /// How many spans it has.
    pub spans: Option<u32>,
    /// How many of them failed. Where it is only known that some did: 1.
    pub errors: Option<u32>,
    /// How many services took part.
    pub services: Option<u32>,
    /// The trace itself, where the answer has all of it.
    pub whole: Vec<Span>,
}

/// Some of the traces that a search finds, the latest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TracePage {
    /// The traces; the consumer knows that one may come on two pages.
    pub hits: Vec<TraceHit>,
    /// What to ask for the next page with; `None` where there is none.
    pub next: Option<String>,
    /// What there is to say: that the answer is incomplete, that a condition is not understood.
    pub notes: Vec<String>,
}

/// Calls from one service to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dependency {
    /// Who calls.
    pub parent: String,
    /// Who is called.
    pub child: String,
    /// How often.
    pub calls: u64,
    /// How many of these failed, where that is known.
    pub errors: Option<u64>,
}

/// What names can be asked for: to complete what somebody types.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Names {
    /// Services.
    Services,
    /// Operations of a service.
    Operations {
        /// The service.
        service: String,
    },
    /// Attributes of spans and resources.
    Tags,
    /// The values of an attribute.
    TagValues {
        /// The attribute.
        tag: String,
    },
}

impl TraceHit {
    /// What whole traces say of themselves: one hit for each, the latest first.
    #[must_use]
    pub fn of_spans(spans: Vec<Span>) -> Vec<Self> {
        let mut traces: Vec<Vec<Span>> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for span in spans {
            let place = *places.entry(span.trace_id).or_insert(traces.len());
            if place == traces.len() {
                traces.push(Vec::new());
            }
            traces[place].push(span);
        }
        let mut hits: Vec<Self> = traces.into_iter().filter_map(Self::of_trace).collect();
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.start));
        hits
    }

    /// What a whole trace says of itself; `None` of no spans.
    #[must_use]
    pub fn of_trace(whole: Vec<Span>) -> Option<Self> {
        let lead = whole.iter().find(|span| span.parent_id.is_none());
        let lead = lead.or_else(|| whole.iter().min_by_key(|span| span.start))?;
        let start = whole.iter().map(|span| span.start).min()?;
        let end = whole.iter().map(|span| span.end).max()?;
        let count = |number: usize| Some(u32::try_from(number).unwrap_or(u32::MAX));
        let mut services: Vec<&str> = whole.iter().map(Span::service).collect();
        services.sort_unstable();
        services.dedup();
        Some(Self {
            id: lead.trace_id,
            start,
            duration: Some(end.saturating_sub(start).max(0)),
            service: lead.service().to_owned(),
            operation: lead.name.to_string(),
            spans: count(whole.len()),
            errors: count(whole.iter().filter(|span| span.is_error()).count()),
            services: count(services.len()),
            whole,
        })
    }
}
