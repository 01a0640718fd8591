//! Who is asked, what is remembered, and how backends are put together.

use std::sync::Arc;

use super::*;
use crate::model::{TraceHit, TracePage, TraceQuery, Window, Zone};
use crate::query::{CompileContext, Plan};

fn id(number: u64) -> TraceId {
    TraceId::from_low64(number).unwrap()
}

fn hit(number: u64, start: i64, spans: Option<u32>) -> TraceHit {
    TraceHit {
        id: id(number),
        start,
        duration: spans.map(i64::from),
        service: if spans.is_some() { "cart".to_owned() } else { String::new() },
        operation: String::new(),
        spans,
        errors: None,
        services: None,
        whole: Vec::new(),
    }
}

fn search(backends: &[&str]) -> TraceSearch {
    let plan = Plan::compile("", &CompileContext::new(0, Zone::UTC)).unwrap();
    let query = TraceQuery::all(Window { from: 0, to: 10 }, 2);
    let backends = backends.iter().map(|backend| (*backend).to_owned()).collect();
    TraceSearch::new(1, query, Arc::new(plan), Vec::new(), backends)
}

fn page(hits: Vec<TraceHit>, next: Option<&str>) -> TracePage {
    TracePage { hits, next: next.map(str::to_owned), notes: Vec::new() }
}

#[test]
fn who_is_being_asked_is_not_asked_again_and_all_others_are() {
    let mut inquiry = Inquiry::default();
    let all = || vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(inquiry.ask_trace(id(1), all()), all());
    assert!(inquiry.is_waiting());
    inquiry.trace_answered(id(1), "a", Said::Unknown);
    assert_eq!(inquiry.ask_trace(id(1), all()), ["a"]);
    inquiry.trace_answered(id(1), "a", Said::Spans(3));
    inquiry.trace_answered(id(1), "b", Said::Failed("401".to_owned()));
    inquiry.trace_answered(id(2), "b", Said::Unknown);
    let said: Vec<&Said> = inquiry.of_trace(id(1)).iter().map(|asked| &asked.said).collect();
    assert_eq!(said, [&Said::Failed("401".to_owned()), &Said::Spans(3)]);
    assert!(!inquiry.is_waiting() && inquiry.of_trace(id(2)).is_empty());
}

#[test]
fn names_are_asked_for_once_and_merged() {
    let mut inquiry = Inquiry::default();
    assert!(inquiry.ask_names(&Names::Services) && !inquiry.ask_names(&Names::Services));
    inquiry.names_answered(&Names::Services, vec!["b".to_owned(), "a".to_owned()]);
    inquiry.names_answered(&Names::Services, vec!["b".to_owned()]);
    assert_eq!(inquiry.names(&Names::Services), ["a", "b"]);
    inquiry.forget_names();
    assert!(inquiry.ask_names(&Names::Services));
}

#[test]
fn backends_are_merged_by_trace_in_the_order_of_time() {
    let mut search = search(&["jaeger", "tempo"]);
    search.answered("jaeger", Ok(page(vec![hit(1, 9, Some(4)), hit(2, 5, Some(2))], Some("5"))));
    search.answered("tempo", Ok(page(vec![hit(3, 7, None), hit(1, 8, None)], None)));
    search.answered("nobody", Ok(page(vec![hit(9, 7, None)], None)));
    let found: Vec<_> =
        search.found().iter().map(|it| (it.hit.id, it.hit.start, it.hit.spans, it.backends.len())).collect();
    assert_eq!(found, [(id(1), 8, Some(4), 2), (id(3), 7, None, 1), (id(2), 5, Some(2), 1)]);
    assert_eq!(search.found()[0].hit.service, "cart");
    assert!(!search.is_waiting());
    assert_eq!(search.more(), [("jaeger".to_owned(), "5".to_owned())]);
    assert!(search.is_waiting() && search.more().is_empty());
    // A page without anything need not be the last.
    search.answered("jaeger", Ok(page(Vec::new(), Some("4"))));
    assert_eq!(search.more(), [("jaeger".to_owned(), "4".to_owned())]);
    search.answered("jaeger", Err("503".to_owned()));
    assert_eq!(search.backends()[0].1, SearchState::Failed("503".to_owned()));
}
