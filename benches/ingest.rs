//! How fast text, and OTLP over gRPC, come from a source to the store: the whole way that the program takes.
//!
//! Run with `cargo bench --bench ingest`. Figures a core are lines by processor time of the whole process; each is put
//! in proportion to the least that could be done with the same bytes in the same run.
#![expect(clippy::cast_precision_loss, reason = "counts of lines and bytes are far below 2^52")]

use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use spantail::config::{SourceOptions, StartAt};
use spantail::ingest::Ingest;
use spantail::source::{self, Batch, LineBatch, MAX_BATCH_BYTES};

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/json.rs"]
mod json;
#[path = "support/otlp.rs"]
mod otlp;
#[path = "support/report.rs"]
mod report;
#[path = "support/scale.rs"]
mod scale;
#[path = "support/sources.rs"]
mod sources;
#[path = "support/text.rs"]
mod text;

/// Times that everything is measured.
const ROUNDS: u32 = 5;
/// Room for all lines.
const BUDGET: usize = 2 << 30;
/// Spans or records of one OTLP request, as SDKs send them.
const PER_REQUEST: u64 = 512;

/// What some rounds of the same took.
#[derive(Clone, Copy)]
struct Took {
    /// The shortest.
    wall: Duration,
    /// The mean, of all threads.
    cpu: Duration,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let count = scale::scaled(1_000_000);
    let kinds: [(&str, text::Writer, f64); 2] = [("python", text::python, 6.0), ("JSON", json::json, 2.0)];
    for (name, line, budget) in kinds {
        let path = folder.path().join(name);
        text::write_file(&path, count, line)?;
        let bytes = std::fs::metadata(&path)?.len();
        report::head(&format!("{count} {name} lines of {} bytes", bytes / count.max(1)));
        let counting = rounds(async || newlines(&path)).await?;
        let reading = rounds(async || from_file(&path, count).await).await?;
        lines("file to store, one core", count, reading, counting, budget);
        wall("file to store", count, reading, counting);
        let sending = stdin_like(&path, count).await?;
        lines("batches to store (as from stdin), one core", count, sending, counting, budget);
        wall("batches to store (as from stdin)", count, sending, counting);
    }
    over_grpc().await
}

fn lines(what: &str, count: u64, took: Took, least: Took, budget: f64) {
    // One thread does the least, so that its processor time is the time it takes.
    let ratio = took.cpu.as_secs_f64() / least.wall.as_secs_f64();
    let beside = format!("{ratio:.1} x read and count newlines");
    report::row(what, millions(count, took.cpu), "M lines/s", &beside, budget..);
}

fn wall(what: &str, count: u64, took: Took, least: Took) {
    let ratio = took.wall.as_secs_f64() / least.wall.as_secs_f64();
    let beside = format!("{ratio:.1} x read and count newlines");
    report::row(&format!("{what}, by the clock"), millions(count, took.wall), "M lines/s", &beside, ..);
}

fn millions(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64() / 1e6
}

/// Runs the same a few times.
async fn rounds(mut run: impl AsyncFnMut() -> anyhow::Result<()>) -> anyhow::Result<Took> {
    let mut wall = Duration::MAX;
    let cpu = cpu::cpu_time();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        run().await?;
        wall = wall.min(start.elapsed());
    }
    Ok(Took { wall, cpu: cpu::cpu_since(cpu) / ROUNDS })
}

/// The least that can be done with a file.
fn newlines(path: &Path) -> anyhow::Result<()> {
    let mut file = std::fs::File::open(path)?;
    let mut buf = vec![0; 1 << 20];
    let mut count = 0;
    loop {
        let length = file.read(&mut buf)?;
        if length == 0 {
            break;
        }
        count += memchr::memchr_iter(b'\n', buf.get(..length).unwrap_or_default()).count();
    }
    std::hint::black_box(count);
    Ok(())
}

async fn from_file(path: &Path, count: u64) -> anyhow::Result<()> {
    let options = SourceOptions { start: StartAt::Beginning, follow: false, ..SourceOptions::default() };
    let source = source::open(&path.display().to_string(), &options)?;
    to_the_end(sources::start(source, options, BUDGET)?, count).await
}

