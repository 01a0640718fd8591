//! Spans and log records from their messages.

use std::sync::Arc;

use super::fields::{Content, Fields, Stop, text};
use super::{Maker, value};
use crate::model::{
    LogRecord, Severity, Span, SpanEvent, SpanId, SpanKind, SpanLink, Status, StatusCode, TraceId, Value,
};
use crate::parse::otlp::json::severity;
use crate::parse::otlp::{Origin, nanos};

/// An enum's number: protobuf keeps the low half of what comes.
#[expect(clippy::cast_possible_truncation, reason = "as every reader of protobuf does")]
fn number(varint: u64) -> i64 {
    i64::from(varint as i32)
}

/// A Span; `None` without valid ids.
pub(super) fn span(message: &[u8], origin: &Origin, maker: &mut Maker) -> Result<Option<Span>, Stop> {
    let mut fields = Fields::of(message);
    let (mut trace_id, mut span_id, mut parent_id) = (None, None, None);
    let (mut trace_state, mut name, mut kind, mut status) = ("", "", SpanKind::default(), None);
    let (mut start, mut end, mut flags, mut events, mut links) = (0, 0, 0, Vec::new(), Vec::new());
    // Events and links have attributes of their own, which are made meanwhile.
    let (mut event_messages, mut link_messages) = (Vec::new(), Vec::new());
    while let Some(field) = fields.next()? {
        match field {
            (1, Content::Bytes(id)) => trace_id = TraceId::from_bytes(id),
            (2, Content::Bytes(id)) => span_id = SpanId::from_bytes(id),
            (3, Content::Bytes(state)) => trace_state = text(state)?,
            (4, Content::Bytes(id)) => parent_id = SpanId::from_bytes(id),
            (5, Content::Bytes(operation)) => name = text(operation)?,
            (6, Content::Varint(it)) => kind = SpanKind::from_number(number(it)),
            (7, Content::Fixed64(time)) => start = nanos(time),
            (8, Content::Fixed64(time)) => end = nanos(time),
            (9, Content::Bytes(pair)) => maker.pair(pair)?,
            (11, Content::Bytes(event)) => {
                maker.room.take::<SpanEvent>(1)?;
                event_messages.push(event);
            }
            (13, Content::Bytes(link)) => {
                maker.room.take::<SpanLink>(1)?;
                link_messages.push(link);
            }
            (15, Content::Bytes(it)) if status.is_none() => status = Some(self::status(it)?),
            (16, Content::Fixed32(it)) => flags = it,
            (10 | 12 | 14, Content::Varint(_)) => {}
            (1..=16, _) => return Err(Stop::Unusual),
            _ => {}
        }
    }
    let attributes = maker.attributes();
    for event in event_messages {
        events.push(self::event(event, maker)?);
    }
    for link in link_messages {
        links.extend(self::link(link, maker)?);
    }
    let (Some(trace_id), Some(span_id)) = (trace_id, span_id) else { return Ok(None) };
    Ok(Some(Span {
        trace_id,
        span_id,
        parent_id,
        trace_state: trace_state.into(),
        name: name.into(),
        kind,
        start,
        end,
        status: status.unwrap_or_default(),
        flags,
        attributes,
        events,
        links,
        resource: Arc::clone(&origin.resource),
        scope: Arc::clone(&origin.scope),
    }))
}

fn status(message: &[u8]) -> Result<Status, Stop> {
    let mut fields = Fields::of(message);
    let mut status = Status::default();
    while let Some(field) = fields.next()? {
        match field {
            (2, Content::Bytes(message)) => status.message = text(message)?.into(),
            (3, Content::Varint(code)) => status.code = StatusCode::from_number(number(code)),
            (2..=3, _) => return Err(Stop::Unusual),
            _ => {}
        }
    }
    Ok(status)
}

fn event(message: &[u8], maker: &mut Maker) -> Result<SpanEvent, Stop> {
    let mut fields = Fields::of(message);
    let mut event = SpanEvent::default();
    while let Some(field) = fields.next()? {
        match field {
            (1, Content::Fixed64(time)) => event.time = nanos(time),
            (2, Content::Bytes(name)) => event.name = text(name)?.into(),
            (3, Content::Bytes(pair)) => maker.pair(pair)?,
            (4, Content::Varint(_)) => {}
            (1..=4, _) => return Err(Stop::Unusual),
            _ => {}
        }
    }
    event.attributes = maker.attributes();
    Ok(event)
}

/// A Link; `None` without valid ids.
fn link(message: &[u8], maker: &mut Maker) -> Result<Option<SpanLink>, Stop> {
    let mut fields = Fields::of(message);
    let (mut trace_id, mut span_id, mut trace_state) = (None, None, "");
    while let Some(field) = fields.next()? {
        match field {
            (1, Content::Bytes(id)) => trace_id = TraceId::from_bytes(id),
            (2, Content::Bytes(id)) => span_id = SpanId::from_bytes(id),
            (3, Content::Bytes(state)) => trace_state = text(state)?,
            (4, Content::Bytes(pair)) => maker.pair(pair)?,
            (5, Content::Varint(_)) | (6, Content::Fixed32(_)) => {}
            (1..=6, _) => return Err(Stop::Unusual),
            _ => {}
        }
    }
    let attributes = maker.attributes();
    let (Some(trace_id), Some(span_id)) = (trace_id, span_id) else { return Ok(None) };
    Ok(Some(SpanLink { trace_id, span_id, trace_state: trace_state.into(), attributes }))
}

/// A LogRecord.
pub(super) fn log(message: &[u8], origin: &Origin, maker: &mut Maker) -> Result<LogRecord, Stop> {
    let mut fields = Fields::of(message);
    let (mut time, mut observed_time, mut level, mut severity_text, mut body) = (0, 0, 0, "", None);
    let (mut flags, mut trace_id, mut span_id, mut event_name) = (0, None, None, "");
    while let Some(field) = fields.next()? {
        match field {
            (1, Content::Fixed64(it)) => time = nanos(it),
            (2, Content::Varint(it)) => level = number(it),
            (3, Content::Bytes(it)) => severity_text = text(it)?,
            (5, Content::Bytes(it)) if body.is_none() => body = Some(value(it, 0, &mut maker.room)?),
            (6, Content::Bytes(pair)) => maker.pair(pair)?,
            (8, Content::Fixed32(it)) => flags = it,
            (9, Content::Bytes(id)) => trace_id = TraceId::from_bytes(id),
            (10, Content::Bytes(id)) => span_id = SpanId::from_bytes(id),
            (11, Content::Fixed64(it)) => observed_time = nanos(it),
            (12, Content::Bytes(it)) => event_name = text(it)?,
            (7, Content::Varint(_)) => {}
            (1..=12, _) => return Err(Stop::Unusual),
            _ => {}
        }
    }
    Ok(LogRecord {
        time,
        observed_time,
        severity: severity(Severity::from_number(level), severity_text),
        severity_text: severity_text.into(),
        body: body.unwrap_or(Value::Null),
        attributes: maker.attributes(),
        trace_id,
        span_id,
        flags,
        event_name: event_name.into(),
        resource: Arc::clone(&origin.resource),
        scope: Arc::clone(&origin.scope),
    })
}
