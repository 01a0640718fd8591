//! What compiled queries select, against lines of every kind and against asking each line.

use super::*;
use crate::model::{Attributes, LogRecord, Loss, LossReason, Resource, Severity, SpanId, TraceId, Zone};
use crate::parse;
use crate::parse::rules::RuleSpec;
use crate::store::{NewLine, Snapshot, log_store};
use proptest::prelude::*;
use std::sync::Arc;

/// Reads `key=value` words, numbers typed: stands in for the line formats.
const WORDS: FieldReader = FieldReader {
    field: |_, text, key| {
        let text = std::str::from_utf8(text).ok()?;
        let value = text.split(' ').find_map(|word| word.strip_prefix(key)?.strip_prefix('='))?;
        Some(value.parse::<i64>().map_or_else(|_| Value::from(value), Value::Int))
    },
    message: |_, text| {
        let text = std::str::from_utf8(text).unwrap_or_default();
        Cow::Borrowed(text.split_once("msg=").map_or(text, |(_, message)| message))
    },
};

pub(super) const NOON: Nanos = 1_777_636_800_000_000_000;
pub(super) const MINUTE: Nanos = 60_000_000_000;

fn compile(text: &str) -> Result<Plan, QueryError> {
    Plan::compile_with(text, &CompileContext::new(NOON, Zone::UTC), WORDS)
}

