//! What the user wants: file, environment and flags made into one validated [`Config`].
//!
//! Flags over environment over file over default; [`Config::origin_of`] remembers who spoke last. Takes the file's
//! text and reads nothing itself; where the screen changes a setting, [`with_columns`] says what the text becomes. Also owns
//! how the user's files are complained about ([`Diagnostic`]) and how sizes, durations, times and columns are written.
//! Names of themes, keymaps, formats and URIs are only held here; whoever owns them says whether they exist.

mod columns;
mod diagnostic;
mod edit;
mod options;
mod raw;
mod rules;
mod settings;
#[cfg(test)]
mod tests;
mod time;
mod value;
mod zone;

use std::num::NonZeroU64;
use std::path::PathBuf;

use chrono::FixedOffset;

pub use columns::{Column, ColumnKind, Columns};
pub use diagnostic::{Diagnostic, nearest, unknown};
pub use edit::with_columns;
pub use options::{DropPolicy, SourceOptions, StartAt};
pub use rules::{PACKS, Packs, RuleBook, RuleCheck};
pub use settings::{Flags, Origin, Setting, Settings, VARIABLES};
pub use time::{When, parse_time};
pub use value::{Address, Size, TimeZone, ValueError, parse_duration, parse_size};
pub use zone::local_zone;

use crate::model::Nanos;
use raw::{Raw, RawSource};
use rules::{RawFile, RawRule, Written};
use settings::Layers;
use value::StartWord;

/// The commented example file. It says what the defaults are, and a test proves that it tells the truth.
pub const EXAMPLE: &str = include_str!("../../assets/config.example.toml");

/// The least that a store can work with.
const MIN_MEMORY: Size = Size(1 << 20);

/// All settings, validated.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// How the screen looks and what keys do.
    pub ui: Ui,
    /// How much comes in and how much is kept.
    pub ingest: Ingest,
    /// Whether and where to receive OTLP.
    pub otlp: Otlp,
    /// What the filter language knows beside its own.
    pub query: Query,
    /// How log lines are shown.
    pub logs: Logs,
    /// The rules of the files, and those of the packs that are in force.
    pub rules: RuleBook,
    /// The sources of the file, in its order.
    pub sources: Vec<SourceConfig>,
    settings: Vec<Setting>,
}

/// How the screen looks and what keys do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ui {
    /// The theme's name.
    pub theme: String,
    /// The keymap's name.
    pub keymap: String,
    /// Whether to draw with ASCII only.
    pub ascii: bool,
    /// How points in time are shown.
    pub time: TimeZone,
    /// Whether to take the mouse.
    pub mouse: bool,
}

/// How much comes in and how much is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ingest {
    /// Log lines a second that each source is let in; 0 is unlimited.
    pub max_lines_per_second: u64,
    /// Pending records that each source's queue holds at most.
    pub buffer_size: NonZeroU64,
    /// Pending records from which on a source is paused or refused; at most `buffer_size`.
    pub backpressure_limit: NonZeroU64,
    /// What gives way when a queue is full.
    pub drop_policy: DropPolicy,
    /// What the log store may hold.
    pub memory: Size,
    /// What the trace store may hold.
    pub trace_memory: Size,
}

/// What the filter language knows beside its own.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query {
    /// Keys as typed, and the attribute that each means as well; in the order of the keys.
    pub aliases: Vec<(String, String)>,
}

/// How log lines are shown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Logs {
    /// The columns of the log pane, from left to right.
    pub columns: Columns,
}

/// Whether and where to receive OTLP without a source that asks for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Otlp {
    /// Whether to listen.
    pub listen: bool,
    /// The address for gRPC.
    pub grpc: Address,
    /// The address for HTTP.
    pub http: Address,
}

/// One `[[source]]` of the file.
#[derive(Clone, PartialEq, Debug)]
pub struct SourceConfig {
    /// What to read: a path, a glob or a URI, as on the command line.
    pub uri: String,
    options: SourceOptions,
    since: Option<When>,
}

/// Why there is no config.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is wrong at that place.
    #[error("{0}")]
    File(Diagnostic),
    /// An environment variable is wrong.
    #[error("{variable}: {why}")]
    Environment {
        /// Its name.
        variable: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Values that are right by themselves do not fit.
    #[error("{key} (from {origin}): {why}")]
    Conflict {
        /// The setting that is to be changed.
        key: &'static str,
        /// Who gave it its value.
        origin: Origin,
        /// What is wrong with it.
        why: String,
    },
}

/// Where the config file is looked for when no flag names one; `None` where the user has no home directory.
pub fn default_path() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "spantail").map(|folders| folders.config_dir().join("config.toml"))
}

impl Config {
    /// Puts the layers together. `file` is the path, for messages, and the text of the config file; `env` answers the
    /// value of an environment variable.
    pub fn resolve(
        file: Option<(&str, &str)>,
        env: &dyn Fn(&str) -> Option<String>,
        flags: &Flags,
    ) -> Result<Self, ConfigError> {
        Self::resolve_with(file, &[], env, flags)
    }

