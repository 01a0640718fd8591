//! `spantail traces get`: one trace, put together from every system that has a part of it.

use std::sync::Arc;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::asking::{AskingArgs, ids, unless_interrupted};
use super::fetching::{self, tell_unread};
use super::tree;
use crate::analysis::critical_path::CriticalPath;
use crate::analysis::trace_tree::TraceTree;
use crate::cli::json::Json;
use crate::cli::output::{ColorFlags, Look, Out};
use crate::cli::usage::Usage;
use crate::cli::{Ending, stamp};
use crate::model::{Span, TraceId};
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
            Output::Text => tree::write(trace, &look, &mut out.buf),
            Output::Json => object(trace, &mut out.buf),
            Output::Otlp => otlp(trace, &mut out.buf),
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
    let fetched = fetching::fetch(&asking, &args.asking, &args.id, wanted, until).await;
    tell_unread(&asking);
    Ok((vec![fetched?], look))
}

fn object(trace: &Trace, out: &mut Vec<u8>) {
    let (json, summary) = (Json::default(), trace.summary());
    let tree = TraceTree::build(trace.spans());
    let path = CriticalPath::find(trace.spans(), &tree);
    out.push(b'{');
    json.field("trace_id", &trace.id.to_string(), out);
    if let Some(root) = tree.rows().first().and_then(|row| trace.spans().get(row.span)) {
        json.key("root", out);
        span(root, out);
    }
    json.field("start", &stamp::rfc3339(summary.start), out);
    json.number("duration_ns", summary.duration.unsigned_abs(), out);
    json.number("spans", u64::from(summary.spans), out);
    let mut services: Vec<&str> = trace.spans().iter().map(|span| span.service()).collect();
    services.sort_unstable();
    services.dedup();
    list("services", services.into_iter(), out);
    json.number("errors", u64::from(summary.errors), out);
    let on_path = path.spans().filter_map(|at| Some(trace.spans().get(at)?.span_id.to_string())).collect::<Vec<_>>();
    json.key("critical_path", out);
    out.push(b'{');
    list("spans", on_path.iter().map(String::as_str), out);
    out.push(b'}');
    list("sources", summary.origins.iter().map(|origin| &**origin), out);
    json.key("otlp", out);
    otlp(trace, out);
    out.push(b'}');
}

/// What is worth knowing of a span at a glance.
fn span(span: &Span, out: &mut Vec<u8>) {
    let json = Json::default();
    out.push(b'{');
    json.field("span_id", &span.span_id.to_string(), out);
    json.field("service", span.service(), out);
    json.field("operation", &span.name, out);
    json.field("kind", span.kind.name(), out);
    json.field("status", span.status.code.name(), out);
    json.field("status_message", &span.status.message, out);
    json.number("duration_ns", span.duration().unsigned_abs(), out);
    out.push(b'}');
}

fn list<'a>(key: &str, texts: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    let json = Json::default();
    json.key(key, out);
    out.push(b'[');
    for (at, text) in texts.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        json.text(text, out);
    }
    out.push(b']');
}

/// The spans as one request of OTLP.
fn otlp(trace: &Trace, out: &mut Vec<u8>) {
    encode_spans_json(trace.spans(), out);
}
