//! `spantail traces search`: the traces that backends find, and those in files.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::{Args, ValueEnum};
use futures_util::future::join_all;

use super::asking::{Asking, AskingArgs, unless_interrupted};
use crate::cli::json::Json;
use crate::cli::news::remark;
use crate::cli::output::{ColorFlags, Look, Out};
use crate::cli::usage::Usage;
use crate::cli::{Ending, filter, stamp};
use crate::config::parse_duration;
use crate::model::{Nanos, TraceHit, TraceId, TraceQuery, Window};
use crate::query::{Plan, demanded, narrow};
use crate::source::backend::BackendHandle;
use crate::store::Trace;
use crate::theme::Role;
use crate::theme::safe::safe;
use crate::tui::text;

/// Pages that are asked of one backend at most.
const MAX_PAGES: usize = 50;
/// How far back is looked unless the flags say otherwise.
const USUAL: Nanos = 3_600_000_000_000;

/// Arguments of `traces search`.
#[derive(Args, Clone, Debug)]
pub(super) struct SearchArgs {
    /// Traces that this service took part in
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Traces with a span of this name
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// Traces with a span that has this attribute, or whose resource has; may be given several times
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    /// Traces that take at least so long: 250ms, 1.5s
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    min_duration: Option<Duration>,
    /// Traces that take at most so long
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    max_duration: Option<Duration>,
    /// Traces in which something failed
    #[arg(long)]
    errors: bool,
    /// Traces that this query of the filter language matches
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    filter: Option<String>,
    /// Traces that began at this time or later: RFC 3339, `10m`, `2h ago`, `today 14:00`; an hour ago without it
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Traces that began at this time or before
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// So many traces of each backend at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
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
    /// A line for each trace
    #[default]
    Text,
    /// An object for each trace
    Jsonl,
}

/// A trace that was found, and who has it.
struct Found {
    hit: TraceHit,
    backends: Vec<String>,
}

/// What the flags ask for.
struct Wanted {
    /// Of the backends.
    query: TraceQuery,
    /// Of traces that are known whole.
    plan: Plan,
    /// The filter, where the backends can not be asked for all of it.
    rest: Option<Plan>,
}

/// Prints what is found; fails where no backend could answer.
pub(super) fn run(args: &SearchArgs) -> anyhow::Result<Ending> {
    let (found, look) = match unless_interrupted(find(args))? {
        Ok(found) => found,
        Err(signal) => return Ok(Ending::Signal(signal)),
    };
    let mut out = Out::default();
    for found in &found {
        match args.output {
            Output::Text => line(found, &look, &mut out.buf),
            Output::Jsonl => object(found, &mut out.buf),
        }
        out.ease()?;
    }
    out.flush()?;
    Ok(Ending::Done)
}

async fn find(args: &SearchArgs) -> anyhow::Result<(Vec<Found>, Look)> {
    let asking = args.asking.start()?;
    let until = args.asking.until();
    let look = args.color.look(&asking.config, args.asking.config.as_deref());
    let wanted = args.wanted(&asking)?;
    if wanted.rest.is_some() && !asking.backends.is_empty() {
        remark("backends can not be asked for all of --filter: of traces that do not come whole not all may match it");
    }
    let questions = asking.backends.iter().map(|(label, handle)| async {
        let pages = tokio::time::timeout_at(until, pages(handle, &wanted.query)).await;
        let late = || Err(format!("no answer within {} s", args.asking.timeout.as_secs()));
        (label.clone(), pages.unwrap_or_else(|_| late()))
    });
    let (answers, ()) = tokio::join!(join_all(questions), asking.settle(until));
    let mut found: HashMap<TraceId, Found> = HashMap::new();
    let mut troubles = Vec::new();
    for (label, answer) in answers {
        match answer {
            Ok(answer) => {
                answer.notes.iter().for_each(|note| remark(&format!("{label}: {note}")));
                answer.hits.into_iter().for_each(|hit| add(&mut found, hit, &label));
            }
            Err(why) => troubles.push(format!("{label}: {why}")),
        }
    }
    // What came whole, and what was read of files, is in memory by now: it can be asked for everything.
    asking.settle(until).await;
    compare(&mut found, asking.ingest.traces().all(), &wanted);
    let read = asking.read();
    let all = asking.backends.len() + read.len();
    troubles.extend(read.into_iter().filter_map(|(label, trouble)| Some(format!("{label}: {}", trouble?))));
    for trouble in &troubles {
        remark(trouble);
    }
    if troubles.len() == all && found.is_empty() {
        bail!(if asking.backends.is_empty() { "nothing could be read" } else { "no backend could answer" });
    }
    let mut found: Vec<Found> = found.into_values().collect();
    found.sort_by_key(|found| (std::cmp::Reverse(found.hit.start), found.hit.id));
    Ok((found, look))
}

