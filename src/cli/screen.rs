//! `spantail [SOURCE]...`, `spantail demo`, `spantail open`: the screen.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::bail;
use chrono::Local;
use clap::Args;

use super::Ending;
use super::filter::{self, FilterFlags, Span};
use super::flags::{self, IngestFlags, Wanted};
use super::looks;
use crate::config::{Config, Flags, StartAt, TimeZone, default_path, local_zone};
use crate::ingest::Feed;
use crate::session::{self, SessionState};
use crate::source::{Clock, SOURCES};
use crate::tui::runtime::{self, Exit, Setup};
use crate::tui::world::{Settings, TimeFormat};

/// How the screen looks.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct LookFlags {
    /// Theme: dark, light, dusk, paper, high-contrast, or one of your own
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
    /// Keymap: default, vim, less, emacs, or one of your own
    #[arg(long, value_name = "NAME")]
    keymap: Option<String>,
    /// Draw without colours, as NO_COLOR does
    #[arg(long)]
    no_color: bool,
    /// Draw with ASCII only
    #[arg(long)]
    ascii: bool,
    #[command(flatten)]
    filter: FilterFlags,
}

/// Arguments of the screen on any source.
#[derive(Args, Clone, Debug)]
pub(super) struct ScreenArgs {
    /// What to read: paths, globs, `-` for stdin, or URIs; see below
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Do not wait for more at the end of files
    #[arg(long)]
    no_follow: bool,
    #[command(flatten)]
    ingest: IngestFlags,
    #[command(flatten)]
    look: LookFlags,
}

/// Arguments of `demo`.
#[derive(Args, Clone, Debug)]
pub(super) struct DemoArgs {
    /// What happens is the same for the same seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Log lines a second
    #[arg(long, default_value_t = 120)]
    rate: u32,
    #[command(flatten)]
    ingest: IngestFlags,
    #[command(flatten)]
    look: LookFlags,
}

/// Arguments of `open`.
#[derive(Args, Clone, Debug)]
pub(super) struct OpenArgs {
    /// The session, a file of the OpenTelemetry Collector, or traces that Jaeger, Zipkin or Tempo exported
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    ingest: IngestFlags,
    #[command(flatten)]
    look: LookFlags,
}

/// Opens the screen on sources.
pub(super) fn open(args: &ScreenArgs) -> anyhow::Result<Ending> {
    let (config, clock) = prepare(&args.ingest, &args.look)?;
    let wanted = Wanted { arguments: &args.sources, start: StartAt::Tail, follow: !args.no_follow };
    let sources = flags::sources(&wanted, &args.ingest, &config, &clock)?;
    let title = match sources.as_slice() {
        [] => String::new(),
        [only] => only.source.label(),
        many => format!("{} sources", many.len()),
    };
    let show = Show { title, restore: None, config: &config, look: &args.look, file: args.ingest.config.as_deref() };
    let exit = show_on(sources, show, &clock)?;
    if exit == Exit::OpenDemo {
        return demo(&DemoArgs { seed: 1, rate: 120, ingest: args.ingest.clone(), look: args.look.clone() });
    }
    Ok(ending(exit))
}

/// Opens the screen on the simulated web shop.
pub(super) fn demo(args: &DemoArgs) -> anyhow::Result<Ending> {
    let (config, clock) = prepare(&args.ingest, &args.look)?;
    let options = config.source_options();
    let feed = Feed::open(&format!("demo:?seed={}&rate={}", args.seed, args.rate), options)?;
    let title = "shop demo".to_owned();
    let show = Show { title, restore: None, config: &config, look: &args.look, file: args.ingest.config.as_deref() };
    Ok(ending(show_on(vec![feed], show, &clock)?))
}

/// Opens the screen on a saved session.
pub(super) fn reopen(args: &OpenArgs) -> anyhow::Result<Ending> {
    let (config, clock) = prepare(&args.ingest, &args.look)?;
    let restore = session::read_state(&args.file)?;
    let mut options = config.source_options();
    options.start = StartAt::Beginning;
    options.follow = false;
    let feed = Feed::open(&format!("otlp-file:{}", args.file.display()), options)?;
    let name = args.file.file_name().unwrap_or(args.file.as_os_str()).to_string_lossy().into_owned();
    let title = match restore.as_ref().map(|state| state.title.as_str()).filter(|title| !title.is_empty()) {
        Some(from) => format!("{name} (of {from})"),
        None => name,
    };
    let show = Show { title, restore, config: &config, look: &args.look, file: args.ingest.config.as_deref() };
    Ok(ending(show_on(vec![feed], show, &clock)?))
}

/// What is shown and how.
struct Show<'a> {
    title: String,
    restore: Option<SessionState>,
    config: &'a Config,
    look: &'a LookFlags,
    file: Option<&'a Path>,
}

fn prepare(ingest: &IngestFlags, look: &LookFlags) -> anyhow::Result<(Config, Clock)> {
    let layer = Flags {
        theme: look.theme.clone(),
        keymap: look.keymap.clone(),
        ascii: look.ascii.then_some(true),
        ..ingest.settings()
    };
    Ok((flags::resolve(ingest.config.as_ref(), &layer)?, Clock::system()))
}

fn show_on(sources: Vec<Feed>, show: Show<'_>, clock: &Clock) -> anyhow::Result<Exit> {
    if !std::io::stdout().is_terminal() {
        bail!("the screen needs a terminal, and stdout is none; `spantail stream` and `spantail record` work without");
    }
    let filter = show.look.filter.query(Span::default(), &filter::context(show.config, clock))?;
    let looks = looks::load(show.config, show.file, show.look.no_color);
    let settings = Settings {
        time: if show.config.ui.time == TimeZone::Utc { TimeFormat::Utc } else { TimeFormat::Local },
        zone: local_zone(),
        aliases: show.config.query.aliases.clone(),
        rules: show.config.rules.rules().clone(),
        ascii: show.config.ui.ascii,
        columns: show.config.logs.columns.clone(),
        title: show.title,
        sources: SOURCES.iter().map(|kind| kind.example()).collect(),
        recorded: show.restore.as_ref().map(|state| state.accounting.clone()).unwrap_or_default(),
        save_as: format!("spantail-{}.jsonl.zst", Local::now().format("%Y-%m-%dT%H-%M-%S")),
    };
    let mut restore = show.restore;
    if !filter.is_empty() {
        restore.get_or_insert_default().filter = filter;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let exit = runtime.block_on(async {
        let ingest = flags::ingest(sources, show.config, clock)?;
        let setup = Setup {
            ingest,
            keymap: looks.keymap,
            theme: looks.theme,
            themes: looks.themes,
            settings,
            source_options: show.config.source_options(),
            config_file: show.file.map(Path::to_path_buf).or_else(default_path),
            takes_mouse: show.config.ui.mouse,
            restore,
            notices: looks.notices,
            clock: clock.clone(),
        };
        anyhow::Ok(runtime::run(setup).await?)
    });
    // A source may sit in a read that nothing interrupts (stdin); the process does not wait for it.
    runtime.shutdown_background();
    exit
}

fn ending(exit: Exit) -> Ending {
    match exit {
        Exit::Quit | Exit::OpenDemo => Ending::Done,
        Exit::Signal(number) => Ending::Signal(number),
    }
}
