//! The source against a Loki in the test that pages, tails, breaks and refuses as the real one does.

mod decoding;
pub(in crate::source) mod fake;
mod trouble;

use std::time::Duration;

use self::fake::{FakeLoki, Line, Said};
use crate::config::{SourceOptions, StartAt};
use crate::source::asked::{Server, Taken, run};
use crate::source::open;

/// Lines of the tests begin at this time.
const T: i64 = 1_771_000_000_000_000_000;
/// When the source is started, a minute later.
const NOW: i64 = T + 60_000_000_000;

fn line(at: i64, app: &'static str, text: &str) -> Line {
    (T + at, app, text.to_owned())
}

fn options(start: StartAt, follow: bool) -> SourceOptions {
    SourceOptions { start, follow, ..SourceOptions::default() }
}

fn texts(numbers: impl IntoIterator<Item = i64>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("line {number}")).collect()
}

/// What a source that reads all there is and ends has taken.
async fn read(loki: FakeLoki, parameters: &str, start: StartAt) -> (Taken, Vec<String>) {
    let server = Server::start(move |asked| loki.answer(asked)).await;
    let argument = format!("loki+http://{}?{parameters}", server.address);
    let taken = run(&argument, &options(start, false), NOW).end().await;
    let asked = server.asked();
    (taken, asked.iter().map(|asked| format!("{} {}", asked.query["direction"], asked.query["limit"])).collect())
}

#[tokio::test]
async fn history_is_handed_over_in_the_order_of_time_over_streams_and_pages() {
    let lines = || (0..95).map(|n| line(n / 3, if n % 2 == 0 { "web" } else { "pay" }, &format!("line {n:02}")));
    for (parameters, count) in
        [("limit=10&history=40", 40), ("limit=10", 95), ("history=1", 1), ("limit=1&history=7", 7)]
    {
        let (mut taken, _) = read(FakeLoki::new(lines(), 5000), parameters, StartAt::Tail).await;
        assert!(taken.records.windows(2).all(|pair| pair[0].observed_time <= pair[1].observed_time), "{parameters}");
        taken.texts.sort();
        taken.texts.dedup();
        assert_eq!(taken.texts.len(), count, "{parameters}: {:?}", taken.texts);
    }
}

#[tokio::test]
async fn all_since_a_time_is_read_from_its_beginning_also_where_many_share_one_nanosecond() {
    let lines = (0..40).map(|n| line(if (10..35).contains(&n) { 10 } else { n }, "web", &format!("line {n}")));
    for limit in [3, 10, 24, 25, 26, 5000] {
        let loki = FakeLoki::new(lines.clone(), 5000);
        let (taken, _) = read(loki, &format!("limit={limit}"), StartAt::Since(T + 2)).await;
        assert_eq!(taken.texts, texts(2..40), "{limit} a page");
    }
}

#[tokio::test]
async fn a_server_that_gives_less_at_once_is_asked_for_less() {
    let lines = (0..30).map(|n| line(n, "web", &format!("line {n}")));
    let (taken, asked) = read(FakeLoki::new(lines, 7), "", StartAt::Beginning).await;
    assert_eq!(taken.texts, texts(0..30));
    assert!(asked[0].ends_with("2000") && asked[1..].iter().all(|asked| asked.ends_with(" 7")), "{asked:?}");
}

#[tokio::test]
async fn a_nanosecond_that_can_not_be_had_whole_is_told_and_passed() {
    let lines = (0..30).map(|n| line(if (5..25).contains(&n) { 5 } else { n }, "web", &format!("line {n}")));
    let server_of = FakeLoki::new(lines, 10);
    let server = Server::start(move |asked| server_of.answer(asked)).await;
    let running = run(&format!("loki+http://{}?limit=10", server.address), &options(StartAt::Beginning, true), NOW);
    let said = running.until_said(&["live", "missing"]).await;
    assert!(said.contains("some lines of 16:26:40Z are missing"), "{said}");
    let taken = running.until(|taken| taken.texts.last().is_some_and(|text| text == "line 29")).await;
    assert_eq!(taken.texts.len(), 20, "ten of the twenty, and all others: {:?}", taken.texts);
    running.stop().await;
}

