//! Drives the screen: a store, a clock that stands still, keys as a script, effects carried out at once.

use std::sync::OnceLock;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use spantail::analysis::question::Question;
use spantail::config::Columns;
use spantail::model::{Nanos, Zone};
use spantail::parse::Rules;
use spantail::query::{LiveQuery, Progress};
use spantail::session::SessionState;
use spantail::theme::{self, Theme};
use spantail::tui::app::{App, Start};
use spantail::tui::effect::Effect;
use spantail::tui::event::{Event, Found, Outcome, Slot};
use spantail::tui::keymap::{self, Key, Keymap};
use spantail::tui::world::{Settings, TimeFormat};

use super::cells::text_of;
pub(super) use super::store::Store;

/// The time at which the tests stand: 2026-03-14 12:03:10 UTC.
pub(super) const NOW: Nanos = 1_773_489_790 * SECOND;
/// A second in nanoseconds.
pub(super) const SECOND: Nanos = 1_000_000_000;
/// A millisecond in nanoseconds.
pub(super) const MILLI: Nanos = 1_000_000;

/// How a screen begins.
pub(super) struct Setup {
    /// Columns and rows.
    pub(super) size: (u16, u16),
    /// The name of the theme in force.
    pub(super) theme: &'static str,
    /// What the tab line calls all this.
    pub(super) title: String,
    /// Only ASCII may be drawn.
    pub(super) ascii: bool,
    /// The columns of the log pane.
    pub(super) columns: Columns,
    /// A keymap that is laid over the default one.
    pub(super) keys: &'static str,
    /// What a session file brought along.
    pub(super) restore: Option<SessionState>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            size: (120, 40),
            theme: "dark",
            title: "shop".into(),
            ascii: false,
            columns: Columns::default(),
            keys: "",
            restore: None,
        }
    }
}

/// The keys, read once for all screens.
static KEYMAP: OnceLock<Keymap> = OnceLock::new();

/// The default keys with those of the file `text` over them.
fn keymap(text: &str) -> Keymap {
    if text.is_empty() {
        return KEYMAP.get_or_init(|| Keymap::shipped("default").unwrap()).clone();
    }
    let (keymap, wrong) = Keymap::load(&[("default.toml", keymap::builtin("default").unwrap()), ("keys.toml", text)]);
    assert!(wrong.is_empty(), "{wrong:?}");
    keymap
}

/// Lines that a query searches in one go: few, so that the seams are met.
const PIECE: usize = 64;

/// The screen and everything on this side of the terminal.
pub(super) struct Screen {
    /// What is looked at.
    pub(super) store: Store,
    app: App,
    filter: Option<(u64, LiveQuery)>,
    search: Option<(u64, LiveQuery)>,
    /// The time; it passes only when a test says so.
    pub(super) now: Nanos,
    size: (u16, u16),
    /// Effects that are for the world outside, in order.
    pub(super) asked: Vec<Effect>,
    /// Whether questions are answered when a test says so, and not at once; and those that wait.
    is_holding: bool,
    held: Vec<Question>,
}

impl Screen {
    /// A screen of `width` × `height` cells on `store`, as it is after the first frame.
    pub(super) fn new(store: Store, width: u16, height: u16) -> Self {
        Self::with(store, Setup { size: (width, height), ..Setup::default() })
    }

    /// A screen as `setup` has it, as it is after the first frame.
    pub(super) fn with(mut store: Store, setup: Setup) -> Self {
        store.publish();
        let app = App::new(Start {
            snapshot: store.reader.snapshot(),
            traces: store.trace_reader.clone(),
            accounting: store.accounting(),
            keymap: keymap(setup.keys),
            theme: Theme::shipped(setup.theme).unwrap(),
            themes: theme::BUILTIN.iter().filter_map(|(name, _)| Theme::shipped(name)).collect(),
            settings: Settings {
                sources: vec!["/var/log/app/*.log", "otlp://127.0.0.1:4317", "otlp+http://127.0.0.1:4318"],
                time: TimeFormat::Utc,
                zone: Zone::UTC,
                aliases: Vec::new(),
                rules: Rules::default(),
                columns: setup.columns,
                ascii: setup.ascii,
                title: setup.title,
                recorded: setup.restore.as_ref().map(|state| state.accounting.clone()).unwrap_or_default(),
                save_as: "shop.jsonl.zst".into(),
            },
            size: setup.size,
            now: NOW,
        });
        let (filter, search) = (None, None);
        let mut screen = Self {
            store,
            app,
            filter,
            search,
            now: NOW,
            size: setup.size,
            asked: Vec::new(),
            is_holding: false,
            held: Vec::new(),
        };
        if let Some(state) = setup.restore {
            let effects = screen.app.restore(&state);
            screen.perform(effects);
        }
        screen.arrive();
        screen
    }

