//! Exports of other systems: a whole JSON document of traces, as Jaeger's page downloads it, as Zipkin's does, or as an answer
//! of any of their APIs or of Tempo's was saved. Told by its beginning and read at once.

use std::io::{self, Read};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::content::Unpacked;
use crate::config::StartAt;
use crate::model::Span;
use crate::parse::zipkin::{self, Extent};
use crate::parse::{jaeger, tempo};
use crate::source::{Batch, Signal, SourceContext};

/// The longest document that is read, unpacked.
const MAX_EXPORT_BYTES: usize = 256 << 20;

/// How much of a document has to be seen to know it.
pub(super) const HEAD_BYTES: usize = 64 << 10;

/// Spans of one batch.
const BATCH_SPANS: usize = 4096;

/// Whose export it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Jaeger,
    /// An answer of Jaeger's api_v3.
    JaegerV3,
    Zipkin,
    Tempo,
}

/// The spans of a document, how many could not be read, and what it says of itself.
type Content = (Vec<Span>, u64, Vec<String>);

/// With which key an object of each system begins, and which keys follow soon. Jaeger writes `traceID` where logs of others
/// may, but hardly beside `operationName`.
const OBJECTS: &[(Form, &[&str], &[&str])] = &[
    (Form::Tempo, &["batches", "trace"], &["\"spans\"", "\"spanId\""]),
    (
        Form::Jaeger,
        &["data", "traceID", "spans", "spanID", "processes", "operationName", "warnings"],
        &["\"traceID\"", "\"operationName\""],
    ),
    (Form::JaegerV3, &["result"], &["\"resourceSpans\"", "\"scopeSpans\""]),
];

/// What a Zipkin span has, and what of it a record of something else does not have as well.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ZipkinSpan<'a> {
    #[serde(borrow)]
    trace_id: &'a RawValue,
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    local_endpoint: Option<&'a RawValue>,
    #[serde(borrow)]
    binary_annotations: Option<&'a RawValue>,
    #[serde(borrow)]
    duration: Option<&'a RawValue>,
}

impl Form {
    /// From the beginning of a file without its compression: [`HEAD_BYTES`] of it, or all of a shorter one.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(head);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let Some(mut inner) = text.strip_prefix('[').map(str::trim_start) else { return Self::of_object(text) };
        // A list of traces is a list of lists with Zipkin.
        if let Some(list) = inner.strip_prefix('[') {
            inner = list.trim_start();
        }
        if is_zipkin(inner) { Some(Self::Zipkin) } else { Self::of_object(inner) }
    }

    fn of_object(text: &str) -> Option<Self> {
        let key = text.strip_prefix('{')?.trim_start().strip_prefix('"')?.split('"').next()?;
        let is_like =
            |firsts: &[&str], others: &[&str]| firsts.contains(&key) && others.iter().all(|other| text.contains(other));
        OBJECTS.iter().find(|(_, firsts, others)| is_like(firsts, others)).map(|(form, ..)| *form)
    }

    /// Whose it is, for people.
    fn name(self) -> &'static str {
        match self {
            Self::Jaeger | Self::JaegerV3 => "Jaeger",
            Self::Zipkin => "Zipkin",
            Self::Tempo => "Tempo",
        }
    }

    /// The spans of a document, how many could not be read, and what it says of itself.
    fn decode(self, document: &[u8]) -> Result<Content, String> {
        match self {
            Self::Jaeger => of_jaeger(jaeger::read(document)),
            Self::JaegerV3 => of_jaeger(jaeger::read_v3(document)),
            Self::Zipkin => zipkin::decode_json(document, Extent::Whole)
                .map(|found| (found.spans, found.rejected, Vec::new()))
                .map_err(|error| error.to_string()),
            Self::Tempo => tempo::trace_from_json(document)
                .map(|found| (found.spans, found.rejected, found.partial.as_deref().map(partial).into_iter().collect()))
                .map_err(|error| error.to_string()),
        }
    }
}

fn of_jaeger(read: Result<jaeger::Document, jaeger::ReadError>) -> Result<Content, String> {
    read.map(|found| (found.spans, found.rejected_spans, found.notes)).map_err(|error| error.to_string())
}

fn partial(why: &str) -> String {
    if why.is_empty() { "only a part of the trace".to_owned() } else { format!("only a part of the trace: {why}") }
}

/// Whether the first object of a list, which may be cut off, is a span of Zipkin.
fn is_zipkin(text: &str) -> bool {
    match serde_json::Deserializer::from_str(text).into_iter::<&RawValue>().next() {
        Some(Ok(first)) => serde_json::from_str::<ZipkinSpan<'_>>(first.get()).is_ok_and(|span| {
            let is_hex = |id: &str| id.len() > 2 && id.trim_matches('"').bytes().all(|byte| byte.is_ascii_hexdigit());
            let has_more = [span.local_endpoint, span.binary_annotations, span.duration].iter().any(Option::is_some);
            is_hex(span.trace_id.get()) && is_hex(span.id.get()) && has_more
        }),
        _ => text.starts_with('{') && ["\"traceId\"", "\"localEndpoint\""].iter().all(|key| text.contains(key)),
    }
}

/// Reads a document of this form, of which `head` has been read already, to its end and gives its spans to `send`. Answers
/// what there is to say of it.
pub(super) fn read(
    form: Form,
    mut head: Vec<u8>,
    file: &mut Unpacked,
    start: StartAt,
    cx: &SourceContext,
    send: impl Fn(Batch),
) -> io::Result<String> {
    cx.status.set(file.progress());
    let rest = (MAX_EXPORT_BYTES + 1).saturating_sub(head.len());
    match file.take(rest as u64).read_to_end(&mut head) {
        // A stream that ends within its compression is cut off; its reader says so.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    let wrong = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    if head.len() > MAX_EXPORT_BYTES {
        let most = MAX_EXPORT_BYTES >> 20;
        return Err(wrong(format!(
            "an export of {} of more than {most} MiB; export fewer traces at once",
            form.name()
        )));
    }
    let (mut spans, rejected, notes) = form.decode(&head).map_err(wrong)?;
    if let StartAt::Since(since) = start {
        spans.retain(|span| span.end.max(span.start) >= since);
    }
    if rejected > 0 {
        cx.intake.reject(Signal::Spans, rejected);
    }
    while !spans.is_empty() && !cx.shutdown.is_cancelled() {
        let rest = spans.split_off(BATCH_SPANS.min(spans.len()));
        send(Batch::Spans(std::mem::replace(&mut spans, rest)));
    }
    let told = [format!("an export of {}", form.name())].into_iter().chain(notes).collect::<Vec<_>>();
    Ok(told.join(" · "))
}
