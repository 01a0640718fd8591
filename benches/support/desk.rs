//! The screen on a running ingest, driven as the program's own loop drives it: keys at once, data at the pace of frames,
//! queries in a thread. Frames go through ratatui's diff into escapes, which are counted and thrown away.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use spantail::config::Columns;
use spantail::ingest::Ingest;
use spantail::model::Zone;
use spantail::query::LiveQuery;
use spantail::source::Clock;
use spantail::theme::Theme;
use spantail::tui::app::{App, Start};
use spantail::tui::effect::Effect;
use spantail::tui::event::{Data, Event, Found};
use spantail::tui::keymap::{Key, Keymap};
use spantail::tui::pace::{Pace, Reason};
use spantail::tui::runtime::QueryWorker;
use spantail::tui::world::{Settings, TimeFormat};
use tokio::sync::{mpsc, watch};

/// Columns and rows.
pub(crate) const SIZE: (u16, u16) = (200, 60);
/// Answers of queries that may wait, as in the program.
const MAX_FOUND: usize = 64;

/// The screen, what it shows, and how long its frames took.
pub(crate) struct Desk {
    app: App,
    /// What is shown.
    pub(crate) ingest: Ingest,
    terminal: Terminal<CrosstermBackend<Counter>>,
    written: Arc<AtomicU64>,
    queries: QueryWorker,
    found: mpsc::Receiver<Found>,
    changes: watch::Receiver<u64>,
    pace: Pace,
    begun: Instant,
    clock: Clock,
    has_news: bool,
    /// What was taken in of a query's answer since the last frame.
    answer: Shown,
    /// Lines of the store when the app saw it last.
    pub(crate) seen: u64,
    /// What every frame took: taking in what is new, projecting, drawing and writing.
    pub(crate) frames: Vec<Duration>,
}

/// What a frame showed of a query's answer.
#[derive(Clone, Copy, Default)]
pub(crate) enum Shown {
    /// Nothing new.
    #[default]
    Nothing,
    /// Some matches.
    Some,
    /// The end of it, which came at this moment.
    All(Instant),
}

impl Desk {
    /// The screen after its first frame.
    pub(crate) fn open(ingest: Ingest) -> anyhow::Result<Self> {
        let clock = Clock::system();
        let missing = || anyhow::anyhow!("what is shipped is there");
        let app = App::new(Start {
            snapshot: ingest.logs().snapshot(),
            traces: ingest.traces().clone(),
            accounting: ingest.accounting(),
            keymap: Keymap::shipped("default").ok_or_else(missing)?,
            theme: Theme::shipped("dark").ok_or_else(missing)?,
            themes: Vec::new(),
            settings: Settings {
                sources: vec!["/var/log/app/*.log", "otlp://127.0.0.1:4317", "otlp+http://127.0.0.1:4318"],
                time: TimeFormat::Utc,
                zone: Zone::UTC,
                aliases: Vec::new(),
                rules: spantail::parse::Rules::default(),
                columns: Columns::default(),
                ascii: false,
                title: "bench".to_owned(),
                recorded: Vec::new(),
                save_as: "bench.jsonl.zst".to_owned(),
            },
            size: SIZE,
            now: clock.now(),
        });
        let written = Arc::<AtomicU64>::default();
        let viewport = Viewport::Fixed(Rect::new(0, 0, SIZE.0, SIZE.1));
        let terminal =
            Terminal::with_options(CrosstermBackend::new(Counter(Arc::clone(&written))), TerminalOptions { viewport })?;
        let (sender, found) = mpsc::channel(MAX_FOUND);
        let queries = QueryWorker::start(ingest.logs().clone(), sender);
        let changes = ingest.changes();
        let (pace, begun) = (Pace::default(), Instant::now());
        let (has_news, answer, frames) = (true, Shown::Nothing, Vec::new());
        let mut desk = Self {
            app,
            ingest,
            terminal,
            written,
            queries,
            found,
            changes,
            pace,
            begun,
            clock,
            has_news,
            answer,
            seen: 0,
            frames,
        };
        desk.draw()?;
        Ok(desk)
    }

    /// Bytes that would have gone to the terminal.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Runs until a frame is drawn, at most until `until`. Answers what that frame showed of a query; `None` when the
    /// time was up first.
    pub(crate) async fn frame(&mut self, until: Instant) -> anyhow::Result<Option<Shown>> {
        loop {
            let due = self.pace.due().map(|due| self.begun + due);
            let next = due.unwrap_or(until).min(until);
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(next.into()) => {
                    if due.is_none_or(|due| due > until) {
                        return Ok(None);
                    }
                    return self.draw().map(Some);
                }
                Some(found) = self.found.recv() => {
                    if found.is_complete {
                        self.answer = Shown::All(Instant::now());
                    } else if !found.runs.is_empty() {
                        self.answer = Shown::Some;
                    }
                    self.event(Event::Found(found), Reason::Data);
                }
                changed = self.changes.changed() => {
                    changed?;
                    self.has_news = true;
                    self.queries.wake();
                    self.pace.want(Reason::Data, self.begun.elapsed());
                }
            }
        }
    }

    /// Presses a key and draws the frame that it asks for. Answers how long that took, from the key on.
    pub(crate) async fn press(&mut self, key: &str) -> anyhow::Result<Duration> {
        let pressed = Instant::now();
        let key = Key::parse(key).ok_or_else(|| anyhow::anyhow!("no key is called {key}"))?;
        self.event(Event::Key(key.to_event()), Reason::Input);
        self.frame(pressed + Duration::from_secs(1)).await?;
        Ok(pressed.elapsed())
    }

    /// Types a text at once. Draws nothing yet.
    pub(crate) fn paste(&mut self, text: &str) {
        self.event(Event::Paste(text.to_owned()), Reason::Input);
    }

    fn event(&mut self, event: Event, reason: Reason) {
        for effect in self.app.update(event, self.clock.now()) {
            match effect {
                Effect::RunQuery { slot, generation, plan, searched } => {
                    self.queries.run(slot, generation, LiveQuery::resumed(plan, searched));
                }
                Effect::StopQuery(slot) => self.queries.stop(slot),
                // No key that a bench presses asks for anything else.
                _ => {}
            }
        }
        self.pace.want(reason, self.begun.elapsed());
    }

    fn draw(&mut self) -> anyhow::Result<Shown> {
        let start = Instant::now();
        if std::mem::take(&mut self.has_news) {
            let (services, edges) = self.ingest.traces().services();
            let (snapshot, accounting) = (self.ingest.logs().snapshot(), self.ingest.accounting());
            self.seen = snapshot.len();
            self.event(Event::Data(Box::new(Data { snapshot, accounting, services, edges })), Reason::Data);
        }
        self.app.project();
        self.terminal.draw(|frame| self.app.render(frame.buffer_mut()))?;
        self.frames.push(start.elapsed());
        self.pace.drawn(self.begun.elapsed());
        Ok(std::mem::take(&mut self.answer))
    }
}

/// Counts what is written.
pub(crate) struct Counter(Arc<AtomicU64>);

impl Write for Counter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(buf.len() as u64, Ordering::Relaxed);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
