//! How long the waterfall of a trace of 50,000 spans takes: to be opened, from a key to its frame, to fold, to search, and
//! while it grows.
//!
//! Run with `cargo bench --bench waterfall`. The whole screen of 200×60 cells, without the terminal; the store is filled
//! before, so that nothing but the screen is measured. Three shapes: a tree of twelve levels, a chain of 20,000 spans each of
//! which calls the next, and one span that calls 50,000.

use std::sync::Arc;

use spantail::model::{Attributes, Nanos, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, TraceId};
use spantail::store::trace_table;

#[path = "support/report.rs"]
mod report;
#[path = "support/scale.rs"]
mod scale;
#[path = "support/screen.rs"]
mod screen;

use screen::Screen;

/// When the trace begins, and the time at which the screen stands.
const BEGIN: Nanos = 1_773_489_780_000_000_000;
/// How often the screen is drawn while a trace grows,
const FRAME: Nanos = 33_000_000;
/// and how often that is.
const FRAMES: usize = 500;

fn main() -> anyhow::Result<()> {
    let (spans, deep) = (scale::scaled(50_000), scale::scaled(20_000));
    let tree = |n: u64| if n.is_multiple_of(4) { noise(n) % n } else { n - 1 - noise(n) % n.min(6) };
    // Of each a fiftieth comes later.
    let all = |spans: u64| spans + spans / 50;
    shape(&format!("a tree of {spans} spans"), spans, levelled(all(spans), 12, tree)?)?;
    shape(&format!("a chain of {deep} spans"), deep, levelled(all(deep), u64::MAX, |n| n - 1)?)?;
    shape(&format!("one span with {spans} calls"), spans, levelled(all(spans), 2, |_| 0)?)
}

/// Measures all there is to do with one trace, of which so many spans are there at first.
fn shape(name: &str, first: u64, mut spans: Vec<Span>) -> anyhow::Result<()> {
    report::head(name);
    let late = spans.split_off(usize::try_from(first)?.min(spans.len()));
    let (mut writer, traces) = trace_table(1 << 30);
    writer.add(spans, "bench", BEGIN);
    let mut screen = Screen::new(traces, BEGIN)?;
    // The pane lays the selected trace out at once, so that this is in the first frame already.
    let opened = screen.tell() + screen.press("2")? + screen.press("Enter")?;
    report::row("open it, from its news to its frame", opened, "ms", "", ..=100.0);
    screen.press("z")?;
    anyhow::ensure!(screen.shows("operation") && !screen.shows("No trace"), "no waterfall is on the screen");
    for (what, keys) in [
        ("row by row", ["j", "j", "j", "k"].as_slice()),
        ("page by page", &["PgDn", "PgDn", "PgUp"]),
        ("from end to end", &["G", "g"]),
        ("along the critical path", &["p"]),
        ("zooming and panning", &[">", "}", "}", "<", "{"]),
        ("from error to error", &["e", "e", "E"]),
    ] {
        screen.moved(&format!("a key to its frame, {what}"), keys)?;
    }
    for (what, keys) in
        [("collapse all", "_"), ("expand all", "*"), ("fold what is short", "b"), ("show it again", "B")]
    {
        report::row(what, screen.press(keys)?, "ms", "", ..=50.0);
    }
    report::row("the critical path alone", screen.press("c")?, "ms", "", ..=50.0);
    screen.press("c")?;
    screen.press("/")?;
    screen.paste("SELEC");
    report::row("a letter of a search to its frame", screen.press("T")?, "ms", "", ..=100.0);
    screen.press("Enter")?;
    screen.moved("a key to its frame, from match to match", &["n", "n", "N"])?;
    screen.answered.clear();
    let mut taken = Vec::new();
    for spans in late.chunks(late.len().div_ceil(FRAMES).max(1)) {
        screen.now += FRAME;
        writer.add(spans.to_vec(), "bench", screen.now);
        taken.push(screen.tell());
        taken.append(&mut screen.answered);
    }
    screen::frames("a frame while it grows", &mut taken);
    Ok(())
}

/// `count` spans, each below the one that `above` names among those before it, counted from 0, in at most `levels` levels,
/// and within its time; one in fifty failed.
fn levelled(count: u64, levels: u64, above: impl Fn(u64) -> u64) -> anyhow::Result<Vec<Span>> {
    let resources: Vec<Arc<Resource>> = ["frontend", "checkout", "payment", "bank"].map(resource).into();
    let mut placed: Vec<(Nanos, Nanos, u64)> = vec![(0, 4_000_000_000, 1)];
    let mut spans = Vec::new();
    for n in 0..count {
        let parent = usize::try_from(if n == 0 { 0 } else { above(n) })?;
        let (from, to, level) = placed.get(parent).copied().unwrap_or((0, 4_000_000_000, 1));
        let parent = if level < levels { parent } else { 0 };
        let (from, to, level) = if level < levels { (from, to, level) } else { (0, 4_000_000_000, 1) };
        let begin = from + (to - from) / 1000 * Nanos::try_from(noise(n) % 500)?;
        let end = begin + (to - begin) / 1000 * Nanos::try_from(500 + noise(n + 1) % 500)?;
        if n > 0 {
            placed.push((begin, end, level + 1));
        }
        let (begin, end) = if n == 0 { (0, 4_000_000_000) } else { (begin, end) };
        let resource = resources.get(parent % resources.len()).cloned().unwrap_or_default();
        spans.push(span(n, (n > 0).then_some(parent), (begin, end), resource)?);
    }
    Ok(spans)
}

fn span(n: u64, parent: Option<usize>, time: (Nanos, Nanos), resource: Arc<Resource>) -> anyhow::Result<Span> {
    let id = |n: u64| SpanId::from_u64(n + 1).ok_or_else(|| anyhow::anyhow!("an id of zero"));
    let code = if noise(n).is_multiple_of(50) { StatusCode::Error } else { StatusCode::Unset };
    Ok(Span {
        trace_id: TraceId::from_low64(1).ok_or_else(|| anyhow::anyhow!("an id of zero"))?,
        span_id: id(n)?,
        parent_id: parent.map(|parent| id(parent as u64)).transpose()?,
        trace_state: Box::default(),
        name: if n.is_multiple_of(3) { "SELECT items" } else { "POST /orders/{id}" }.into(),
        kind: if n.is_multiple_of(2) { SpanKind::Client } else { SpanKind::Server },
        start: BEGIN + time.0,
        end: BEGIN + time.1,
        status: Status { code, message: Box::default() },
        flags: 0,
        attributes: [("http.route", "/orders/{id}"), ("server.address", "shop.internal")].into_iter().collect(),
        events: Vec::new(),
        links: Vec::new(),
        resource,
        scope: Arc::new(Scope::default()),
    })
}

fn resource(service: &str) -> Arc<Resource> {
    let attributes: Attributes = [("service.name", service), ("host.name", "node-1")].into_iter().collect();
    Arc::new(Resource { attributes })
}

/// A number that looks random (the finalizer of SplitMix64).
fn noise(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (z ^ (z >> 27)) >> 8
}