    /// Presses keys. Words are separated by blanks; `<Enter>` is a key by name, every other word is typed.
    pub(super) fn press(&mut self, script: &str) -> &mut Self {
        for word in script.split_whitespace() {
            match word.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
                Some(name) => self.key(Key::parse(name).unwrap_or_else(|| panic!("no key is called {name}"))),
                None => word.chars().for_each(|c| self.key(Key::parse(&c.to_string()).unwrap())),
            }
        }
        self
    }

    /// Presses one key and draws, as the runtime does at rest.
    pub(super) fn key(&mut self, key: Key) {
        self.event(Event::Key(key.to_event()));
    }

    /// Lets the screen see what the store holds now, and the running queries too.
    pub(super) fn arrive(&mut self) -> &mut Self {
        let data = self.store.data();
        self.event(Event::Data(Box::new(data)));
        for slot in [Slot::Filter, Slot::Search] {
            self.advance(slot);
        }
        self
    }

    /// Lets time pass and tells the screen.
    pub(super) fn wait(&mut self, nanos: Nanos) -> &mut Self {
        self.now += nanos;
        self.arrive()
    }

    /// A tick of the clock, without anything new.
    pub(super) fn tick(&mut self) -> &mut Self {
        self.event(Event::Tick);
        self
    }

    /// The terminal has another size.
    pub(super) fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.size = (width, height);
        self.event(Event::Resize(width, height));
        self
    }

    /// How an effect ended.
    pub(super) fn done(&mut self, outcome: Outcome) -> &mut Self {
        self.event(Event::Done(outcome));
        self
    }

    /// From now on answers take until a test asks for them, as they do in the program.
    pub(super) fn hold_answers(&mut self) -> &mut Self {
        self.is_holding = true;
        self
    }

    /// How many questions wait for their answers.
    pub(super) fn waiting(&self) -> usize {
        self.held.len()
    }

    /// The answers to all questions that wait come, by what is in the store now.
    pub(super) fn answer(&mut self) -> &mut Self {
        for question in std::mem::take(&mut self.held) {
            self.answer_to(question);
        }
        self
    }

    /// The answers that wait are lost, as those are that come while another view is shown.
    pub(super) fn lose_answers(&mut self) -> &mut Self {
        self.held.clear();
        self
    }

    fn answer_to(&mut self, question: Question) {
        let answer = question.answer(&self.store.trace_reader);
        self.event(Event::Done(Outcome::Analysed(Box::new((question, answer)))));
    }

    /// A text is pasted.
    pub(super) fn paste(&mut self, text: &str) -> &mut Self {
        self.event(Event::Paste(text.to_owned()));
        self
    }

    /// Whether the screen wants to hear the clock.
    pub(super) fn is_ticking(&self) -> bool {
        self.app.is_ticking()
    }

    /// What would travel in a session file.
    pub(super) fn session_state(&self) -> SessionState {
        self.app.session_state()
    }

    fn event(&mut self, event: Event) {
        let effects = self.app.update(event, self.now);
        self.perform(effects);
        self.app.project();
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::RunQuery { slot, generation, plan, searched } => {
                    *self.running(slot) = Some((generation, LiveQuery::resumed(plan, searched)));
                    self.advance(slot);
                }
                Effect::StopQuery(slot) => *self.running(slot) = None,
                Effect::Analyse(question) if self.is_holding => self.held.push(question),
                Effect::Analyse(question) => self.answer_to(question),
                other => self.asked.push(other),
            }
        }
    }

    fn running(&mut self, slot: Slot) -> &mut Option<(u64, LiveQuery)> {
        match slot {
            Slot::Filter => &mut self.filter,
            Slot::Search => &mut self.search,
        }
    }

    /// Runs a query to its end over what the store holds, in small pieces so that the seams are met.
    fn advance(&mut self, slot: Slot) {
        let snapshot = self.store.reader.snapshot();
        let Some((generation, mut live)) = self.running(slot).take() else { return };
        loop {
            let progress = live.advance(&snapshot, PIECE);
            let is_complete = progress.is_done();
            let Progress { runs, volume, searched, .. } = progress;
            self.event(Event::Found(Found { slot, generation, runs, volume, searched, is_complete }));
            if is_complete {
                break;
            }
        }
        *self.running(slot) = Some((generation, live));
    }

    /// What is on the screen now.
    pub(super) fn frame(&mut self) -> Buffer {
        self.app.project();
        self.draw()
    }

    /// Draws what was last projected.
    pub(super) fn draw(&self) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        self.app.render(&mut buf);
        buf
    }

    /// The screen as text, one line a row.
    pub(super) fn text(&mut self) -> String {
        text_of(&self.frame())
    }

    /// The cells of the pane whose title begins with `title`: from its upper left corner to its lower right one.
    pub(super) fn pane(&mut self, title: &str) -> String {
        let buf = self.frame();
        let corner = |x: u16, y: u16| {
            let row: String = (x..buf.area.width).map(|x| buf[(x, y)].symbol()).collect();
            row.starts_with(&format!("╭ {title}"))
        };
        let cells = (0..buf.area.height).flat_map(|y| (0..buf.area.width).map(move |x| (x, y)));
        let (left, top) = cells.into_iter().find(|(x, y)| corner(*x, *y)).expect("the pane is on the screen");
        let right = (left..buf.area.width).find(|x| buf[(*x, top)].symbol() == "╮").unwrap();
        let bottom = (top..buf.area.height).find(|y| buf[(left, *y)].symbol() == "╰").unwrap();
        let row = |y: u16| (left..=right).map(|x| buf[(x, y)].symbol()).collect::<String>();
        (top..=bottom).map(row).collect::<Vec<_>>().join("\n")
    }

    /// Whether `text` stands on the screen.
    pub(super) fn shows(&mut self, text: &str) -> bool {
        self.text().contains(text)
    }
}
