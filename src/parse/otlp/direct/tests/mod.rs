//! Held against prost: what is read directly is what the generated types give, for whole requests and for broken ones.

mod soup;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::prelude::*;
use prost::Message as _;

use super::super::tests::{log, span};
use super::super::{
    DecodeError, decode_logs_proto, encode_logs_json, encode_spans_json, logs_from_json, logs_from_proto,
    spans_from_proto,
};
use super::*;

fn spans_by_prost(bytes: &[u8]) -> Option<Decoded> {
    Some(spans_from_proto(ExportTraceServiceRequest::decode(bytes).ok()?))
}

fn logs_by_prost(bytes: &[u8]) -> Option<Decoded> {
    Some(logs_from_proto(ExportLogsServiceRequest::decode(bytes).ok()?))
}

/// What is read, in a form in which a NaN equals itself.
fn told(decoded: &Decoded) -> String {
    format!("{decoded:?}")
}

/// Changes bytes here and there, cuts some out, doubles some.
fn damaged(mut bytes: Vec<u8>, damage: &[(usize, u8, u8)]) -> Vec<u8> {
    for &(at, what, byte) in damage {
        if bytes.is_empty() {
            break;
        }
        let at = at % bytes.len();
        match what % 4 {
            0 => bytes[at] = byte,
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, byte),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

#[test]
fn what_clients_send_is_read_directly() {
    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/otlp/", $name))
        };
    }
    let traces: [&[u8]; 3] = [
        fixture!("node-http-proto.v1_traces.1.pb"),
        fixture!("python-http.v1_traces.1.pb"),
        fixture!("go-http.v1_traces.2.pb"),
    ];
    for request in traces {
        assert_eq!(spans(request).ok(), spans_by_prost(request));
    }
    let request = fixture!("python-http.v1_logs.1.pb");
    assert_eq!(logs(request).ok(), logs_by_prost(request));
    assert_eq!(spans(&[]), Ok(Decoded::default()));
}

