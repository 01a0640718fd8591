//! What is looked for, in Tempo's language.

use crate::model::{TraceQuery, Window};
use crate::source::tempo::traceql;

fn query(change: impl Fn(&mut TraceQuery)) -> TraceQuery {
    let mut query = TraceQuery::all(Window { from: 0, to: 1 }, 20);
    change(&mut query);
    query
}

#[test]
fn what_is_asked_for_is_written_as_tempo_reads_it() {
    let cases = [
        (query(|_| ()), "{}"),
        (query(|query| query.service = Some("cart".to_owned())), r#"{ resource.service.name = "cart" }"#),
        (query(|query| query.operation = Some("GET \"/a\\b\"\n".to_owned())), r#"{ name = "GET \"/a\\b\"\u000a" }"#),
        (
            query(|query| {
                query.min_duration = Some(1_500_000);
                query.max_duration = Some(2_000_000_000);
                query.is_error = true;
            }),
            "{ duration >= 1500000ns && duration <= 2000000000ns && status = error }",
        ),
        (
            query(|query| {
                let tags = [("http.method", "GET"), ("my key", "é"), ("status", "200"), ("share", "-1.50")];
                let more = [("ok", "true"), ("id", "0x1f"), ("n", "nan"), ("", "")];
                query.tags = tags.iter().chain(&more).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            }),
            concat!(
                r#"{ .http.method = "GET" && ."my key" = "é" && "#,
                r#"(.status = "200" || .status = 200 || .status = 200.0) && "#,
                r#"(.share = "-1.50" || .share = -1.5) && (.ok = "true" || .ok = true) && "#,
                r#".id = "0x1f" && .n = "nan" && ."" = "" }"#
            ),
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(traceql::of(&query, None), expected);
    }
}

#[test]
fn what_the_user_always_wants_is_of_the_span_or_of_the_trace() {
    let all = query(|_| ());
    let cart = query(|query| query.service = Some("cart".to_owned()));
    let cases = [
        (&all, "kind = server", "{ (kind = server) }"),
        (&cart, "span.a = 1 || span.b = 2", r#"{ resource.service.name = "cart" && (span.a = 1 || span.b = 2) }"#),
        (&all, " {kind = server} | count() > 2 ", "{kind = server} | count() > 2"),
        (&cart, "{ status = error }", r#"({ resource.service.name = "cart" }) && ({ status = error })"#),
        (&all, "  ", "{}"),
    ];
    for (query, own, expected) in cases {
        assert_eq!(traceql::of(query, Some(own)), expected);
    }
}
