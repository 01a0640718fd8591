//! The loop that runs the screen: the only place under `tui` that does I/O and knows the clock.
//!
//! It receives and never waits for a peer: whatever can block runs in a thread and answers by event. Keys come before
//! frames, frames before results, results before data, so that a flood of lines starves nobody.

mod asking;
mod browser;
mod figures;
mod keep;
mod queries;
mod search;
mod terminal;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, EventStream};
use futures_util::StreamExt;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};

use self::asking::Asking;
use self::figures::ServiceFigures;
use self::keep::Keeper;
pub use self::queries::QueryWorker;
pub use self::terminal::TerminalGuard;
use self::terminal::{Screen, Signals};
use super::app::{App, Start};
use super::effect::Effect;
use super::event::{Data, Event, Found, Outcome};
use super::keymap::Keymap;
use super::pace::{Pace, Reason};
use super::world::Settings;
use crate::analysis::question::Question;
use crate::config::SourceOptions;
use crate::ingest::{Feed, Ingest};
use crate::query::LiveQuery;
use crate::session::{self, Masker, SessionState};
use crate::source::Clock;
use crate::theme::Theme;

/// Answers of queries that may wait to be taken in; a query that is ahead of the screen waits.
const MAX_FOUND: usize = 64;
/// Outcomes of effects that may wait; there are as many as keys pressed.
const MAX_OUTCOMES: usize = 64;

/// What the screen shows and how.
pub struct Setup {
    /// Where data comes from.
    pub ingest: Ingest,
    /// What keys do.
    pub keymap: Keymap,
    /// How things look, reduced to the terminal's colours.
    pub theme: Theme,
    /// The themes that are cycled through, reduced as well.
    pub themes: Vec<Theme>,
    /// How things are shown.
    pub settings: Settings,
    /// How sources are read that are added on the screen.
    pub source_options: SourceOptions,
    /// The config file, in which settings are kept that are changed on the screen.
    pub config_file: Option<PathBuf>,
    /// Whether the mouse is taken.
    pub takes_mouse: bool,
    /// What a session file brought along.
    pub restore: Option<SessionState>,
    /// What to say at the start: what is wrong with themes and keymaps.
    pub notices: Vec<String>,
    /// What time it is.
    pub clock: Clock,
}

/// Why the screen was left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// The user quit.
    Quit,
    /// The user asked for the demo on the start screen.
    OpenDemo,
    /// A signal asked for it.
    Signal(i32),
}

/// Runs the screen until the user or a signal ends it. The terminal is given back on every way out.
pub async fn run(setup: Setup) -> std::io::Result<Exit> {
    let mut screen = Screen::open(setup.takes_mouse)?;
    let mut input = EventStream::new();
    let mut signals = Signals::new()?;
    let mut desk = Desk::new(setup, screen.size()?);
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let due = desk.pace.due().map(|due| desk.begun + due);
        let frame = async { tokio::time::sleep_until(due.unwrap_or_else(Instant::now)).await };
        let late = desk.services.due();
        let figures = async { tokio::time::sleep_until(late.unwrap_or_else(Instant::now)).await };
        let is_ticking = desk.app.is_ticking();
        tokio::select! {
            biased;
            signal = signals.recv() => if let Some(exit) = desk.signal(signal, &mut screen)? {
                return Ok(exit);
            },
            event = input.next() => match event {
                Some(Ok(event)) => desk.terminal_event(event),
                Some(Err(error)) => return Err(error),
                None => return Ok(Exit::Quit),
            },
            () = frame, if due.is_some() => desk.draw(&mut screen)?,
            Some(found) = desk.found.recv() => desk.found(found),
            Some(outcome) = desk.outcomes.recv() => desk.event(Event::Done(outcome), Reason::Input),
            changed = desk.changes.changed(), if !desk.is_finished => desk.changed(changed.is_ok()),
            _ = tick.tick(), if is_ticking => desk.look_again(),
            () = figures, if late.is_some() => {
                desk.services.remind();
                desk.look_again();
            }
        }
        if let Some(exit) = desk.perform(&mut screen)? {
            desk.keeper.finish().await;
            return Ok(exit);
        }
    }
}

/// Everything on this side of the terminal.
struct Desk {
    app: App,
    ingest: Ingest,
    queries: QueryWorker,
    found: mpsc::Receiver<Found>,
    /// The newest query that has an answer, and the newest that is answered in full.
    answered: u64,
    completed: u64,
    outcomes: mpsc::Receiver<Outcome>,
    outcome: mpsc::Sender<Outcome>,
    changes: watch::Receiver<u64>,
    pace: Pace,
    begun: Instant,
    clock: Clock,
    effects: Vec<Effect>,
    keeper: Keeper,
    source_options: SourceOptions,
    /// Whether the store has something that the app has not seen.
    has_news: bool,
    /// Whether there has been a line to show.
    has_lines: bool,
    /// Whether every source has ended, so that nothing will change any more.
    is_finished: bool,
    services: ServiceFigures,
}