#[test]
fn what_is_unusual_is_left_to_the_general_reader() {
    let cases: [(&str, &[u8]); 9] = [
        ("a length beyond the end", b"\x0a\xff"),
        ("no length", b"\x0a"),
        ("a number where a message belongs", b"\x08\x01"),
        ("a group", b"\x0b\x0c"),
        ("field 0", b"\x02\x00"),
        ("a varint without an end", b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        ("a varint of more than 64 bits", b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
        ("a resource in two parts", b"\x0a\x04\x0a\x00\x0a\x00"),
        ("a name that is no UTF-8", b"\x0a\x07\x12\x05\x12\x03\x2a\x01\xff"),
    ];
    for (name, bytes) in cases {
        assert_eq!(spans(bytes), Err(Stop::Unusual), "{name}");
    }
    for (name, bytes) in
        [("unknown fields", &b"\xa0\x06\x05\x12\x01\xff\xad\x06\x01\x02\x03\x04"[..]), ("an empty group", b"\x0a\x00")]
    {
        assert_eq!(spans(bytes).ok(), spans_by_prost(bytes), "{name}");
    }
}

#[test]
fn a_request_of_millions_of_nothings_is_refused() {
    let nothings = |count: usize, number: u8| [number << 3 | 2, 0].repeat(count);
    let within = |records: &[u8]| field(1, &field(2, records));
    let few = within(&nothings(1_000, 2));
    assert_eq!(logs(&few).map(|decoded| decoded.logs.len()), Ok(1_000));
    assert_eq!(spans(&few).map(|decoded| decoded.rejected_spans), Ok(1_000));
    let many = within(&nothings(MAX_MADE / size_of::<LogRecord>() + 1, 2));
    assert_eq!(logs(&many), Err(Stop::TooMuch));
    assert_eq!(decode_logs_proto(&many), Err(DecodeError::TooMuch));
    let objects =
        format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#, "{},".repeat((2 << 20) + 1));
    assert_eq!(logs_from_json(objects.as_bytes()), Err(DecodeError::TooMuch));
    // What is within a record counts as well: the items of a list, the pairs of a map, events, links, attributes.
    for (what, item) in [("list", 5), ("map", 6)] {
        let content = field(item, &nothings(100, 1));
        assert!(value(&content, 0, &mut Room(1 << 20)).is_ok(), "{what}");
        assert_eq!(value(&content, 0, &mut Room(1 << 10)), Err(Stop::TooMuch), "{what}");
    }
    for (what, number) in [("attributes", 9), ("events", 11), ("links", 13)] {
        let request = within(&field(2, &nothings(100, number)));
        let read = |room: usize| {
            let mut maker = Maker { room: Room(room), ..Maker::default() };
            spans_with(&request, &mut maker).map(|_| ())
        };
        assert_eq!((read(1 << 20), read(1 << 10)), (Ok(()), Err(Stop::TooMuch)), "{what}");
    }
}

#[test]
fn what_is_unusual_and_long_is_refused_unread() {
    let group = b"\x7b\x7c".repeat(3 << 20);
    assert_eq!(decode_logs_proto(&group), Err(DecodeError::Unusual));
    assert!(decode_logs_proto(&group[..64]).is_ok());
}

/// A field that holds `content`.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    prost::encoding::encode_varint(content.len() as u64, &mut out);
    out.extend(content);
    out
}

/// A request of one log record with this body.
fn with_body(body: &[u8]) -> Vec<u8> {
    [5, 2, 2, 1].into_iter().fold(body.to_vec(), |inner, number| field(number, &inner))
}

#[test]
fn values_at_the_edge_of_the_depth_are_what_prost_makes_of_them() {
    type Within = fn(&[u8]) -> Vec<u8>;
    let list: Within = |value| field(5, &field(1, value));
    let map: Within = |value| field(6, &field(1, &field(2, value)));
    let innermost: [&[u8]; 4] = [b"", b"\x0a\x01x", b"\x2a\x00", b"\x32\x02\x0a\x00"];
    for (kind, within) in [("lists", list), ("maps", map)] {
        for levels in [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, MAX_DEPTH + 2, 40, 60] {
            for value in innermost {
                let request = with_body(&(0..levels).fold(value.to_vec(), |inner, _| within(&inner)));
                let read = crate::parse::otlp::decode_logs_proto(&request).ok();
                assert_eq!(read, logs_by_prost(&request), "{value:?} within {levels} {kind}");
            }
        }
    }
}

#[test]
fn a_request_of_nothing_but_empty_spans_reserves_no_room_for_them() {
    let empty = b"\x12\x00".repeat(100_000);
    let decoded = spans(&field(1, &field(2, &empty))).unwrap();
    assert_eq!((decoded.spans.len(), decoded.rejected_spans), (0, 100_000));
    assert!(decoded.spans.capacity() < 10_000, "{}", decoded.spans.capacity());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spans_are_read_as_prost_reads_them(
        spans in prop::collection::vec(span(), 0..4),
        damage in prop::collection::vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..4),
    ) {
        let mut json = Vec::new();
        encode_spans_json(&spans, &mut json);
        let bytes = serde_json::from_slice::<ExportTraceServiceRequest>(&json).unwrap().encode_to_vec();
        prop_assert_eq!(super::spans(&bytes).ok(), spans_by_prost(&bytes));
        let broken = damaged(bytes, &damage);
        if let Ok(decoded) = super::spans(&broken) {
            prop_assert_eq!(Some(told(&decoded)), spans_by_prost(&broken).as_ref().map(told));
        }
    }

    #[test]
    fn logs_are_read_as_prost_reads_them(
        logs in prop::collection::vec(log(), 0..4),
        damage in prop::collection::vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..4),
    ) {
        let mut json = Vec::new();
        encode_logs_json(&logs, &mut json);
        let bytes = serde_json::from_slice::<ExportLogsServiceRequest>(&json).unwrap().encode_to_vec();
        prop_assert_eq!(super::logs(&bytes).ok(), logs_by_prost(&bytes));
        let broken = damaged(bytes, &damage);
        if let Ok(decoded) = super::logs(&broken) {
            prop_assert_eq!(Some(told(&decoded)), logs_by_prost(&broken).as_ref().map(told));
        }
    }

    #[test]
    fn spans_of_any_fields_are_read_as_prost_reads_them(
        plain in soup::message(soup::TRACES, 0),
        odd in soup::message(soup::TRACES, 30),
    ) {
        prop_assert_eq!(super::spans(&plain).ok().as_ref().map(told), spans_by_prost(&plain).as_ref().map(told));
        if let Ok(decoded) = super::spans(&odd) {
            prop_assert_eq!(Some(told(&decoded)), spans_by_prost(&odd).as_ref().map(told));
        }
    }

    #[test]
    fn logs_of_any_fields_are_read_as_prost_reads_them(
        plain in soup::message(soup::LOGS, 0),
        odd in soup::message(soup::LOGS, 30),
    ) {
        prop_assert_eq!(super::logs(&plain).ok().as_ref().map(told), logs_by_prost(&plain).as_ref().map(told));
        if let Ok(decoded) = super::logs(&odd) {
            prop_assert_eq!(Some(told(&decoded)), logs_by_prost(&odd).as_ref().map(told));
        }
    }
}
