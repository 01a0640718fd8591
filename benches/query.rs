//! How long a query takes over 1,000,000 lines of 180 bytes in the store, beside a plain search over the same bytes.
//!
//! Run with `cargo bench --bench query`. Prints the best of five runs in milliseconds and its ratio to memmem over the
//! same bytes, on one core: the query thread divides the time of all but the first piece by the number of cores. Lines
//! are text first, then JSON, where fields are read from the bytes of each line that has the key or the value.
//!
//! What decides the ratio: a word, a phrase or a regex with a literal is one pass over the bytes; `NOT` of it is the
//! same pass; `OR` is a pass for each side; level, service, time and trace touch columns and summaries alone; `key:value`
//! is a pass for the value, and then a walk through those lines that have it; `key:>n` is a pass for the key, and then a
//! walk through every line that has the key, which is the dearest where all have it.
#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use memchr::memmem;
use spantail::model::{FormatId, Severity, TraceId, Zone};
use spantail::query::{CompileContext, LiveQuery, Matches, Plan};
use spantail::store::{NewLine, Segment, Snapshot, log_store};

const LINES: u64 = 1_000_000;
const WIDTH: usize = 180;
const RUNS: usize = 5;
/// What is scanned at most before the first screen is drawn.
const FIRST_LINES: usize = 16_384;

/// Queries over lines of text.
const TEXT_QUERIES: &[&str] = &[
    "timeout",
    "GET",
    "\"Connection Reset by peer\"",
    "\"connection reset by peer\"",
    "-\"connection reset by peer\"",
    "\"connection reset\" OR timeout",
    "/connection reset by \\w+/",
    "/order=1234\\d\\b/",
    "level:>=error",
    "level:>=error \"connection reset by peer\"",
    "service:check*",
    "trace:3039",
    "order:>99990",
    "nothing:>5",
];

/// Queries over lines of JSON.
const JSON_QUERIES: &[&str] =
    &["timeout", "status:503", "user:u4711", "status:>=500", "took:>950ms", "-status:200", "nobody:*"];

fn main() {
    let blind = regex::bytes::Regex::new("(?i)connection reset by peer");
    for (name, queries, snapshot) in
        [("text", TEXT_QUERIES, fill(FormatId::TEXT, text_line)), ("JSON", JSON_QUERIES, fill(json(), json_line))]
    {
        let bytes: usize = snapshot.segments().map(|segment| text_of(segment, <[u8]>::len)).sum();
        let finder = memmem::Finder::new("connection reset by peer");
        let (plain, hits) = best(|| searched(&snapshot, |bytes| finder.find_iter(bytes).count()));
        println!("{LINES} lines of {name}, {} MB in {} segments", bytes / 1_000_000, snapshot.segments().len());
        report("memmem, case counts", plain, plain, hits);
        if let Ok(regex) = &blind {
            let (time, hits) = best(|| searched(&snapshot, |bytes| regex.find_iter(bytes).count()));
            report("regex (?i), for comparison", time, plain, hits);
        }
        for query in queries {
            measure(query, &snapshot, plain);
        }
    }
}

fn measure(query: &str, snapshot: &Snapshot, plain: Duration) {
    let Ok(plan) = Plan::compile(query, &CompileContext::new(0, Zone::UTC)) else { return };
    let plan = Arc::new(plan);
    let (time, hits) = best(|| scan(&plan, snapshot));
    report(query, time, plain, hits);
    let (first, _) = best(|| LiveQuery::new(Arc::clone(&plan)).advance(snapshot, FIRST_LINES).runs.len());
    let (whole, hits) = best(|| live(&plan, snapshot));
    report("    live, first piece", first, plain, hits);
    report("    live, all", whole, plain, hits);
}

fn json() -> FormatId {
    spantail::parse::format_by_name("json").unwrap_or(FormatId::TEXT)
}

fn searched(snapshot: &Snapshot, count: impl Fn(&[u8]) -> usize) -> usize {
    snapshot.segments().map(|segment| text_of(segment, &count)).sum()
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
    let mut matches = Matches::new();
    loop {
        let progress = query.advance(snapshot, 65_536);
        let is_done = progress.is_done();
        progress.runs.into_iter().for_each(|run| matches.insert(run));
        if is_done {
            return usize::try_from(matches.len()).unwrap_or(usize::MAX);
        }
    }
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

/// A line's number, something random, and what it says, to its text.
type Write = fn(&mut String, u64, u64, &str);

fn text_line(text: &mut String, n: u64, noise: u64, what: &str) {
    let (minute, second, milli) = (n / 60_000 % 60, n / 1000 % 60, n % 1000);
    let order = noise % 100_000;
    let _written =
        write!(text, "2026-05-01T12:{minute:02}:{second:02}.{milli:03}Z {what} order={order} user={noise:x} ");
    while text.len() < WIDTH {
        text.push_str("the quick brown fox jumps over the lazy dog and more ");
    }
    text.truncate(WIDTH);
}

fn json_line(text: &mut String, n: u64, noise: u64, what: &str) {
    let (minute, second, milli) = (n / 60_000 % 60, n / 1000 % 60, n % 1000);
    let status = if n.is_multiple_of(1000) { 503 } else { 200 };
    let (took, user) = (noise % 1000, noise % 10_000);
    let _written = write!(
        text,
        r#"{{"time":"2026-05-01T12:{minute:02}:{second:02}.{milli:03}Z","level":"info","msg":"{what}","status":{status},"took":{took},"user":"u{user}","node":"{noise:x}","zone":"eu-central-1","build":"2026.4.17"}}"#
    );
}

/// Lines as services write them: mostly requests, one in a thousand of an error.
fn fill(format: FormatId, write: Write) -> Snapshot {
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
        write(&mut text, n, noise, what);
        writer.push(&NewLine {
            time: i64::try_from(n).unwrap_or_default() * 1_000_000,
            severity,
            source,
            service: services[usize::try_from(noise % 4).unwrap_or_default()],
            format,
            text: text.as_bytes(),
            trace_id: TraceId::from_low64(n / 10),
            span_id: None,
            record: None,
            resource: None,
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
