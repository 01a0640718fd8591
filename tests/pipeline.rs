//! From source to store and nothing lost on the way that is not told: the whole ingest, with sources that a test
//! scripts and with real files. The account is looked at all the while.

#![expect(clippy::unwrap_used, reason = "a test stops where its own data are wrong")]

use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use spantail::config::{DropPolicy, SourceOptions, StartAt};
use spantail::ingest::{Budgets, Ingest};
use spantail::model::{
    Attributes, FormatId, LogRecord, Loss, LossReason, Severity, SourceState, Span, SpanId, SpanKind, Status, TraceId,
    Zone,
};
use spantail::parse::format_name;
use spantail::parse::otlp::{LineParts, line_to_record, loss_to_record, record_to_record, session_scope};
use spantail::source::{self, Batch, Clock, LineBatch, Signal, Source, SourceContext, SourceError};
use spantail::store::{Accounting, Line, Pressure, Snapshot, SourceAccount};

const NOW: i64 = 1_767_323_045_000_000_000;
const DEADLINE: Duration = Duration::from_secs(60);
const ROOMY: Budgets = Budgets { logs: 256 << 20, traces: 256 << 20 };

/// A source that does what a test says.
struct Script<F> {
    label: &'static str,
    run: F,
}

impl<F, T> Source for Script<F>
where
    F: FnOnce(SourceContext) -> T + Send + 'static,
    T: Future<Output = Result<(), SourceError>> + Send + 'static,
{
    fn label(&self) -> String {
        self.label.to_owned()
    }

    fn is_pausable(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, cx: SourceContext) -> BoxFuture<'static, Result<(), SourceError>> {
        Box::pin((self.run)(cx))
    }
}

type Ready = (Box<dyn Source>, SourceOptions);

fn script<F, T>(label: &'static str, options: SourceOptions, run: F) -> Ready
where
    F: FnOnce(SourceContext) -> T + Send + 'static,
    T: Future<Output = Result<(), SourceError>> + Send + 'static,
{
    (Box::new(Script { label, run }), options)
}

/// A source that sends lines with these numbers, a hundred at a time, and waits when it has to.
fn patient(label: &'static str, options: SourceOptions, numbers: Range<u64>) -> Ready {
    script(label, options, move |cx| async move {
        for from in numbers.clone().step_by(100) {
            cx.intake.send(lines(label, from..(from + 100).min(numbers.end))).await;
        }
        Ok(())
    })
}

fn start(sources: Vec<Ready>, budgets: Budgets) -> Ingest {
    Ingest::start(sources, budgets, &Zone::UTC, Clock::from_fn(|| NOW), None).unwrap()
}

fn small(drop_policy: DropPolicy) -> SourceOptions {
    SourceOptions { buffer_size: 1_000, backpressure_limit: 800, drop_policy, ..SourceOptions::default() }
}

/// Lines such as `INFO shop 17`.
fn lines(label: &str, numbers: Range<u64>) -> Batch {
    let mut batch = LineBatch::default();
    numbers.for_each(|number| batch.push(format!("INFO {label} {number}").as_bytes()));
    Batch::Lines(batch)
}

fn number(line: &Line<'_>) -> u64 {
    let text = line.text();
    let text = str::from_utf8(&text).unwrap();
    text.rsplit(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("`{text}` ends in no number"))
}

fn rows(snapshot: &Snapshot) -> impl Iterator<Item = Line<'_>> {
    snapshot.segments().flat_map(|segment| segment.lines())
}

fn numbers(snapshot: &Snapshot) -> Vec<u64> {
    rows(snapshot).filter(|line| line.loss().is_none()).map(|line| number(&line)).collect()
}

fn lost(snapshot: &Snapshot, reason: LossReason) -> u64 {
    rows(snapshot).filter_map(|line| line.loss()).filter(|loss| loss.reason == reason).map(|loss| loss.count).sum()
}

/// The figures, every one of which must close.
fn closed(ingest: &Ingest) -> Accounting {
    let figures = ingest.accounting();
    for SourceAccount { label, logs, spans, buffer_size, .. } in &figures.sources {
        assert!(logs.is_closed() && spans.is_closed(), "{label}: {logs:?} {spans:?}");
        assert!(logs.pending + spans.pending <= *buffer_size, "{label}: {logs:?} {spans:?}");
    }
    assert!(figures.logs.is_closed() && figures.spans.is_closed(), "{figures:?}");
    figures
}

