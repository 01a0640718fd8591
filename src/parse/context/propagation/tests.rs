//! Headers of `tests/fixtures/context`, by the letter, and there and back through every format.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;

const HEADERS: &str = include_str!("../../../../tests/fixtures/context/headers.json");

fn format(name: &str) -> &'static Format {
    FORMATS.iter().find(|format| format.name == name).unwrap()
}

fn read_by(format: &Format, headers: &[(&str, &str)]) -> Option<TraceContext> {
    (format.read)(&headers.iter().copied().collect())
}

/// What the format makes of what it writes.
fn and_back(format: &Format, context: &TraceContext) -> Option<TraceContext> {
    let written = (format.write)(context);
    assert!(written.iter().all(|(name, _)| format.headers.contains(name)), "{written:?}");
    read_by(format, &written.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
}

/// Its name, its format, its headers, and what it means where it is valid.
type Row = (String, &'static Format, Vec<(String, String)>, Option<Json>);

fn rows() -> Vec<Row> {
    let document: Json = serde_json::from_str(HEADERS).unwrap();
    let rows = document["headers"].as_array().unwrap().iter().map(|row| {
        let name = row["format"].as_str().unwrap();
        let name = if name == "datadog-w3c" { "w3c" } else { name };
        let headers = row["headers"].as_object().unwrap().iter();
        let headers = headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
        let meaning = (row["valid"] == Json::Bool(true)).then(|| row["expect"].clone());
        (row["name"].as_str().unwrap().to_owned(), format(name), headers, meaning)
    });
    rows.collect()
}

fn borrowed(headers: &[(String, String)]) -> Headers<'_> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn headers_are_read_by_the_letter() {
    for (name, format, headers, meaning) in rows() {
        let context = (format.read)(&borrowed(&headers));
        assert_eq!(context.is_some(), meaning.is_some(), "{name}");
        let (Some(context), Some(meaning)) = (context, meaning) else { continue };
        let text = |key: &str| meaning[key].as_str().map(str::to_owned);
        assert_eq!(context.trace_id.map(|id| id.to_string()), text("trace_id"), "{name}");
        assert_eq!(context.span_id.map(|id| id.to_string()), text("span_id"), "{name}");
        assert_eq!(context.parent_id.map(|id| id.to_string()), text("parent_span_id"), "{name}");
        assert_eq!(context.sampled, meaning["sampled"].as_bool(), "{name}");
        assert_eq!(context.is_debug, meaning["debug"].as_bool().unwrap_or_default(), "{name}");
        assert_eq!(context.is_random, meaning["random"].as_bool().unwrap_or_default(), "{name}");
        assert_eq!(context.request_id, text("legacy_id"), "{name}");
        if let Some(operation) = text("legacy_operation_id") {
            assert_eq!(context.operation_id(), Some(&*operation), "{name}");
        }
        if let Some(members) = meaning["tracestate"].as_array() {
            let members = members.iter().map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()));
            assert!(context.trace_state.iter().eq(members), "{name}");
        }
        let (found, again) = read(&borrowed(&headers)).unwrap();
        assert_eq!((found.name, again), (format.name, context), "{name}");
    }
}

#[test]
fn what_is_read_is_written_as_it_was_meant() {
    for (name, format, headers, meaning) in rows() {
        let Some(context) = (format.read)(&borrowed(&headers)).filter(|_| meaning.is_some()) else { continue };
        assert_eq!(and_back(format, &context), Some(context), "{name}");
    }
}

#[test]
fn ids_survive_the_way_through_every_format() {
    for (name, _, headers, _) in rows() {
        let Some((_, context)) = read(&borrowed(&headers)) else { continue };
        let (Some(trace), Some(span)) = (context.trace_id, context.span_id) else { continue };
        for format in FORMATS.iter().filter(|format| format.name != "request-id") {
            let again = and_back(format, &context).unwrap();
            assert_eq!((again.trace_id, again.span_id), (Some(trace), Some(span)), "{name} through {}", format.name);
            let tells = !matches!(format.name, "x-trace-id");
            let keeps = again.sampled == context.sampled;
            assert!(!tells || keeps || context.sampled.is_none(), "{name} through {}", format.name);
        }
    }
}

#[test]
fn names_have_no_case_and_the_first_format_counts() {
    let headers: Headers<'_> = [
        ("X-DATADOG-TRACE-ID", "1"),
        ("B3", "0"),
        ("TraceParent", " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 "),
        ("TraceState", "a=1, b=2"),
        ("tracestate", "a=3,c=4"),
    ]
    .into_iter()
    .collect();
    let (format, context) = read(&headers).unwrap();
    assert_eq!((format.name, context.trace_state.to_string().as_str()), ("w3c", "a=1,b=2,c=4"));
    assert!(read(&Headers::default()).is_none());
}

#[test]
fn a_state_keeps_what_is_valid() {
    let many: Vec<String> = (0..40).map(|at| format!("k{at}=v")).collect();
    assert_eq!(TraceState::of([many.join(",").as_str()]).iter().count(), 32);
    let long = "x".repeat(257);
    let line = format!("ok=1,,UPPER=1,=1,novalue,empty=,a@b=x y,t=a=b,{long}=1,l={long}, tab\u{1}=1, 1k*/-_=~");
    assert_eq!(TraceState::of([&*line]).to_string(), "ok=1,a@b=x y,1k*/-_=~");
    assert!(TraceState::of([""]).is_empty());
}

