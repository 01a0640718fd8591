//! `spantail doctor`: tries the config and every source, and says what is wrong with it and what to do.
//!
//! A source is tried by running it, as everything else runs it: what it says of itself within the time is the finding.
//! What it sends meanwhile is thrown away.

use std::time::Duration;

use anyhow::bail;
use chrono::{Local, Offset as _};
use clap::{Args, ValueEnum};
use tokio::time::Instant;

use super::flags;
use super::json::Json;
use super::output::{ColorFlags, Look, Out};
use super::{Ending, looks};
use crate::config::{Config, Flags, SourceOptions, StartAt, default_path, local_zone, parse_duration};
use crate::ingest::{Budgets, Feed, Ingest};
use crate::model::SourceState;
use crate::source::Clock;
use crate::theme::Role;
use crate::theme::safe::safe;

/// What is sent while a source is tried is of no use.
const BUDGETS: Budgets = Budgets { logs: 4 << 20, traces: 2 << 20 };
/// How often it is looked what the sources say.
const LOOK: Duration = Duration::from_millis(20);

/// Arguments of `doctor`.
#[derive(Args, Clone, Debug)]
pub(super) struct DoctorArgs {
    /// What to try instead of the sources of the config
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// For how long each source may take to answer
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    timeout: Duration,
    /// What to write
    #[arg(short, long, value_name = "FORMAT", default_value_t, value_enum)]
    output: Output,
    #[command(flatten)]
    color: ColorFlags,
    /// Use this config file
    #[arg(long, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Output {
    /// A line for each
    #[default]
    Text,
    /// One object
    Json,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Check {
    name: String,
    is_ok: bool,
    /// How it is, or what is wrong.
    detail: String,
    /// What to do about it; empty where there is nothing to do or nothing known.
    hint: String,
}

impl Check {
    fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), is_ok: true, detail: detail.into(), hint: String::new() }
    }

    /// Trouble, told as sources tell it: what is wrong, and behind the first semicolon what to do.
    fn wrong(name: impl Into<String>, why: &str) -> Self {
        let (detail, hint) = why.split_once("; ").unwrap_or((why, ""));
        Self { name: name.into(), is_ok: false, detail: detail.to_owned(), hint: hint.to_owned() }
    }
}

/// Tries everything and prints what was found; fails where something is wrong.
pub(super) fn run(args: &DoctorArgs) -> anyhow::Result<Ending> {
    let (mut checks, mut look) = (Vec::new(), Look::default());
    match flags::resolve(args.config.as_ref(), &Flags::default()) {
        Ok(config) => {
            look = args.color.look(&config, args.config.as_deref());
            checks.push(settings(&config, args));
            checks.extend(sources(&config, args)?);
        }
        Err(error) => checks.push(Check::wrong("config", &format!("{error:#}"))),
    }
    let mut out = Out::default();
    match args.output {
        Output::Text => checks.iter().for_each(|check| line(check, &look, &mut out.buf)),
        Output::Json => document(&checks, &mut out.buf),
    }
    out.flush()?;
    match checks.iter().filter(|check| !check.is_ok).count() {
        0 => Ok(Ending::Done),
        1 => bail!("something is wrong with 1 of {}", checks.len()),
        wrong => bail!("something is wrong with {wrong} of {}", checks.len()),
    }
}

/// The config with its themes, keymap and rules.
fn settings(config: &Config, args: &DoctorArgs) -> Check {
    let path = args.config.clone().or_else(default_path);
    let mut wrong = looks::load(config, path.as_deref(), false).notices;
    wrong.extend(config.rules.check().failures.iter().map(ToString::to_string));
    match (wrong.first(), path.filter(|path| path.exists())) {
        (Some(first), _) => Check::wrong("config", &format!("{first}; `spantail config check` tells all")),
        (None, Some(path)) => Check::ok("config", format!("{}, sources: {}", path.display(), config.sources.len())),
        (None, None) => Check::ok("config", "no file, all as it comes"),
    }
}

