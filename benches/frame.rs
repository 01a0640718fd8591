//! How long the screen takes: frames while lines arrive, from a key to its frame, from a filter to its lines.
//!
//! Run with `cargo bench --bench frame`. The whole screen of 200×60 cells runs on the whole ingest, at the program's own
//! pace, with its escapes written to nowhere: the terminal's share is all that is missing.
#![expect(clippy::cast_precision_loss, reason = "counts of lines and bytes are far below 2^52")]

use std::path::Path;
use std::time::{Duration, Instant};

use spantail::config::SourceOptions;
use spantail::source::{self, Batch, LineBatch, SourceContext};

#[path = "support/desk.rs"]
mod desk;
#[path = "support/memory.rs"]
mod memory;
#[path = "support/report.rs"]
mod report;
#[path = "support/scale.rs"]
mod scale;
#[path = "support/sources.rs"]
mod sources;
#[path = "support/text.rs"]
mod text;

use desk::{Desk, Shown};

/// Lines a second that arrive.
const RATE: u64 = 200_000;
/// How often they arrive.
const TICK: Duration = Duration::from_millis(5);
/// Lines that arrive together.
const PER_TICK: u64 = RATE / 200;
/// The program's default budget for lines.
const BUDGET: usize = 512 << 20;
/// Keys that are pressed, a little apart, so that they fall anywhere between two frames.
const KEYS: u32 = 200;
/// How long a query or a history may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// A budget in which ten million lines have to give up their columns.
const SMALL: usize = 64 << 20;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    flood().await?;
    filters().await?;
    let path = folder.path().join("large.log");
    let count = scale::scaled(10_000_000);
    text::write_file(&path, count, text::python)?;
    // The small one first: memory that was given back once does not grow again.
    for (name, budget) in [("most of them cold", SMALL), ("their columns in memory", BUDGET)] {
        large(&path, count, name, budget).await?;
    }
    Ok(())
}

/// Frames and keys while lines arrive, following first and then in the middle of them.
async fn flood() -> anyhow::Result<()> {
    report::head(&format!("{RATE} lines/s arriving, 200x60"));
    let source = Box::new(sources::Script(|cx| arrive(cx, u64::MAX)));
    let mut desk = Desk::open(sources::start(source, SourceOptions::default(), BUDGET)?)?;
    let seconds = scale::scaled(1000) as f64 / 100.0;
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    let (frames, written) = (desk.frames.len(), desk.written());
    while desk.frame(until).await?.is_some() {}
    let taken = desk.frames.split_off(frames);
    let beside = format!("p50 {:.2} ms of {} frames", millis(quantile(&taken, 0.5)), taken.len());
    report::row("a frame, p99", millis(quantile(&taken, 0.99)), "ms", &beside, ..=8.0);
    let kilobytes = (desk.written() - written) as f64 / 1e3 / seconds;
    report::row("written to the terminal", kilobytes, "kB/s", "", ..);
    for (what, keys) in [("following", ["Right", "Left"]), ("scrolling", ["PgUp", "k"])] {
        let taken = keys_pressed(&mut desk, &keys).await?;
        let beside = format!("p50 {:.2} ms of {} keys", millis(quantile(&taken, 0.5)), taken.len());
        let what = format!("a key to its frame, {what}, p99");
        report::row(&what, millis(quantile(&taken, 0.99)), "ms", &beside, ..=16.0);
    }
    desk.ingest.stop();
    desk.ingest.finished().await;
    Ok(())
}

/// Presses `keys` in turn, at moments that have nothing to do with the frames.
async fn keys_pressed(desk: &mut Desk, keys: &[&str]) -> anyhow::Result<Vec<Duration>> {
    let mut taken = Vec::new();
    for (n, key) in (0..KEYS).zip(keys.iter().cycle()) {
        let pause = Instant::now() + Duration::from_micros(u64::from(11_000 + n * 7_919 % 23_000));
        while desk.frame(pause).await?.is_some() {}
        taken.push(desk.press(key).await?);
    }
    Ok(taken)
}

/// Lines at [`RATE`] until the bench stops, or as fast as they are taken until there are `count`.
async fn arrive(cx: SourceContext, count: u64) -> Result<(), source::SourceError> {
    let mut line = String::new();
    let mut tick = tokio::time::interval(TICK);
    let is_paced = count == u64::MAX;
    let mut sent = 0;
    while sent < count && !cx.shutdown.is_cancelled() {
        if is_paced {
            tick.tick().await;
        }
        let mut batch = LineBatch::default();
        for n in sent..(sent + PER_TICK).min(count) {
            line.clear();
            text::python(n, &mut line);
            batch.push(line.trim_end().as_bytes());
        }
        sent += batch.len() as u64;
        cx.intake.send(Batch::Lines(batch)).await;
    }
    cx.shutdown.cancelled().await;
    Ok(())
}

