//! Searches: pages of what has none, and what is told of those that Tempo refuses.

use std::collections::BTreeSet;
use std::time::Duration;

use super::fake::FakeTempo;
use super::{Case, open, recorded, serving, why};
use crate::model::{TracePage, TraceQuery, Window};
use crate::source::asked::{Reply, Server};
use crate::source::backend::Backend as _;
use crate::source::tempo::find::{Place, longest_range};

const SECOND: i64 = 1_000_000_000;
/// A whole second, somewhere in 2026.
const BASE: i64 = 1_795_188_000 * SECOND;

/// All pages, one after the other, each of which must be what a page is.
async fn pages(fake: FakeTempo, query: &TraceQuery) -> (Vec<TracePage>, usize) {
    let (server, tempo) = serving(move |asked| fake.answer(asked)).await;
    let (mut pages, mut token): (Vec<TracePage>, Option<String>) = (Vec::new(), None);
    while pages.len() < 200 {
        let page = tempo.search(query, token.as_deref()).await.unwrap();
        assert!(page.hits.len() <= query.limit && page.hits.is_sorted_by_key(|hit| -hit.start));
        token.clone_from(&page.next);
        pages.push(page);
        if token.is_none() {
            break;
        }
    }
    (pages, server.asked().len())
}

fn starts(pages: &[TracePage]) -> Vec<i64> {
    let mut seen = BTreeSet::new();
    pages.iter().flat_map(|page| &page.hits).filter(|hit| seen.insert(hit.id)).map(|hit| hit.start).collect()
}

#[tokio::test]
async fn every_trace_comes_once_the_latest_first_however_many_there_are() {
    let spread = |count: i64, step: i64| (0..count).map(|at| BASE + at * step).collect::<Vec<_>>();
    let burst = spread(300, 40_000_000);
    let cases = [
        (spread(0, 1), 20, 3600),
        (spread(7, 60 * SECOND), 20, 3600),
        (spread(500, 7_203_456_789), 20, 3600),
        (spread(40, 90 * SECOND).into_iter().chain(burst).collect(), 50, 3600),
        (spread(90, 90_000), 20, 30),
    ];
    for (all, limit, length) in cases {
        let query = TraceQuery::all(Window { from: BASE, to: BASE + length * SECOND }, limit);
        let (pages, asked) = pages(FakeTempo { starts: all.clone(), longest: None }, &query).await;
        let mut expected = all.clone();
        expected.sort_unstable_by(|one, other| other.cmp(one));
        if all.len() <= 90 && all.len() > 40 {
            // More in one second than can be asked for at once: some are lost, and that is said.
            assert!(pages.iter().flat_map(|page| &page.notes).any(|note| note.contains("in one second")));
            continue;
        }
        assert_eq!(starts(&pages), expected, "{} traces", all.len());
        assert!(asked <= 8 + pages.len() * 6, "{asked} searches for {} traces on {} pages", all.len(), pages.len());
    }
}

#[tokio::test]
async fn traces_that_began_outside_of_the_time_are_none_of_it() {
    let all = vec![BASE - 1, BASE, BASE + 1, BASE + 10 * SECOND, BASE + 10 * SECOND + 1];
    let query = TraceQuery::all(Window { from: BASE, to: BASE + 10 * SECOND }, 20);
    let (pages, _) = pages(FakeTempo { starts: all, longest: None }, &query).await;
    assert_eq!(starts(&pages), [BASE + 10 * SECOND, BASE + 1, BASE]);
}

#[tokio::test]
async fn a_server_that_searches_a_week_at_most_is_asked_week_by_week() {
    const DAY: i64 = 86_400 * SECOND;
    let all: Vec<i64> = (0..30).map(|day| BASE + day * DAY).collect();
    let fake = FakeTempo { starts: all.clone(), longest: Some(("168h0m0s", 168 * 3600)) };
    let query = TraceQuery::all(Window { from: BASE, to: BASE + 30 * DAY }, 50);
    let (pages, asked) = pages(fake, &query).await;
    assert_eq!(starts(&pages), all.iter().rev().copied().collect::<Vec<_>>());
    assert!(asked <= 7, "{asked}");
    let recorded = [
        (String::from_utf8_lossy(recorded!("real-2.10.8-err_range_too_long.txt")).into_owned(), Some(604_800)),
        (String::from_utf8_lossy(recorded!("real-3.0.3-err_range_too_long.txt")).into_owned(), Some(604_800)),
        ("range specified by start and end exceeds 1h30m5s. received".to_owned(), Some(5405)),
        ("range specified by start and end exceeds never".to_owned(), None),
        ("limit 5 exceeds 3".to_owned(), None),
    ];
    for (text, longest) in recorded {
        assert_eq!(longest_range(&text), longest, "{text}");
    }
    let nothing = FakeTempo { starts: Vec::new(), longest: Some(("168h0m0s", 0)) };
    let (_server, tempo) = serving(move |asked| nothing.answer(asked)).await;
    assert!(why(tempo.search(&query, None).await).contains("refuses to search"), "ends, whatever the server says");
}