pub(super) fn plan(text: &str) -> Plan {
    compile(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn line(text: &str) -> NewLine<'_> {
    NewLine {
        time: NOON,
        severity: Severity::INFO,
        source: 0,
        service: 0,
        format: FormatId::TEXT,
        text: text.as_bytes(),
        trace_id: None,
        span_id: None,
        record: None,
        resource: None,
    }
}

fn record() -> LogRecord {
    let nested: Attributes = [("route", Value::from("/Cart"))].into_iter().collect();
    let attributes: [(&str, Value); 5] = [
        ("http", Value::Map(nested)),
        ("http.status_code", 503.into()),
        ("ratio", 0.25.into()),
        ("took_s", 2.into()),
        ("tags", Value::Array(vec!["red".into(), "blue".into()])),
    ];
    LogRecord {
        body: "card declined".into(),
        attributes: attributes.into_iter().collect(),
        event_name: "shop.order".into(),
        resource: Arc::new(Resource { attributes: [("host.name", Value::from("Web-1"))].into_iter().collect() }),
        ..LogRecord::default()
    }
}

/// Seven lines: five of text, a record, a loss.
fn store() -> Snapshot {
    let (mut writer, reader) = log_store(1 << 20, 0);
    let (app, web) = (writer.source("app.log"), writer.source("web.log"));
    let (checkout, payments) = (writer.service(b"checkout"), writer.service(b"Payments"));
    let trace_id = TraceId::from_hex(b"58406520a006649127e371903a2de979");
    let span_id = SpanId::from_u64(255);
    let loss = Loss { count: 1, from: 0, to: 0, reason: LossReason::Sample }.encode();
    let record = record();
    let error = Severity::ERROR;
    for new in [
        NewLine { source: app, time: NOON - 2 * MINUTE, ..line("GET /cart status=200 took=12ms") },
        NewLine { source: app, service: checkout, severity: error, ..line("Timeout after 30 ms status=504 job_id=7") },
        NewLine { source: web, service: payments, severity: Severity::WARN, trace_id, span_id, ..line("a timeout") },
        NewLine { source: web, severity: Severity::NOTICE, ..line("user=bob size=2048 msg=Say hello to bob") },
        NewLine { time: NOON - 20 * MINUTE, severity: Severity::UNSET, ..line("duration=1500 retries=3 msg=x") },
        NewLine { format: FormatId::RECORD, record: Some((&record, FormatId::TEXT)), severity: error, ..line("") },
    ] {
        writer.push(&new);
        writer.publish(); // One by one: what is published together is put into the order of its times.
    }
    writer.push(&NewLine { format: FormatId::LOSS, text: &loss, ..line("") });
    writer.publish();
    reader.snapshot()
}

fn by_line(plan: &Plan, snapshot: &Snapshot, ids: Range<LineId>) -> Vec<LineId> {
    let held = ids.start.max(snapshot.first())..ids.end.min(snapshot.end());
    held.filter(|id| plan.matches(&snapshot.line(*id).unwrap(), &snapshot.services, &snapshot.sources)).collect()
}

fn by_scan(plan: &Plan, snapshot: &Snapshot, ids: Range<LineId>) -> Vec<LineId> {
    let mut found = Vec::new();
    let _done = plan.scan(snapshot, ids, &mut |id| {
        found.push(id);
        ControlFlow::Continue(())
    });
    found
}

/// Queries and the lines of [`store`] that they select; the loss comes on top.
const SELECTED: &[(&str, &[LineId])] = &[
    ("", &[0, 1, 2, 3, 4, 5]),
    ("timeout", &[1, 2]),
    ("Timeout", &[1]),
    ("\"timeout after\"", &[1]),
    ("/time.ut (after|before)/", &[1]),
    ("timeout -after", &[2]),
    ("timeout OR hello", &[1, 2, 3]),
    ("declined", &[5]),
    ("route", &[5]),
    ("\"/cart\"", &[0, 5]),
    ("503", &[5]),
    ("level:error", &[1, 5]),
    ("level:>=warn", &[1, 2, 5]),
    ("level:>info", &[1, 2, 5]),
    ("level:info", &[0, 3]),
    ("level:notice", &[3]),
    ("level:<notice", &[0, 4]),
    ("level:unset", &[4]),
    ("level:*", &[0, 1, 2, 3, 5]),
    ("level:WARN,error", &[1, 2, 5]),
    ("level:notice..warn", &[2, 3]),
    ("service:PAYMENTS", &[2]),
    ("service:*ou*", &[1]),
    ("service:*", &[1, 2]),
    ("service:/^pay/", &[2]),
    ("-service:*", &[0, 3, 4, 5]),
    ("source:APP.log", &[0, 1]),
    ("source:web*,app*", &[0, 1, 2, 3]),
    ("host:web-1", &[5]),
    ("trace:58406520A006649127E371903A2DE979", &[2]),
    ("trace:1-58406520-a006649127e371903a2de979", &[2]),
    ("trace:27e371903a2de979", &[2]),
    ("trace:5840*", &[2]),
    ("trace:*", &[2]),
    ("trace:1", &[]),
    ("span:00ff", &[2]),
    ("status:504", &[1]),
    ("status:500..599", &[1, 5]),
    ("status:200,503", &[0, 5]),
    ("status:5*", &[1, 5]),
    ("job:7", &[1]),
    ("job_id:7.0", &[1]),
    ("user:bob", &[3]),
    ("user:Bob", &[]),
    ("user:/BO?/ OR user:/bo?b/", &[3]),
    ("size:>=2kib", &[3]),
    ("size:>10kb", &[]),
    ("retries:>2", &[4]),
    ("took:>10ms", &[0]),
    ("took_s:>1.5s", &[5]),
    ("duration:1s..2s", &[4]),
    ("duration:<=1s", &[]),
    ("http.route:/Cart", &[5]),
    ("ratio:0.25", &[5]),
    ("ratio:<1", &[5]),
    ("tags:blue", &[5]),
    ("nothing:*", &[]),
    ("kind:shop.order", &[5]),
    ("msg:HELLO", &[]),
    ("msg:hello", &[3]),
    ("msg:say*bob", &[3]),
    ("msg:x", &[4]),
    ("template:\"after <num> ms\"", &[1]),
    ("template:\"GET <*> status=<*>\"", &[0]),
    ("time:>11:59", &[1, 2, 3, 5]),
    ("time:11:58", &[0]),
    ("time:5m", &[0, 1, 2, 3, 5]),
    ("time:>=5m,<11:50", &[0, 1, 2, 3, 4, 5]),
    ("time:11:30..11:58", &[0, 4]),
    ("time:<2026-05-01", &[]),
    ("time:2026-05-01T12:00:00Z", &[1, 2, 3, 5]),
];

#[test]
fn every_key_selects_its_lines() {
    let snapshot = store();
    for (text, expected) in SELECTED {
        let plan = plan(text);
        let with_loss: Vec<LineId> = expected.iter().copied().chain([6]).collect();
        assert_eq!(by_line(&plan, &snapshot, 0..99), with_loss, "{text}");
        assert_eq!(by_scan(&plan, &snapshot, 0..99), with_loss, "scan {text}");
    }
}

#[test]
fn values_that_do_not_fit_are_told() {
    for (text, underlined, part) in [
        ("x level:wran", "wran", "did you mean warn?"),
        ("level:>=loud", ">=loud", "one of unset, trace"),
        ("level:fatal..warn", "fatal..warn", "lower level first"),
        ("a:>1.5q", ">1.5q", "a number, with a unit"),
        ("a:5..1", "5..1", "smaller end first"),
        ("a:5ms..1kb", "5ms..1kb", "same kind of unit"),
        ("duration:>100", ">100", "100ms"),
        ("spans:>1s", ">1s", "plain number"),
        ("/a(b/", "/a(b/", "a regex"),
        ("a:ok,/[/", "/[/", "a regex"),
        ("trace:xyz", "xyz", "hex digits"),
        ("trace:000", "000", "hex digits"),
        ("time:>noon", ">noon", "12:03"),
        ("time:2026-05-02..2026-05-01", "2026-05-02..2026-05-01", "earlier end first"),
        ("service:>a", ">a", "a name"),
        ("msg:1..2", "1..2", "text"),
    ] {
        let error = compile(text).unwrap_err();
        assert_eq!(text.get(error.span.clone()), Some(underlined), "{text}: {error}");
        assert!(error.expected.contains(part), "{text}: {error}");
    }
}

#[test]
fn aliases_can_be_added() {
    let mut context = CompileContext::new(NOON, Zone::UTC);
    context.aliases.push(("who".to_owned(), "user".to_owned()));
    let plan = Plan::compile_with("who:bob", &context, WORDS).unwrap();
    assert_eq!(by_scan(&plan, &store(), 0..6), [3]);
}

/// Lines in which rules find something, and lines with what ties them together.
fn tied_store() -> Snapshot {
    let (mut writer, reader) = log_store(1 << 20, 0);
    let source = writer.source("/var/log/app.log");
    let [json, kubectl] = ["json", "kubectl"].map(|name| crate::parse::format_by_name(name).unwrap());
    let record = |key: &str| LogRecord {
        body: "dial: connection refused".into(),
        attributes: [(key.to_owned(), Value::from("r7"))].into_iter().collect(),
        ..LogRecord::default()
    };
    let texts = [
        "Tool Bash called with status error",
        "Tool Edit called with status ok tool=Own",
        "Tokens: cost $0.5 request_id=r7",
        r#"{"msg":"connection refused","request":{"id":"r7"}}"#,
        r#"{"msg":"no request","requestId":"r8"}"#,
        "[pod/web-7f/app] started",
    ];
    for text in texts {
        let format = match text.as_bytes() {
            [b'{', ..] => json,
            [b'[', ..] => kubectl,
            _ => FormatId::TEXT,
        };
        writer.push(&NewLine { source, format, ..line(text) });
    }
    for key in ["X-Request-ID", "other"] {
        let record = record(key);
        writer.push(&NewLine { source, format: FormatId::RECORD, record: Some((&record, FormatId::TEXT)), ..line("") });
    }
    writer.publish();
    reader.snapshot()
}

fn some_rules() -> Rules {
    let mut rules = Rules::default();
    let refused = [("error.family", Value::from("refused"))].into_iter().collect();
    for (name, pattern, fields, sources) in [
        ("tool", r"Tool (?<tool>\w+) called with status (?<status>\w+)", Attributes::default(), vec![]),
        ("cost", r"cost \$(?<cost>[\d.]+)", Attributes::default(), vec!["app.*".to_owned()]),
        ("refused", "(?i)connection refused", refused, vec![]),
        ("elsewhere", "Tool", [("x", Value::Int(1))].into_iter().collect(), vec!["other.log".to_owned()]),
    ] {
        let spec = RuleSpec { name: name.into(), pattern: pattern.into(), fields, sources, ..RuleSpec::default() };
        rules.push(spec, true).unwrap();
    }
    rules
}

#[test]
fn what_rules_find_and_what_ties_lines_together_is_asked_like_any_field() {
    let (context, snapshot) = (CompileContext::new(NOON, Zone::UTC).with_rules(&some_rules()), tied_store());
    for (query, expected) in [
        ("tool:Bash", &[0][..]),
        ("tool:*", &[0, 1]),
        ("tool:Edit", &[]),
        ("tool:Own", &[1]),
        ("status:ERROR", &[0]),
        ("cost:>0.4", &[2]),
        ("cost:>0.6", &[]),
        ("rule:refused", &[3, 6, 7]),
        ("rule:tool,cost", &[0, 1, 2]),
        ("error.family:refused", &[3, 6, 7]),
        ("error.family:*", &[3, 6, 7]),
        ("error.family:other", &[]),
        ("-rule:*", &[4, 5]),
        ("x:1", &[]),
        ("request_id:r7", &[2, 3, 6]),
        ("request_id:*", &[2, 3, 4, 6]),
        ("request_id:r8", &[4]),
        ("-request_id:*", &[0, 1, 5, 7]),
        ("pod:web-7f", &[5]),
        ("pod:*", &[5]),
        ("container:app", &[5]),
    ] {
        let plan = Plan::compile(query, &context).unwrap();
        assert_eq!(by_scan(&plan, &snapshot, 0..100), expected, "{query}");
        assert_eq!(by_line(&plan, &snapshot, 0..100), expected, "{query}");
    }
}

#[test]
fn a_scan_stops_when_told_and_keeps_to_its_lines() {
    let (snapshot, plan) = (store(), plan("level:*"));
    let mut seen = Vec::new();
    let flow = plan.scan(&snapshot, 1..6, &mut |id| {
        seen.push(id);
        if seen.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((flow, seen), (ControlFlow::Break(()), vec![1, 2]));
}

#[test]
fn what_is_asked_for_is_highlighted() {
    for (query, text, expected) in [
        ("time out", "Timeout time", &["Timeout", "time"][..]),
        ("/t.m/ -out", "a tim out", &["tim"]),
        ("-(a -b)", "a b", &["b"]),
        ("msg:b level:info", "a b", &["b"]),
        ("/x*/", "axxb", &["xx"]),
        ("é", "É", &["É"]),
        ("", "abc", &[]),
    ] {
        let found = plan(query).highlights(text);
        let shown: Vec<&str> = found.into_iter().map(|range| text.get(range).unwrap()).collect();
        assert_eq!(shown, expected, "{query}");
    }
    assert!(plan(" ").is_empty() && !plan("a").is_empty());
    assert_eq!(plan(" a  b ").source_text(), " a  b ");
}

#[test]
fn the_cheapest_test_comes_first() {
    let plan = plan("msg:a user:b /c./ d level:warn");
    let Node::All(nodes) = &plan.root else { panic!() };
    assert!(nodes.is_sorted_by_key(Node::cost));
    assert!(matches!(nodes.first(), Some(Node::Test(test)) if matches!(**test, Test::Level(_))));
}

fn random_store(lines: &[(String, u8, u8, u8)]) -> Snapshot {
    let (mut writer, reader) = log_store(1 << 20, 0);
    let ids = [b"cart", b"bank"].map(|name| writer.service(name));
    for (index, (text, level, kind, minute)) in lines.iter().enumerate() {
        let record = LogRecord {
            body: text.as_str().into(),
            attributes: [("k", Value::Int(i64::from(*level))), ("ab", Value::from("Zz"))].into_iter().collect(),
            ..LogRecord::default()
        };
        let loss = Loss { count: 1, from: 0, to: 0, reason: LossReason::Sample }.encode();
        let new = NewLine {
            time: NOON - i64::from(*minute) * MINUTE,
            severity: Severity::from_number(i64::from(*level)),
            service: ids[usize::from(*minute % 2)],
            source: writer.source(if *minute < 5 { "one" } else { "two" }),
            trace_id: TraceId::from_low64(u64::from(*minute)),
            ..line(text)
        };
        writer.push(&match kind {
            0 => NewLine { format: FormatId::LOSS, text: &loss, ..new },
            1 | 2 => NewLine { format: FormatId::RECORD, record: Some((&record, FormatId::TEXT)), ..new },
            _ => new,
        });
        if index % 40 == 39 {
            writer.publish();
        }
    }
    writer.publish();
    reader.snapshot()
}

fn queries() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "ab",
        "Ab",
        "b",
        "/a.b/",
        "/ab+/",
        "1",
        "zz",
        "level:>=warn",
        "level:info,error",
        "service:CART",
        "source:one",
        "time:>5m",
        "trace:3",
        "k:1",
        "k:>9",
        "k:*",
        "ab:Zz",
        "msg:ab",
        "\"b a\"",
        "\"\"",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            inner.prop_map(|a| format!("NOT {a}")),
        ]
    })
}

