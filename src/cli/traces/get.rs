//! `spantail traces get`: one trace, put together from every system that has a part of it.

use std::sync::Arc;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::asking::{AskingArgs, ids, unless_interrupted};
use super::fetching::{self, tell_unread};
use super::study::Study;
use super::{object, tree};
use crate::cli::Ending;
use crate::cli::json::Json;
use crate::cli::output::{ColorFlags, Look, Out};
use crate::cli::usage::Usage;
use crate::model::TraceId;
use crate::parse::otlp::encode_spans_json;
use crate::store::{Trace, TraceReader};

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
    let Fetched { traces, read, look } = match unless_interrupted(fetch(&args, &wanted))? {
        Ok(fetched) => fetched,
        Err(signal) => return Ok(Ending::Signal(signal)),
    };
    let mut out = Out::default();
    for trace in &traces {
        match args.output {
            Output::Text => tree::write(&Study::of(trace), &look, &mut out.buf),
            Output::Json => object::write(&Study::of(trace), &read, Json { is_safe: look.is_safe }, &mut out.buf),
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

/// What is to be printed, and how.
struct Fetched {
    traces: Vec<Arc<Trace>>,
    /// All that was read, these traces among it.
    read: TraceReader,
    look: Look,
}

async fn fetch(args: &GetArgs, wanted: &[TraceId]) -> anyhow::Result<Fetched> {
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
        return Ok(Fetched { traces, read: asking.ingest.traces().clone(), look });
    }
    let fetched = fetching::fetch(&asking, &args.asking, &args.id, wanted, until).await;
    tell_unread(&asking);
    Ok(Fetched { traces: vec![fetched?], read: asking.ingest.traces().clone(), look })
}
