//! The screen and nothing else: keys and news go in, frames come out, without a terminal and without a program around it.

use std::time::{Duration, Instant};

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use spantail::config::Columns;
use spantail::model::{Nanos, Zone};
use spantail::parse::Rules;
use spantail::store::{Accounting, LogReader, TraceReader, log_store};
use spantail::theme::Theme;
use spantail::tui::app::{App, Start};
use spantail::tui::effect::Effect;
use spantail::tui::event::{Data, Event, Outcome};
use spantail::tui::keymap::{Key, Keymap};
use spantail::tui::world::{Settings, TimeFormat};

use super::{report, scale};

/// Columns and rows.
const SIZE: (u16, u16) = (200, 60);
/// Keys that are pressed for one figure.
const KEYS: u64 = 2_000;

/// The screen on a table of traces.
pub(crate) struct Screen {
    app: App,
    buf: Buffer,
    logs: LogReader,
    traces: TraceReader,
    /// The time; it stands unless a bench lets it pass.
    pub(crate) now: Nanos,
    /// How long the frames took in which answers were taken in, in milliseconds.
    pub(crate) answered: Vec<f64>,
}

impl Screen {
    /// The screen before it was told of what the table holds.
    pub(crate) fn new(traces: TraceReader, now: Nanos) -> anyhow::Result<Self> {
        let (_, logs) = log_store(1 << 20, 0);
        let app = App::new(Start {
            snapshot: logs.snapshot(),
            traces: traces.clone(),
            accounting: Accounting::default(),
            keymap: Keymap::shipped("default").ok_or_else(|| anyhow::anyhow!("no keymap"))?,
            theme: Theme::shipped("dark").ok_or_else(|| anyhow::anyhow!("no theme"))?,
            themes: Vec::new(),
            settings: settings(),
            size: SIZE,
            now,
        });
        let mut screen =
            Self { app, buf: Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1)), logs, traces, now, answered: Vec::new() };
        screen.frame();
        Ok(screen)
    }

    /// Tells of what is in the store by now, and draws it; milliseconds. To ask the store for figures is not counted: the
    /// program does so beside the screen.
    pub(crate) fn tell(&mut self) -> f64 {
        let (services, edges) = self.traces.services();
        let data = Data { snapshot: self.logs.snapshot(), accounting: Accounting::default(), services, edges };
        self.shown(Event::Data(Box::new(data)))
    }

    /// Whether `text` stands on the screen.
    pub(crate) fn shows(&self, text: &str) -> bool {
        let symbols: String = self.buf.content.iter().map(Cell::symbol).collect();
        symbols.contains(text)
    }

    fn frame(&mut self) {
        self.app.project();
        self.buf.reset();
        self.app.render(&mut self.buf);
    }

    /// Presses a key and draws the frame that follows; milliseconds.
    pub(crate) fn press(&mut self, key: &str) -> anyhow::Result<f64> {
        let key = Key::parse(key).ok_or_else(|| anyhow::anyhow!("no key is called {key}"))?;
        Ok(self.shown(Event::Key(key.to_event())))
    }

    /// Types a text at once and draws the frame that follows.
    pub(crate) fn paste(&mut self, text: &str) {
        self.shown(Event::Paste(text.to_owned()));
    }

    /// Takes in an event and draws the frame that follows; milliseconds. Questions are answered afterwards, as they are
    /// beside the screen; the frames of their answers are noted by themselves.
    fn shown(&mut self, event: Event) -> f64 {
        let start = Instant::now();
        let effects = self.app.update(event, self.now);
        self.frame();
        let taken = millis(start.elapsed());
        for effect in effects {
            if let Effect::Analyse(question) = effect {
                let answer = question.answer(&self.traces);
                let taken = self.shown(Event::Done(Outcome::Analysed(Box::new((question, answer)))));
                self.answered.push(taken);
            }
        }
        taken
    }

    /// Presses `keys` over and over; a row of the report, with the budget of a frame. Where somebody else was given the core
    /// meanwhile it says nothing of us, and is left out.
    pub(crate) fn moved(&mut self, what: &str, keys: &[&str]) -> anyhow::Result<()> {
        let mut taken = Vec::new();
        for (_, key) in (0..scale::scaled(KEYS)).zip(keys.iter().cycle()) {
            let before = interruptions();
            let time = self.press(key)?;
            if interruptions() == before {
                taken.push(time);
            }
        }
        frames(what, &mut taken);
        Ok(())
    }
}

/// A row of the report on frames that took so many milliseconds, with their budget.
pub(crate) fn frames(what: &str, taken: &mut [f64]) {
    taken.sort_by(f64::total_cmp);
    let at = |part: usize| taken.get(taken.len() * part / 100).copied().unwrap_or_default();
    report::row(&format!("{what}, p99"), at(99), "ms", &format!("p50 {:.2} ms", at(50)), ..=8.0);
}

/// How often the core was taken away from this process so far; always 0 where the system does not say.
fn interruptions() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let count = status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"));
    count.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

fn settings() -> Settings {
    Settings {
        time: TimeFormat::Utc,
        zone: Zone::UTC,
        aliases: Vec::new(),
        rules: Rules::default(),
        ascii: false,
        columns: Columns::default(),
        title: "bench".to_owned(),
        recorded: Vec::new(),
        sources: Vec::new(),
        save_as: String::new(),
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
