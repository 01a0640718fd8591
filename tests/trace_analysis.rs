//! What analysis says of traces whose answers are known: CRISP's own fixtures, and real traces with the paths that
//! CRISP finds in them. `docs/ACCURACY.md` tells of the whole sets.

#![expect(clippy::unwrap_used, reason = "a test stops where a fixture can not be read")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read as _;
use std::sync::Arc;

use serde_json::Value;
use spantail::analysis::clock_skew::{self, is_skewed};
use spantail::analysis::critical_path::CriticalPath;
use spantail::analysis::error_propagation::{ErrorPropagation, ErrorRole, Errors};
use spantail::analysis::service_map;
use spantail::analysis::trace_tree::TraceTree;
use spantail::model::{Attributes, Nanos, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, TraceId};
use spantail::parse::jaeger;
use spantail::parse::zipkin::{Extent, decode_json};
use spantail::store::trace_table;

/// Fixtures of CRISP: traces in Jaeger's JSON with the exclusive times that are to be found.
const CRISP: &[(&str, &str)] = &[
    ("1", include_str!("fixtures/crisp/1.json")),
    ("3", include_str!("fixtures/crisp/3.json")),
    ("5", include_str!("fixtures/crisp/5.json")),
    ("7", include_str!("fixtures/crisp/7.json")),
    ("9", include_str!("fixtures/crisp/9.json")),
    ("11", include_str!("fixtures/crisp/11.json")),
    ("13", include_str!("fixtures/crisp/13.json")),
    ("15", include_str!("fixtures/crisp/15.json")),
    ("17", include_str!("fixtures/crisp/17.json")),
    ("19", include_str!("fixtures/crisp/19.json")),
    ("21", include_str!("fixtures/crisp/21.json")),
    ("23", include_str!("fixtures/crisp/23.json")),
    ("25", include_str!("fixtures/crisp/25.json")),
    ("error pattern 1.1", include_str!("fixtures/crisp/err_pattern1_1.json")),
    ("error pattern 1.2", include_str!("fixtures/crisp/err_pattern1_2.json")),
    ("error pattern 3.1", include_str!("fixtures/crisp/err_pattern3_1.json")),
    ("error pattern 3.2", include_str!("fixtures/crisp/err_pattern3_2.json")),
];

/// Real traces, one a line: spans, the path, exclusive times by operation, and calls between services.
const REAL: &[(&str, &[u8], usize)] = &[
    ("trainticket, normal", include_bytes!("fixtures/nezha/trainticket-normal-0129.jsonl.gz"), 13),
    ("trainticket, a fault", include_bytes!("fixtures/nezha/trainticket-0129-0843-during.jsonl.gz"), 12),
    ("onlineboutique, normal", include_bytes!("fixtures/nezha/onlineboutique-normal-0823.jsonl.gz"), 14),
];

/// A span of a service; ids are any text.
struct Told<'a> {
    ids: &'a mut HashMap<String, u64>,
    trace: TraceId,
}

impl Told<'_> {
    fn id(&mut self, text: &str) -> SpanId {
        let next = self.ids.len() as u64 + 1;
        SpanId::from_u64(*self.ids.entry(text.to_owned()).or_insert(next)).unwrap()
    }

    fn span(&mut self, id: &str, parent: Option<&str>, service: &str, name: &str, times: (Nanos, Nanos)) -> Span {
        Span {
            trace_id: self.trace,
            span_id: self.id(id),
            parent_id: parent.map(|parent| self.id(parent)),
            trace_state: Box::default(),
            name: name.into(),
            kind: SpanKind::Internal,
            start: times.0,
            end: times.1,
            status: Status::default(),
            flags: 0,
            attributes: Attributes::default(),
            events: Vec::new(),
            links: Vec::new(),
            resource: Arc::new(Resource { attributes: [("service.name", service)].into_iter().collect() }),
            scope: Arc::new(Scope::default()),
        }
    }
}

