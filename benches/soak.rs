//! A hundred million lines through a ring of 256 MiB: resident memory must stay flat.
//!
//! Run with `cargo bench --bench soak`, or for fewer lines with their number: `cargo bench --bench soak -- 20000000`.
//! The lines are made in memory as fast as the ingest takes them, each with its time, level and trace id.
#![expect(clippy::cast_precision_loss, reason = "counts of lines and bytes are far below 2^52")]
#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::time::Instant;

use spantail::config::SourceOptions;
use spantail::ingest::Ingest;
use spantail::source::{Batch, LineBatch, SourceContext};

#[path = "support/memory.rs"]
mod memory;
#[path = "support/report.rs"]
mod report;
#[path = "support/scale.rs"]
mod scale;
#[path = "support/sources.rs"]
mod sources;

/// The budget of the ring in bytes.
const BUDGET: usize = 256 << 20;
/// What may be resident in MiB: 1.3 times the budget, and 40.
const MOST: f64 = 1.3 * 256.0 + 40.0;
/// Lines between two looks at the memory.
const STEP: u64 = 10_000_000;
/// Lines of one batch: about a megabyte.
const PER_BATCH: usize = 8_192;
/// A line; its milliseconds, trace and number are written over.
const LINE: &[u8] = b"2026-03-01T10:00:00.000Z INFO shop.orders: order placed, ok job_id=000000000000 \
                      trace_id=4bf92f3577b34da6a3ce000000000000";
/// Where the milliseconds, the job and the trace's last digits stand.
const MILLIS: std::ops::Range<usize> = 20..23;
const JOB: std::ops::Range<usize> = 67..79;
const TRACE: std::ops::Range<usize> = 109..121;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let count: u64 = asked.unwrap_or_else(|| scale::scaled(100_000_000));
    println!("{count} lines of {} bytes through a ring of {} MiB", LINE.len(), BUDGET >> 20);
    let source = sources::Script(move |cx: SourceContext| async move {
        for first in (0..count).step_by(PER_BATCH) {
            cx.intake.send(Batch::Lines(batch(first..(first + PER_BATCH as u64).min(count)))).await;
        }
        Ok(())
    });
    let start = Instant::now();
    let mut ingest = sources::start(Box::new(source), SourceOptions::default(), BUDGET)?;
    let most = watch(&ingest, count, start).await;
    ingest.finished().await;
    let figures = ingest.accounting().logs;
    anyhow::ensure!(figures.stored == count && figures.is_closed(), "not all lines are accounted for: {figures:?}");
    report::head("in the end");
    let beside = format!("{:.2} x the budget", most * f64::from(1 << 20) / BUDGET as f64);
    report::row("resident memory, the most that was seen", most, "MiB", &beside, ..=MOST);
    let rate = count as f64 / start.elapsed().as_secs_f64() / 1e6;
    report::row("lines a second, their making included", rate, "M lines/s", "", ..);
    Ok(())
}

/// Prints the memory every [`STEP`] lines until all are stored. Answers the most that was seen, in MiB.
async fn watch(ingest: &Ingest, count: u64, start: Instant) -> f64 {
    let mut most = 0.0_f64;
    let mut next = STEP.min(count);
    loop {
        let stored = ingest.accounting().logs.stored;
        let resident = memory::resident() as f64 / f64::from(1 << 20);
        most = most.max(resident);
        if stored >= next {
            let snapshot = ingest.logs().snapshot();
            let (held, seconds) = (snapshot.bytes >> 20, start.elapsed().as_secs_f64());
            println!("{stored:>11} lines {seconds:>6.1} s  {resident:>6.1} MiB resident  {held:>4} MiB held");
            next = (stored / STEP + 1) * STEP;
        }
        if stored >= count {
            return most;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn batch(numbers: std::ops::Range<u64>) -> LineBatch {
    let mut line = LINE.to_vec();
    let mut out = LineBatch::default();
    for n in numbers {
        write_digits(&mut line, MILLIS, n % 1000);
        write_digits(&mut line, JOB, n);
        // Ten lines belong to one trace.
        write_digits(&mut line, TRACE, n / 10 + 1);
        out.push(&line);
    }
    out
}

/// Writes `number` into the digits that stand at `place`.
fn write_digits(line: &mut [u8], place: std::ops::Range<usize>, mut number: u64) {
    for digit in line.get_mut(place).unwrap_or_default().iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}
