//! What the tags of a span say that OpenTelemetry has fields for, as Jaeger's translator writes these
//! (`internal/jptrace` and the Collector's `pkg/translator/jaeger`).

use std::borrow::Cow;

use crate::model::{SpanKind, Status, StatusCode, Value};

/// A tag by its key.
pub(super) type Pair<'a> = (Cow<'a, str>, Value);

/// What was said of a span beside its attributes.
#[derive(Default)]
pub(super) struct Told {
    pub(super) kind: SpanKind,
    pub(super) status: Status,
    pub(super) scope_name: Box<str>,
    pub(super) scope_version: Box<str>,
    pub(super) trace_state: Box<str>,
}

/// Puts a text where it belongs; answers whether it makes sense there.
type Fill = fn(&mut Told, &str) -> bool;

/// The keys, the later ones older; and where their text goes. A text that makes no sense there stays an attribute.
const KEYS: &[(&str, Fill)] = &[
    ("span.kind", Told::kind),
    ("otel.status_code", Told::code),
    ("otel.status_description", |told, text| fill(&mut told.status.message, text)),
    ("otel.scope.name", |told, text| fill(&mut told.scope_name, text)),
    ("otel.scope.version", |told, text| fill(&mut told.scope_version, text)),
    ("otel.library.name", |told, text| fill(&mut told.scope_name, text)),
    ("otel.library.version", |told, text| fill(&mut told.scope_version, text)),
    ("w3c.tracestate", |told, text| fill(&mut told.trace_state, text)),
];

impl Told {
    /// Takes out of `tags` what is no attribute.
    pub(super) fn take(tags: &mut Vec<Pair<'_>>) -> Self {
        let mut told = Self::default();
        let has_failed = take_verdict(tags);
        for (known, fill) in KEYS {
            tags.retain(|(key, value)| key != known || !value.as_str().is_some_and(|text| fill(&mut told, text)));
        }
        if has_failed {
            told.status.code = StatusCode::Error;
        }
        told
    }

    fn kind(&mut self, text: &str) -> bool {
        const KINDS: [SpanKind; 5] =
            [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];
        let kind = KINDS.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text));
        self.kind = kind.unwrap_or(self.kind);
        kind.is_some()
    }

    fn code(&mut self, text: &str) -> bool {
        const CODES: [StatusCode; 3] = [StatusCode::Unset, StatusCode::Ok, StatusCode::Error];
        let code = CODES.into_iter().find(|code| code.name().eq_ignore_ascii_case(text));
        self.status.code = code.unwrap_or(self.status.code);
        code.is_some()
    }
}

/// Fills a place that is free, or that has the same text: old exporters write a scope under both its names.
fn fill(place: &mut Box<str>, text: &str) -> bool {
    if place.is_empty() {
        *place = text.into();
    }
    **place == *text
}

/// Takes the verdict out of the tags called `error`, and answers whether the span has failed.
///
/// `true`, also as text, says so, whatever `otel.status_code` says besides: so it is for the Collector's translator and for
/// Jaeger's UI. Any other text does not, though CRISP takes one for an error; nor does a code of HTTP, of which the
/// program may think what it likes (the translator and CRISP conclude from it where nobody judged). Messages of Zipkin's
/// tag of that name are none here: Jaeger makes `true` of them when it takes spans in.
///
/// VictoriaTraces writes a verdict on every span, `unset` on those that nobody judged; then any
/// other such tag is an attribute of the program's own. Jaeger writes its verdict behind the attributes, so that of several
/// the last is it.
fn take_verdict(tags: &mut Vec<Pair<'_>>) -> bool {
    let is_error = |(key, _): &Pair<'_>| key == "error";
    let unset = tags.iter().rposition(|tag| is_error(tag) && tag.1.as_str() == Some("unset"));
    let failed = tags.iter().rposition(|tag| is_error(tag) && is_true(&tag.1));
    let Some(verdict) = unset.or(failed) else { return false };
    tags.remove(verdict);
    unset.is_none()
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        Value::Str(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}