    /// The same with the paths and texts of more files, which hold nothing but rules. Theirs stand behind those of the
    /// config file, in the order of the files.
    pub fn resolve_with(
        file: Option<(&str, &str)>,
        rule_files: &[(String, String)],
        env: &dyn Fn(&str) -> Option<String>,
        flags: &Flags,
    ) -> Result<Self, ConfigError> {
        let mut raw = file.map(|(path, text)| Raw::parse(path, text)).transpose()?.unwrap_or_default();
        let environment = Settings::from_environment(env)?;
        let packs = file.map(|(path, text)| rules::packs(&raw.rules, path, text)).transpose()?.flatten();
        let layer = file.map(|(path, _)| (path, Settings { packs, ..Settings::from(&raw) }));
        let mut layers = Layers { file: layer, environment, flags, settings: Vec::new() };
        let ui = Ui::pick(&mut layers);
        let ingest = Ingest::pick(&mut layers);
        let otlp = Otlp::pick(&mut layers);
        let query = Query { aliases: raw.query.aliases.into_iter().collect() };
        let logs = Logs::pick(&mut layers);
        let packs = layers.pick("rules.packs", Packs::default(), |layer| layer.packs.clone());
        let rules = rule_book(file, std::mem::take(&mut raw.rule), rule_files, &packs)?;
        let mut config = Self { ui, ingest, otlp, query, logs, rules, sources: Vec::new(), settings: layers.settings };
        config.check(file)?;
        if let Some(file) = file {
            let read = raw.source.into_iter().map(|source| config.source(source, flags, file));
            config.sources = read.collect::<Result<_, _>>()?;
        }
        Ok(config)
    }

    /// Every setting with its value and who gave it, in the order of the example file.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// Who gave `key` (`ui.theme`) its value; `None` when there is no such setting.
    pub fn origin_of(&self, key: &str) -> Option<&Origin> {
        self.settings.iter().find(|setting| setting.key == key).map(|setting| &setting.origin)
    }

    /// How a source is read that the command line names.
    pub fn source_options(&self) -> SourceOptions {
        SourceOptions {
            max_lines_per_second: self.ingest.max_lines_per_second,
            buffer_size: self.ingest.buffer_size.get(),
            backpressure_limit: self.ingest.backpressure_limit.get(),
            drop_policy: self.ingest.drop_policy,
            rules: self.rules.rules().clone(),
            ..SourceOptions::default()
        }
    }

    fn check(&self, file: Option<(&str, &str)>) -> Result<(), ConfigError> {
        let Ingest { buffer_size, backpressure_limit, memory, trace_memory, .. } = self.ingest;
        if backpressure_limit > buffer_size {
            let why = over_the_buffer(backpressure_limit, buffer_size);
            return Err(self.conflict("ingest.backpressure_limit", why, file));
        }
        for (key, size) in [("ingest.memory", memory), ("ingest.trace_memory", trace_memory)] {
            if size < MIN_MEMORY {
                return Err(self.conflict(key, format!("{size} is too little; the least is {MIN_MEMORY}"), file));
            }
        }
        Ok(())
    }

    /// What is wrong with the value of `key`: at its place if it is from the file, else with who gave it.
    fn conflict(&self, key: &'static str, why: String, file: Option<(&str, &str)>) -> ConfigError {
        let origin = self.origin_of(key).cloned().unwrap_or(Origin::Default);
        match (&origin, file) {
            (Origin::File(_), Some((path, text))) => {
                let offset = raw::offset_of(text, key).unwrap_or_default();
                ConfigError::File(Diagnostic::at(path, text, offset, format!("{key}: {why}")))
            }
            _ => ConfigError::Conflict { key, origin, why },
        }
    }

    /// One `[[source]]` table: its own limits over those of `[ingest]` and the environment, the flags over both.
    fn source(&self, raw: RawSource, flags: &Flags, (path, text): (&str, &str)) -> Result<SourceConfig, ConfigError> {
        let wrong = |offset, why: String| Err(ConfigError::File(Diagnostic::at(path, text, offset, why)));
        let buffer_size = flags.buffer_size.or(raw.buffer_size);
        let own_limit = raw.backpressure_limit.as_ref().map(|limit| *limit.get_ref());
        let limits = limits(buffer_size, flags.backpressure_limit.or(own_limit), &self.ingest);
        if let (Some(limit), (buffer_size, effective)) = (&raw.backpressure_limit, limits)
            && effective > buffer_size
        {
            let why = over_the_buffer(effective, buffer_size);
            return wrong(limit.span().start, format!("source.backpressure_limit: {why}"));
        }
        if let (Some(since), Some(_)) = (&raw.since, &raw.start) {
            let why = "source.since: `start` and `since` exclude each other; keep one of them";
            return wrong(since.span().start, why.to_owned());
        }
        let parameters = raw.parameters();
        let options = SourceOptions {
            name: raw.name,
            format: raw.format,
            join: raw.join,
            zone: raw.zone.map(|zone| zone.0.0),
            start: raw.start.map_or(StartAt::default(), |start| start.0.into()),
            follow: true,
            max_lines_per_second: flags
                .max_lines_per_second
                .or(raw.max_lines_per_second)
                .unwrap_or(self.ingest.max_lines_per_second),
            buffer_size: limits.0.get(),
            backpressure_limit: limits.1.get().min(limits.0.get()),
            drop_policy: flags
                .drop_policy
                .or(raw.drop_policy.map(|policy| policy.0))
                .unwrap_or(self.ingest.drop_policy),
            rules: self.rules.rules().clone(),
            is_enabled: raw.enabled.unwrap_or(true),
            parameters,
        };
        Ok(SourceConfig { uri: raw.uri, options, since: raw.since.map(|since| since.into_inner().0) })
    }
}

