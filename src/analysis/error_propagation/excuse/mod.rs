//! Which failed children can not be why their parent failed.
//!
//! That a child failed and its parent did too makes the one the reason of the other unless the spans show that it was not.
//! They show it in two ways, both of which compare moments, so that both ask for one clock: the child is a span of
//! the parent's own service and on its host, and no side of a call that another process runs (client, producer or internal).
//!
//! - **It was made good.** A sibling that asks the same ([`Request`]) began when the child had ended, did not fail, and
//!   ended before the parent did: what was wanted was there in the end.
//! - **It came too late.** The child began after the parent had ended.
//!
//! A parent that repeats what the child said of its failure (the message of its status or of its last exception, or that
//! exception's type where it has no message) failed of it whatever came after: an item of many may be such a child. What is
//! repeated is looked for in the parent's message and in its exceptions, stack traces included.
//!
//! Nothing else is concluded. Exceptions of other types are no sign: what a child throws is often wrapped. Nor is a child
//! of another operation that went well after the failed one: so do rollbacks, and what is cleaned up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::clock_skew::is_one_clock;
use super::super::trace_tree::TraceTree;
use super::exception;
use crate::model::{Nanos, Span, SpanKind};

/// How many different reasons of children are looked for in what one parent says, which bounds the work; of those beyond
/// nothing is concluded.
const MAX_REASONS: usize = 64;

/// Words in the key of an attribute that tell of one attempt or of its outcome, not of what was asked for.
const OF_AN_ATTEMPT: &[&str] = &["attempt", "attempts", "resend", "response", "retries", "retry"];

/// Beginnings of keys that do the same, or tell of the connection that was used, or of the span's own id.
const NOT_ASKED: &[&str] = &[
    "error",
    "exception.",
    "http.flavor",
    "http.status",
    "jaeger.",
    "net.host.",
    "net.peer.ip",
    "net.sock.",
    "net.transport",
    "network.",
    "thread.",
];

/// Attributes that say what was asked for where a span is called by the method alone; the older ones of each kind last.
const TARGETS: &[&str] =
    &["url.full", "url.path", "url.template", "http.route", "http.url", "http.target", "db.query.text", "db.statement"];

/// Where the answer of HTTP is told.
const HTTP_STATUS: &[&str] = &["http.response.status_code", "http.status_code"];

/// For each row whether its span failed and its parent's did, and nothing shows that it is not the reason.
/// O(n log n) in spans and attributes.
pub(super) fn passed_on(spans: &[Arc<Span>], tree: &TraceTree) -> Vec<bool> {
    let rows = tree.rows();
    let failed: Vec<bool> = rows.iter().map(|row| spans.get(row.span).is_some_and(|span| span.is_error())).collect();
    let is_failed = |row: usize| failed.get(row).copied().unwrap_or_default();
    let below_failed = |row: usize| rows.get(row).and_then(|row| row.parent).filter(|parent| is_failed(*parent));
    let mut passed: Vec<bool> = (0..rows.len()).map(|row| is_failed(row) && below_failed(row).is_some()).collect();
    let concerned: HashSet<usize> = (0..rows.len()).filter(|row| is_failed(*row)).filter_map(below_failed).collect();
    for parent in concerned {
        for child in excused(spans, tree, parent) {
            passed[child] = false;
        }
    }
    passed
}

/// The failed children of `parent` that can not be why it failed.
fn excused(spans: &[Arc<Span>], tree: &TraceTree, parent: usize) -> Vec<usize> {
    let span_at = |row: usize| tree.rows().get(row).and_then(|row| spans.get(row.span));
    let Some(above) = span_at(parent).filter(|span| is_timed(span)) else { return Vec::new() };
    let beside = || tree.children(parent).filter_map(|row| Some((row, span_at(row)?)));
    let beside = || beside().filter(|(_, span)| is_timed_alike(span, above));
    let is_wanted: HashSet<_> = beside().filter(|(_, span)| span.is_error()).map(|(_, span)| call(span)).collect();
    let mut made_good: HashMap<Request, Nanos> = HashMap::new();
    for (_, span) in beside().filter(|(_, span)| is_wanted.contains(&call(span)) && went_well(span, above)) {
        if let Some(request) = Request::of(span) {
            let last = made_good.entry(request).or_insert(span.start);
            *last = span.start.max(*last);
        }
    }
    let mut told = Told::by(above);
    let failed = beside().filter(|(_, span)| span.is_error());
    let excused = failed.filter(|(_, span)| {
        let is_late = span.start > above.end;
        let last = || Request::of(span).and_then(|request| made_good.get(&request));
        is_late || (last().is_some_and(|last| *last >= span.end) && !told.repeats(span))
    });
    excused.map(|(row, _)| row).collect()
}

