//! What it costs to publish a segment and to evict one for it, in a ring of few segments and in one of many.

use std::time::Instant;

use spantail::model::{FormatId, Severity};
use spantail::store::{Draft, HISTORY_IDS, LogReader, LogWriter, NewLine, log_store};

use crate::report;

/// Lines of one segment.
const LINES: usize = 64;
/// Segments published while the time is taken, over all rings.
const TIMED: usize = 4_096;

/// Prints the time of one publication with 16 segments and with 4,096.
pub(crate) fn measure() {
    let few = publication(16);
    report::row("with 16 segments", few * 1e6, "us", "", ..);
    let many = publication(4_096);
    let beside = format!("{:.1} x with 16 segments", many / few);
    report::row("with 4,096 segments", many * 1e6, "us", &beside, ..);
}

/// Seconds that one publication takes in a ring that is full with `count` segments.
fn publication(count: usize) -> f64 {
    let (_, reader) = full(count, usize::MAX);
    let budget = usize::try_from(reader.snapshot().bytes).unwrap_or(usize::MAX);
    // Half of a ring is replaced, then a new one is taken: what is appended is joined, and so the segments get fewer.
    let (rings, per_ring) = (TIMED / (count / 2), count / 2);
    let mut seconds = 0.0;
    for _ in 0..rings {
        let (mut writer, _) = full(count, budget);
        let start = Instant::now();
        for _ in 0..per_ring {
            writer.append(draft());
            std::hint::black_box(writer.publish());
        }
        seconds += start.elapsed().as_secs_f64();
    }
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let timed = (rings * per_ring) as f64;
    seconds / timed
}

/// A ring of `count` segments. They are put in front of each other, because those that are appended are joined.
fn full(count: usize, budget: usize) -> (LogWriter, LogReader) {
    let (mut writer, reader) = log_store(budget, HISTORY_IDS);
    for _ in 0..count {
        writer.prepend(draft());
    }
    writer.publish();
    (writer, reader)
}

fn draft() -> Draft {
    let mut draft = Draft::default();
    for _ in 0..LINES {
        draft.push(&NewLine {
            time: 0,
            severity: Severity::INFO,
            source: 0,
            service: 0,
            format: FormatId::TEXT,
            text: b"INFO a line",
            trace_id: None,
            span_id: None,
            record: None,
            resource: None,
        });
    }
    draft
}