#[tokio::test]
async fn what_comes_follows_history_without_repetition() {
    let loki = FakeLoki::new((0..5).map(|n| line(n, "web", &format!("line {n}"))), 5000);
    let fake = loki.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let running =
        run(&format!("loki+http://{}?query={{app=\"web\"}}", server.address), &options(StartAt::Tail, true), NOW);
    let said = running.until_said(&["live"]).await;
    assert_eq!(said, format!("live: {}, {{app=\"web\"}}", server.address));
    running.until(|taken| taken.texts == texts(0..5)).await;
    for n in 5..300 {
        loki.push(line(n, "web", &format!("line {n}")), true);
        running.until(|taken| taken.texts.len() == usize::try_from(n + 1).unwrap()).await;
    }
    // Late, and equal to one that was there: it is another line.
    loki.push(line(2, "web", "late"), true);
    loki.push(line(299, "web", "line 299"), true);
    let expected: Vec<String> = texts(0..300).into_iter().chain(["late".into(), "line 299".into()]).collect();
    assert_eq!(running.until(|taken| taken.texts.len() >= 302).await.texts, expected);
    assert_eq!(running.stop().await.texts, expected);
}

#[tokio::test]
async fn only_what_comes_is_shown_where_that_is_wanted() {
    let loki = FakeLoki::new([line(0, "web", "before")], 5000);
    let fake = loki.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let running = run(&format!("loki+http://{}", server.address), &options(StartAt::End, true), NOW);
    running.until_said(&["live"]).await;
    loki.push((NOW + 1, "web", "after".to_owned()), true);
    assert_eq!(running.until(|taken| !taken.texts.is_empty()).await.texts, ["after"]);
    running.stop().await;
}

#[tokio::test]
async fn lines_of_one_stack_trace_become_one_record() {
    let trace = ["java.lang.IllegalStateException: no", "\tat a.b.C.d(C.java:1)", "\tat a.b.C.e(C.java:2)"];
    let loki = FakeLoki::new([], 5000);
    for (n, text) in (0_i64..).zip(trace) {
        loki.push(line(10 + 2 * n, "web", text), false);
        loki.push(line(11 + 2 * n, "pay", &format!("paid {n}")), false);
    }
    loki.push(line(30_000_000, "web", "\tat too.far.Away"), false);
    let (taken, _) = read(loki, "", StartAt::Tail).await;
    assert_eq!(taken.texts, [&trace.join("\n"), "paid 0", "paid 1", "paid 2", "\tat too.far.Away"]);
}

#[tokio::test]
async fn the_last_lines_of_a_trace_may_come_with_the_next_message() {
    let loki = FakeLoki::new([], 5000);
    let fake = loki.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let running = run(&format!("loki+http://{}", server.address), &options(StartAt::Tail, true), NOW);
    running.until_said(&["live"]).await;
    for (at, text) in [(0, "Traceback (most recent call last):"), (1, "  File \"a\", line 1"), (2, "ValueError: no")] {
        loki.push(line(at, "web", text), true);
    }
    loki.push(line(3, "web", "next"), true);
    let taken = running.until(|taken| taken.texts.last().is_some_and(|text| text == "next")).await;
    assert_eq!(taken.texts, ["Traceback (most recent call last):\n  File \"a\", line 1\nValueError: no", "next"]);
    // What nothing follows is handed over after a moment.
    loki.push(line(4, "web", "java.lang.Error: x"), true);
    running.until(|taken| taken.texts.len() == 3).await;
    running.stop().await;
}

#[tokio::test]
async fn the_tenant_and_who_asks_are_told() {
    let loki = FakeLoki::new([line(0, "web", "line 0")], 5000);
    let fake = loki.clone();
    let server = Server::start(move |asked| fake.answer(asked)).await;
    let parameters = "tenant=team-a&token_command=printf%20geheim&header.X-Team=ops";
    let running = run(&format!("loki+http://{}?{parameters}", server.address), &options(StartAt::Tail, true), NOW);
    running.until_said(&["live"]).await;
    while loki.tails() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    for asked in server.asked() {
        let header = |name: &str| asked.headers.get(name).map(String::as_str);
        assert_eq!(header("x-scope-orgid"), Some("team-a"), "{}", asked.path);
        assert_eq!(header("authorization"), Some("Bearer geheim"), "{}", asked.path);
        assert_eq!(header("x-team"), Some("ops"), "{}", asked.path);
        assert_eq!(header("x-loki-response-encoding-flags"), Some("categorize-labels"), "{}", asked.path);
    }
    loki.say(Said::Close(1000, "bye"));
    running.stop().await;
}

#[test]
fn what_is_wrong_is_told_before_anything_is_asked() {
    let told = [
        ("loki+http://h?limit=0", "limit=0: expected a whole number from 1 to 5000"),
        ("loki+http://h?delay_for=9", "delay_for=9: expected whole seconds from 0 to 5"),
        ("loki+http://h?tenant=a|b", "one tenant at a time"),
        ("loki+http://h?qery=x", "`query`"),
        ("loki+http:h", "loki+http://localhost:3100"),
    ];
    for (argument, expected) in told {
        let error = open(argument, &SourceOptions { follow: true, ..SourceOptions::default() }).err().unwrap();
        assert!(error.to_string().contains(expected), "{argument}: {error}");
    }
}