/// The spans of one of CRISP's fixtures. Their ids are letters, some of them no hexadecimal digits, and what they
/// count as an error is more than OpenTelemetry does.
fn fixture(document: &Value) -> Vec<Arc<Span>> {
    let (mut ids, trace) = (HashMap::new(), &document["data"][0]);
    let mut told = Told { ids: &mut ids, trace: TraceId::from_low64(1).unwrap() };
    let mut spans = Vec::new();
    for span in trace["spans"].as_array().unwrap() {
        let text = |key: &str| span[key].as_str().unwrap();
        let start = span["startTime"].as_i64().unwrap() * 1000;
        let end = start + span["duration"].as_i64().unwrap() * 1000;
        let service = trace["processes"][text("processID")]["serviceName"].as_str().unwrap();
        let parent = span["references"][0]["spanID"].as_str();
        let mut it = told.span(text("spanID"), parent, service, text("operationName"), (start, end));
        if span["tags"].as_array().is_some_and(|tags| tags.iter().any(is_error_tag)) {
            it.status.code = StatusCode::Error;
        }
        spans.push(Arc::new(it));
    }
    spans
}

fn is_error_tag(tag: &Value) -> bool {
    match tag["key"].as_str() {
        Some("error") => tag["type"] == "string" || tag["value"] == true,
        Some("http.status_code") => tag["value"].as_i64().is_some_and(|code| code >= 400),
        _ => false,
    }
}

/// Times that are not 0, in microseconds by `[service] operation`.
fn exclusive(spans: &[Arc<Span>], path: &CriticalPath) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::<String, Nanos>::new();
    for at in path.spans() {
        *sums.entry(format!("[{}] {}", spans[at].service(), spans[at].name)).or_default() += path.exclusive(at);
    }
    sums.into_iter().filter(|(_, sum)| *sum > 0).map(|(name, sum)| (name, sum / 1000)).collect()
}

fn numbers(object: &Value) -> BTreeMap<String, i64> {
    let pairs = object.as_object().unwrap().iter().map(|(name, number)| (name.clone(), number.as_i64().unwrap()));
    pairs.filter(|(_, number)| *number > 0).collect()
}

#[test]
fn every_fixture_of_crisp_has_its_path() {
    for (name, json) in CRISP {
        let document: Value = serde_json::from_str(json).unwrap();
        let spans = fixture(&document);
        let path = CriticalPath::find(&spans, &TraceTree::build(&spans));
        let testing = match &document["testing"] {
            Value::Array(cases) => &cases[0],
            testing => testing,
        };
        let expected = testing.get("opTimeExclusive").unwrap_or(testing);
        assert_eq!(exclusive(&spans, &path), numbers(expected), "{name}");
    }
}

#[test]
fn every_fixture_of_crisp_is_read_as_the_document_that_it_is() {
    for (name, json) in CRISP {
        let known = fixture(&serde_json::from_str(json).unwrap());
        let document = jaeger::read(json.as_bytes()).unwrap();
        assert_eq!((document.spans.len(), document.rejected_spans), (known.len(), 0), "{name}");
        let spans: Vec<Arc<Span>> = document.spans.into_iter().map(Arc::new).collect();
        let path = |spans: &[Arc<Span>]| exclusive(spans, &CriticalPath::find(spans, &TraceTree::build(spans)));
        assert_eq!(path(&spans), path(&known), "{name}");
    }
}

#[test]
fn every_error_pattern_of_crisp_is_told_as_it_says() {
    // Its counts of a call path: errors that began there, that were passed on, that ended there.
    for (name, json) in CRISP.iter().filter(|(name, _)| name.starts_with("error")) {
        let document: Value = serde_json::from_str(json).unwrap();
        let spans = fixture(&document);
        let tree = TraceTree::build(&spans);
        let mut found = BTreeMap::new();
        let errors = Errors::of(&spans, &tree);
        for (role, span) in errors.roles().into_iter().zip(&spans) {
            let counts = match role {
                ErrorRole::Origin => [1, 0, 0],
                ErrorRole::Anew => [1, 0, 1],
                ErrorRole::Propagated => [0, 1, 0],
                ErrorRole::Recovered => [0, 0, 1],
                ErrorRole::None => continue,
            };
            found.insert(format!("[{}] {}", span.service(), span.name), counts);
        }
        let expected = document["testing"]["errCounts"].as_object().unwrap().iter().map(|(path, counts)| {
            let counts: Vec<i64> = counts.as_array().unwrap().iter().map(|it| it.as_i64().unwrap()).collect();
            (path.rsplit("->").next().unwrap().to_owned(), counts.try_into().unwrap())
        });
        assert_eq!(found, expected.collect::<BTreeMap<String, [i64; 3]>>(), "{name}");
        // Both go through two spans; in the third pattern the root is not one of them.
        let [error] = errors.found().try_into().unwrap();
        let expected = if name.starts_with("error pattern 1") {
            ErrorPropagation { origin: 1, affected: 1, outermost: 0, recovery: None }
        } else {
            ErrorPropagation { origin: 2, affected: 1, outermost: 1, recovery: Some(0) }
        };
        assert_eq!(error, expected, "{name}");
    }
}

