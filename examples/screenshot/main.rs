//! Makes a picture of the screen from a real run on the demo, as SVG:
//!
//! ```text
//! cargo run --release --example screenshot -- assets/screen.svg
//! cargo run --release --example screenshot -- trace.svg --size 120x40 --theme light --keys "E t"
//! ```
//!
//! The demo runs through the real ingest for some seconds; then the keys are pressed, and what the terminal would show
//! is written to the file. Times are UTC, so that the picture does not depend on where it is made.

mod svg;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Parser;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use spantail::config::{Columns, SourceOptions};
use spantail::ingest::{Budgets, Ingest};
use spantail::model::Zone;
use spantail::query::{CompileContext, LiveQuery, Plan, Progress};
use spantail::source::{self, Clock};
use spantail::theme::Theme;
use spantail::tui::app::{App, Start};
use spantail::tui::effect::Effect;
use spantail::tui::event::{Data, Event, Found, Slot};
use spantail::tui::keymap::{Key, Keymap};
use spantail::tui::world::{Settings, TimeFormat};

/// Pause between two looks at the store, about that between two frames.
const FRAME: Duration = Duration::from_millis(33);
/// For how long what the picture needs may take to come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Memory for log lines and for traces, in bytes: more than a short run fills.
const BUDGET: usize = 64 << 20;
/// What has to have come before keys are pressed: an error whose trace can be opened.
const WANTED: &str = "service:frontend level:>=error orders trace:*";

/// What is pressed unless something else is asked for: the latest order that failed, with what led to it.
const KEYS: &str = "/ service:frontend Space level:>=error Space orders Enter N Ctrl-U n";

/// Makes a picture of the screen from a real run on the demo.
#[derive(Debug, Parser)]
struct Args {
    /// The SVG file to write
    #[arg(value_name = "FILE")]
    output: PathBuf,
    /// Columns and rows of the terminal
    #[arg(long, default_value = "150x48", value_parser = parse_size)]
    size: (u16, u16),
    /// A shipped theme
    #[arg(long, default_value = "dark")]
    theme: String,
    /// Keys to press at the end, with blanks between them, as keymaps write them
    #[arg(long, default_value = KEYS, allow_hyphen_values = true)]
    keys: String,
    /// Seconds that the demo runs before the keys are pressed
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// What happens is the same for the same seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let theme = Theme::shipped(&args.theme).with_context(|| format!("no shipped theme is called {}", args.theme))?;
    let keys = parse_keys(&args.keys)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let buffer = runtime.block_on(async {
        let mut run = Run::start(&args, theme.clone())?;
        run.watch(Duration::from_secs(args.seconds)).await?;
        for key in keys {
            run.event(Event::Key(key.to_event()));
        }
        anyhow::Ok(run.picture(args.size))
    })?;
    runtime.shutdown_background();
    let title = "spantail demo";
    std::fs::write(&args.output, svg::write(&buffer, &theme, title))
        .with_context(|| format!("writing {}", args.output.display()))
}

/// The demo, and the state of a screen that shows it.
struct Run {
    app: App,
    ingest: Ingest,
    clock: Clock,
    filter: Option<Running>,
    search: Option<Running>,
}

/// A query that the screen asked for.
struct Running {
    slot: Slot,
    generation: u64,
    live: LiveQuery,
}

impl Run {
    fn start(args: &Args, theme: Theme) -> anyhow::Result<Self> {
        let clock = Clock::system();
        let options = SourceOptions::default();
        let demo = source::open(&format!("demo:?seed={}", args.seed), &options)?;
        let ingest = Ingest::start(
            vec![(demo, options)],
            Budgets { logs: BUDGET, traces: BUDGET },
            &Zone::UTC,
            clock.clone(),
            None,
        )?;
        let settings = Settings {
            sources: Vec::new(),
            time: TimeFormat::Utc,
            zone: Zone::UTC,
            aliases: Vec::new(),
            rules: spantail::parse::Rules::default(),
            columns: Columns::default(),
            ascii: false,
            title: "shop demo".to_owned(),
            recorded: Vec::new(),
            save_as: "spantail.jsonl.zst".to_owned(),
        };
        let app = App::new(Start {
            snapshot: ingest.logs().snapshot(),
            traces: ingest.traces().clone(),
            accounting: ingest.accounting(),
            keymap: Keymap::shipped("default").context("the default keymap is shipped")?,
            theme,
            themes: Vec::new(),
            settings,
            size: args.size,
            now: clock.now(),
        });
        Ok(Self { app, ingest, clock, filter: None, search: None })
    }

