//! Rules find what they say, and nothing where they should not.

use super::*;
use crate::model::{Severity, SpanId, TraceId};
use crate::parse::{LineParser, ParseOptions, format_by_name};
use proptest::prelude::*;

fn spec(name: &str, pattern: &str) -> RuleSpec {
    RuleSpec { name: name.into(), pattern: pattern.into(), ..RuleSpec::default() }
}

fn rules(specs: impl IntoIterator<Item = RuleSpec>) -> Rules {
    let mut rules = Rules::default();
    specs.into_iter().for_each(|spec| rules.push(spec, true).unwrap());
    rules
}

fn told(fields: &Attributes) -> String {
    fields.iter().map(|(key, value)| format!("{key}:{}={value}", value.type_name())).collect::<Vec<_>>().join(" ")
}

#[test]
fn captures_become_typed_fields_and_constants_stand_behind_them() {
    let fields = [("team", Value::from("pay"))].into_iter().collect();
    let pay = spec("paid", r"paid (?<amount>[\d.]+) by (?<user.id>\d+)(?: at (?<shop>\w+))?");
    let rules = rules([RuleSpec { fields, text: vec!["user.id".into()], ..pay }]);
    for (line, expected) in [
        ("x paid 12 by 007", "amount:int=12 user.id:string=007 team:string=pay rule:string=paid"),
        ("x paid 1.5 by 1 at a", "amount:double=1.5 user.id:string=1 shop:string=a team:string=pay rule:string=paid"),
        ("x PAID 12 by 7", ""),
        ("nothing", ""),
        ("first\nx paid 2 by 3", "amount:int=2 user.id:string=3 team:string=pay rule:string=paid"),
    ] {
        assert_eq!(told(&rules.fields("", line.as_bytes())), expected, "{line}");
    }
    let line = b"paid 12 by 7";
    assert_eq!(rules.field("", line, "amount"), Some(Value::Int(12)));
    assert_eq!(rules.field("", line, RULE), Some("paid".into()));
    assert_eq!(rules.field("", line, "shop"), None);
    assert_eq!(rules.field_names(), ["amount", "user.id", "shop", "team"]);
}

