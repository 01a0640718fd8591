//! What the form asks for, and what it proposes.

use super::*;
use crate::model::{Nanos, Window, Zone};

const HOUR: Nanos = 3_600_000_000_000;
/// 2026-05-01 12:00 UTC.
const NOON: Nanos = 1_777_636_800_000_000_000;

fn context() -> CompileContext {
    CompileContext::new(NOON, Zone::UTC)
}

fn form(texts: [&str; 7]) -> TraceForm {
    let inputs = texts.map(|text| Prompt::new(PromptKind::Filter, text)).into();
    let (asked, keys) = (String::new(), String::new());
    TraceForm { inputs, at: 0, proposed: Vec::new(), chosen: None, error: None, asked, keys }
}

#[test]
fn the_fields_become_a_query_and_a_plan() {
    let mut form =
        form(["cart", "GET /", "a=1 b=\"x y\"", "100ms..2s", "10:00..11:00", "5", "status:error -op:health"]);
    let Wanted { query, plan, .. } = form.wanted(&context()).unwrap();
    assert_eq!((query.service.as_deref(), query.operation.as_deref()), (Some("cart"), Some("GET /")));
    assert_eq!(query.tags, [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "x y".to_owned())]);
    assert_eq!((query.min_duration, query.max_duration), (Some(100_000_000), Some(2_000_000_000)));
    assert_eq!(query.window.from, NOON - 2 * HOUR);
    assert!((NOON - HOUR..=NOON - HOUR + 60_000_000_000).contains(&query.window.to));
    assert_eq!((query.limit, query.is_error), (5, true));
    assert!(plan.source_text().ends_with("(status:error -op:health)"), "{}", plan.source_text());
    let Wanted { query, .. } = self::form(["", "", "", "", "", "", ""]).wanted(&context()).unwrap();
    assert_eq!(query, TraceQuery::all(Window { from: NOON - HOUR, to: NOON }, USUAL_LIMIT));
}

#[test]
fn what_is_wrong_is_told_in_its_field() {
    for (texts, field, told) in [
        (["", "", "a", "", "", "", ""], 2, "key=value"),
        (["", "", "a=\"b", "", "", "", ""], 2, "key=value"),
        (["", "", "", "5", "", "", ""], 3, "100ms..2s"),
        (["", "", "", "", "soon", "", ""], 4, "10:00..11:30"),
        (["", "", "", "", "1h..2h", "", ""], 4, "before it begins"),
        (["", "", "", "", "", "0", ""], 5, "1000"),
        (["", "", "", "", "", "", "level:("], 6, ""),
    ] {
        let mut form = form(texts);
        assert!(form.wanted(&context()).is_none(), "{texts:?}");
        let (at, why) = form.error.clone().unwrap();
        assert_eq!((at, form.at), (field, field), "{texts:?}");
        assert!(why.contains(told), "{why}");
    }
}

#[test]
fn names_are_proposed_and_taken() {
    let mut form = form(["ca", "", "", "", "", "", ""]);
    assert_eq!(form.names(), Some(Names::Services));
    let known = ["scan", "cart", "bank"].map(str::to_owned);
    form.propose(&known);
    assert_eq!(form.proposed, ["cart", "scan"]);
    form.edit(Action::SelectNext);
    assert!(form.take_proposal());
    form.edit(Action::FormNext);
    assert_eq!(form.names(), Some(Names::Operations { service: "cart".to_owned() }));
    form.edit(Action::FormNext);
    form.insert("x=1 err");
    assert_eq!(form.names(), Some(Names::Tags));
    form.propose(&["error.type".to_owned()]);
    form.edit(Action::PromptComplete);
    assert_eq!(form.text(Kind::Tags), "x=1 error.type=");
    assert_eq!(form.names(), Some(Names::TagValues { tag: "error.type".to_owned() }));
    form.propose(&["a b".to_owned()]);
    form.edit(Action::PromptComplete);
    assert_eq!(form.text(Kind::Tags), "x=1 error.type=\"a b\"");
    // Without names the arrows lead from field to field.
    form.propose(&[]);
    form.edit(Action::SelectNext);
    assert_eq!(form.kind(), Kind::Duration);
}