proptest! {
    #[test]
    fn a_scan_finds_what_asking_each_line_finds(
        lines in proptest::collection::vec(("([abAB1 k=\\x{e9}]|\\x{1b}\\[1m){0,8}", 0u8..25, 0u8..8, 0u8..10), 0..150),
        query in queries(),
        from in 0u64..100,
        len in 0u64..200,
    ) {
        let (snapshot, plan) = (random_store(&lines), plan(&query));
        prop_assert_eq!(
            by_scan(&plan, &snapshot, from..from + len),
            by_line(&plan, &snapshot, from..from + len),
            "{}", query
        );
    }
}

/// Lines of two containers, a record whose body is a line, and a plain line.
fn written_store() -> Snapshot {
    let (mut writer, reader) = log_store(1 << 20, 0);
    let resource = |name: &str| {
        let attributes = [("container.name", Value::from(name)), ("user.id", Value::Int(7))];
        Arc::new(Resource { attributes: attributes.into_iter().collect() })
    };
    let (cart, pay) = (resource("cart-1"), resource("pay-1"));
    let json = parse::format_by_name("json").unwrap();
    let record = LogRecord {
        body: Value::from(r#"{"msg":"card declined","reason":"no_funds","shade":"own"}"#),
        attributes: [("shade", Value::from("outer"))].into_iter().collect(),
        ..LogRecord::default()
    };
    for new in [
        NewLine { resource: Some(&cart), ..line("started") },
        NewLine { resource: Some(&pay), format: json, ..line(r#"{"msg":"x","container.name":"mine"}"#) },
        NewLine { format: FormatId::RECORD, record: Some((&record, json)), ..line("") },
        line("container.name=cart-1"),
        NewLine { resource: Some(&pay), ..line("stopped") },
    ] {
        writer.push(&new);
        writer.publish();
    }
    reader.snapshot()
}

#[test]
fn who_wrote_a_line_and_what_its_body_says_is_asked_like_any_field() {
    let (context, snapshot) = (CompileContext::new(NOON, Zone::UTC), written_store());
    let cases: &[(&str, &[LineId])] = &[
        ("container.name:cart-1", &[0, 3]),
        ("container.name:pay-1", &[4]),
        ("container.name:mine", &[1]),
        ("container.name:*", &[0, 1, 3, 4]),
        ("-container.name:pay*", &[0, 1, 2, 3]),
        ("user.id:>6", &[0, 1, 4]),
        ("user_id:7", &[0, 1, 4]),
        ("reason:no_funds", &[2]),
        ("shade:outer", &[2]),
        ("shade:own", &[]),
        ("msg:\"card declined\"", &[2]),
        ("msg:reason", &[]),
        ("declined", &[2]),
    ];
    for (query, expected) in cases {
        let plan = Plan::compile(query, &context).unwrap();
        let all = snapshot.first()..snapshot.end();
        assert_eq!(by_line(&plan, &snapshot, all.clone()), *expected, "{query}, line by line");
        assert_eq!(by_scan(&plan, &snapshot, all), *expected, "{query}, by scan");
    }
}
