//! Ids as Jaeger's documents have them.
//!
//! Jaeger writes hex: all digits since 1.16 or so, without leading zeros before. Its UI takes any text, and so do the programs
//! that write such documents by themselves. What is no hex, or too long for an id, is an id by its hash. That depends on
//! the text alone, and digits are told apart by their value only, so that the documents of one trace agree on its ids
//! however each of them writes them.

use crate::model::{SpanId, TraceId};
use crate::parse::context::{span_of_text, trace_of_text};
use crate::parse::otlp::scalar::{IdForm, Text};

/// An id, and the text that it is the hash of.
pub(super) type Told<'a, I> = (I, Option<&'a str>);

/// The trace that is named; `None` where none is: zero says so as well.
pub(super) fn trace<'a>(id: &'a Text<'_>) -> Option<Told<'a, TraceId>> {
    told(id, |id| id.trace_id(IdForm::ByLength), TraceId::from_hex, trace_of_text)
}

/// The span that is named.
pub(super) fn span<'a>(id: &'a Text<'_>) -> Option<Told<'a, SpanId>> {
    told(id, |id| id.span_id(IdForm::ByLength), SpanId::from_hex, span_of_text)
}

fn told<'a, I>(
    id: &'a Text<'_>,
    read: fn(&Text<'_>) -> Option<I>,
    of_hex: fn(&[u8]) -> Option<I>,
    of_text: fn(&str) -> Option<I>,
) -> Option<Told<'a, I>> {
    if let Some(id) = read(id) {
        return Some((id, None));
    }
    let text = &*id.0;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some((of_text(text)?, Some(text)));
    }
    let digits = text.trim_start_matches('0');
    match of_hex(digits.as_bytes()) {
        Some(id) => Some((id, None)),
        None => Some((of_text(&digits.to_ascii_lowercase())?, Some(text))),
    }
}
