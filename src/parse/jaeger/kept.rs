//! For tests: what is left of spans that Jaeger's JSON was made of, so that both can be compared.

use std::sync::Arc;

use crate::model::{Attributes, Resource, Span, SpanEvent, Value};

/// What Jaeger can keep of spans: whole microseconds, no flags, lists as JSON; sorted, as it keeps no order. VictoriaTraces
/// keeps texts only, and a dash of an empty one.
pub(crate) fn kept(spans: Vec<Span>, types: bool) -> Vec<Span> {
    let value = |value: &Value| match value {
        Value::Array(_) | Value::Map(_) => Value::from(value.to_string()),
        value if types => value.clone(),
        value => Value::from(Some(value.to_string()).filter(|text| !text.is_empty()).unwrap_or_else(|| "-".to_owned())),
    };
    let attributes = |attributes: &Attributes| {
        let mut pairs: Vec<_> = attributes.iter().map(|(key, found)| (key.clone(), value(found))).collect();
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        pairs.into_iter().collect::<Attributes>()
    };
    let micros = |time: i64| time / 1000 * 1000;
    let event =
        |event: SpanEvent| SpanEvent { time: micros(event.time), attributes: attributes(&event.attributes), ..event };
    let span = |span: Span| Span {
        start: micros(span.start),
        end: micros(span.start) + micros(span.duration()),
        flags: 0,
        attributes: attributes(&span.attributes),
        resource: Arc::new(Resource { attributes: attributes(&span.resource.attributes) }),
        events: span.events.into_iter().map(event).collect(),
        ..span
    };
    let mut kept: Vec<Span> = spans.into_iter().map(span).collect();
    kept.sort_by_key(|span| (span.trace_id, span.span_id));
    kept
}
