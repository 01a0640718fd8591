//! Datadog's own headers: decimals of 64 bits, with the upper half of a trace's id and more in tags.
//!
//! What they say beside ids and decision is kept where Datadog's tracers keep it when they speak W3C: in the member `dd` of
//! the `tracestate`, `dd=s:2;o:rum;t.dm:-4`. So it survives the way from one format to the other and back.

use super::{Headers, TraceContext, TraceState, Written};
use crate::model::SpanId;
use crate::parse::context::ids::{decimal_span, of_halves, upper_half};

const TRACE: &str = "x-datadog-trace-id";
const PARENT: &str = "x-datadog-parent-id";
const PRIORITY: &str = "x-datadog-sampling-priority";
const ORIGIN: &str = "x-datadog-origin";
const TAGS: &str = "x-datadog-tags";
pub(super) const HEADERS: &[&str] = &[TRACE, PARENT, PRIORITY, ORIGIN, TAGS];

/// The member of `tracestate`, and the prefix of tags that travel.
const MEMBER: &str = "dd";
const PROPAGATED: &str = "_dd.p.";
/// The tag with the upper half of the trace's id, which W3C needs not.
const UPPER_HALF: &str = "tid";

pub(super) fn read(headers: &Headers<'_>) -> Option<TraceContext> {
    let low: u64 = headers.get(TRACE)?.parse().ok()?;
    let tags: Vec<(&str, &str)> = headers.get(TAGS).unwrap_or_default().split(',').filter_map(tag).collect();
    let upper = tags.iter().find(|(name, _)| *name == UPPER_HALF).map(|(_, digits)| *digits);
    let priority: Option<i32> = headers.get(PRIORITY).and_then(|text| text.parse().ok());
    Some(TraceContext {
        trace_id: Some(of_halves(upper, low)?),
        span_id: headers.get(PARENT).and_then(|text| text.parse().ok()).and_then(SpanId::from_u64),
        sampled: priority.map(|priority| priority > 0),
        trace_state: member(priority, headers.get(ORIGIN), &tags),
        ..TraceContext::default()
    })
}

/// `_dd.p.dm=-1` as `dm` and `-1`.
fn tag(pair: &str) -> Option<(&str, &str)> {
    pair.trim_ascii().strip_prefix(PROPAGATED)?.split_once('=')
}

/// The `tracestate` that says the same; only what it has no other place for.
fn member(priority: Option<i32>, origin: Option<&str>, tags: &[(&str, &str)]) -> TraceState {
    // 0 and 1 are what the flag of a traceparent says.
    let priority = priority.filter(|priority| ![0, 1].contains(priority)).map(|priority| format!("s:{priority}"));
    let origin = origin.map(|origin| format!("o:{}", escaped(origin)));
    let tags = tags.iter().filter(|(name, _)| *name != UPPER_HALF);
    let tags = tags.map(|(name, value)| format!("t.{name}:{}", escaped(value)));
    let parts: Vec<String> = priority.into_iter().chain(origin).chain(tags).collect();
    TraceState::of([format!("{MEMBER}={}", parts.join(";")).as_str()])
}

pub(super) fn write(context: &TraceContext) -> Written {
    let Some((trace, span)) = context.trace_id.zip(context.span_id) else { return Written::new() };
    let parts =
        || context.trace_state.get(MEMBER).unwrap_or_default().split(';').filter_map(|part| part.split_once(':'));
    let part = |name: &str| parts().find(|(known, _)| *known == name).map(|(_, value)| value);
    let flag = context.sampled.map(i32::from);
    // The member may be older than the flag: it counts only where both say the same.
    let told = part("s").and_then(|text| text.parse().ok()).filter(|told: &i32| context.sampled == Some(*told > 0));
    let priority = told.or(flag).map(|priority| (PRIORITY, priority.to_string()));
    let origin = part("o").map(|origin| (ORIGIN, unescaped(origin)));
    let upper = upper_half(trace).map(|digits| format!("{PROPAGATED}{UPPER_HALF}={digits}"));
    let tags = parts().filter_map(|(name, value)| Some((name.strip_prefix("t.")?, value)));
    let tags: Vec<String> =
        tags.map(|(name, value)| format!("{PROPAGATED}{name}={}", unescaped(value))).chain(upper).collect();
    let tags = (!tags.is_empty()).then(|| (TAGS, tags.join(",")));
    let ids = [(TRACE, trace.low64().to_string()), (PARENT, decimal_span(span))];
    ids.into_iter().chain(priority).chain(origin).chain(tags).collect()
}

/// In a `tracestate` an equals sign is a tilde, and what else ends a value an underscore.
fn escaped(value: &str) -> String {
    value
        .chars()
        .map(|c| {
            if c == '=' {
                '~'
            } else if ",;~".contains(c) || !c.is_ascii_graphic() {
                '_'
            } else {
                c
            }
        })
        .collect()
}

fn unescaped(value: &str) -> String {
    value.replace('~', "=")
}
