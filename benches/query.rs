//! How long a query takes over 1,000,000 lines of 180 bytes in the store, beside a plain search over the same bytes.
//!
//! Run with `cargo bench --bench query`. Prints the best of five runs in milliseconds and its ratio to memmem.
#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use memchr::memmem;
use spantail::model::{FormatId, Severity, TraceId};
use spantail::query::{CompileContext, LiveQuery, Plan};
use spantail::store::{NewLine, Segment, Snapshot, log_store};

const LINES: u64 = 1_000_000;
const WIDTH: usize = 180;
const RUNS: usize = 5;
/// What is scanned at most before the first screen is drawn.
const FIRST_LINES: usize = 16_384;

fn main() {
    let snapshot = fill();
    let bytes: usize = snapshot.segments().map(|segment| text_of(segment, <[u8]>::len)).sum();
    let finder = memmem::Finder::new("connection reset by peer");
    let (plain, hits) =
        best(|| snapshot.segments().map(|segment| text_of(segment, |text| finder.find_iter(text).count())).sum());
    println!("{LINES} lines, {} MB in {} segments", bytes / 1_000_000, snapshot.segments().len());
    report("memmem, case counts", plain, plain, hits);
    let blind = regex::bytes::Regex::new("(?i)connection reset by peer").map(|regex| {
        best(|| snapshot.segments().map(|segment| text_of(segment, |text| regex.find_iter(text).count())).sum())
    });
    if let Ok((time, hits)) = blind {
        report("regex (?i), for comparison", time, plain, hits);
    }
    for query in [
        "\"Connection Reset by peer\"",
        "\"connection reset by peer\"",
        "timeout",
        "GET",
        "-\"connection reset by peer\"",
        "level:>=error",
        "level:>=error \"connection reset by peer\"",
        "service:check*",
        "/connection reset by \\w+/",
        "/order=1234\\d\\b/",
        "trace:3039",
    ] {
        let Ok(plan) = Plan::compile(query, &CompileContext::new(0, 0)) else { continue };
        let plan = Arc::new(plan);
        let (time, hits) = best(|| scan(&plan, &snapshot));
        report(query, time, plain, hits);
        let (first, _) = best(|| LiveQuery::new(Arc::clone(&plan)).advance(&snapshot, FIRST_LINES).chunks.len());
        let (whole, hits) = best(|| live(&plan, &snapshot));
        report("    live, first piece", first, plain, hits);
        report("    live, all", whole, plain, hits);
    }
}

fn scan(plan: &Plan, snapshot: &Snapshot) -> usize {
    let mut hits = 0;
    let _flow = plan.scan(snapshot, 0..LINES, &mut |_| {
        hits += 1;
        ControlFlow::Continue(())
    });
    hits
}

fn live(plan: &Arc<Plan>, snapshot: &Snapshot) -> usize {
    let mut query = LiveQuery::new(Arc::clone(plan));
    while !query.advance(snapshot, 65_536).done {}
    query.results().len()
}

fn best(mut run: impl FnMut() -> usize) -> (Duration, usize) {
    let mut best = (Duration::MAX, 0);
    for _ in 0..RUNS {
        let start = Instant::now();
        let hits = run();
        best = best.min((start.elapsed(), hits));
    }
    best
}

fn report(what: &str, time: Duration, plain: Duration, hits: usize) {
    let ratio = time.as_secs_f64() / plain.as_secs_f64();
    println!("{:>9.2} ms {ratio:>7.2}x {hits:>9} {what}", time.as_secs_f64() * 1e3);
}

/// Lines as services write them: mostly requests, one in a thousand of an error.
fn fill() -> Snapshot {
    let (mut writer, reader) = log_store(1 << 30, 0);
    let source = writer.source("app.log");
    let services = ["checkout", "payments", "catalog", "cart"].map(|name| writer.service(name.as_bytes()));
    let mut text = String::new();
    let mut random = 1u64;
    for n in 0..LINES {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = random >> 20;
        let (severity, what) = match n % 1000 {
            0 => (Severity::ERROR, "upstream failed: connection reset by peer"),
            1..30 => (Severity::WARN, "slow answer, Timeout is near for the request"),
            _ => (Severity::INFO, "GET /api/v1/items served from the primary"),
        };
        text.clear();
        let _written = write!(
            text,
            "2026-05-01T12:{:02}:{:02}.{:03}Z {what} order={} user={noise:x} ",
            n / 60_000 % 60,
            n / 1000 % 60,
            n % 1000,
            noise % 100_000
        );
        while text.len() < WIDTH {
            text.push_str("the quick brown fox jumps over the lazy dog and more ");
        }
        text.truncate(WIDTH);
        writer.push(&NewLine {
            time: i64::try_from(n).unwrap_or_default() * 1_000_000,
            severity,
            source,
            service: services[usize::try_from(noise % 4).unwrap_or_default()],
            format: FormatId::TEXT,
            text: text.as_bytes(),
            trace_id: TraceId::from_low64(n / 10),
            span_id: None,
            record: None,
        });
    }
    writer.publish();
    reader.snapshot()
}

/// What `count` makes of all bytes of a segment.
fn text_of(segment: &Segment, count: impl Fn(&[u8]) -> usize) -> usize {
    let mut sum = 0;
    segment.any_text(&mut |text| {
        sum += count(text);
        false
    });
    sum
}
