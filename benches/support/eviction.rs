//! What it costs to publish a segment and to evict one for it, in a ring of few segments and in one of many.

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use spantail::extent::TextFile;
use spantail::model::{FormatId, Severity};
use spantail::store::{Draft, FileLines, LogReader, LogWriter, NewLine, Reread, log_store};

use crate::report;

/// Lines of one segment.
const LINES: u64 = 64;
/// Segments published while the time is taken.
const TIMED: u32 = 2_000;
/// The line that every segment holds, again and again.
const LINE: &[u8] = b"INFO a line\n";

/// Prints the time of one publication with 16 segments and with 4,096. `folder` is for a file of text.
///
/// The segments refer to a file and are cold: those are not joined, so that there can be as many as one wants.
pub(crate) fn measure(folder: &Path) -> anyhow::Result<()> {
    let path = folder.join("segment");
    std::fs::write(&path, LINE.repeat(usize::try_from(LINES)?))?;
    let file = Arc::new(TextFile::new(Arc::new(File::open(&path)?), path)?);
    let lines = Arc::new(FileLines { file, reader: Arc::new(Same) });
    let few = publication(16, &lines);
    report::row("with 16 segments", few * 1e6, "us", "", ..);
    let many = publication(4_096, &lines);
    let beside = format!("{:.1} x with 16 segments", many / few);
    report::row("with 4,096 segments", many * 1e6, "us", &beside, ..=2.0 * few * 1e6);
    Ok(())
}

/// Seconds that one publication takes in a ring that is full with `count` segments.
fn publication(count: usize, lines: &Arc<FileLines>) -> f64 {
    // A ring with a budget of nothing gives up columns and evicts all but the newest: that is how large one is, cold.
    let (mut writer, reader) = log_store(0, 0);
    publish(&mut writer, lines);
    let cold = usize::try_from(reader.snapshot().bytes).unwrap_or(usize::MAX);
    let (mut writer, reader) = log_store(cold * count, 0);
    while reader.snapshot().evicted == 0 {
        publish(&mut writer, lines);
    }
    let segments = segments(&reader);
    let start = Instant::now();
    for _ in 0..TIMED {
        publish(&mut writer, lines);
    }
    let seconds = start.elapsed().as_secs_f64() / f64::from(TIMED);
    debug_assert!(segments.abs_diff(count) <= count / 4, "{segments} segments are not {count}");
    seconds
}

fn segments(reader: &LogReader) -> usize {
    reader.snapshot().segments().len()
}

fn publish(writer: &mut LogWriter, lines: &Arc<FileLines>) {
    let mut draft = Draft::default();
    let width = LINE.len() as u64;
    for n in 0..LINES {
        draft.push_placed(&new_line(LINE), lines, &(n * width..(n + 1) * width));
    }
    writer.append(draft);
    std::hint::black_box(writer.publish());
}

fn new_line(text: &[u8]) -> NewLine<'_> {
    NewLine {
        time: 0,
        severity: Severity::INFO,
        source: 0,
        service: 0,
        format: FormatId::TEXT,
        text,
        trace_id: None,
        span_id: None,
        record: None,
    }
}

/// Finds the same lines again.
struct Same;

impl Reread for Same {
    fn reread(&self, text: &[u8], _at: u64, each: &mut dyn FnMut(&NewLine<'_>, Range<u32>)) {
        let mut start = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let end = start + u32::try_from(line.len()).unwrap_or_default();
            each(&new_line(line), start..end);
            start = end;
        }
    }
}
