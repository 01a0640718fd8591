//! Keys that name a trace or span id, and what may stand between a key and its value.

use memchr::memmem;

use super::{SpanStyle, TraceStyle};

/// A value is looked at no further than this: no header is longer, and a hostile line costs no more than its length.
const MAX_VALUE: usize = 256;

/// The key around the "race" at `at` in `line`: how its value is to be read, and the rest of the line from the value on.
pub(super) fn trace(line: &[u8], at: usize) -> Option<(TraceStyle, &[u8])> {
    let (before, after) = (line.get(..at.checked_sub(1)?)?, line.get(at + 4..)?);
    if !line.get(at - 1)?.eq_ignore_ascii_case(&b't') {
        return None;
    }
    let (style, rest) = if let Some(rest) = strip_id(after) {
        (id_style(before), rest)
    } else if let Some(rest) = strip_word(after, b"parent") {
        (TraceStyle::Traceparent, rest)
    } else if let Some(rest) = strip_word(after, b"-context").filter(|_| ends_with(before, b"cloud-")) {
        (TraceStyle::GoogleHeader, rest)
    } else {
        let is_word = !before.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        (TraceStyle::Bare, is_word.then_some(after)?)
    };
    Some((style, value(rest)?))
}

fn id_style(before: &[u8]) -> TraceStyle {
    if is_datadog(before) {
        TraceStyle::Datadog
    } else if ends_with(before, b"uber-") {
        TraceStyle::Uber
    } else if ends_with(before, b"amzn-") {
        TraceStyle::Xray
    } else {
        TraceStyle::Plain
    }
}

/// The key around the "pan" at `at` in `line`, unless it names the parent's span.
pub(super) fn span(line: &[u8], at: usize) -> Option<(SpanStyle, &[u8])> {
    let (before, after) = (line.get(..at.checked_sub(1)?)?, line.get(at + 3..)?);
    let separator = before.last().filter(|byte| matches!(byte, b'_' | b'.' | b'-'));
    let stem = before.get(..before.len() - usize::from(separator.is_some()))?;
    if !line.get(at - 1)?.eq_ignore_ascii_case(&b's') || ends_with(stem, b"parent") {
        return None;
    }
    if let Some(rest) = strip_id(after) {
        let style = if is_datadog(before) { SpanStyle::Decimal } else { SpanStyle::Plain };
        return Some((style, value(rest)?));
    }
    let is_word = !before.last().is_some_and(u8::is_ascii_alphanumeric);
    Some((SpanStyle::Bare, value(is_word.then_some(after)?)?))
}

/// Span ids under other names: X-Ray's segment, Datadog's parent.
pub(super) fn other_span(line: &[u8]) -> Option<(SpanStyle, &[u8])> {
    let behind = |key: &[u8]| value(line.get(memmem::find(line, key)? + key.len()..)?);
    behind(b"SegmentId")
        .map(|value| (SpanStyle::Plain, value))
        .or_else(|| Some((SpanStyle::Decimal, behind(b"x-datadog-parent-id")?)))
}

/// What stands behind `key` at `at` in `line`, if the key is a word of its own and has a value.
pub(super) fn whole<'a>(line: &'a [u8], at: usize, key: &[u8]) -> Option<&'a [u8]> {
    let before = line.get(..at)?;
    let is_word = !before.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    value(line.get(at + key.len()..).filter(|_| is_word)?)
}

/// Skips what separates a key from its value: a closing quote, `=` or `:` among blanks, an opening quote. Quotes may
/// be escaped, as in JSON within JSON.
fn value(rest: &[u8]) -> Option<&[u8]> {
    let rest = strip_quote(rest).trim_ascii_start();
    let (b'=' | b':', rest) = rest.split_first()? else { return None };
    let rest = strip_quote(rest.trim_ascii_start());
    Some(rest.get(..MAX_VALUE).unwrap_or(rest))
}

fn strip_quote(rest: &[u8]) -> &[u8] {
    match rest {
        [b'\\', b'"', rest @ ..] | [b'"' | b'\'', rest @ ..] => rest,
        _ => rest,
    }
}

/// Strips `id`, `_id`, `.id` or `-id` in any case, if the word ends there.
fn strip_id(after: &[u8]) -> Option<&[u8]> {
    let after = match after {
        [b'_' | b'.' | b'-', rest @ ..] => rest,
        _ => after,
    };
    strip_word(after, b"id")
}

fn strip_word<'a>(text: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(word.len())?;
    let is_end = !rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    (head.eq_ignore_ascii_case(word) && is_end).then_some(rest)
}

fn is_datadog(before: &[u8]) -> bool {
    // Most keys have nothing before them.
    matches!(before.last(), Some(b'.' | b'_' | b'-'))
        && [&b"dd."[..], b"dd_", b"datadog-", b"datadog."].iter().any(|prefix| ends_with(before, prefix))
}

fn ends_with(text: &[u8], suffix: &[u8]) -> bool {
    text.len()
        .checked_sub(suffix.len())
        .and_then(|at| text.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}