/// A change of the filter over a million lines in the ring, to its first screen and to its last match.
async fn filters() -> anyhow::Result<()> {
    let count = scale::scaled(1_000_000);
    report::head(&format!("a change of the filter over {count} lines in the ring"));
    let source = Box::new(sources::Script(move |cx| arrive(cx, count)));
    let mut desk = Desk::open(sources::start(source, SourceOptions::default(), BUDGET)?)?;
    while desk.ingest.logs().snapshot().stored < count {
        desk.frame(Instant::now() + TICK).await?;
    }
    for query in
        ["\"payment declined\"", "level:>=error", "nothing_matches_this", "service:payments mail", "/worker-1\\d/"]
    {
        let mut best = Answered { first: Duration::MAX, found: Duration::MAX, last: Duration::MAX };
        for _ in 0..5 {
            let answered = change_filter(&mut desk, query).await?;
            best.first = best.first.min(answered.first);
            best.found = best.found.min(answered.found);
            best.last = best.last.min(answered.last);
        }
        report::row(&format!("{query}, first screen"), millis(best.first), "ms", "", ..=10.0);
        let beside = format!("found after {:.2} ms", millis(best.found));
        report::row(&format!("{query}, last match"), millis(best.last), "ms", &beside, ..=50.0);
    }
    desk.ingest.stop();
    desk.ingest.finished().await;
    Ok(())
}

/// When an answer came, from the moment on at which its question was typed.
struct Answered {
    /// The first frame with a match, or with the word that there is none.
    first: Duration,
    /// The last match is found.
    found: Duration,
    /// The first frame with all matches.
    last: Duration,
}

/// Types a filter and takes it back again.
async fn change_filter(desk: &mut Desk, query: &str) -> anyhow::Result<Answered> {
    desk.press("&").await?;
    rest(desk).await?;
    let start = Instant::now();
    desk.paste(query);
    let mut first = None;
    let answered = loop {
        let shown = desk.frame(start + PATIENCE).await?;
        let Some(shown) = shown else { anyhow::bail!("`{query}` has not come to an end") };
        let now = start.elapsed();
        match shown {
            Shown::Nothing => {}
            Shown::Some => {
                first.get_or_insert(now);
            }
            Shown::All(found) => {
                break Answered { first: first.unwrap_or(now), found: found.duration_since(start), last: now };
            }
        }
    };
    desk.press("Enter").await?;
    desk.press("C").await?;
    rest(desk).await?;
    Ok(answered)
}

/// Lets all that is under way come to the screen.
async fn rest(desk: &mut Desk) -> anyhow::Result<()> {
    let until = Instant::now() + Duration::from_millis(50);
    while desk.frame(until).await?.is_some() {}
    Ok(())
}

/// A large file under the screen: its first frame, its history, and moving anywhere in it.
async fn large(path: &Path, count: u64, name: &str, budget: usize) -> anyhow::Result<()> {
    report::head(&format!("a file of {count} lines, {name}"));
    let before = memory::resident();
    let start = Instant::now();
    let options = SourceOptions::default();
    let opened = source::open(&path.display().to_string(), &options)?;
    let mut desk = Desk::open(sources::start(opened, options, budget)?)?;
    while desk.seen == 0 {
        anyhow::ensure!(desk.frame(start + PATIENCE).await?.is_some(), "no line has come");
    }
    report::row("to the first screen", millis(start.elapsed()), "ms", "", ..=100.0);
    while desk.ingest.logs().snapshot().stored < count {
        anyhow::ensure!(start.elapsed() < PATIENCE, "the history has not come to an end");
        desk.frame(Instant::now() + TICK).await?;
    }
    let rate = count as f64 / start.elapsed().as_secs_f64() / 1e6;
    report::row(
        "to the last line of its history",
        start.elapsed().as_secs_f64(),
        "s",
        &format!("{rate:.2} M lines/s"),
        ..,
    );
    let snapshot = desk.ingest.logs().snapshot();
    let cold = snapshot.segments().filter(|segment| segment.is_cold()).count();
    let beside = format!("{cold} of {} segments cold", snapshot.segments().len());
    let grown = memory::resident().saturating_sub(before) as f64 / f64::from(1 << 20);
    report::row("resident memory grew by", grown, "MiB", &beside, ..);
    for (what, keys) in [("to an end", ["g", "G"]), ("by a page", ["PgUp", "PgUp"])] {
        let taken = keys_pressed(&mut desk, &keys).await?;
        let beside = format!("p50 {:.2} ms", millis(quantile(&taken, 0.5)));
        let what = format!("a key to its frame, {what}, p99");
        report::row(&what, millis(quantile(&taken, 0.99)), "ms", &beside, ..=16.0);
    }
    desk.ingest.stop();
    desk.ingest.finished().await;
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn quantile(times: &[Duration], q: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the number of times")]
    let at = ((sorted.len().saturating_sub(1)) as f64 * q).round() as usize;
    sorted.get(at).copied().unwrap_or_default()
}
