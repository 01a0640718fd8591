//! What stands behind a key that names a trace or span: the id in one of its notations.

use super::Ids;
use super::header::{parse_b3, parse_traceparent, parse_uber, parse_xray};
use crate::model::{SpanId, TraceId};

/// The notation that a key implies for its trace id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::parse) enum TraceStyle {
    /// Up to 32 hex digits, a dashed UUID or X-Ray's `1-8-24`, behind a key that says it is a trace id.
    Plain,
    /// Behind a key that says only "trace": 16 or 32 hex digits, Google's path, or Jaeger's header.
    Bare,
    /// Decimal, the low 64 bits; or 32 hex digits.
    Datadog,
    /// A W3C `traceparent`.
    Traceparent,
    /// A single B3 header.
    B3,
    /// Jaeger's header.
    Uber,
    /// X-Ray's header.
    Xray,
    /// `X-Cloud-Trace-Context`: `<32 hex>/<span in decimal>;o=1`.
    GoogleHeader,
}

/// The notation that a key implies for its span id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::parse) enum SpanStyle {
    /// Up to 16 hex digits.
    Plain,
    /// Exactly 16 hex digits, behind a key that says only "span".
    Bare,
    /// A decimal number.
    Decimal,
}

/// The ids that `text` begins with; it may go on behind them.
pub(in crate::parse) fn trace_of(text: &[u8], style: TraceStyle) -> Option<Ids> {
    let only_trace = |trace_id: Option<TraceId>| Some(Ids { trace_id: Some(trace_id?), span_id: None });
    match style {
        TraceStyle::Plain => plain(text),
        TraceStyle::Bare => bare(token(text)),
        TraceStyle::Datadog => {
            let digits = alphanumeric(text);
            let from_decimal = || TraceId::from_low64(decimal(digits)?);
            only_trace(if digits.len() == 32 { TraceId::from_hex(digits) } else { from_decimal() })
        }
        TraceStyle::Traceparent => parse_traceparent(token(text)),
        TraceStyle::B3 => parse_b3(token(text)),
        TraceStyle::Uber => parse_uber(token(text)),
        TraceStyle::Xray => xray(text),
        TraceStyle::GoogleHeader => {
            let trace = alphanumeric(text);
            let span = text.get(trace.len()..)?.strip_prefix(b"/").map(alphanumeric);
            let trace_id = Some(TraceId::from_hex(trace).filter(|_| trace.len() == 32)?);
            Some(Ids { trace_id, span_id: span.and_then(decimal).and_then(SpanId::from_u64) })
        }
    }
}

/// The span id that `text` begins with.
pub(in crate::parse) fn span_of(text: &[u8], style: SpanStyle) -> Option<SpanId> {
    if style != SpanStyle::Decimal
        && let Some(digits) = word_of(text, 16)
        && let Some(span) = SpanId::from_hex(digits)
    {
        return Some(span);
    }
    let digits = alphanumeric(text);
    match style {
        SpanStyle::Decimal => SpanId::from_u64(decimal(digits)?),
        SpanStyle::Bare if digits.len() != 16 => None,
        _ if digits.len() > 16 => SpanId::from_u64(decimal(digits)?),
        _ => SpanId::from_hex(digits),
    }
}

fn plain(text: &[u8]) -> Option<Ids> {
    // By far the most common, so it is tried without looking for its end.
    if let Some(id) = word_of(text, 32).and_then(TraceId::from_hex) {
        return Some(Ids { trace_id: Some(id), span_id: None });
    }
    let digits = alphanumeric(text);
    let trace_id = match (digits.len(), text.get(digits.len())) {
        (1, Some(b'-')) => return xray(text),
        (2, Some(b'-')) => return parse_traceparent(token(text)),
        (8, Some(b'-')) => uuid(text)?,
        (16 | 32, _) => TraceId::from_hex(digits)?,
        // Part of something else: a word with a dash or an underscore.
        (_, Some(b'-' | b'_')) => return None,
        // No hex id has these lengths; a number of 64 bits in decimal does.
        (17..=20, _) if digits.iter().all(u8::is_ascii_digit) => TraceId::from_low64(decimal(digits)?)?,
        _ => TraceId::from_hex(digits)?,
    };
    Some(Ids { trace_id: Some(trace_id), span_id: None })
}