/// Waits for the end of all sources, looking at the account all the while; gives the last one, in which the store and
/// the figures must agree.
async fn finish(ingest: &mut Ingest) -> Accounting {
    let start = Instant::now();
    while !ingest.is_finished() {
        closed(ingest);
        assert!(start.elapsed() < DEADLINE, "{:?}", ingest.accounting());
        tokio::task::yield_now().await;
    }
    ingest.finished().await;
    let figures = closed(ingest);
    let snapshot = ingest.logs().snapshot();
    assert_eq!((figures.logs.pending, figures.spans.pending), (0, 0));
    assert_eq!((figures.logs.stored, figures.logs.evicted), (snapshot.stored, snapshot.evicted));
    let held = rows(&snapshot).filter(|line| line.loss().is_none()).count() as u64;
    assert_eq!(figures.logs.held(), held);
    let (held, evicted) = ingest.traces().span_counts();
    assert_eq!((figures.spans.held(), figures.spans.evicted), (held, evicted));
    figures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_accounted_for_under_every_drop_policy() {
    const COUNT: u64 = 100_000;
    let policies = [
        (DropPolicy::Oldest, LossReason::DropOldest),
        (DropPolicy::Newest, LossReason::DropNewest),
        (DropPolicy::Sample, LossReason::Sample),
    ];
    for (policy, reason) in policies {
        let flood = script("flood", small(policy), move |cx| async move {
            for from in (0..COUNT).step_by(2_000) {
                cx.intake.offer(lines("flood", from..from + 2_000));
                cx.intake.reject(Signal::Logs, 2);
                tokio::task::yield_now().await;
            }
            Ok(())
        });
        let mut ingest = start(vec![flood], ROOMY);
        let figures = finish(&mut ingest).await;
        let counts = figures.logs;
        assert_eq!((counts.received, counts.rejected, counts.rate_limited), (COUNT + 100, 100, 0), "{policy:?}");
        assert!(counts.dropped >= COUNT / 2, "half of every batch has no room: {policy:?} {counts:?}");
        assert_eq!(figures.pressure(), Pressure::Dropping);
        let snapshot = ingest.logs().snapshot();
        assert_eq!(lost(&snapshot, reason), counts.dropped, "{policy:?}");
        let kept = numbers(&snapshot);
        assert_eq!(kept.len() as u64, counts.stored);
        assert!(kept.is_sorted_by(|a, b| a < b), "{policy:?}");
        match policy {
            DropPolicy::Oldest => assert_eq!(kept.last(), Some(&(COUNT - 1))),
            DropPolicy::Newest => assert_eq!(kept.first(), Some(&0)),
            DropPolicy::Sample => assert!(kept.last() >= Some(&(COUNT / 2)), "{:?}", kept.last()),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_over_the_rate_is_told_in_place() {
    let options = SourceOptions { max_lines_per_second: 1_000, ..SourceOptions::default() };
    let is_told = Arc::new(tokio::sync::Notify::new());
    let go_on = Arc::clone(&is_told);
    let flood = script("flood", options, |cx| async move {
        cx.intake.offer(lines("flood", 0..100));
        cx.intake.offer(lines("flood", 100..5_000));
        cx.intake.offer(Batch::Spans(vec![span(1, 1)]));
        go_on.notified().await;
        cx.intake.offer(lines("flood", 5_000..5_001));
        Ok(())
    });
    let mut ingest = start(vec![flood], ROOMY);
    let mut changes = ingest.changes();
    while lost(&ingest.logs().snapshot(), LossReason::RateLimit) == 0 {
        tokio::time::timeout(DEADLINE, changes.changed()).await.unwrap().unwrap();
    }
    is_told.notify_one();
    let figures = finish(&mut ingest).await;
    let snapshot = ingest.logs().snapshot();
    let rows: Vec<_> = rows(&snapshot).map(|line| line.loss().ok_or_else(|| number(&line))).collect();
    let gap = rows.iter().position(Result::is_ok).unwrap();
    let limited = figures.logs.rate_limited;
    assert!(limited > 4_000, "{:?}", figures.logs);
    assert_eq!(rows[gap], Ok(Loss { count: limited, from: NOW, to: NOW, reason: LossReason::RateLimit }));
    assert_eq!(rows[gap + 1..], [Err(5_000)]);
    assert_eq!(rows[99], Err(99));
    assert_eq!((figures.spans.stored, figures.spans.rate_limited), (1, 0), "the rate is one of lines");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_that_can_wait_lose_nothing() {
    const COUNT: u64 = 20_000;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for number in 0..COUNT {
        writeln!(file, "INFO file {number}").unwrap();
    }
    let whole = SourceOptions { start: StartAt::Beginning, follow: false, ..small(DropPolicy::Newest) };
    let real = source::open(file.path().to_str().unwrap(), &whole).unwrap();
    assert!(real.is_pausable());
    let slow = SourceOptions { max_lines_per_second: 20_000, ..small(DropPolicy::Newest) };
    let sources = vec![
        (real, whole),
        patient("a", small(DropPolicy::Newest), 0..COUNT),
        patient("b", SourceOptions { buffer_size: 1, ..small(DropPolicy::Oldest) }, 0..2_000),
        patient("slow", slow, 0..5_000),
    ];
    let mut ingest = start(sources, ROOMY);
    let figures = finish(&mut ingest).await;
    assert_eq!(figures.logs.lost(), 0, "{:?}", figures.logs);
    let snapshot = ingest.logs().snapshot();
    assert_eq!(rows(&snapshot).filter(|line| line.loss().is_some()).count(), 0);
    let expected = [COUNT, COUNT, 2_000, 5_000];
    for (account, count) in figures.sources.iter().zip(expected) {
        assert_eq!((account.logs.received, account.logs.stored), (count, count), "{}", account.label);
        let own = rows(&snapshot).filter(|line| {
            let text = line.text();
            let word = str::from_utf8(&text).unwrap().split(' ').nth(1).unwrap();
            if account.label.len() > 4 { word == "file" } else { word == account.label }
        });
        let own: Vec<_> = own.map(|line| number(&line)).collect();
        assert_eq!(own, (0..count).collect::<Vec<_>>(), "{}: all, and in order", account.label);
    }
}

/// A source that is never done must not keep another waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loud_source_does_not_starve_a_quiet_one() {
    let loud = script("loud", SourceOptions::default(), |cx| async move {
        let mut from = 0;
        while !cx.shutdown.is_cancelled() {
            cx.intake.send(lines("loud", from..from + 1_000)).await;
            from += 1_000;
        }
        Ok(())
    });
    let quiet = patient("quiet", SourceOptions::default(), 0..1);
    let mut ingest = start(vec![loud, quiet], Budgets { logs: 1 << 20, ..ROOMY });
    let mut changes = ingest.changes();
    let heard = tokio::time::timeout(DEADLINE, async {
        while ingest.accounting().sources[1].logs.stored == 0 {
            changes.changed().await.unwrap();
        }
    });
    heard.await.expect("the quiet source is heard while the loud one goes on");
    assert!(!ingest.is_finished());
    ingest.stop();
    finish(&mut ingest).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_evicted_is_counted_to_the_source_it_came_from() {
    let options = SourceOptions::default;
    // Two sources of one name are two sources all the same.
    let sources = vec![
        patient("first", options(), 0..30_000),
        patient("twin", options(), 0..20_000),
        patient("twin", options(), 100_000..103_000),
        script("parts", options(), |cx| async move {
            for from in (0..10_000).step_by(50) {
                let Batch::Lines(mut batch) = lines("parts", from..from + 50) else { unreachable!() };
                batch.origin = Some(if from % 100 == 0 { "even.log".into() } else { "twin".into() });
                cx.intake.send(Batch::Lines(batch)).await;
            }
            Ok(())
        }),
    ];
    let mut ingest = start(sources, Budgets { logs: 200_000, ..ROOMY });
    let figures = finish(&mut ingest).await;
    assert!(figures.logs.evicted > 30_000, "{:?}", figures.logs);
    let snapshot = ingest.logs().snapshot();
    let is_of = |line: &Line<'_>, at: usize| {
        let text = line.text();
        let text = str::from_utf8(&text).unwrap();
        match at {
            0 => text.contains("first"),
            1 => text.contains("twin") && number(line) < 100_000,
            2 => text.contains("twin") && number(line) >= 100_000,
            _ => text.contains("parts"),
        }
    };
    for (at, account) in figures.sources.iter().enumerate() {
        let held = rows(&snapshot).filter(|line| is_of(line, at)).count() as u64;
        assert_eq!(account.logs.held(), held, "{}: {:?}", account.label, account.logs);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_fails_or_panics_says_so_and_the_others_go_on() {
    let gone = || SourceError::Io { doing: "reading x.log".into(), why: "no such file".into() };
    let sources = vec![
        script("panics", SourceOptions::default(), |cx: SourceContext| async move {
            cx.intake.send(lines("panics", 0..10)).await;
            panic!("a bug at {}", 17)
        }),
        script("fails", SourceOptions::default(), move |cx: SourceContext| async move {
            cx.intake.send(lines("fails", 0..5)).await;
            Err(gone())
        }),
        patient("works", small(DropPolicy::Oldest), 0..5_000),
    ];
    let mut ingest = start(sources, ROOMY);
    let figures = finish(&mut ingest).await;
    let states: Vec<_> = figures.sources.iter().map(|source| (source.state.clone(), source.logs.stored)).collect();
    let expected = [
        (SourceState::Failed("internal error: a bug at 17".into()), 10),
        (SourceState::Failed("reading x.log: no such file".into()), 5),
        (SourceState::Ended(String::new()), 5_000),
    ];
    assert_eq!(states, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_lets_go_of_a_source_in_the_middle_of_a_send() {
    let stuck =
        script("stuck", SourceOptions { max_lines_per_second: 1, ..SourceOptions::default() }, |cx| async move {
            tokio::select! {
                () = cx.intake.send(lines("stuck", 0..1_000)) => {}
                () = cx.shutdown.cancelled() => {}
            }
            Ok(())
        });
    let mut ingest = start(vec![stuck], ROOMY);
    let mut changes = ingest.changes();
    while ingest.logs().snapshot().is_empty() {
        tokio::time::timeout(DEADLINE, changes.changed()).await.unwrap().unwrap();
    }
    ingest.stop();
    let counts = finish(&mut ingest).await.logs;
    assert_eq!((counts.received, counts.lost()), (counts.stored, 0), "what was not let in was never received");
    assert!(counts.received < 1_000);
}

/// What a session file brings back is again what it was: lines of text, records, gaps; its state is no log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_a_session_become_what_they_were() {
    let text = br#"{"level":"error","msg":"no funds","trace_id":"5b8efff798038103d269b633813fc60c"}"#;
    let parts = LineParts {
        time: 17,
        severity: Severity::ERROR,
        service: "bank",
        source: "bank.log",
        format_name: "json",
        text,
        trace_id: TraceId::from_hex(b"5b8efff798038103d269b633813fc60c"),
        span_id: None,
        resource: None,
    };
    let record = LogRecord { time: 18, body: "structured".into(), ..LogRecord::default() };
    let loss = Loss { count: 1_204, from: 1, to: 19, reason: LossReason::RateLimit };
    let records = vec![
        line_to_record(&parts),
        record_to_record(record, "otlp"),
        loss_to_record(&loss, "bank.log"),
        LogRecord { event_name: "spantail.session.state".into(), scope: session_scope(), ..LogRecord::default() },
    ];
    let session = script("session", SourceOptions::default(), |cx| async move {
        cx.intake.send(Batch::Logs(records)).await;
        Ok(())
    });
    let mut ingest = start(vec![session], ROOMY);
    let figures = finish(&mut ingest).await;
    assert_eq!((figures.logs.received, figures.logs.stored), (2, 2), "a gap and a state are no lines");
    let snapshot = ingest.logs().snapshot();
    let rows: Vec<_> = rows(&snapshot).collect();
    let [line, record, gap] = &rows[..] else { panic!("three rows are expected") };
    assert_eq!((&*line.text(), line.time(), line.severity()), (&text[..], 17, Severity::ERROR));
    assert_eq!((format_name(line.format()), line.trace_id()), ("json", parts.trace_id));
    assert_eq!((snapshot.sources.get(line.source()), snapshot.services.get(line.service())), ("bank.log", "bank"));
    assert_eq!((record.format(), &*record.text()), (FormatId::RECORD, &b"structured"[..]));
    assert_eq!(snapshot.sources.get(record.source()), "otlp");
    assert_eq!((gap.loss(), snapshot.sources.get(gap.source())), (Some(loss), "bank.log"));
}

/// A stack trace belongs to the line above it, in its own file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_without_a_time_have_that_of_the_line_before_in_the_same_part() {
    let parts = [
        ("a.log", "2026-01-02T03:04:05Z ERROR boom"),
        ("b.log", "2026-01-02T03:04:09Z INFO fine"),
        ("a.log", "    at Shop.pay(Shop.java:17)"),
        ("c.log", "no time yet"),
    ];
    let files = script("files", SourceOptions::default(), move |cx| async move {
        for (origin, text) in parts {
            let mut batch = LineBatch { origin: Some(origin.into()), ..LineBatch::default() };
            batch.push(text.as_bytes());
            cx.intake.send(Batch::Lines(batch)).await;
        }
        Ok(())
    });
    let mut ingest = start(vec![files], ROOMY);
    finish(&mut ingest).await;
    let snapshot = ingest.logs().snapshot();
    let of = |line: Line<'_>| (snapshot.sources.get(line.source()), line.time() - NOW);
    let mut seen: Vec<_> = rows(&snapshot).map(of).collect();
    // What is published together stands in the order of its times; how much that is nobody can tell.
    seen.sort_unstable();
    assert_eq!(seen, [("a.log", 0), ("a.log", 0), ("b.log", 4_000_000_000), ("c.log", 0)]);
}

fn span(trace: u64, id: u64) -> Span {
    Span {
        trace_id: TraceId::from_low64(trace).unwrap(),
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: None,
        trace_state: Box::default(),
        name: "op".into(),
        kind: SpanKind::Internal,
        start: NOW,
        end: NOW + 1,
        status: Status::default(),
        flags: 0,
        attributes: Attributes::default(),
        events: Vec::new(),
        links: Vec::new(),
        resource: Arc::default(),
        scope: Arc::default(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evicted_and_repeated_spans_are_accounted_for() {
    let spans = script("spans", SourceOptions::default(), |cx| async move {
        for trace in 1..2_000 {
            cx.intake.send(Batch::Spans((1..20).map(|id| span(trace, id)).collect())).await;
            cx.intake.send(Batch::Spans(vec![span(trace, 1)])).await;
        }
        Ok(())
    });
    let mut ingest = start(vec![spans], Budgets { traces: 1 << 20, ..ROOMY });
    let counts = finish(&mut ingest).await.spans;
    assert_eq!((counts.received, counts.stored), (1_999 * 20, 1_999 * 20));
    assert!(counts.evicted > 1_999 && counts.held() > 0, "{counts:?}");
}

/// A reader that waits for changes sees everything, whatever came and however short after something else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_arrival_is_told_to_readers() {
    let (sender, mut orders) = tokio::sync::mpsc::channel::<Batch>(1);
    let told = script("told", SourceOptions::default(), |cx| async move {
        while let Some(batch) = orders.recv().await {
            cx.intake.offer(batch);
        }
        Ok(())
    });
    let mut ingest = start(vec![told], ROOMY);
    let mut changes = ingest.changes();
    for at in 1..100 {
        let is_line = at % 3 == 0;
        sender.send(if is_line { lines("told", at..at + 1) } else { Batch::Spans(vec![span(at, at)]) }).await.unwrap();
        let (wanted_lines, wanted_spans) = (at / 3, at - at / 3);
        let seen = tokio::time::timeout(DEADLINE / 10, async {
            loop {
                changes.mark_unchanged();
                let (held, _) = ingest.traces().span_counts();
                if (ingest.logs().snapshot().len(), held) == (wanted_lines, wanted_spans) {
                    return;
                }
                changes.changed().await.unwrap();
            }
        });
        assert!(seen.await.is_ok(), "nobody was told of arrival {at}");
    }
    drop(sender);
    finish(&mut ingest).await;
}