#[test]
fn several_rules_join_and_the_lines_own_fields_win() {
    let rules = rules([spec("a", "job (?<job>\\d+)"), spec("b", "(?<job>\\d+) done"), spec("c", "job (?<x>\\w+)")]);
    assert_eq!(told(&rules.fields("", b"job 1: 2 done")), r#"job:array=[1,2] x:int=1 rule:array=["a","b","c"]"#);
    assert_eq!(told(&rules.fields("", b"job 1 done")), r#"job:int=1 x:int=1 rule:array=["a","b","c"]"#);
    let reading = rules.read(FormatId::TEXT, "", b"job 1 x=own");
    assert_eq!(told(&reading.fields), r#"x:string=own job:int=1 rule:array=["a","c"]"#);
}

#[test]
fn a_rule_that_joins_a_set_in_use_is_asked_too() {
    let mut rules = rules([spec("a", "job")]);
    let before = rules.clone();
    for (name, expected) in [("b", r#"rule:array=["a","b"]"#), ("c", r#"rule:array=["a","b","c"]"#)] {
        rules.push(spec(name, "done"), true).unwrap();
        assert_eq!(told(&rules.fields("", b"job done")), expected);
    }
    assert_eq!(told(&before.fields("", b"job done")), "rule:string=a");
}

#[test]
fn a_pattern_sees_the_lines_of_a_record_whatever_ends_them() {
    let rules = rules([spec("end", "(?<first>\\w+) done$"), spec("start", "^at (?<place>.+)$")]);
    for record in ["job done\nat a.b\nend", "job done\r\nat a.b\r\nend"] {
        let expected = r#"first:string=job place:string=a.b rule:array=["end","start"]"#;
        assert_eq!(told(&rules.fields("", record.as_bytes())), expected, "{record:?}");
    }
}

#[test]
fn a_rule_keeps_to_its_sources() {
    let rules = rules([
        RuleSpec { sources: vec!["shop-*.log".into(), "/srv/*".into()], ..spec("s", "sale") },
        spec("t", "sale"),
    ]);
    for (source, expected) in [
        ("shop-1.log", "rule:array=[\"s\",\"t\"]"),
        ("/var/log/shop-2.log", "rule:array=[\"s\",\"t\"]"),
        ("/srv/a/b.txt", "rule:array=[\"s\",\"t\"]"),
        ("app.log", "rule:string=t"),
    ] {
        assert_eq!(told(&rules.fields(source, b"a sale")), expected, "{source}");
        assert_eq!(rules.for_source(source).names().count(), expected.matches('"').count().max(2) / 2, "{source}");
    }
}

#[test]
fn facts_are_found_when_a_line_comes() {
    let all = rules([
        spec(
            "all",
            r"^(?<time>\d{4}/\d\d/\d\d at \d\d:\d\d|\d{10}) <(?<level>\w)> (?<service>\w+)~(?<trace_id>[0-9a-f]{32})~(?<span_id>[0-9a-f]{16}) (?<message>.*)",
        ),
        RuleSpec { severity: Some(Severity::ERROR), ..spec("boom", "(?i)kaboom") },
    ]);
    let options = ParseOptions { rules: all.clone(), ..ParseOptions::default() };
    let parse = |line: &'static str| LineParser::new(&options).parse(line.as_bytes());
    let facts = parse("1772359200 <E> cart~4bf92f3577b34da6a3ce929d0e0e4736~00f067aa0ba902b7 sold out");
    assert_eq!(facts.time, Some(1_772_359_200_000_000_000));
    assert_eq!((facts.severity, facts.service), (Severity::ERROR, Some(&b"cart"[..])));
    assert_eq!(facts.trace_id, TraceId::from_hex(b"4bf92f3577b34da6a3ce929d0e0e4736"));
    assert_eq!(facts.span_id, SpanId::from_hex(b"00f067aa0ba902b7"));
    let line = b"1772359200 <E> cart~4bf92f3577b34da6a3ce929d0e0e4736~00f067aa0ba902b7 sold out";
    assert_eq!(all.read(FormatId::TEXT, "", line).message, "sold out");
    // A level is given to lines that have none of their own.
    for (line, severity) in [
        ("it went KABOOM", Severity::ERROR),
        ("2026-03-01 10:00:00 INFO it went kaboom", Severity::INFO),
        (r#"{"level":"debug","msg":"kaboom"}"#, Severity::DEBUG),
        (r#"{"msg":"kaboom"}"#, Severity::ERROR),
        ("boom", Severity::UNSET),
    ] {
        assert_eq!(parse(line).severity, severity, "{line}");
    }
}

#[test]
fn a_known_format_is_believed_before_a_rule() {
    let rules = rules([spec("s", r"written by (?<service>\w+)")]);
    let options = ParseOptions { rules, ..ParseOptions::default() };
    let service = |line: &'static str| LineParser::new(&options).parse(line.as_bytes()).service;
    assert_eq!(service(r#"{"service":"own","msg":"written by other"}"#), Some(&b"own"[..]));
    assert_eq!(service(r#"{"msg":"written by other"}"#), Some(&b"other"[..]));
    assert_eq!(service("written by other"), Some(&b"other"[..]));
}

#[test]
fn only_rules_that_may_give_a_field_are_kept() {
    let constant = |name: &str, kind: &str| {
        let fields = [("kind", Value::from(kind))].into_iter().collect();
        RuleSpec { fields, ..spec(name, &format!("{name}{name}{name}")) }
    };
    let rules = rules([constant("a", "one"), constant("b", "two"), spec("c", "ccc (?<kind>.*)")]);
    let names = |key: &str, wanted: &str| {
        let kept = rules.giving(key, &|value| value.as_str() == Some(wanted));
        kept.names().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("kind", "one"), "a c");
    assert_eq!(names("kind", "three"), "c");
    assert_eq!(names(RULE, "b"), "b");
    assert_eq!(names("other", "one"), "");
    assert_eq!(rules.literals(), Some(vec!["aaa", "bbb", "ccc "]));
}

#[test]
fn long_values_and_lines_are_cut() {
    let rules = rules([spec("long", "begin (?<rest>.*)")]);
    let line = format!("begin {}", "x".repeat(200_000));
    let value = rules.field("", line.as_bytes(), "rest").unwrap();
    assert_eq!(value.as_str().unwrap().len(), 1024);
    let late = format!("{}begin x", "y".repeat(200_000));
    assert_eq!(rules.fields("", late.as_bytes()).len(), 0);
}

proptest! {
    /// The search for literals leaves out no line that a pattern matches.
    #[test]
    fn literals_hide_no_match(
        pattern in prop::sample::select(vec![
            "(?i)refused|reset by", r"job (?<id>\d+)", "(?:abc|bcd)+e", r"\bab c\b", "a(?i:BC) d", r"x*yyy?", "(ab|cd)(ef|gh) i",
        ]),
        line in "(refused|ReFuSeD|reset by|job \\d|abc|BCD|bcde|ab c|aBc d|xyy|cdgh i|[a-jx-y ]){0,6}",
    ) {
        let regex = regex::bytes::RegexBuilder::new(pattern).multi_line(true).build().unwrap();
        let rules = rules([spec("r", pattern)]);
        prop_assert_eq!(!rules.fields("", line.as_bytes()).is_empty(), regex.is_match(line.as_bytes()), "{}", pattern);
    }

    #[test]
    fn no_bytes_break_a_rule(line in proptest::collection::vec(any::<u8>(), 0..400)) {
        let rules = rules([spec("r", r"(?<a>\w+)=(?<message>[^ ]*)"), spec("l", "(?<level>[a-z]+) (?<time>.+)")]);
        let options = ParseOptions { rules: rules.clone(), format: format_by_name("text"), ..ParseOptions::default() };
        LineParser::new(&options).parse(&line);
        rules.read(FormatId::TEXT, "s", &line);
    }
}
