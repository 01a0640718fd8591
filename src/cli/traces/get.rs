//! `spantail traces get`: one trace, put together from every system that has a part of it.

use std::sync::Arc;

use anyhow::bail;
use clap::{Args, ValueEnum};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::asking::{Asking, AskingArgs, ids, unless_interrupted};
use super::study::Study;
use super::{object, tree};
use crate::cli::Ending;
use crate::cli::json::Json;
use crate::cli::news::remark;
use crate::cli::output::{ColorFlags, Look, Out};
use crate::cli::usage::Usage;
use crate::model::{TraceId, WantedTrace};
use crate::parse::otlp::encode_spans_json;
use crate::store::Trace;

/// Arguments of `traces get`.
#[derive(Args, Clone, Debug)]
pub(super) struct GetArgs {
    /// The trace, in any notation of its id; with --all the first SOURCE
    #[arg(value_name = "ID")]
    id: String,
    /// Print every trace of the sources that are read
    #[arg(long)]
    all: bool,
    /// What to write
    #[arg(short, long, value_name = "FORMAT", default_value_t, value_enum)]
    output: Output,
    #[command(flatten)]
    color: ColorFlags,
    #[command(flatten)]
    asking: AskingArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Output {
    /// A tree of spans
    #[default]
    Text,
    /// One object; with --all one a line
    Json,
    /// One request of OTLP in JSON, which every tool of OpenTelemetry reads
    Otlp,
}

/// Prints the trace; fails where nobody has it.
pub(super) fn run(args: &GetArgs) -> anyhow::Result<Ending> {
    let mut args = args.clone();
    let wanted = if args.all {
        args.asking.push_front(std::mem::take(&mut args.id));
        Vec::new()
    } else {
        ids(&args.id)?
    };
    let (traces, look) = match unless_interrupted(fetch(&args, &wanted))? {
        Ok(fetched) => fetched,
        Err(signal) => return Ok(Ending::Signal(signal)),
    };
    let mut out = Out::default();
    for trace in &traces {
        match args.output {
            Output::Text => tree::write(&Study::of(trace), &look, &mut out.buf),
            Output::Json => object::write(&Study::of(trace), Json { is_safe: look.is_safe }, &mut out.buf),
            Output::Otlp => encode_spans_json(trace.spans(), &mut out.buf),
        }
        if matches!(args.output, Output::Json | Output::Otlp) {
            out.buf.push(b'\n');
        }
        out.ease()?;
    }
    out.flush()?;
    Ok(Ending::Done)
}

async fn fetch(args: &GetArgs, wanted: &[TraceId]) -> anyhow::Result<(Vec<Arc<Trace>>, Look)> {
    let asking = args.asking.start()?;
    let until = args.asking.until();
    let look = args.color.look(&asking.config, args.asking.config.as_deref());
    if args.all {
        if !asking.backends.is_empty() {
            bail!(Usage("--all reads files; a backend is searched with `spantail traces search`".to_owned()));
        }
        asking.settle(until).await;
        let unread = tell_unread(&asking);
        let mut traces = asking.ingest.traces().all();
        if traces.is_empty() && unread > 0 {
            bail!("nothing could be read");
        }
        traces.sort_by_key(|trace| (trace.summary().start, trace.id));
        return Ok((traces, look));
    }
    let (mut said, ()) = tokio::join!(ask(&asking, args, wanted, until), asking.settle(until));
    // The spans of the last answer may still be on their way.
    asking.settle(until).await;
    tell_unread(&asking);
    said.extend(asking.read().into_iter().map(|(label, trouble)| match trouble {
        Some(_) => format!("{label} could not be read"),
        None => format!("{label} does not have it"),
    }));
    match wanted.iter().find_map(|id| asking.ingest.traces().get(*id)) {
        Some(trace) => Ok((vec![trace], look)),
        None => bail!("no trace {}: {}", args.id, said.join("; ")),
    }
}

/// Says on stderr what is wrong with sources that are read; gives how many these are.
fn tell_unread(asking: &Asking) -> usize {
    let unread = asking.read().into_iter().filter_map(|(label, trouble)| Some(format!("{label}: {}", trouble?)));
    unread.inspect(|trouble| remark(trouble)).count()
}

/// Asks every backend for each of the ids until it has one; gives what those say that do not. What is wrong is said on
/// stderr as well where another has the trace.
async fn ask(asking: &Asking, args: &GetArgs, wanted: &[TraceId], until: Instant) -> Vec<String> {
    let questions = asking.backends.iter().map(|(label, handle)| async move {
        // The same may be said for each of the ids that the text may mean.
        let mut told: Vec<String> = Vec::new();
        for id in wanted {
            let question = WantedTrace::of(*id);
            match tokio::time::timeout_at(until, handle.trace(&question)).await {
                Ok(Ok(fetched)) => {
                    for note in fetched.notes {
                        if !told.contains(&note) {
                            remark(&format!("{label}: {note}"));
                            told.push(note);
                        }
                    }
                    if !fetched.spans.is_empty() {
                        return None;
                    }
                }
                Ok(Err(why)) => {
                    remark(&format!("{label}: {why}"));
                    return Some(format!("{label} could not answer"));
                }
                Err(_) => {
                    remark(&format!("{label}: no answer within {} s", args.asking.timeout.as_secs()));
                    return Some(format!("{label} did not answer in time"));
                }
            }
        }
        Some(format!("{label} does not have it"))
    });
    join_all(questions).await.into_iter().flatten().collect()
}
