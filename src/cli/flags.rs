//! Flags that several commands share, and what they come to: a configuration and a list of sources.

use std::io::IsTerminal as _;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono::{Local, Offset as _};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::filter;
use super::usage::Usage;
use crate::config::{Config, DropPolicy, Flags, Size, SourceOptions, StartAt, default_path, local_zone, unknown};
use crate::ingest::{Budgets, Feed, Ingest};
use crate::model::Nanos;
use crate::parse::join::JoinRule;
use crate::parse::{FORMATS, format_by_name};
use crate::source::{Clock, join_rule};

/// How sources are read and held back.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct IngestFlags {
    /// Begin at this time: RFC 3339, `10m`, `2h ago`, `today 14:00`
    #[arg(long, value_name = "TIME", conflicts_with = "from_start")]
    pub(super) since: Option<String>,
    /// Begin at the beginning of files
    #[arg(long)]
    pub(super) from_start: bool,
    /// Read lines as this format instead of detecting it: json, logfmt, syslog, … (a wrong name lists all)
    #[arg(long, value_name = "NAME")]
    format: Option<String>,
    /// How lines are joined to records: auto, off, or a pattern that the first line of each record matches
    #[arg(long, value_name = "RULE")]
    join: Option<String>,
    /// Let in at most so many log lines a second from each source; 0 is unlimited
    #[arg(long, value_name = "N")]
    max_lines_per_second: Option<u64>,
    /// Keep at most so many pending records for each source
    #[arg(long, value_name = "N")]
    buffer_size: Option<NonZeroU64>,
    /// Pause or refuse a source from so many pending records on
    #[arg(long, value_name = "N")]
    backpressure_limit: Option<NonZeroU64>,
    /// What gives way when a queue is full and the source can not wait
    #[arg(long, value_name = "POLICY", value_parser = drop_policies())]
    drop_policy: Option<DropPolicy>,
    /// Memory for log lines, such as 512MiB
    #[arg(long, value_name = "SIZE")]
    memory: Option<Size>,
    /// Memory for traces, such as 128MiB
    #[arg(long, value_name = "SIZE")]
    trace_memory: Option<Size>,
    /// Use this config file
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,
}

/// Reads the name of a drop policy, and lists all of them in help and errors.
fn drop_policies() -> impl TypedValueParser<Value = DropPolicy> {
    PossibleValuesParser::new(["oldest", "newest", "sample"]).try_map(|name| name.parse::<DropPolicy>())
}

impl IngestFlags {
    /// These flags as a layer of settings over file and environment.
    pub(super) fn settings(&self) -> Flags {
        Flags {
            max_lines_per_second: self.max_lines_per_second,
            buffer_size: self.buffer_size,
            backpressure_limit: self.backpressure_limit,
            drop_policy: self.drop_policy,
            memory: self.memory,
            trace_memory: self.trace_memory,
            ..Flags::default()
        }
    }

    /// Refuses a format and a rule that are none.
    fn check(&self) -> anyhow::Result<()> {
        if let Some(why) = self.format.as_deref().and_then(no_format) {
            return Err(Usage(format!("--format: {why}")).into());
        }
        if let Some(Err(error)) = self.join.as_deref().map(str::parse::<JoinRule>) {
            return Err(Usage(format!("--join: {error}")).into());
        }
        Ok(())
    }

    /// Where files are begun, if the flags say so.
    pub(super) fn start(&self, clock: &Clock) -> anyhow::Result<Option<StartAt>> {
        if self.from_start {
            return Ok(Some(StartAt::Beginning));
        }
        Ok(self.since(clock)?.map(StartAt::Since))
    }

    /// The time to begin at, if the flags name one.
    pub(super) fn since(&self, clock: &Clock) -> anyhow::Result<Option<Nanos>> {
        self.since.as_deref().map(|since| filter::time("--since", since, clock)).transpose()
    }
}

/// The configuration file to use: the one named, else the one in its place if there is one.
pub(super) fn config_file(named: Option<&PathBuf>) -> anyhow::Result<Option<(PathBuf, String)>> {
    let read = |path: &PathBuf| std::fs::read_to_string(path);
    if let Some(path) = named {
        let text = read(path).with_context(|| format!("reading the config file {}", path.display()))?;
        return Ok(Some((path.clone(), text)));
    }
    let Some(path) = default_path() else { return Ok(None) };
    match read(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading the config file {}", path.display())),
    }
}

/// The configuration that file, environment and flags come to.
pub(super) fn resolve(named: Option<&PathBuf>, flags: &Flags) -> anyhow::Result<Config> {
    let file = config_file(named)?;
    let rule_files = rule_files(named)?;
    let file = file.as_ref().map(|(path, text)| (path.display().to_string(), text.as_str()));
    let file = file.as_ref().map(|(path, text)| (path.as_str(), *text));
    Ok(Config::resolve_with(file, &rule_files, &|name| std::env::var(name).ok(), flags)?)
}

