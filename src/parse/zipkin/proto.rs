//! `ListOfSpans` of `zipkin.proto` (package `zipkin.proto3`).

use core::net::{Ipv4Addr, Ipv6Addr};
use std::collections::BTreeMap;

use prost::Message as _;

use super::DecodeError;
use super::record::{Annotation, Endpoint, Record, nanos};
use crate::model::{SpanId, SpanKind, TraceId};

/// The message.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ListOfSpans {
    #[prost(message, repeated, tag = "1")]
    pub(super) spans: Vec<Span>,
}

/// `zipkin.proto3.Span`.
#[derive(Clone, PartialEq, prost::Message)]
#[expect(clippy::struct_field_names, reason = "the names are the protocol's")]
pub(super) struct Span {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) parent_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub(super) id: Vec<u8>,
    #[prost(int32, tag = "4")]
    pub(super) kind: i32,
    #[prost(string, tag = "5")]
    pub(super) name: String,
    #[prost(fixed64, tag = "6")]
    pub(super) timestamp: u64,
    #[prost(uint64, tag = "7")]
    pub(super) duration: u64,
    #[prost(message, optional, tag = "8")]
    pub(super) local_endpoint: Option<Place>,
    #[prost(message, optional, tag = "9")]
    pub(super) remote_endpoint: Option<Place>,
    #[prost(message, repeated, tag = "10")]
    pub(super) annotations: Vec<Moment>,
    #[prost(btree_map = "string, string", tag = "11")]
    pub(super) tags: BTreeMap<String, String>,
    #[prost(bool, tag = "12")]
    pub(super) debug: bool,
    #[prost(bool, tag = "13")]
    pub(super) shared: bool,
}

/// `zipkin.proto3.Endpoint`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Place {
    #[prost(string, tag = "1")]
    pub(super) service_name: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) ipv4: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub(super) ipv6: Vec<u8>,
    #[prost(int32, tag = "4")]
    pub(super) port: i32,
}

/// `zipkin.proto3.Annotation`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Moment {
    #[prost(fixed64, tag = "1")]
    pub(super) timestamp: u64,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

/// The spans of a message, and how many could not be read.
pub(super) fn read(bytes: &[u8]) -> Result<(Vec<Record>, u64), DecodeError> {
    let list = ListOfSpans::decode(bytes)?;
    let all = list.spans.len();
    let records: Vec<Record> = list.spans.into_iter().filter_map(record).collect();
    let rejected = (all - records.len()) as u64;
    Ok((records, rejected))
}

fn record(span: Span) -> Option<Record> {
    let mut record = Record::new(trace_id(&span.trace_id), span_id(&span.id), span_id(&span.parent_id))?;
    record.kind = match span.kind {
        1 => Some(SpanKind::Client),
        2 => Some(SpanKind::Server),
        3 => Some(SpanKind::Producer),
        4 => Some(SpanKind::Consumer),
        _ => None,
    };
    record.name = span.name;
    record.start = nanos(span.timestamp);
    record.duration = nanos(span.duration);
    record.local = span.local_endpoint.map(endpoint).unwrap_or_default();
    record.remote = span.remote_endpoint.map(endpoint).unwrap_or_default();
    let annotations = span.annotations.into_iter();
    record.annotations = annotations.map(|it| Annotation { time: nanos(it.timestamp), value: it.value }).collect();
    record.tags = span.tags.into_iter().collect();
    record.is_debug = span.debug;
    record.is_shared = span.shared;
    Some(record)
}

fn endpoint(place: Place) -> Endpoint {
    let ipv4: Option<[u8; 4]> = place.ipv4.try_into().ok();
    let ipv6: Option<[u8; 16]> = place.ipv6.try_into().ok();
    Endpoint {
        service: place.service_name,
        ipv4: ipv4.map(|bytes| Ipv4Addr::from(bytes).to_string()).unwrap_or_default(),
        ipv6: ipv6.map(|bytes| Ipv6Addr::from(bytes).to_string()).unwrap_or_default(),
        port: u16::try_from(place.port).unwrap_or(0),
    }
}

/// Eight or sixteen bytes.
fn trace_id(bytes: &[u8]) -> Option<TraceId> {
    match <[u8; 8]>::try_from(bytes) {
        Ok(low) => TraceId::from_low64(u64::from_be_bytes(low)),
        Err(_) => TraceId::from_bytes(bytes),
    }
}

fn span_id(bytes: &[u8]) -> Option<SpanId> {
    SpanId::from_bytes(bytes)
}