/// A real trace: its spans, cut to microseconds or as they came.
fn real(line: &Value, unit: Nanos, ids: &mut HashMap<String, u64>) -> Vec<Arc<Span>> {
    let trace = TraceId::from_hex(line["trace"].as_str().unwrap().as_bytes()).unwrap();
    let mut told = Told { ids, trace };
    let spans = line["spans"].as_array().unwrap().iter();
    spans
        .map(|span| {
            let (text, time) = (|at: usize| span[at].as_str(), |at: usize| span[at].as_i64().unwrap() / unit * unit);
            let (id, service, name) = (text(0).unwrap(), text(2).unwrap(), text(3).unwrap());
            Arc::new(told.span(id, text(1), service, name, (time(4), time(5))))
        })
        .collect()
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn real_traces_have_the_paths_that_crisp_finds() {
    for (name, bytes, count) in REAL {
        let lines = lines(bytes);
        assert_eq!(lines.len(), *count, "{name}");
        for line in lines {
            for unit in [1, 1000] {
                let mut ids = HashMap::new();
                let spans = real(&line, unit, &mut ids);
                let path = CriticalPath::find(&spans, &TraceTree::build(&spans));
                let found: BTreeSet<SpanId> = path.spans().map(|at| spans[at].span_id).collect();
                let expected = line["path"].as_array().unwrap().iter().map(|id| ids[id.as_str().unwrap()]);
                let expected: BTreeSet<SpanId> = expected.map(|id| SpanId::from_u64(id).unwrap()).collect();
                assert_eq!(found, expected, "{name} {}, to {unit} ns", line["trace"]);
                if unit == 1000 {
                    let expected = numbers(&line["exclusive_us"]);
                    assert_eq!(exclusive(&spans, &path), expected, "{name} {}", line["trace"]);
                }
            }
        }
    }
}

#[test]
fn calls_between_services_are_those_of_the_traces_live_and_afterwards() {
    for (name, bytes, _) in REAL {
        let (mut writer, reader) = trace_table(64 << 20);
        let (mut expected, mut traces) = (BTreeMap::new(), Vec::new());
        for line in lines(bytes) {
            let spans = real(&line, 1, &mut HashMap::new());
            // Everything is counted as of one moment: the traces are from longer than what statistics are kept of.
            writer.add(spans.iter().map(|span| Span::clone(span)).collect(), "nezha", spans[0].start);
            for (edge, calls) in numbers(&line["edges"]) {
                *expected.entry(edge).or_default() += calls.unsigned_abs();
            }
            traces.push(spans);
        }
        let edges = service_map::edges(traces.iter().map(Vec::as_slice));
        let found: BTreeMap<String, u64> =
            edges.iter().map(|it| (format!("{}>{}", it.caller, it.callee), it.calls)).collect();
        assert_eq!(found, expected, "{name}");
        let (_, live) = reader.services();
        let live: BTreeMap<String, u64> = live.iter().map(|it| (format!("{}>{}", it.from, it.to), it.calls)).collect();
        assert_eq!(live, expected, "{name}, live");
    }
}

#[test]
fn a_real_trace_with_a_wrong_clock_is_put_right() {
    let json = include_bytes!("fixtures/zipkin/skew.json");
    let spans = decode_json(json, Extent::Whole).unwrap().spans.into_iter().map(Arc::new).collect::<Vec<_>>();
    let tree = TraceTree::build(&spans);
    let shifts = clock_skew::adjust(&spans, &tree);
    assert!(shifts.iter().any(|shift| *shift != 0), "{shifts:?}");
    for row in tree.rows() {
        let Some(parent) = row.parent.map(|parent| tree.rows()[parent].span) else { continue };
        let moved = |at: usize| {
            let span = &spans[at];
            Span { start: span.start + shifts[at], end: span.end + shifts[at], ..Span::clone(span) }
        };
        assert!(!is_skewed(&moved(row.span), &moved(parent)), "{}", spans[row.span].name);
    }
}
