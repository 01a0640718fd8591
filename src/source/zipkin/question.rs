//! A search in Zipkin's terms: milliseconds here and microseconds there, names in lower case, tags in one text.

use crate::model::{Nanos, TraceHit, TraceQuery, Window};

const MICROSECOND: i64 = 1_000;
const MILLISECOND: i64 = 1_000_000;

/// Attributes that Zipkin has a parameter for, as no tag has them.
const NAMED: &[(&str, &str)] = &[("service.name", "serviceName"), ("peer.service", "remoteServiceName")];

/// What joins the conditions of `annotationQuery`; a condition can not have it within.
const AND: &str = " and ";

/// A search as it is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Question {
    /// The parameters of the request.
    pub(super) parameters: Vec<(&'static str, String)>,
    /// Until when it asks, in milliseconds, to be compared with the next page's.
    end: i64,
    /// What it could not be asked for.
    pub(super) notes: Vec<String>,
}

impl Question {
    /// The question for a page. `None` where there can be nothing any more: the page is before the window.
    pub(super) fn new(query: &TraceQuery, page: Option<&str>) -> Option<Self> {
        let end = page.and_then(|page| page.parse().ok()).unwrap_or_else(|| up(query.window.to, MILLISECOND));
        let lookback = end.saturating_sub(query.window.from.div_euclid(MILLISECOND));
        if lookback < 0 {
            return None;
        }
        let mut question = Self { parameters: between(end, lookback), end, notes: Vec::new() };
        question.ask("limit", query.limit.to_string());
        for (name, value) in [("serviceName", &query.service), ("spanName", &query.operation)] {
            if let Some(value) = value {
                question.ask(name, value.to_lowercase());
            }
        }
        question.durations(query);
        question.tags(query);
        Some(question)
    }

    fn ask(&mut self, name: &'static str, value: String) {
        if !self.parameters.iter().any(|(known, _)| *known == name) {
            self.parameters.push((name, value));
        }
    }

    /// Zipkin takes an upper bound only beside a lower one, and no duration is less than a microsecond.
    fn durations(&mut self, query: &TraceQuery) {
        if query.min_duration.is_some() || query.max_duration.is_some() {
            let least = query.min_duration.map_or(1, |least| up(least, MICROSECOND).max(1));
            self.ask("minDuration", least.to_string());
            if let Some(most) = query.max_duration {
                self.ask("maxDuration", most.div_euclid(MICROSECOND).max(least).to_string());
            }
        }
    }

    fn tags(&mut self, query: &TraceQuery) {
        let mut conditions: Vec<String> = query.is_error.then(|| "error".to_owned()).into_iter().collect();
        for (key, value) in &query.tags {
            match NAMED.iter().find(|(known, _)| known == key) {
                Some((_, name)) => self.ask(name, value.to_lowercase()),
                None if key.contains(AND) || value.contains(AND) || key.contains('=') => {
                    self.notes.push(format!("Zipkin can not be asked for {key}={value}: left out"));
                }
                None => conditions.push(format!("{key}={value}")),
            }
        }
        if !conditions.is_empty() {
            self.ask("annotationQuery", conditions.join(AND));
        }
    }

    /// How to ask for the page after one of `hits`, `found` before any were left out here; with a note where something may be
    /// missed.
    pub(super) fn next(&self, hits: &[TraceHit], found: usize, limit: usize) -> (Option<String>, Option<String>) {
        let oldest = hits.iter().map(moment).min().map(|oldest| up(oldest, MILLISECOND));
        let Some(oldest) = oldest.filter(|_| found >= limit) else { return (None, None) };
        if oldest < self.end {
            return (Some(oldest.to_string()), None);
        }
        let missed = format!("more than {limit} traces began in one millisecond: some of them may be missing");
        (Some((self.end - 1).to_string()), Some(missed))
    }
}

/// `endTs` and `lookback` for a stretch of time.
pub(super) fn stretch(window: Window) -> Vec<(&'static str, String)> {
    let end = up(window.to, MILLISECOND);
    between(end, end.saturating_sub(window.from.div_euclid(MILLISECOND)))
}

fn between(end: i64, lookback: i64) -> Vec<(&'static str, String)> {
    vec![("endTs", end.max(1).to_string()), ("lookback", lookback.max(1).to_string())]
}

/// The time by which Zipkin orders traces: that of the root, else of the first span.
fn moment(hit: &TraceHit) -> Nanos {
    let root = hit.whole.iter().find(|span| span.parent_id.is_none() && span.start != 0);
    root.map_or(hit.start, |root| root.start)
}

/// How many units `nanos` has, rounded up.
fn up(nanos: i64, unit: i64) -> i64 {
    nanos.div_euclid(unit) + i64::from(nanos.rem_euclid(unit) != 0)
}