/// The same lines from a source that has no file: each round is given batches of its own, made beforehand.
async fn stdin_like(path: &Path, count: u64) -> anyhow::Result<Took> {
    let text = std::fs::read(path)?;
    let all = batches(&text);
    let (mut wall, mut cpu) = (Duration::MAX, Duration::ZERO);
    for _ in 0..ROUNDS {
        let batches = all.clone();
        let (start, before) = (Instant::now(), cpu::cpu_time());
        let source = sources::Script(|cx: source::SourceContext| async move {
            for batch in batches {
                cx.intake.send(Batch::Lines(batch)).await;
            }
            Ok(())
        });
        to_the_end(sources::start(Box::new(source), SourceOptions::default(), BUDGET)?, count).await?;
        wall = wall.min(start.elapsed());
        cpu += cpu::cpu_since(before);
    }
    Ok(Took { wall, cpu: cpu / ROUNDS })
}

fn batches(text: &[u8]) -> Vec<LineBatch> {
    let mut out = vec![LineBatch::default()];
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        if out.last().is_none_or(|batch| batch.bytes.len() + line.len() > MAX_BATCH_BYTES) {
            out.push(LineBatch::default());
        }
        if let Some(batch) = out.last_mut() {
            batch.push(line);
        }
    }
    out
}

/// Waits until `is_so`, looking every millisecond.
async fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn to_the_end(mut ingest: Ingest, count: u64) -> anyhow::Result<()> {
    ingest.finished().await;
    let stored = ingest.logs().snapshot().stored;
    anyhow::ensure!(stored == count, "{stored} of {count} lines were stored");
    Ok(())
}

async fn over_grpc() -> anyhow::Result<()> {
    let requests = scale::scaled(1_000);
    let count = requests * PER_REQUEST;
    report::head(&format!("{count} spans, then as many log records, over gRPC on loopback, {PER_REQUEST} a request"));
    let spans: Vec<_> = (0..requests).map(|n| otlp::spans(n, PER_REQUEST)).collect();
    let least = rounds(async || otlp::decode::<otlp::Spans>(&spans)).await?;
    let took = best_of(otlp::SPANS_PATH, &spans, count).await?;
    sent("spans", count, took, least, 0.4);
    let logs: Vec<_> = (0..requests).map(|n| otlp::logs(n, PER_REQUEST)).collect();
    let least = rounds(async || otlp::decode::<otlp::Logs>(&logs)).await?;
    let took = best_of(otlp::LOGS_PATH, &logs, count).await?;
    sent("log records", count, took, least, 0.6);
    Ok(())
}

fn sent(what: &str, count: u64, took: Took, least: Took, budget: f64) {
    let beside = |took: Duration, least: Duration| {
        let ratio = took.as_secs_f64() / least.as_secs_f64();
        format!("{ratio:.1} x prost alone")
    };
    let wall = beside(took.wall, least.wall);
    report::row(&format!("{what}, gRPC to store"), millions(count, took.wall), "M/s", &wall, budget..);
    let what = format!("{what}, of one core, the sender's work included");
    report::row(&what, millions(count, took.cpu), "M/s", &beside(took.cpu, least.cpu), ..);
}

/// Sends all requests a few times, each time to a store of its own.
async fn best_of(path: &'static str, requests: &[bytes::Bytes], count: u64) -> anyhow::Result<Took> {
    let mut best = Took { wall: Duration::MAX, cpu: Duration::ZERO };
    for _ in 0..ROUNDS {
        let took = send(path, requests.to_vec(), count).await?;
        best = Took { wall: best.wall.min(took.wall), cpu: best.cpu + took.cpu / ROUNDS };
    }
    Ok(best)
}

/// Sends all requests to a receiver of their own, and waits until what was in them is stored.
async fn send(path: &'static str, requests: Vec<bytes::Bytes>, count: u64) -> anyhow::Result<Took> {
    let options = SourceOptions::default();
    let mut ingest = sources::start(source::open("otlp://127.0.0.1:0", &options)?, options, BUDGET)?;
    until(|| otlp::address(&ingest.accounting()).is_some()).await;
    let address = otlp::address(&ingest.accounting()).unwrap_or_default();
    let (start, before) = (Instant::now(), cpu::cpu_time());
    otlp::send_all(&address, path, requests).await?;
    until(|| ingest.accounting().logs.stored + ingest.accounting().spans.stored >= count).await;
    let took = Took { wall: start.elapsed(), cpu: cpu::cpu_since(before) };
    ingest.stop();
    ingest.finished().await;
    Ok(took)
}
