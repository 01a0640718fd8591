//! The state of the screen, and what every event does to it.
//!
//! [`App::update`] is synchronous, does no I/O and reads no clock: the time comes with the event, and what has to be
//! done comes out as [`Effect`]s. So a whole session is a list of events. [`App::project`] copies what is visible,
//! [`App::render`] draws it.

mod bars;
mod columns;
mod command;
mod finding;
pub mod meter;
mod prompting;
mod serving;
mod session;

use crossterm::event::{KeyEvent, KeyEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use self::command::leads_deeper;
use self::meter::Meter;
use super::action::Action;
use super::effect::Effect;
use super::event::{Data, Event};
use super::findings::Findings;
use super::finish;
use super::inquiry::Inquiry;
use super::keymap::{Binding, Context, Key, KeyNames, Keymap, Resolution};
use super::layout::{Layout, layout};
use super::overlay::Overlay;
use super::pane::{Cx, Notice, Paint, Pane, PaneId, Reply};
use super::panes::{PANES, index_of};
use super::piece::{self, Piece};
use super::status_bar::StatusBar;
use super::world::{Settings, World};
use crate::model::Nanos;
use crate::store::{Accounting, Pressure, Snapshot, TraceReader};
use crate::theme::{Role, Theme};

/// For how long a notice is shown.
const NOTICE_SHOWN: Nanos = 6_000_000_000;
/// Steps that can be gone back. Deeper than anybody goes; bounds what old views pin.
const MAX_STEPS: usize = 64;

/// The whole state of the screen.
#[derive(Debug)]
pub struct App {
    world: World,
    keymap: Keymap,
    theme: Theme,
    /// Themes that are cycled through, already reduced to the terminal's colours.
    themes: Vec<Theme>,
    view: View,
    /// Views to go back to.
    steps: Vec<View>,
    overlays: Vec<Overlay>,
    /// Keys of a sequence that is not complete.
    pending: Vec<KeyEvent>,
    hints: Vec<Binding>,
    notice: Option<(Notice, Nanos)>,
    /// Lines and spans.
    meter: Meter,
    /// Lines alone.
    lines: Meter,
    generation: u64,
    /// What was typed in prompts, the latest last.
    history: Vec<String>,
    /// The links that may be chosen from: each backend with its address.
    links: Vec<(String, String)>,
    size: (u16, u16),
    layout: Layout,
    status: StatusBar,
    tabs: Vec<Piece>,
}

/// What going back brings back: the panes, which one has the keys, and whether it has the whole screen.
#[derive(Debug)]
struct View {
    panes: Vec<Box<dyn Pane>>,
    focus: PaneId,
    is_zoomed: bool,
}

/// What an [`App`] begins with.
#[derive(Debug)]
pub struct Start {
    /// What there is of the store.
    pub snapshot: Snapshot,
    /// The traces.
    pub traces: TraceReader,
    /// The figures.
    pub accounting: Accounting,
    /// What keys do.
    pub keymap: Keymap,
    /// How things look.
    pub theme: Theme,
    /// The themes that are cycled through.
    pub themes: Vec<Theme>,
    /// How things are shown.
    pub settings: Settings,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The time.
    pub now: Nanos,
}

impl Clone for View {
    fn clone(&self) -> Self {
        let panes = self.panes.iter().map(|pane| pane.boxed()).collect();
        Self { panes, focus: self.focus, is_zoomed: self.is_zoomed }
    }
}

impl App {
    /// The state at the start.
    pub fn new(start: Start) -> Self {
        let world = World {
            snapshot: start.snapshot,
            traces: start.traces,
            accounting: start.accounting,
            services: Vec::new(),
            edges: Vec::new(),
            now: start.now,
            inquiry: Inquiry::default(),
            findings: Findings::default(),
            settings: start.settings,
            names_share: None,
            keys: KeyNames::of(&start.keymap),
        };
        let panes = PANES.iter().map(|kind| (kind.make)()).collect();
        Self {
            world,
            keymap: start.keymap,
            theme: start.theme,
            themes: start.themes,
            view: View { panes, focus: PaneId::Logs, is_zoomed: false },
            steps: Vec::new(),
            overlays: Vec::new(),
            pending: Vec::new(),
            hints: Vec::new(),
            notice: None,
            meter: Meter::default(),
            lines: Meter::default(),
            generation: 0,
            history: Vec::new(),
            links: Vec::new(),
            size: start.size,
            layout: Layout::default(),
            status: StatusBar::default(),
            tabs: Vec::new(),
        }
    }

    /// What there is to see.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Takes in an event that happened at `now` and answers what is to be done.
    pub fn update(&mut self, event: Event, now: Nanos) -> Vec<Effect> {
        self.world.now = now;
        let mut effects = Vec::new();
        match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => {}
            Event::Key(key) => self.key(key, &mut effects),
            Event::Mouse(mouse) => self.mouse(mouse, &mut effects),
            Event::Paste(text) => self.paste(&text, &mut effects),
            Event::Resize(width, height) => self.size = (width, height),
            Event::Tick => {
                self.sample();
                // What a pane took in only in part is to be taken in when some time has passed.
                self.tell_panes(&mut effects);
            }
            Event::Data(data) => self.data(*data, &mut effects),
            Event::Found(found) => self.view.panes.iter_mut().for_each(|pane| pane.found(&found)),
            Event::Done(outcome) => self.done(outcome, &mut effects),
        }
        if self.notice.as_ref().is_some_and(|(_, until)| *until <= now) {
            self.notice = None;
        }
        self.ask_calls_where_due(&mut effects);
        self.show_links();
        effects
    }

    /// Whether something shown changes with time alone, so that a tick a second is wanted. Idle means it does not.
    pub fn is_ticking(&self) -> bool {
        self.meter.per_second() > 0.0
            || self.notice.is_some()
            || self.world.inquiry.is_waiting()
            || self.world.accounting.pressure() != Pressure::Ok
            || self.view.panes.iter().any(|pane| pane.is_ticking())
    }

    fn data(&mut self, data: Data, effects: &mut Vec<Effect>) {
        self.world.snapshot = data.snapshot;
        self.world.accounting = data.accounting;
        self.world.services = data.services;
        self.world.edges = data.edges;
        self.sample();
        self.tell_panes(effects);
    }

    /// Lets every pane know that the world has changed.
    fn tell_panes(&mut self, effects: &mut Vec<Effect>) {
        let mut cx = Cx { world: &self.world, effects, generation: &mut self.generation };
        self.view.panes.iter_mut().for_each(|pane| pane.changed(&mut cx));
    }

    fn sample(&mut self) {
        let (now, logs, spans) = (self.world.now, &self.world.accounting.logs, &self.world.accounting.spans);
        self.meter.sample(now, logs.received.saturating_add(spans.received));
        self.lines.sample(now, logs.received);
        if let Some(Overlay::Statistics(statistics)) = self.overlays.last_mut() {
            statistics.refresh(&self.world, self.lines.per_second());
        }
    }

    fn tell(&mut self, notice: Notice) {
        self.notice = Some((notice, self.world.now.saturating_add(NOTICE_SHOWN)));
    }

    /// Lets the traces pane show what the log pane's selection points at, unless the user is in the traces pane.
    fn show_links(&mut self) {
        let link = self.view.panes.iter().find_map(|pane| pane.link(&self.world));
        let focus = self.view.focus;
        for (pane, kind) in self.view.panes.iter_mut().zip(PANES) {
            if kind.id != focus {
                pane.preview(link, &self.world);
            }
        }
    }

    fn context(&self) -> Context {
        match self.overlays.last() {
            Some(Overlay::Prompt(_)) => Context::Prompt,
            Some(Overlay::Columns(columns)) if columns.is_typing() => Context::Prompt,
            Some(Overlay::Columns(_)) => Context::Columns,
            Some(Overlay::Picker(_)) => Context::Palette,
            Some(Overlay::TraceForm(_)) => Context::Form,
            Some(Overlay::Help(_) | Overlay::Statistics(_)) => Context::Help,
            None => self.focused().context(),
        }
    }

    fn focused(&self) -> &dyn Pane {
        &*self.view.panes[index_of(self.view.focus)]
    }

    fn key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        self.pending.push(key);
        match self.keymap.resolve(self.context(), &self.pending) {
            Resolution::Matched(actions) => {
                self.pending.clear();
                self.hints.clear();
                for action in actions {
                    self.run(action, effects);
                }
            }
            Resolution::Pending(hints) => self.hints = hints,
            Resolution::None => {
                let was_first = self.pending.len() == 1;
                self.pending.clear();
                self.hints.clear();
                let typed = Key::from_event(&key).and_then(Key::printable);
                if let Some(typed) = typed.filter(|_| was_first && self.context().is_typing()) {
                    self.paste(typed.encode_utf8(&mut [0; 4]), effects);
                }
            }
        }
    }

    /// Carries out an action: the topmost layer first, then the focused pane, then the application.
    fn run(&mut self, action: Action, effects: &mut Vec<Effect>) {
        if !self.overlays.is_empty() {
            return self.run_in_overlay(action, effects);
        }
        self.notice = None;
        let before = leads_deeper(action).then(|| self.view.clone());
        let reply = self.in_focus(effects, |pane, cx| pane.update(action, cx));
        match reply {
            Reply::Done => {}
            Reply::Ignored => self.command(action, effects),
            Reply::Deeper => self.step_in(before),
            Reply::Ask(request) => self.serve(&request, before, effects),
        }
    }

    fn step_in(&mut self, before: Option<View>) {
        self.steps.extend(before);
        if self.steps.len() > MAX_STEPS {
            self.steps.remove(0);
        }
    }

    /// Goes back one step, to exactly what was there; marks made since are kept.
    fn step_back(&mut self, effects: &mut Vec<Effect>) -> bool {
        let Some(view) = self.steps.pop() else { return false };
        let old = std::mem::replace(&mut self.view, view);
        let mut cx = Cx { world: &self.world, effects, generation: &mut self.generation };
        for (pane, old) in self.view.panes.iter_mut().zip(&old.panes) {
            pane.set_marks(&old.marks());
            // What the queries found meanwhile went to the view that was left.
            pane.resumed(&mut cx);
            pane.changed(&mut cx);
        }
        true
    }

    fn in_focus<T>(&mut self, effects: &mut Vec<Effect>, run: impl FnOnce(&mut dyn Pane, &mut Cx<'_>) -> T) -> T {
        let mut cx = Cx { world: &self.world, effects, generation: &mut self.generation };
        run(&mut *self.view.panes[index_of(self.view.focus)], &mut cx)
    }

    /// Copies what is visible.
    pub fn project(&mut self) {
        let (width, height) = self.size;
        self.layout = layout(width, height, self.view.focus, self.view.is_zoomed);
        for (id, area) in &self.layout.panes {
            let is_focused = *id == self.view.focus;
            let size = Size::new(area.width, area.height);
            self.view.panes[index_of(*id)].project(&self.world, size, is_focused);
        }
        let screen = Rect::new(0, 0, width, height);
        match self.overlays.last_mut() {
            Some(Overlay::Picker(picker)) => picker.project(height),
            Some(Overlay::Help(help)) => help.project(screen),
            Some(Overlay::Statistics(statistics)) => statistics.project(screen),
            Some(Overlay::Columns(columns)) => columns.project(screen),
            Some(Overlay::Prompt(_) | Overlay::TraceForm(_)) | None => {}
        }
        let hints = self.status_hints();
        let hints: Vec<(String, &str)> = hints.iter().map(|(key, what)| (key.clone(), *what)).collect();
        let notice = self.notice.as_ref().map(|(notice, _)| notice);
        self.status = StatusBar::project(&self.world, &self.meter, notice, &hints, width);
        self.tabs = self.tab_line(width);
    }

    /// Draws what was projected. Pure: the same state gives the same cells.
    pub fn render(&self, buf: &mut Buffer) {
        let screen = Rect::new(0, 0, self.size.0, self.size.1).intersection(buf.area);
        buf.set_style(screen, self.theme.style(Role::Text));
        let tabs = self.layout.tabs.intersection(screen);
        if tabs.height > 0 {
            piece::draw(&self.tabs, buf, tabs.x, tabs.y, tabs.width, Style::new(), &self.theme);
        }
        let ascii = self.world.settings.ascii;
        let has_keys = self.overlays.is_empty();
        for (id, area) in &self.layout.panes {
            let is_focused = has_keys && *id == self.view.focus;
            let paint = Paint { theme: &self.theme, is_focused, ascii };
            self.view.panes[index_of(*id)].render(area.intersection(screen), buf, &paint);
        }
        let status = self.layout.status.intersection(screen);
        if status.height > 0 {
            self.status.render(status, buf, &self.theme);
        }
        let paint = Paint { theme: &self.theme, is_focused: true, ascii };
        for overlay in &self.overlays {
            overlay.render(screen, buf, &paint);
        }
        finish::mend(buf);
        if ascii {
            finish::reduce_to_ascii(buf);
        }
    }

    /// Where the terminal's own cursor belongs while something is typed.
    pub fn cursor(&self) -> Option<Position> {
        match self.overlays.last() {
            Some(Overlay::Prompt(prompt)) => prompt.cursor(Rect::new(0, 0, self.size.0, self.size.1)),
            Some(Overlay::TraceForm(form)) => form.cursor(Rect::new(0, 0, self.size.0, self.size.1)),
            _ => None,
        }
    }
}
