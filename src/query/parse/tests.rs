//! What the language reads, refuses and prints.

use super::*;
use crate::query::ast::{Comparison, Field, Item, ItemKind};
use proptest::prelude::*;

/// The tree without places, written with all its joints visible.
fn shape(expr: &Expr) -> String {
    let all = |parts: &[Expr]| parts.iter().map(shape).collect::<Vec<_>>().join(" ");
    match &expr.kind {
        ExprKind::And(parts) => format!("(and {})", all(parts)),
        ExprKind::Or(parts) => format!("(or {})", all(parts)),
        ExprKind::Not(inner) => format!("(not {})", shape(inner)),
        ExprKind::Text(text) => format!("'{text}'"),
        ExprKind::Regex(regex) => format!("/{regex}/"),
        ExprKind::Field(field) => {
            let items = field.items.iter().map(|item| format!("{:?}", item.kind)).collect::<Vec<_>>();
            format!("{}={}", field.key, items.join("|"))
        }
    }
}

#[test]
fn queries_are_read() {
    for (text, expected) in [
        ("a b", "(and 'a' 'b')"),
        ("a AND b", "(and 'a' 'b')"),
        ("a b OR c", "(or (and 'a' 'b') 'c')"),
        ("a (b OR c)", "(and 'a' (or 'b' 'c'))"),
        ("-a NOT b", "(and (not 'a') (not 'b'))"),
        ("-(a b)", "(not (and 'a' 'b'))"),
        ("NOT(a)", "(not 'a')"),
        ("-key:v", r#"(not key=Equals("v"))"#),
        (r#""a \"b\" \d""#, r#"'a "b" \d'"#),
        ("and or not", "(and 'and' 'or' 'not')"),
        ("/a b/", "/a b/"),
        (r"(/a\/b/)", r"/a\/b/"),
        ("/var/log/x", "'/var/log/x'"),
        ("handle(req) x", "(and 'handle(req)' 'x')"),
        ("(f() OR g)", "(or 'f()' 'g')"),
        ("http://x std::io 12:03 --flag", "(and 'http://x' 'std::io' '12:03' '--flag')"),
        ("key:*", "key=Exists"),
        ("key:a,b*,\"c d\"", r#"key=Equals("a")|Glob("b*")|Equals("c d")"#),
        ("key:>1.5s", r#"key=Compare(More, "1.5s")"#),
        ("key:>=warn", r#"key=Compare(AtLeast, "warn")"#),
        ("key:100..200", r#"key=Range(Some("100"), Some("200"))"#),
        ("key:..-5", r#"key=Range(None, Some("-5"))"#),
        ("key:5..", r#"key=Range(Some("5"), None)"#),
        ("level:warn..fatal", r#"level=Range(Some("warn"), Some("fatal"))"#),
        ("path:../etc", r#"path=Equals("../etc")"#),
        ("path:/users", r#"path=Equals("/users")"#),
        ("path:/a/b,/x.y/", r#"path=Equals("/a/b")|Regex("x.y")"#),
        ("msg:/timed out/ x", r#"(and msg=Regex("timed out") 'x')"#),
        (
            r#"time:"2026-05-01 12:00".."2026-05-01 13:00""#,
            r#"time=Range(Some("2026-05-01 12:00"), Some("2026-05-01 13:00"))"#,
        ),
        ("k8s.io/name:x", r#"k8s.io/name=Equals("x")"#),
    ] {
        let query = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(shape(&query.root.unwrap()), expected, "{text}");
    }
    assert_eq!(parse("  \t").unwrap(), Query::default());
}

#[test]
fn every_part_knows_its_place() {
    let text = "ab -(cd OR key:x,yz)";
    let query = parse(text).unwrap();
    let ExprKind::And(parts) = query.root.unwrap().kind else { panic!() };
    let ExprKind::Not(group) = &parts[1].kind else { panic!() };
    let ExprKind::Or(either) = &group.kind else { panic!() };
    let ExprKind::Field(field) = &either[1].kind else { panic!() };
    let spans = [&parts[0].span, &parts[1].span, &group.span, &either[1].span, &field.items[1].span];
    assert_eq!(
        spans.map(|span| text.get(span.clone()).unwrap()),
        ["ab", "-(cd OR key:x,yz)", "(cd OR key:x,yz)", "key:x,yz", "yz"]
    );
}

#[test]
fn mistakes_are_underlined_and_told() {
    for (text, underlined, message) in [
        ("a \"b c", "\"b c", "the quote is not closed"),
        ("a (b", "(", "the parenthesis is not closed"),
        ("a (", "(", "the parenthesis is not closed"),
        ("a b)", ")", "there is nothing to close"),
        ("()", "()", "the parentheses are empty"),
        ("/a b", "/a b", "the regex is not closed"),
        ("/users", "/users", "the regex is not closed"),
        ("key:", "key:", "the value is missing"),
        ("a key: b", "key:", "the value is missing"),
        ("key:a,", "key:a,", "the value is missing"),
        ("key:> x", "key:>", "the value is missing"),
        ("key:(a OR b)", "(", "a value can not be a group"),
        ("key:\"a\"b", "b", "the value goes on after its end"),
        ("a AND", "AND", "nothing follows AND"),
        ("a OR", "OR", "nothing follows OR"),
        ("a AND OR b", "AND", "nothing follows AND"),
        ("OR b", "OR", "nothing precedes OR"),
        ("AND", "AND", "nothing precedes AND"),
        ("a NOT", "NOT", "nothing follows NOT"),
        ("a -", "-", "nothing follows -"),
        ("a - b", "-", "nothing follows -"),
        ("(a OR )", "OR", "nothing follows OR"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!((text.get(error.span.clone()), &*error.message), (Some(underlined), message), "{text}");
        assert!(!error.expected.is_empty(), "{text}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    assert!(parse(&"(".repeat(10_000)).unwrap_err().message.contains("nested"));
    assert!(parse(&"NOT ".repeat(1000)).is_err());
    assert!(parse(&"-".repeat(9999)).is_ok(), "a word of dashes");
    assert!(parse(&"a ".repeat(10_000)).unwrap_err().message.contains("too long"));
    assert!(parse(&format!("{}a{}", "(".repeat(60), ")".repeat(60))).is_ok());
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zé0-9]{1,4}", "[a :()\",*/<>.\\\\-]{1,6}", Just("AND".to_owned()), Just(String::new())]
}

fn items() -> impl Strategy<Value = ItemKind> {
    let regex = prop_oneof!["[a-z.]{1,3}", "[a-z]\\\\/[a-z ]b"];
    let comparison = prop::sample::select(Comparison::ALL.to_vec());
    let end = || prop_oneof!["[0-9]{1,3}(ms)?", "[a-z .\"]{1,5}", "-?[0-9]:[0-9]"];
    prop_oneof![
        Just(ItemKind::Exists),
        texts().prop_map(ItemKind::Equals),
        "[a-z]{1,2}\\*[a-z*]{0,2}".prop_map(ItemKind::Glob),
        regex.prop_map(ItemKind::Regex),
        (comparison, texts()).prop_map(|(comparison, text)| ItemKind::Compare(comparison, text)),
        (end(), end()).prop_map(|(from, to)| ItemKind::Range(Some(from), Some(to))),
        end().prop_map(|from| ItemKind::Range(Some(from), None)),
        end().prop_map(|to| ItemKind::Range(None, Some(to))),
    ]
}

fn exprs() -> impl Strategy<Value = Expr> {
    let at = |kind| Expr { span: 0..0, kind };
    let field = ("(level|time|[a-z][a-z0-9_.]{0,4})", prop::collection::vec(items(), 1..4)).prop_map(|(key, items)| {
        let items = items.into_iter().map(|kind| Item { span: 0..0, kind }).collect();
        ExprKind::Field(Field { key, items })
    });
    let leaf = prop_oneof![texts().prop_map(ExprKind::Text), "[a-z.]{1,4}".prop_map(ExprKind::Regex), field];
    leaf.prop_map(at).prop_recursive(4, 20, 3, move |inner| {
        let several = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several().prop_map(ExprKind::And),
            several().prop_map(ExprKind::Or),
            inner.clone().prop_map(|inner| ExprKind::Not(Box::new(inner))),
        ]
        .prop_map(at)
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_the_same(expr in exprs()) {
        let printed = Query { root: Some(expr.clone()) }.to_string();
        let again = parse(&printed);
        prop_assert!(again.is_ok(), "{printed}: {:?}", again);
        prop_assert_eq!(shape(&again.unwrap().root.unwrap()), shape(&expr), "{}", printed);
    }

    #[test]
    fn no_input_panics_and_errors_point_into_it(text in "([a-z\\-:\"/(). ,*é<>=]|AND|OR|NOT|\\\\){0,24}") {
        match parse(&text) {
            Ok(query) => {
                let printed = query.to_string();
                prop_assert_eq!(parse(&printed).map(|again| again.to_string()), Ok(printed));
            }
            Err(error) => prop_assert!(text.get(error.span).is_some()),
        }
    }
}