impl Desk {
    fn new(setup: Setup, size: (u16, u16)) -> Self {
        let (found_sender, found) = mpsc::channel(MAX_FOUND);
        let (outcome, outcomes) = mpsc::channel(MAX_OUTCOMES);
        let now = setup.clock.now();
        let mut app = App::new(Start {
            snapshot: setup.ingest.logs().snapshot(),
            traces: setup.ingest.traces().clone(),
            accounting: setup.ingest.accounting(),
            keymap: setup.keymap,
            theme: setup.theme,
            themes: setup.themes,
            settings: setup.settings,
            size,
            now,
        });
        let mut effects = setup.restore.map(|state| app.restore(&state)).unwrap_or_default();
        for notice in setup.notices {
            effects.extend(app.update(Event::Done(Outcome::Failed(notice)), now));
        }
        let mut pace = Pace::default();
        pace.want(Reason::Input, Duration::ZERO);
        Self {
            app,
            queries: QueryWorker::start(setup.ingest.logs().clone(), found_sender),
            found,
            answered: 0,
            completed: 0,
            outcomes,
            outcome,
            changes: setup.ingest.changes(),
            ingest: setup.ingest,
            pace,
            begun: Instant::now(),
            clock: setup.clock,
            effects,
            keeper: Keeper::new(setup.config_file),
            source_options: setup.source_options,
            has_news: true,
            has_lines: false,
            is_finished: false,
            services: ServiceFigures::default(),
        }
    }

    fn event(&mut self, event: Event, reason: Reason) {
        let effects = self.app.update(event, self.clock.now());
        self.effects.extend(effects);
        self.pace.want(reason, self.begun.elapsed());
    }

    /// Takes in a part of an answer. The first lines of an answer, and its end, are what whoever asked waits for; the
    /// rest, and what comes later, is shown as data is.
    fn found(&mut self, found: Found) {
        let is_first = !found.runs.is_empty() && found.generation > self.answered;
        let is_end = found.is_complete && found.generation > self.completed;
        if is_first {
            self.answered = found.generation;
        }
        if is_end {
            self.completed = found.generation;
        }
        let reason = if is_first || is_end { Reason::Input } else { Reason::Data };
        self.event(Event::Found(found), reason);
    }

    fn terminal_event(&mut self, event: TerminalEvent) {
        match event {
            TerminalEvent::Key(key) => self.event(Event::Key(key), Reason::Input),
            TerminalEvent::Paste(text) => self.event(Event::Paste(text), Reason::Input),
            TerminalEvent::Resize(width, height) => self.event(Event::Resize(width, height), Reason::Input),
            TerminalEvent::Mouse(mouse) => self.event(Event::Mouse(mouse), Reason::Input),
            TerminalEvent::FocusGained | TerminalEvent::FocusLost => {}
        }
    }

    /// The store has changed; what is new is taken in with the next frame, not with every publication.
    fn changed(&mut self, goes_on: bool) {
        self.is_finished = !goes_on;
        self.has_news = true;
        self.queries.wake();
        // The first lines are what whoever started it waits for.
        let reason = if self.has_lines { Reason::Data } else { Reason::Input };
        self.pace.want(reason, self.begun.elapsed());
    }

    /// Time alone has changed what there is to see.
    fn look_again(&mut self) {
        self.has_news = true;
        self.pace.want(Reason::Data, self.begun.elapsed());
    }

    fn draw(&mut self, screen: &mut Screen) -> std::io::Result<()> {
        if std::mem::take(&mut self.has_news) {
            let data = self.data();
            let effects = self.app.update(Event::Data(Box::new(data)), self.clock.now());
            self.effects.extend(effects);
        }
        self.app.project();
        screen.draw(&self.app)?;
        self.pace.drawn(self.begun.elapsed());
        Ok(())
    }

    fn data(&mut self) -> Data {
        let generation = self.ingest.traces().generation();
        let (services, edges) =
            self.services.of(generation, Instant::now(), || self.ingest.traces().services()).clone();
        let snapshot = self.ingest.logs().snapshot();
        self.has_lines |= !snapshot.is_empty();
        Data { snapshot, accounting: self.ingest.accounting(), services, edges }
    }

    fn signal(&mut self, signal: terminal::Signal, screen: &mut Screen) -> std::io::Result<Option<Exit>> {
        match signal {
            terminal::Signal::End(number) => return Ok(Some(Exit::Signal(number))),
            terminal::Signal::Stop => {
                screen.suspend()?;
                self.pace.want(Reason::Input, self.begun.elapsed());
            }
        }
        Ok(None)
    }

