//! `spantail stream`: what comes, to stdout.

mod object;
mod select;
mod text;

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use clap::{Args, ValueEnum};

use self::object::Objects;
use self::select::{Around, Kind, Rows, Selection};
use self::text::{Texts, loss};
use super::headless::{Consumer, Work};
use super::output::{ColorFlags, Look, Out};
use super::progress::ERASE;
use super::reading::{Reading, ReadingArgs};
use super::{Ending, summary};
use crate::ingest::Feed;
use crate::model::FormatId;
use crate::parse::Rules;
use crate::query::Plan;
use crate::store::{Line, Snapshot};

/// For how long what is being written may take after a signal: whoever reads it may have stopped reading.
const PATIENCE: Duration = Duration::from_secs(2);

/// Arguments of `stream`.
#[derive(Args, Clone, Debug)]
pub(super) struct StreamArgs {
    /// What to write
    #[arg(short, long, value_name = "FORMAT", default_value_t, value_enum)]
    output: Output,
    /// Print only how many lines match
    #[arg(short, long)]
    count: bool,
    /// Print so many lines before each match
    #[arg(short = 'B', long, value_name = "N")]
    before_context: Option<u32>,
    /// Print so many lines after each match
    #[arg(short = 'A', long, value_name = "N")]
    after_context: Option<u32>,
    /// Print so many lines before and after each match
    #[arg(short = 'C', long, value_name = "N")]
    context: Option<u32>,
    /// When to write the name of a line's source before it
    #[arg(long, value_name = "WHEN", default_value_t, value_enum)]
    prefix: Prefix,
    #[command(flatten)]
    color: ColorFlags,
    #[command(flatten)]
    reading: ReadingArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Output {
    /// Lines as they came
    #[default]
    Text,
    /// One array of objects
    Json,
    /// One object a line
    Jsonl,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Prefix {
    /// With several sources or a pattern
    #[default]
    Auto,
    /// Before every line
    Always,
    /// Not at all
    Never,
}

/// Prints until the sources end or a signal comes.
pub(super) fn run(args: &StreamArgs) -> anyhow::Result<Ending> {
    let Reading { clock, config, plan, sources } = args.reading.resolve("read")?;
    let is_filtered = !plan.is_empty();
    let look = args.color.look(&config, args.reading.ingest.config.as_deref());
    let form = args.form(look, args.prefix.is_wanted(&sources), &plan, config.rules.rules());
    let around = args.around();
    let work = Work { sources, config: &config, clock, patience: Some(PATIENCE) };
    let ended = work.run(|_, gate| {
        let printing = Printing { form, out: Out::default(), matched: 0, gone: 0 };
        Ok(Stream { selection: Selection::new(plan, around, gate), printing })
    })?;
    let Some(Stream { mut printing, .. }) = ended.consumer else { return Ok(ended.ending) };
    printing.finish(args.output)?;
    let own = [("matched", printing.matched, is_filtered), ("gone", printing.gone, printing.gone > 0)];
    let own: Vec<(&str, u64)> = own.iter().filter(|(_, _, told)| *told).map(|(name, n, _)| (*name, *n)).collect();
    summary::tell(&ended.accounting.logs, &own);
    summary::verdict(&ended.accounting, ended.ending)
}

impl StreamArgs {
    /// In which form rows are written.
    fn form(&self, look: Look, is_prefixed: bool, plan: &Plan, rules: &Rules) -> Form {
        let is_safe = std::io::stdout().is_terminal();
        match self.output {
            _ if self.count => Form::Count,
            Output::Text => Form::Text(Box::new(Texts::new(look, is_prefixed, plan.clone()))),
            Output::Json => Form::Objects(Objects::new(true, is_safe, rules.clone())),
            Output::Jsonl => Form::Objects(Objects::new(false, is_safe, rules.clone())),
        }
    }

    /// The lines around matches; counting needs none.
    fn around(&self) -> Around {
        if self.count {
            return Around::default();
        }
        let both = self.context.unwrap_or(0);
        Around { before: self.before_context.unwrap_or(both).into(), after: self.after_context.unwrap_or(both).into() }
    }
}

impl Prefix {
    fn is_wanted(self, sources: &[Feed]) -> bool {
        match self {
            Self::Auto => sources.len() > 1 || sources.iter().any(|feed| feed.source.has_parts()),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

struct Stream {
    selection: Selection,
    printing: Printing,
}

impl Consumer for Stream {
    fn take(&mut self, snapshot: &Snapshot) -> anyhow::Result<()> {
        self.selection.walk(snapshot, &mut self.printing)?;
        self.printing.out.flush()?;
        Ok(())
    }
}

/// In which form rows are written.
enum Form {
    Text(Box<Texts>),
    Objects(Objects),
    Count,
}

struct Printing {
    form: Form,
    out: Out,
    matched: u64,
    /// Lines whose text could not be read back from its file.
    gone: u64,
}

impl Rows for Printing {
    fn row(&mut self, kind: Kind, line: &Line<'_>, snapshot: &Snapshot) -> std::io::Result<()> {
        self.matched += u64::from(kind == Kind::Match);
        if kind != Kind::Gap && line.format() == FormatId::GONE {
            self.gone += 1;
        }
        let out = &mut self.out;
        match &mut self.form {
            Form::Objects(objects) => objects.row(kind, line, snapshot, &mut out.buf),
            Form::Text(_) | Form::Count if kind == Kind::Loss => {
                // Where stdout and stderr are one place, the gap stands where it belongs.
                out.flush()?;
                note(&loss(line, snapshot));
            }
            Form::Text(texts) => texts.row(kind, line, snapshot, &mut out.buf),
            Form::Count => {}
        }
        out.ease()
    }
}

impl Printing {
    /// Writes what stands at the end.
    fn finish(&mut self, output: Output) -> std::io::Result<()> {
        let out = &mut self.out.buf;
        match &mut self.form {
            Form::Text(_) => {}
            Form::Objects(objects) => objects.finish(out),
            Form::Count if output == Output::Text => writeln!(out, "{}", self.matched)?,
            Form::Count => writeln!(out, "{{\"count\":{}}}", self.matched)?,
        }
        self.out.flush()
    }
}

/// Tells on stderr what is no result.
fn note(text: &str) {
    let mut stderr = std::io::stderr();
    let erase = if stderr.is_terminal() { ERASE } else { "" };
    // Nobody may be left to read it.
    let _told = writeln!(stderr, "{erase}{text}");
}