/// Puts what is known of traces in memory in place of what was told of them, and adds those that are meant. What a backend
/// was asked for it knows best; the rest of the filter is asked of what it told of and all of which is here.
fn compare(found: &mut HashMap<TraceId, Found>, held: Vec<Arc<Trace>>, wanted: &Wanted) {
    for trace in held {
        let summary = trace.summary();
        let is_here = |backend: &String| summary.origins.iter().any(|origin| **origin == **backend);
        let is_meant = match found.get(&trace.id) {
            Some(told) if told.backends.iter().all(is_here) => {
                wanted.rest.as_ref().is_none_or(|rest| rest.matches_trace(&summary, trace.spans()))
            }
            Some(_) => true,
            None => wanted.query.window.contains(summary.start) && wanted.plan.matches_trace(&summary, trace.spans()),
        };
        if !is_meant {
            found.remove(&trace.id);
        } else if let Some(hit) = TraceHit::of_trace(trace.spans().iter().map(|span| (**span).clone()).collect()) {
            let hit = TraceHit { whole: Vec::new(), ..hit };
            summary.origins.iter().for_each(|origin| add(found, hit.clone(), origin));
        }
    }
}

/// What one backend found, with what it says beside.
#[derive(Default)]
struct Answer {
    hits: Vec<TraceHit>,
    notes: Vec<String>,
}

/// All pages of one backend until there are enough traces.
async fn pages(handle: &BackendHandle, query: &TraceQuery) -> Result<Answer, String> {
    let (mut out, mut known, mut next) = (Answer::default(), HashSet::new(), None);
    for _ in 0..MAX_PAGES {
        let page = handle.search(query, next.as_deref()).await?;
        out.hits.extend(page.hits.into_iter().filter(|hit| known.insert(hit.id)));
        for note in page.notes {
            if !out.notes.contains(&note) {
                out.notes.push(note);
            }
        }
        // A page may bring nothing new and have others behind it: a stretch of time without traces, or a second with many.
        let is_over = page.next.is_none() || page.next == next;
        next = page.next.filter(|_| !is_over);
        if is_over || out.hits.len() >= query.limit {
            break;
        }
    }
    if next.is_some() && out.hits.len() < query.limit {
        out.notes.push(format!("it has more than {MAX_PAGES} pages, of which the others were not asked for"));
    }
    out.hits.sort_by_key(|hit| std::cmp::Reverse(hit.start));
    out.hits.truncate(query.limit);
    Ok(out)
}

fn add(found: &mut HashMap<TraceId, Found>, hit: TraceHit, backend: &str) {
    let known = found.entry(hit.id).or_insert_with(|| Found { hit: hit.clone(), backends: Vec::new() });
    if hit.spans > known.hit.spans {
        known.hit = hit;
    }
    if !known.backends.iter().any(|known| known == backend) {
        known.backends.push(backend.to_owned());
    }
}