#[tokio::test]
async fn recorded_searches_become_hits() {
    for body in [recorded!("real-2.10.8-search_error.json"), recorded!("real-3.0.3-search_error.json")] {
        let (server, tempo) = serving(move |_| Some(Reply::ok(body))).await;
        let window = Window { from: 1_795_187_880 * SECOND, to: 1_795_190_104 * SECOND };
        let query = TraceQuery { is_error: true, ..TraceQuery::all(window, 100) };
        let page = tempo.search(&query, None).await.unwrap();
        assert_eq!((page.hits.len(), page.next, page.notes.len()), (20, None, 0));
        assert!(page.hits.iter().all(|hit| hit.errors > Some(0) && hit.spans > hit.errors && hit.whole.is_empty()));
        let asked = &server.asked()[0];
        let told = |name: &str| asked.query[name].as_str();
        assert_eq!((told("q"), told("spss"), told("limit")), ("{ status = error }", "1", "200"));
        assert_eq!((told("start"), told("end")), ("1795187880", "1795190105"));
    }
}

#[tokio::test]
async fn what_tempo_does_not_understand_is_shown_where_it_stands() {
    let (_server, tempo) = serving(|_| Some(Reply::status(400, recorded!("real-3.0.3-err_parse.txt")))).await;
    let query = TraceQuery::all(Window { from: BASE, to: BASE + SECOND }, 20);
    let said = why(tempo.search(&query, None).await);
    assert!(said.contains("syntax error: unexpected $end, at the end of `{}`; is it"), "{said}");
    let server = Server::start(|_| Reply::status(400, recorded!("real-2.10.8-err_dot_missing.txt"))).await;
    let own = open(&format!("//{}?query=service.name%20%3D%20%22cart%22", server.address)).unwrap();
    let said = why(own.search(&query, None).await);
    assert!(said.contains("unknown identifier: service, at `(service.name = \"cart\") }`"), "{said}");
    assert_eq!(server.asked()[0].query["q"], r#"{ (service.name = "cart") }"#);
}

#[tokio::test]
async fn refusals_silence_and_other_servers_are_told() {
    let query = TraceQuery::all(Window { from: BASE, to: BASE + SECOND }, 20);
    let cases: [Case; 8] = [
        (|| Reply::status(400, recorded!("real-3.0.3-err_limit_big.txt")), "exceeds max limit 262144"),
        (|| Reply::status(401, "no org id\n"), "several tenants; say whose are asked for: tenant=NAME"),
        (|| Reply::status(401, "<html>sign in"), "; say who you are"),
        (|| Reply::status(429, "too many requests"), "429"),
        (|| Reply::status(503, "Ingester not ready"), "503"),
        (|| Reply::ok("<!DOCTYPE html>"), "; is this Tempo itself, and not Grafana?"),
        (|| Reply::Half { body: b"{\"traces\":[]}".to_vec(), at: 5 }, "reading from"),
        (|| Reply::Nothing, "reading from"),
    ];
    for (reply, told) in cases {
        let (_server, tempo) = serving(move |_| Some(reply())).await;
        let said = why(tempo.search(&query, None).await);
        assert!(said.contains(told), "{said}");
    }
    let (server, tempo) = serving(|_| None).await;
    assert!(why(tempo.search(&query, None).await).contains("; is this the right server and path?"));
    assert!(why(tempo.search(&query, Some("nonsense")).await).contains("no such page"));
    let late = Server::start(|_| Reply::Late(Duration::from_secs(60), Box::new(Reply::Nothing))).await;
    let impatient = open(&format!("//{}?timeout=50ms", late.address)).unwrap();
    assert!(why(impatient.search(&query, None).await).contains("waiting too long"));
    drop(server);
}

#[test]
fn a_page_is_found_again_by_its_token() {
    let place = Place { to: BASE + 5, width: 60 };
    assert_eq!(Place::of(&place.token()), Some(place));
    for bad in ["", "5", "5-0", "5--1", "x-1", "-5-1-1"] {
        assert_eq!(Place::of(bad), None, "{bad}");
    }
}