fn bare(token: &[u8]) -> Option<Ids> {
    if token.contains(&b':') || token.contains(&b'%') {
        return parse_uber(token);
    }
    let id = token.rsplit(|byte| *byte == b'/').next().filter(|id| matches!(id.len(), 16 | 32))?;
    Some(Ids { trace_id: Some(TraceId::from_hex(id)?), span_id: None })
}

/// X-Ray's header may have blanks between its pairs, and a sentence may follow it: first all of it, then up to a blank.
fn xray(text: &[u8]) -> Option<Ids> {
    let end = text.iter().position(|byte| matches!(byte, b'"' | b'\'' | b',' | b'\t')).unwrap_or(text.len());
    parse_xray(text.get(..end)?).or_else(|| parse_xray(token(text)))
}

/// The id of a UUID's `8-4-4-4-12` digits.
fn uuid(text: &[u8]) -> Option<TraceId> {
    let uuid = token(text);
    let lengths = uuid.split(|byte| *byte == b'-').map(<[u8]>::len);
    if !lengths.eq([8, 4, 4, 4, 12]) {
        return None;
    }
    let mut hex = [0; 32];
    let digits = uuid.iter().filter(|byte| **byte != b'-');
    hex.iter_mut().zip(digits).for_each(|(to, from)| *to = *from);
    TraceId::from_hex(&hex)
}

/// `app,<trace>,<span>]`, perhaps with a fourth field, or `<trace>-<span>]`: what follows an opening bracket.
pub(super) fn in_brackets(text: &[u8]) -> Option<Ids> {
    const LONGEST: usize = 128;
    let text = text.get(..LONGEST).unwrap_or(text);
    let mark = text.iter().position(|byte| matches!(byte, b',' | b']'))?;
    let (trace, rest) = match text.get(mark)? {
        b',' => split_run(text.get(mark + 1..)?, b',')?,
        _ => split_run(text, b'-').filter(|(trace, _)| trace.len() == 32)?,
    };
    let span = alphanumeric(rest);
    let is_end = matches!(rest.get(span.len()), Some(b']' | b','));
    if !matches!(trace.len(), 16 | 32) || span.len() != 16 || !is_end {
        return None;
    }
    Some(Ids { trace_id: Some(TraceId::from_hex(trace)?), span_id: Some(SpanId::from_hex(span)?) })
}

/// The letters and digits up to `separator`, and what follows it.
fn split_run(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let run = alphanumeric(text);
    let rest = text.get(run.len()..)?.strip_prefix(&[separator])?;
    Some((run, rest))
}

/// The first `len` bytes, where no letter or digit follows them.
fn word_of(text: &[u8], len: usize) -> Option<&[u8]> {
    let is_longer = text.get(len).is_some_and(u8::is_ascii_alphanumeric);
    text.get(..len).filter(|_| !is_longer)
}

/// The letters and digits that `text` begins with.
fn alphanumeric(text: &[u8]) -> &[u8] {
    let len = text.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(text.len());
    text.get(..len).unwrap_or_default()
}

/// What `text` begins with up to a blank, quote, comma or closing bracket, without the full stop of a sentence.
fn token(text: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"\"'\\,;)]}>&|".contains(byte);
    let token = text.get(..text.iter().position(is_end).unwrap_or(text.len())).unwrap_or_default();
    token.strip_suffix(b".").unwrap_or(token)
}

/// A number of at most 64 bits, unsigned: half of Datadog's ids exceed a signed one.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |sum, digit| {
        let value = digit.wrapping_sub(b'0');
        sum.checked_mul(10)?.checked_add(u64::from(value)).filter(|_| value < 10)
    })
}