/// Whether both its times are known: what is reported in part has no length.
fn is_timed(span: &Span) -> bool {
    span.start != 0 && span.end > span.start
}

/// Whether the times of a child can be compared with those of its parent and of siblings like it.
fn is_timed_alike(child: &Span, parent: &Span) -> bool {
    let is_own = matches!(child.kind, SpanKind::Client | SpanKind::Producer | SpanKind::Internal);
    let service = child.resource.service_name();
    is_own
        && child.start != 0
        && service.is_some()
        && service == parent.resource.service_name()
        && is_one_clock(child, parent)
}

/// Whether a span gave its parent what that wanted, as far as it says. An answer of HTTP that is an error is none, whatever
/// the status is: not everybody sets it.
fn went_well(span: &Span, parent: &Span) -> bool {
    let answer = HTTP_STATUS.iter().find_map(|key| span.attributes.get(key)?.to_string().parse::<u32>().ok());
    !span.is_error() && is_timed(span) && span.end <= parent.end && answer.is_none_or(|code| code < 400)
}

fn call(span: &Span) -> (&str, SpanKind) {
    (&span.name, span.kind)
}

/// What a span wanted, so that two of one service can be told to want the same: its operation, its kind and those
/// of its attributes that do not tell of one attempt alone.
#[derive(PartialEq, Eq, Hash)]
struct Request<'a> {
    call: (&'a str, SpanKind),
    attributes: Vec<(&'a str, String)>,
}

impl<'a> Request<'a> {
    /// `None` where it is not told: a span may be called `GET`, and nothing besides.
    fn of(span: &'a Span) -> Option<Self> {
        let method = span.name.strip_prefix("HTTP ").unwrap_or(&span.name);
        let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_method && !TARGETS.iter().any(|key| span.attributes.get(key).is_some()) {
            return None;
        }
        let asked = span.attributes.iter().filter(|(key, _)| !is_of_an_attempt(key));
        let mut attributes: Vec<_> = asked.map(|(key, value)| (&**key, value.to_string())).collect();
        attributes.sort_unstable();
        Some(Self { call: call(span), attributes })
    }
}

fn is_of_an_attempt(key: &str) -> bool {
    NOT_ASKED.iter().any(|begin| key.starts_with(begin))
        || key.ends_with("status_code")
        || key.split(['.', '_', '-']).any(|word| OF_AN_ATTEMPT.contains(&word))
}

/// What a failed span says, and which reasons were looked for in it.
struct Told<'a> {
    texts: Vec<&'a str>,
    reasons: HashMap<&'a str, bool>,
}

impl<'a> Told<'a> {
    fn by(span: &'a Span) -> Self {
        let thrown = span.events.iter().filter(|event| &*event.name == "exception").flat_map(|event| {
            ["exception.type", "exception.message", "exception.stacktrace"].map(|key| event.attributes.text(key))
        });
        let texts = thrown.flatten().chain([&*span.status.message]).filter(|text| !text.is_empty());
        Self { texts: texts.collect(), reasons: HashMap::new() }
    }

    /// Whether a reason that `child` gives is among this, or too many were looked for to tell.
    fn repeats(&mut self, child: &'a Span) -> bool {
        let thrown = |key: &str| exception(child)?.attributes.text(key).filter(|text| !text.is_empty());
        let thrown = thrown("exception.message").or_else(|| thrown("exception.type"));
        let reasons = [Some(&*child.status.message).filter(|message| !message.is_empty()), thrown];
        reasons.into_iter().flatten().any(|reason| self.tells(reason))
    }

    fn tells(&mut self, reason: &'a str) -> bool {
        let is_full = self.reasons.len() >= MAX_REASONS;
        let find = || is_full || self.texts.iter().any(|text| text.contains(reason));
        *self.reasons.entry(reason).or_insert_with(find)
    }
}

#[cfg(test)]
mod tests;