impl SearchArgs {
    /// What the backends are asked for, and what holds of traces that are known whole.
    fn wanted(&self, asking: &Asking) -> anyhow::Result<Wanted> {
        let time = |flag: &str, text: Option<&String>| -> anyhow::Result<Option<Nanos>> {
            text.map(|text| filter::time(flag, text, &asking.clock)).transpose()
        };
        let now = asking.clock.now();
        let to = time("--until", self.until.as_ref())?.unwrap_or(now);
        let from = time("--since", self.since.as_ref())?.unwrap_or(to.saturating_sub(USUAL));
        if from > to {
            return Err(Usage("--since is later than --until".to_owned()).into());
        }
        let mut query = TraceQuery::all(Window { from, to }, self.limit as usize);
        let nanos = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        query.service.clone_from(&self.service);
        query.operation.clone_from(&self.operation);
        query.tags.clone_from(&self.tags);
        query.min_duration = self.min_duration.map(nanos);
        query.max_duration = self.max_duration.map(nanos);
        query.is_error = self.errors;
        let context = filter::context(&asking.config, &asking.clock);
        let own = demanded(&query);
        let mut rest = None;
        let text = match self.filter.as_deref().unwrap_or_default().trim() {
            "" => own,
            filter => {
                let plan = Plan::compile(filter, &context).map_err(|error| Usage::query("--filter", filter, &error))?;
                let is_whole = narrow(plan.query(), &mut query);
                rest = (!is_whole).then_some(plan);
                format!("{own} ({filter})")
            }
        };
        let plan = Plan::compile(&text, &context).map_err(|error| anyhow!("{error}"))?;
        Ok(Wanted { query, plan, rest })
    }
}

/// `KEY=VALUE`.
fn tag(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    pair.map(|(key, value)| (key.to_owned(), value.to_owned())).ok_or_else(|| "expected KEY=VALUE".to_owned())
}

fn line(found: &Found, look: &Look, out: &mut Vec<u8>) {
    let hit = &found.hit;
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
    let errors = match hit.errors {
        Some(errors) if errors > 0 => format!("  {}{errors} failed{}", look.role(Role::Error), look.reset()),
        _ => String::new(),
    };
    let text = format!(
        "{time}  {id}  {duration:>9}  {spans:>5} spans  {service}  {operation}{errors}  {muted}{from}{reset}\n",
        time = stamp::rfc3339(hit.start),
        id = hit.id,
        duration = or_none(hit.duration.map(text::duration)),
        spans = or_none(hit.spans.map(|spans| spans.to_string())),
        service = safe(&hit.service),
        operation = safe(&hit.operation),
        muted = look.role(Role::Muted),
        from = safe(&found.backends.join(", ")),
        reset = look.reset(),
    );
    out.extend_from_slice(text.as_bytes());
}

fn object(found: &Found, out: &mut Vec<u8>) {
    let (json, hit) = (Json::default(), &found.hit);
    out.push(b'{');
    json.field("trace_id", &hit.id.to_string(), out);
    json.field("time", &stamp::rfc3339(hit.start), out);
    json.field("service", &hit.service, out);
    json.field("operation", &hit.operation, out);
    if let Some(duration) = hit.duration {
        json.number("duration_ns", duration.unsigned_abs(), out);
    }
    let counts = [("spans", hit.spans), ("services", hit.services), ("errors", hit.errors)];
    for (key, count) in counts.into_iter().filter_map(|(key, count)| Some((key, count?))) {
        json.number(key, u64::from(count), out);
    }
    json.field("backend", &found.backends.join(", "), out);
    out.extend_from_slice(b"}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_of_a_trace_is_left_out() {
        let hit = TraceHit {
            id: TraceId::from_low64(5).unwrap(),
            start: 1_500_000_000,
            duration: None,
            service: "cart".to_owned(),
            operation: String::new(),
            spans: None,
            errors: Some(2),
            services: None,
            whole: Vec::new(),
        };
        let mut all = HashMap::new();
        add(&mut all, hit.clone(), "tempo");
        add(&mut all, TraceHit { spans: Some(3), ..hit }, "jaeger");
        let found = all.into_values().next().unwrap();
        let (mut written, mut shown) = (Vec::new(), Vec::new());
        object(&found, &mut written);
        line(&found, &Look::default(), &mut shown);
        let expected = r#"{"trace_id":"00000000000000000000000000000005","time":"1970-01-01T00:00:01.500000000Z","service":"cart","spans":3,"errors":2,"backend":"tempo, jaeger"}"#;
        assert_eq!(String::from_utf8(written).unwrap().trim_end(), expected);
        let shown = String::from_utf8(shown).unwrap();
        assert!(shown.contains("        ?") && shown.contains("2 failed"), "{shown}");
    }

    #[test]
    fn a_tag_is_a_key_and_a_value() {
        assert_eq!(tag("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(tag("a").is_err() && tag("=b").is_err());
    }
}