    /// Feeds the screen for `least`, and on until what is wanted for the picture has come.
    async fn watch(&mut self, least: Duration) -> anyhow::Result<()> {
        let begun = Instant::now();
        let plan = Plan::compile(WANTED, &CompileContext::new(self.clock.now(), Zone::UTC))?;
        let mut wanted = LiveQuery::new(Arc::new(plan));
        let mut is_there = false;
        loop {
            self.feed();
            is_there |= !wanted.advance(&self.ingest.logs().snapshot(), usize::MAX).runs.is_empty();
            if begun.elapsed() >= least && is_there {
                return Ok(());
            }
            if begun.elapsed() >= least + PATIENCE {
                bail!("no line matched `{WANTED}` within {} s", begun.elapsed().as_secs());
            }
            tokio::time::sleep(FRAME).await;
        }
    }

    /// Takes in what the store has now.
    fn feed(&mut self) {
        let (services, edges) = self.ingest.traces().services();
        let (snapshot, accounting) = (self.ingest.logs().snapshot(), self.ingest.accounting());
        self.event(Event::Data(Box::new(Data { snapshot, accounting, services, edges })));
        self.app.project();
    }

    /// Takes in an event, and carries out at once what comes of it.
    fn event(&mut self, event: Event) {
        for effect in self.app.update(event, self.clock.now()) {
            match effect {
                Effect::RunQuery { slot, generation, plan, searched } => {
                    *self.slot(slot) = Some(Running { slot, generation, live: LiveQuery::resumed(plan, searched) });
                }
                Effect::StopQuery(slot) => *self.slot(slot) = None,
                // A picture needs no clipboard, no file and no terminal.
                _ => {}
            }
        }
        self.search();
        self.app.project();
    }

    fn slot(&mut self, slot: Slot) -> &mut Option<Running> {
        match slot {
            Slot::Filter => &mut self.filter,
            Slot::Search => &mut self.search,
        }
    }

    /// Brings the queries in force up to date.
    fn search(&mut self) {
        let snapshot = self.ingest.logs().snapshot();
        let running = [self.filter.as_mut(), self.search.as_mut()];
        let found: Vec<Found> = running.into_iter().flatten().map(|query| query.advance(&snapshot)).collect();
        for found in found {
            // An answer asks for nothing more.
            let _effects = self.app.update(Event::Found(found), self.clock.now());
        }
    }

    fn picture(mut self, (width, height): (u16, u16)) -> Buffer {
        self.app.project();
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        self.app.render(&mut buffer);
        self.ingest.stop();
        buffer
    }
}

impl Running {
    /// Searches all that there is.
    fn advance(&mut self, snapshot: &spantail::store::Snapshot) -> Found {
        let Self { slot, generation, .. } = *self;
        let progress = self.live.advance(snapshot, usize::MAX);
        let is_complete = progress.is_done();
        let Progress { runs, volume, searched, .. } = progress;
        Found { slot, generation, runs, volume, searched, is_complete }
    }
}

fn parse_size(text: &str) -> Result<(u16, u16), String> {
    let wrong = || "columns and rows are expected, such as 140x42".to_owned();
    let (width, height) = text.split_once('x').ok_or_else(wrong)?;
    match (width.parse(), height.parse()) {
        (Ok(width @ 20..=400), Ok(height @ 5..=200)) => Ok((width, height)),
        (Ok(_), Ok(_)) => Err("from 20x5 to 400x200 is possible".to_owned()),
        _ => Err(wrong()),
    }
}

/// Reads `E Enter t`. A word that is no key is typed letter by letter, so that queries can stand among the keys.
fn parse_keys(text: &str) -> anyhow::Result<Vec<Key>> {
    let mut keys = Vec::new();
    for word in text.split_whitespace() {
        match Key::parse(word) {
            Some(key) => keys.push(key),
            None => {
                for letter in word.chars() {
                    let key = Key::parse(letter.encode_utf8(&mut [0; 4]));
                    keys.push(key.with_context(|| format!("`{letter}` in `{word}` is no key"))?);
                }
            }
        }
    }
    Ok(keys)
}
