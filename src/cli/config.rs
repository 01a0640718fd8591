//! `spantail config`: print an example, say where the file is looked for, check it.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono::{Local, Offset as _};
use clap::{Args, Subcommand};

use super::{Ending, flags, looks};
use crate::config::{Config, EXAMPLE, Flags, RuleCheck, default_path};
use crate::source::Clock;

/// Arguments of `config`.
#[derive(Args, Clone, Debug)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    what: What,
    /// Use this config file
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Write a commented config file to its place, unless there is one
    Init,
    /// Print where the config file is looked for
    Path,
    /// Check the config file, themes, keymap and rules, and print every setting with where it came from
    Check,
}

/// Does what is asked for.
pub(super) fn run(args: &ConfigArgs, out: &mut dyn Write) -> anyhow::Result<Ending> {
    let path =
        args.config.clone().or_else(default_path).context("there is no home directory to look for a config in")?;
    match args.what {
        What::Path => writeln!(out, "{}", path.display())?,
        What::Init => init(&path, out)?,
        What::Check => {
            let config = flags::resolve(args.config.as_ref(), &Flags::default())?;
            check(&config, &path, out)?;
        }
    }
    Ok(Ending::Done)
}

fn init(path: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    if path.exists() {
        bail!("{} is there already; nothing was written", path.display());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    }
    std::fs::write(path, EXAMPLE).with_context(|| format!("writing {}", path.display()))?;
    writeln!(out, "wrote {}", path.display())?;
    Ok(())
}

fn check(config: &Config, path: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    for setting in config.settings() {
        writeln!(out, "{:<32} {:<24} {}", setting.key, setting.value, setting.origin)?;
    }
    let now = Clock::system().now();
    for source in &config.sources {
        writeln!(out, "source  {}", source.uri)?;
        flags::open(&source.uri, source.options(now, Local::now().offset().fix()))?;
    }
    let RuleCheck { rules, examples, failures } = config.rules.check();
    writeln!(out, "rules   {rules}, with {examples} examples")?;
    let mut wrong = looks::load(config, Some(path), false).notices;
    wrong.extend(failures.iter().map(ToString::to_string));
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}