/// The paths and texts of the user's files of rules, `rules/*.toml` beside the config file, in the order of their names.
fn rule_files(named: Option<&PathBuf>) -> anyhow::Result<Vec<(String, String)>> {
    let config = named.cloned().or_else(default_path);
    let Some(folder) = config.as_deref().and_then(Path::parent).map(|folder| folder.join("rules")) else {
        return Ok(Vec::new());
    };
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    paths.sort_unstable();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("reading the rules in {}", path.display()))?;
        Ok((path.display().to_string(), text))
    };
    paths.iter().map(read).collect()
}

/// Whether a command without a screen goes on at the end of files.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct FollowFlags {
    /// Go on at the end of files, until Ctrl-C
    #[arg(short, long, overrides_with = "no_follow")]
    follow: bool,
    /// End with the files, which is the default
    #[arg(long, overrides_with = "follow")]
    no_follow: bool,
}

impl FollowFlags {
    /// What they ask of the sources: to read files from their start to their end, or to wait at their end.
    pub(super) fn wanted(self, arguments: &[String]) -> Wanted<'_> {
        let follow = self.follow && !self.no_follow;
        Wanted { arguments, start: if follow { StartAt::End } else { StartAt::Beginning }, follow }
    }
}

/// What is asked of the sources.
pub(super) struct Wanted<'a> {
    /// SOURCE arguments.
    pub(super) arguments: &'a [String],
    /// Where to begin if the flags do not say.
    pub(super) start: StartAt,
    /// Whether files are waited on at their end.
    pub(super) follow: bool,
}

/// The sources to read: the arguments, else those of the config, else stdin when it is piped.
pub(super) fn sources(
    wanted: &Wanted<'_>,
    flags: &IngestFlags,
    config: &Config,
    clock: &Clock,
) -> anyhow::Result<Vec<Feed>> {
    flags.check()?;
    let given = flags.start(clock)?;
    let options = SourceOptions {
        start: given.unwrap_or(wanted.start),
        follow: wanted.follow,
        format: flags.format.clone(),
        join: flags.join.clone(),
        ..config.source_options()
    };
    let named: Vec<(String, SourceOptions)> = if !wanted.arguments.is_empty() {
        wanted.arguments.iter().map(|argument| (argument.clone(), options.clone())).collect()
    } else if !config.sources.is_empty() || config.otlp.listen {
        let offset = Local::now().offset().fix();
        let of_file = config.sources.iter().map(|source| {
            let mut own = source.options(clock.now(), offset);
            // The tail is what a screen begins with; a command begins where it always does.
            let start = if own.start == StartAt::Tail { wanted.start } else { own.start };
            own.start = given.unwrap_or(start);
            own.follow = wanted.follow;
            own.format = flags.format.clone().or(own.format);
            own.join = flags.join.clone().or(own.join);
            (source.uri.clone(), own)
        });
        let listeners = config
            .otlp
            .listen
            .then(|| [("otlp", config.otlp.grpc.to_string()), ("otlp+http", config.otlp.http.to_string())])
            .into_iter()
            .flatten()
            .map(|(scheme, address)| (format!("{scheme}://{address}"), options.clone()));
        of_file.chain(listeners).collect()
    } else if !std::io::stdin().is_terminal() {
        vec![("-".to_owned(), options)]
    } else {
        Vec::new()
    };
    named.into_iter().map(|(argument, options)| open(&argument, options)).collect()
}

/// The source that `argument` means, if its options name a line format that there is.
pub(super) fn open(argument: &str, options: SourceOptions) -> anyhow::Result<Feed> {
    if let Some(why) = options.format.as_deref().and_then(no_format) {
        bail!("{argument}: {why}");
    }
    join_rule(&options).with_context(|| format!("{argument}: join"))?;
    Feed::open(argument, options).with_context(|| argument.to_owned())
}

/// What is wrong with the name of a line format; `None` where there is one of this name.
fn no_format(name: &str) -> Option<String> {
    let names = || FORMATS.iter().map(|format| format.name());
    let all = || names().collect::<Vec<_>>().join(", ");
    format_by_name(name).is_none().then(|| format!("{}; there are {}", unknown("format", name, names()), all()))
}

/// Starts reading for a screen, on which sources may be added.
pub(super) fn ingest(sources: Vec<Feed>, config: &Config, clock: &Clock) -> anyhow::Result<Ingest> {
    let bytes = |size: Size| usize::try_from(size.0).unwrap_or(usize::MAX);
    let budgets = Budgets { logs: bytes(config.ingest.memory), traces: bytes(config.ingest.trace_memory) };
    let zone = local_zone();
    Ok(Ingest::start_open(sources, budgets, &zone, clock.clone())?)
}
