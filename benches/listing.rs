//! How long the list of traces takes with 100,000 of them in memory: to be shown, from a key to its frame, to sort, to
//! filter, and while more come. And the views of what is listed.
//!
//! Run with `cargo bench --bench listing`. The whole screen of 200×60 cells, without the terminal. What is answered beside
//! the screen (a filter over many spans, the figures of many traces) is not counted.

use std::sync::Arc;

use spantail::model::{Attributes, Nanos, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, TraceId};
use spantail::store::{TraceWriter, trace_table};

#[path = "support/report.rs"]
mod report;
#[path = "support/scale.rs"]
mod scale;
#[path = "support/screen.rs"]
mod screen;

use screen::Screen;

/// When the first trace begins, in nanoseconds since 1970.
const BEGIN: Nanos = 1_773_489_780_000_000_000;
/// How far apart traces begin.
const APART: Nanos = 5_000_000;
/// How often the screen is drawn while traces come.
const FRAME: Nanos = 33_000_000;
/// Frames that are drawn while traces come.
const FRAMES: u64 = 600;

fn main() -> anyhow::Result<()> {
    let count = scale::scaled(100_000);
    report::head(&format!("{count} traces of four spans"));
    let (mut writer, reader) = trace_table(1 << 30);
    let makers = Makers::new();
    for n in 0..count {
        makers.add(n, &mut writer)?;
    }
    let mut screen = Screen::new(reader, begin(count))?;
    screen.tell();
    screen.press("2")?;
    report::row("show the list alone", screen.press("z")?, "ms", "", ..=100.0);
    anyhow::ensure!(screen.shows("Traces latest first"), "no list is on the screen");
    for (what, keys) in [
        ("row by row", ["j", "j", "j", "k"].as_slice()),
        ("page by page", &["PgDn", "PgDn", "PgUp"]),
        ("from end to end", &["G", "g"]),
    ] {
        screen.moved(&format!("a key to its frame, {what}"), keys)?;
    }
    screen.moved("sorted by another column", &[">"])?;
    screen.press("&")?;
    screen.paste("status:erro");
    report::row("a letter of a filter to its frame", screen.press("r")?, "ms", "", ..=100.0);
    screen.press("Esc")?;
    let mut next = count;
    for (what, keys) in [
        ("the latest first", ["g"].as_slice()),
        ("the slowest first", &[">"]),
        ("operations", &["v"]),
        ("scatter", &["v", "v"]),
    ] {
        for key in keys {
            screen.press(key)?;
        }
        screen.answered.clear();
        let mut taken = Vec::new();
        for _ in 0..scale::scaled(FRAMES) {
            screen.now += FRAME;
            while begin(next) < screen.now {
                makers.add(next, &mut writer)?;
                next += 1;
            }
            taken.push(screen.tell());
            taken.append(&mut screen.answered);
        }
        screen::frames(&format!("a frame while 200 traces/s come, {what}"), &mut taken);
    }
    Ok(())
}

/// When trace `n` begins.
fn begin(n: u64) -> Nanos {
    BEGIN.saturating_add(Nanos::try_from(n).unwrap_or(Nanos::MAX).saturating_mul(APART))
}

/// What traces are made of.
struct Makers {
    resources: Vec<Arc<Resource>>,
    scope: Arc<Scope>,
}

impl Makers {
    fn new() -> Self {
        let resource = |name: &str| {
            let attributes: Attributes = [("service.name", name)].into_iter().collect();
            Arc::new(Resource { attributes })
        };
        Self { resources: ["frontend", "checkout", "payment", "bank"].map(resource).into(), scope: Arc::default() }
    }

    /// Adds trace `n`: a chain through all services, of a millisecond to some seconds; one in fifty fails.
    fn add(&self, n: u64, writer: &mut TraceWriter) -> anyhow::Result<()> {
        let zero = || anyhow::anyhow!("an id of zero");
        let length = 1_000_000 + Nanos::try_from(noise(n) % 4096)? * Nanos::try_from(noise(n) % 977)? * 1_000;
        let start = begin(n);
        let mut spans = Vec::new();
        for (depth, resource) in (0..).zip(&self.resources) {
            let code = if noise(n).is_multiple_of(50) && depth == 3 { StatusCode::Error } else { StatusCode::Unset };
            spans.push(Span {
                trace_id: TraceId::from_low64(n + 1).ok_or_else(zero)?,
                span_id: SpanId::from_u64(depth + 1).ok_or_else(zero)?,
                parent_id: SpanId::from_u64(depth),
                trace_state: Box::default(),
                name: format!("GET /orders/{}", noise(n) % 40).into(),
                kind: SpanKind::Server,
                start,
                end: start + length / (Nanos::try_from(depth)? + 1),
                status: Status { code, message: Box::default() },
                flags: 0,
                attributes: [("http.route", "/orders/{id}")].into_iter().collect(),
                events: Vec::new(),
                links: Vec::new(),
                resource: Arc::clone(resource),
                scope: Arc::clone(&self.scope),
            });
        }
        writer.add(spans, "bench", start);
        Ok(())
    }
}

/// A number that looks random (the finalizer of SplitMix64).
fn noise(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (z ^ (z >> 27)) >> 8
}
