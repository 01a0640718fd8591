//! Calls between services.

use super::super::trace_tree::tests::span;
use super::*;
use crate::model::{Resource, SpanKind, Status, StatusCode};

fn of(service: &str, kind: SpanKind, is_error: bool, span: &Arc<Span>) -> Arc<Span> {
    let attributes = [("service.name", service)].into_iter().collect();
    let code = if is_error { StatusCode::Error } else { StatusCode::Unset };
    let status = Status { code, message: Box::default() };
    Arc::new(Span { resource: Arc::new(Resource { attributes }), kind, status, ..Span::clone(span) })
}

#[test]
fn each_child_in_another_service_is_a_call() {
    use SpanKind::{Client, Internal, Server};
    let first = [
        of("shop", Server, false, &span(1, 0, 0, 100)),
        of("shop", Client, true, &span(2, 1, 10, 20)),
        of("bank", Server, true, &span(3, 2, 10, 20)),
        of("shop", Internal, false, &span(4, 1, 30, 40)),
        of("bank", Internal, false, &span(5, 4, 30, 40)),
        of("lost", Internal, false, &span(6, 99, 0, 1)),
    ];
    // Both halves of a call with one id, the server's first.
    let second = [
        of("bank", Server, false, &span(8, 7, 0, 9)),
        of("shop", Client, false, &span(8, 7, 0, 9)),
        of("bank", Internal, false, &span(9, 8, 0, 5)),
        of("shop", Client, true, &span(10, 9, 0, 5)),
    ];
    let edge = |caller: &str, callee: &str, calls, errors| Edge {
        caller: caller.into(),
        callee: callee.into(),
        calls,
        errors,
    };
    assert_eq!(edges([&first[..], &second[..]]), [edge("bank", "shop", 1, 1), edge("shop", "bank", 3, 1)]);
    assert_eq!(edges([]), []);
}