impl SourceConfig {
    /// How it is read, when it is `now` and local clocks are `offset` from universal time.
    pub fn options(&self, now: Nanos, offset: FixedOffset) -> SourceOptions {
        let since = self.since.and_then(|since| since.at(now, offset)).map(StartAt::Since);
        SourceOptions { start: since.unwrap_or(self.options.start), ..self.options.clone() }
    }
}

impl Ui {
    fn pick(layers: &mut Layers<'_>) -> Self {
        Self {
            theme: layers.pick("ui.theme", "dark".to_owned(), |layer| layer.theme.clone()),
            keymap: layers.pick("ui.keymap", "default".to_owned(), |layer| layer.keymap.clone()),
            ascii: layers.pick("ui.ascii", false, |layer| layer.ascii),
            time: layers.pick("ui.time", TimeZone::default(), |layer| layer.time),
            mouse: layers.pick("ui.mouse", false, |layer| layer.mouse),
        }
    }
}

impl Ingest {
    fn pick(layers: &mut Layers<'_>) -> Self {
        let default = SourceOptions::default();
        let buffer_size = NonZeroU64::new(default.buffer_size).unwrap_or(NonZeroU64::MIN);
        let max_lines_per_second = layers
            .pick("ingest.max_lines_per_second", default.max_lines_per_second, |layer| layer.max_lines_per_second);
        let buffer_size = layers.pick("ingest.buffer_size", buffer_size, |layer| layer.buffer_size);
        Self {
            max_lines_per_second,
            buffer_size,
            backpressure_limit: layers
                .pick("ingest.backpressure_limit", three_quarters(buffer_size), |layer| layer.backpressure_limit),
            drop_policy: layers.pick("ingest.drop_policy", default.drop_policy, |layer| layer.drop_policy),
            memory: layers.pick("ingest.memory", Size(512 << 20), |layer| layer.memory),
            trace_memory: layers.pick("ingest.trace_memory", Size(128 << 20), |layer| layer.trace_memory),
        }
    }
}

impl Otlp {
    fn pick(layers: &mut Layers<'_>) -> Self {
        let loopback = |port: u16| Address(([127, 0, 0, 1], port).into());
        Self {
            listen: layers.pick("otlp.listen", false, |layer| layer.otlp_listen),
            grpc: layers.pick("otlp.grpc", loopback(4317), |layer| layer.otlp_grpc),
            http: layers.pick("otlp.http", loopback(4318), |layer| layer.otlp_http),
        }
    }
}

impl Logs {
    fn pick(layers: &mut Layers<'_>) -> Self {
        Self { columns: layers.pick("logs.columns", Columns::default(), |layer| layer.columns.clone()) }
    }
}

impl From<StartWord> for StartAt {
    fn from(word: StartWord) -> Self {
        match word {
            StartWord::Tail => Self::Tail,
            StartWord::End => Self::End,
            StartWord::Beginning => Self::Beginning,
        }
    }
}

/// The rules of the config file, those of the user's other files, and those of the packs.
fn rule_book(
    config: Option<(&str, &str)>,
    own: Vec<RawRule>,
    files: &[(String, String)],
    packs: &Packs,
) -> Result<RuleBook, ConfigError> {
    let mut written = Vec::new();
    written.extend(config.map(|(file, text)| Written { file, text, rules: own }));
    for (file, text) in files {
        let RawFile { rule: rules } = raw::parse(file, text)?;
        written.push(Written { file, text, rules });
    }
    RuleBook::new(written, packs)
}

/// Buffer size and back-pressure limit of one source. A source with a buffer of its own but no limit of its own gets
/// the limit that goes with that buffer.
fn limits(buffer_size: Option<NonZeroU64>, limit: Option<NonZeroU64>, general: &Ingest) -> (NonZeroU64, NonZeroU64) {
    match (buffer_size, limit) {
        (Some(buffer_size), limit) => (buffer_size, limit.unwrap_or_else(|| three_quarters(buffer_size))),
        (None, limit) => (general.buffer_size, limit.unwrap_or(general.backpressure_limit)),
    }
}

/// Where pressure begins unless told otherwise: with a quarter of the buffer left for what is under way.
fn three_quarters(buffer_size: NonZeroU64) -> NonZeroU64 {
    NonZeroU64::new(buffer_size.get() - buffer_size.get() / 4).unwrap_or(NonZeroU64::MIN)
}

fn over_the_buffer(limit: NonZeroU64, buffer_size: NonZeroU64) -> String {
    format!("{limit} is more than the {buffer_size} that buffer_size holds")
}
