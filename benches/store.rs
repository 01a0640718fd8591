//! What the stores cost: memory per line and per span, inserting spans, looking at traces, evicting.
//!
//! Run with `cargo bench --bench store`. Bytes are counted twice: as the store accounts for them, which is what the
//! budget is held against, and as the system sees the process grow.
#![expect(clippy::cast_precision_loss, reason = "counts of lines and bytes are far below 2^52")]

use std::time::Instant;

use spantail::config::{SourceOptions, StartAt};
use spantail::model::{Nanos, TraceId};
use spantail::source::{self, Batch, LineBatch, SourceContext};
use spantail::store::{Snapshot, TraceReader, TraceWriter, trace_table};

#[path = "support/eviction.rs"]
mod eviction;
#[path = "support/memory.rs"]
mod memory;
#[path = "support/report.rs"]
mod report;
#[path = "support/scale.rs"]
mod scale;
#[path = "support/sources.rs"]
mod sources;
#[path = "support/spans.rs"]
mod spans;
#[path = "support/text.rs"]
mod text;

/// Room for everything.
const BUDGET: usize = 2 << 30;
/// Spans that arrive together.
const PER_BATCH: usize = 512;
/// Spans of an ordinary trace.
const PER_TRACE: u64 = 10;
/// When the spans are looked at, in nanoseconds since 1970.
const NOW: Nanos = 1_773_489_790_000_000_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("app.log");
    let count = scale::scaled(1_000_000);
    text::write_file(&path, count, text::python)?;
    let bytes = std::fs::metadata(&path)?.len();
    report::head(&format!("{count} lines of {} bytes held", bytes / count.max(1)));

    let before = memory::resident();
    let options = SourceOptions { start: StartAt::Beginning, follow: false, ..SourceOptions::default() };
    let opened = source::open(&path.display().to_string(), &options)?;
    let held = hold(opened, options).await?;
    per_line("a line of a file", &held, 0, before, 40.0);
    drop(held);

    let before = memory::resident();
    let text = std::fs::read(&path)?;
    let held = hold(Box::new(sources::Script(move |cx| send(cx, text))), SourceOptions::default()).await?;
    // Line ends are not held.
    per_line("a line in the ring, its own bytes left out", &held, bytes - count, before, 48.0);
    drop(held);

    // The small one first: memory that was given back once does not grow again.
    one_long_trace();
    many_traces();
    report::head("publishing a segment when the ring is full, one evicted for each");
    eviction::measure();
    Ok(())
}

async fn hold(source: Box<dyn source::Source>, options: SourceOptions) -> anyhow::Result<Snapshot> {
    let mut ingest = sources::start(source, options, BUDGET)?;
    ingest.finished().await;
    Ok(ingest.logs().snapshot())
}

async fn send(cx: SourceContext, text: Vec<u8>) -> Result<(), source::SourceError> {
    let mut batch = LineBatch::default();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        batch.push(line);
        if batch.bytes.len() > 1 << 19 {
            cx.intake.send(Batch::Lines(std::mem::take(&mut batch))).await;
        }
    }
    cx.intake.send(Batch::Lines(batch)).await;
    Ok(())
}

fn per_line(what: &str, held: &Snapshot, text: u64, before: u64, budget: f64) {
    let lines = held.len().max(1) as f64;
    let grown = memory::resident().saturating_sub(before).saturating_sub(text);
    let beside = format!("{:.1} as the system sees it", grown as f64 / lines);
    let accounted = held.bytes.saturating_sub(text) as f64 / lines;
    report::row(what, accounted, "bytes", &beside, ..=budget);
}

/// A million spans in traces of ten.
fn many_traces() {
    let count = scale::scaled(1_000_000);
    report::head(&format!("{count} spans in traces of {PER_TRACE}"));
    let trace = |n: u64| n / PER_TRACE;
    let (before, (mut writer, reader)) = (memory::resident(), trace_table(BUDGET));
    let seconds = insert(&mut writer, count, trace, || {});
    let grown = memory::resident().saturating_sub(before);
    report::row("to insert them", count as f64 / seconds / 1e6, "M spans/s", "", ..);
    report::row("memory", grown as f64 / count as f64, "bytes a span", "", ..);
    let seconds = timed(|| {
        std::hint::black_box(reader.recent(0, 100, |_| true));
    });
    report::row("the latest hundred for the list", seconds * 1e6, "us", "", ..);
    let middle = trace_id(trace(count / 2));
    let seconds = timed(|| {
        std::hint::black_box(middle.and_then(|id| reader.get(id)));
    });
    report::row("one trace by its id", seconds * 1e6, "us", "", ..);
}

/// One trace of 50,000 spans, alone and while somebody looks at it after every batch.
fn one_long_trace() {
    let count = scale::scaled(50_000);
    report::head(&format!("one trace of {count} spans"));
    let (before, (mut writer, reader)) = (memory::resident(), trace_table(BUDGET));
    let alone = insert(&mut writer, count, |_| 0, || {});
    let grown = memory::resident().saturating_sub(before);
    report::row("to insert it", alone * 1e3, "ms", "", ..);
    report::row("memory", grown as f64 / count as f64, "bytes a span", "", ..);
    let seconds = timed(|| {
        std::hint::black_box(look(&reader));
    });
    report::row("to take a snapshot of it", seconds * 1e6, "us", "", ..);
    let (mut writer, reader) = trace_table(BUDGET);
    let mut seen = None;
    let watched = insert(&mut writer, count, |_| 0, || seen = look(&reader));
    drop(seen);
    let beside = format!("{:.1} x alone", watched / alone);
    report::row("to insert it while it is looked at", watched * 1e3, "ms", &beside, ..);
}

fn look(reader: &TraceReader) -> Option<std::sync::Arc<spantail::store::Trace>> {
    trace_id(0).and_then(|id| reader.get(id))
}

fn trace_id(trace: u64) -> Option<TraceId> {
    TraceId::from_low64(trace + 1)
}

/// Inserts `count` spans, calling `after` behind every batch. Answers the seconds that took, their making left out.
fn insert(writer: &mut TraceWriter, count: u64, trace: impl Fn(u64) -> u64, mut after: impl FnMut()) -> f64 {
    let maker = spans::Maker::default();
    let mut seconds = 0.0;
    for first in (0..count).step_by(PER_BATCH) {
        let numbers = first..(first + PER_BATCH as u64).min(count);
        let batch: Vec<_> = numbers.filter_map(|n| maker.span(trace_id(trace(n))?, n)).collect();
        let start = Instant::now();
        writer.add(batch, "otlp", NOW);
        after();
        seconds += start.elapsed().as_secs_f64();
    }
    seconds
}

/// The shortest of some runs, in seconds.
fn timed(mut run: impl FnMut()) -> f64 {
    let runs = (0..20).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    });
    runs.fold(f64::INFINITY, f64::min)
}