/// All sources at once, each for as long as the time allows.
fn sources(config: &Config, args: &DoctorArgs) -> anyhow::Result<Vec<Check>> {
    let (clock, offset) = (Clock::system(), Local::now().offset().fix());
    let begun = |options: SourceOptions| SourceOptions { start: StartAt::End, follow: true, ..options };
    let wanted: Vec<(String, SourceOptions)> = if args.sources.is_empty() {
        let own = config.sources.iter();
        own.map(|source| (source.uri.clone(), begun(source.options(clock.now(), offset)))).collect()
    } else {
        args.sources.iter().map(|argument| (argument.clone(), begun(config.source_options()))).collect()
    };
    let mut found: Vec<Option<Check>> = Vec::new();
    let (mut feeds, mut names) = (Vec::new(), Vec::new());
    for (argument, options) in wanted {
        let name = options.name.clone().unwrap_or_else(|| argument.clone());
        match flags::open(&argument, options) {
            Ok(feed) => {
                feeds.push(feed);
                names.push(name);
                found.push(None);
            }
            Err(error) => found.push(Some(Check::wrong(name, &error.root_cause().to_string()))),
        }
    }
    let mut tried = tried(feeds, &names, args.timeout, clock)?.into_iter();
    Ok(found.into_iter().filter_map(|known| known.or_else(|| tried.next())).collect())
}

/// What the sources say of themselves when they have come to a state that lasts, or when the time is over.
fn tried(feeds: Vec<Feed>, names: &[String], timeout: Duration, clock: Clock) -> anyhow::Result<Vec<Check>> {
    if feeds.is_empty() {
        return Ok(Vec::new());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let checks = runtime.block_on(async {
        let ingest = Ingest::start_open(feeds, BUDGETS, &local_zone(), clock)?;
        let begun = Instant::now();
        loop {
            let accounting = ingest.accounting();
            let all = accounting.sources.iter().zip(names);
            let checks: Vec<Option<Check>> = all.map(|(source, name)| verdict(name, &source.state)).collect();
            if checks.iter().all(Option::is_some) || begun.elapsed() >= timeout {
                let silent = |name: &str| Check::wrong(name, &format!("no answer within {} s", timeout.as_secs()));
                let all = names.iter().zip(checks);
                return anyhow::Ok(all.map(|(name, check)| check.unwrap_or_else(|| silent(name))).collect());
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    runtime.shutdown_background();
    checks
}

/// What a state says; nothing while it says nothing yet.
fn verdict(name: &str, state: &SourceState) -> Option<Check> {
    Some(match state {
        SourceState::Connecting => return None,
        SourceState::CatchingUp { .. } => Check::ok(name, "reading"),
        SourceState::Live(detail) => Check::ok(name, told("live", detail)),
        SourceState::Ended(detail) => Check::ok(name, told("ended", detail)),
        SourceState::Off => Check::ok(name, "switched off in the config, not tried"),
        SourceState::Retrying { why, .. } | SourceState::Failed(why) => Check::wrong(name, why),
    })
}

fn told(word: &str, detail: &str) -> String {
    if detail.is_empty() { word.to_owned() } else { format!("{word}: {detail}") }
}

fn line(check: &Check, look: &Look, out: &mut Vec<u8>) {
    let (mark, role) = if check.is_ok { ("ok   ", Role::Ok) } else { ("wrong", Role::Error) };
    let text = format!("{}{mark}{}  {}  {}\n", look.role(role), look.reset(), safe(&check.name), safe(&check.detail));
    out.extend_from_slice(text.as_bytes());
    if !check.hint.is_empty() {
        out.extend_from_slice(format!("         {}\n", safe(&check.hint)).as_bytes());
    }
}

fn document(checks: &[Check], out: &mut Vec<u8>) {
    let json = Json::default();
    out.extend_from_slice(b"{\"checks\":[");
    for (at, check) in checks.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.push(b'{');
        json.field("name", &check.name, out);
        json.key("ok", out);
        out.extend_from_slice(if check.is_ok { b"true" } else { b"false" });
        json.field("detail", &check.detail, out);
        json.field("hint", &check.hint, out);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_becomes_a_finding_with_what_to_do() {
        let why = "connecting to h:1: Connection refused; is Redis running there?".to_owned();
        let check = verdict("r", &SourceState::Retrying { wait: Duration::ZERO, why }).unwrap();
        assert_eq!((check.is_ok, &*check.detail), (false, "connecting to h:1: Connection refused"));
        assert_eq!(check.hint, "is Redis running there?");
        let mut out = Vec::new();
        document(&[check, Check::ok("f", "live: 1 file")], &mut out);
        let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(read["checks"][0]["ok"], false);
        assert_eq!(read["checks"][1]["detail"], "live: 1 file");
        assert_eq!(verdict("f", &SourceState::Connecting), None);
        assert!(verdict("f", &SourceState::Off).unwrap().is_ok);
    }
}