#[test]
fn what_datadog_tells_beside_survives_w3c() {
    let datadog = format("datadog");
    let sent = [
        ("x-datadog-trace-id", "1919331591217477537"),
        ("x-datadog-parent-id", "67667974448284343"),
        ("x-datadog-sampling-priority", "2"),
        ("x-datadog-origin", "rum=a;b"),
        ("x-datadog-tags", "_dd.p.dm=-4,other=1,_dd.p.tid=640cfd8d00000000,_dd.p.usr=x="),
    ];
    let context = read_by(datadog, &sent).unwrap();
    assert_eq!(context.trace_state.to_string(), "dd=s:2;o:rum~a_b;t.dm:-4;t.usr:x~");
    let through = and_back(format("w3c"), &context).unwrap();
    let again = (datadog.write)(&through);
    let expected = [
        sent[0],
        sent[1],
        sent[2],
        ("x-datadog-origin", "rum=a_b"),
        ("x-datadog-tags", "_dd.p.dm=-4,_dd.p.usr=x=,_dd.p.tid=640cfd8d00000000"),
    ];
    assert!(again.iter().map(|(name, value)| (*name, value.as_str())).eq(expected), "{again:?}");
    // A decision on the way is newer than the member.
    let dropped = TraceContext { sampled: Some(false), ..through };
    assert!((datadog.write)(&dropped).contains(&("x-datadog-sampling-priority", "0".to_owned())));
}

#[test]
fn formats_without_a_fixture() {
    let hex = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{hex}-00f067aa0ba902b7-01");
    let timing = format!("cache;dur=1, traceparent;desc=\"{parent}\"");
    let google = [format!("{hex}/67667974448284343;o=1"), format!("{hex}/67667974448284343"), hex.to_owned()];
    let cases = [
        ("google", "x-cloud-trace-context", &google[0], Some("00f067aa0ba902b7"), Some(true)),
        ("google", "x-cloud-trace-context", &google[1], Some("00f067aa0ba902b7"), None),
        ("google", "x-cloud-trace-context", &google[2], None, None),
        ("traceresponse", "TraceResponse", &parent, Some("00f067aa0ba902b7"), Some(true)),
        ("traceresponse", "Server-Timing", &timing, Some("00f067aa0ba902b7"), Some(true)),
        ("x-trace-id", "X-Trace-ID", &google[2], None, None),
    ];
    for (name, header, value, span, sampled) in cases {
        let context = read_by(format(name), &[(header, value)]).unwrap();
        assert_eq!(context.trace_id.unwrap().to_string(), hex, "{value}");
        assert_eq!((context.span_id.map(|id| id.to_string()).as_deref(), context.sampled), (span, sampled), "{value}");
    }
    for (name, header, value) in [
        ("google", "X-Cloud-Trace-Context", "abc/1"),
        ("request-id", "Request-Id", "plain"),
        ("request-id", "Request-Id", "|."),
        ("datadog", "x-datadog-trace-id", "0"),
        ("datadog", "x-datadog-trace-id", "18446744073709551616"),
        ("b3-multi", "X-B3-TraceId", "80f198ee56343ba864fe8b2a57d3eff7"),
        ("b3-multi", "X-B3-SpanId", "e457b5a2e4d86bd1"),
        ("x-trace-id", "X-Trace-Id", "none"),
    ] {
        assert_eq!(read_by(format(name), &[(header, value)]), None, "{name}: {value}");
    }
    let denied = read_by(format("b3-multi"), &[("x-b3-sampled", "0")]).unwrap();
    assert_eq!((denied.trace_id, denied.sampled), (None, Some(false)));
    for format in FORMATS {
        let nothing = (format.write)(&TraceContext::default());
        assert!(nothing.is_empty(), "{}: {nothing:?}", format.name);
    }
}

proptest! {
    #[test]
    fn no_header_panics(value in "([0-9a-f]{1,33}|[-:;=,.|%]|Root=1-|Sampled=|dd|%3A|é| ){0,12}") {
        for format in FORMATS {
            for header in format.headers {
                (format.read)(&[(*header, value.as_str()), ("x-datadog-trace-id", "7")].into_iter().collect());
            }
        }
    }

    #[test]
    fn any_context_survives_w3c_and_b3(trace in 1..u128::MAX, span in 1..u64::MAX, sampled: bool, random: bool) {
        let context = TraceContext {
            trace_id: TraceId::from_bytes(&trace.to_be_bytes()),
            span_id: SpanId::from_u64(span),
            sampled: Some(sampled),
            ..TraceContext::default()
        };
        for name in ["b3-single", "b3-multi", "uber-trace-id", "xray", "datadog", "google"] {
            prop_assert_eq!(and_back(format(name), &context), Some(context.clone()), "{}", name);
        }
        let context = TraceContext { is_random: random, ..context };
        for name in ["w3c", "traceresponse"] {
            prop_assert_eq!(and_back(format(name), &context), Some(context.clone()), "{}", name);
        }
    }
}