    /// Does what the state asked for.
    fn perform(&mut self, screen: &mut Screen) -> std::io::Result<Option<Exit>> {
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                Effect::Quit => return Ok(Some(Exit::Quit)),
                Effect::OpenDemo => return Ok(Some(Exit::OpenDemo)),
                Effect::RunQuery { slot, generation, plan, searched } => {
                    self.queries.run(slot, generation, LiveQuery::resumed(plan, searched));
                }
                Effect::StopQuery(slot) => self.queries.stop(slot),
                Effect::Copy(text) => screen.copy(&text)?,
                Effect::Save { path, state } => self.save(path, *state),
                Effect::AddSource(argument) => self.add_source(argument),
                Effect::RunSource(key) => {
                    if let Err(error) = self.ingest.switch_on(key) {
                        self.event(Event::Done(Outcome::Failed(error.to_string())), Reason::Input);
                    }
                    self.has_news = true;
                }
                Effect::StopSource(key) => {
                    self.ingest.switch_off(key);
                    self.has_news = true;
                }
                Effect::RemoveSource(key) => {
                    self.ingest.remove(key);
                    self.has_news = true;
                }
                Effect::FetchTrace { wanted, backends } => self.asking().trace(&wanted, backends),
                Effect::SearchTraces { generation, query, pages } => self.asking().search(generation, &query, pages),
                Effect::AskCalls { window, backends } => self.asking().calls(window, backends),
                Effect::AskNames(of) => self.asking().names(&of),
                Effect::FindLinks(trace) => {
                    let found = self.asking().links(trace);
                    self.event(Event::Done(found), Reason::Input);
                }
                Effect::Analyse(question) => self.analyse(question),
                Effect::OpenLink(link) => self.open_link(link, screen)?,
                Effect::KeepColumns(columns) => self.keeper.keep(columns, self.outcome.clone()),
                Effect::Redraw => {
                    screen.clear()?;
                    self.pace.want(Reason::Input, self.begun.elapsed());
                }
                Effect::Suspend => {
                    screen.suspend()?;
                    self.pace.want(Reason::Input, self.begun.elapsed());
                }
            }
        }
        Ok(None)
    }

    fn asking(&self) -> Asking {
        Asking { backends: self.ingest.backends(), outcome: self.outcome.clone() }
    }

    fn open_link(&mut self, link: String, screen: &mut Screen) -> std::io::Result<()> {
        let outcome = if browser::open(&link) {
            Outcome::LinkOpened(link)
        } else {
            screen.copy(&link)?;
            Outcome::LinkCopied(link)
        };
        self.event(Event::Done(outcome), Reason::Input);
        Ok(())
    }

    fn add_source(&mut self, argument: String) {
        let outcome = match Feed::open(&argument, self.source_options.clone()) {
            Ok(feed) => {
                let label = feed.label();
                self.ingest.add(feed);
                Outcome::SourceAdded(label)
            }
            Err(error) => Outcome::SourceRefused { argument, why: error.to_string() },
        };
        self.has_news = true;
        self.event(Event::Done(outcome), Reason::Input);
    }

    /// Answers a question in a thread of its own; the screen goes on meanwhile.
    fn analyse(&self, question: Question) {
        let (traces, outcome) = (self.ingest.traces().clone(), self.outcome.clone());
        tokio::task::spawn_blocking(move || {
            let answer = question.answer(&traces);
            // The screen may be gone by now.
            let _told = outcome.blocking_send(Outcome::Analysed(Box::new((question, answer))));
        });
    }

    /// Saves in a thread of its own; the screen goes on meanwhile.
    fn save(&self, path: String, state: SessionState) {
        let snapshot = self.ingest.logs().snapshot();
        let traces = self.ingest.traces().clone();
        let outcome = self.outcome.clone();
        tokio::task::spawn_blocking(move || {
            let saved = Masker::new(&[])
                .and_then(|masker| session::save(&PathBuf::from(&path), &snapshot, &traces, &state, &masker));
            let done = match saved {
                Ok(saved) => Outcome::Saved { path, lines: saved.lines, spans: saved.spans },
                Err(error) => Outcome::Failed(format!("{error}; {}", error.hint())),
            };
            // The screen may be gone by now; the file is there all the same.
            let _told = outcome.blocking_send(done);
        });
    }
}

impl Screen {
    /// Puts a text on the terminal's clipboard by OSC 52, which works over SSH as well.
    fn copy(&mut self, text: &str) -> std::io::Result<()> {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        let out = self.writer();
        write!(out, "\x1b]52;c;{encoded}\x07")?;
        out.flush()
    }
}
